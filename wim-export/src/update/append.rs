//! Appending images of another archive.

use wim_format::{Blob, Compression, Header, HeaderFlags, ImageIndex, Limits, Version, XmlImage};

use super::UpdateSummary;
use super::addition::Addition;
use super::check::check_in_place;
use super::in_place::InPlace;
use crate::{Archive, Error, ExportOptions, ExportPlan, PlanSummary, Progress, Result, Target};

/// What appending images to an archive will do.
///
/// Only blobs that the archive lacks are written, compressed as it is. A plan can be printed and tested; nothing is written
/// before [`AppendPlan::write`].
///
/// # Examples
/// ```no_run
/// # fn main() -> wim_export::Result<()> {
/// use wim_export::{AppendPlan, Archive, ArchiveFile, ExportOptions, OpenOptions};
///
/// let source = Archive::open("new.wim")?;
/// let mut file = ArchiveFile::open("install.wim", &OpenOptions::new())?;
/// let images = [source.only_image()?];
/// let plan = AppendPlan::new(file.archive(), &source, &images, ExportOptions::default())?;
/// println!("{} blobs to write, {} are there", plan.summary().blobs, plan.summary().present);
/// let summary = plan.write(file.file(), &mut ())?;
/// println!("{} bytes more", summary.size - summary.old_size);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct AppendPlan(Addition);

impl AppendPlan {
    /// Plans to append `images` of `source`, in that order, to `base`.
    ///
    /// The options mean what they mean for an export, with these differences: compression and chunk size are those of `base`,
    /// and so is whether data goes into a solid resource unless the options say; GUID, boot image and integrity table stay
    /// unless the options ask for a boot image or an integrity table. The memory that the options allow is for both archives.
    ///
    /// # Errors
    /// [`Error::Update`] if `base` cannot be changed in place; [`Error::InvalidArgument`] if it is compressed otherwise than
    /// the options ask for, or has an image of a name already; and as [`ExportPlan::new`].
    pub fn new(base: &Archive, source: &Archive, images: &[ImageIndex], options: ExportOptions) -> Result<Self> {
        check_in_place(base)?;
        Self::behind((base, base), source, images, fit(options, base)?)
    }

    /// The same where some data is in the file already, but not in its tables: `there` has all of the data, and the options
    /// fit the archive.
    pub(crate) fn behind(
        (base, there): (&Archive, &Archive),
        source: &Archive,
        images: &[ImageIndex],
        options: ExportOptions,
    ) -> Result<Self> {
        let plan = ExportPlan::addition(source, there, images, options)?;
        check_count(base, &plan)?;
        plan.xml.images().iter().try_for_each(|image| check_name(base, image))?;
        let mut xml = base.xml().clone();
        for image in plan.xml.images() {
            xml.push_image(image.clone());
        }
        let header = new_header(base, &plan);
        Ok(Self(Addition { base: base.clone(), plan, header, xml }))
    }

    /// The plan in numbers.
    pub fn summary(&self) -> PlanSummary {
        self.0.plan.summary()
    }

    /// Appends to `target`, which holds the archive that the plan was made for; [`crate::ArchiveFile::file`] is one.
    ///
    /// # Errors
    /// If the source is damaged, reading or writing fails, the run is cancelled, or the archive was changed since the plan
    /// was made. `target` is then as it was.
    pub fn write(&self, target: &mut dyn Target, progress: &mut dyn Progress) -> Result<UpdateSummary> {
        let change = InPlace::begin(&self.0.base, target)?;
        let end = change.end();
        self.write_behind((change, end), &[], progress)
    }

    /// Appends from a position on, behind the data of `new` blobs, which is written already.
    pub(crate) fn write_behind(
        &self,
        change: (InPlace<'_>, u64),
        new: &[Blob],
        progress: &mut dyn Progress,
    ) -> Result<UpdateSummary> {
        let Self(addition) = self;
        addition.write(change, progress, |placed| {
            let references = |blob: &Blob| blob.reference_count.saturating_add(addition.more_references(blob));
            let mut table = addition.base_table(references);
            for &blob in new {
                table.push_blob(blob);
            }
            addition.plan.add_to(&mut table, placed);
            table
        })
    }

    /// What is added to the archive.
    pub(crate) fn plan(&self) -> &ExportPlan {
        &self.0.plan
    }
}

/// The options with what `base` decides.
pub(crate) fn fit(mut options: ExportOptions, base: &Archive) -> Result<ExportOptions> {
    options.integrity |= !base.header().integrity.is_none();
    let (compression, chunk_size) = (base.header().compression(), base.header().chunk_size);
    let differs = |what, value: String, has: String| {
        let expected =
            format!("the archive has {has}, and all of it is stored alike; `wimsmith optimize` can change that");
        Err(Error::InvalidArgument { what, value, expected })
    };
    if options.pipable {
        return differs("layout", "for pipes".to_owned(), "the usual one".to_owned());
    }
    match options.compression {
        Some(asked) if asked != compression => {
            return differs("compression", asked.to_string(), compression.to_string());
        }
        _ => options.compression = Some(compression),
    }
    if compression != Compression::None {
        match options.chunk_size {
            Some(asked) if asked != chunk_size => {
                return differs("chunk size", asked.to_string(), chunk_size.to_string());
            }
            _ => options.chunk_size = Some(chunk_size),
        }
    }
    let solid = base.blob_table().solid_resources().first();
    options.solid = options.solid.or(Some(solid.is_some()));
    if let Some(solid) = solid.map(|solid| solid.header).filter(|solid| solid.compression != Compression::None) {
        let same = *options.solid_compression.get_or_insert(solid.compression) == solid.compression;
        options.solid_chunk_size = options.solid_chunk_size.or(same.then_some(solid.chunk_size));
    }
    Ok(options)
}

fn check_count(base: &Archive, plan: &ExportPlan) -> Result<()> {
    let (count, limit) = (u64::from(base.image_count()) + plan.xml.image_count() as u64, Limits::default().images);
    if count <= u64::from(limit) {
        return Ok(());
    }
    let (value, expected) = (count.to_string(), format!("an archive holds at most {limit} images"));
    Err(Error::InvalidArgument { what: "number of images", value, expected })
}

/// Checks that a new image does not have the name of one that is there.
pub(crate) fn check_name(base: &Archive, new: &XmlImage) -> Result<()> {
    let Some(name) = new.name().filter(|name| !name.is_empty()) else { return Ok(()) };
    let is_taken = base.xml().images().iter().any(|image| image.name().as_ref() == Some(&name));
    if is_taken { Err(name_is_taken(name.into_owned())) } else { Ok(()) }
}

/// The error that an image of that name is there already.
pub(super) fn name_is_taken(name: String) -> Error {
    let expected = "the archive has an image of that name; give another one".to_owned();
    Error::InvalidArgument { what: "image name", value: name, expected }
}

fn new_header(base: &Archive, plan: &ExportPlan) -> Header {
    let mut header = base.header().clone();
    header.flags = header.flags.with(HeaderFlags(plan.header.flags.0 & HeaderFlags::RP_FIX.0));
    if plan.header.version == Version::Solid {
        header.version = Version::Solid;
    }
    let old_count = header.image_count as usize;
    header.image_count += plan.header.image_count;
    let appended = plan.header.boot_index.map(|image| ImageIndex::from_position(old_count + image.position()));
    header.boot_index = appended.or(base.boot_index());
    header
}
