//! Compressing one large LZMS chunk on two threads: one finds its matches, the other chooses among them.
//!
//! An archive may have no more than one or two chunks of 64 MiB, so that chunks alone do not keep all cores at work. And each
//! chunk under way takes more than half a gigabyte of memory: two threads at one chunk need half of what they need at two.

use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Mutex, PoisonError};

use wim_compress::lzms::{LzmsBatch, LzmsCompressor, LzmsMatches, LzmsParse};
use wim_compress::{Codec, Compressor, Level};

use crate::pipeline::LARGE_CHUNK;
use crate::workers::beside;

/// Batches of matches that wait for the second thread.
const WAITING: usize = 32;

/// An LZMS compressor whose stages run on two threads of a crew, if a second one has time. What it makes does not depend on
/// that.
pub(crate) struct StagedCompressor(LzmsCompressor);

impl StagedCompressor {
    /// The bytes of memory that it takes beyond those of the compressor itself: the batches that wait, and one at each end.
    pub(crate) const MEMORY: u64 = ((WAITING + 2) * LzmsBatch::MEMORY) as u64;

    /// Whether the chunks of an archive are worth a second thread each.
    pub(crate) fn suits(codec: Codec, chunk_size: u32) -> bool {
        codec == Codec::Lzms && chunk_size >= LARGE_CHUNK
    }

    pub(super) fn new(chunk_size: u32, level: Level) -> Self {
        Self(LzmsCompressor::new(chunk_size, level))
    }
}

impl Compressor for StagedCompressor {
    fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        match self.0.stages(src) {
            Some((matches, parse)) => run(matches, parse, dst),
            // The fast levels have a single stage.
            None => self.0.compress(src, dst),
        }
    }
}

fn run(matches: LzmsMatches<'_>, parse: LzmsParse<'_>, dst: &mut [u8]) -> Option<usize> {
    let (filled, next) = sync_channel::<LzmsBatch>(WAITING);
    let (used, empty) = channel::<LzmsBatch>();
    // Until another thread takes it over, this one finds the matches, too.
    let matches = &Mutex::new(Some(matches));
    let take_over = || matches.lock().unwrap_or_else(PoisonError::into_inner).take();
    let find = move || {
        let Some(mut matches) = take_over() else { return };
        let mut batch = LzmsBatch::new();
        // When nobody waits for matches any more, the chunk has been given up.
        while matches.fill(&mut batch) && filled.send(std::mem::take(&mut batch)).is_ok() {
            batch = empty.try_recv().unwrap_or_default();
        }
    };
    beside(find, move || {
        let len = parse.run(dst, |batch| {
            if let Some(matches) = &mut *matches.lock().unwrap_or_else(PoisonError::into_inner) {
                return matches.fill(batch);
            }
            let Ok(filled) = next.recv() else { return false };
            // It is not wanted back once all matches have been found.
            let _ = used.send(std::mem::replace(batch, filled));
            true
        });
        // Whoever comes too late finds nothing to do, and whoever goes on finding matches stops.
        drop((take_over(), next));
        len
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_make_what_one_makes() {
        let data: Vec<u8> = (0..200_000u32).flat_map(|i| (i / 3 * 7 % 4099).to_le_bytes()).collect();
        for level in [10, 50, 100].map(|level| Level::new(level).expect("a level")) {
            let (mut one, mut two) = (vec![0; data.len()], vec![0; data.len()]);
            let size = LzmsCompressor::new(1 << 20, level).compress(&data, &mut one);
            let mut staged = StagedCompressor::new(1 << 20, level);
            for _ in 0..2 {
                // One that is given up on the way leaves nothing behind.
                assert_eq!(staged.compress(&data, &mut two[..100]), None);
                assert_eq!(staged.compress(&data, &mut two), size);
                assert!(one == two);
            }
        }
    }
}
