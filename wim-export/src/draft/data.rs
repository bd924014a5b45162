//! Data that is in no archive yet, hashed, and addressed as if it lay in one file.

use std::collections::{HashMap, HashSet};
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use wim_format::{ImageIndex, ImageMetadata, ResourceHeader, Sha1Hash};

use crate::hash::Hasher;
use crate::progress::Meter;
use crate::workers::{Workers, ordered};
use crate::{Error, Phase, Progress, ReadAt, Result};

/// Bytes that are hashed at a time; a thread needs as much memory.
const PIECE: usize = 256 << 10;

/// Data that is in no archive yet: a file of the host, bytes in memory, or whatever else can be read.
#[derive(Clone)]
pub struct NewBlob {
    name: Arc<str>,
    data: Arc<dyn ReadAt>,
}

impl NewBlob {
    /// What `data` reads; messages call it `name`. It is read twice, from any thread, and must be the same both times.
    pub fn new(name: impl Into<Arc<str>>, data: Arc<dyn ReadAt>) -> Self {
        Self { name: name.into(), data }
    }

    /// How many bytes there are.
    ///
    /// # Errors
    /// What the system says.
    pub fn size(&self) -> Result<u64> {
        self.data.len().map_err(|error| self.error(error))
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes, where they are in memory.
    pub(crate) fn as_slice(&self) -> Option<&[u8]> {
        self.data.as_slice()
    }

    /// All of it.
    ///
    /// # Errors
    /// What the system says, or that there is more than memory can hold.
    pub fn read(&self) -> Result<Vec<u8>> {
        let size = usize::try_from(self.size()?).map_err(|_| self.error(io::ErrorKind::OutOfMemory.into()))?;
        let mut bytes = vec![0; size];
        self.read_exact_at(&mut bytes, 0)?;
        Ok(bytes)
    }

    /// What an error of reading comes to. Data that is shorter than it was has changed.
    fn error(&self, source: io::Error) -> Error {
        if source.kind() == io::ErrorKind::UnexpectedEof {
            return self.changed();
        }
        Error::Io { action: "read", path: PathBuf::from(&*self.name), source }
    }

    /// Fills `buf` from `offset` on.
    pub(crate) fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> Result<()> {
        self.data.read_exact_at(buf, offset).map_err(|error| self.error(error))
    }

    /// The error that it is not what it was before.
    pub(crate) fn changed(&self) -> Error {
        Error::SourceChanged { path: PathBuf::from(&*self.name) }
    }

    /// Its size and hash; the hash of no bytes is zero.
    pub(crate) fn measure(&self) -> Result<(u64, Sha1Hash)> {
        let size = self.size()?;
        if size == 0 {
            return Ok((0, Sha1Hash::ZERO));
        }
        Ok((size, self.read_pieces(&mut |_| Ok(()))?))
    }

    /// Reads all of it, gives it to `sink` piece by piece, and returns its hash.
    pub(crate) fn read_pieces(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<Sha1Hash> {
        let mut hasher = Hasher::default();
        if let Some(bytes) = self.data.as_slice() {
            hasher.update(bytes);
            sink(bytes)?;
            return Ok(hasher.finish());
        }
        let size = self.size()?;
        let mut buffer = vec![0; (PIECE as u64).min(size) as usize];
        for at in (0..size).step_by(PIECE) {
            let piece = &mut buffer[..(PIECE as u64).min(size - at) as usize];
            self.read_exact_at(piece, at)?;
            hasher.update(piece);
            sink(piece)?;
        }
        Ok(hasher.finish())
    }
}

impl std::fmt::Debug for NewBlob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewBlob").field("name", &self.name).finish_non_exhaustive()
    }
}

/// New data, one blob after another.
#[derive(Debug, Default)]
pub(crate) struct NewData {
    /// In the order of their offsets.
    pieces: Vec<Piece>,
    index: HashMap<Sha1Hash, u64>,
    len: u64,
    /// The trees of the images, where they are known beside their bytes.
    trees: Vec<Option<ImageMetadata>>,
}

#[derive(Debug)]
struct Piece {
    blob: NewBlob,
    /// `None`: an image's metadata.
    hash: Option<Sha1Hash>,
    offset: u64,
    size: u64,
}

impl NewData {
    /// Hashes `blobs`, keeps those that are new, and returns the hash of each.
    pub(super) fn add(
        &mut self,
        blobs: Vec<NewBlob>,
        is_there: impl Fn(&Sha1Hash) -> bool,
        threads: Option<NonZeroUsize>,
        progress: &mut dyn Progress,
    ) -> Result<Vec<Sha1Hash>> {
        let workers = Workers::new(Workers::threads_for(threads).min(blobs.len().max(1)))?;
        let total = blobs.iter().map(|blob| blob.size().unwrap_or(0)).fold(0, u64::saturating_add);
        let mut meter = Meter::new(progress, Phase::Hash, total);
        let mut hashes = Vec::with_capacity(blobs.len());
        let measure = |blob: NewBlob| blob.measure().map(|measured| (blob, measured));
        ordered(&workers, 4 * workers.threads(), blobs.into_iter().map(Ok), measure, |measured| {
            let (blob, (size, hash)) = measured?;
            if !is_there(&hash) {
                self.push_blob(blob, hash, size)?;
            }
            hashes.push(hash);
            meter.advance(size)
        })?;
        Ok(hashes)
    }

    /// Adds the next image's metadata, with the tree that it is the bytes of where that is at hand; returns where it is.
    pub(super) fn push_metadata(&mut self, bytes: Vec<u8>, tree: Option<ImageMetadata>) -> Result<u64> {
        self.trees.push(tree);
        let (size, blob) = (bytes.len() as u64, NewBlob::new("metadata", Arc::new(bytes)));
        self.push(blob, None, size)
    }

    /// Keeps a blob that was hashed, unless it is there already.
    pub(crate) fn push_blob(&mut self, blob: NewBlob, hash: Sha1Hash, size: u64) -> Result<()> {
        if size > 0 && !self.index.contains_key(&hash) {
            self.push(blob, Some(hash), size)?;
            self.index.insert(hash, size);
        }
        Ok(())
    }

    fn push(&mut self, blob: NewBlob, hash: Option<Sha1Hash>, size: u64) -> Result<u64> {
        let offset = self.len;
        let end = offset.checked_add(size).filter(|&end| end <= ResourceHeader::MAX_SIZE_IN_WIM);
        self.len = end.ok_or_else(|| {
            let (value, expected) = (size.to_string(), "an archive holds less than 64 PiB".to_owned());
            Error::InvalidArgument { what: "size of new data", value, expected }
        })?;
        self.pieces.push(Piece { blob, hash, offset, size });
        Ok(offset)
    }

    /// Leaves out what is not `needed`.
    pub(super) fn retain(&mut self, needed: &HashSet<Sha1Hash>) {
        self.pieces.retain(|piece| piece.hash.is_none_or(|hash| needed.contains(&hash)));
        self.index.retain(|hash, _| needed.contains(hash));
        self.len = 0;
        for piece in &mut self.pieces {
            piece.offset = self.len;
            self.len += piece.size;
        }
    }

    /// The size of the blob of that hash.
    pub(super) fn size_of(&self, hash: &Sha1Hash) -> Option<u64> {
        self.index.get(hash).copied()
    }

    /// Every blob: hash, offset, size.
    pub(super) fn blobs(&self) -> impl Iterator<Item = (Sha1Hash, u64, u64)> {
        self.pieces.iter().filter_map(|piece| Some((piece.hash?, piece.offset, piece.size)))
    }

    /// The tree of an image, if it is at hand.
    pub(crate) fn tree(&self, image: ImageIndex) -> Option<&ImageMetadata> {
        self.trees.get(image.position())?.as_ref()
    }

    /// Bytes of all of it.
    pub(crate) fn size(&self) -> u64 {
        self.len
    }

    /// The number of the piece that holds the byte at `offset`.
    fn position(&self, offset: u64) -> usize {
        self.pieces.partition_point(|piece| piece.offset + piece.size <= offset)
    }

    /// Fills `buf` from `offset` on, across the ends of blobs.
    pub(crate) fn read(&self, mut buf: &mut [u8], mut offset: u64) -> Result<()> {
        let mut position = self.position(offset);
        while !buf.is_empty() {
            let Some(piece) = self.pieces.get(position) else {
                return Err(Error::Internal("a read past the end of new data".to_owned()));
            };
            let within = offset - piece.offset;
            let len = usize::try_from(piece.size - within).map_or(buf.len(), |left| left.min(buf.len()));
            let (now, later) = buf.split_at_mut(len);
            piece.blob.read_exact_at(now, within)?;
            (buf, offset, position) = (later, offset + len as u64, position + 1);
        }
        Ok(())
    }

    /// The error that the blob at `offset` is not what it was when it was hashed.
    pub(crate) fn changed(&self, offset: u64) -> Error {
        let nameless = || Error::SourceChanged { path: PathBuf::from("new data") };
        self.pieces.get(self.position(offset)).map_or_else(nameless, |piece| piece.blob.changed())
    }
}

impl ReadAt for NewData {
    fn len(&self) -> io::Result<u64> {
        Ok(self.size())
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.read(buf, offset).map_err(io::Error::other)
    }
}
