//! Reading one blob: from front to back with its hash checked, or any range of it.

use std::io;
use std::ops::Range;

use wim_format::{Blob, BlobLocation, Sha1Hash};

use super::{Archive, Extent, Volume};
use crate::decode::Decoders;
use crate::hash::Hasher;
use crate::pipeline::Item;
use crate::{Error, Result, Subject};

/// Reads a blob. Through [`io::Read`] it comes from front to back, and the last read fails if its SHA-1 is wrong.
pub struct BlobReader<'a> {
    volume: &'a Volume,
    extent: Extent,
    hash: Sha1Hash,
    location: BlobLocation,
    decoders: Decoders,
    stored: Vec<u8>,
    /// The chunk decoded last, and its number.
    decoded: Vec<u8>,
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
        let volume = archive.volume(volume);
        let extent =
            volume.blob_extent(blob).map_err(|error| error.about(|| Subject::Blob { hash: *hash, path: None }))?;
        Ok(Self::open(volume, extent, blob))
    }

    fn open(volume: &'a Volume, extent: Extent, blob: &Blob) -> Self {
        Self {
            volume,
            extent,
            hash: blob.hash,
            location: blob.location,
            decoders: Decoders::default(),
            stored: Vec::new(),
            decoded: Vec::new(),
            current: None,
            position: 0,
            hasher: Some(Hasher::default()),
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
            let chunk_start = self.load(number)?;
            let from = (start + at - chunk_start) as usize;
            let to = ((start + range.end - chunk_start) as usize).min(self.decoded.len());
            sink(&self.decoded[from..to])?;
            at += (to - from) as u64;
        }
        Ok(())
    }

    /// Decodes chunk `number`, unless it is the current one, and returns where it begins in its resource.
    fn load(&mut self, number: u64) -> Result<u64> {
        let chunk = self.extent.chunk(number);
        if self.current != Some(number) {
            self.current = None;
            self.stored.resize(chunk.size as usize, 0);
            self.volume.read_into(&mut self.stored, chunk.offset)?;
            self.decoded.resize(chunk.uncompressed_size as usize, 0);
            let subject = || Subject::Blob { hash: self.hash, path: None };
            let (stored, decoded) = (&self.stored, &mut self.decoded);
            self.volume.decode(&self.extent, &chunk, stored, decoded, &self.decoders, subject)?;
            self.current = Some(number);
        }
        Ok(chunk.uncompressed_offset)
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
        let chunk_start = self.load(number)?;
        let from = (self.extent.start + at - chunk_start) as usize;
        let left = usize::try_from(self.size() - at).unwrap_or(usize::MAX);
        let len = (self.decoded.len() - from).min(left).min(max);
        let bytes = &self.decoded[from..from + len];
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.position += len as u64;
        Ok(bytes)
    }

    fn mismatch(&self, actual: Sha1Hash) -> Error {
        let subject = Subject::Blob { hash: self.hash, path: None };
        self.volume.hash_mismatch(&self.location, subject, actual)
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
        let volume = self.volume(item.volume);
        BlobReader::open(volume, volume.blob_extent(&item.blob)?, &item.blob).read_all(sink)
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
