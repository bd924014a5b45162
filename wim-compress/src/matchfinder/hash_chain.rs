//! Hash chains: the positions whose first four bytes hash alike, linked from the latest to the earliest.
//!
//! Three arrays: the head of each chain, the link of each position to the one before it, and a table of the latest position of
//! each three bytes, which has no links because only a near match of three bytes is worth its code.
//!
//! A candidate is first compared in the four bytes that end where it would become longer than the best match so far. This
//! rejects nearly all of them with one comparison; the next one confirms the first four bytes, where the hash may lie.

use alloc::boxed::Box;
use core::ops::Range;

use super::{HASHED, Heads, Position, Search, THREE_BYTES, common_length, load32};
use crate::boxed::zeroed;

/// Hash chains over chunks of up to `N` bytes, with `HEADS4` chains and `HEADS3` slots for three bytes; all powers of two.
pub(crate) struct HashChains<P, const N: usize, const HEADS4: usize, const HEADS3: usize> {
    heads4: Heads<P, HEADS4>,
    heads3: Heads<P, HEADS3>,
    /// The link of the position at the same index.
    previous: Box<[P; N]>,
}

impl<P: Position, const N: usize, const HEADS4: usize, const HEADS3: usize> HashChains<P, N, HEADS4, HEADS3> {
    /// The bytes of memory that all tables take.
    pub(crate) const MEMORY: usize = (N + HEADS4 + HEADS3) * size_of::<P>();

    pub(crate) fn new() -> Self {
        const { assert!(N.is_power_of_two() && N <= P::MAX_DATA) };
        Self { heads4: Heads::new(), heads3: Heads::new(), previous: zeroed() }
    }

    /// Forgets all positions and gets ready for `len` bytes of data, at most `N`.
    pub(crate) fn reset(&mut self, len: usize) {
        assert!(len <= N, "data of {len} bytes in tables for {N}");
        self.heads4.reset(len);
        self.heads3.reset(len);
    }

    /// Inserts `pos` and reports its matches as `found(length, offset)`, each longer than the one before.
    #[inline(always)]
    pub(crate) fn find(&mut self, data: &[u8], pos: usize, search: Search, mut found: impl FnMut(usize, usize)) {
        let max_len = search.max_len.min(data.len() - pos);
        if max_len < HASHED {
            return;
        }
        let start = load32(data, pos);
        let (latest4, latest3) = self.insert(pos, start);
        if search.longer_than >= max_len {
            return;
        }
        let mut best = search.longer_than.max(HASHED - 1);
        if search.longer_than < HASHED - 1
            && latest3 != latest4
            && let Some(candidate) = latest3.get()
            && (load32(data, candidate) ^ start) & THREE_BYTES == 0
        {
            found(HASHED - 1, pos - candidate);
        }
        let mut tail = load32(data, pos + best + 1 - HASHED);
        let mut next = latest4;
        for _ in 0..search.depth {
            let Some(candidate) = next.get() else { return };
            next = self.previous[candidate & (N - 1)];
            if load32(data, candidate + best + 1 - HASHED) != tail || load32(data, candidate) != start {
                continue;
            }
            let length = common_length(data, candidate, pos, HASHED, max_len);
            if length > best {
                best = length;
                found(length, pos - candidate);
                if length >= search.nice_len || length == max_len {
                    return;
                }
                tail = load32(data, pos + best + 1 - HASHED);
            }
        }
    }

    /// Inserts the positions of `range` without looking for matches.
    #[inline(always)]
    pub(crate) fn skip(&mut self, data: &[u8], range: Range<usize>) {
        let end = range.end.min((data.len() + 1).saturating_sub(HASHED));
        for pos in range.start..end {
            self.insert(pos, load32(data, pos));
        }
    }

    /// Puts `pos` in front of its chain; returns the latest positions of the same four and the same three bytes until now.
    #[inline(always)]
    fn insert(&mut self, pos: usize, start: u32) -> (P, P) {
        let here = P::store(pos);
        let latest4 = core::mem::replace(self.heads4.slot(start), here);
        let latest3 = core::mem::replace(self.heads3.slot(start & THREE_BYTES), here);
        self.previous[pos & (N - 1)] = latest4;
        (latest4, latest3)
    }
}
