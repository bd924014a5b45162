//! How much memory a run needs, and so how many threads a budget allows.
//!
//! A budget changes how many threads work, never what they make: chunks, and with them the output, stay the same.

use std::num::NonZeroUsize;

use wim_compress::Codec;
use wim_format::{BlobLocation, Compression};

use crate::decode::codec;
use crate::export::StagedCompressor;
use crate::export::{ChunkCoding, Coding, ItemWork};
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
}

impl Need {
    /// What going through `items` needs: a decoder a thread, and the jobs that are under way.
    pub(crate) fn decoding(archive: &Archive, items: &[Item]) -> Self {
        let mut need = Self { fixed: FIXED, per_thread: 0 };
        for item in items {
            let volume = archive.volume(item.volume);
            let (compression, chunk_size, size_in_wim) = match item.blob.location {
                BlobLocation::Resource(resource) if resource.is_compressed() => {
                    (volume.header.compression(), volume.header.chunk_size, resource.size_in_wim)
                }
                BlobLocation::Resource(_) => (Compression::None, 0, 0),
                BlobLocation::Solid { resource, .. } => {
                    let solid = &volume.table.solid_resources()[resource as usize];
                    (solid.header.compression, solid.header.chunk_size, solid.resource.size_in_wim)
                }
            };
            let chunk = u64::from(chunk_size);
            let job = if chunk_size >= LARGE_CHUNK { chunk + size_in_wim.min(chunk) } else { 2 * MAX_JOB_MEMORY };
            let decoder = codec(compression).map_or(0, |codec| codec.decompressor_memory(chunk_size));
            let per_thread = decoder + job;
            if per_thread > need.per_thread {
                // Of large jobs one more than threads is under way.
                need = Self { fixed: FIXED + if chunk_size >= LARGE_CHUNK { job } else { 0 }, per_thread };
            }
        }
        need
    }

    /// What an export of `items` needs: decoding, and compressing anew where that is planned.
    pub(crate) fn exporting(archive: &Archive, items: &[Item], actions: &[Action], coding: &Coding) -> Self {
        if (ItemWork { archive, items, actions, coding }).is_unchecked() {
            return Self { fixed: FIXED, per_thread: 0 };
        }
        let mut need = Self::decoding(archive, items);
        for (action, coding) in [(Action::Encode, &coding.plain), (Action::Solid, &coding.solid)] {
            if let Some(codec) = codec(coding.compression).filter(|_| actions.contains(&action)) {
                need.per_thread += encoding(codec, coding);
            }
        }
        need
    }

    /// As many threads as were asked for, or as the budget allows.
    pub(crate) fn workers(&self, threads: Option<NonZeroUsize>, budget: Option<u64>) -> Result<Workers> {
        let asked = Workers::threads_for(threads);
        let Some(budget) = budget else { return Workers::new(asked) };
        let allowed = budget.saturating_sub(self.fixed) / self.per_thread.max(1);
        let threads = usize::try_from(allowed).unwrap_or(usize::MAX).min(asked);
        if threads == 0 {
            let needed = self.fixed.saturating_add(self.per_thread);
            return Err(Error::Memory { what: "one thread", needed, budget });
        }
        Workers::new(threads)
    }
}

/// A compressor, one to check its work, and the chunks on their way.
fn encoding(codec: Codec, coding: &ChunkCoding) -> u64 {
    let chunk_size = coding.chunk_size;
    let checker = if coding.check { codec.decompressor_memory(chunk_size) + u64::from(chunk_size) } else { 0 };
    let (job, jobs) = if chunk_size >= LARGE_CHUNK { (u64::from(chunk_size), 1) } else { (1 << 19, 4) };
    let stages = if StagedCompressor::suits(codec, chunk_size) { StagedCompressor::MEMORY } else { 0 };
    codec.compressor_memory(chunk_size, coding.level) + stages + checker + 2 * job * jobs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_means_fewer_threads_before_it_means_failure() {
        let need = Need { fixed: 10, per_thread: 100 };
        let threads = |budget| need.workers(NonZeroUsize::new(4), budget).map(|workers| workers.threads());
        assert_eq!(threads(None).unwrap(), 4);
        assert_eq!(threads(Some(1000)).unwrap(), 4);
        assert_eq!(threads(Some(310)).unwrap(), 3);
        assert_eq!(threads(Some(110)).unwrap(), 1);
        assert!(matches!(threads(Some(109)), Err(Error::Memory { needed: 110, budget: 109, .. })));
    }
}
