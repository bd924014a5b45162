//! Reading bits from a buffer of 64, refilled several words at a time without a branch.
//!
//! The buffer is left-aligned: the next bit of the stream is the highest one, so that a table index is one shift. Below its
//! valid bits it may hold further bits of the stream already; a refill ORs the same bits there again.
//!
//! Refills read at a masked cursor from an array of a fixed size and therefore neither fail nor branch. Who uses them pads the
//! array with zeros, and compares the cursor with the true length of the input now and then, at the latest at the end.

/// Up to 64 bits of a stream, the next one highest.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BitBuffer {
    bits: u64,
    count: u32,
}

/// Bytes that a refill reads, whatever it needs; the slack that an array needs behind its mask.
pub(crate) const REFILL_BYTES: usize = 8;

/// Bits that are valid at least after any of the refills.
pub(crate) const REFILLED_BITS: u32 = 48;

impl BitBuffer {
    /// The next bits, left-aligned; those beyond [`Self::count`] are not reliable.
    #[inline(always)]
    pub(crate) fn peek(self) -> u64 {
        self.bits
    }

    /// The number of valid bits.
    #[inline(always)]
    pub(crate) fn count(self) -> u32 {
        self.count
    }

    /// Drops `n` bits, 0 to 63, which must be valid.
    #[inline(always)]
    pub(crate) fn consume(&mut self, n: u32) {
        self.bits <<= n;
        self.count -= n;
    }

    /// Takes `n` bits, 0 to 63, which must be valid.
    #[inline(always)]
    pub(crate) fn take(&mut self, n: u32) -> u64 {
        // Two shifts, because one by 64 would not exist.
        let value = (self.bits >> 1) >> (63 - n);
        self.consume(n);
        value
    }

    /// Drops all valid bits beyond the first `n`, 1 to 63, and the unreliable ones.
    #[inline(always)]
    pub(crate) fn truncate(&mut self, n: u32) {
        self.bits &= !(u64::MAX >> n);
        self.count = n;
    }

    /// Refills from a forward stream of words at `*at`, which may be odd; leaves 48 to 63 bits.
    ///
    /// `SIZE` is a power of two plus [`REFILL_BYTES`].
    #[inline(always)]
    pub(crate) fn refill_words<const SIZE: usize>(&mut self, input: &[u8; SIZE], at: &mut usize) {
        const { assert!((SIZE - REFILL_BYTES).is_power_of_two()) };
        let from = *at & (SIZE - REFILL_BYTES - 1);
        let bytes = input[from..from + REFILL_BYTES].try_into().expect("eight bytes");
        self.bits |= reverse_words(u64::from_le_bytes(bytes)) >> self.count;
        let words = (63 - self.count) / 16;
        *at += 2 * words as usize;
        self.count += 16 * words;
    }
}

/// Swaps the four 16-bit words of `x` end for end.
#[inline(always)]
pub(crate) const fn reverse_words(x: u64) -> u64 {
    const LOW_HALVES: u64 = 0x0000_FFFF_0000_FFFF;
    let x = x.rotate_left(32);
    ((x & LOW_HALVES) << 16) | ((x >> 16) & LOW_HALVES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_from_their_highest_bit() {
        let mut input = [0; 24];
        input[..4].copy_from_slice(&[0x34, 0x12, 0x78, 0x56]);
        let (mut buffer, mut at) = (BitBuffer::default(), 0);
        buffer.refill_words(&input, &mut at);
        assert_eq!((buffer.count(), at), (48, 6));
        assert_eq!(buffer.peek() >> 60, 1);
        assert_eq!([buffer.take(0), buffer.take(16), buffer.take(12), buffer.take(4)], [0, 0x1234, 0x567, 8]);
        assert_eq!(buffer.count(), 16);
    }

    #[test]
    fn refilling_again_changes_nothing_but_the_count() {
        let input: [u8; 72] = core::array::from_fn(|i| (i * 37 + 11) as u8);
        let (mut often, mut often_at) = (BitBuffer::default(), 1);
        let (mut once, mut once_at) = (BitBuffer::default(), 1);
        for n in [1, 5, 16, 0, 11, 15, 3, 15, 2] {
            often.refill_words(&input, &mut often_at);
            often.refill_words(&input, &mut often_at);
            once.refill_words(&input, &mut once_at);
            assert!(once.count() >= REFILLED_BITS);
            assert_eq!(often.take(n), once.take(n));
        }
    }
}
