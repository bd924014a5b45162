//! An archive that is in no file yet: images in memory, whose data is new or lies in archives that are open.
//!
//! ```text
//!  base archives ──┐
//!  NewBlob ─ hash ─┼─► ArchiveDraft::finish ──► Archive ──► ExportPlan, AppendPlan, verify, …
//!  NewImage ───────┘
//! ```
//!
//! A finished draft *is* an [`Archive`]. Its first volume is this file's: the new data one after another, raw, and each
//! image's metadata, all of it addressed as if it were a file. So whatever reads an archive reads a draft: plans choose
//! what to copy from the base archives and what to compress, the pipeline reads, hashes and compresses on all threads, and
//! a check of the result needs no file. What captures and edits images needs no way of its own to write them.
//!
//! New data is read twice: once for its hash, which the metadata has to name and which tells what is there already, and
//! once to be written, when the pipeline compares the hash again. A file that changed in between is an error that names it.

mod data;
mod host_file;

use std::num::NonZeroUsize;
use std::sync::Arc;

use wim_format::{
    Blob, BlobLocation, BlobTable, Compression, Guid, Header, HeaderFlags, ImageIndex, ImageMetadata, Limits,
    MetadataResource, ResourceFlags, ResourceHeader, Sha1Hash, Version, XmlImage, XmlInfo,
};

pub use data::NewBlob;
pub(crate) use data::NewData;
pub use host_file::HostFile;

use crate::archive::Volume;
use crate::export::without_images;
use crate::hash::sha1;
use crate::{Archive, Progress, Result};

/// An image that is in no archive as it is: its tree, and its entry in the XML.
#[derive(Clone, Debug)]
pub struct NewImage {
    /// The tree. What its streams name by hash is in a base archive of the draft, or was [added](ArchiveDraft::add_data).
    pub metadata: ImageMetadata,
    /// The entry in the XML. The counts of files and bytes are made anew.
    pub xml: XmlImage,
}

/// Puts an archive together that is in no file yet.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use wim_export::{ArchiveDraft, ExportOptions, ExportPlan, NewBlob, NewImage};
/// use wim_format::{Compression, ImageIndex, ImageMetadata, Inode, XmlImage};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut draft = ArchiveDraft::new(Compression::Lzx);
/// let data = NewBlob::new("hello.txt", Arc::new(b"hello".to_vec()));
/// let hashes = draft.add_data(vec![data], None, &mut ())?;
/// let mut metadata = ImageMetadata::new();
/// metadata.add_child(metadata.root(), "hello.txt".into(), Inode::file(hashes[0]))?;
/// draft.push_image(NewImage { metadata, xml: XmlImage::new() });
///
/// let mut out = Vec::new();
/// let archive = draft.finish()?;
/// ExportPlan::new(&archive, &[ImageIndex::FIRST], ExportOptions::default())?.write(&mut out, &mut ())?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct ArchiveDraft {
    name: String,
    /// Says how an export without other wishes is compressed, and what belongs to the archive and to no image.
    header: Header,
    xml: XmlInfo,
    limits: Limits,
    bases: Vec<Archive>,
    data: NewData,
    images: Vec<DraftImage>,
}

#[derive(Debug)]
enum DraftImage {
    New(NewImage),
    /// An image of a base archive, byte for byte.
    Same {
        bytes: Vec<u8>,
        xml: XmlImage,
    },
}

impl ArchiveDraft {
    /// A draft of a new archive. An export of it is compressed like this unless its options say otherwise.
    pub fn new(compression: Compression) -> Self {
        let header = Header {
            pipable: false,
            version: if compression == Compression::Lzms { Version::Solid } else { Version::Default },
            flags: HeaderFlags::of(compression),
            chunk_size: compression.default_chunk_size(),
            guid: Guid::default(),
            part: 1,
            total_parts: 1,
            image_count: 0,
            blob_table: ResourceHeader::NONE,
            xml_data: ResourceHeader::NONE,
            boot_metadata: ResourceHeader::NONE,
            boot_index: None,
            integrity: ResourceHeader::NONE,
            reserved: [0; 60],
        };
        Self {
            name: "the new archive".to_owned(),
            header,
            xml: XmlInfo::new(),
            limits: Limits::default(),
            bases: Vec::new(),
            data: NewData::default(),
            images: Vec::new(),
        }
    }

    /// A draft of an archive that takes the place of `base`: it keeps the compression, the GUID, the marks, the number of
    /// the boot image, and what the XML says beside the images. Of `base`'s images it has none yet; its data is there.
    ///
    /// Whether there is an integrity table is for the options of an export to say.
    ///
    /// # Errors
    /// If parts of `base` are missing.
    pub fn of(base: &Archive) -> Result<Self> {
        let (version, none) = (base.header().version, ResourceHeader::NONE);
        let flags = base.header().flags.without(HeaderFlags::WRITE_IN_PROGRESS).without(HeaderFlags::SPANNED);
        let (blob_table, xml_data, boot_metadata, integrity) = (none, none, none, none);
        let header = Header {
            pipable: false,
            version,
            flags,
            part: 1,
            total_parts: 1,
            image_count: 0,
            blob_table,
            xml_data,
            boot_metadata,
            integrity,
            ..base.header().clone()
        };
        let (name, limits, xml) = (base.name().to_owned(), base.limits().clone(), without_images(base.xml()));
        let mut draft = Self { name, header, xml, limits, ..Self::new(Compression::None) };
        draft.add_base(base)?;
        Ok(draft)
    }

    /// Another archive whose data the images refer to. It is copied as it is where that is possible.
    ///
    /// # Errors
    /// If parts of it are missing.
    pub fn add_base(&mut self, base: &Archive) -> Result<()> {
        base.require_all_parts()?;
        self.bases.push(base.clone());
        Ok(())
    }

    /// Says that links which lead into an image lead there from the root of whatever it is applied to.
    pub fn mark_links_fixed(&mut self) {
        self.header.flags = self.header.flags.with(HeaderFlags::RP_FIX);
    }

    /// Hashes new data, on so many threads, and keeps what neither a base archive nor earlier data has. Returns each one's
    /// hash, in order; that of no bytes at all is zero, as the format has it.
    ///
    /// # Errors
    /// If something cannot be read, which the error names, or `progress` cancels the run.
    pub fn add_data(
        &mut self,
        blobs: Vec<NewBlob>,
        threads: Option<NonZeroUsize>,
        progress: &mut dyn Progress,
    ) -> Result<Vec<Sha1Hash>> {
        let bases = &self.bases;
        let is_there = |hash: &Sha1Hash| bases.iter().any(|base| base.blob(hash).is_some());
        self.data.add(blobs, is_there, threads, progress)
    }

    /// The size of the data of that hash, new or in a base archive.
    pub fn data_size(&self, hash: &Sha1Hash) -> Option<u64> {
        let in_bases = || self.bases.iter().find_map(|base| base.blob(hash)).map(|blob| blob.size);
        self.data.size_of(hash).or_else(in_bases)
    }

    /// What belongs to the archive and to no image.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// The sizes of all data that there is already.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = u64> {
        let volumes = self.bases.iter().flat_map(Archive::volumes);
        let there = volumes.flat_map(|volume| volume.table.blobs()).map(|blob| blob.size);
        there.chain(self.data.blobs().map(|(_, _, size)| size))
    }

    /// The base archives, and the data that is in none of them.
    pub(crate) fn bases_and_data(&mut self) -> (&[Archive], &mut NewData) {
        (&self.bases, &mut self.data)
    }

    /// Adds what is written already of the archive itself, as a base.
    pub(crate) fn add_unfinished(&mut self, table: BlobTable) -> Result<Archive> {
        let volume = Volume::of_unfinished(self.name.clone(), self.header.clone(), table);
        let there = Archive::of_draft(volume, XmlInfo::new(), self.limits.clone(), &[]);
        self.add_base(&there)?;
        Ok(there)
    }

    /// Adds an image after all others.
    pub fn push_image(&mut self, image: NewImage) {
        self.images.push(DraftImage::New(image));
    }

    /// Adds an image of an archive as it is, after all others. The archive has to be a base of the draft.
    ///
    /// # Errors
    /// If there is no such image, or its metadata is damaged.
    pub fn push_image_of(&mut self, base: &Archive, image: ImageIndex) -> Result<()> {
        let xml = base.xml().image(image).cloned().unwrap_or_default();
        self.images.push(DraftImage::Same { bytes: base.metadata_bytes(image)?, xml });
        Ok(())
    }

    /// The archive that was put together. New data to which no image refers is left out.
    ///
    /// # Errors
    /// If it is more than an archive can hold.
    ///
    /// # Panics
    /// If an image's metadata was given streams that cannot be written; see [`ImageMetadata::to_bytes`].
    pub fn finish(mut self) -> Result<Archive> {
        let new = self.images.iter().filter_map(|image| match image {
            DraftImage::New(image) => Some(&image.metadata),
            DraftImage::Same { .. } => None,
        });
        self.data.retain(&new.flat_map(ImageMetadata::blob_references).map(|(hash, _)| hash).collect());
        let (mut table, mut xml) = (BlobTable::new(), std::mem::take(&mut self.xml));
        let images = std::mem::take(&mut self.images);
        for image in images {
            let (bytes, image, tree) = match image {
                DraftImage::Same { bytes, xml } => (bytes, xml, None),
                DraftImage::New(NewImage { metadata, xml: mut image }) => {
                    image.set_statistics(&metadata.statistics(|hash| self.data_size(hash).unwrap_or(0)));
                    let bytes = metadata.to_bytes();
                    // What readers will refuse is not at hand, either: whoever asks for it is told why.
                    let is_accepted = bytes.len() as u64 <= self.limits.metadata_bytes;
                    let tree = (is_accepted && metadata.check(&self.limits).is_ok()).then_some(metadata);
                    (bytes, image, tree)
                }
            };
            xml.push_image(image);
            let (hash, size) = (sha1(&bytes), bytes.len() as u64);
            let offset = self.data.push_metadata(bytes, tree)?;
            let resource = ResourceHeader::stored(offset, size, ResourceFlags::METADATA);
            table.push_metadata(MetadataResource { resource, hash, reference_count: 1, part: 1 });
        }
        for (hash, offset, size) in self.data.blobs() {
            let location = BlobLocation::Resource(ResourceHeader::stored(offset, size, ResourceFlags::NONE));
            table.push_blob(Blob { hash, size, reference_count: 1, part: 1, location });
        }
        self.header.image_count = xml.image_count() as u32;
        let main = Volume::of_new_data(self.name, self.header, Arc::new(self.data), table);
        Ok(Archive::of_draft(main, xml, self.limits, &self.bases))
    }
}
