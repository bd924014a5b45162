//! Deleting images.

use std::collections::HashMap;

use wim_format::{Blob, BlobTable, Header, ImageIndex, Sha1Hash, XmlInfo};

use super::UpdateSummary;
use super::check::{check_in_place, check_modifiable};
use super::in_place::InPlace;
use super::tail::{Tail, boot_metadata};
use crate::export::without_images;
use crate::workers::Workers;
use crate::{Archive, Error, ExportOptions, ExportPlan, Progress, Result, Target};

/// What deleting images of an archive will leave.
///
/// There are two ways. [`DeletePlan::rebuild`] writes the archive anew, without what only the deleted images needed;
/// [`DeletePlan::soft`] changes it in place, which is quick, and leaves their data in it until it is optimized.
///
/// # Examples
/// ```no_run
/// # fn main() -> wim_export::Result<()> {
/// use wim_export::{ArchiveFile, DeletePlan, ExportOptions, OpenOptions};
///
/// let mut file = ArchiveFile::open("install.wim", &OpenOptions::new())?;
/// let images = [file.archive().find_image("Windows 11 Home")?];
/// let plan = DeletePlan::new(file.archive(), &images, false)?;
/// # let soft = true;
/// if soft {
///     plan.soft()?.write(file.file(), &mut ())?;
/// } else {
///     let rebuilt = plan.rebuild(ExportOptions::default())?;
///     file.replace(rebuilt, &mut ())?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct DeletePlan {
    archive: Archive,
    remaining: Vec<ImageIndex>,
}

impl DeletePlan {
    /// Plans to delete `images` of `archive`; all of them only if `allow_empty` says so, as little software reads an archive
    /// without images.
    ///
    /// # Errors
    /// [`Error::Update`] if the archive is read-only or part of a split set; [`Error::NoSuchImage`];
    /// [`Error::InvalidArgument`] if no image would remain.
    pub fn new(archive: &Archive, images: &[ImageIndex], allow_empty: bool) -> Result<Self> {
        check_modifiable(archive)?;
        for image in images {
            archive.find_image(&image.to_string())?;
        }
        let mut remains = vec![true; archive.image_count() as usize];
        images.iter().for_each(|image| remains[image.position()] = false);
        let remaining: Vec<ImageIndex> = archive.images().filter(|image| remains[image.position()]).collect();
        if remaining.is_empty() && !allow_empty {
            let (value, expected) = ("all".to_owned(), "at least one image should remain".to_owned());
            return Err(Error::InvalidArgument { what: "list of images to delete", value, expected });
        }
        Ok(Self { archive: archive.clone(), remaining })
    }

    /// The images that remain, by their old numbers. They will be numbered from 1 without gaps.
    pub fn remaining(&self) -> &[ImageIndex] {
        &self.remaining
    }

    /// Plans an archive of the remaining images in the place of the old one; see [`ExportPlan::rebuild`].
    ///
    /// # Errors
    /// As [`ExportPlan::rebuild`].
    pub fn rebuild(&self, options: ExportOptions) -> Result<ExportPlan> {
        ExportPlan::rebuild(&self.archive, &self.remaining, options)
    }

    /// Plans to delete in place: the images go, and their data stays, counted as often as it is still needed.
    ///
    /// # Errors
    /// [`Error::Update`] if the archive cannot be changed in place; or if a remaining image is damaged.
    pub fn soft(&self) -> Result<SoftDelete> {
        check_in_place(&self.archive)?;
        let mut xml = without_images(self.archive.xml());
        let remaining = self.remaining.iter().filter_map(|&image| self.archive.xml().image(image));
        remaining.for_each(|image| xml.push_image(image.clone()));
        let table = self.blob_table()?;
        let mut header = self.archive.header().clone();
        header.image_count = self.remaining.len() as u32;
        let boot = self.archive.boot_index().and_then(|boot| self.remaining.binary_search(&boot).ok());
        header.boot_index = boot.map(ImageIndex::from_position);
        header.boot_metadata = boot_metadata(&header, &table);
        Ok(SoftDelete { archive: self.archive.clone(), header, table, xml })
    }

    /// The table without the deleted images' metadata, its references counted anew.
    fn blob_table(&self) -> Result<BlobTable> {
        let mut references: HashMap<Sha1Hash, u32> = HashMap::new();
        let (old, mut table) = (self.archive.blob_table(), BlobTable::new());
        for &image in &self.remaining {
            let metadata = old.metadata(image).ok_or_else(|| self.archive.missing_metadata(image))?;
            table.push_metadata(*metadata);
            for (hash, names) in self.archive.image(image)?.blob_references() {
                let count = references.entry(hash).or_default();
                *count = count.saturating_add(names);
            }
        }
        for &solid in old.solid_resources() {
            table.push_solid(solid);
        }
        for blob in old.blobs() {
            let reference_count = references.get(&blob.hash).copied().unwrap_or(0);
            table.push_blob(Blob { reference_count, ..*blob });
        }
        Ok(table)
    }
}

/// What deleting images in place will do; [`DeletePlan::soft`] makes it.
#[derive(Clone, Debug)]
pub struct SoftDelete {
    archive: Archive,
    header: Header,
    table: BlobTable,
    xml: XmlInfo,
}

impl SoftDelete {
    /// Writes the change to `target`, which holds the archive that it is for; [`crate::ArchiveFile::file`] is one.
    ///
    /// # Errors
    /// If reading or writing fails, the run is cancelled, or the archive was changed since it was opened. `target` is then as
    /// it was.
    pub fn write(&self, target: &mut dyn Target, progress: &mut dyn Progress) -> Result<UpdateSummary> {
        let workers = Workers::new(Workers::threads_for(None))?;
        let mut change = InPlace::begin(&self.archive, target)?;
        let integrity = !self.archive.header().integrity.is_none();
        let tail = Tail { table: Some(&self.table), xml: &self.xml, integrity };
        let end = change.end();
        let mut output = change.append(end, Some(tail.size()))?;
        let mut header = self.header.clone();
        tail.write(&self.archive, &mut header, &workers, &mut output, progress)?;
        output.finish()?;
        change.switch(header)
    }
}
