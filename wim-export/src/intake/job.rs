//! Cutting new data into jobs.

use std::collections::HashMap;
use std::ops::Range;

use wim_format::BlobTable;

use crate::{ArchiveDraft, NewBlob, Result};

/// A blob up to this size is read, hashed and compressed by one thread.
pub(super) const WHOLE: u64 = 1 << 20;
/// Bytes of a group of blobs, and of a piece of a large one, unless a chunk is larger.
const JOB_BYTES: u64 = 256 << 10;
/// Blobs of a group.
const GROUP: usize = 64;

/// What one thread does in one go.
pub(super) enum Job {
    /// Some whole blobs.
    Whole(Range<usize>),
    /// Bytes of a large blob.
    Piece { blob: usize, range: Range<u64> },
    /// Hashing a large blob that may be there already.
    Hash(usize),
}

/// How large each blob is.
pub(super) struct Sizes {
    sizes: Vec<u64>,
    /// How many blobs there are of each size, of large ones.
    large: HashMap<u64, usize>,
}

impl Sizes {
    /// Of new `blobs`, beside those that `draft` and `written` have already.
    pub(super) fn of(blobs: &[NewBlob], draft: &ArchiveDraft, written: &BlobTable) -> Result<Self> {
        let sizes = blobs.iter().map(NewBlob::size).collect::<Result<Vec<u64>>>()?;
        let mut large: HashMap<u64, usize> = HashMap::new();
        for &size in sizes.iter().filter(|&&size| size > WHOLE) {
            *large.entry(size).or_default() += 1;
        }
        if !large.is_empty() {
            let there = written.blobs().iter().map(|blob| blob.size).chain(draft.sizes());
            there.filter(|&size| size > WHOLE).for_each(|size| *large.entry(size).or_default() += 1);
        }
        Ok(Self { sizes, large })
    }

    pub(super) fn get(&self, blob: usize) -> u64 {
        self.sizes[blob]
    }

    pub(super) fn total(&self) -> u64 {
        self.sizes.iter().copied().fold(0, u64::saturating_add)
    }

    /// Whether another blob may be equal to this large one.
    fn is_shared(&self, size: u64) -> bool {
        self.large.get(&size).is_some_and(|&count| count > 1)
    }
}

/// The jobs, in order.
pub(super) struct Jobs<'a> {
    sizes: &'a Sizes,
    /// Bytes of a piece: whole chunks.
    piece: u64,
    next: usize,
    /// How much of the next blob, a large one, is in jobs already.
    done: u64,
}

impl<'a> Jobs<'a> {
    pub(super) fn new(sizes: &'a Sizes, chunk_size: u32) -> Self {
        // Chunk sizes are powers of two.
        Self { sizes, piece: JOB_BYTES.max(chunk_size.into()), next: 0, done: 0 }
    }

    fn group(&mut self) -> Job {
        let (start, mut bytes) = (self.next, 0);
        for &size in self.sizes.sizes[start..].iter().take(GROUP) {
            bytes += size;
            if size > WHOLE || (bytes > JOB_BYTES && self.next > start) {
                break;
            }
            self.next += 1;
        }
        Job::Whole(start..self.next)
    }

    fn piece(&mut self, size: u64) -> Job {
        let (blob, range) = (self.next, self.done..size.min(self.done + self.piece));
        self.done = range.end;
        if range.end == size {
            (self.next, self.done) = (self.next + 1, 0);
        }
        Job::Piece { blob, range }
    }
}

impl Iterator for Jobs<'_> {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        let &size = self.sizes.sizes.get(self.next)?;
        Some(match size {
            _ if size <= WHOLE => self.group(),
            _ if self.sizes.is_shared(size) => {
                self.next += 1;
                Job::Hash(self.next - 1)
            }
            _ => self.piece(size),
        })
    }
}
