//! What a thread does with a job: read, hash, compress.

use std::ops::Range;

use wim_format::{ChunkTableBuilder, Sha1Hash};

use super::Known;
use super::job::{Job, Sizes, WHOLE};
use crate::decode::Buffers;
use crate::export::{Batch, ChunkCoding, ChunkNote, Encoders};
use crate::hash::sha1;
use crate::workers::Workers;
use crate::{NewBlob, Result};

/// Jobs under way for each thread.
pub(super) const JOBS_A_THREAD: usize = 4;

/// Bytes that these occupy at most, beside compressors: what was read, and what became of it.
pub(super) fn memory(chunk_size: u32) -> u64 {
    JOBS_A_THREAD as u64 * 2 * WHOLE.max(chunk_size.into())
}

/// What the threads work with; it outlives them.
pub(super) struct Worker<'a> {
    pub(super) blobs: &'a [NewBlob],
    pub(super) sizes: &'a Sizes,
    pub(super) known: &'a Known<'a>,
    pub(super) chunk_size: u32,
    encoders: Option<Encoders>,
    pub(super) buffers: Buffers,
}

/// What a job came to.
pub(super) enum Done {
    /// Blobs of a group, from number `first` on.
    Whole { first: usize, blobs: Vec<Measured> },
    /// Some bytes of a large blob, and, unless they are stored as they are, the chunks that they make.
    Piece { blob: usize, range: Range<u64>, bytes: Vec<u8>, chunks: Option<Batch> },
    /// A large blob that may be there already.
    Hashed { blob: usize, hash: Sha1Hash },
}

/// A blob that was read.
pub(super) struct Measured {
    pub(super) hash: Sha1Hash,
    /// How it is stored; `None` if it is known already.
    pub(super) stored: Option<Stored>,
}

/// A resource.
pub(super) struct Stored {
    pub(super) bytes: Vec<u8>,
    pub(super) is_compressed: bool,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        blobs: &'a [NewBlob],
        sizes: &'a Sizes,
        known: &'a Known<'a>,
        coding: &ChunkCoding,
        workers: &Workers,
    ) -> Self {
        // There are no large chunks, so their number does not matter.
        let (encoders, chunk_size, buffers) = (Encoders::of(coding, workers, 0), coding.chunk_size, Buffers::default());
        Self { blobs, sizes, known, chunk_size, encoders, buffers }
    }

    pub(super) fn work(&self, job: Job) -> Result<Done> {
        match job {
            Job::Whole(blobs) => {
                let first = blobs.start;
                Ok(Done::Whole { first, blobs: blobs.map(|blob| self.whole(blob)).collect::<Result<_>>()? })
            }
            Job::Piece { blob, range } => self.piece(blob, range),
            Job::Hash(blob) => Ok(Done::Hashed { blob, hash: self.blobs[blob].measure()?.1 }),
        }
    }

    fn whole(&self, blob: usize) -> Result<Measured> {
        let size = self.sizes.get(blob) as usize;
        if size == 0 {
            return Ok(Measured { hash: Sha1Hash::ZERO, stored: None });
        }
        if let Some(bytes) = self.blobs[blob].as_slice() {
            return self.measured(blob, bytes);
        }
        let mut buffer = self.buffers.take(size);
        self.blobs[blob].read_exact_at(&mut buffer[..size], 0)?;
        let measured = self.measured(blob, &buffer[..size]);
        self.buffers.put(buffer);
        measured
    }

    fn measured(&self, blob: usize, bytes: &[u8]) -> Result<Measured> {
        let hash = sha1(bytes);
        let stored = if self.known.has(&hash) { None } else { Some(self.stored(blob, bytes)?) };
        Ok(Measured { hash, stored })
    }

    /// A blob's resource: chunk table and chunks, or the bytes as they are if that is not larger.
    fn stored(&self, blob: usize, bytes: &[u8]) -> Result<Stored> {
        if let Some(encoders) = &self.encoders {
            let batch = encoders.compress_chunks(&self.notes(blob, bytes.len()), bytes)?;
            let mut table = ChunkTableBuilder::new(bytes.len() as u64, self.chunk_size);
            batch.chunks.iter().for_each(|chunk| table.push(chunk.stored as u32));
            if table.encoded_len() + table.stored_size() < bytes.len() as u64 {
                let mut stored = table.to_bytes();
                stored.extend_from_slice(&batch.bytes);
                return Ok(Stored { bytes: stored, is_compressed: true });
            }
        }
        Ok(Stored { bytes: bytes.to_vec(), is_compressed: false })
    }

    fn piece(&self, blob: usize, range: Range<u64>) -> Result<Done> {
        let size = (range.end - range.start) as usize;
        let mut bytes = self.buffers.take(size);
        self.blobs[blob].read_exact_at(&mut bytes[..size], range.start)?;
        let encode = |encoders: &Encoders| encoders.compress_chunks(&self.notes(blob, size), &bytes[..size]);
        let chunks = self.encoders.as_ref().map(encode).transpose()?;
        Ok(Done::Piece { blob, range, bytes, chunks })
    }

    /// The chunks that so many bytes of a blob make.
    fn notes(&self, item: usize, bytes: usize) -> Vec<ChunkNote> {
        let chunk_size = self.chunk_size as usize;
        let sizes = (0..bytes).step_by(chunk_size).map(|at| chunk_size.min(bytes - at));
        sizes.map(|size| ChunkNote { item, size, stored: size }).collect()
    }
}
