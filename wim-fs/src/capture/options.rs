//! How to capture.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use wim_export::Archive;
use wim_format::{FileTime, ImageIndex, Limits};

use super::CaptureConfig;
use crate::extract::Metadata;

/// How to capture.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CaptureOptions {
    /// What is left out.
    pub config: CaptureConfig,
    /// Files that are left out wherever they are met: the archive that is written, for one.
    pub exclude: Vec<PathBuf>,
    /// Keep users, groups, modes, devices and extended attributes.
    pub unix_data: bool,
    /// Let absolute links that lead into the folder lead into the image.
    pub fix_links: bool,
    /// Capture what links lead to, rather than the links.
    pub dereference: bool,
    /// No time is later than this, and times of access are those of change: the same files make the same image.
    pub reproducible: Option<FileTime>,
    /// Where Windows' metadata is: on an NTFS volume with the files; or in the sidecar that an extraction wrote, and what that
    /// says of files is as good as if the folder had it.
    pub metadata: Metadata,
    /// Where the sidecar is; `None`: where [`usual_sidecar`](crate::usual_sidecar) says.
    pub sidecar: Option<PathBuf>,
    /// What to accept of the sidecar.
    pub limits: Limits,
    /// An earlier image of the same folder: files whose times and sizes are as they are there are not read.
    pub template: Option<(Archive, ImageIndex)>,
    /// How many threads look through the folder; `None`: one for each core.
    pub threads: Option<NonZeroUsize>,
}

impl Default for CaptureOptions {
    fn default() -> Self {
        Self {
            config: CaptureConfig::default(),
            exclude: Vec::new(),
            unix_data: false,
            fix_links: true,
            dereference: false,
            reproducible: None,
            metadata: Metadata::Auto,
            sidecar: None,
            limits: Limits::default(),
            template: None,
            threads: None,
        }
    }
}
