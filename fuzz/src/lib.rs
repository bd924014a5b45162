//! Fuzz targets as plain functions: each takes any bytes and panics if the one property that it states does not hold.
//!
//! ```text
//!  fuzz_targets/*.rs   libFuzzer, on nightly      ─┐
//!  tests/replay.rs     seeds/ and regressions/    ─┼─► TARGETS
//!  tests/mutations.rs  some thousand mutants      ─┘
//! ```
//!
//! | file | what |
//! |---|---|
//! | `targets/` | the properties |
//! | `input` | numbers off the front of the input |
//! | `repair` | archives whose hashes are right, so that damage behind them is reached |
//! | `expand` | long, repetitive data out of short input |
//! | `limits` | what readers may accept here, and how much memory everything may take |

mod expand;
mod input;
mod limits;
mod repair;
pub mod resources;
mod targets;

pub use targets::*;

/// A fuzz target.
pub type Target = fn(&[u8]);

/// All targets, by the name of their program, their seeds and their regressions.
pub const TARGETS: &[(&str, Target)] = &[
    ("header", header),
    ("blob_table", blob_table),
    ("chunk_table", chunk_table),
    ("metadata", metadata),
    ("metadata_edit", metadata_edit),
    ("xml", xml),
    ("xml_edit", xml_edit),
    ("integrity", integrity),
    ("security", security),
    ("name", name),
    ("hive_parse", hive_parse),
    ("hive_edit", hive_edit),
    ("reg_file", reg_file),
    ("archive", archive),
    ("export", export),
    ("recompress", recompress),
    ("update", update),
    ("edit_script", edit_script),
    ("profile", profile),
    ("xpress_decode", xpress_decode),
    ("lzx_decode", lzx_decode),
    ("lzms_decode", lzms_decode),
    ("xpress_round_trip", xpress_round_trip),
    ("lzx_round_trip", lzx_round_trip),
    ("lzms_round_trip", lzms_round_trip),
    ("cabinet", cabinet),
    ("manifest", manifest),
    ("from_tar", from_tar),
];
