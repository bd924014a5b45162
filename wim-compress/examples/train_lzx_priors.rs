//! Makes `src/lzx/encode/priors.rs`: how likely the symbols of LZX are in an average chunk.
//!
//! ```text
//! cargo run --release -p wimsmith-compress --example train_lzx_priors -- [--take N] PE_DIR ELF_DIR TEXT_DIR > priors.rs
//! ```
//!
//! Compresses every Nth file at the highest level, decodes the result with the tests' reference decoder, and averages how
//! often each symbol occurs. As the encoder works with the table that is to be replaced, the result settles after two or three
//! rounds. The committed table was trained on PE files, ELF files and text in about
//! equal parts, such as bench/README.md says how to make.

#![allow(clippy::print_stdout)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use wim_compress::{Codec, Level};

#[path = "../tests/reference/lzx.rs"]
#[allow(unreachable_pub, reason = "a file of the tests, written for them")]
mod reference;

use reference::Event;

const MAIN_SYMBOLS: usize = 656;
const LENGTH_SYMBOLS: usize = 249;
const ALIGNED_SYMBOLS: usize = 8;

/// What the weights of a code add up to, about.
const WHOLE: f64 = 65536.0;

/// The tables: name, chunk size, and the bytes of each of the given paths that are used.
const TABLES: [(&str, &str, usize, usize); 2] =
    [("SMALL", "chunks of 32 KiB", 1 << 15, 6 << 20), ("LARGE", "longer chunks", 1 << 20, 12 << 20)];

/// Sums of the shares that symbols have in each chunk, weighted by how many there are.
struct Counts {
    main: Vec<f64>,
    length: Vec<f64>,
    aligned: Vec<f64>,
}

fn main() -> std::io::Result<()> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut take = 1;
    let mut args = env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--take" => take = args.next().and_then(|n| n.parse().ok()).expect("--take N"),
            _ => paths.push(arg.into()),
        }
    }
    println!("//! How likely the symbols are in an average chunk. Made by `examples/train_lzx_priors.rs`.\n");
    println!("use super::cost::Weights;");
    for (name, what, chunk_size, limit) in TABLES {
        let mut counts = Counts {
            main: vec![0.0; MAIN_SYMBOLS],
            length: vec![0.0; LENGTH_SYMBOLS],
            aligned: vec![0.0; ALIGNED_SYMBOLS],
        };
        for path in &paths {
            let mut files = Vec::new();
            list(path, &mut files)?;
            train(&mut counts, files.iter().step_by(take), chunk_size, limit);
        }
        println!("\n/// For {what}.");
        println!("#[rustfmt::skip]\npub(super) static {name}: Weights = Weights {{");
        print("main", &counts.main);
        print("length", &counts.length);
        print("aligned", &counts.aligned);
        println!("}};");
    }
    Ok(())
}

/// Collects the files under `path` in a fixed order.
fn list(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| list(entry, files));
    }
    if metadata.is_file() {
        files.push(path.into());
    }
    Ok(())
}

/// Adds the symbols of the first `limit` bytes of `files`. Every chunk counts as much as its symbols take bytes.
fn train<'f>(counts: &mut Counts, files: impl Iterator<Item = &'f PathBuf>, chunk_size: usize, limit: usize) {
    let mut compressor = Codec::Lzx.compressor(chunk_size as u32, Level::HIGH);
    let mut compressed = vec![0; chunk_size];
    let mut seen = 0;
    for file in files {
        let Ok(data) = fs::read(file) else { continue };
        for chunk in data.chunks(chunk_size) {
            let room = chunk.len() - 1;
            let Some(size) = compressor.compress(chunk, &mut compressed[..room]) else { continue };
            let decoded = reference::decode(&compressed[..size], chunk.len(), chunk_size, &mut |event| match event {
                Event::Main(symbol) => counts.main[symbol] += 1.0,
                Event::Length(symbol) => counts.length[symbol] += 1.0,
                Event::LowBits(bits) => counts.aligned[bits] += 1.0,
            });
            assert!(decoded.is_ok_and(|decoded| decoded == chunk), "what the encoder makes can be decoded");
        }
        seen += data.len();
        if seen >= limit {
            break;
        }
    }
}

fn print(name: &str, counts: &[f64]) {
    let sum: f64 = counts.iter().sum::<f64>().max(1.0);
    println!("    {name}: [");
    for row in counts.chunks(16) {
        let row: Vec<String> = row.iter().map(|count| format!("{:.0}", (count / sum * WHOLE).max(1.0))).collect();
        println!("        {},", row.join(", "));
    }
    println!("    ],");
}
