//! Giving up early on a chunk that cannot shrink.
//!
//! Two things can make a chunk smaller. Literals alone save what their order-0 entropy says, exactly. Matches save no more than
//! the bytes that they cover, and a match shows as positions whose first bytes were seen before. Each such position is taken to save
//! far more than one of a real match does, which also makes up for those that a table of latest positions loses. Only when both
//! together cannot make up for the code's own 256 bytes, the chunk is given up. Positions are looked at only where literals do
//! not decide; even then this takes less than half the time of the quickest parser.

use alloc::boxed::Box;

use super::{FIRST_MATCH, LENGTHS_SIZE};
use crate::boxed::zeroed;

/// Bits that a position with four bytes seen before is taken to save: all of these.
const SAVED_BY_FOUR: u64 = 32;

/// The least bits that a match of three bytes takes beside its offset bits, where such matches are common.
const MATCH_OF_THREE: u32 = 4;

/// Bytes that a chunk has at least beyond its code and its items: a word that a reader has fetched, and not used.
const SPARE: usize = 2;

/// Slots of the table: one for each position of the longest chunk.
const SLOTS: usize = 1 << 16;

/// Tells chunks that cannot shrink.
pub(super) struct Incompressible {
    /// The latest position of the three bytes of each hash value.
    latest: Box<[u16; SLOTS]>,
}

impl Incompressible {
    /// The bytes of memory beside the object itself.
    pub(super) const MEMORY: usize = SLOTS * size_of::<u16>();

    pub(super) fn new() -> Self {
        Self { latest: zeroed() }
    }

    /// Whether a chunk of `data`, in which bytes occur `histogram` times, is bound to need more than `limit` bytes.
    pub(super) fn exceeds(&mut self, data: &[u8], histogram: &[u32; FIRST_MATCH], limit: usize) -> bool {
        let needed = (literal_bits(histogram) / 8) as usize + LENGTHS_SIZE + SPARE;
        needed > limit && (needed - limit) as u64 * 8 > self.match_bits(data)
    }

    /// An estimate, on the high side, of the bits that matches can save.
    fn match_bits(&mut self, data: &[u8]) -> u64 {
        self.latest.fill(0);
        let mut bits = 0;
        for (pos, window) in data.windows(4).enumerate() {
            let &[a, b, c, _] = window else { continue };
            let hash = u32::from_le_bytes([a, b, c, 0]).wrapping_mul(0x9E37_79B1);
            let slot = &mut self.latest[(hash >> 16) as usize];
            let earlier = usize::from(core::mem::replace(slot, pos as u16));
            let equal = data[earlier..].iter().zip(window).take_while(|(x, y)| x == y).count();
            if equal >= 3 && earlier < pos {
                let three = 24u32.saturating_sub(MATCH_OF_THREE + (pos - earlier).ilog2());
                bits += if equal == 3 { u64::from(three) } else { SAVED_BY_FOUR };
            }
        }
        bits
    }
}

/// The bits of all bytes as literals, in an ideal code.
fn literal_bits(histogram: &[u32; FIRST_MATCH]) -> u64 {
    let all = log2(histogram.iter().sum::<u32>().max(1));
    let bits = |count: &u32| u64::from(*count) * u64::from(all - log2(*count));
    histogram.iter().filter(|&&count| count != 0).map(bits).sum::<u64>() >> LOG2_FRACTION
}

/// The bits of a logarithm behind the binary point.
const LOG2_FRACTION: u32 = 16;

/// The logarithm of `x`, which is not 0, to base 2, in `2^-LOG2_FRACTION`, rounded down.
fn log2(x: u32) -> u32 {
    // Squaring a number doubles its logarithm: the next digit is whether the square reaches 2.
    const ONE: u32 = 31;
    let whole = x.ilog2();
    let mut mantissa = u64::from(x) << (ONE - whole);
    let mut logarithm = whole;
    for _ in 0..LOG2_FRACTION {
        mantissa = (mantissa * mantissa) >> ONE;
        let digit = mantissa >> (ONE + 1);
        mantissa >>= digit;
        logarithm = logarithm << 1 | digit as u32;
    }
    logarithm
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xpress::cost::histogram;

    #[test]
    fn logarithms_are_exact_to_their_last_digit() {
        for (x, expected) in [(1u32, 0.0), (2, 1.0), (3, 1.584_962_5), (1000, 9.965_784_3), (65536, 16.0)] {
            let found = f64::from(log2(x)) / 65536.0;
            assert!((0.0..0.0001).contains(&(expected - found)), "{x}: {found}");
        }
    }

    #[test]
    fn noise_exceeds_and_what_literals_can_shrink_does_not() {
        let mut state = 1u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let data: [u8; 32768] = core::array::from_fn(|_| noise());
        let mut test = Incompressible::new();
        assert!(test.exceeds(&data, &histogram(&data), data.len() - 1));
        assert!(!test.exceeds(&data, &histogram(&data), data.len() + LENGTHS_SIZE + SPARE));
        let mut repeated = data;
        repeated.copy_within(100..400, 30000);
        assert!(!test.exceeds(&repeated, &histogram(&repeated), data.len() - 1));
        let narrow = data.map(|byte| byte % 230);
        assert!(!test.exceeds(&narrow, &histogram(&narrow), data.len() - 1));
    }
}
