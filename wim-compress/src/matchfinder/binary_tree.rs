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
use core::mem::replace;
use core::ops::Range;

use super::{HASHED, Heads, Position, Search, THREE_BYTES, WORD, Window, first_byte};
use crate::boxed::zeroed;

/// The two bytes that the table for matches of two is indexed with.
const TWO_BYTES: u32 = 0xFFFF;

/// Slots for matches of two bytes. Only near ones are worth their code, so collisions are no loss.
const HEADS2: usize = 1 << 12;

/// Trees over chunks of up to `SIZE - SLACK` bytes, with `HEADS4` roots and `HEADS3` slots for matches of three bytes; these
/// three numbers are powers of two. Matches of two bytes are found if `PAIRS`.
pub(crate) struct BinaryTrees<P, const SIZE: usize, const HEADS4: usize, const HEADS3: usize, const PAIRS: bool> {
    window: Window<SIZE>,
    roots: Heads<P, HEADS4>,
    heads3: Heads<P, HEADS3>,
    heads2: Heads<P, HEADS2>,
    /// The children of each position: the root of the lesser subtree and of the greater one.
    children: Box<[[P; 2]; SIZE]>,
}

/// Indices of a node's children.
const LESSER: usize = 0;
const GREATER: usize = 1;

impl<P: Position, const SIZE: usize, const HEADS4: usize, const HEADS3: usize, const PAIRS: bool>
    BinaryTrees<P, SIZE, HEADS4, HEADS3, PAIRS>
{
    /// The bytes of memory that it takes.
    pub(crate) const MEMORY: usize = SIZE + (2 * SIZE + HEADS4 + HEADS3 + HEADS2) * size_of::<P>();

    pub(crate) fn new() -> Self {
        const { assert!(Window::<SIZE>::CAPACITY <= P::MAX_DATA) };
        Self {
            window: Window::new(),
            roots: Heads::new(),
            heads3: Heads::new(),
            heads2: Heads::new(),
            children: zeroed(),
        }
    }

    /// Forgets all positions and takes over the chunk `data`.
    pub(crate) fn load(&mut self, data: &[u8]) {
        self.window.load(data);
        self.roots.reset(data.len());
        self.heads3.reset(data.len());
        if PAIRS {
            self.heads2.reset(data.len());
        }
    }

    /// Inserts `pos` and reports its matches as `found(length, offset)`, each longer than the one before.
    ///
    /// Positions are told apart by their first [`Search::nice_len`] bytes only. A match that long is measured to its full
    /// length and ends the search; a parser should take it and `skip` most of it, or long runs cost quadratic time.
    #[inline(always)]
    pub(crate) fn find(&mut self, pos: usize, search: Search, mut found: impl FnMut(usize, usize)) {
        let max_len = search.max_len.min(self.window.len - pos);
        if max_len < HASHED {
            return;
        }
        let start = self.window.load32(pos);
        let mut best = search.longer_than;
        if PAIRS
            && let Some(candidate) = replace(self.heads2.slot(start & TWO_BYTES), P::store(pos)).get()
            && best < 2
            && (self.window.load32(candidate) ^ start) & TWO_BYTES == 0
        {
            best = 2;
            found(best, pos - candidate);
        }
        if let Some(candidate) = replace(self.heads3.slot(start & THREE_BYTES), P::store(pos)).get()
            && best < 3
            && (self.window.load32(candidate) ^ start) & THREE_BYTES == 0
        {
            best = 3;
            found(best, pos - candidate);
        }
        let cut = search.nice_len.min(max_len);
        let nice = self.descend(pos, start, cut, search.depth, |length, candidate| {
            if length > best {
                best = length;
                found(length, pos - candidate);
            }
        });
        if let Some(candidate) = nice {
            let length = self.window.common_length(candidate, pos, cut, max_len);
            if length > best {
                found(length, pos - candidate);
            }
        }
    }

    /// Inserts the positions of `range` without reporting matches; `search` as for [`Self::find`].
    #[inline(always)]
    pub(crate) fn skip(&mut self, range: Range<usize>, search: Search) {
        for pos in range.start..self.window.insertable(range.end) {
            let start = self.window.load32(pos);
            if PAIRS {
                *self.heads2.slot(start & TWO_BYTES) = P::store(pos);
            }
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
        let mask = Window::<SIZE>::CAPACITY - 1;
        let window = &self.window;
        let children = &mut *self.children;
        let mut node = replace(self.roots.slot(start), P::store(pos));
        // The nodes on which the next lesser and the next greater node are to be hung.
        let (mut lesser_at, mut lesser_side) = (pos, LESSER);
        let (mut greater_at, mut greater_side) = (pos, GREATER);
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
            if length >= cut {
                let [lesser, greater] = children[candidate & mask];
                children[lesser_at & mask][lesser_side] = lesser;
                children[greater_at & mask][greater_side] = greater;
                return Some(candidate);
            }
            seen(length, candidate);
            if theirs.swap_bytes() < ours.swap_bytes() {
                children[lesser_at & mask][lesser_side] = node;
                (lesser_at, lesser_side, lesser_len) = (candidate, GREATER, length);
                node = children[candidate & mask][GREATER];
            } else {
                children[greater_at & mask][greater_side] = node;
                (greater_at, greater_side, greater_len) = (candidate, LESSER, length);
                node = children[candidate & mask][LESSER];
            }
        }
        children[lesser_at & mask][lesser_side] = P::default();
        children[greater_at & mask][greater_side] = P::default();
        None
    }
}
