//! Extraction: an image, or parts of it, as files of the host.
//!
//! ```text
//!  Selection ── select ──► entries ── ExtractPlan::new ──► directories, files, links, and the blobs for them
//!  ExtractPlan::run:  Tree (directories) ─► Files (data, on all threads) ─► hard links ─► links ─► times of directories
//! ```
//!
//! | file | what |
//! |---|---|
//! | `select` | which entries are meant |
//! | `names`, `clash` | what they are called on the host |
//! | `plan` | what will be made; nothing is touched |
//! | `run`, `staging` | doing it, in the destination or beside it |
//! | `tree` | directories, open by number |
//! | `files`, `sparse` | files and their data |
//! | `links`, `metadata`, `windows` | what comes after them |
//! | `report` | what it came to |

mod clash;
mod files;
mod links;
mod metadata;
pub(crate) mod names;
mod options;
pub(crate) mod plan;
mod report;
mod run;
pub(crate) mod select;
mod sparse;
mod staging;
mod tree;
mod windows;

pub use names::{NameRules, Unfit};
pub use options::{ExtractOptions, Links, Metadata, OnClash};
pub use plan::ExtractPlan;
pub use report::{ExtractReport, NotRestored, Skipped};
pub use select::{PathPattern, Selection};
