//! What items cost.

use super::items::{length_bytes, match_symbol, offset_bits};
use super::{FIRST_MATCH, LONG_LENGTH, OFFSET_BITS_SHIFT, SYMBOLS};

/// The unit of costs: this many are a bit.
pub(super) const BIT: u32 = 16;

/// Match symbols of one number of offset bits.
pub(super) const HEADERS: usize = LONG_LENGTH + 1;

/// The cost of every item by its symbol, in 1/16 bit. A match's includes its offset bits, but not its length bytes.
#[derive(Clone)]
pub(super) struct Costs {
    pub(super) literals: [u16; FIRST_MATCH],
    pub(super) matches: [[u16; HEADERS]; (SYMBOLS - FIRST_MATCH) / HEADERS],
}

impl Costs {
    /// Costs by the lengths of codewords. A symbol without a codeword costs `missing` bits.
    pub(super) fn from_lengths(lens: &[u8; SYMBOLS], missing: u8) -> Self {
        let bits = |len: u8| u16::from(if len == 0 { missing } else { len });
        let mut costs = Self { literals: [0; FIRST_MATCH], matches: [[0; HEADERS]; (SYMBOLS - FIRST_MATCH) / HEADERS] };
        for (cost, &len) in costs.literals.iter_mut().zip(lens) {
            *cost = bits(len) * BIT as u16;
        }
        for (raw, (row, lens)) in (0u16..).zip(costs.matches.iter_mut().zip(lens[FIRST_MATCH..].chunks(HEADERS))) {
            for (cost, &len) in row.iter_mut().zip(lens) {
                *cost = (bits(len) + raw) * BIT as u16;
            }
        }
        costs
    }

    /// Adjusts the literals' costs to the bytes of `data`.
    pub(super) fn fit_literals(&mut self, _data: &[u8]) {}

    /// The cost of a match.
    #[inline(always)]
    pub(super) fn of_match(&self, length: usize, offset: usize) -> u32 {
        let over = length - super::MIN_MATCH;
        let symbol = match_symbol(over, offset_bits(offset as u32));
        u32::from(self.matches[symbol >> OFFSET_BITS_SHIFT][symbol % HEADERS]) + length_bytes_cost(over)
    }
}

/// The cost of the bytes of a length that is `over` more than three.
#[inline(always)]
pub(super) fn length_bytes_cost(over: usize) -> u32 {
    length_bytes(over) as u32 * 8 * BIT
}
