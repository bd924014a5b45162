//! How often each symbol occurs in a block.

use super::item::{Item, slot};
use crate::lzx::tables::{
    ALIGNED_SYMBOLS, EXTRA_BITS, FIRST_ALIGNED_SLOT, LENGTH_HEADERS, LENGTH_SYMBOLS, LITERALS, LONG_HEADER, LONG_MATCH,
    MAX_MAIN_SYMBOLS, MIN_MATCH,
};

/// The number of times that a block uses each symbol of the three codes.
#[derive(Clone)]
pub(super) struct Histogram {
    pub(super) main: [u32; MAX_MAIN_SYMBOLS],
    pub(super) length: [u32; LENGTH_SYMBOLS],
    /// The aligned symbols as an aligned block would use them.
    pub(super) aligned: [u32; ALIGNED_SYMBOLS],
}

/// The main symbol of a match.
#[inline(always)]
pub(super) fn match_symbol(slot: usize, length: usize) -> usize {
    LITERALS + slot * LENGTH_HEADERS + (length - MIN_MATCH).min(LONG_HEADER)
}

impl Histogram {
    pub(super) const ZERO: Self =
        Self { main: [0; MAX_MAIN_SYMBOLS], length: [0; LENGTH_SYMBOLS], aligned: [0; ALIGNED_SYMBOLS] };

    /// Counts `items`, which stand for `data`.
    pub(super) fn add(&mut self, items: &[Item], data: &[u8]) {
        let mut at = 0;
        for &item in items {
            if item.is_literal() {
                self.main[usize::from(data[at])] += 1;
            } else {
                self.add_match(item);
            }
            at += item.length();
        }
        debug_assert_eq!(at, data.len());
    }

    #[inline(always)]
    fn add_match(&mut self, item: Item) {
        let slot = slot(item.formatted());
        self.main[match_symbol(slot, item.length())] += 1;
        if item.length() >= LONG_MATCH {
            self.length[item.length() - LONG_MATCH] += 1;
        }
        if slot >= FIRST_ALIGNED_SLOT {
            self.aligned[item.formatted() as usize % ALIGNED_SYMBOLS] += 1;
        }
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
