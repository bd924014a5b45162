//! Speed of each codec, both ways, without a peer.
//!
//! ```text
//! cargo bench -p wimsmith-compress -- xpress
//! WIMSMITH_BENCH_FILE=some.dll cargo bench -p wimsmith-compress
//! ```
//!
//! The data is the beginning of a file: of this very program, unless another is named. For figures to rely on, and for sizes,
//! see `bench/README.md`.

use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;
use wim_compress::{Codec, Level};

/// Bytes that are compressed.
const BYTES: usize = 1 << 20;

static DATA: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = std::env::var_os("WIMSMITH_BENCH_FILE").map(Into::into).or_else(|| std::env::current_exe().ok());
    let mut data = path.and_then(|path| std::fs::read(path).ok()).expect("the file to compress can be read");
    data.truncate(BYTES);
    data
});

const LEVELS: [u8; 4] = [20, 50, 80, 100];

fn main() {
    divan::main();
}

/// Compresses all chunks; those that do not shrink stay as they are.
fn compress_all(codec: Codec, chunk_size: usize, level: u8) -> Vec<(usize, Option<Vec<u8>>)> {
    let mut compressor = codec.compressor(chunk_size as u32, Level::new(level).expect("a level"));
    let mut buffer = vec![0; chunk_size];
    let packed = |chunk: &[u8]| {
        let size = compressor.compress(chunk, &mut buffer[..chunk.len() - 1]);
        (chunk.len(), size.map(|size| buffer[..size].to_vec()))
    };
    DATA.chunks(chunk_size).map(packed).collect()
}

fn compress(bencher: Bencher<'_, '_>, codec: Codec, chunk_size: usize, level: u8) {
    let mut compressor = codec.compressor(chunk_size as u32, Level::new(level).expect("a level"));
    let mut buffer = vec![0; chunk_size];
    bencher.counter(BytesCount::new(DATA.len())).bench_local(|| {
        let size = |chunk: &[u8]| compressor.compress(chunk, &mut buffer[..chunk.len() - 1]).unwrap_or(chunk.len());
        DATA.chunks(chunk_size).map(size).sum::<usize>()
    });
}

fn decompress(bencher: Bencher<'_, '_>, codec: Codec, chunk_size: usize) {
    let chunks = compress_all(codec, chunk_size, Level::DEFAULT.get());
    let mut decompressor = codec.decompressor(chunk_size as u32);
    let mut buffer = vec![0; chunk_size];
    bencher.counter(BytesCount::new(DATA.len())).bench_local(|| {
        for (size, packed) in &chunks {
            if let Some(packed) = packed {
                decompressor.decompress(packed, &mut buffer[..*size]).expect("our own chunk");
            }
        }
    });
}

macro_rules! codec {
    ($name:ident, $codec:expr, $chunk_sizes:expr) => {
        mod $name {
            use super::*;

            #[divan::bench(args = LEVELS, sample_count = 10)]
            fn compress(bencher: Bencher<'_, '_>, level: u8) {
                super::compress(bencher, $codec, $chunk_sizes[0], level);
            }

            #[divan::bench(args = $chunk_sizes)]
            fn decompress(bencher: Bencher<'_, '_>, chunk_size: usize) {
                super::decompress(bencher, $codec, chunk_size);
            }
        }
    };
}

codec!(xpress, Codec::Xpress, [32 << 10, 4 << 10, 64 << 10]);
codec!(lzx, Codec::Lzx, [32 << 10, 2 << 20]);
codec!(lzms, Codec::Lzms, [128 << 10, 1 << 20]);
