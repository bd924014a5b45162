//! The match finders as near-optimal parsing uses them.

use core::ops::Range;

use super::item::Item;
use crate::lzx::tables::OFFSET_BIAS;
use crate::matchfinder::binary_tree::{BinaryTrees, MAX_MATCHES};
use crate::matchfinder::hash_chain::{ChainCursor, HashChains};
use crate::matchfinder::nearest::{FIRST_SHORT, NearestMatches, SHORT_LENGTHS, ShortMatches};
use crate::matchfinder::{Position, Search};

/// A match finder for near-optimal parsing.
pub(super) trait Finder: Send {
    /// The way through a chunk.
    type Cursor<'f>: Cursor
    where
        Self: 'f;

    fn new() -> Self;
    /// Forgets all positions and takes over a chunk.
    fn load(&mut self, data: &[u8]);
    /// Gets ready for the position `from`, where those before have been inserted.
    fn cursor(&mut self, from: usize) -> Self::Cursor<'_>;
}

/// The way of a match finder through a chunk.
pub(super) trait Cursor {
    /// Inserts `pos` and writes its matches to the front of `out`, in ascending lengths; returns their number, and the length of the
    /// longest if it is nice.
    fn find(&mut self, pos: usize, search: Search, out: &mut [Item; MAX_MATCHES]) -> (usize, usize);
    /// Inserts the positions of `range`.
    fn skip(&mut self, range: Range<usize>, search: Search);
}

impl<P: Position + Send, const SIZE: usize, const HEADS4: usize, const HEADS3: usize> Finder
    for HashChains<P, SIZE, HEADS4, HEADS3>
{
    type Cursor<'f> = ChainCursor<'f, P, SIZE, HEADS4, HEADS3>;

    fn new() -> Self {
        Self::new()
    }

    fn load(&mut self, data: &[u8]) {
        Self::load(self, data);
    }

    #[inline(always)]
    fn cursor(&mut self, from: usize) -> Self::Cursor<'_> {
        Self::cursor(self, from)
    }
}

impl<P: Position, const SIZE: usize, const HEADS4: usize, const HEADS3: usize> Cursor
    for ChainCursor<'_, P, SIZE, HEADS4, HEADS3>
{
    #[inline(always)]
    fn find(&mut self, pos: usize, search: Search, out: &mut [Item; MAX_MATCHES]) -> (usize, usize) {
        let (mut count, mut longest) = (0, 0);
        Self::find(self, pos, search, |length, offset| {
            out[count & (MAX_MATCHES - 1)] = matched(length, offset);
            count += 1;
            longest = length;
        });
        (count, longest)
    }

    #[inline(always)]
    fn skip(&mut self, range: Range<usize>, _: Search) {
        Self::skip(self, range);
    }
}

impl<P: Position + Send, const SIZE: usize, const HEADS4: usize, const HEADS3: usize> Finder
    for BinaryTrees<P, SIZE, HEADS4, HEADS3>
{
    type Cursor<'f> = &'f mut Self;

    fn new() -> Self {
        Self::new()
    }

    fn load(&mut self, data: &[u8]) {
        Self::load(self, data);
    }

    #[inline(always)]
    fn cursor(&mut self, _: usize) -> &mut Self {
        self
    }
}

impl<P: Position, const SIZE: usize, const HEADS4: usize, const HEADS3: usize> Cursor
    for &mut BinaryTrees<P, SIZE, HEADS4, HEADS3>
{
    #[inline(always)]
    fn find(&mut self, pos: usize, search: Search, out: &mut [Item; MAX_MATCHES]) -> (usize, usize) {
        BinaryTrees::find(self, pos, search, out, matched)
    }

    #[inline(always)]
    fn skip(&mut self, range: Range<usize>, search: Search) {
        BinaryTrees::skip(self, range, search);
    }
}

impl<const SIZE: usize, const HEADS: usize> Finder for NearestMatches<SIZE, HEADS> {
    type Cursor<'f> = &'f mut Self;

    fn new() -> Self {
        Self::new()
    }

    fn load(&mut self, data: &[u8]) {
        Self::load(self, data);
    }

    #[inline(always)]
    fn cursor(&mut self, _: usize) -> &mut Self {
        self
    }
}

impl<const SIZE: usize, const HEADS: usize> Cursor for &mut NearestMatches<SIZE, HEADS> {
    #[inline(always)]
    fn find(&mut self, pos: usize, search: Search, out: &mut [Item; MAX_MATCHES]) -> (usize, usize) {
        let mut short = ShortMatches::NONE;
        self.find_short(pos, search, &mut short);
        let mut count = 0;
        for index in 0..SHORT_LENGTHS {
            let offset = short.offsets[index];
            // One that is longer at the same offset says it all.
            let covered = index + 1 < SHORT_LENGTHS && offset == short.offsets[index + 1];
            out[count] = matched(FIRST_SHORT + index, offset.into());
            count += usize::from((offset != 0) & !covered);
        }
        let mut longest = 0;
        self.find_longer(pos, search, |length, offset| {
            count -= usize::from(longest == 0 && usize::from(short.offsets[SHORT_LENGTHS - 1]) == offset);
            out[count & (MAX_MATCHES - 1)] = matched(length, offset);
            count += 1;
            longest = length;
        });
        (count, longest)
    }

    /// Positions are inserted in blocks, whoever asks.
    #[inline(always)]
    fn skip(&mut self, _: Range<usize>, _: Search) {}
}

/// A match at an offset that is not a recent one.
#[inline(always)]
pub(super) fn matched(length: usize, offset: usize) -> Item {
    Item::matched(length, offset.wrapping_add(OFFSET_BIAS) as u32)
}
