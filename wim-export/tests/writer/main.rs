//! Archives that are written while their data is found: what is written is what was there, and every file is read once.

mod append;
mod common;
mod fresh;
#[path = "../util/mod.rs"]
mod util;
