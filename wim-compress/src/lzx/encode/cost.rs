//! What items cost, in fractions of a bit.
//!
//! A parser weighs items by their costs before the code exists that decides them. The first time it goes by an average chunk
//! ([`super::priors`]) with the literals of this one, afterwards by how often it used each symbol the time before. A cost is
//! `-log2(probability)`, not a codeword's length: the fraction of a bit tells which symbols are about to become cheaper.
//!
//! Symbols that did not occur the time before are not impossible, only expensive. So each histogram gets a share of the average
//! chunk's.

use super::histogram::{Histogram, match_symbol};
use super::log2::log2;
use crate::lzx::tables::{
    ALIGNED_BITS, ALIGNED_SYMBOLS, EXTRA_BITS, FIRST_ALIGNED_SLOT, LENGTH_SYMBOLS, LITERALS, LONG_MATCH,
    MAX_MAIN_SYMBOLS, MAX_MATCH, MAX_SLOTS, MIN_MATCH,
};

/// The cost of one bit.
pub(super) const BIT: u32 = 64;

/// How likely the symbols of each code are, in parts of about 2^16.
#[derive(Clone)]
pub(super) struct Weights {
    pub(super) main: [u32; MAX_MAIN_SYMBOLS],
    pub(super) length: [u32; LENGTH_SYMBOLS],
    pub(super) aligned: [u32; ALIGNED_SYMBOLS],
}

/// What one occurrence of a symbol weighs. The weights of a code in an average chunk add up to about 2^16: 16 occurrences.
const OCCURRENCE: u32 = 1 << 12;

impl Weights {
    /// These weights with the literals' moved towards the bytes of `data`.
    ///
    /// Frequent bytes are more often part of matches, so it is the square roots of their frequencies that go in.
    pub(super) fn with_literals_of(&self, data: &[u8]) -> Self {
        let mut this = self.clone();
        let roots = byte_counts(data).map(|count| (count << 8).isqrt());
        let sum: u32 = roots.iter().sum::<u32>().max(1);
        let mass: u32 = self.main[..LITERALS].iter().sum();
        for (weight, root) in this.main.iter_mut().zip(roots) {
            let own = (u64::from(root) * u64::from(mass) / u64::from(sum)) as u32;
            *weight = (*weight * own).isqrt().max(1);
        }
        this
    }

    /// The weights that follow from the occurrences in a block, with these as an average chunk's.
    pub(super) fn with_occurrences(&self, histogram: &Histogram) -> Self {
        let mut this = self.clone();
        for (weight, &count) in this.main.iter_mut().zip(&histogram.main) {
            *weight += count * OCCURRENCE;
        }
        for (weight, &count) in this.length.iter_mut().zip(&histogram.length) {
            *weight += count * OCCURRENCE;
        }
        for (weight, &count) in this.aligned.iter_mut().zip(&histogram.aligned) {
            *weight += count * OCCURRENCE;
        }
        this
    }
}

/// Counts the bytes of `data`.
pub(super) fn byte_counts(data: &[u8]) -> [u32; LITERALS] {
    // Four tables, as runs of a byte would wait for one counter.
    let mut rows = [[0u32; LITERALS]; 4];
    let (quads, rest) = data.as_chunks::<4>();
    for quad in quads {
        for (row, &byte) in rows.iter_mut().zip(quad) {
            row[usize::from(byte)] += 1;
        }
    }
    for &byte in rest {
        rows[0][usize::from(byte)] += 1;
    }
    core::array::from_fn(|byte| rows.iter().map(|row| row[byte]).sum())
}

/// Costs as a parser wants them.
pub(super) struct Costs {
    pub(super) literals: [u16; LITERALS],
    /// By offset slot and length: the main symbol, the length symbol and the raw bits.
    pub(super) matches: [[u16; MAX_MATCH + 1]; MAX_SLOTS],
    /// By the low bits of a formatted offset, from the slots on that have an aligned symbol.
    pub(super) aligned: [u16; ALIGNED_SYMBOLS],
}

impl Costs {
    pub(super) const ZERO: Self =
        Self { literals: [0; LITERALS], matches: [[0; MAX_MATCH + 1]; MAX_SLOTS], aligned: [0; ALIGNED_SYMBOLS] };

    /// Sets the costs for the first `slots` offset slots from weights.
    pub(super) fn set(&mut self, weights: &Weights, slots: usize) {
        let main = costs(&weights.main);
        let length = costs(&weights.length);
        self.literals.copy_from_slice(&main[..LITERALS]);
        // An aligned block is chosen only where its code is shorter than the three bits.
        self.aligned = costs(&weights.aligned);
        for (slot, row) in self.matches.iter_mut().enumerate().take(slots) {
            let mut raw = u32::from(EXTRA_BITS[slot]);
            if slot >= FIRST_ALIGNED_SLOT {
                raw -= ALIGNED_BITS;
            }
            for (length, cost) in row.iter_mut().enumerate().take(LONG_MATCH).skip(MIN_MATCH) {
                *cost = main[match_symbol(slot, length)] + (raw * BIT) as u16;
            }
            let long = main[match_symbol(slot, LONG_MATCH)] + (raw * BIT) as u16;
            for (cost, symbol) in row[LONG_MATCH..].iter_mut().zip(length) {
                *cost = long + symbol;
            }
        }
    }
}

/// The costs of a code's symbols by their weights.
fn costs<const N: usize>(weights: &[u32; N]) -> [u16; N] {
    let total = log2(weights.iter().sum());
    // No codeword is shorter than a bit.
    weights.map(|weight| total.saturating_sub(log2(weight)).max(BIT) as u16)
}
