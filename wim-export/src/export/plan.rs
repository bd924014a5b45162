//! Deciding what an export does, without writing a byte.

use std::collections::{HashMap, HashSet};

use wim_format::{Compression, Header, HeaderFlags, ImageIndex, ResourceHeader, Sha1Hash, Version, XmlInfo};

use super::choose::{Chooser, is_solid, output_coding};
use super::coding::{ChunkCoding, Coding};
use super::guid::derived_guid;
use super::images::{Elsewhere, Gathered};
use super::{BootChoice, ExportOptions, GuidChoice};
use crate::pipeline::{Item, Keep, sort_by_position, total_bytes};
use crate::update::problem;
use crate::{Archive, Error, Result, UpdateProblem};

/// What becomes of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Its bytes are copied as they are; those of a solid resource together with all else that is in it.
    Copy,
    /// It is decoded and compressed anew.
    Encode,
    /// It is decoded and stored raw.
    Store,
    /// It is decoded and goes into a solid resource.
    Solid,
}

impl Action {
    const fn keep(self) -> Keep {
        match self {
            Self::Copy => Keep::Stored,
            Self::Encode | Self::Store | Self::Solid => Keep::Decoded,
        }
    }
}

/// What an export will do: which blobs and images it takes, and what becomes of each.
///
/// A plan can be printed and tested; nothing is written before [`ExportPlan::write`].
#[derive(Debug)]
pub struct ExportPlan {
    pub(crate) source: Archive,
    pub(crate) options: ExportOptions,
    pub(crate) coding: Coding,
    /// The new archive's header, but for the places of its tables.
    pub(crate) header: Header,
    /// Blobs in the order they lie in the source, then the images' metadata.
    pub(crate) items: Vec<Item>,
    /// What becomes of each item.
    pub(crate) actions: Vec<Action>,
    /// How many of the items are blobs.
    pub(crate) blob_count: usize,
    /// How many names refer to each blob that is there already, in an archive to which this is added.
    pub(crate) present: HashMap<Sha1Hash, u32>,
    pub(crate) xml: XmlInfo,
}

/// A plan in numbers. Bytes are uncompressed ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanSummary {
    /// Images that are exported.
    pub images: u32,
    /// Different blobs that they need.
    pub blobs: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// Blobs that are copied as they are.
    pub copied: u64,
    /// Blobs that are compressed anew.
    pub encoded: u64,
    /// Blobs that are stored raw.
    pub stored: u64,
    /// Blobs that go into a solid resource.
    pub solid: u64,
    /// Blobs that are not written, as the archive to which the images are appended has them already.
    pub present: u64,
    /// Blobs of the source that are not written otherwise: no exported image needs them.
    pub dropped: u64,
    /// Bytes of these.
    pub dropped_bytes: u64,
    /// Bytes that copied resources take in the file: what the output has at least.
    pub copied_size: u64,
}

impl ExportPlan {
    /// Plans the export of `images`, in that order, out of `source`.
    ///
    /// # Errors
    /// If there are no images, one does not exist or is damaged, a blob is missing, or the options contradict each other.
    pub fn new(source: &Archive, images: &[ImageIndex], options: ExportOptions) -> Result<Self> {
        if images.is_empty() {
            return Err(no_images());
        }
        Self::plan(source, Elsewhere::Nowhere, images, options)
    }

    /// Plans an archive of the same `images` that takes the place of `source`: it keeps the boot image, the marks RP_FIX and
    /// READONLY, the integrity table if there is one, the GUID unless the options give another, and what the XML says beside
    /// and about images. [`crate::ArchiveFile::replace`] writes it.
    ///
    /// With all images and the default options it is `optimize`: what nothing refers to is gone. There may be no images.
    ///
    /// # Errors
    /// [`Error::Update`] if `source` is one part of a split set; and as [`ExportPlan::new`], but for the number of images.
    ///
    /// # Examples
    /// ```no_run
    /// # fn main() -> wim_export::Result<()> {
    /// use wim_export::{ArchiveFile, ExportOptions, ExportPlan, OpenOptions};
    ///
    /// let file = ArchiveFile::open("install.wim", &OpenOptions::new())?;
    /// let images: Vec<_> = file.archive().images().collect();
    /// let plan = ExportPlan::rebuild(file.archive(), &images, ExportOptions::default())?;
    /// let summary = file.replace(plan, &mut ())?;
    /// println!("{} bytes", summary.size);
    /// # Ok(()) }
    /// ```
    pub fn rebuild(source: &Archive, images: &[ImageIndex], options: ExportOptions) -> Result<Self> {
        if source.header().is_split() {
            return Err(problem(source, UpdateProblem::Split));
        }
        Self::whole(source, images, options)
    }

    /// Plans one archive of all images of a split set, whose first part `source` is: as [`Self::rebuild`], it keeps what
    /// belongs to the set and not to an image.
    ///
    /// # Errors
    /// [`Error::SplitSet`] if parts are missing; and as [`ExportPlan::new`].
    pub fn join(source: &Archive, options: ExportOptions) -> Result<Self> {
        let images: Vec<ImageIndex> = source.images().collect();
        let mut plan = Self::whole(source, &images, options)?;
        // Some software marks parts so, as none of them can be changed alone. The whole can.
        plan.header.flags = plan.header.flags.without(HeaderFlags::READONLY);
        Ok(plan)
    }

    /// Plans an archive of `images` without the data that any of `bases` has: a delta archive, which is read together with
    /// all of them.
    ///
    /// # Errors
    /// As [`ExportPlan::new`].
    pub fn delta(source: &Archive, bases: &[Archive], images: &[ImageIndex], options: ExportOptions) -> Result<Self> {
        if images.is_empty() {
            return Err(no_images());
        }
        Self::plan(source, Elsewhere::InArchives(bases), images, options)
    }

    /// Plans an archive of `images` without the data of these hashes, which whoever reads it has from somewhere else.
    ///
    /// # Errors
    /// As [`ExportPlan::new`].
    pub fn without(
        source: &Archive,
        hashes: &HashSet<Sha1Hash>,
        images: &[ImageIndex],
        options: ExportOptions,
    ) -> Result<Self> {
        if images.is_empty() {
            return Err(no_images());
        }
        Self::plan(source, Elsewhere::Hashes(hashes), images, options)
    }

    fn whole(source: &Archive, images: &[ImageIndex], options: ExportOptions) -> Result<Self> {
        let guid = if options.guid == GuidChoice::Derived { GuidChoice::Keep } else { options.guid };
        let boot = if options.boot == BootChoice::None { BootChoice::Keep } else { options.boot };
        let integrity = options.integrity || !source.header().integrity.is_none();
        Self::plan(
            source,
            Elsewhere::Nowhere,
            images,
            ExportOptions { guid, boot, integrity, replaces_source: true, ..options },
        )
    }

    /// Plans what has to be added to `base` so that it has `images`, too.
    pub(crate) fn addition(
        source: &Archive,
        base: &Archive,
        images: &[ImageIndex],
        options: ExportOptions,
    ) -> Result<Self> {
        if images.is_empty() {
            return Err(no_images());
        }
        Self::plan(source, Elsewhere::InFile(base), images, options)
    }

    fn plan(source: &Archive, elsewhere: Elsewhere<'_>, images: &[ImageIndex], options: ExportOptions) -> Result<Self> {
        source.require_all_parts()?;
        check_options(source, images, &options)?;
        let coding = output_coding(source.header(), &options)?;
        let mut xml = if options.replaces_source { without_images(source.xml()) } else { XmlInfo::new() };
        let mut gathered = Gathered::default();
        for &image in images {
            xml.push_image(gathered.take(source, elsewhere, image, &options)?);
        }
        let mut items = gathered.blobs(source);
        source.check_total_bytes(total_bytes(&items))?;
        sort_by_position(source, &mut items);
        let solid = options.solid.unwrap_or_else(|| is_solid(source, &options, &items));
        let chooser = Chooser::new(source, &options, coding, solid, &items);
        if solid {
            // What is copied comes first, as it lies; then what is compressed anew, in an order that helps that.
            items.sort_by_key(|item| !chooser.is_whole(item));
            let copied = items.partition_point(|item| chooser.is_whole(item));
            gathered.order.sort(&mut items[copied..]);
        }
        let blob_count = items.len();
        items.append(&mut gathered.metadata);
        let actions: Vec<Action> = items.iter().map(|item| chooser.choose(item)).collect();
        for (item, action) in items.iter_mut().zip(&actions) {
            item.keep = action.keep();
        }
        let mut header = new_header(source, &coding.plain, images, &options);
        header.pipable = options.pipable;
        if items.iter().zip(&actions).any(|(item, &action)| is_solid_item(item, action)) {
            header.version = Version::Solid;
        }
        header.boot_index = boot_index(source, images, &options)?;
        header.guid = match options.guid {
            GuidChoice::Keep => source.header().guid,
            GuidChoice::Given(guid) => guid,
            GuidChoice::Derived => {
                let there = elsewhere.blobs().filter(|blob| gathered.present.contains_key(&blob.hash));
                derived_guid(&header, there.chain(items.iter().map(|item| &item.blob)), &xml)
            }
        };
        let present = gathered.present;
        Ok(Self { source: source.clone(), options, coding, header, items, actions, blob_count, present, xml })
    }

    /// The plan in numbers.
    pub fn summary(&self) -> PlanSummary {
        let mut whole = HashSet::new();
        let mut summary = PlanSummary { images: self.header.image_count, ..PlanSummary::default() };
        for (item, action) in self.items.iter().zip(&self.actions).take(self.blob_count) {
            summary.blobs += 1;
            summary.bytes += item.blob.size;
            match action {
                Action::Copy => {
                    summary.copied += 1;
                    summary.copied_size += match item.solid_resource(&self.source) {
                        None => item.resource().map_or(0, |resource| resource.size_in_wim),
                        Some((number, solid)) if whole.insert((item.volume, number)) => solid.resource.size_in_wim,
                        Some(_) => 0,
                    };
                }
                Action::Encode => summary.encoded += 1,
                Action::Store => summary.stored += 1,
                Action::Solid => summary.solid += 1,
            }
        }
        summary.present = self.present.len() as u64;
        for blob in self.source.volumes().iter().flat_map(|volume| volume.table.blobs()) {
            if !self.present.contains_key(&blob.hash) {
                summary.dropped += 1;
                summary.dropped_bytes += blob.size;
            }
        }
        summary.dropped -= summary.blobs;
        summary.dropped_bytes -= summary.bytes;
        summary
    }

    /// How resources of the new archive are compressed.
    pub fn compression(&self) -> Compression {
        self.header.compression()
    }

    /// Bytes of a chunk of the new archive; 0 without compression.
    pub fn chunk_size(&self) -> u32 {
        self.header.chunk_size
    }

    /// What becomes of each blob, in the order in which they are written.
    pub fn blobs(&self) -> impl Iterator<Item = (Sha1Hash, Action)> {
        self.items.iter().zip(&self.actions).take(self.blob_count).map(|(item, action)| (item.blob.hash, *action))
    }
}

/// Whether an item is in a solid resource of the new archive.
pub(crate) fn is_solid_item(item: &Item, action: Action) -> bool {
    action == Action::Solid || (action == Action::Copy && item.resource().is_none())
}

fn no_images() -> Error {
    let expected = "at least one image".to_owned();
    Error::InvalidArgument { what: "list of images", value: String::new(), expected }
}

/// What the XML says beside the images.
pub(crate) fn without_images(xml: &XmlInfo) -> XmlInfo {
    let mut xml = xml.clone();
    for position in (0..xml.image_count()).rev() {
        xml.remove_image(ImageIndex::from_position(position));
    }
    xml
}

fn check_options(source: &Archive, images: &[ImageIndex], options: &ExportOptions) -> Result<()> {
    for image in images {
        source.find_image(&image.to_string())?;
    }
    if images.len() > 1 && (options.name.is_some() || options.description.is_some()) {
        return Err(Error::InvalidArgument {
            what: "name or description",
            value: options.name.clone().or_else(|| options.description.clone()).unwrap_or_default(),
            expected: "it can be given for a single image only".to_owned(),
        });
    }
    Ok(())
}

fn new_header(source: &Archive, coding: &ChunkCoding, images: &[ImageIndex], options: &ExportOptions) -> Header {
    let ChunkCoding { compression, chunk_size, .. } = *coding;
    let marks =
        if options.replaces_source { HeaderFlags::READONLY.with(HeaderFlags::RP_FIX) } else { HeaderFlags::RP_FIX };
    let kept = HeaderFlags(source.header().flags.0 & marks.0);
    Header {
        pipable: false,
        version: if compression == Compression::Lzms { Version::Solid } else { Version::Default },
        flags: HeaderFlags::of(compression).with(kept),
        chunk_size,
        guid: source.header().guid,
        part: 1,
        total_parts: 1,
        image_count: images.len() as u32,
        blob_table: ResourceHeader::NONE,
        xml_data: ResourceHeader::NONE,
        boot_metadata: ResourceHeader::NONE,
        boot_index: None,
        integrity: ResourceHeader::NONE,
        reserved: [0; 60],
    }
}

/// Which of the new archive's images boots.
fn boot_index(source: &Archive, images: &[ImageIndex], options: &ExportOptions) -> Result<Option<ImageIndex>> {
    let kept = || {
        let boot = source.boot_index()?;
        images.iter().position(|&image| image == boot).map(ImageIndex::from_position)
    };
    match (options.boot, images) {
        (BootChoice::None, _) => Ok(None),
        (BootChoice::Keep, _) => Ok(kept()),
        (BootChoice::Exported, [_]) => Ok(Some(ImageIndex::FIRST)),
        (BootChoice::Exported, _) => kept().map(Some).ok_or_else(|| Error::InvalidArgument {
            what: "--boot",
            value: source.name().to_owned(),
            expected: "of several images, the one that boots in the source boots; here none of them does".to_owned(),
        }),
    }
}
