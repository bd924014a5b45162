//! What the exported images need: blobs, metadata, and their entries in the XML.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use wim_format::{Blob, BlobLocation, BlobTable, ErrorKind, ImageIndex, Section, Sha1Hash, XmlImage};

use super::ExportOptions;
use super::solid_order::SolidOrder;
use crate::pipeline::{Item, Keep};
use crate::{Archive, Error, Result, Subject};

/// What the exported images need, gathered image by image.
#[derive(Default)]
pub(super) struct Gathered {
    /// How many names refer to each blob that is to be written.
    references: HashMap<Sha1Hash, u32>,
    /// How many refer to each blob that is there already.
    pub(super) present: HashMap<Sha1Hash, u32>,
    pub(super) order: SolidOrder,
    /// The images' metadata, in order.
    pub(super) metadata: Vec<Item>,
}

/// Where data is that need not be written.
#[derive(Clone, Copy)]
pub(crate) enum Elsewhere<'a> {
    /// Nowhere.
    Nowhere,
    /// In the archive to which the images are added: in its own file.
    InFile(&'a Archive),
    /// In archives that are at hand whenever the new one is read, and in what belongs to them.
    InArchives(&'a [Archive]),
    /// In no archive.
    Hashes(&'a HashSet<Sha1Hash>),
}

impl<'a> Elsewhere<'a> {
    /// Whether the blob is there.
    ///
    /// # Errors
    /// If there is another one of that hash: one of the two archives is damaged.
    fn has(self, source: &Archive, hash: &Sha1Hash) -> Result<bool> {
        let (archive, there) = match self {
            Self::Nowhere => return Ok(false),
            Self::Hashes(hashes) => return Ok(hashes.contains(hash)),
            Self::InFile(archive) => (archive, archive.blob_table().find(hash).map(|(_, blob)| blob)),
            Self::InArchives(archives) => {
                let found = archives.iter().find_map(|archive| Some((archive, archive.blob(hash)?)));
                let Some((archive, blob)) = found else { return Ok(false) };
                (archive, Some(blob))
            }
        };
        let Some(there) = there else { return Ok(false) };
        // What the source has from that very archive is the same blob.
        if source.is_drafted_on(archive) && source.blob_table().find(hash).is_none() {
            return Ok(true);
        }
        if source.blob(hash).is_none_or(|here| here.size == there.size) {
            return Ok(true);
        }
        Err(differs_in_size(archive, hash, there.size))
    }

    /// What there is in the archive's own file, in the order of its table.
    pub(super) fn blobs(self) -> impl Iterator<Item = &'a Blob> {
        let table = if let Self::InFile(archive) = self { Some(archive.blob_table()) } else { None };
        table.into_iter().flat_map(BlobTable::blobs)
    }

    fn size(self, hash: &Sha1Hash) -> Option<u64> {
        let archives = match self {
            Self::Nowhere | Self::Hashes(_) => &[],
            Self::InFile(archive) => std::slice::from_ref(archive),
            Self::InArchives(archives) => archives,
        };
        archives.iter().find_map(|archive| archive.blob(hash)).map(|blob| blob.size)
    }
}

/// The error that a blob of this hash is of another size than `archive` says: one of the two archives is damaged.
pub(crate) fn differs_in_size(archive: &Archive, hash: &Sha1Hash, there: u64) -> Error {
    let field = "size of a blob that is of another size elsewhere";
    let kind = ErrorKind::InvalidField { field, value: there };
    let error = archive.main().format_error()(wim_format::Error::new(kind, Section::BlobTable, 0));
    error.about(|| Subject::Blob { hash: *hash, path: None })
}

impl Gathered {
    /// Counts what `image` refers to, and makes its entry of the new XML. What is `elsewhere` needs no second copy.
    pub(super) fn take(
        &mut self,
        source: &Archive,
        elsewhere: Elsewhere<'_>,
        image: ImageIndex,
        options: &ExportOptions,
    ) -> Result<XmlImage> {
        let metadata = source.tree(image)?;
        self.order.add(&metadata);
        for (hash, names) in metadata.blob_references() {
            let count = if elsewhere.has(source, &hash)? {
                self.present.entry(hash).or_default()
            } else if source.blob(&hash).is_some() {
                self.references.entry(hash).or_default()
            } else {
                let path = path_of(&metadata, &hash);
                let subject = Subject::Blob { hash, path };
                return Err(Error::MissingBlob { archive: source.name().to_owned(), subject });
            };
            *count = count.saturating_add(names);
        }
        self.metadata.push(metadata_item(source, image)?);
        let mut xml = source.xml().image(image).cloned().unwrap_or_default();
        // What is in no file yet was counted when it was put together.
        if !options.replaces_source && matches!(metadata, Cow::Owned(_)) {
            let size =
                |hash: &Sha1Hash| source.blob(hash).map(|blob| blob.size).or_else(|| elsewhere.size(hash)).unwrap_or(0);
            xml.set_statistics(&metadata.statistics(size));
        }
        edit_xml(&mut xml, options)?;
        Ok(xml)
    }

    /// The blobs that are to be written, in no order.
    pub(super) fn blobs(&self, source: &Archive) -> Vec<Item> {
        let item = |(hash, &reference_count): (&Sha1Hash, &u32)| {
            let (volume, blob) = source.locate(hash)?;
            let blob = Blob { reference_count, part: 1, ..*blob };
            Some(Item { volume, blob, metadata_of: None, keep: Keep::Nothing })
        };
        self.references.iter().filter_map(item).collect()
    }
}

/// Changes of an image's XML what the options say.
fn edit_xml(xml: &mut XmlImage, options: &ExportOptions) -> Result<()> {
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
    Ok(())
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
