//! Finalizing boot images by profiles.

mod builtin;
mod common;
mod policy;
mod profile;
mod registry;
mod steps;
#[path = "../util/mod.rs"]
mod util;
