//! What the parsers have in common.

use alloc::vec::Vec;
use core::ops::Range;

use super::cost::Costs;
use super::item::{Item, Recent};
use super::text::Text;
use crate::lzx::tables::MAX_MATCH;
use crate::matchfinder::Search;

/// The bytes that are parsed together, and then cut into blocks. In longer chunks, the costs of each stretch follow from the one
/// before.
pub(super) const MAX_STRETCH: usize = 1 << 17;

/// Chooses items for the bytes of a chunk, stretch by stretch.
pub(super) trait Parser<const TEXT: usize>: Send {
    /// Takes over a chunk.
    fn reset(&mut self, text: &Text<TEXT>);

    /// Appends to `items` a parse of `stretch`, where `recent` are the recent offsets before it. Returns those behind it. Stretches
    /// come in order.
    fn parse(
        &mut self,
        text: &Text<TEXT>,
        stretch: Range<usize>,
        recent: Recent,
        costs: &Costs,
        items: &mut Vec<Item>,
    ) -> Recent;

    /// How often each block of a stretch should be parsed again, with costs from the time before.
    fn passes(&self) -> u8;

    /// As [`Self::parse`] for a `part` of the latest stretch.
    fn parse_again(
        &mut self,
        text: &Text<TEXT>,
        part: Range<usize>,
        recent: Recent,
        costs: &Costs,
        items: &mut Vec<Item>,
    ) -> Recent;
}

/// How hard to look for matches.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    /// A match this long is taken at once.
    pub(super) nice_len: usize,
    /// The candidates that are looked at for each position.
    pub(super) depth: usize,
}

impl Effort {
    /// A search for matches of up to `max_len` bytes that are longer than `longer_than`.
    #[inline(always)]
    pub(super) fn search(self, max_len: usize, longer_than: usize) -> Search {
        Search { max_len: max_len.min(MAX_MATCH), nice_len: self.nice_len, depth: self.depth, longer_than }
    }
}
