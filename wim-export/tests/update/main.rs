//! Changing archives: nothing is lost, nothing is written over, and the old archive or the new one is there at any time.

mod append;
mod common;
mod crash;
mod delete;
mod files;
mod info;
mod peers;
mod rebuild;
mod refused;
#[path = "../util/mod.rs"]
mod util;
