//! Decoded chunks of solid resources that were read lately.
//!
//! A chunk of an ESD is 64 MiB, and decoding all of it takes a third of a second. Whoever reads here and there must not pay
//! that for each read: so a chunk is decoded only as far as it is wanted, and kept. A second read of the same chunk that goes
//! further decodes all of it, so that reading on and on never decodes a chunk more than twice.

use std::sync::{Arc, Mutex, PoisonError};

use wim_format::Limits;

use crate::Result;

/// Chunks smaller than this are decoded faster than it is worth keeping them.
pub(super) const LEAST_CHUNK: u32 = 256 << 10;

/// Bytes that are kept unless somebody says otherwise: two chunks of an ESD.
const DEFAULT_BUDGET: u64 = 128 << 20;

/// How many bytes to keep: as `asked`, but of a limited memory no more than half. The other half is for the next chunk, which
/// is no larger than one that is kept, and for what it is decoded from.
pub(super) fn budget(asked: Option<u64>, limits: &Limits) -> u64 {
    asked.unwrap_or(DEFAULT_BUDGET).min(limits.memory.map_or(u64::MAX, |memory| memory / 2))
}

/// Which chunk: the numbers of its volume, its solid resource, and itself.
pub(super) type Key = (usize, u32, u64);

/// The front of a decoded chunk: as many bytes as were decoded.
pub(super) type Front = Arc<Vec<u8>>;

/// A chunk that is being decoded or has been; whoever wants the same one waits.
type Slot = Arc<Mutex<Front>>;

/// Keeps the chunks used last, up to a number of bytes.
pub(super) struct ChunkCache {
    budget: u64,
    /// The one used last comes last; with each its bytes at most.
    slots: Mutex<Vec<(Key, u64, Slot)>>,
}

impl ChunkCache {
    pub(super) fn new(budget: u64) -> Self {
        Self { budget, slots: Mutex::default() }
    }

    /// Gives up all chunks.
    pub(super) fn clear(&self) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// At least the first `wanted` bytes of a chunk of `size` bytes. `decode` fills the front of a buffer, at least as far as
    /// it is told, and returns how far.
    pub(super) fn front(
        &self,
        key: Key,
        size: usize,
        wanted: usize,
        decode: impl FnOnce(&mut [u8], usize) -> Result<usize>,
    ) -> Result<Front> {
        let slot = self.slot(key, size as u64);
        let mut front = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if front.len() >= wanted {
            return Ok(front.clone());
        }
        let wanted = if front.is_empty() { wanted } else { size };
        // What it held is given up first: two of them need not be in memory at once.
        *front = Front::default();
        let mut bytes = vec![0; size];
        let decoded = decode(&mut bytes, wanted)?;
        bytes.truncate(decoded);
        *front = Arc::new(bytes);
        Ok(front.clone())
    }

    /// The slot of a chunk, which is now the one used last. Those used longest ago go, until the rest fits the budget.
    fn slot(&self, key: Key, size: u64) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|(known, ..)| *known == key).map(|position| slots.remove(position));
        let entry = known.unwrap_or_else(|| (key, size, Slot::default()));
        let slot = entry.2.clone();
        slots.push(entry);
        let mut total: u64 = slots.iter().map(|(_, size, _)| size).sum();
        while total > self.budget && !slots.is_empty() {
            total -= slots.remove(0).1;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// A cache, and how far each chunk was decoded each time.
    struct Log(ChunkCache, RefCell<Vec<(u64, usize)>>);

    impl Log {
        fn new(budget: u64) -> Self {
            Self(ChunkCache::new(budget), RefCell::default())
        }

        fn read(&self, chunk: u64, wanted: usize) {
            let decode = |bytes: &mut [u8], wanted: usize| {
                self.1.borrow_mut().push((chunk, wanted));
                bytes[..wanted].fill(chunk as u8);
                Ok(wanted)
            };
            let front = self.0.front((0, 0, chunk), 100, wanted, decode).unwrap();
            assert!(front.len() >= wanted && front.iter().all(|&byte| u64::from(byte) == chunk));
        }
    }

    #[test]
    fn a_chunk_is_decoded_as_far_as_wanted_then_whole_and_never_again() {
        let log = Log::new(1000);
        for wanted in [10, 5, 10, 11, 50, 100] {
            log.read(1, wanted);
        }
        assert_eq!(*log.1.borrow(), [(1, 10), (1, 100)]);
    }

    #[test]
    fn the_chunk_used_longest_ago_goes_first() {
        let log = Log::new(200);
        for chunk in [1, 2, 1, 3, 1, 2] {
            log.read(chunk, 100);
        }
        assert_eq!(*log.1.borrow(), [(1, 100), (2, 100), (3, 100), (2, 100)]);
    }

    #[test]
    fn without_a_budget_nothing_is_kept() {
        let log = Log::new(99);
        log.read(1, 10);
        log.read(1, 10);
        assert_eq!(log.1.borrow().len(), 2);
        assert!(log.0.slots.lock().unwrap().is_empty());
    }

    #[test]
    fn a_chunk_that_does_not_decode_fails_each_time() {
        let cache = ChunkCache::new(1000);
        for _ in 0..2 {
            assert!(cache.front((0, 0, 0), 100, 10, |_, _| Err(crate::Error::Cancelled)).is_err());
        }
    }
}
