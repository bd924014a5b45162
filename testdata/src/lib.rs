//! Fixtures, and builders of what no fixture shows, for the tests of the workspace.
//!
//! * [`path`] finds a fixture of this crate's folders, [`shared`] one of the folder that lies next to the workspace;
//! * [`peer`] finds another implementation to compare with, [`fuse`] tells whether images can be mounted;
//! * [`build`] writes any WIM, also illegal ones; [`hive`] and [`pe`] write the small files that a Windows image needs;
//! * [`cases`] lists every fixture with what it is, [`hostile`] makes the hostile ones;
//! * [`tree`], [`trees`], [`winpe`] and [`content`] are what the fixtures hold.
//!
//! Nothing here depends on the crates that it tests.

pub mod build;
pub mod cases;
pub mod component;
pub mod content;
mod files;
pub mod hive;
pub mod hostile;
pub mod pe;
pub mod tree;
pub mod trees;
pub mod winpe;

pub use files::{fuse, path, peer, read, shared};
