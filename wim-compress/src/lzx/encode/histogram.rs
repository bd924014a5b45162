//! How often each symbol occurs in a block.
//!
//! Nothing predicts whether the next item is a literal or a match, and of which kind. So every item goes the same way, with symbols
//! that stand for nothing where it has none.

use alloc::vec::Vec;
use core::hint::select_unpredictable;

use super::item::{Item, slot};
use crate::lzx::tables::{
    ALIGNED_SYMBOLS, EXTRA_BITS, FIRST_ALIGNED_SLOT, LENGTH_HEADERS, LENGTH_SYMBOLS, LITERALS, LONG_HEADER, LONG_MATCH,
    MAX_MAIN_SYMBOLS, MAX_SLOTS, MIN_MATCH,
};

/// Rows by length symbol, from [`FIRST_LENGTH_ROW`] on; those before are for items without.
pub(super) const LENGTH_ROWS: usize = 256;
pub(super) const FIRST_LENGTH_ROW: usize = 1;
/// Rows by aligned symbol, from [`FIRST_ALIGNED_ROW`] on; those before are for items without.
pub(super) const ALIGNED_ROWS: usize = 2 * ALIGNED_SYMBOLS;
pub(super) const FIRST_ALIGNED_ROW: usize = ALIGNED_SYMBOLS;
const _: () = assert!(FIRST_LENGTH_ROW + LENGTH_SYMBOLS <= LENGTH_ROWS);

/// The symbols of an item, as rows of tables: those of the length code, the main code, the aligned code, and its offset slot.
#[derive(Clone, Copy)]
pub(super) struct Symbols(u32);

/// Rows by main symbol, and by slot.
pub(super) const MAIN_ROWS: usize = MAX_MAIN_SYMBOLS.next_power_of_two();
pub(super) const SLOT_ROWS: usize = MAX_SLOTS.next_power_of_two();

/// Where the main symbol, the aligned one and the slot begin.
const MAIN_SHIFT: u32 = LENGTH_ROWS.ilog2();
const ALIGNED_SHIFT: u32 = MAIN_SHIFT + MAIN_ROWS.ilog2();
const SLOT_SHIFT: u32 = ALIGNED_SHIFT + ALIGNED_ROWS.ilog2();
const _: () = assert!(SLOT_SHIFT + SLOT_ROWS.ilog2() <= u32::BITS);

impl Symbols {
    /// The symbols of `item`, which stands for the byte `literal` if it is a literal.
    #[inline(always)]
    fn new(item: Item, literal: u8) -> Self {
        let (length, formatted) = (item.length() as u32, item.formatted());
        let slot = slot(formatted) as u32;
        let matched = LITERALS as u32
            + slot * LENGTH_HEADERS as u32
            + length.wrapping_sub(MIN_MATCH as u32).min(LONG_HEADER as u32);
        let main = select_unpredictable(item.is_literal(), u32::from(literal), matched);
        let length = length.saturating_sub((LONG_MATCH - FIRST_LENGTH_ROW) as u32);
        let aligned = FIRST_ALIGNED_ROW as u32 * u32::from(slot >= FIRST_ALIGNED_SLOT as u32)
            + formatted % ALIGNED_SYMBOLS as u32;
        Self(length | main << MAIN_SHIFT | aligned << ALIGNED_SHIFT | slot << SLOT_SHIFT)
    }

    /// Among [`LENGTH_ROWS`].
    #[inline(always)]
    pub(super) fn length(self) -> usize {
        self.0 as usize % LENGTH_ROWS
    }

    /// Among [`MAIN_ROWS`].
    #[inline(always)]
    pub(super) fn main(self) -> usize {
        (self.0 >> MAIN_SHIFT) as usize % MAIN_ROWS
    }

    /// Among [`ALIGNED_ROWS`].
    #[inline(always)]
    pub(super) fn aligned(self) -> usize {
        (self.0 >> ALIGNED_SHIFT) as usize % ALIGNED_ROWS
    }

    /// Among [`SLOT_ROWS`].
    #[inline(always)]
    pub(super) fn slot(self) -> usize {
        (self.0 >> SLOT_SHIFT) as usize % SLOT_ROWS
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
        self.length[FIRST_LENGTH_ROW..].first_chunk().expect("a row for each")
    }

    /// The aligned symbols as an aligned block would use them.
    #[inline(always)]
    pub(super) fn aligned(&self) -> &[u32; ALIGNED_SYMBOLS] {
        self.aligned[FIRST_ALIGNED_ROW..].first_chunk().expect("a row for each")
    }

    /// Counts `items`, which stand for the first bytes of `data`, appends their symbols to `symbols`, and returns the number of these
    /// bytes.
    pub(super) fn add(&mut self, items: &[Item], data: &[u8], symbols: &mut Vec<Symbols>) -> usize {
        let mut at = 0;
        symbols.extend(items.iter().map(|&item| {
            let symbols = Symbols::new(item, data[at]);
            self.main[symbols.main()] += 1;
            self.length[symbols.length()] += 1;
            self.aligned[symbols.aligned()] += 1;
            at += item.length();
            symbols
        }));
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
