//! The command line.

use std::path::PathBuf;

use wim_compress::{Codec, Level};

/// How the program is used.
pub const USAGE: &str = "\
usage: wimsmith-bench-codecs PATH... [options]
       wimsmith-bench-codecs report RESULTS DIR
  --codec xpress|lzx|lzms  the codec (xpress)
  --chunk-size N           bytes in a chunk; 32768 or 128K or 64M (32K; LZMS: 128K)
  --levels A,B,...         levels of ours (20,50,100); 'none' for none
  --wimlib-levels A,B,...  levels of libwim (20,50,100); 'none' for none
  --max-bytes N            how much of the files to use (16M)
  --runs N                 runs of everything, of which the median counts (3)
  --no-decode              measure compression only
  --data NAME              what the files are called in the report (data)
  --results FILE           also add the rows to this file, from which 'report' makes CODECS.md and codecs.svg in DIR
  --instructions           also count instructions, with valgrind, on the first 512 KiB";

/// What was typed.
pub struct Args {
    /// Files and directories.
    pub paths: Vec<PathBuf>,
    /// Our codec.
    pub codec: Codec,
    /// libwim's number for it.
    pub wimlib_codec: i32,
    /// Whether files are concatenated before they are cut into chunks.
    pub solid: bool,
    /// Bytes in a chunk.
    pub chunk_size: u32,
    /// Levels of ours.
    pub levels: Vec<Level>,
    /// Levels of libwim.
    pub wimlib_levels: Vec<Level>,
    /// The most bytes to use.
    pub max_bytes: usize,
    /// The number of runs.
    pub runs: usize,
    /// Whether to measure decompression.
    pub decode: bool,
    /// The name of the data.
    pub data: String,
    /// Where to add the rows.
    pub results: Option<PathBuf>,
    /// Whether to count instructions.
    pub instructions: bool,
}

/// Codecs by name: ours, libwim's number (`enum wimlib_compression_type`), whether solid, the usual chunk size.
fn codec(name: &str) -> Result<(Codec, i32, bool, u32), String> {
    match name {
        #[cfg(feature = "xpress")]
        "xpress" => Ok((Codec::Xpress, 1, false, 32 << 10)),
        #[cfg(feature = "lzx")]
        "lzx" => Ok((Codec::Lzx, 2, false, 32 << 10)),
        #[cfg(feature = "lzms")]
        "lzms" => Ok((Codec::Lzms, 3, true, 128 << 10)),
        _ => Err(format!("no codec '{name}'")),
    }
}

impl Args {
    /// Reads the command line.
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut name = String::from("xpress");
        let (mut chunk_size, mut results, mut decode, mut instructions) = (None, None, true, false);
        let mut data = String::from("data");
        let usual: Vec<Level> = [20, 50, 100].into_iter().filter_map(Level::new).collect();
        let (mut levels, mut wimlib_levels) = (usual.clone(), usual);
        let (mut max_bytes, mut runs) = (16 << 20, 3);
        let mut paths = Vec::new();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            match &*arg {
                "--codec" => name = value()?,
                "--chunk-size" => chunk_size = Some(size(&value()?)? as u32),
                "--levels" => levels = list(&value()?)?,
                "--wimlib-levels" => wimlib_levels = list(&value()?)?,
                "--max-bytes" => max_bytes = size(&value()?)?,
                "--runs" => runs = size(&value()?)?.max(1),
                "--no-decode" => decode = false,
                "--data" => data = value()?,
                "--results" => results = Some(PathBuf::from(value()?)),
                "--instructions" => instructions = true,
                option if option.starts_with('-') => return Err(format!("no option '{option}'")),
                path => paths.push(PathBuf::from(path)),
            }
        }
        let (codec, wimlib_codec, solid, usual_size) = codec(&name)?;
        let chunk_size = chunk_size.unwrap_or(usual_size);
        if paths.is_empty() {
            return Err(String::from("no files"));
        }
        if !codec.supports(chunk_size) {
            return Err(format!("{name} has no chunks of {chunk_size} bytes"));
        }
        Ok(Self {
            paths,
            codec,
            wimlib_codec,
            solid,
            chunk_size,
            levels,
            wimlib_levels,
            max_bytes,
            runs,
            decode,
            data,
            results,
            instructions,
        })
    }
}

/// A number of bytes, with K or M for the powers of 1024.
fn size(text: &str) -> Result<usize, String> {
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'K') => (&text[..text.len() - 1], 10),
        Some(b'M') => (&text[..text.len() - 1], 20),
        _ => (text, 0),
    };
    digits.parse::<usize>().map(|n| n << shift).map_err(|_| format!("no number: '{text}'"))
}

/// Levels, separated by commas.
fn list(text: &str) -> Result<Vec<Level>, String> {
    if text == "none" {
        return Ok(Vec::new());
    }
    text.split(',').map(|n| n.parse().ok().and_then(Level::new).ok_or(format!("no level: '{n}'"))).collect()
}
