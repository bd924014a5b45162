//! Replacing an image by an edited one.

use wim_format::{Blob, BlobTable, ImageIndex, MetadataResource, Sha1Hash, Version};

use std::collections::HashMap;

use super::UpdateSummary;
use super::addition::Addition;
use super::append::fit;
use super::check::check_in_place;
use super::in_place::InPlace;
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
    addition: Addition,
    image: ImageIndex,
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
        let options = fit(options, base)?;
        let edited = editor.into_single(options.threads, progress)?;
        let plan = ExportPlan::addition(&edited, base, &[ImageIndex::FIRST], options)?;
        let references = references_of_others(base, image)?;
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
        Ok(Self { addition: Addition { base: base.clone(), plan, header, xml }, image, references })
    }

    /// The plan in numbers. Blobs that only the old image needed are not among those that are dropped: they stay.
    pub fn summary(&self) -> PlanSummary {
        self.addition.plan.summary()
    }

    /// Writes the change to `target`, which holds the archive that the plan was made for; [`crate::ArchiveFile::file`] is one.
    ///
    /// # Errors
    /// If new data changed since it was hashed, reading or writing fails, the run is cancelled, or the archive was changed
    /// since the plan was made. `target` is then as it was.
    pub fn write(&self, target: &mut dyn Target, progress: &mut dyn Progress) -> Result<UpdateSummary> {
        let change = InPlace::begin(&self.addition.base, target)?;
        let end = change.end();
        self.addition.write((change, end), progress, |placed| self.blob_table(placed))
    }

    /// All that the archive had, counted anew, with the edited image's metadata in the place of the old one's, and all that
    /// is new.
    fn blob_table(&self, placed: &Placed) -> BlobTable {
        let Self { addition, image, references } = self;
        let references = |blob: &Blob| {
            let others = references.get(&blob.hash).copied().unwrap_or(0);
            others.saturating_add(addition.more_references(blob))
        };
        let mut table = addition.base_table(references);
        table.replace_metadata(*image, self.new_metadata(placed));
        addition.plan.add_blobs_to(&mut table, placed);
        table
    }

    fn new_metadata(&self, placed: &Placed) -> MetadataResource {
        let plan = &self.addition.plan;
        let (resource, hash) = (placed.resource(plan.blob_count), plan.items[plan.blob_count].blob.hash);
        MetadataResource { resource, hash, reference_count: 1, part: 1 }
    }
}

/// How many names of the images other than `image` refer to each blob.
///
/// What the archive's counts leave after the old image's are taken away, where they are right as far as that shows. Counts
/// that are too small are made anew from all images.
fn references_of_others(base: &Archive, image: ImageIndex) -> Result<HashMap<Sha1Hash, u32>> {
    let mut counts = HashMap::new();
    if base.image_count() == 1 {
        return Ok(counts);
    }
    let old = base.image(image)?;
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
