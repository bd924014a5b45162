//! Hash chains: the positions whose first four bytes hash alike, linked from the latest to the earliest.
//!
//! Three arrays: the head of each chain, the link of each position to the one before it, and a table of the latest position of
//! each three bytes, which has no links because only a near match of three bytes is worth its code.
//!
//! A candidate is first compared in the four bytes that end where it would become longer than the best match so far. This
//! rejects nearly all of them with one comparison; the next one confirms the first four bytes, where the hash may lie.

use alloc::boxed::Box;
use core::ops::Range;

use super::heads::{Heads, Position, hash};
use super::search::Search;
use super::window::{HASHED, THREE_BYTES, Window};
use crate::boxed::zeroed;

/// A match of three bytes, which is in no chain.
const THREE: usize = HASHED - 1;

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
    /// The bytes of memory that it takes with chunks of `len` bytes.
    pub(crate) fn memory(len: usize) -> usize {
        let heads = Heads::<P, HEADS4>::used(len) + Heads::<P, HEADS3>::used(len);
        len + (len + heads) * size_of::<P>()
    }

    pub(crate) fn new() -> Self {
        const { assert!(Window::<SIZE>::CAPACITY <= P::MAX_DATA) };
        Self { window: Window::new(), heads4: Heads::new(), heads3: Heads::new(), previous: zeroed() }
    }

    /// Forgets all positions, takes over the chunk `data`, and gets ready for its first position.
    #[inline(always)]
    pub(crate) fn load(&mut self, data: &[u8]) -> ChainCursor<'_, P, SIZE, HEADS4, HEADS3> {
        self.window.load(data);
        self.heads4.reset(data.len());
        self.heads3.reset(data.len());
        self.cursor(0)
    }

    /// Gets ready for the position `from`, where those before have been inserted.
    #[inline(always)]
    pub(crate) fn cursor(&mut self, from: usize) -> ChainCursor<'_, P, SIZE, HEADS4, HEADS3> {
        let mut cursor = ChainCursor {
            window: &self.window,
            heads4: &mut self.heads4.slots,
            mask4: self.heads4.mask,
            heads3: &mut self.heads3.slots,
            mask3: self.heads3.mask,
            previous: &mut self.previous,
            ahead: Ahead::default(),
        };
        cursor.ahead = cursor.look_up(from);
        cursor
    }
}

/// The hash values of a position, and the latest positions that have them.
///
/// They are looked up one position ahead: parsing depends on matches in ways that no processor can predict, and after each wrong
/// guess the next position's slots would otherwise be waited for.
#[derive(Clone, Copy, Default)]
struct Ahead<P> {
    hash4: u32,
    hash3: u32,
    latest4: P,
    latest3: P,
}

/// The way through a chunk. All of it is small and local to the parser's loop, so that it stays in registers.
pub(crate) struct ChainCursor<'f, P, const SIZE: usize, const HEADS4: usize, const HEADS3: usize> {
    window: &'f Window<SIZE>,
    heads4: &'f mut [P; HEADS4],
    mask4: u32,
    heads3: &'f mut [P; HEADS3],
    mask3: u32,
    previous: &'f mut [P; SIZE],
    ahead: Ahead<P>,
}

impl<P: Position, const SIZE: usize, const HEADS4: usize, const HEADS3: usize>
    ChainCursor<'_, P, SIZE, HEADS4, HEADS3>
{
    /// Inserts `pos` and reports its matches as `found(length, offset)`, each longer than the one before.
    #[cfg(feature = "lzx")]
    #[inline(always)]
    pub(crate) fn find(&mut self, pos: usize, search: Search, mut found: impl FnMut(usize, usize)) {
        let max_len = search.max_len.min(self.window.len - pos);
        if max_len < HASHED {
            return;
        }
        let here = self.insert(pos);
        if search.longer_than >= max_len {
            return;
        }
        if search.longer_than < THREE && here.latest3 != here.latest4 {
            self.report_three(here.latest3, pos, &mut found);
        }
        self.walk(here.latest4, pos, Search { max_len, ..search }, found);
    }

    /// As [`Self::find`], but a match of three bytes is reported only when there is no longer one. This suits parsers that take
    /// the longest match, more or less, and is quicker: usually nobody asks for the three bytes.
    #[inline(always)]
    pub(crate) fn find_longer(&mut self, pos: usize, search: Search, mut found: impl FnMut(usize, usize)) {
        let max_len = search.max_len.min(self.window.len - pos);
        if max_len < HASHED {
            return;
        }
        let here = self.insert(pos);
        if search.longer_than >= max_len {
            return;
        }
        let longest = self.walk(here.latest4, pos, Search { max_len, ..search }, &mut found);
        if longest == THREE && search.longer_than < THREE {
            self.report_three(here.latest3, pos, found);
        }
    }

    /// Inserts the positions of `range` without looking for matches.
    #[inline(always)]
    pub(crate) fn skip(&mut self, range: Range<usize>) {
        for pos in range.start..self.window.insertable(range.end) {
            self.insert(pos);
        }
    }

    /// As [`Self::skip`], but matches of three bytes with these positions will not be found.
    #[cfg(feature = "lzx")]
    #[inline(always)]
    pub(crate) fn skip_quickly(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let end = self.window.insertable(range.end);
        for pos in range.start..end {
            let head = &mut self.heads4[hash(self.window.load32(pos), self.mask4) as usize & (HEADS4 - 1)];
            self.previous[pos & (Window::<SIZE>::CAPACITY - 1)] = core::mem::replace(head, P::store(pos));
        }
        self.ahead = self.look_up(range.end);
    }

    /// Puts `pos` in front of its chains; returns what was in front until now, and looks up the position that comes next.
    #[inline(always)]
    fn insert(&mut self, pos: usize) -> Ahead<P> {
        let here = self.ahead;
        self.heads4[here.hash4 as usize & (HEADS4 - 1)] = P::store(pos);
        self.heads3[here.hash3 as usize & (HEADS3 - 1)] = P::store(pos);
        self.previous[pos & (Window::<SIZE>::CAPACITY - 1)] = here.latest4;
        self.ahead = self.look_up(pos + 1);
        here
    }

    /// Looks up the heads of the chains of `pos`.
    #[inline(always)]
    fn look_up(&self, pos: usize) -> Ahead<P> {
        let start = self.window.load32(pos);
        let (hash4, hash3) = (hash(start, self.mask4), hash(start & THREE_BYTES, self.mask3));
        let latest4 = self.heads4[hash4 as usize & (HEADS4 - 1)];
        let latest3 = self.heads3[hash3 as usize & (HEADS3 - 1)];
        Ahead { hash4, hash3, latest4, latest3 }
    }

    /// Reports a match of three bytes with `candidate`, if it is one.
    #[inline(always)]
    fn report_three(&self, candidate: P, pos: usize, mut found: impl FnMut(usize, usize)) {
        let candidate = candidate.stored();
        let differing = (self.window.load32(candidate) ^ self.window.load32(pos)) & THREE_BYTES;
        // No short-circuit: one branch is hard enough to predict.
        if (candidate != 0) & (differing == 0) {
            found(THREE, pos - candidate);
        }
    }

    /// Walks along the chain from `latest` and reports matches of four bytes and more. Returns the length of the last one, or
    /// the length that would have been too short.
    #[inline(always)]
    fn walk(&self, latest: P, pos: usize, search: Search, mut found: impl FnMut(usize, usize)) -> usize {
        let start = self.window.load32(pos);
        let mut best = search.longer_than.max(THREE);
        let mut tail = self.window.load32(pos + best - THREE);
        let mut next = latest;
        for _ in 0..search.depth {
            let Some(candidate) = next.get() else { break };
            next = self.previous[candidate & (Window::<SIZE>::CAPACITY - 1)];
            if self.window.load32(candidate + best - THREE) != tail || self.window.load32(candidate) != start {
                continue;
            }
            let length = self.window.common_length(candidate, pos, HASHED, search.max_len);
            if length > best {
                best = length;
                found(length, pos - candidate);
                if length >= search.nice_len || length == search.max_len {
                    break;
                }
                tail = self.window.load32(pos + best - THREE);
            }
        }
        best
    }
}
