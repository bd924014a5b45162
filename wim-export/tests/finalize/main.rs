//! Finalizing boot images by profiles.

mod builtin;
mod common;
mod component;
mod policy;
mod profile;
mod registry;
mod schema;
mod steps;
#[path = "../util/mod.rs"]
mod util;
