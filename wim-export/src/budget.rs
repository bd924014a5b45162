//! How much memory a run needs, and so how many threads a budget allows.
//!
//! A budget changes how many threads work, never what they make: chunks, and with them the output, stay the same.

use std::num::NonZeroUsize;

use wim_compress::Codec;
use wim_format::{BlobLocation, Compression, SolidResource};

use crate::archive::Extent;
use crate::decode::codec;
use crate::export::{ChunkCoding, Coding, HELP_MEMORY, ItemWork, is_large};
use crate::pipeline::{Item, LARGE_CHUNK, MAX_JOB_MEMORY};
use crate::workers::Workers;
use crate::{Action, Archive, Error, Result};

/// Bytes that any run needs for itself: buffers of the output and of what is being put together.
const FIXED: u64 = 8 << 20;

/// What a run needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Need {
    /// However many threads there are.
    fixed: u64,
    /// For each thread.
    per_thread: u64,
    /// If there are several threads: a job that waits.
    waiting: u64,
    /// For each large chunk that is compressed at a time: one a thread, or fewer, at which several work.
    per_large_chunk: u64,
    /// What the archive's limits allow.
    limit: Option<u64>,
}

impl Need {
    /// What going through `items` needs: a decoder a thread, and the jobs that are under way.
    pub(crate) fn decoding(archive: &Archive, items: &[Item]) -> Self {
        let mut need = Self { fixed: FIXED, limit: archive.limits().memory, ..Self::default() };
        for item in items {
            let volume = archive.volume(item.volume);
            let (compression, chunk_size, size, size_in_wim) = match item.blob.location {
                BlobLocation::Resource(resource) if resource.is_compressed() => {
                    let header = &volume.header;
                    (header.compression(), header.chunk_size, item.blob.size, resource.size_in_wim)
                }
                BlobLocation::Resource(_) => (Compression::None, 0, 0, 0),
                BlobLocation::Solid { resource, .. } => {
                    let SolidResource { resource, header, .. } = volume.table.solid_resources()[resource as usize];
                    (header.compression, header.chunk_size, header.uncompressed_size, resource.size_in_wim)
                }
            };
            // No chunk is larger than what is cut into chunks.
            let chunk = u64::from(chunk_size).min(size);
            let job = if chunk_size >= LARGE_CHUNK { chunk + size_in_wim.min(chunk) } else { 2 * MAX_JOB_MEMORY };
            let decoder = codec(compression).map_or(0, |codec| codec.decompressor_memory(chunk_size));
            let per_thread = decoder + job;
            if per_thread > need.per_thread {
                // Of large jobs one more than threads is under way.
                need = Self { waiting: if chunk_size >= LARGE_CHUNK { job } else { 0 }, per_thread, ..need };
            }
        }
        need
    }

    /// What an export of `items` needs: decoding, and compressing anew where that is planned.
    pub(crate) fn exporting(archive: &Archive, items: &[Item], actions: &[Action], coding: &Coding) -> Self {
        if (ItemWork { archive, items, actions, coding }).is_unchecked() {
            return Self { fixed: FIXED, ..Self::default() };
        }
        let mut need = Self::decoding(archive, items);
        for (action, coding) in [(Action::Encode, &coding.plain), (Action::Solid, &coding.solid)] {
            if let Some(codec) = codec(coding.compression).filter(|_| actions.contains(&action)) {
                let is_large = is_large(codec, coding.chunk_size);
                *(if is_large { &mut need.per_large_chunk } else { &mut need.per_thread }) += encoding(codec, coding);
            }
        }
        need
    }

    /// What hashing, compressing and writing new data in one go needs.
    pub(crate) fn adding(coding: &ChunkCoding, job: u64) -> Self {
        let encoding = codec(coding.compression).map_or(0, |codec| encoding(codec, coding));
        Self { fixed: FIXED, per_thread: encoding + job, ..Self::default() }
    }

    /// What reading here and there in `extent` needs: a chunk, what it is decoded from, and a decoder.
    pub(crate) fn reading(extent: &Extent) -> Self {
        let (compression, chunk_size) = extent.codec();
        let decoder = codec(compression).map_or(0, |codec| codec.decompressor_memory(chunk_size));
        let (chunk, stored) = (extent.largest_piece(), extent.largest_piece().min(extent.resource.size_in_wim));
        Self { fixed: chunk.saturating_add(stored).saturating_add(decoder), ..Self::default() }
    }

    /// Checks that `budget` suffices, whatever the number of threads.
    pub(crate) fn check(&self, budget: Option<u64>) -> Result<()> {
        match budget {
            Some(budget) if self.fixed > budget => {
                Err(Error::Memory { what: "reading a file", needed: self.fixed, budget })
            }
            _ => Ok(()),
        }
    }

    /// As many threads as were asked for, or as the budget allows. There may be two: that of the run, and that of the archive's
    /// limits.
    pub(crate) fn workers(&self, threads: Option<NonZeroUsize>, budget: Option<u64>) -> Result<Workers> {
        let budget = budget.into_iter().chain(self.limit).min();
        let asked = Workers::threads_for(threads);
        let Some(budget) = budget else { return Workers::new(asked) };
        // Threads first: those without a chunk of their own help with others.
        let threads = (1..=asked).rev().find(|&threads| self.of(threads, 1) <= budget);
        let Some(threads) = threads else {
            return Err(Error::Memory { what: "one thread", needed: self.of(1, 1), budget });
        };
        let large_chunks = (1..=threads).rev().find(|&chunks| self.of(threads, chunks) <= budget);
        Ok(Workers::new(threads)?.with_large_chunks(large_chunks.unwrap_or(1)))
    }

    /// What so many threads need, with so many large chunks.
    fn of(&self, threads: usize, large_chunks: usize) -> u64 {
        let times = |bytes: u64, count: usize| bytes.saturating_mul(count as u64);
        let waiting = if threads > 1 { self.waiting } else { 0 };
        let of_threads = self.fixed.saturating_add(waiting).saturating_add(times(self.per_thread, threads));
        of_threads.saturating_add(times(self.per_large_chunk, large_chunks))
    }
}

/// A compressor, one to check its work, and the chunks on their way.
fn encoding(codec: Codec, coding: &ChunkCoding) -> u64 {
    let chunk_size = u64::from(coding.chunk_size);
    let compressor = codec.compressor_memory(coding.chunk_size, coding.level);
    let checker = if coding.check { codec.decompressor_memory(coding.chunk_size) } else { 0 };
    if is_large(codec, coding.chunk_size) {
        // The chunk itself goes when the compressor has it, and comes again when the compressor is gone.
        return (compressor + HELP_MEMORY).max(checker + chunk_size) + chunk_size;
    }
    compressor + checker + if coding.check { chunk_size } else { 0 } + 4 * 2 * (1 << 19)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_means_fewer_threads_before_it_means_failure() {
        let need = Need { fixed: 10, per_thread: 100, ..Need::default() };
        let threads = |budget| need.workers(NonZeroUsize::new(4), budget).map(|workers| workers.threads());
        assert_eq!(threads(None).unwrap(), 4);
        assert_eq!(threads(Some(1000)).unwrap(), 4);
        assert_eq!(threads(Some(310)).unwrap(), 3);
        assert_eq!(threads(Some(110)).unwrap(), 1);
        assert!(matches!(threads(Some(109)), Err(Error::Memory { needed: 110, budget: 109, .. })));
    }

    #[test]
    fn a_single_thread_needs_no_job_that_waits() {
        let need = Need { fixed: 10, per_thread: 100, waiting: 50, ..Need::default() };
        let threads = |budget| need.workers(NonZeroUsize::new(4), Some(budget)).map(|workers| workers.threads());
        assert_eq!(threads(110).unwrap(), 1);
        assert_eq!(threads(259).unwrap(), 1);
        assert_eq!(threads(260).unwrap(), 2);
    }

    #[test]
    fn threads_help_where_there_is_no_memory_for_more_chunks() {
        let need = Need { fixed: 10, per_thread: 100, per_large_chunk: 1000, limit: Some(1 << 20), ..Need::default() };
        let workers = |budget| need.workers(NonZeroUsize::new(4), Some(budget));
        let made = |budget| workers(budget).map(|workers| (workers.threads(), workers.large_chunks())).unwrap();
        assert_eq!(made(4410), (4, 4));
        assert_eq!(made(4409), (4, 3));
        assert_eq!(made(1410), (4, 1));
        assert_eq!(made(1409), (3, 1));
        assert_eq!(made(1110), (1, 1));
        assert!(workers(1109).is_err());
    }
}
