//! The match finders that this codec uses.

use core::ops::Range;

use crate::matchfinder::binary_tree::BinaryTrees;
use crate::matchfinder::{SLACK, Search};

/// A finder that reports all useful matches of a position.
pub(super) trait Finder {
    fn load(&mut self, data: &[u8]);
    fn find(&mut self, pos: usize, search: Search, found: impl FnMut(usize, usize));
    fn skip(&mut self, range: Range<usize>, search: Search);
}

/// Trees for chunks of 32 KiB.
pub(super) type SmallTrees = BinaryTrees<u16, { (1 << 15) + SLACK }, { 1 << 16 }, { 1 << 15 }, true>;
/// Trees for longer chunks.
pub(super) type LargeTrees = BinaryTrees<u32, { (1 << 21) + SLACK }, { 1 << 18 }, { 1 << 16 }, true>;

impl<P: crate::matchfinder::Position, const SIZE: usize, const HEADS4: usize, const HEADS3: usize> Finder
    for BinaryTrees<P, SIZE, HEADS4, HEADS3, true>
{
    fn load(&mut self, data: &[u8]) {
        Self::load(self, data);
    }

    #[inline(always)]
    fn find(&mut self, pos: usize, search: Search, found: impl FnMut(usize, usize)) {
        Self::find(self, pos, search, found);
    }

    #[inline(always)]
    fn skip(&mut self, range: Range<usize>, search: Search) {
        Self::skip(self, range, search);
    }
}
