//! The results as tables.

use std::fmt::Write;

use crate::results::Row;

/// What the report says above its tables.
const INTRODUCTION: &str = "\
# The codecs against libwim

Ours and libwim's in one process, chunk by chunk on one thread, taking turns; CPU time of the thread, the median of several
runs. Every chunk was decoded by both decoders and compared. MB are 10^6 bytes of uncompressed data; the size counts chunks that
do not shrink in full. Memory is that of one compressor. *decode* is the speed of our decoder on what the row's compressor
made, and how many times as fast as libwim's it is. *i/B* are instructions for each byte, by callgrind, where they were counted.
The data, and how to repeat this: [README.md](README.md).

![Speed and size](codecs.svg)
";

/// The whole report: one table for each codec, chunk size and kind of data.
pub fn report(rows: &[Row]) -> String {
    let mut text = String::from(INTRODUCTION);
    let mut titles: Vec<String> = Vec::new();
    for row in rows {
        let title = title(row);
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    for wanted in titles {
        let some: Vec<Row> = rows.iter().filter(|row| title(row) == wanted).cloned().collect();
        let _ = write!(text, "\n## {wanted}\n\n{}", table(&some));
    }
    text
}

fn title(row: &Row) -> String {
    format!("{}: {} ({} MB)", row.codec_and_chunk(), row.data, row.total.div_ceil(1_000_000))
}

/// One table.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| encoder | level | size | ratio | MB/s | decode MB/s | of libwim's | memory KiB | i/B | decode i/B, ours and libwim |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let [ours, wimlib] = row.decompress_instructions;
        let both = if ours > 0.0 { format!("{ours:.1}, {wimlib:.1}") } else { String::new() };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.4} | {} | {} | {} | {} | {} | {both} |",
            row.encoder(),
            row.level,
            row.size,
            row.ratio(),
            measured(row.compress, 1),
            measured(row.decompress_ours, 0),
            measured(row.decompress_ours / row.decompress_wimlib, 2),
            row.memory / 1024,
            measured(row.compress_instructions, 0),
        );
    }
    text
}

/// A number, or nothing if it was not measured.
fn measured(value: f64, digits: usize) -> String {
    if value.is_finite() && value > 0.0 { format!("{value:.digits$}") } else { String::new() }
}
