//! Deciding what an export does, without writing a byte.

use std::collections::HashMap;

use wim_format::{
    Blob, BlobLocation, Compression, Header, HeaderFlags, ImageIndex, ResourceHeader, Sha1Hash, Version, XmlImage,
    XmlInfo,
};

use super::coding::{ChunkCoding, Coding};
use super::guid::derived_guid;
use super::solid_order::SolidOrder;
use super::{BootChoice, ExportOptions, GuidChoice};
use crate::pipeline::{Item, Keep, sort_by_position};
use crate::{Archive, Error, Result, Subject};

/// What becomes of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Its bytes are copied as they are.
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
    pub(super) source: Archive,
    pub(super) options: ExportOptions,
    pub(super) coding: Coding,
    /// The new archive's header, but for the places of its tables.
    pub(super) header: Header,
    /// Blobs in the order they lie in the source, then the images' metadata.
    pub(super) items: Vec<Item>,
    /// What becomes of each item.
    pub(super) actions: Vec<Action>,
    /// How many of the items are blobs.
    pub(super) blob_count: usize,
    pub(super) xml: XmlInfo,
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
    /// Blobs of the source that no exported image needs.
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
    /// If an image does not exist or is damaged, a blob is missing, or the options contradict each other.
    pub fn new(source: &Archive, images: &[ImageIndex], options: ExportOptions) -> Result<Self> {
        source.require_all_parts()?;
        check_options(source, images, &options)?;
        let coding = output_coding(source, &options)?;
        let mut xml = XmlInfo::new();
        let (mut references, mut order) = (HashMap::new(), SolidOrder::default());
        let mut metadata_items = Vec::with_capacity(images.len());
        for &image in images {
            xml.push_image(take_image(source, image, &options, &mut references, &mut order)?);
            metadata_items.push(metadata_item(source, image)?);
        }
        let mut items = blob_items(source, &references);
        sort_by_position(source, &mut items);
        let solid = options.solid.unwrap_or_else(|| is_solid(source, &options, &items));
        let chooser = Chooser { source, options: &options, coding, solid };
        if solid {
            order.sort(&mut items);
        }
        let blob_count = items.len();
        items.append(&mut metadata_items);
        let actions: Vec<Action> = items.iter().map(|item| chooser.choose(item)).collect();
        for (item, action) in items.iter_mut().zip(&actions) {
            item.keep = action.keep();
        }
        let mut header = new_header(source, &coding.plain, images);
        if actions.contains(&Action::Solid) {
            header.version = Version::Solid;
        }
        header.boot_index = boot_index(source, images, &options)?;
        header.guid = match options.guid {
            GuidChoice::Keep => source.header().guid,
            GuidChoice::Given(guid) => guid,
            GuidChoice::Derived => derived_guid(&header, items.iter().map(|item| &item.blob), &xml),
        };
        Ok(Self { source: source.clone(), options, coding, header, items, actions, blob_count, xml })
    }

    /// The plan in numbers.
    pub fn summary(&self) -> PlanSummary {
        let mut summary = PlanSummary { images: self.header.image_count, ..PlanSummary::default() };
        for (item, action) in self.items.iter().zip(&self.actions).take(self.blob_count) {
            summary.blobs += 1;
            summary.bytes += item.blob.size;
            match action {
                Action::Copy => {
                    summary.copied += 1;
                    summary.copied_size += item.resource().map_or(0, |resource| resource.size_in_wim);
                }
                Action::Encode => summary.encoded += 1,
                Action::Store => summary.stored += 1,
                Action::Solid => summary.solid += 1,
            }
        }
        let in_source = || self.source.volumes().iter().flat_map(|volume| volume.table.blobs());
        summary.dropped = in_source().count() as u64 - summary.blobs;
        summary.dropped_bytes = in_source().map(|blob| blob.size).sum::<u64>() - summary.bytes;
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

fn check_options(source: &Archive, images: &[ImageIndex], options: &ExportOptions) -> Result<()> {
    if images.is_empty() {
        return source.find_image("1").map(|_| ());
    }
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

/// How the new archive's resources are stored.
fn output_coding(source: &Archive, options: &ExportOptions) -> Result<Coding> {
    let header = source.header();
    let compression = options.compression.unwrap_or_else(|| header.compression());
    let inherited = (compression == header.compression()).then_some(header.chunk_size);
    let plain = chunk_coding(options, compression, options.chunk_size, inherited)?;
    let solid = options.solid_compression.unwrap_or(Compression::Lzms);
    let inherited = (solid == Compression::Lzms).then_some(SOLID_LZMS_CHUNK);
    let solid = chunk_coding(options, solid, options.solid_chunk_size, inherited)?;
    Ok(Coding { plain, solid, verify: options.verify })
}

/// Chunks of 64 MiB, as in every ESD; Microsoft's software reads no larger ones.
const SOLID_LZMS_CHUNK: u32 = 64 << 20;

/// The size that was `asked` for, or else the `inherited` one, or else the compression's default.
fn chunk_coding(
    options: &ExportOptions,
    compression: Compression,
    asked: Option<u32>,
    inherited: Option<u32>,
) -> Result<ChunkCoding> {
    let chunk_size = asked.or(inherited).unwrap_or_else(|| compression.default_chunk_size());
    let fits = match compression {
        Compression::None => asked.is_none_or(|size| size == 0),
        _ => compression.accepts_chunk_size(chunk_size),
    };
    if !fits {
        return Err(Error::InvalidArgument {
            what: "chunk size",
            value: chunk_size.to_string(),
            expected: match compression {
                Compression::None => "without compression there are no chunks".to_owned(),
                Compression::Xpress => "XPRESS has chunks of 4K, 8K, 16K, 32K or 64K".to_owned(),
                Compression::Lzx => "LZX has chunks of 32K to 2M, a power of two".to_owned(),
                Compression::Lzms => "LZMS has chunks of 32K to 1G, a power of two".to_owned(),
            },
        });
    }
    let chunk_size = if compression == Compression::None { 0 } else { chunk_size };
    Ok(ChunkCoding { compression, chunk_size, level: options.level, check: options.check_encoded(compression) })
}

/// Whether the output is solid where nobody said: if the source is an ESD, and its compression is to stay.
fn is_solid(source: &Archive, options: &ExportOptions, items: &[Item]) -> bool {
    options.compression.is_none()
        && source.header().compression() == Compression::Lzms
        && items.iter().any(|item| item.resource().is_none())
}

fn new_header(source: &Archive, coding: &ChunkCoding, images: &[ImageIndex]) -> Header {
    let ChunkCoding { compression, chunk_size, .. } = *coding;
    let kept = HeaderFlags(source.header().flags.0 & HeaderFlags::RP_FIX.0);
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
    match (options.boot, images) {
        (BootChoice::None, _) => Ok(None),
        (BootChoice::Exported, [_]) => Ok(Some(ImageIndex::FIRST)),
        (BootChoice::Exported, _) => {
            let boot = source.boot_index();
            let position = images.iter().position(|&image| Some(image) == boot);
            position.map(|position| Some(ImageIndex::from_position(position))).ok_or_else(|| Error::InvalidArgument {
                what: "--boot",
                value: source.name().to_owned(),
                expected: "of several images, the one that boots in the source boots; here none of them does"
                    .to_owned(),
            })
        }
    }
}

/// Counts what `image` refers to, and makes its entry of the new XML.
fn take_image(
    source: &Archive,
    image: ImageIndex,
    options: &ExportOptions,
    references: &mut HashMap<Sha1Hash, u32>,
    order: &mut SolidOrder,
) -> Result<XmlImage> {
    let metadata = source.image(image)?;
    order.add(&metadata);
    for (hash, names) in metadata.blob_references() {
        if source.blob(&hash).is_none() {
            let path = path_of(&metadata, &hash);
            let subject = Subject::Blob { hash, path };
            return Err(Error::MissingBlob { archive: source.name().to_owned(), subject });
        }
        let count = references.entry(hash).or_default();
        *count = count.saturating_add(names);
    }
    let mut xml = source.xml().image(image).cloned().unwrap_or_default();
    xml.set_statistics(&metadata.statistics(|hash| source.blob(hash).map_or(0, |blob| blob.size)));
    if let Some(name) = &options.name {
        xml.set_name(Some(name.as_str()).filter(|name| !name.is_empty())).map_err(|_| invalid_text(name))?;
    }
    if let Some(description) = &options.description {
        xml.set_description(Some(description.as_str()).filter(|text| !text.is_empty()))
            .map_err(|_| invalid_text(description))?;
    }
    if let (None, Some(flags)) = (xml.flags(), &options.default_flags) {
        xml.set_property("FLAGS", Some(flags)).map_err(|_| invalid_text(flags))?;
    }
    if let Some(time) = options.time {
        xml.set_last_modification_time(time);
    }
    Ok(xml)
}

fn invalid_text(text: &str) -> Error {
    let expected = "XML has no control characters".to_owned();
    Error::InvalidArgument { what: "name or description", value: text.to_owned(), expected }
}

/// A file that has the blob `hash`.
pub(super) fn path_of(metadata: &wim_format::ImageMetadata, hash: &Sha1Hash) -> Option<String> {
    let has = |inode| metadata.inode(inode).streams().any(|stream| stream.hash == *hash);
    metadata.walk().find(|(_, dentry)| has(dentry.inode)).map(|(id, _)| metadata.path(id))
}

fn metadata_item(source: &Archive, image: ImageIndex) -> Result<Item> {
    let missing = || Error::MissingMetadata { archive: source.name().to_owned(), image };
    let metadata = source.blob_table().metadata(image).ok_or_else(missing)?;
    let blob = Blob {
        hash: metadata.hash,
        size: metadata.resource.uncompressed_size,
        reference_count: 1,
        part: 1,
        location: BlobLocation::Resource(metadata.resource),
    };
    Ok(Item { volume: 0, blob, metadata_of: Some(image), keep: Keep::Nothing })
}

fn blob_items(source: &Archive, references: &HashMap<Sha1Hash, u32>) -> Vec<Item> {
    let item = |(hash, &reference_count): (&Sha1Hash, &u32)| {
        let (volume, blob) = source.locate(hash)?;
        let blob = Blob { reference_count, part: 1, ..*blob };
        Some(Item { volume, blob, metadata_of: None, keep: Keep::Nothing })
    };
    references.iter().filter_map(item).collect()
}

/// Chooses what becomes of each resource.
struct Chooser<'a> {
    source: &'a Archive,
    options: &'a ExportOptions,
    coding: Coding,
    solid: bool,
}

impl Chooser<'_> {
    /// A resource is copied if its bytes mean the same in the new archive. Raw data that the same codec gave up on once is
    /// copied, too: it would only be given up on again.
    fn choose(&self, item: &Item) -> Action {
        if self.solid && item.metadata_of.is_none() {
            return Action::Solid;
        }
        let coding = &self.coding.plain;
        let anew = if coding.compression == Compression::None { Action::Store } else { Action::Encode };
        let header = &self.source.volume(item.volume).header;
        let Some(resource) = item.resource() else { return anew };
        let same_codec = header.compression() == coding.compression;
        let same_chunks = same_codec && header.chunk_size == coding.chunk_size && !header.pipable;
        let copy = match resource.is_compressed() {
            true => same_chunks && !self.options.recompress,
            false => coding.compression == Compression::None || (same_codec && !self.options.recompress),
        };
        if copy { Action::Copy } else { anew }
    }
}
