//! Changing the tree of an image.

mod hive;
mod model;
mod ops;
#[path = "../util/mod.rs"]
mod util;
mod written;
