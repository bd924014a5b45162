//! Windows images (WIM, ESD, SWM) and the host's file system: extract and apply.
//!
//! ```text
//!  ExtractPlan ── run          extract/     an image becomes files
//!     └── Dir                  host/        the only system calls, relative to open directories
//!  reparse, unix_data, wtf8                 what names, links and owners are on either side
//! ```
//!
//! Nothing is written outside the destination, whatever the image says, and whatever another process does meanwhile; see
//! `host`.

mod extract;
mod host;
#[allow(dead_code, reason = "one direction is used so far")]
mod reparse;
#[allow(dead_code, reason = "one direction is used so far")]
mod unix_data;
#[allow(dead_code, reason = "one direction is used so far")]
mod wtf8;

pub use extract::{
    ExtractOptions, ExtractPlan, ExtractReport, Links, Metadata, NameRules, NotRestored, OnClash, PathPattern,
    Selection, Skipped, Unfit,
};
pub use wim_export::{Error, Result};
