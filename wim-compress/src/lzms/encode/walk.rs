//! The walk through the LCP intervals for LZ matches, in batches.

use core::ops::Range;

use super::chains::{Chains, Effort};
use super::matches::{LzmsBatch, Match};
use super::text::Text;
use crate::lzms::tables::offset_slot;
use crate::matchfinder::lcp_interval::{AHEAD, Cells, Intervals, MAX_LCP};

/// Texts up to this length have a tree that is mostly in the cache anyway.
const IN_CACHE: usize = 1 << 18;

/// The way through a text, from its first position to its last.
pub(super) struct Walk<'a, C> {
    pub(super) text: Text<'a>,
    pub(super) intervals: &'a mut Intervals<C>,
    /// A match of so many bytes is all that a position needs.
    pub(super) nice: usize,
}

impl<C: Cells> Walk<'_, C> {
    /// Adds the LZ matches of the next positions to an empty batch.
    pub(super) fn fill(&mut self, batch: &mut LzmsBatch) {
        let mut next = batch.end();
        while next < self.text.len() && !batch.is_full() {
            let (start, end) = (next, self.text.len().min(next + AHEAD));
            if self.text.len() > IN_CACHE {
                self.intervals.look_ahead(start..end);
            }
            while next < end && !batch.is_full() {
                self.pass(next, batch);
                next += 1;
            }
            add_tails(self.text, start..next, self.nice, batch);
        }
    }

    #[inline(always)]
    fn pass(&mut self, pos: usize, batch: &mut LzmsBatch) {
        let (nice, lz) = (self.nice as u32, &mut batch.lz);
        let mut longest = 0;
        self.intervals.pass(pos, |length, offset| {
            let (length, offset) = (length as u32, offset as u32);
            // Whoever takes a nice match does not ask for others.
            if longest < nice {
                lz.push(Match { offset, length: length as u16, slot: offset_slot(offset) as u16 });
            }
            longest = longest.max(length);
        });
        lz.end_list();
    }
}

/// Adds the LZ matches of the next positions, as chains have them, to an empty batch; how the longest ones go on is not looked at.
pub(super) fn fill_from_chains(text: Text<'_>, chains: &mut Chains, effort: Effort, batch: &mut LzmsBatch) {
    let mut next = batch.end();
    while next < text.len() && !batch.is_full() {
        let max = (text.len() - next).min(MAX_LCP);
        chains.find(text, next, max, effort, |length, offset| {
            let offset = offset as u32;
            batch.lz.push(Match { offset, length: length as u16, slot: offset_slot(offset) as u16 });
        });
        batch.lz.end_reversed_list();
        batch.tails.push(0);
        next += 1;
    }
}

/// Adds how the longest matches of these positions go on to the batch that has them.
fn add_tails(text: Text<'_>, positions: Range<usize>, nice: usize, batch: &mut LzmsBatch) {
    if text.len() > IN_CACHE {
        // Loads where they end first, so that the waits for it overlap.
        let end = |pos: usize| {
            let Match { offset, length, .. } = *batch.lz_at(pos).first()?;
            Some(text.byte(pos + usize::from(length) + 1 - offset as usize))
        };
        core::hint::black_box(positions.clone().fold(0, |seen, pos| seen ^ end(pos).unwrap_or(0)));
    }
    for pos in positions {
        let tail = batch.lz_at(pos).first().map_or(0, |longest| tail(text, pos, longest, nice));
        batch.tails.push(tail);
    }
}

/// The length of the match that goes on when the longest one has ended with a byte that differs.
#[inline(always)]
fn tail(text: Text<'_>, pos: usize, longest: &Match, nice: usize) -> u8 {
    let at = pos + usize::from(longest.length) + 1;
    if usize::from(longest.length) >= nice || at > text.len() {
        return 0;
    }
    text.match_length(at, longest.offset as usize, (text.len() - at).min(nice)) as u8
}
