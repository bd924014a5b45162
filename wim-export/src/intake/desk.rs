//! What becomes of what was read: it is written in order, once.

use wim_format::{Blob, BlobLocation, ResourceFlags, ResourceHeader, Sha1Hash};

use super::work::{Done, Measured, Stored, Worker};
use crate::draft::NewData;
use crate::export::{Assembler, Batch, Output, Resources};
use crate::hash::Hasher;
use crate::progress::Meter;
use crate::{NewBlob, Result};

/// Takes what the threads did, in order, and writes it.
pub(super) struct Desk<'a, 'o, 't, 'p> {
    worker: &'a Worker<'a>,
    output: &'o mut Output<'t>,
    /// Data that is not written yet.
    data: &'o mut NewData,
    meter: Meter<'p>,
    hashes: Vec<Sha1Hash>,
    assembler: Assembler,
    large: Large,
}

/// The large blob that is being written.
#[derive(Default)]
struct Large {
    hasher: Hasher,
    /// Where it begins.
    start: u64,
}

impl<'a, 'o, 't, 'p> Desk<'a, 'o, 't, 'p> {
    pub(super) fn new(
        worker: &'a Worker<'a>,
        output: &'o mut Output<'t>,
        data: &'o mut NewData,
        meter: Meter<'p>,
    ) -> Self {
        let hashes = Vec::with_capacity(worker.blobs.len());
        let assembler = Assembler::new(worker.chunk_size, false);
        Self { worker, output, data, meter, hashes, assembler, large: Large::default() }
    }

    /// Every blob's hash.
    pub(super) fn finish(self) -> Vec<Sha1Hash> {
        debug_assert_eq!(self.hashes.len(), self.worker.blobs.len(), "every blob has a hash");
        self.hashes
    }

    pub(super) fn take(&mut self, done: Done) -> Result<()> {
        match done {
            Done::Whole { first, blobs } => {
                let mut bytes = 0;
                for (number, Measured { hash, stored }) in blobs.into_iter().enumerate() {
                    let size = self.worker.sizes.get(first + number);
                    self.push_hash(hash, size)?;
                    bytes += size;
                    if let Some(stored) = stored.filter(|_| !self.worker.known.has(&hash)) {
                        let resource = self.write(&stored, size)?;
                        self.is_written(hash, resource);
                    }
                }
                self.meter.advance(bytes)
            }
            Done::Piece { blob, range, bytes, chunks } => {
                let (size, is_last) = ((range.end - range.start) as usize, range.end == self.worker.sizes.get(blob));
                if range.start == 0 {
                    self.large = Large { hasher: Hasher::default(), start: self.output.position() };
                }
                self.large.hasher.update(&bytes[..size]);
                let hash = is_last.then(|| self.large.hasher.clone().finish());
                match chunks {
                    Some(chunks) => self.add_chunks(&chunks, hash)?,
                    None => self.add_raw(blob, &bytes[..size], hash)?,
                }
                self.worker.buffers.put(bytes);
                if let Some(hash) = hash {
                    self.push_hash(hash, range.end)?;
                }
                self.meter.advance(size as u64)
            }
            Done::Hashed { blob, hash } => {
                let size = self.worker.sizes.get(blob);
                self.push_hash(hash, size)?;
                if !self.worker.known.has(&hash) {
                    self.data.push_blob(self.worker.blobs[blob].clone(), hash, size)?;
                }
                self.meter.advance(size)
            }
        }
    }

    /// Notes the hash of the next blob.
    fn push_hash(&mut self, hash: Sha1Hash, size: u64) -> Result<()> {
        self.hashes.push(hash);
        self.worker.known.check(&hash, size)
    }

    /// Writes a resource that is put together.
    fn write(&mut self, stored: &Stored, size: u64) -> Result<ResourceHeader> {
        let (offset, size_in_wim) = (self.output.position(), stored.bytes.len() as u64);
        let flags = if stored.is_compressed { ResourceFlags::COMPRESSED } else { ResourceFlags::NONE };
        self.output.write(&stored.bytes)?;
        Ok(ResourceHeader { offset, size_in_wim, uncompressed_size: size, flags })
    }

    /// Writes chunks of the large blob; with the last ones comes its hash.
    fn add_chunks(&mut self, chunks: &Batch, hash: Option<Sha1Hash>) -> Result<()> {
        let resources = NewResources { worker: self.worker, hash };
        let mut complete = None;
        self.assembler.add(chunks, &resources, self.output, |_, resource| complete = Some(resource))?;
        if let Some((hash, resource)) = hash.zip(complete) {
            self.is_written(hash, resource);
        }
        Ok(())
    }

    /// Writes bytes of the large blob as they are; with the last ones comes its hash.
    fn add_raw(&mut self, blob: usize, bytes: &[u8], hash: Option<Sha1Hash>) -> Result<()> {
        self.output.write(bytes)?;
        if let Some(hash) = hash {
            let size = self.worker.sizes.get(blob);
            self.is_written(hash, ResourceHeader::stored(self.large.start, size, ResourceFlags::NONE));
        }
        Ok(())
    }

    fn is_written(&mut self, hash: Sha1Hash, resource: ResourceHeader) {
        let (size, location) = (resource.uncompressed_size, BlobLocation::Resource(resource));
        self.worker.known.add(Blob { hash, size, reference_count: 0, part: 1, location });
    }
}

/// New blobs as an assembler sees them; the hash is that of the one that is complete.
struct NewResources<'a> {
    worker: &'a Worker<'a>,
    hash: Option<Sha1Hash>,
}

impl Resources for NewResources<'_> {
    fn size(&self, item: usize) -> u64 {
        self.worker.sizes.get(item)
    }

    fn flags(&self, _: usize) -> ResourceFlags {
        ResourceFlags::NONE
    }

    fn hash(&self, _: usize) -> Sha1Hash {
        self.hash.unwrap_or(Sha1Hash::ZERO)
    }

    fn read(&self, item: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let blob: &NewBlob = &self.worker.blobs[item];
        let hash = blob.read_pieces(sink)?;
        if self.hash == Some(hash) { Ok(()) } else { Err(blob.changed()) }
    }
}
