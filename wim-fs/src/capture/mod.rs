//! Capture: files of the host as a new image.
//!
//! ```text
//!  Capture::scan   a folder ─► ImageMetadata, and new data (nothing is read yet); Capture::scan_all   several of them
//!  Capture::write_to ArchiveWriter: hash, compress and write the data, put the hashes in, derive the XML
//!  Capture::add_to ArchiveDraft: the same, but nothing is written yet ─► ExportPlan, AppendPlan
//! ```
//!
//! | file | what |
//! |---|---|
//! | `options` | how to capture |
//! | `config` | what is left out: wimlib's and Microsoft's configuration files |
//! | `sources` | lists of several folders and files, and where they go |
//! | `overlay` | these as one image, one laid over the other |
//! | `folder` | what the host says of a directory's entries |
//! | `walk` | through the folder, in the order in which Windows sorts names: threads look ahead |
//! | `scan` | the image that is made of what was found |
//! | `entry` | one file: attributes, times, links, what only Unix has |
//! | `template` | files that an earlier image has already |
//! | `known` | files of which a sidecar says what the folder cannot hold |
//! | `windows`, `language` | what the registry of a captured Windows says of it |

mod config;
mod entry;
mod folder;
mod known;
mod language;
mod options;
mod overlay;
mod scan;
mod sources;
mod template;
mod walk;
mod windows;

use std::num::NonZeroUsize;

use wim_export::{Archive, ArchiveDraft, ArchiveWriter, NewBlob, NewImage, Progress, Result};
use wim_format::{
    Children, DentryId, FileTime, ImageMetadata, Inode, InodeId, Name, NewStream, Sha1Hash, StreamKind, XmlImage,
};

pub use config::CaptureConfig;
pub use options::CaptureOptions;
pub use sources::CaptureSource;

use crate::extract::Skipped;

/// What is to become an image: a folder that was looked through, or a tar archive. Data was not hashed yet.
#[derive(Debug)]
pub struct Capture {
    pub(crate) tree: Unhashed,
    pub(crate) blobs: Vec<NewBlob>,
    /// Archives whose data the image refers to.
    pub(crate) bases: Vec<Archive>,
    pub(crate) fixes_links: bool,
    /// What the source itself says of the image.
    pub(crate) xml: Option<XmlImage>,
    pub(crate) report: CaptureReport,
}

/// A tree, and what the streams in it are.
#[derive(Debug)]
pub(crate) struct Unhashed {
    pub(crate) metadata: ImageMetadata,
    pub(crate) streams: Vec<(InodeId, Vec<NewStreamOf>)>,
}

/// A stream whose hash is not known before its data was read.
#[derive(Clone, Debug)]
pub(crate) struct NewStreamOf {
    pub(crate) kind: StreamKind,
    pub(crate) name: Name,
    pub(crate) data: Data,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Data {
    None,
    /// The number of new data.
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
    /// Files, folders and links of which the sidecar knew what the folder cannot hold.
    pub known: u64,
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

    /// What the source itself says of the image: a tar archive that was one, for example.
    pub fn xml(&self) -> Option<&XmlImage> {
        self.xml.as_ref()
    }

    /// When what was found last changed.
    pub fn last_change(&self) -> FileTime {
        self.tree.metadata.inodes().iter().map(|inode| inode.last_write_time).max().unwrap_or(FileTime(0))
    }

    /// Reads and hashes the data, and adds the image to a draft, its XML as `xml` says. What the image has of a Windows
    /// installation is written to the XML, but where `xml` has it already; so is `time`, as that of the image.
    ///
    /// # Errors
    /// If a file cannot be read or changed since it was found, or `progress` cancels the run.
    pub fn add_to(
        mut self,
        draft: &mut ArchiveDraft,
        xml: XmlImage,
        time: FileTime,
        threads: Option<NonZeroUsize>,
        progress: &mut dyn Progress,
    ) -> Result<CaptureReport> {
        let xml = self.begin(draft, xml, time)?;
        let hashes = draft.add_data(std::mem::take(&mut self.blobs), threads, progress)?;
        draft.push_image(NewImage { metadata: self.tree.hashed(&hashes), xml });
        Ok(self.report)
    }

    /// The same for an archive that is written, or appended to, while data is read: each file is read once, where that is
    /// possible.
    ///
    /// # Errors
    /// As [`Self::add_to`]; if writing fails; and, before anything is read, if the archive has an image of that name.
    pub fn write_to(
        mut self,
        writer: &mut ArchiveWriter<'_>,
        xml: XmlImage,
        time: FileTime,
        progress: &mut dyn Progress,
    ) -> Result<CaptureReport> {
        let xml = self.begin(writer.draft(), xml, time)?;
        writer.check_image(&xml)?;
        let hashes = writer.add_data(std::mem::take(&mut self.blobs), progress)?;
        writer.push_image(NewImage { metadata: self.tree.hashed(&hashes), xml });
        Ok(self.report)
    }

    /// Adds the archives to which the image refers to a draft, and what the image says of itself to its XML.
    fn begin(&self, draft: &mut ArchiveDraft, mut xml: XmlImage, time: FileTime) -> Result<XmlImage> {
        for base in &self.bases {
            draft.add_base(base)?;
        }
        if self.fixes_links {
            draft.mark_links_fixed();
        }
        for (property, value) in windows::properties(&self.tree.metadata, |dentry, limit| self.read(dentry, limit)) {
            if xml.property(&property).is_none() {
                let _ = xml.set_property(&property, Some(&value));
            }
        }
        if xml.creation_time().is_none() {
            xml.set_creation_time(time);
        }
        if xml.last_modification_time().is_none() {
            xml.set_last_modification_time(time);
        }
        Ok(xml)
    }

    /// The data of a file that is about to be captured, if it has no more than `limit` bytes.
    fn read(&self, dentry: DentryId, limit: u64) -> Option<Vec<u8>> {
        let inode = self.tree.metadata.dentry(dentry).inode;
        let (_, streams) = self.tree.streams.iter().find(|(with_streams, _)| *with_streams == inode)?;
        match streams.iter().find(|stream| stream.kind == StreamKind::Data)?.data {
            Data::None => None,
            Data::New(number) => {
                let blob = &self.blobs[number];
                blob.size().ok().filter(|&size| size <= limit)?;
                blob.read().ok()
            }
            Data::Known(hash) => {
                let base = self.bases.iter().find(|base| base.blob(&hash).is_some_and(|blob| blob.size <= limit))?;
                let mut bytes = Vec::new();
                let reader = base.blob_reader(&hash).ok()?;
                reader
                    .read_all(|piece| {
                        bytes.extend_from_slice(piece);
                        Ok(())
                    })
                    .ok()?;
                Some(bytes)
            }
        }
    }
}

/// What an image says of a file, for another image.
fn copy_inode(from: &ImageMetadata, inode: &Inode, to: &mut ImageMetadata) -> Inode {
    let descriptor = inode.security_id.and_then(|id| from.security().get(id));
    let security_id = descriptor.and_then(|descriptor| to.security_mut().insert(descriptor));
    Inode { security_id, children: Children::default(), ..inode.clone() }
}

impl Unhashed {
    /// The tree with the hashes of new data in it.
    fn hashed(mut self, hashes: &[Sha1Hash]) -> ImageMetadata {
        for (inode, streams) in self.streams {
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
        self.metadata
    }
}
