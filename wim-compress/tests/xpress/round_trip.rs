//! What is compressed decompresses to the same bytes, by both decoders and by the strictest rules.

use proptest::prelude::*;
use wim_compress::xpress::{XpressCompressor, XpressDecompressor};
use wim_compress::{Compressor, Decompressor, Level};

use super::data::{noise, prose, structured};
use crate::reference;

/// One level of each setting.
pub(crate) const LEVELS: [u8; 6] = [20, 35, 50, 65, 80, 100];

/// All chunk sizes.
const CHUNK_SIZES: [u32; 5] = [4096, 8192, 16384, 32768, 65536];

/// Compressors of one chunk size, one a setting, and a decompressor.
struct Codecs {
    compressors: Vec<XpressCompressor>,
    decompressor: XpressDecompressor,
}

impl Codecs {
    fn new(chunk_size: u32) -> Self {
        let level = |level| XpressCompressor::new(chunk_size, Level::new(level).expect("a level"));
        Self { compressors: LEVELS.map(level).into(), decompressor: XpressDecompressor::new(chunk_size) }
    }

    /// Compresses with every setting and decompresses again; with the slow decoder, too, if `strictly`.
    fn check(&mut self, data: &[u8], strictly: bool) {
        let mut chunk = vec![0; 2 * data.len() + 600];
        let mut out = vec![0; data.len()];
        for compressor in &mut self.compressors {
            let size = compressor.compress(data, &mut chunk).expect("there is room for anything");
            out.fill(0xEE);
            assert_eq!(self.decompressor.decompress(&chunk[..size], &mut out), Ok(()));
            assert!(out == data, "{} bytes", data.len());
            if strictly {
                assert!(reference::decode_strictly(&chunk[..size], data.len()).as_deref() == Ok(data));
                assert!(size >= 260, "7-Zip refuses shorter chunks");
            }
        }
    }
}

#[test]
fn every_length_up_to_300() {
    let mut codecs = Codecs::new(4096);
    for len in 0..=300 {
        codecs.check(&prose(len), true);
        codecs.check(&noise(len, 5), len % 10 == 0);
        codecs.check(&vec![0; len], true);
    }
}

#[test]
fn every_chunk_size_at_full_length_and_around_powers_of_two() {
    for chunk_size in CHUNK_SIZES {
        let mut codecs = Codecs::new(chunk_size);
        let lengths = (9..=chunk_size.ilog2()).flat_map(|bits| [-2, -1, 0, 1, 2].map(|d| (1i64 << bits) + d));
        for len in lengths.filter(|&len| len <= i64::from(chunk_size)) {
            codecs.check(&prose(len as usize), false);
        }
        codecs.check(&noise(chunk_size as usize, 8), false);
        codecs.check(&vec![7; chunk_size as usize], true);
    }
}

#[test]
fn periods_of_every_small_length() {
    let mut codecs = Codecs::new(4096);
    for period in 1..70 {
        let data: Vec<u8> = noise(period, period as u64).into_iter().cycle().take(2500).collect();
        codecs.check(&data, false);
    }
}

#[test]
fn offsets_and_lengths_that_only_the_longest_chunk_has() {
    let mut data = noise(60000, 1);
    data.extend_from_within(1..5000);
    data.extend([0; 537]);
    Codecs::new(65536).check(&data, false);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn structured_data_in_short_chunks(data in structured(4096)) {
        Codecs::new(4096).check(&data, true);
    }

    #[test]
    fn structured_data_in_long_chunks(data in structured(65536)) {
        Codecs::new(65536).check(&data, false);
    }
}
