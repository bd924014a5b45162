//! Binary trees: the positions whose first four bytes hash alike, as a search tree ordered by the bytes that follow.
//!
//! Each tree has the latest position as its root, and a child is never later than its parent. Inserting a position walks
//! down from the old root: the nodes on the way are split into those less and those greater than the new position, which become
//! its two subtrees. This very walk passes the nearest match of each length, because positions nearer the root are later.
//!
//! All nodes that are left to visit between the greatest known lesser and the least known greater neighbour share with the new
//! position at least the shorter of the two neighbours' common lengths, so comparisons start there.
//!
//! Matches of three bytes come from a table of latest positions: a tree would be far too deep for them.

use alloc::boxed::Box;
use core::hint::select_unpredictable;
use core::mem::replace;
use core::ops::Range;

use super::heads::{Heads, Position};
use super::search::Search;
use super::window::{HASHED, THREE_BYTES, WORD, Window, first_byte};
use crate::boxed::zeroed;

/// Trees over chunks of up to `SIZE - SLACK` bytes, with `HEADS4` roots and `HEADS3` slots for matches of three bytes; these
/// three numbers are powers of two.
pub(crate) struct BinaryTrees<P, const SIZE: usize, const HEADS4: usize, const HEADS3: usize> {
    window: Window<SIZE>,
    roots: Heads<P, HEADS4>,
    heads3: Heads<P, HEADS3>,
    /// The children of each position: the root of the lesser subtree and of the greater one.
    children: Box<[[P; 2]; SIZE]>,
}

/// Room for the matches of one position, a power of two. There are at most two more than the depth of a search.
pub(crate) const MAX_MATCHES: usize = 128;

impl<P: Position, const SIZE: usize, const HEADS4: usize, const HEADS3: usize> BinaryTrees<P, SIZE, HEADS4, HEADS3> {
    /// The bytes of memory that it takes with chunks of `len` bytes.
    pub(crate) fn memory(len: usize) -> usize {
        let heads = Heads::<P, HEADS4>::used(len) + Heads::<P, HEADS3>::used(len);
        len + (2 * len + heads) * size_of::<P>()
    }

    pub(crate) fn new() -> Self {
        const { assert!(Window::<SIZE>::CAPACITY <= P::MAX_DATA) };
        Self { window: Window::new(), roots: Heads::new(), heads3: Heads::new(), children: zeroed() }
    }

    /// Forgets all positions and takes over the chunk `data`.
    pub(crate) fn load(&mut self, data: &[u8]) {
        self.window.load(data);
        self.roots.reset(data.len());
        self.heads3.reset(data.len());
    }

    /// Inserts `pos` and writes its matches to the front of `out` as `entry(length, offset)`, each longer than the one before, of
    /// those that are longer than [`Search::longer_than`]. Returns their number, and the length of the longest if it is
    /// [`Search::nice_len`] or more, else 0.
    ///
    /// Positions are told apart by their first `nice_len` bytes only. A match that long is measured to its full length and ends
    /// the search; a parser should take it and `skip` most of it, or long runs cost quadratic time.
    #[inline(always)]
    pub(crate) fn find<T>(
        &mut self,
        pos: usize,
        search: Search,
        out: &mut [T; MAX_MATCHES],
        entry: impl Fn(usize, usize) -> T,
    ) -> (usize, usize) {
        let max_len = search.max_len.min(self.window.len - pos);
        if max_len < HASHED {
            return (0, 0);
        }
        let start = self.window.load32(pos);
        let (mut count, mut best) = (0, search.longer_than);
        let candidate = replace(self.heads3.slot(start & THREE_BYTES), P::store(pos)).stored();
        let equal = (self.window.load32(candidate) ^ start) & THREE_BYTES == 0;
        out[count] = entry(3, pos.wrapping_sub(candidate));
        let found = (candidate != 0) & equal & (best < 3);
        count += usize::from(found);
        best = select_unpredictable(found, 3, best);
        let cut = search.nice_len.min(max_len);
        let nice = self.descend(pos, start, cut, search.depth, |length, candidate| {
            out[count & (MAX_MATCHES - 1)] = entry(length, pos.wrapping_sub(candidate));
            count += usize::from(length > best);
            best = best.max(length);
        });
        let Some(candidate) = nice else { return (count, 0) };
        let length = self.window.common_length(candidate, pos, cut, max_len);
        out[count & (MAX_MATCHES - 1)] = entry(length, pos.wrapping_sub(candidate));
        (count + usize::from(length > best), length)
    }

    /// Inserts the positions of `range` without reporting matches; `search` as for [`Self::find`].
    #[inline(always)]
    pub(crate) fn skip(&mut self, range: Range<usize>, search: Search) {
        for pos in range.start..self.window.insertable(range.end) {
            let start = self.window.load32(pos);
            *self.heads3.slot(start & THREE_BYTES) = P::store(pos);
            let cut = search.nice_len.min(search.max_len).min(self.window.len - pos);
            self.descend(pos, start, cut, search.depth, |_, _| {});
        }
    }

    /// Makes `pos` the root of its tree and shows every node passed on the way to `seen(common length, position)`, except
    /// one with which the first `cut` bytes are equal: this ends the way and is returned.
    #[inline(always)]
    fn descend(
        &mut self,
        pos: usize,
        start: u32,
        cut: usize,
        depth: usize,
        mut seen: impl FnMut(usize, usize),
    ) -> Option<usize> {
        let mask = 2 * Window::<SIZE>::CAPACITY - 1;
        let window = &self.window;
        let mut node = replace(self.roots.slot(start), P::store(pos));
        let children = self.children.as_flattened_mut();
        // Where the next lesser and the next greater node are to be hung, and what they have in common with `pos` at least.
        let (mut lesser, mut greater) = (2 * pos, 2 * pos + 1);
        let (mut lesser_len, mut greater_len) = (0, 0);
        for _ in 0..depth {
            let Some(candidate) = node.get() else { break };
            let mut length = lesser_len.min(greater_len);
            let (mut theirs, mut ours) = (window.load64(candidate + length), window.load64(pos + length));
            while theirs == ours && length < cut {
                length += WORD;
                (theirs, ours) = (window.load64(candidate + length), window.load64(pos + length));
            }
            length += first_byte(theirs ^ ours);
            let child = 2 * candidate;
            if length >= cut {
                children[lesser & mask] = children[child & mask];
                children[greater & mask] = children[(child + 1) & mask];
                return Some(candidate);
            }
            seen(length, candidate);
            // Which side comes next cannot be predicted: arithmetic instead of a branch.
            let less = theirs.swap_bytes() < ours.swap_bytes();
            children[select_unpredictable(less, lesser, greater) & mask] = node;
            let next = child + usize::from(less);
            lesser = select_unpredictable(less, next, lesser);
            greater = select_unpredictable(less, greater, next);
            lesser_len = select_unpredictable(less, length, lesser_len);
            greater_len = select_unpredictable(less, greater_len, length);
            node = children[next & mask];
        }
        children[lesser & mask] = P::default();
        children[greater & mask] = P::default();
        None
    }
}
