//! Hash chains: positions whose first four bytes hash alike, linked from the latest to the earliest.
//!
//! Cheaper by far than the suffix array, and good enough for parsers that look at a few candidates for each position. A table of
//! the latest position of each three bytes adds the short matches, which are worth their offset only when they are near.

use alloc::vec;
use alloc::vec::Vec;

use super::text::Text;

/// A match of three bytes, which is in no chain.
const THREE: usize = 3;

/// The low three bytes of four.
const THREE_BYTES: u32 = 0x00FF_FFFF;

/// Slots of the table of three bytes.
const SLOTS_OF_THREE: usize = 1 << 14;

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Effort {
    /// Candidates that are looked at for each position.
    pub(super) depth: usize,
    /// A match this long is taken without looking further.
    pub(super) nice: usize,
}

/// The chains of a text; zero stands for no position, so nothing matches the very first byte.
pub(super) struct Chains {
    heads: Vec<u32>,
    latest_of_three: Vec<u32>,
    /// For each position, the one before it in its chain.
    previous: Vec<u32>,
}

impl Chains {
    /// Chains of the largest table.
    const MAX_HEADS: usize = 1 << 18;

    fn heads(chunk_size: usize) -> usize {
        (chunk_size / 2).next_power_of_two().min(Self::MAX_HEADS)
    }

    /// The bytes of memory for texts of up to `chunk_size` bytes.
    pub(super) fn memory(chunk_size: usize) -> usize {
        (chunk_size + Self::heads(chunk_size) + SLOTS_OF_THREE) * size_of::<u32>()
    }

    pub(super) fn new(chunk_size: usize) -> Self {
        Self {
            heads: vec![0; Self::heads(chunk_size)],
            latest_of_three: vec![0; SLOTS_OF_THREE],
            previous: vec![0; chunk_size],
        }
    }

    /// The links, which are idle until [`Chains::reset`], as room for others.
    pub(super) fn lend(&mut self) -> &mut [u32] {
        &mut self.previous
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.heads.fill(0);
        self.latest_of_three.fill(0);
    }

    /// Inserts the positions from `from` up to `to`.
    pub(super) fn skip(&mut self, text: Text<'_>, from: usize, to: usize) {
        for pos in from..to {
            self.insert(text, pos);
        }
    }

    /// Inserts a position; returns what was before it in its chain, and the latest one with the same three bytes.
    #[inline(always)]
    fn insert(&mut self, text: Text<'_>, pos: usize) -> (usize, usize) {
        let start = text.half_word(pos);
        let slots = self.heads.len();
        let head = &mut self.heads[slot(start, slots)];
        let latest = core::mem::replace(head, pos as u32);
        self.previous[pos] = latest;
        let of_three = &mut self.latest_of_three[slot(start & THREE_BYTES, SLOTS_OF_THREE)];
        let of_three = core::mem::replace(of_three, pos as u32);
        (latest as usize, of_three as usize)
    }

    /// Inserts a position and reports its matches as `found(length, offset)`, each longer than the one before and at most `max`.
    #[inline(always)]
    pub(super) fn find(
        &mut self,
        text: Text<'_>,
        pos: usize,
        max: usize,
        effort: Effort,
        mut found: impl FnMut(usize, usize),
    ) {
        let (mut next, of_three) = self.insert(text, pos);
        if max <= THREE {
            return;
        }
        let start = text.half_word(pos);
        if of_three != 0 && (text.half_word(of_three) ^ start) & THREE_BYTES == 0 {
            found(THREE, pos - of_three);
        }
        let mut best = THREE;
        for _ in 0..effort.depth {
            if next == 0 {
                return;
            }
            let candidate = next;
            next = self.previous[candidate] as usize;
            // The bytes that would make it longer than the best one reject nearly all candidates.
            let end = best - THREE;
            if text.half_word(candidate + end) != text.half_word(pos + end) || text.half_word(candidate) != start {
                continue;
            }
            let length = text.match_length(pos, pos - candidate, max);
            if length > best {
                best = length;
                found(length, pos - candidate);
                if length >= effort.nice.min(max) {
                    return;
                }
            }
        }
    }
}

/// The slot of some bytes in a table of `slots`, a power of two.
#[inline(always)]
fn slot(bytes: u32, slots: usize) -> usize {
    (u64::from(bytes).wrapping_mul(0x9_E377_9B97_F4A7) >> 32) as usize & (slots - 1)
}
