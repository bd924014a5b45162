//! Extraction.
//!
//! | file | what |
//! |---|---|
//! | `names` | what hostile names and links come to |
//! | `data` | data, whole or damaged |
//! | `places` | which entries, and where to |
//! | `peers` | wimlib makes the same tree |
#![cfg(unix)]

mod data;
mod names;
mod peers;
mod places;
mod util;
