//! Changing the tree of an image: in memory, as Windows would, written once.
//!
//! ```text
//!  Archive ─ image ─► ImageEditor ─ add, remove, rename, set … ─► finish ─► NewImage in an ArchiveDraft
//!                                                                  │          ├── ExportPlan::rebuild   anew
//!                                                                  hash       └── ReplacePlan           in place
//! ```
//!
//! Names are looked up without regard to case, as Windows does, and what exists keeps its name: a file that is replaced, a
//! directory that is merged into. Every change is made or leaves the tree as it was. Data is not read before the end, so an
//! added file that is removed again costs nothing, and what nothing refers to in the end is not in the result.
//!
//! | file | what |
//! |---|---|
//! | `path`, `glob` | paths of an image, patterns of them |
//! | `entry` | what is to be added |
//! | `add`, `change` | adding and merging; removing, renaming, setting |
//! | `data` | what files hold, old and new |
//! | `finish` | the edited image as one that can be written |
//! | `problem` | why a change cannot be |

mod add;
mod change;
mod data;
mod entry;
mod finish;
mod glob;
mod path;
mod problem;

use wim_format::{DentryId, FileTime, ImageIndex, ImageMetadata, XmlImage};

pub use add::OnConflict;
pub use entry::{NewEntry, NewSecurity, NewStreamData};
pub use glob::Glob;
pub use problem::EditProblem;

use crate::{Archive, Error, Result};
use data::Pending;

/// An image in memory, to be changed.
///
/// # Examples
/// ```no_run
/// use std::sync::Arc;
/// use wim_export::{Archive, ExportOptions, ExportPlan, Glob, HostFile, ImageEditor, NewBlob, NewEntry, OnConflict};
/// use wim_format::ImageIndex;
///
/// # fn main() -> wim_export::Result<()> {
/// let archive = Archive::open("boot.wim")?;
/// let mut editor = ImageEditor::new(&archive, ImageIndex::FIRST)?;
/// let script = NewBlob::new("start.cmd", Arc::new(HostFile::new("start.cmd")?));
/// editor.add(r"\Windows\System32\startnet.cmd", NewEntry::file(script), OnConflict::Replace)?;
/// editor.remove_matching(&Glob::parse(r"\Windows\Temp\**")?)?;
/// editor.rename(r"\sources\old", r"\sources\new", false)?;
///
/// let edited = editor.into_archive(None, &mut ())?;
/// let images: Vec<ImageIndex> = edited.images().collect();
/// ExportPlan::rebuild(&edited, &images, ExportOptions::default())?.write(&mut Vec::new(), &mut ())?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct ImageEditor {
    metadata: ImageMetadata,
    xml: XmlImage,
    /// Where the image comes from, and its data.
    source: Option<(Archive, ImageIndex)>,
    pending: Pending,
    /// The times of what is made without any.
    time: Option<FileTime>,
}

impl ImageEditor {
    /// An image of an archive, as it is.
    ///
    /// # Errors
    /// If there is no such image, or its metadata is damaged.
    pub fn new(archive: &Archive, image: ImageIndex) -> Result<Self> {
        let metadata = archive.image(image)?;
        let xml = archive.xml().image(image).cloned().unwrap_or_default();
        Ok(Self { metadata, xml, source: Some((archive.clone(), image)), ..Self::empty() })
    }

    /// A new image with nothing but a root.
    pub fn empty() -> Self {
        let (metadata, xml, pending) = (ImageMetadata::new(), XmlImage::new(), Pending::new());
        Self { metadata, xml, source: None, pending, time: None }
    }

    /// The times of what is added without any; by default those of the directory that it is added to. Files without times
    /// are in the way of Windows.
    pub fn set_default_time(&mut self, time: Option<FileTime>) {
        self.time = time;
    }

    /// The archive that the image comes from.
    pub(crate) fn source_archive(&self) -> Option<&Archive> {
        self.source.as_ref().map(|(archive, _)| archive)
    }

    /// The tree as it is now. New files have hashes that mean something to this editor only.
    pub fn metadata(&self) -> &ImageMetadata {
        &self.metadata
    }

    /// The tree, to be changed by its own methods, for whoever knows what paths do not say. What its streams name is data of
    /// the archive, or [new](Self::new_data).
    pub fn metadata_mut(&mut self) -> &mut ImageMetadata {
        &mut self.metadata
    }

    /// The image's entry in the XML.
    pub fn xml(&self) -> &XmlImage {
        &self.xml
    }

    /// The image's entry in the XML, to be changed. The counts of files and bytes are made anew in any case.
    pub fn xml_mut(&mut self) -> &mut XmlImage {
        &mut self.xml
    }

    /// The entry at `path`.
    ///
    /// # Errors
    /// If there is none, or `path` is no path of an image.
    pub fn find(&self, path: &str) -> Result<DentryId> {
        let names = path::parse(path)?;
        let found = names.iter().try_fold(self.metadata.root(), |parent, name| self.metadata.find_child(parent, name));
        found.ok_or_else(|| problem(path, EditProblem::NoSuchPath))
    }

    /// Whether there is something at `path`.
    pub fn exists(&self, path: &str) -> bool {
        self.find(path).is_ok()
    }
}

/// The error that `path` cannot be changed as asked.
fn problem(path: &str, why: EditProblem) -> Error {
    Error::Edit { path: path.to_owned(), why }
}
