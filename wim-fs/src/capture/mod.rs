//! Capture: files of the host as a new image.
//!
//! ```text
//!  Capture::scan   a folder ─► ImageMetadata, and new data (nothing is read yet)
//!  Capture::add_to ArchiveDraft: hash the data, put the hashes in, derive the XML ─► ExportPlan, AppendPlan
//! ```
//!
//! | file | what |
//! |---|---|
//! | `options` | how to capture |
//! | `config` | what is left out: wimlib's and Microsoft's configuration files |
//! | `scan` | through the folder, in the order in which Windows sorts names |
//! | `entry` | one file: attributes, times, links, what only Unix has |
//! | `template` | files that an earlier image has already |
//! | `windows`, `language` | what the registry of a captured Windows says of it |

mod config;
mod entry;
mod language;
mod options;
mod scan;
mod template;
mod windows;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use wim_export::{ArchiveDraft, NewBlob, NewImage, Progress, Result};
use wim_format::{FileTime, ImageMetadata, InodeId, Name, NewStream, Sha1Hash, StreamKind, XmlImage};

pub use config::CaptureConfig;
pub use options::CaptureOptions;

use crate::extract::Skipped;

/// A folder that was looked through, and whose data was not read yet.
#[derive(Debug)]
pub struct Capture {
    metadata: ImageMetadata,
    blobs: Vec<NewBlob>,
    /// What each inode's streams are: known, or the number of new data.
    streams: Vec<(InodeId, Vec<NewStreamOf>)>,
    source: PathBuf,
    fixes_links: bool,
    report: CaptureReport,
}

/// A stream whose hash is not known before its data was read.
#[derive(Debug)]
struct NewStreamOf {
    kind: StreamKind,
    name: Name,
    data: Data,
}

#[derive(Clone, Copy, Debug)]
enum Data {
    None,
    New(usize),
    Known(Sha1Hash),
}

/// What was found, and what was left out.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CaptureReport {
    /// Directories, without the root.
    pub directories: u64,
    /// Files: each once, however many names it has.
    pub files: u64,
    /// Names of files but for the first of each.
    pub hard_links: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Bytes of data that will be read.
    pub bytes: u64,
    /// Files that are as they were in the earlier image, and are not read.
    pub unchanged: u64,
    /// Names that the configuration leaves out.
    pub excluded: u64,
    /// What was left out because an image cannot have it, and why.
    pub skipped: Vec<Skipped>,
}

impl Capture {
    /// What was found.
    pub fn report(&self) -> &CaptureReport {
        &self.report
    }

    /// Whether links that lead into the folder were made to lead into the image: the archive is to be marked so.
    pub fn fixes_links(&self) -> bool {
        self.fixes_links
    }

    /// When what was found last changed.
    pub fn last_change(&self) -> FileTime {
        self.metadata.inodes().iter().map(|inode| inode.last_write_time).max().unwrap_or(FileTime(0))
    }

    /// Reads and hashes the data, and adds the image to a draft, its XML as `xml` says. What the image has of a Windows
    /// installation is written to the XML, but where `xml` has it already.
    ///
    /// # Errors
    /// If a file cannot be read or changed since it was found, or `progress` cancels the run.
    pub fn add_to(
        mut self,
        draft: &mut ArchiveDraft,
        mut xml: XmlImage,
        time: FileTime,
        threads: Option<NonZeroUsize>,
        progress: &mut dyn Progress,
    ) -> Result<CaptureReport> {
        let hashes = draft.add_data(std::mem::take(&mut self.blobs), threads, progress)?;
        for (inode, streams) in std::mem::take(&mut self.streams) {
            let hash = |data| match data {
                Data::None => Sha1Hash::ZERO,
                Data::New(number) => hashes[number],
                Data::Known(hash) => hash,
            };
            let streams = streams.into_iter().map(|stream| NewStream {
                kind: stream.kind,
                name: stream.name,
                hash: hash(stream.data),
            });
            // One unnamed stream of each kind, and names that the host has: nothing that could be refused.
            let _ = self.metadata.inode_mut(inode).set_streams(streams.collect());
        }
        for (property, value) in windows::properties(&self.metadata, &self.source) {
            if xml.property(&property).is_none() {
                let _ = xml.set_property(&property, Some(&value));
            }
        }
        xml.set_creation_time(time);
        xml.set_last_modification_time(time);
        draft.push_image(NewImage { metadata: self.metadata, xml });
        Ok(self.report)
    }
}
