//! The backward bit stream: 16-bit words from the end of a chunk to its front, each from its highest bit down.

/// Reads the backward stream. In front of the chunk it finds zeros; [`BackwardReader::position`] tells on it.
///
/// As words are little-endian, the stream is also one of bytes, from the last one to the first.
pub(super) struct BackwardReader<'a> {
    /// What has not been loaded.
    rest: &'a [u8],
    /// The next bits, from the top. Below the valid ones there may be a copy of those that follow them.
    buffer: u64,
    /// The number of valid bits.
    valid: u32,
    /// The bytes that were missing in front of the chunk.
    missing: usize,
}

/// The bits that a refill leaves valid at least: more than a codeword (16) and the raw bits of a slot (30).
const REFILLED: u32 = 56;

const WORD_BITS: isize = 16;
const WORD_BYTES: isize = 2;
const LOAD: usize = size_of::<u64>();

impl<'a> BackwardReader<'a> {
    /// A reader of all of `src`, whose length is even.
    pub(super) fn new(src: &'a [u8]) -> Self {
        Self { rest: src, buffer: 0, valid: 0, missing: 0 }
    }

    /// Makes at least 56 bits valid.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        let used = ((63 - self.valid) / u8::BITS) as usize % LOAD;
        let next = if let Some(bytes) = self.rest.last_chunk::<LOAD>() {
            self.rest = &self.rest[..self.rest.len() - used];
            u64::from_le_bytes(*bytes)
        } else {
            let bytes = load_at_front(self.rest);
            let left = self.rest.len().saturating_sub(used);
            self.missing += left + used - self.rest.len();
            self.rest = &self.rest[..left];
            bytes
        };
        self.buffer |= next >> self.valid;
        self.valid |= REFILLED;
    }

    /// Whether bits were taken that the chunk does not have. Only a quick look: a few bytes too many go unnoticed.
    #[inline(always)]
    pub(super) fn is_past_front(&self) -> bool {
        self.missing > LOAD
    }

    /// The next bits from the top, at least 56 valid ones after [`BackwardReader::refill`].
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

    /// The byte at which the earliest word of which a bit was taken begins; negative past the chunk's front.
    pub(super) fn position(&self) -> isize {
        let unread_bits = (self.rest.len() as isize - self.missing as isize) * u8::BITS as isize + self.valid as isize;
        unread_bits.div_euclid(WORD_BITS) * WORD_BYTES
    }
}

/// The last eight bytes of `rest` when there are fewer: zeros in front of them.
#[cold]
#[inline(never)]
fn load_at_front(rest: &[u8]) -> u64 {
    let mut bytes = [0; LOAD];
    bytes[LOAD - rest.len()..].copy_from_slice(rest);
    u64::from_le_bytes(bytes)
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
        assert_eq!(reader.position(), 10 - 26, "200 bits lie in 13 words");
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
