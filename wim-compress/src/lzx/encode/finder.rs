//! The match finders that this codec uses.

use super::item::Item;
use super::text::Text;
use super::trees::{Effort, Link, MAX_AT_ONCE, Trees};

/// A finder that reports all useful matches of a position.
pub(super) trait Finder {
    fn new() -> Self;
    fn reset<const TEXT: usize>(&mut self, text: &Text<TEXT>);
    fn find<const TEXT: usize>(
        &mut self,
        text: &Text<TEXT>,
        pos: usize,
        effort: Effort,
        out: &mut [Item; MAX_AT_ONCE],
    ) -> (usize, usize);
}

/// Trees for chunks of 32 KiB.
pub(super) type SmallTrees = Trees<u16, { 1 << 16 }, { 1 << 15 }>;
/// Trees for longer chunks.
pub(super) type LargeTrees = Trees<u32, { 1 << 22 }, { 1 << 18 }>;

impl<P: Link, const CHILDREN: usize, const ROOTS: usize> Finder for Trees<P, CHILDREN, ROOTS> {
    fn new() -> Self {
        Self::new()
    }

    fn reset<const TEXT: usize>(&mut self, text: &Text<TEXT>) {
        self.reset(text);
    }

    #[inline(always)]
    fn find<const TEXT: usize>(
        &mut self,
        text: &Text<TEXT>,
        pos: usize,
        effort: Effort,
        out: &mut [Item; MAX_AT_ONCE],
    ) -> (usize, usize) {
        self.find(text, pos, effort, out)
    }
}
