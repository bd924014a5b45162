//! Writing bits in 16-bit words, with bytes between them.
//!
//! Encoders know the exact size of their output before they write it, so the writer does not report overflow: writing outside the
//! destination would be a bug, and panics.

use super::read::reverse_words;

/// Writes the stream of a reader that fetches a word as soon as 16 or fewer unread bits are left to it, and takes single
/// bytes from where it fetches.
///
/// Such a reader is always one to two words ahead of the bits that it uses. So the places of two words are kept open: a byte
/// goes behind them.
pub(crate) struct WordWriter<'d> {
    dst: &'d mut [u8],
    /// The place of the next word.
    next: usize,
    /// Where the places go on; none while the second open place and all that follows are right behind the first.
    apart: Option<Apart>,
    /// Bits not yet written, in the low `count` bits; 1 to 16 after each `put`.
    bits: u64,
    count: u32,
}

/// The places behind the next word, when bytes have been put between words.
#[derive(Clone, Copy)]
struct Apart {
    /// The place of the word after the next.
    second: usize,
    /// Where the place of the one after that, or the next byte, will be.
    at: usize,
}

/// Bytes in a word, and bits.
const WORD: usize = 2;
const WORD_BITS: u32 = 16;

/// Bytes that are stored at a time, whatever of them counts.
const STORED: usize = 8;

impl<'d> WordWriter<'d> {
    /// A writer into `dst`, from `at` on.
    pub(crate) fn new(dst: &'d mut [u8], at: usize) -> Self {
        Self { dst, next: at, apart: None, bits: 0, count: 0 }
    }

    /// The most bits that can be written at once.
    pub(crate) const MAX_BITS: u8 = 48;

    /// Writes the low `n` bits of `value`, at most [`Self::MAX_BITS`]; `value` has no others. The first call writes at least one.
    #[inline(always)]
    pub(crate) fn put(&mut self, value: u64, n: u8) {
        self.bits = self.bits << n | value;
        self.count += u32::from(n);
        // In a row, one store of several words, of which as much counts as is full, does without the unpredictable question
        // of how many these are.
        if self.apart.is_none()
            && let Some(place) = self.dst.get_mut(self.next..self.next + STORED)
        {
            let words = reverse_words(self.bits << (64 - self.count));
            place.copy_from_slice(&words.to_le_bytes());
            let full = (self.count - 1) / WORD_BITS;
            self.count -= full * WORD_BITS;
            self.next += full as usize * WORD;
        } else {
            self.put_words();
        }
    }

    /// Writes one byte.
    #[inline(always)]
    pub(crate) fn put_byte(&mut self, byte: u8) {
        let Apart { second, at } = self.places();
        self.dst[at] = byte;
        self.apart = Some(Apart { second, at: at + 1 });
    }

    /// Writes the last bits, fills up the words that a reader will have fetched, and returns the end of the stream.
    pub(crate) fn finish(mut self) -> usize {
        let end = self.places().at;
        self.put_word((self.bits << (WORD_BITS - self.count)) as u16);
        self.dst[self.next..][..WORD].fill(0);
        end
    }

    /// Writes words while more than one is full. Inlined, as all of this, to keep the writer in registers.
    #[inline(always)]
    fn put_words(&mut self) {
        while self.count > WORD_BITS {
            self.count -= WORD_BITS;
            self.put_word((self.bits >> self.count) as u16);
        }
    }

    #[inline(always)]
    fn put_word(&mut self, word: u16) {
        self.dst[self.next..][..WORD].copy_from_slice(&word.to_le_bytes());
        let Apart { second, at } = self.places();
        self.next = second;
        self.apart = (at != second + WORD).then_some(Apart { second: at, at: at + WORD });
    }

    /// The places behind the next word.
    #[inline(always)]
    fn places(&self) -> Apart {
        self.apart.unwrap_or(Apart { second: self.next + WORD, at: self.next + 2 * WORD })
    }
}
