//! Writing bits in 16-bit words, with bytes between them.
//!
//! Encoders know the exact size of their output before they write it, so the writer does not report overflow: writing outside the
//! destination would be a bug, and panics.

/// Writes the stream of a reader that fetches a word as soon as 16 or fewer unread bits are left to it, and takes single
/// bytes from where it fetches.
///
/// Such a reader is always one to two words ahead of the bits that it uses. So the places of two words are kept open: a byte
/// goes behind them.
pub(crate) struct WordWriter<'d> {
    dst: &'d mut [u8],
    /// The places of the next two words.
    open: [usize; 2],
    /// Where the next word's place or the next byte will be.
    at: usize,
    /// Bits not yet written, in the low `count` bits; at most 16 between calls of `put`.
    bits: u64,
    count: u32,
}

/// Bytes in a word, and bits.
const WORD: usize = 2;
const WORD_BITS: u32 = 16;

impl<'d> WordWriter<'d> {
    /// A writer into `dst`, from `at` on.
    pub(crate) fn new(dst: &'d mut [u8], at: usize) -> Self {
        Self { dst, open: [at, at + WORD], at: at + 2 * WORD, bits: 0, count: 0 }
    }

    /// Writes the low `n` bits of `value`, at most 32; `value` has no others.
    #[inline(always)]
    pub(crate) fn put(&mut self, value: u32, n: u32) {
        self.bits = self.bits << n | u64::from(value);
        self.count += n;
        while self.count > WORD_BITS {
            self.count -= WORD_BITS;
            self.put_word((self.bits >> self.count) as u16);
        }
    }

    /// Writes one byte.
    #[inline(always)]
    pub(crate) fn put_byte(&mut self, byte: u8) {
        self.dst[self.at] = byte;
        self.at += 1;
    }

    /// Writes the last bits, fills up the words that a reader will have fetched, and returns the end of the stream.
    pub(crate) fn finish(mut self) -> usize {
        let last = (self.bits << (WORD_BITS - self.count)) as u16;
        let end = self.at;
        self.put_word(last);
        self.dst[self.open[0]..][..WORD].fill(0);
        end
    }

    #[inline(always)]
    fn put_word(&mut self, word: u16) {
        self.dst[self.open[0]..][..WORD].copy_from_slice(&word.to_le_bytes());
        self.open = [self.open[1], self.at];
        self.at += WORD;
    }
}
