//! Replacing an image by an edited one.

use wim_format::{Blob, BlobTable, Header, ImageIndex, MetadataResource, Sha1Hash, Version, XmlInfo};

use std::collections::HashMap;

use super::UpdateSummary;
use super::append::fit;
use super::check::check_in_place;
use super::in_place::InPlace;
use super::tail::{Tail, boot_metadata};
use crate::export::{Placed, without_images};
use crate::{Action, Archive, ExportOptions, ExportPlan, ImageEditor, PlanSummary, Progress, Result, Target};

/// What replacing an image of an archive by an edited one will do.
///
/// Only data that the archive lacks is written, and the image's metadata. What only the old image needed stays in the file
/// until it is optimized; the blob table says that nothing refers to it. A plan can be printed and tested; nothing is written
/// before [`ReplacePlan::write`].
///
/// # Examples
/// ```no_run
/// # fn main() -> wim_export::Result<()> {
/// use wim_export::{ArchiveFile, ExportOptions, ImageEditor, OpenOptions, ReplacePlan};
/// use wim_format::ImageIndex;
///
/// let mut file = ArchiveFile::open("boot.wim", &OpenOptions::new())?;
/// let mut editor = ImageEditor::new(file.archive(), ImageIndex::FIRST)?;
/// editor.remove(r"\Windows\winsxs\pending.xml")?;
/// let plan = ReplacePlan::new(file.archive(), ImageIndex::FIRST, editor, ExportOptions::default(), &mut ())?;
/// plan.write(file.file(), &mut ())?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct ReplacePlan {
    base: Archive,
    image: ImageIndex,
    plan: ExportPlan,
    /// The header that the archive will have, but for the places of its tables.
    header: Header,
    xml: XmlInfo,
    /// How many names of the remaining images refer to each blob.
    references: HashMap<Sha1Hash, u32>,
}

impl ReplacePlan {
    /// Checks that an image of `base` can be replaced in place, for whoever wants to know before there is an edited one.
    ///
    /// # Errors
    /// [`crate::Error::Update`] if not.
    pub fn check(base: &Archive) -> Result<()> {
        check_in_place(base)
    }

    /// Plans to put what `editor` made of it in the place of `image` of `base`. New data is hashed here.
    ///
    /// The options mean what they mean for [`crate::AppendPlan`]; the boot image stays whatever they say.
    ///
    /// # Errors
    /// [`crate::Error::Update`] if `base` cannot be changed in place; [`crate::Error::InvalidArgument`] if it is compressed
    /// otherwise than the options ask for; if an image is damaged, or new data cannot be read.
    pub fn new(
        base: &Archive,
        image: ImageIndex,
        editor: ImageEditor,
        options: ExportOptions,
        progress: &mut dyn Progress,
    ) -> Result<Self> {
        check_in_place(base)?;
        let mut options = fit(options, base)?;
        options.integrity |= !base.header().integrity.is_none();
        let old = base.image(image)?;
        let edited = editor.into_single(options.threads, progress)?;
        let plan = ExportPlan::addition(&edited, base, &[ImageIndex::FIRST], options)?;
        let references = references_of_others(base, image, &old)?;
        let mut xml = without_images(base.xml());
        for (position, entry) in base.xml().images().iter().enumerate() {
            let new = plan.xml.image(ImageIndex::FIRST).filter(|_| position == image.position());
            xml.push_image(new.unwrap_or(entry).clone());
        }
        let mut header = base.header().clone();
        if plan.blobs().any(|(_, action)| action == Action::Solid) {
            header.version = Version::Solid;
        }
        header.boot_index = base.boot_index();
        Ok(Self { base: base.clone(), image, plan, header, xml, references })
    }

    /// The plan in numbers. Blobs that only the old image needed are not among those that are dropped: they stay.
    pub fn summary(&self) -> PlanSummary {
        self.plan.summary()
    }

    /// Writes the change to `target`, which holds the archive that the plan was made for; [`crate::ArchiveFile::file`] is one.
    ///
    /// # Errors
    /// If new data changed since it was hashed, reading or writing fails, the run is cancelled, or the archive was changed
    /// since the plan was made. `target` is then as it was.
    pub fn write(&self, target: &mut dyn Target, progress: &mut dyn Progress) -> Result<UpdateSummary> {
        self.write_all(target, progress).map_err(|error| error.with_path(|hash| self.plan.find_path(hash)))
    }

    fn write_all(&self, target: &mut dyn Target, progress: &mut dyn Progress) -> Result<UpdateSummary> {
        let workers = self.plan.workers()?;
        let mut change = InPlace::begin(&self.base, target)?;
        let mut output = change.append(self.plan.least_size())?;
        let placed = self.plan.write_items(&workers, &mut output, progress)?;
        let table = self.blob_table(&placed);
        let mut header = self.header.clone();
        let tail = Tail { table: Some(&table), xml: &self.xml, integrity: self.plan.options.integrity };
        tail.write(&self.base, &mut header, &workers, &mut output, progress)?;
        header.boot_metadata = boot_metadata(&header, &table);
        output.finish()?;
        change.switch(header)
    }

    /// All that the archive had, counted anew, with the edited image's metadata in the place of the old one's, and all that
    /// is new.
    fn blob_table(&self, placed: &Placed) -> BlobTable {
        let (old, mut table) = (self.base.blob_table(), BlobTable::new());
        for (position, &metadata) in old.all_metadata().iter().enumerate() {
            let is_edited = position == self.image.position();
            table.push_metadata(if is_edited { self.new_metadata(placed) } else { metadata });
        }
        for &solid in old.solid_resources() {
            table.push_solid(solid);
        }
        for blob in old.blobs() {
            let others = self.references.get(&blob.hash).copied().unwrap_or(0);
            let more = self.plan.present.get(&blob.hash).copied().unwrap_or(0);
            table.push_blob(Blob { reference_count: others.saturating_add(more), ..*blob });
        }
        self.plan.add_blobs_to(&mut table, placed);
        table
    }

    fn new_metadata(&self, placed: &Placed) -> MetadataResource {
        let position = self.plan.blob_count;
        let (resource, hash) = (placed.resource(position), self.plan.items[position].blob.hash);
        MetadataResource { resource, hash, reference_count: 1, part: 1 }
    }
}

/// How many names of the images other than `image`, which is `old`, refer to each blob.
///
/// What the archive's counts leave after the old image's are taken away, where they are right as far as that shows. Counts
/// that are too small are made anew from all images.
fn references_of_others(
    base: &Archive,
    image: ImageIndex,
    old: &wim_format::ImageMetadata,
) -> Result<HashMap<Sha1Hash, u32>> {
    let mut counts = HashMap::new();
    if base.image_count() == 1 {
        return Ok(counts);
    }
    counts.extend(base.blob_table().blobs().iter().map(|blob| (blob.hash, blob.reference_count)));
    let take_away = |(hash, names): (Sha1Hash, u32)| {
        let Some(count) = counts.get_mut(&hash) else { return true };
        count.checked_sub(names).map(|left| *count = left).is_some()
    };
    if old.blob_references().all(take_away) {
        return Ok(counts);
    }
    counts.clear();
    for other in base.images().filter(|&other| other != image) {
        for (hash, names) in base.image(other)?.blob_references() {
            let count: &mut u32 = counts.entry(hash).or_default();
            *count = count.saturating_add(names);
        }
    }
    Ok(counts)
}
