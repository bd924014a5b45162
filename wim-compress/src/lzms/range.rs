//! The range coder of the forward stream.
//!
//! An interval of 32 bits is divided in proportion to the probability of a zero, in 64ths; a zero takes the lower part.
//! Whenever 16 bits or fewer are left of it, one 16-bit word is shifted in or out.

use super::model::Decision;

/// A range this small is widened by a word first.
const NARROW: u32 = 0xFFFF;
const WORD_BITS: u32 = 16;
const WORD_BYTES: usize = 2;

/// Probabilities are fractions of `2^PROBABILITY_BITS`.
const PROBABILITY_BITS: u32 = 6;

/// Decodes the forward stream. After the end of the chunk it finds zeros; [`RangeDecoder::position`] tells on it.
pub(super) struct RangeDecoder<'a> {
    src: &'a [u8],
    /// The first byte that has not been read.
    next: usize,
    range: u32,
    code: u32,
}

impl<'a> RangeDecoder<'a> {
    /// A decoder of `src`, or `None` if its first two words are not those of any message.
    pub(super) fn new(src: &'a [u8]) -> Option<Self> {
        let mut decoder = Self { src, next: 0, range: u32::MAX, code: 0 };
        decoder.code = decoder.word() << WORD_BITS;
        decoder.code |= decoder.word();
        (decoder.code < decoder.range).then_some(decoder)
    }

    #[inline(always)]
    fn word(&mut self) -> u32 {
        let word = match self.src.get(self.next..self.next + WORD_BYTES) {
            Some(bytes) => u16::from_le_bytes([bytes[0], bytes[1]]),
            None => 0,
        };
        self.next += WORD_BYTES;
        u32::from(word)
    }

    /// Decodes a bit and teaches it to `decision`.
    #[inline(always)]
    pub(super) fn decode<const N: usize>(&mut self, decision: &mut Decision<N>) -> bool {
        if self.range <= NARROW {
            self.range <<= WORD_BITS;
            self.code = self.code << WORD_BITS | self.word();
        }
        let bound = (self.range >> PROBABILITY_BITS) * decision.zero_probability();
        let bit = self.code >= bound;
        if bit {
            self.range -= bound;
            self.code -= bound;
        } else {
            self.range = bound;
        }
        decision.push(bit);
        bit
    }

    /// The number of bytes read so far, those after the end of the chunk included.
    #[inline(always)]
    pub(super) fn position(&self) -> usize {
        self.next
    }
}
