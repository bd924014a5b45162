//! Reading one blob: from front to back with its hash checked, or any range of it.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use std::sync::Arc;

use wim_format::{Blob, BlobLocation, Chunk, Sha1Hash};

use super::cache::{Front, LEAST_CHUNK};
use super::{Archive, Extent, Volume};
use crate::budget::Need;
use crate::decode::Decoders;
use crate::hash::Hasher;
use crate::pipeline::Item;
use crate::{Error, Result, Subject};

/// Reads a blob. Through [`io::Read`] it comes from front to back, and the last read fails if its SHA-1 is wrong.
pub struct BlobReader<'a> {
    archive: Cow<'a, Archive>,
    /// The number of the volume that the blob is in.
    volume: usize,
    extent: Extent,
    hash: Sha1Hash,
    location: BlobLocation,
    /// The number of its solid resource, if that one's chunks are large, and so kept for others.
    cached: Option<u32>,
    decoders: Decoders,
    stored: Vec<u8>,
    /// The chunk decoded last, as far as it was decoded, and its number.
    decoded: Front,
    current: Option<u64>,
    /// How far [`io::Read`] has come, and the hash of it.
    position: u64,
    hasher: Option<Hasher>,
}

impl<'a> BlobReader<'a> {
    pub(super) fn new(archive: &'a Archive, hash: &Sha1Hash) -> Result<Self> {
        let missing = || Error::MissingBlob {
            archive: archive.name().to_owned(),
            subject: Subject::Blob { hash: *hash, path: None },
        };
        let (volume, blob) = archive.locate(hash).ok_or_else(missing)?;
        Self::open(Cow::Borrowed(archive), volume, blob)
            .map_err(|error| error.about(|| Subject::Blob { hash: *hash, path: None }))
    }

    fn open(archive: Cow<'a, Archive>, volume: usize, blob: &Blob) -> Result<Self> {
        let extent = archive.volume(volume).blob_extent(blob)?;
        Need::reading(&extent).check(archive.limits().memory)?;
        let cached = match blob.location {
            BlobLocation::Solid { resource, .. } if extent.piece_size() >= LEAST_CHUNK => Some(resource),
            _ => None,
        };
        Ok(Self {
            archive,
            volume,
            extent,
            hash: blob.hash,
            location: blob.location,
            cached,
            decoders: Decoders::default(),
            stored: Vec::new(),
            decoded: Front::default(),
            current: None,
            position: 0,
            hasher: Some(Hasher::default()),
        })
    }

    /// The same reader on its own, to be kept: it keeps the archive open.
    pub fn into_owned(self) -> BlobReader<'static> {
        let Self { archive, volume, extent, hash, location, cached, .. } = self;
        let Self { decoders, stored, decoded, current, position, hasher, .. } = self;
        let archive = Cow::Owned(archive.into_owned());
        BlobReader {
            archive,
            volume,
            extent,
            hash,
            location,
            cached,
            decoders,
            stored,
            decoded,
            current,
            position,
            hasher,
        }
    }

    /// Bytes of the blob.
    pub fn size(&self) -> u64 {
        self.extent.size
    }

    /// Gives `range` of the blob to `sink`, piece by piece. The blob's hash is not checked.
    ///
    /// # Errors
    /// If a chunk cannot be read or does not decompress, or `sink` fails.
    ///
    /// # Panics
    /// If `range` does not lie within the blob.
    pub fn read_range(&mut self, range: Range<u64>, mut sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        assert!(range.start <= range.end && range.end <= self.size(), "{range:?} of {} bytes", self.size());
        let (start, mut at) = (self.extent.start, range.start);
        for number in self.extent.chunks_of(&range) {
            let part = self.load(number, start + at..start + range.end)?;
            sink(&self.decoded[part.clone()])?;
            at += part.len() as u64;
        }
        Ok(())
    }

    /// Decodes chunk `number`, unless it is the current one, as far as it holds `wanted` of its resource; returns which of its
    /// bytes these are.
    fn load(&mut self, number: u64, wanted: Range<u64>) -> Result<Range<usize>> {
        let chunk = self.extent.chunk(number);
        let first = chunk.uncompressed_offset;
        let end = (wanted.end - first).min(chunk.uncompressed_size.into()) as usize;
        if self.current != Some(number) || self.decoded.len() < end {
            self.current = None;
            match self.cached {
                None => self.decode_own(&chunk)?,
                Some(resource) => {
                    // Whoever waits for a chunk must not keep another one from going.
                    self.decoded = Front::default();
                    let (key, size) = ((self.volume, resource, number), chunk.uncompressed_size as usize);
                    let archive = self.archive.clone();
                    let decode = |data: &mut [u8], wanted| self.decode(&chunk, data, wanted);
                    self.decoded = archive.0.cache.front(key, size, end, decode)?;
                }
            }
            self.current = Some(number);
        }
        Ok((wanted.start - first) as usize..end)
    }

    /// Decodes all of `chunk` into a buffer that nobody else has.
    fn decode_own(&mut self, chunk: &Chunk) -> Result<()> {
        let mut front = std::mem::take(&mut self.decoded);
        let size = chunk.uncompressed_size as usize;
        let data = Arc::make_mut(&mut front);
        data.resize(size, 0);
        self.decode(chunk, data, size)?;
        self.decoded = front;
        Ok(())
    }

    /// Decodes at least `wanted` bytes of `chunk` into the front of `data`, and says how many.
    fn decode(&mut self, chunk: &Chunk, data: &mut [u8], wanted: usize) -> Result<usize> {
        let span = chunk.offset..chunk.offset + u64::from(chunk.size);
        let volume = self.archive.volume(self.volume);
        self.stored.resize(volume.buffer_len(&span), 0);
        let stored = volume.bytes(&span, &mut self.stored)?;
        let decoded = self.decoders.decode_front(&self.extent, stored, data, wanted);
        let subject = Subject::Blob { hash: self.hash, path: None };
        decoded.map_err(|source| volume.chunk_error(&self.extent, chunk, subject, source))
    }

    /// The next bytes, at most `max`; empty at the end, where the hash is checked.
    fn next_bytes(&mut self, max: usize) -> Result<&[u8]> {
        let at = self.position;
        if at == self.size() {
            // The first read at the end checks the hash, later ones have nothing left to check.
            let actual = self.hasher.take().map(Hasher::finish).filter(|actual| *actual != self.hash);
            return actual.map_or(Ok(&[]), |actual| Err(self.mismatch(actual)));
        }
        let number = self.extent.chunks_of(&(at..at + 1)).start;
        let mut part = self.load(number, self.extent.start + at..self.extent.start + self.size())?;
        part.end = part.end.min(part.start.saturating_add(max));
        let bytes = &self.decoded[part];
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.position += bytes.len() as u64;
        Ok(bytes)
    }

    fn volume(&self) -> &Volume {
        self.archive.volume(self.volume)
    }

    fn mismatch(&self, actual: Sha1Hash) -> Error {
        let subject = Subject::Blob { hash: self.hash, path: None };
        self.volume().hash_mismatch(&self.location, subject, actual)
    }

    /// Gives the whole blob to `sink`, and checks its hash at the end.
    ///
    /// # Errors
    /// If a chunk cannot be read or does not decompress, the hash is wrong, or `sink` fails.
    pub fn read_all(mut self, mut sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        loop {
            let bytes = self.next_bytes(usize::MAX)?;
            if bytes.is_empty() {
                return Ok(());
            }
            sink(bytes)?;
        }
    }
}

impl Archive {
    /// Gives all data of `item` to `sink`, its hash checked at the end.
    pub(crate) fn read_item(&self, item: &Item, sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        BlobReader::open(Cow::Borrowed(self), item.volume, &item.blob)?.read_all(sink)
    }
}

impl io::Read for BlobReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let bytes = self.next_bytes(buf.len()).map_err(io::Error::other)?;
        buf[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

impl Archive {
    /// The bytes `range` of a blob. Its hash is not checked: that would need all of it.
    ///
    /// # Errors
    /// If the blob is missing or damaged there, or is shorter than `range`.
    pub fn read_blob(&self, hash: &Sha1Hash, range: Range<u64>) -> Result<Vec<u8>> {
        let mut reader = self.blob_reader(hash)?;
        if range.start > range.end || range.end > reader.size() {
            return Err(Error::InvalidArgument {
                what: "range",
                value: format!("{range:?}"),
                expected: format!("it must lie within the blob's {} bytes", reader.size()),
            });
        }
        let mut data = Vec::new();
        reader.read_range(range, |bytes| {
            data.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(data)
    }
}
