//! The walk through the LCP intervals for LZ matches, in batches.

use super::matches::{LzmsBatch, Match};
use super::text::Text;
use crate::lzms::tables::offset_slot;
use crate::matchfinder::lcp_interval::{AHEAD, Cells, Intervals};

/// The way through a text, from its first position to its last.
pub(super) struct Walk<'a, C> {
    pub(super) text: Text<'a>,
    pub(super) intervals: &'a mut Intervals<C>,
    /// A match of so many bytes is all that a position needs.
    pub(super) nice: usize,
    /// The next position.
    pub(super) next: usize,
}

impl<C: Cells> Walk<'_, C> {
    /// Puts the LZ matches of the next positions into `batch`.
    pub(super) fn fill(&mut self, batch: &mut LzmsBatch) {
        batch.restart(self.next);
        while self.next < self.text.len() && !batch.is_full() {
            let end = self.text.len().min(self.next + AHEAD);
            self.intervals.look_ahead(self.next..end);
            let start = self.next;
            while self.next < end && !batch.is_full() {
                self.pass(batch);
            }
            self.load_tails(start, batch);
            for pos in start..self.next {
                let tail = self.tail(pos, batch.lz_at(pos));
                batch.tails.push(tail);
            }
        }
    }

    #[inline(always)]
    fn pass(&mut self, batch: &mut LzmsBatch) {
        let (nice, lz) = (self.nice as u32, &mut batch.lz);
        let mut longest = 0;
        self.intervals.pass(self.next, |length, offset| {
            let (length, offset) = (length as u32, offset as u32);
            // Whoever takes a nice match does not ask for others.
            if longest < nice {
                lz.push(Match { offset, length: length as u16, slot: offset_slot(offset) as u16 });
            }
            longest = longest.max(length);
        });
        lz.end_list();
        self.next += 1;
    }

    /// Loads where the longest matches end, so that the waits for it overlap.
    #[inline(always)]
    fn load_tails(&self, start: usize, batch: &LzmsBatch) {
        let end = |pos: usize| {
            let Match { offset, length, .. } = *batch.lz_at(pos).first()?;
            Some(self.text.byte(pos + usize::from(length) + 1 - offset as usize))
        };
        core::hint::black_box((start..self.next).fold(0, |seen, pos| seen ^ end(pos).unwrap_or(0)));
    }

    /// The length of the match that goes on when the longest one has ended with a byte that differs.
    #[inline(always)]
    fn tail(&self, pos: usize, matches: &[Match]) -> u8 {
        let Some(&Match { offset, length, .. }) = matches.first() else { return 0 };
        let at = pos + usize::from(length) + 1;
        if usize::from(length) >= self.nice || at > self.text.len() {
            return 0;
        }
        self.text.match_length(at, offset as usize, (self.text.len() - at).min(self.nice)) as u8
    }
}
