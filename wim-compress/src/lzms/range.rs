//! The range coder of the forward stream.
//!
//! An interval of 32 bits is divided in proportion to the probability of a zero, in 64ths; a zero takes the lower part.
//! Whenever 16 bits or fewer are left of it, one 16-bit word is shifted in or out.

use super::model::Decision;

/// A range this small is widened by a word first.
pub(super) const NARROW: u32 = 0xFFFF;
pub(super) const WORD_BITS: u32 = 16;
pub(super) const WORD_BYTES: usize = 2;

/// Probabilities are fractions of `2^PROBABILITY_BITS`.
pub(super) const PROBABILITY_BITS: u32 = 6;

/// Decodes the forward stream. After the end of the chunk it finds zeros, and then [`RangeDecoder::position`] is at the end.
pub(super) struct RangeDecoder<'a> {
    rest: core::slice::Iter<'a, [u8; WORD_BYTES]>,
    len: usize,
    range: u32,
    code: u32,
}

impl<'a> RangeDecoder<'a> {
    /// A decoder of `src`, or `None` if its first two words are not those of any message.
    pub(super) fn new(src: &'a [u8]) -> Option<Self> {
        let mut decoder = Self { rest: src.as_chunks().0.iter(), len: src.len(), range: u32::MAX, code: 0 };
        decoder.code = decoder.word() << WORD_BITS;
        decoder.code |= decoder.word();
        (decoder.code < decoder.range).then_some(decoder)
    }

    #[inline(always)]
    fn word(&mut self) -> u32 {
        self.rest.next().map_or(0, |word| u32::from(u16::from_le_bytes(*word)))
    }

    /// Decodes a bit and teaches it to `decision`.
    #[inline(always)]
    pub(super) fn decode<const N: usize>(&mut self, decision: &mut Decision<N>) -> bool {
        if self.range <= NARROW {
            self.range <<= WORD_BITS;
            self.code = self.code << WORD_BITS | self.word();
        }
        let bound = (self.range >> PROBABILITY_BITS) * decision.zero_probability();
        if self.code < bound {
            self.range = bound;
            decision.push(false);
            false
        } else {
            self.range -= bound;
            self.code -= bound;
            decision.push(true);
            true
        }
    }

    /// The number of bytes read so far.
    #[inline(always)]
    pub(super) fn position(&self) -> usize {
        self.len - self.rest.len() * WORD_BYTES
    }
}
