//! The compressed chunk as a decoder reads it.
//!
//! The stream is a sequence of 16-bit little-endian words whose bits are read from the highest down. With the bytes of every
//! word swapped it is an ordinary big-endian string of bits, and a refill is one load. So the chunk is copied once, swapped,
//! into a buffer of a fixed size behind which there are zeros. A refill masks its position instead of checking it; whether
//! the stream has been left is looked at once a block. Uncompressed blocks are read from the original.

use alloc::boxed::Box;

use crate::DecodeError;
use crate::boxed::zeroed;

/// Bytes that a refill reads.
const REFILL_BYTES: usize = 8;

/// What the buffer's size has beyond a power of two.
pub(super) const INPUT_SLACK: usize = REFILL_BYTES;

/// Bits that a refill leaves at least.
const REFILLED_BITS: u32 = 56;

/// A swapped copy of a chunk. `SIZE` is a power of two plus the bytes of a refill.
pub(super) struct Input<const SIZE: usize> {
    swapped: Box<[u8; SIZE]>,
    /// How far the buffer is not zero.
    used: usize,
}

impl<const SIZE: usize> Input<SIZE> {
    const CAPACITY: usize = {
        assert!((SIZE - REFILL_BYTES).is_power_of_two());
        SIZE - REFILL_BYTES
    };

    pub(super) fn new() -> Self {
        Self { swapped: zeroed(), used: 0 }
    }

    /// Takes over the chunk `src`.
    ///
    /// # Errors
    /// [`DecodeError::TrailingData`] if it is longer than the buffer, which is longer than anything that an encoder makes.
    pub(super) fn load(&mut self, src: &[u8]) -> Result<(), DecodeError> {
        if src.len() > Self::CAPACITY {
            return Err(DecodeError::TrailingData);
        }
        let (blocks, rest) = src.as_chunks::<REFILL_BYTES>();
        let (places, _) = self.swapped[..Self::CAPACITY].as_chunks_mut::<REFILL_BYTES>();
        for (place, block) in places.iter_mut().zip(blocks) {
            *place = swap_words(u64::from_le_bytes(*block)).to_le_bytes();
        }
        if !rest.is_empty() {
            let mut block = [0; REFILL_BYTES];
            block[..rest.len()].copy_from_slice(rest);
            places[blocks.len()] = swap_words(u64::from_le_bytes(block)).to_le_bytes();
        }
        let end = src.len().next_multiple_of(2);
        if end < self.used {
            self.swapped[end..self.used].fill(0);
        }
        self.used = end;
        Ok(())
    }

    /// A reader of the bits from the byte position `at` on, which is even.
    pub(super) fn reader(&self, at: usize) -> Bits<'_, SIZE> {
        let mut bits = Bits { input: &self.swapped, at, bits: 0, count: 0 };
        bits.refill();
        bits
    }
}

/// Reads bits, highest first.
#[derive(Clone)]
pub(super) struct Bits<'i, const SIZE: usize> {
    input: &'i [u8; SIZE],
    /// Where the next refill reads.
    at: usize,
    /// The next bits, from the top down. Below the valid ones there may be more of the stream, or zeros.
    bits: u64,
    /// How many bits are valid.
    count: u32,
}

impl<const SIZE: usize> Bits<'_, SIZE> {
    /// Fills up to 56 bits or more.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        let from = self.at & (SIZE - REFILL_BYTES - 1);
        let bytes: [u8; REFILL_BYTES] = self.input[from..from + REFILL_BYTES].try_into().expect("eight bytes");
        self.bits |= u64::from_le_bytes(bytes).swap_bytes() >> (self.count & 63);
        self.at += ((!self.count & 63) >> 3) as usize;
        self.count |= REFILLED_BITS;
    }

    /// The next bits, at the top.
    #[inline(always)]
    pub(super) fn peek(&self) -> u64 {
        self.bits
    }

    /// Drops the `count` next bits, at most 63 and no more than are valid. The upper bits of `count` are ignored.
    #[inline(always)]
    pub(super) fn consume(&mut self, count: u32) {
        self.bits <<= count & 63;
        self.count = self.count.wrapping_sub(count);
    }

    /// Takes the `count` next bits, at most 32 and no more than are valid.
    #[inline(always)]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let value = (self.bits >> 1) >> (63 - count);
        self.consume(count);
        value as u32
    }

    /// The bits that have been taken since the start of the chunk.
    pub(super) fn position(&self) -> usize {
        (self.at * 8).wrapping_sub((self.count & 63) as usize)
    }
}

/// Swaps the bytes of four words.
#[inline(always)]
fn swap_words(words: u64) -> u64 {
    const LOW_BYTES: u64 = u64::MAX / 0xFFFF * 0xFF;
    (words & LOW_BYTES) << 8 | words >> 8 & LOW_BYTES
}
