//! The edited image as one that can be written.

use std::num::NonZeroUsize;

use wim_format::Compression;

use super::ImageEditor;
use crate::{Archive, ArchiveDraft, NewImage, Progress, Result};

impl ImageEditor {
    /// Hashes the new data that the tree still refers to, on so many threads, into `draft`, and returns the image for it.
    ///
    /// # Errors
    /// If new data cannot be read, or the run is cancelled.
    pub fn finish(
        self,
        draft: &mut ArchiveDraft,
        threads: Option<NonZeroUsize>,
        progress: &mut dyn Progress,
    ) -> Result<NewImage> {
        let Self { mut metadata, xml, pending, .. } = self;
        pending.resolve(&mut metadata, |blobs| draft.add_data(blobs, threads, progress))?;
        Ok(NewImage { metadata, xml })
    }

    /// An archive with all images of the one that the image comes from, this one as it was edited. An image that comes from
    /// nowhere is alone in it.
    ///
    /// # Errors
    /// As [`Self::finish`]; and if parts of the archive are missing, or the metadata of another image.
    pub fn into_archive(self, threads: Option<NonZeroUsize>, progress: &mut dyn Progress) -> Result<Archive> {
        let Some((archive, edited)) = self.source.clone() else { return self.into_single(threads, progress) };
        let mut draft = ArchiveDraft::of(&archive)?;
        let mut editor = Some(self);
        for image in archive.images() {
            if image != edited {
                draft.push_image_of(&archive, image)?;
            } else if let Some(editor) = editor.take() {
                let new = editor.finish(&mut draft, threads, progress)?;
                draft.push_image(new);
            }
        }
        draft.finish()
    }

    /// An archive with this image alone.
    ///
    /// # Errors
    /// As [`Self::finish`]; and if parts of the archive that the image comes from are missing.
    pub fn into_single(self, threads: Option<NonZeroUsize>, progress: &mut dyn Progress) -> Result<Archive> {
        let mut draft = match &self.source {
            Some((archive, _)) => ArchiveDraft::of(archive)?,
            None => ArchiveDraft::new(Compression::Lzx),
        };
        let new = self.finish(&mut draft, threads, progress)?;
        draft.push_image(new);
        draft.finish()
    }
}
