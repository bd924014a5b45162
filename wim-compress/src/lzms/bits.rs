//! The backward bit stream: 16-bit words from the end of a chunk to its front, each from its highest bit down.

/// Reads the backward stream. Before the front of the chunk it finds zeros; [`BackwardReader::position`] tells on it.
pub(super) struct BackwardReader<'a> {
    src: &'a [u8],
    /// Everything before this byte has not been loaded; negative once the chunk's front has been passed.
    loaded: isize,
    /// The next bits, from the top. Below the valid ones there may be a copy of those that follow them.
    buffer: u64,
    /// The number of valid bits.
    valid: u32,
}

/// The bits that a refill leaves valid at least: a codeword (15) and the raw bits of a slot (30).
const REFILLED: u32 = 48;

const WORD_BITS: u32 = 16;
const WORD_BYTES: isize = 2;
const LOAD: usize = size_of::<u64>();

impl<'a> BackwardReader<'a> {
    /// A reader of all of `src`, whose length is even.
    pub(super) fn new(src: &'a [u8]) -> Self {
        Self { src, loaded: src.len() as isize, buffer: 0, valid: 0 }
    }

    /// Makes at least 48 bits valid.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        let next = match usize::try_from(self.loaded - LOAD as isize) {
            Ok(at) => match self.src.get(at..at + LOAD) {
                Some(bytes) => u64::from_le_bytes(bytes.try_into().expect("eight bytes")),
                None => 0,
            },
            Err(_) => self.load_at_front(),
        };
        let words = (63 - self.valid) / WORD_BITS;
        self.buffer |= next >> self.valid;
        self.valid += words * WORD_BITS;
        self.loaded -= words as isize * WORD_BYTES;
    }

    /// The eight bytes before the cursor when fewer are left: zeros in front of them.
    #[cold]
    fn load_at_front(&self) -> u64 {
        let left = usize::try_from(self.loaded).unwrap_or(0);
        let mut bytes = [0; LOAD];
        bytes[LOAD - left..].copy_from_slice(&self.src[..left]);
        u64::from_le_bytes(bytes)
    }

    /// The next bits from the top, at least 48 valid ones after [`BackwardReader::refill`].
    #[inline(always)]
    pub(super) fn peek(&self) -> u64 {
        self.buffer
    }

    /// Drops `count` valid bits, fewer than 64.
    #[inline(always)]
    pub(super) fn consume(&mut self, count: u32) {
        debug_assert!(count <= self.valid, "a refill comes before every {REFILLED} bits");
        self.buffer <<= count;
        self.valid -= count;
    }

    /// Takes `count` bits, at most 30.
    #[inline(always)]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let value = (self.buffer >> 1 >> (63 - count)) as u32;
        self.consume(count);
        value
    }

    /// The byte in front of which nothing has been loaded; never behind [`BackwardReader::position`], and at most 6 before.
    #[inline(always)]
    pub(super) fn loaded(&self) -> isize {
        self.loaded
    }

    /// The byte at which the earliest word of which a bit was taken begins; negative past the chunk's front.
    pub(super) fn position(&self) -> isize {
        self.loaded + (self.valid / WORD_BITS) as isize * WORD_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_from_the_end_and_bits_from_the_top() {
        let mut reader = BackwardReader::new(&[0x34, 0x12, 0x78, 0x56, 0xCD, 0xAB]);
        reader.refill();
        assert_eq!(reader.position(), 6);
        assert_eq!((reader.take(4), reader.take(12)), (0xA, 0xBCD));
        assert_eq!(reader.position(), 4);
        assert_eq!(reader.take(30), (0x5678_1234 >> 2));
        assert_eq!((reader.take(0), reader.take(2)), (0, 0));
        assert_eq!(reader.position(), 0);
    }

    #[test]
    fn zeros_follow_the_front_and_the_position_says_so() {
        let mut reader = BackwardReader::new(&[0xFF; 10]);
        let mut ones = 0;
        for _ in 0..20 {
            reader.refill();
            ones += reader.take(10).count_ones();
        }
        assert_eq!(ones, 80);
        assert_eq!(reader.position(), 10 - 13 * WORD_BYTES, "200 bits lie in 13 words");
    }

    #[test]
    fn any_widths_give_the_same_bits() {
        let src: [u8; 64] = core::array::from_fn(|i| (i * 37 + 11) as u8);
        let bit = |n: usize| u32::from(src[64 - 2 * (n / 16 + 1) + usize::from(n % 16 < 8)] >> (7 - n % 8)) & 1;
        let mut reader = BackwardReader::new(&src);
        let mut at = 0;
        for width in (0..31).chain([13, 1, 7]) {
            if at + width > 512 {
                break;
            }
            reader.refill();
            let expected = (at..at + width).fold(0, |value, n| value << 1 | bit(n));
            assert_eq!(reader.take(width as u32), expected, "{width} bits at {at}");
            at += width;
        }
    }
}
