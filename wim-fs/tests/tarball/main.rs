//! Images as tar archives, and tar archives as images.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
mod foreign;
mod hostile;
mod round_trip;
mod util;
