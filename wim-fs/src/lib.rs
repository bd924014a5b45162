//! Windows images (WIM, ESD, SWM) and the host's file system: extract, apply, capture.
//!
//! ```text
//!  ExtractPlan ── run          extract/     an image becomes files
//!  Capture ── scan, add_to      capture/     files become an image
//!  Mount                        mount/       an image is a file system (Linux)
//!  write_tar, Capture::from_tar tarball/     an image becomes a stream, and the other way round
//!  usual_sidecar                sidecar/     what a folder cannot hold, beside it
//!     └── Dir                  host/        the only system calls, relative to open directories
//!  reparse, unix_data, wtf8                 what names, links and owners are on either side
//! ```
//!
//! Nothing is written outside the destination, whatever the image says, and whatever another process does meanwhile; see
//! `host`.

mod capture;
mod extract;
mod host;
#[cfg(all(target_os = "linux", feature = "mount"))]
mod mount;
#[cfg(unix)]
mod ntfs;
mod reparse;
mod sidecar;
mod tarball;
mod unix_data;
mod wtf8;

pub use capture::{Capture, CaptureConfig, CaptureOptions, CaptureReport, CaptureSource};
pub use extract::{
    ExtractOptions, ExtractPlan, ExtractReport, Links, Metadata, NameRules, NotRestored, OnClash, PathPattern,
    Selection, Skipped, Unfit,
};
#[cfg(all(target_os = "linux", feature = "mount"))]
pub use mount::{Listener, Mount, MountInfo, MountOptions, Unmounter, commit, unmount, unmount_dead};
pub use sidecar::usual_sidecar;
pub use tarball::{OnDuplicate, TarOptions, TarReport, TarSource, write_tar};
pub use unix_data::push_unix_data;
pub use wim_export::{Error, Result};
