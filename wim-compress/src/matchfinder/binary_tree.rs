//! Binary trees: the positions whose first four bytes hash alike, as a search tree ordered by the bytes that follow.
//!
//! Each tree has the latest position as its root, and a child is never later than its parent. Inserting a position walks
//! down from the old root: the nodes on the way are split into those less and those greater than the new position, which become
//! its two subtrees. This very walk passes the nearest match of each length, because positions nearer the root are later.
//!
//! All nodes that are left to visit between the greatest known lesser and the least known greater neighbour share with the new
//! position at least the shorter of the two neighbours' common lengths, so comparisons start there.
//!
//! Matches of two and three bytes come from small tables of latest positions: a tree would be far too deep for them.

use alloc::boxed::Box;
use core::ops::Range;

use super::{HASHED, Heads, Position, Search, THREE_BYTES, common_length, load32};
use crate::boxed::zeroed;

/// The two bytes that the table for matches of two is indexed with.
const TWO_BYTES: u32 = 0xFFFF;

/// Trees over chunks of up to `N` bytes, with `HEADS4` roots and `HEADS3` slots for matches of three bytes, and a table of
/// `HEADS2` slots for matches of two, searched when `PAIRS`. All sizes are powers of two.
pub(crate) struct BinaryTrees<P, const N: usize, const HEADS4: usize, const HEADS3: usize, const PAIRS: bool> {
    roots: Heads<P, HEADS4>,
    heads3: Heads<P, HEADS3>,
    heads2: Heads<P, HEADS2>,
    /// The children of each position: the root of the lesser subtree and of the greater one.
    children: Box<[[P; 2]; N]>,
}

/// Slots for matches of two bytes. Only near ones are worth their code, so collisions are no loss.
const HEADS2: usize = 1 << 12;

/// Indices of a node's children.
const LESSER: usize = 0;
const GREATER: usize = 1;

impl<P: Position, const N: usize, const HEADS4: usize, const HEADS3: usize, const PAIRS: bool>
    BinaryTrees<P, N, HEADS4, HEADS3, PAIRS>
{
    /// The bytes of memory that all tables take.
    pub(crate) const MEMORY: usize = (2 * N + HEADS4 + HEADS3 + HEADS2) * size_of::<P>();

    pub(crate) fn new() -> Self {
        const { assert!(N.is_power_of_two() && N <= P::MAX_DATA) };
        Self { roots: Heads::new(), heads3: Heads::new(), heads2: Heads::new(), children: zeroed() }
    }

    /// Forgets all positions and gets ready for `len` bytes of data, at most `N`.
    pub(crate) fn reset(&mut self, len: usize) {
        assert!(len <= N, "data of {len} bytes in trees for {N}");
        self.roots.reset(len);
        self.heads3.reset(len);
        if PAIRS {
            self.heads2.reset(len);
        }
    }

    /// Inserts `pos` and reports its matches as `found(length, offset)`, each longer than the one before.
    ///
    /// Positions are told apart by their first [`Search::nice_len`] bytes only. A match that long is measured to its full
    /// length and ends the search; a parser should take it and `skip` most of it, or long runs cost quadratic time.
    #[inline(always)]
    pub(crate) fn find(&mut self, data: &[u8], pos: usize, search: Search, mut found: impl FnMut(usize, usize)) {
        let max_len = search.max_len.min(data.len() - pos);
        if max_len < HASHED {
            return;
        }
        let start = load32(data, pos);
        let mut best = search.longer_than;
        if PAIRS
            && let Some(candidate) = core::mem::replace(self.heads2.slot(start & TWO_BYTES), P::store(pos)).get()
            && best < 2
            && (load32(data, candidate) ^ start) & TWO_BYTES == 0
        {
            best = 2;
            found(best, pos - candidate);
        }
        if let Some(candidate) = core::mem::replace(self.heads3.slot(start & THREE_BYTES), P::store(pos)).get()
            && best < 3
            && (load32(data, candidate) ^ start) & THREE_BYTES == 0
        {
            best = 3;
            found(best, pos - candidate);
        }
        let cut = search.nice_len.min(max_len);
        self.descend(data, pos, start, cut, search.depth, |length, candidate| {
            if length > best {
                best = length;
                let full = if length == cut { common_length(data, candidate, pos, length, max_len) } else { length };
                found(full, pos - candidate);
            }
        });
    }

    /// Inserts the positions of `range` without reporting matches; `search` as for [`Self::find`].
    #[inline(always)]
    pub(crate) fn skip(&mut self, data: &[u8], range: Range<usize>, search: Search) {
        let end = range.end.min((data.len() + 1).saturating_sub(HASHED));
        for pos in range.start..end {
            let start = load32(data, pos);
            if PAIRS {
                *self.heads2.slot(start & TWO_BYTES) = P::store(pos);
            }
            *self.heads3.slot(start & THREE_BYTES) = P::store(pos);
            let cut = search.nice_len.min(search.max_len).min(data.len() - pos);
            self.descend(data, pos, start, cut, search.depth, |_, _| {});
        }
    }

    /// Makes `pos` the root of its tree and shows every node passed on the way to `seen(common length, position)`.
    #[inline(always)]
    fn descend(
        &mut self,
        data: &[u8],
        pos: usize,
        start: u32,
        cut: usize,
        depth: usize,
        mut seen: impl FnMut(usize, usize),
    ) {
        let mut node = core::mem::replace(self.roots.slot(start), P::store(pos));
        // Where the next lesser and the next greater node are to be hung: a position and which of its children.
        let mut lesser_slot = (pos, LESSER);
        let mut greater_slot = (pos, GREATER);
        let (mut lesser_len, mut greater_len) = (0, 0);
        let target = &data[pos..pos + cut];
        for _ in 0..depth {
            let Some(candidate) = node.get() else { break };
            let known = lesser_len.min(greater_len);
            let mut length = known;
            let other = &data[candidate..candidate + cut];
            if other[length] == target[length] {
                length = common_length(data, candidate, pos, length + 1, cut);
                seen(length, candidate);
                if length >= cut {
                    let [lesser, greater] = self.children[candidate & (N - 1)];
                    self.children[lesser_slot.0 & (N - 1)][lesser_slot.1] = lesser;
                    self.children[greater_slot.0 & (N - 1)][greater_slot.1] = greater;
                    return;
                }
            }
            if other[length] < target[length] {
                self.children[lesser_slot.0 & (N - 1)][lesser_slot.1] = node;
                lesser_slot = (candidate, GREATER);
                lesser_len = length;
                node = self.children[candidate & (N - 1)][GREATER];
            } else {
                self.children[greater_slot.0 & (N - 1)][greater_slot.1] = node;
                greater_slot = (candidate, LESSER);
                greater_len = length;
                node = self.children[candidate & (N - 1)][LESSER];
            }
        }
        self.children[lesser_slot.0 & (N - 1)][lesser_slot.1] = P::default();
        self.children[greater_slot.0 & (N - 1)][greater_slot.1] = P::default();
    }
}
