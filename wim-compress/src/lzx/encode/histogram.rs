//! How often each symbol occurs in a block.
//!
//! Nothing predicts whether the next item is a literal or a match, and of which kind. So every item goes the same way, with symbols
//! that stand for nothing where it has none.

use super::item::{Item, slot};
use crate::lzx::tables::{
    ALIGNED_SYMBOLS, EXTRA_BITS, FIRST_ALIGNED_SLOT, LENGTH_HEADERS, LENGTH_SYMBOLS, LITERALS, LONG_HEADER, LONG_MATCH,
    MAX_MAIN_SYMBOLS, MIN_MATCH,
};

/// Rows by length symbol plus one; the first is for items without.
pub(super) const LENGTH_ROWS: usize = 1 + LENGTH_SYMBOLS;
/// Rows by aligned symbol; the first ones are for items without.
pub(super) const ALIGNED_ROWS: usize = 2 * ALIGNED_SYMBOLS;

/// The symbols of an item, as rows of tables.
#[derive(Clone, Copy)]
pub(super) struct Symbols {
    pub(super) slot: usize,
    pub(super) main: usize,
    /// Among [`LENGTH_ROWS`].
    pub(super) length: usize,
    /// Among [`ALIGNED_ROWS`].
    pub(super) aligned: usize,
}

impl Symbols {
    /// The symbols of `item`, which stands for the byte `literal` if it is a literal.
    #[inline(always)]
    pub(super) fn new(item: Item, literal: u8) -> Self {
        let (length, formatted) = (item.length(), item.formatted());
        let slot = slot(formatted);
        let matched = LITERALS + slot * LENGTH_HEADERS + length.wrapping_sub(MIN_MATCH).min(LONG_HEADER);
        Self {
            slot,
            main: core::hint::select_unpredictable(item.is_literal(), usize::from(literal), matched),
            length: length.saturating_sub(LONG_MATCH - 1),
            aligned: ALIGNED_SYMBOLS * usize::from(slot >= FIRST_ALIGNED_SLOT) + formatted as usize % ALIGNED_SYMBOLS,
        }
    }
}

/// The number of times that a block uses each symbol of the three codes.
#[derive(Clone)]
pub(super) struct Histogram {
    pub(super) main: [u32; MAX_MAIN_SYMBOLS],
    /// See [`LENGTH_ROWS`].
    length: [u32; LENGTH_ROWS],
    /// See [`ALIGNED_ROWS`].
    aligned: [u32; ALIGNED_ROWS],
}

impl Histogram {
    pub(super) const ZERO: Self =
        Self { main: [0; MAX_MAIN_SYMBOLS], length: [0; LENGTH_ROWS], aligned: [0; ALIGNED_ROWS] };

    /// The length symbols.
    #[inline(always)]
    pub(super) fn length(&self) -> &[u32; LENGTH_SYMBOLS] {
        self.length.last_chunk().expect("all but the first")
    }

    /// The aligned symbols as an aligned block would use them.
    #[inline(always)]
    pub(super) fn aligned(&self) -> &[u32; ALIGNED_SYMBOLS] {
        self.aligned.last_chunk().expect("the second half")
    }

    /// Counts `items`, which stand for the first bytes of `data`, and returns the number of these.
    pub(super) fn add(&mut self, items: &[Item], data: &[u8]) -> usize {
        let mut at = 0;
        for &item in items {
            let symbols = Symbols::new(item, data[at]);
            self.main[symbols.main] += 1;
            self.length[symbols.length] += 1;
            self.aligned[symbols.aligned] += 1;
            at += item.length();
        }
        at
    }

    /// Adds another block's counts.
    pub(super) fn merge(&mut self, other: &Self) {
        for (count, &more) in self.counts_mut().zip(other.counts()) {
            *count += more;
        }
    }

    /// All counts, code by code.
    #[inline(always)]
    fn counts(&self) -> impl Iterator<Item = &u32> {
        self.main.iter().chain(&self.length).chain(&self.aligned)
    }

    #[inline(always)]
    fn counts_mut(&mut self) -> impl Iterator<Item = &mut u32> {
        self.main.iter_mut().chain(&mut self.length).chain(&mut self.aligned)
    }

    /// The raw bits of all offsets, of which an aligned block codes three a match otherwise.
    pub(super) fn raw_offset_bits(&self) -> u64 {
        self.main[LITERALS..]
            .as_chunks::<LENGTH_HEADERS>()
            .0
            .iter()
            .zip(EXTRA_BITS)
            .map(|(counts, bits)| counts.iter().map(|&count| u64::from(count)).sum::<u64>() * u64::from(bits))
            .sum()
    }
}
