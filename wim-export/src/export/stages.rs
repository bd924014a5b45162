//! Compressing a large LZMS chunk: one stage finds its matches, the other chooses among them, on two threads if there is one
//! to help.
//!
//! An archive may have no more than one or two chunks of 64 MiB, so that chunks alone do not keep all cores at work; and each
//! chunk under way takes more than half a gigabyte of memory, which there may not be for every thread. So a thread that has
//! no chunk helps one that has. As long as there are chunks to begin with, nobody helps: two threads at two chunks are
//! faster than at one, where one of them has to wait while the other sorts.
//!
//! The chunk's own memory goes when the compressor has taken it over, and the compressor's when the chunk is compressed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Mutex, PoisonError};

use wim_compress::lzms::{LzmsBatch, LzmsCompressor, LzmsMatches, LzmsParse};
use wim_compress::{Compressor, Level};

use crate::workers::{Workers, with_help};

/// Batches of matches that wait for the second thread.
const WAITING: usize = 32;

/// The bytes of memory that help takes: the batches that wait, and one at each end.
pub(crate) const HELP_MEMORY: u64 = ((WAITING + 2) * LzmsBatch::MEMORY) as u64;

/// Whether threads that have no chunk may help with one.
pub(super) struct Help {
    /// Whether there are other threads at all.
    is_possible: bool,
    /// Chunks that are not begun yet.
    waiting: AtomicU64,
}

impl Help {
    /// For `chunks` chunks in all.
    pub(super) fn new(workers: &Workers, chunks: u64) -> Self {
        // If memory keeps some threads from having chunks, these help from the start.
        let waiting = if workers.large_chunks() < workers.threads() { 0 } else { chunks };
        Self { is_possible: workers.threads() > 1, waiting: waiting.into() }
    }

    fn begin_chunk(&self) {
        let _ = self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| waiting.checked_sub(1));
    }

    fn is_welcome(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0
    }
}

/// Compresses `chunk`, or gives it back if it does not shrink. What comes out does not depend on who helps.
pub(super) fn compress(chunk: Vec<u8>, chunk_size: u32, level: Level, help: &Help) -> Result<Vec<u8>, Vec<u8>> {
    help.begin_chunk();
    let mut compressor = LzmsCompressor::new(chunk_size, level);
    let room = chunk.len().saturating_sub(1);
    let Some((matches, parse)) = compressor.stages(&chunk) else {
        // The fast levels have a single stage; and there are chunks that are bound not to shrink.
        let mut encoded = vec![0; room];
        return match compressor.compress(&chunk, &mut encoded) {
            Some(len) => Ok(shortened(encoded, len)),
            None => Err(chunk),
        };
    };
    drop(chunk);
    let mut encoded = vec![0; room];
    let len =
        if help.is_possible { run(matches, parse, &mut encoded, help) } else { alone(matches, parse, &mut encoded) };
    match len {
        Some(len) => Ok(shortened(encoded, len)),
        None => Err(compressor.into_chunk()),
    }
}

fn shortened(mut bytes: Vec<u8>, len: usize) -> Vec<u8> {
    bytes.truncate(len);
    bytes
}

fn alone(mut matches: LzmsMatches<'_>, parse: LzmsParse<'_>, dst: &mut [u8]) -> Option<usize> {
    parse.run(dst, |batch| matches.fill(batch))
}

fn run(matches: LzmsMatches<'_>, parse: LzmsParse<'_>, dst: &mut [u8], help: &Help) -> Option<usize> {
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
    with_help(find, move |ask| {
        let len = parse.run(dst, |batch| {
            if help.is_welcome() {
                ask();
            }
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

    fn text(len: u32) -> Vec<u8> {
        (0..len).flat_map(|i| (i / 3 * 7 % 4099).to_le_bytes()).collect()
    }

    #[test]
    fn two_threads_make_what_one_makes() {
        let (data, workers) = (text(200_000), Workers::new(2).unwrap());
        for level in [10, 50, 100].map(|level| Level::new(level).expect("a level")) {
            let mut one = vec![0; data.len()];
            let size = LzmsCompressor::new(1 << 20, level).compress(&data, &mut one).unwrap();
            for (workers, chunks) in [(&Workers::new(1).unwrap(), 1), (&workers, 1), (&workers, 2)] {
                let help = Help::new(workers, chunks);
                workers.crew(|crew| {
                    let mut window = crew.window(2);
                    for _ in 0..2 {
                        let data = data.clone();
                        let help = &help;
                        window.start(move || compress(data, 1 << 20, level, help));
                    }
                    while let Some(encoded) = window.take() {
                        assert!(encoded.unwrap().unwrap() == one[..size]);
                    }
                });
            }
        }
    }

    #[test]
    fn a_chunk_that_does_not_shrink_comes_back() {
        // Bytes without a pattern, but for some that let it look as if there were one.
        let mut state = 1_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        let data: Vec<u8> = (0..300_000).map(|_| noise()).collect();
        let workers = Workers::new(1).unwrap();
        for level in [10, 50, 100].map(|level| Level::new(level).expect("a level")) {
            let back = compress(data.clone(), 1 << 20, level, &Help::new(&workers, 1));
            assert!(back.is_err_and(|back| back == data));
        }
    }
}
