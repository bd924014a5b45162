//! What items cost.

use super::items::{length_bytes, match_symbol, offset_bits};
use super::prior::{LITERAL, LITERAL_WEIGHTS};
use super::{FIRST_MATCH, LONG_LENGTH, MAX_CODEWORD_LEN, OFFSET_BITS_SHIFT, SYMBOLS};

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
    /// Corrects the costs by what occurred `frequencies` times in the data, or in a sample of it. The costs up to now count as
    /// `weight` more items.
    pub(super) fn learn(&mut self, frequencies: &[u32; SYMBOLS], weight: u32) {
        let total = log2((frequencies.iter().sum::<u32>() + weight) << SHARE_BITS);
        let corrected = |cost: u32, frequency: u32| {
            let share = (frequency << SHARE_BITS) + ((weight * exp2_of_minus(cost)) >> (EXP2_BITS - SHARE_BITS));
            (total - log2(share.max(1))).min(MAX_CODEWORD_LEN * BIT)
        };
        let (literals, matches) = frequencies.split_at(FIRST_MATCH);
        for (cost, &frequency) in self.literals.iter_mut().zip(literals) {
            *cost = corrected((*cost).into(), frequency) as u16;
        }
        for (raw, (row, frequencies)) in (0..).zip(self.matches.iter_mut().zip(matches.as_chunks::<HEADERS>().0)) {
            for (cost, &frequency) in row.iter_mut().zip(frequencies) {
                *cost = (corrected(u32::from(*cost) - raw * BIT, frequency) + raw * BIT) as u16;
            }
        }
    }

    /// Sets the literals' costs to a mean of those of an average chunk and those that fit the bytes of this chunk, which
    /// occur `histogram` times. The bytes that matches leave over are more evenly spread than all bytes are, as the square
    /// root of their frequency is.
    pub(super) fn fit_literals(&mut self, histogram: &[u32; FIRST_MATCH]) {
        let roots = histogram.map(|count| (count << 8).isqrt());
        let sum = roots.iter().sum::<u32>().max(1);
        for ((cost, root), weight) in self.literals.iter_mut().zip(roots).zip(LITERAL_WEIGHTS) {
            let mixed = weight + (root << WEIGHT_BITS) / sum;
            *cost = (LITERAL + (WEIGHT_BITS + 1) * BIT - log2(mixed)) as u16;
        }
    }

    /// The cost of a match.
    #[inline(always)]
    pub(super) fn of_match(&self, length: usize, offset: usize) -> u32 {
        let over = length - super::MIN_MATCH;
        let symbol = match_symbol(over, offset_bits(offset));
        u32::from(self.matches[symbol >> OFFSET_BITS_SHIFT][symbol % HEADERS]) + length_bytes_cost(over)
    }
}

/// Probabilities are in units of `2^-WEIGHT_BITS`.
const WEIGHT_BITS: u32 = 16;

/// Shares of symbols are in units of `2^-SHARE_BITS` items.
const SHARE_BITS: u32 = 10;

/// Powers of two are in units of `2^-EXP2_BITS`.
const EXP2_BITS: u32 = 20;

/// Two to the power of minus `cost` bits.
fn exp2_of_minus(cost: u32) -> u32 {
    const FRACTIONS: [u32; BIT as usize] = [
        1_048_576, 1_004_119, 961_548, 920_781, 881_743, 844_359, 808_561, 774_281, 741_455, 710_020, 679_917, 651_091,
        623_487, 597_053, 571_740, 547_500,
    ];
    FRACTIONS[(cost % BIT) as usize] >> (cost / BIT)
}

/// The logarithm of `x`, which is not 0, to base 2 in cost units.
fn log2(x: u32) -> u32 {
    const FRACTIONS: [u8; BIT as usize] = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15];
    let whole = x.ilog2();
    let fraction = (u64::from(x) << 32 >> whole) as u32 >> (32 - BIT.ilog2());
    whole * BIT + u32::from(FRACTIONS[fraction as usize])
}

/// How often each byte occurs in `data`.
pub(super) fn histogram(data: &[u8]) -> [u32; FIRST_MATCH] {
    // Four tables, so that equal bytes in a row do not wait for each other's increments.
    let mut tables = [[0u32; FIRST_MATCH]; 4];
    let (fours, rest) = data.as_chunks::<4>();
    for four in fours {
        for (table, &byte) in tables.iter_mut().zip(four) {
            table[usize::from(byte)] += 1;
        }
    }
    for &byte in rest {
        tables[0][usize::from(byte)] += 1;
    }
    core::array::from_fn(|byte| tables.iter().map(|table| table[byte]).sum())
}

/// The cost of the bytes of a length that is `over` more than three.
#[inline(always)]
pub(super) fn length_bytes_cost(over: usize) -> u32 {
    length_bytes(over) as u32 * 8 * BIT
}
