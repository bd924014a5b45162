//! An open archive: what it holds, and random access to it.
//!
//! ```text
//!  Archive ── Volume (the file itself) ── Header, BlobTable
//!     │   └── Volume (other parts, base archives: blobs only)
//!     ├────── XmlInfo
//!     ├────── Extent: where a blob's bytes lie, chunk by chunk
//!     └────── ChunkCache: decoded chunks of solid resources
//! ```

mod cache;
mod extent;
mod open;
mod reader;
mod volume;

use std::borrow::Cow;
use std::sync::Arc;

use wim_format::{Blob, BlobTable, ErrorKind, Header, ImageIndex, ImageMetadata, Limits, Section, Sha1Hash};
use wim_format::{Warning, XmlInfo};

use crate::hash::sha1;
use crate::sha256::{Sha256Hash, Sha256Hasher};
use crate::{Error, Result, Subject};

pub(crate) use extent::Extent;
pub use open::OpenOptions;
pub use reader::BlobReader;
pub(crate) use volume::Volume;

/// An open archive. Cloning is cheap, and all clones may be used from any thread.
#[derive(Clone)]
pub struct Archive(Arc<Inner>);

struct Inner {
    /// The archive's own file first, then those that only contribute blobs.
    volumes: Vec<Arc<Volume>>,
    xml: XmlInfo,
    xml_bytes: Vec<u8>,
    limits: Limits,
    warnings: Vec<Warning>,
    /// Chunks of solid resources that were read lately.
    cache: cache::ChunkCache,
}

impl Archive {
    /// The name that messages use: the path, or what was given with the source.
    pub fn name(&self) -> &str {
        &self.main().name
    }

    /// Bytes of the archive's own file.
    pub fn file_len(&self) -> u64 {
        self.main().len
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.main().header
    }

    /// The blob table of the archive's own file.
    pub fn blob_table(&self) -> &BlobTable {
        &self.main().table
    }

    /// The XML data, parsed.
    pub fn xml(&self) -> &XmlInfo {
        &self.0.xml
    }

    /// The XML data as it is in the file.
    pub fn xml_bytes(&self) -> &[u8] {
        &self.0.xml_bytes
    }

    /// The limits that the archive was opened with.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// What deviates from the format without being in the way.
    pub fn warnings(&self) -> &[Warning] {
        &self.0.warnings
    }

    /// How many images there are.
    pub fn image_count(&self) -> u32 {
        self.header().image_count
    }

    /// The indices of all images.
    pub fn images(&self) -> impl ExactSizeIterator<Item = ImageIndex> + use<> {
        (0..self.image_count() as usize).map(ImageIndex::from_position)
    }

    /// The image that boots, `None` if there is none or the header names one that does not exist.
    pub fn boot_index(&self) -> Option<ImageIndex> {
        self.header().boot_index.filter(|index| index.get() <= self.image_count())
    }

    /// The image of that number, or of that exact name.
    ///
    /// # Errors
    /// [`Error::NoSuchImage`].
    pub fn find_image(&self, wanted: &str) -> Result<ImageIndex> {
        let by_number = wanted.parse().ok().and_then(ImageIndex::new).filter(|i| i.get() <= self.image_count());
        let by_name = || self.images().find(|&i| self.image_name(i).is_some_and(|name| name == wanted));
        by_number.or_else(by_name).ok_or_else(|| Error::NoSuchImage {
            archive: self.name().to_owned(),
            wanted: wanted.to_owned(),
            count: self.image_count(),
        })
    }

    /// The only image.
    ///
    /// # Errors
    /// [`Error::AmbiguousImage`] if there is more than one, [`Error::NoSuchImage`] if there is none.
    pub fn only_image(&self) -> Result<ImageIndex> {
        match self.image_count() {
            1 => Ok(ImageIndex::FIRST),
            0 => self.find_image("1"),
            count => Err(Error::AmbiguousImage { archive: self.name().to_owned(), count }),
        }
    }

    /// An image's name in the XML, if it has one.
    pub fn image_name(&self, image: ImageIndex) -> Option<String> {
        self.xml().image(image).and_then(|xml| xml.name().map(|name| name.to_string()))
    }

    /// An image's files and folders.
    ///
    /// # Errors
    /// If there is no such image, or its metadata is damaged: it does not decompress, its SHA-1 is wrong, it does not parse.
    pub fn image(&self, image: ImageIndex) -> Result<ImageMetadata> {
        let bytes = self.metadata_bytes(image)?;
        ImageMetadata::parse(&bytes, self.limits())
            .map_err(self.main().format_error())
            .map_err(|error| error.about(|| Subject::Metadata(image)))
    }

    /// An image's tree: one that is in no file yet is at hand, and is not parsed from the bytes that it was made into.
    ///
    /// # Errors
    /// As [`Self::image`].
    pub(crate) fn tree(&self, image: ImageIndex) -> Result<Cow<'_, ImageMetadata>> {
        match self.main().new_tree(image) {
            Some(tree) => Ok(Cow::Borrowed(tree)),
            None => self.image(image).map(Cow::Owned),
        }
    }

    /// An image's metadata resource, decompressed, its SHA-1 checked.
    ///
    /// # Errors
    /// As [`Self::image`], but for parsing.
    pub fn metadata_bytes(&self, image: ImageIndex) -> Result<Vec<u8>> {
        let main = self.main();
        if image.get() > self.image_count() {
            return self.find_image(&image.to_string()).map(|_| Vec::new());
        }
        let metadata = main.table.metadata(image).ok_or_else(|| self.missing_metadata(image))?;
        self.check_metadata_size(image, metadata.resource.uncompressed_size)?;
        let limit = self.limits().metadata_bytes;
        let subject = Subject::Metadata(image);
        let bytes =
            main.read_resource(&metadata.resource, limit, subject.clone()).map_err(|error| error.about(|| subject))?;
        let actual = sha1(&bytes);
        if actual != metadata.hash {
            let archive = self.name().to_owned();
            return Err(Error::HashMismatch { archive, subject: Subject::Metadata(image), actual });
        }
        Ok(bytes)
    }

    /// Whether this is a draft of which all that is in a file is in `base`, or in what that was opened with.
    pub(crate) fn is_drafted_on(&self, base: &Self) -> bool {
        let (here, there) = (&self.0.volumes[1..], &base.0.volumes);
        self.main().is_new() && here.len() == there.len() && here.iter().zip(there).all(|(a, b)| Arc::ptr_eq(a, b))
    }

    pub(crate) fn missing_metadata(&self, image: ImageIndex) -> Error {
        let (archive, part, total) = (self.name().to_owned(), self.header().part, self.header().total_parts);
        match part {
            1 => Error::MissingMetadata { archive, image },
            _ => Error::SplitSet { archive, part, total, missing: Vec::new() },
        }
    }

    /// Checks that all parts of a split set were given, as whoever wants all data must have them.
    ///
    /// # Errors
    /// [`Error::SplitSet`], which names the missing parts.
    pub fn require_all_parts(&self) -> Result<()> {
        let Header { part, total_parts: total, .. } = *self.header();
        let present = |part| self.volumes().iter().any(|volume| volume.header.part == part);
        let missing: Vec<u16> = (1..=total).filter(|&part| !present(part)).collect();
        if part == 1 && missing.is_empty() {
            return Ok(());
        }
        Err(Error::SplitSet { archive: self.name().to_owned(), part, total, missing })
    }

    /// No metadata is more than 512 times as large as the file that holds it (wimlib's rule): such a size is a bomb.
    fn check_metadata_size(&self, image: ImageIndex, size: u64) -> Result<()> {
        const MAX_EXPANSION: u64 = 512;
        let limit = self.file_len().saturating_mul(MAX_EXPANSION);
        if size <= limit {
            return Ok(());
        }
        let kind = ErrorKind::Limit { what: "bytes of metadata", limit };
        let error = wim_format::Error::new(kind, Section::Metadata, 0);
        Err(self.main().format_error()(error).about(|| Subject::Metadata(image)))
    }

    /// Checks that a run may go through, or write, so many uncompressed bytes. Whoever writes data more than once, as
    /// extraction does for each file that has it, asks with all of it.
    ///
    /// # Errors
    /// [`Error::Format`] with [`ErrorKind::Limit`] if they are more than [`Limits::total_bytes`].
    pub fn check_total_bytes(&self, bytes: u64) -> Result<()> {
        let limit = self.limits().total_bytes;
        if bytes <= limit {
            return Ok(());
        }
        let kind = ErrorKind::Limit { what: "bytes of data in all", limit };
        Err(self.main().format_error()(wim_format::Error::new(kind, Section::BlobTable, 0)))
    }

    /// Where a blob is: the number of its volume, and its entry there.
    pub(crate) fn locate(&self, hash: &Sha1Hash) -> Option<(usize, &Blob)> {
        let mut volumes = self.0.volumes.iter().enumerate();
        volumes.find_map(|(number, volume)| volume.table.find(hash).map(|(_, blob)| (number, blob)))
    }

    /// The blob of that hash, in this archive or one that it was opened with.
    pub fn blob(&self, hash: &Sha1Hash) -> Option<&Blob> {
        self.locate(hash).map(|(_, blob)| blob)
    }

    /// Reads a blob from front to back or at any position; see [`BlobReader`].
    ///
    /// # Errors
    /// If the blob is missing, or its chunk table is damaged.
    pub fn blob_reader(&self, hash: &Sha1Hash) -> Result<BlobReader<'_>> {
        BlobReader::new(self, hash)
    }

    /// The SHA-256 of the archive's own file, all of it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn sha256(&self) -> Result<Sha256Hash> {
        const PIECE: u64 = 1 << 20;
        let (mut hasher, mut buffer) = (Sha256Hasher::default(), vec![0; PIECE as usize]);
        for start in (0..self.file_len()).step_by(PIECE as usize) {
            let end = self.file_len().min(start + PIECE);
            hasher.update(self.main().bytes(&(start..end), &mut buffer)?);
        }
        Ok(hasher.finish())
    }

    /// Gives up the chunks that were kept for random access, if memory is limited: whoever goes through all data has the
    /// memory to itself.
    pub(crate) fn forget_chunks(&self) {
        if self.limits().memory.is_some() {
            self.0.cache.clear();
        }
    }

    pub(crate) fn main(&self) -> &Volume {
        &self.0.volumes[0]
    }

    pub(crate) fn volume(&self, number: usize) -> &Volume {
        &self.0.volumes[number]
    }

    pub(crate) fn volumes(&self) -> &[Arc<Volume>] {
        &self.0.volumes
    }
}

impl Archive {
    /// The archive whose own volume is `main`, and which takes blobs of `bases`, too.
    pub(crate) fn of_draft(main: Volume, xml: XmlInfo, limits: Limits, bases: &[Self]) -> Self {
        let bases = bases.iter().flat_map(|base| base.volumes().iter().cloned());
        let (volumes, xml_bytes) = (std::iter::once(Arc::new(main)).chain(bases).collect(), xml.to_bytes());
        let (warnings, cache) = (Vec::new(), cache::ChunkCache::new(cache::budget(None, &limits)));
        Self(Arc::new(Inner { volumes, xml, xml_bytes, limits, warnings, cache }))
    }
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").field("name", &self.name()).field("header", self.header()).finish_non_exhaustive()
    }
}
