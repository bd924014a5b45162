//! What items cost, in fractions of a bit.
//!
//! A parser weighs items by their costs before the code exists that decides them. The first time it goes by an average chunk
//! ([`super::priors`]) with the literals of this one, afterwards by how often it used each symbol the time before. A cost is
//! `-log2(probability)`, not a codeword's length: the fraction of a bit tells which symbols are about to become cheaper.
//!
//! Symbols that did not occur the time before are not impossible, only expensive. So each histogram gets a share of the average
//! chunk's. And each symbol that occurs at all makes the block's header longer, which those that occur seldom have to pay.

use super::histogram::Histogram;
use super::log2::log2;
use crate::lzx::tables::{
    ALIGNED_BITS, ALIGNED_SYMBOLS, EXTRA_BITS, FIRST_ALIGNED_SLOT, LENGTH_HEADERS, LENGTH_SYMBOLS, LITERALS,
    LONG_HEADER, LONG_MATCH, MAX_MAIN_SYMBOLS, MAX_MATCH, MAX_SLOTS, MIN_MATCH,
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
    /// The weights that follow from the occurrences in a block, with these as an average chunk's.
    pub(super) fn with_occurrences(&self, histogram: &Histogram) -> Self {
        let mut this = self.clone();
        for (weight, &count) in this.main.iter_mut().zip(&histogram.main) {
            *weight += count * OCCURRENCE;
        }
        for (weight, &count) in this.length.iter_mut().zip(histogram.length()) {
            *weight += count * OCCURRENCE;
        }
        for (weight, &count) in this.aligned.iter_mut().zip(histogram.aligned()) {
            *weight += count * OCCURRENCE;
        }
        this
    }
}

/// Costs as a parser wants them. Sizes are powers of two, so that indices can be masked.
#[derive(Clone)]
pub(super) struct Costs {
    /// What a literal costs on average.
    average_literal: u32,
    literals: [u16; LITERALS],
    /// By offset slot and length, for short matches: the main symbol, the length symbol and the raw bits. With the length in the low
    /// half, and the cost in the high half, as parsers add them up.
    short: [ShortCosts; SLOT_ROWS],
    /// By offset slot: what short matches of all lengths that take a length symbol have in common.
    long: [u16; SLOT_ROWS],
    /// By length: the length symbol, if it takes one.
    lengths: [u16; LENGTH_ROWS],
    /// By the low bits of a formatted offset, from the slots on that have an aligned symbol; before, zero.
    aligned: [[u16; ALIGNED_SYMBOLS]; 2],
}

/// Costs by length.
pub(super) type ShortCosts = [u64; SHORT + SHORT_SLACK];

/// Entries that may be read behind those of short matches.
const SHORT_SLACK: usize = 4;

/// Matches below this length have their costs in a table by slot.
pub(super) const SHORT: usize = 16;

/// Where the cost begins in an entry of [`ShortCosts`].
pub(super) const COST_SHIFT: u32 = 32;

const SLOT_ROWS: usize = MAX_SLOTS.next_power_of_two();
const LENGTH_ROWS: usize = (MAX_MATCH + 1).next_power_of_two();

impl Costs {
    pub(super) const ZERO: Self = Self {
        average_literal: 0,
        literals: [0; LITERALS],
        short: [[0; SHORT + SHORT_SLACK]; SLOT_ROWS],
        long: [0; SLOT_ROWS],
        lengths: [0; LENGTH_ROWS],
        aligned: [[0; ALIGNED_SYMBOLS]; 2],
    };

    /// Sets the costs from weights.
    pub(super) fn set(&mut self, weights: &Weights) {
        self.set_codes(&costs(&weights.main), &costs(&weights.length), &costs(&weights.aligned));
    }

    /// Sets the costs from what a block used the time before, with `prior` as an average chunk's weights.
    pub(super) fn set_of_block(&mut self, prior: &Weights, histogram: &Histogram) {
        let Weights { main, length, aligned } = prior.with_occurrences(histogram);
        let (mut main, mut length) = (costs(&main), costs(&length));
        add_header(&mut main, &histogram.main);
        add_header(&mut length, histogram.length());
        self.set_codes(&main, &length, &costs(&aligned));
    }

    fn set_codes(
        &mut self,
        main: &[u16; MAX_MAIN_SYMBOLS],
        length: &[u16; LENGTH_SYMBOLS],
        aligned: &[u16; ALIGNED_SYMBOLS],
    ) {
        self.literals.copy_from_slice(&main[..LITERALS]);
        self.lengths[LONG_MATCH..=MAX_MATCH].copy_from_slice(length);
        self.aligned[1] = *aligned;
        let (rows, _) = main[LITERALS..].as_chunks::<LENGTH_HEADERS>();
        for (slot, row) in rows.iter().enumerate() {
            let raw = u32::from(EXTRA_BITS[slot]) - if slot >= FIRST_ALIGNED_SLOT { ALIGNED_BITS } else { 0 };
            self.long[slot] = row[LONG_HEADER] + (raw * BIT) as u16;
            for (length, entry) in self.short[slot].iter_mut().enumerate().take(SHORT).skip(MIN_MATCH) {
                let cost =
                    u32::from(row[(length - MIN_MATCH).min(LONG_HEADER)]) + u32::from(self.lengths[length]) + raw * BIT;
                *entry = u64::from(cost) << COST_SHIFT | length as u64;
            }
        }
    }

    /// Moves the costs of literals, which follow from `weights`, towards the bytes to be compressed, which occur `counts` times.
    ///
    /// Frequent bytes are more often part of matches, so it is the square roots of their frequencies that go in. The new
    /// weight of each is the geometric mean of both: the mean of the logarithms.
    pub(super) fn set_literals(&mut self, weights: &Weights, counts: &[u32; LITERALS]) {
        let total = log2(weights.main.iter().sum());
        let mass = log2(weights.main[..LITERALS].iter().sum());
        let roots = log2(counts.iter().map(|&count| root(count)).sum::<u32>()) as i32 - log2(ROOT_SCALE) as i32;
        let mut sum = 0;
        for ((cost, &weight), &count) in self.literals.iter_mut().zip(&weights.main).zip(counts) {
            let own = (log2(count) / 2 + mass) as i32 - roots;
            *cost = (total as i32 - (log2(weight) as i32 + own) / 2).max(BIT as i32) as u16;
            sum += u64::from(*cost) * u64::from(count);
        }
        self.average_literal = (sum / counts.iter().map(|&count| u64::from(count)).sum::<u64>().max(1)) as u32;
    }

    /// The cost of the literal `byte`.
    #[inline(always)]
    pub(super) fn literal(&self, byte: u8) -> u64 {
        u64::from(self.literals[usize::from(byte)]) << COST_SHIFT
    }

    /// What any literal of the bytes to be compressed costs on average.
    #[inline(always)]
    pub(super) fn average_literal(&self) -> u32 {
        self.average_literal
    }

    /// The costs of short matches with an offset of `slot`, without the aligned symbol.
    #[inline(always)]
    pub(super) fn short(&self, slot: usize) -> &ShortCosts {
        &self.short[slot % SLOT_ROWS]
    }

    /// The cost of a match that is not short with an offset of `slot`, without the aligned symbol; and the length, as in
    /// [`ShortCosts`].
    #[inline(always)]
    pub(super) fn long(&self, slot: usize, length: usize) -> u64 {
        let cost = self.long[slot % SLOT_ROWS] + self.lengths[length % LENGTH_ROWS];
        u64::from(cost) << COST_SHIFT | length as u64
    }

    /// The cost of a match of any length.
    #[inline(always)]
    pub(super) fn of_match(&self, slot: usize, length: usize) -> u64 {
        if length < SHORT { self.short(slot)[length % SHORT] } else { self.long(slot, length) }
    }

    /// The cost of the aligned symbol.
    #[inline(always)]
    pub(super) fn aligned(&self, slot: usize, formatted: u32) -> u64 {
        let cost = self.aligned[usize::from(slot >= FIRST_ALIGNED_SLOT)][formatted as usize % ALIGNED_SYMBOLS];
        u64::from(cost) << COST_SHIFT
    }
}

/// What square roots are multiplied with.
const ROOT_SCALE: u32 = 16;

/// The square root of `x`, times [`ROOT_SCALE`], rounded down.
#[inline(always)]
fn root(x: u32) -> u32 {
    /// Roots up to here are looked up.
    const SIZE: usize = 1024;
    static ROOTS: [u16; SIZE] = {
        let mut roots = [0; SIZE];
        let mut x = 0;
        while x < SIZE {
            roots[x] = (x as u32 * ROOT_SCALE * ROOT_SCALE).isqrt() as u16;
            x += 1;
        }
        roots
    };
    ROOTS.get(x as usize).map_or_else(|| x.isqrt() * ROOT_SCALE, |&root| root.into())
}

/// What a symbol that occurs costs in a block's header: less than it takes there, for it may take the place of another one.
const HEADER: u32 = 2 * BIT;

/// Adds what a symbol costs in the header, in equal parts to the times that it occurred the time before.
fn add_header<const N: usize>(costs: &mut [u16; N], counts: &[u32; N]) {
    for (cost, &count) in costs.iter_mut().zip(counts) {
        *cost += (HEADER / count.max(1)) as u16;
    }
}

/// The costs of a code's symbols by their weights.
fn costs<const N: usize>(weights: &[u32; N]) -> [u16; N] {
    let total = log2(weights.iter().sum());
    // No codeword is shorter than a bit.
    weights.map(|weight| total.saturating_sub(log2(weight)).max(BIT) as u16)
}
