//! Hash chains: the positions whose first four bytes hash alike, linked from the latest to the earliest.
//!
//! Three arrays: the head of each chain, the link of each position to the one before it, and a table of the latest position of
//! each three bytes, which has no links because only a near match of three bytes is worth its code.
//!
//! A candidate is first compared in the four bytes that end where it would become longer than the best match so far. This
//! rejects nearly all of them with one comparison; the next one confirms the first four bytes, where the hash may lie.

use alloc::boxed::Box;
use core::ops::Range;

use super::{HASHED, Heads, Position, Search, THREE_BYTES, Window};
use crate::boxed::zeroed;

/// Hash chains over chunks of up to `SIZE - SLACK` bytes, with `HEADS4` chains and `HEADS3` slots for three bytes; these three
/// numbers are powers of two.
pub(crate) struct HashChains<P, const SIZE: usize, const HEADS4: usize, const HEADS3: usize> {
    window: Window<SIZE>,
    heads4: Heads<P, HEADS4>,
    heads3: Heads<P, HEADS3>,
    /// The link of the position at the same index.
    previous: Box<[P; SIZE]>,
}

impl<P: Position, const SIZE: usize, const HEADS4: usize, const HEADS3: usize> HashChains<P, SIZE, HEADS4, HEADS3> {
    /// The bytes of memory that it takes.
    pub(crate) const MEMORY: usize = SIZE + (SIZE + HEADS4 + HEADS3) * size_of::<P>();

    pub(crate) fn new() -> Self {
        const { assert!(Window::<SIZE>::CAPACITY <= P::MAX_DATA) };
        Self { window: Window::new(), heads4: Heads::new(), heads3: Heads::new(), previous: zeroed() }
    }

    /// Forgets all positions and takes over the chunk `data`.
    pub(crate) fn load(&mut self, data: &[u8]) {
        self.window.load(data);
        self.heads4.reset(data.len());
        self.heads3.reset(data.len());
    }

    /// Inserts `pos` and reports its matches as `found(length, offset)`, each longer than the one before.
    #[inline(always)]
    pub(crate) fn find(&mut self, pos: usize, search: Search, mut found: impl FnMut(usize, usize)) {
        let max_len = search.max_len.min(self.window.len - pos);
        if max_len < HASHED {
            return;
        }
        let start = self.window.load32(pos);
        let (latest4, latest3) = self.insert(pos, start);
        if search.longer_than >= max_len {
            return;
        }
        let mut best = search.longer_than.max(HASHED - 1);
        if search.longer_than < HASHED - 1
            && latest3 != latest4
            && let Some(candidate) = latest3.get()
            && (self.window.load32(candidate) ^ start) & THREE_BYTES == 0
        {
            found(HASHED - 1, pos - candidate);
        }
        let mut tail = self.window.load32(pos + best + 1 - HASHED);
        let mut next = latest4;
        for _ in 0..search.depth {
            let Some(candidate) = next.get() else { return };
            next = self.previous[candidate & (Window::<SIZE>::CAPACITY - 1)];
            if self.window.load32(candidate + best + 1 - HASHED) != tail || self.window.load32(candidate) != start {
                continue;
            }
            let length = self.window.common_length(candidate, pos, HASHED, max_len);
            if length > best {
                best = length;
                found(length, pos - candidate);
                if length >= search.nice_len || length == max_len {
                    return;
                }
                tail = self.window.load32(pos + best + 1 - HASHED);
            }
        }
    }

    /// Inserts the positions of `range` without looking for matches.
    #[inline(always)]
    pub(crate) fn skip(&mut self, range: Range<usize>) {
        for pos in range.start..self.window.insertable(range.end) {
            self.insert(pos, self.window.load32(pos));
        }
    }

    /// Puts `pos` in front of its chain; returns the latest positions of the same four and the same three bytes until now.
    #[inline(always)]
    fn insert(&mut self, pos: usize, start: u32) -> (P, P) {
        let here = P::store(pos);
        let latest4 = core::mem::replace(self.heads4.slot(start), here);
        let latest3 = core::mem::replace(self.heads3.slot(start & THREE_BYTES), here);
        self.previous[pos & (Window::<SIZE>::CAPACITY - 1)] = latest4;
        (latest4, latest3)
    }
}
