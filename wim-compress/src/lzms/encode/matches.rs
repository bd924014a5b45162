//! The LZ matches of a chunk, as they go from the match finder to a parser.

use alloc::vec::Vec;

use crate::matchfinder::lcp_interval::{Cells, Intervals};

/// Positions in a batch.
const BATCH: usize = 2048;

/// An LZ match.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Match {
    pub(super) length: u32,
    pub(super) offset: u32,
}

/// The matches of a run of positions: plain data, which may come from another thread.
#[derive(Default)]
pub(super) struct Batch {
    /// The first position.
    start: usize,
    /// Where each position's matches end.
    ends: Vec<u32>,
    matches: Vec<Match>,
}

impl Batch {
    /// The position after the last one.
    pub(super) fn end(&self) -> usize {
        self.start + self.ends.len()
    }

    /// The matches of a position in the batch: the longest first, each further one shorter and nearer.
    #[inline(always)]
    pub(super) fn get(&self, pos: usize) -> &[Match] {
        let index = pos - self.start;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.matches[start as usize..self.ends[index] as usize]
    }
}

/// Fills batches from the LCP intervals, strictly in order.
pub(super) struct Walk<'a, C> {
    intervals: &'a mut Intervals<C>,
    next: usize,
    len: usize,
}

impl<'a, C: Cells> Walk<'a, C> {
    /// The walk through the tree of a text of `len` bytes.
    pub(super) fn new(intervals: &'a mut Intervals<C>, len: usize) -> Self {
        Self { intervals, next: 0, len }
    }

    /// Puts the matches of the next positions into `batch`.
    pub(super) fn fill(&mut self, batch: &mut Batch) {
        batch.start = self.next;
        batch.ends.clear();
        batch.matches.clear();
        let end = self.len.min(self.next + BATCH);
        for pos in self.next..end {
            self.intervals.pass(pos, |length, offset| {
                batch.matches.push(Match { length: length as u32, offset: offset as u32 });
            });
            batch.ends.push(batch.matches.len() as u32);
        }
        self.next = end;
    }
}
