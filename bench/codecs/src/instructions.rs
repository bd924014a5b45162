//! Counting instructions: this very program is run once more under callgrind, which counts within one function.

use std::io;
use std::process::{Command, Stdio};

use crate::args::Args;
use crate::results::Row;

/// How much of the data is enough: counts hardly vary.
const SAMPLE: usize = 512 << 10;

/// Fills in the counts of `rows`. Decompression is counted for the first row only: what a decoder does depends little on who made
/// the chunk.
pub fn count(args: &Args, rows: &mut [Row]) -> io::Result<()> {
    for (index, row) in rows.iter_mut().enumerate() {
        row.compress_instructions = of(args, row, "compress_chunk")?;
        if index == 0 {
            row.decompress_instructions =
                [of(args, row, "decompress_by_ours")?, of(args, row, "decompress_by_libwim")?];
        }
    }
    Ok(())
}

/// The instructions a byte that `function` takes in the measurement of `row`.
fn of(args: &Args, row: &Row, function: &str) -> io::Result<f64> {
    let counts = std::env::temp_dir().join(format!("wimsmith-bench-codecs.{}", std::process::id()));
    let level = row.level.to_string();
    let (ours, wimlib) = if row.ours { (&*level, "none") } else { ("none", &*level) };
    let sample = SAMPLE.min(args.max_bytes);
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect=*::{function}"))
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(std::env::current_exe()?)
        .args(&args.paths)
        .args(["--codec", &row.codec.to_lowercase(), "--chunk-size", &row.chunk_size.to_string()])
        .args(["--levels", ours, "--wimlib-levels", wimlib, "--runs", "1"])
        .args(["--max-bytes", &sample.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let text = std::fs::read_to_string(&counts);
    let _ = std::fs::remove_file(&counts);
    let text = text.map_err(|error| io::Error::other(format!("valgrind ended with {status}: {error}")))?;
    let total = text.lines().find_map(|line| line.strip_prefix("summary: ")?.trim().parse::<f64>().ok());
    Ok(total.unwrap_or(0.0) / sample as f64)
}
