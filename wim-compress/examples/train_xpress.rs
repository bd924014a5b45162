//! Makes the prior costs of XPRESS, `src/xpress/prior.rs`, from sample files.
//!
//! ```text
//! cargo run --release -p wimsmith-compress --example train_xpress -- PE_DIR ELF_DIR TEXT_DIR > wim-compress/src/xpress/prior.rs
//! ```
//!
//! Each directory is one kind of data and counts as much as the others, of which at most [`SAMPLE`] bytes are used. All are
//! compressed at the highest level in chunks of several sizes. A chunk begins with the lengths of its codewords, so the average
//! of `2^-length` over all chunks is the average share of each symbol. Since the compressor uses the very costs that
//! are made here, run it twice when the parser changes much.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::{env, fs, io};

use wim_compress::{Compressor, Level, xpress::XpressCompressor};

/// Bytes used of each kind of data.
const SAMPLE: usize = 8 << 20;

/// The chunk sizes that are averaged.
const CHUNK_SIZES: [u32; 3] = [1 << 12, 1 << 15, 1 << 16];

const SYMBOLS: usize = 512;
const LITERALS: usize = 256;
const HEADERS: usize = 16;

/// Shares are no less than this, so that a rare symbol costs at most 14 bits.
const LEAST_SHARE: f64 = 1.0 / 16384.0;

/// Cost units in a bit.
const BIT: f64 = 16.0;

fn main() -> io::Result<()> {
    let mut shares = [0.0; SYMBOLS];
    let mut kinds = 0.0;
    for dir in env::args().skip(1) {
        let mut files = Vec::new();
        read_files(Path::new(&dir), &mut files)?;
        for chunk_size in CHUNK_SIZES {
            let found = average(&files, chunk_size);
            for (share, found) in shares.iter_mut().zip(found) {
                *share += found;
            }
            kinds += 1.0;
        }
    }
    print_table(&shares.map(|share| share / kinds));
    Ok(())
}

/// The cost of a symbol by its share, in units.
fn cost(share: f64) -> u32 {
    (-share.max(LEAST_SHARE).log2() * BIT).round() as u32
}

/// The average share of each symbol in `files`.
fn average(files: &[Vec<u8>], chunk_size: u32) -> [f64; SYMBOLS] {
    let mut compressor = XpressCompressor::new(chunk_size, Level::HIGH);
    let mut packed = vec![0; chunk_size as usize];
    let mut shares = [0.0; SYMBOLS];
    let mut chunks = 0.0;
    for chunk in files.iter().flat_map(|file| file.chunks(chunk_size as usize)) {
        if compressor.compress(chunk, &mut packed[..chunk.len() - 1]).is_some() {
            chunks += 1.0;
            for (symbol, share) in shares.iter_mut().enumerate() {
                let len = packed[symbol / 2] >> (4 * (symbol % 2)) & 15;
                *share += if len == 0 { 0.0 } else { f64::from(len).exp2().recip() };
            }
        }
    }
    shares.map(|share| share / f64::max(chunks, 1.0))
}

/// Reads files below `dir` in the order of their paths, up to [`SAMPLE`] bytes in all.
fn read_files(dir: &Path, files: &mut Vec<Vec<u8>>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(dir)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            read_files(&entry.path(), files)?;
        } else if kind.is_file() {
            let left = SAMPLE - files.iter().map(Vec::len).sum::<usize>();
            let mut data = fs::read(entry.path())?;
            data.truncate(left);
            files.push(data);
        }
    }
    Ok(())
}

fn print_table(shares: &[f64; SYMBOLS]) {
    let (literals, matches) = shares.split_at(LITERALS);
    let all_literals: f64 = literals.iter().sum();
    println!("//! What items cost before anything is known of a chunk. Made by `examples/train_xpress.rs`.");
    println!();
    println!("use super::cost::Costs;");
    println!();
    println!("/// What it costs to say that an item is a literal, in 1/16 bit.");
    println!("pub(super) const LITERAL: u32 = {};", cost(all_literals));
    println!();
    println!("/// How likely each byte is among the literals, in 1/65536.");
    println!("#[rustfmt::skip]");
    println!("pub(super) static LITERAL_WEIGHTS: [u32; 256] = [");
    for row in literals.chunks(HEADERS) {
        println!("    {},", join(row.iter().map(|share| (share / all_literals * 65536.0).round().max(1.0) as u32)));
    }
    println!("];");
    println!();
    println!("/// The costs of an average chunk, in 1/16 bit. A match's includes its offset bits.");
    println!("#[rustfmt::skip]");
    println!("pub(super) static PRIOR: Costs = Costs {{");
    println!("    literals: [");
    for row in literals.chunks(HEADERS) {
        println!("        {},", join(row.iter().map(|&share| cost(share))));
    }
    println!("    ],");
    println!("    matches: [");
    for (offset_bits, row) in (0u32..).zip(matches.chunks(HEADERS)) {
        println!("        [{}],", join(row.iter().map(|&share| cost(share) + offset_bits * BIT as u32)));
    }
    println!("    ],");
    println!("}};");
}

fn join(row: impl Iterator<Item = u32>) -> String {
    row.map(|cost| cost.to_string()).collect::<Vec<_>>().join(", ")
}
