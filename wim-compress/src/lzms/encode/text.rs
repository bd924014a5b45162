//! The chunk that is being compressed, in a form that is quick to compare.

use alloc::vec;
use alloc::vec::Vec;

/// Zeros behind the chunk, so that a word can be loaded at each of its bytes.
const SLACK: usize = WORD;

/// Bytes that are compared at once.
const WORD: usize = size_of::<u64>();

/// A copy of the chunk, filtered, with some zeros behind it.
pub(super) struct TextBuffer {
    bytes: Vec<u8>,
    len: usize,
}

impl TextBuffer {
    /// The bytes of memory for chunks of up to `chunk_size` bytes.
    pub(super) const fn memory(chunk_size: usize) -> usize {
        chunk_size + SLACK
    }

    /// Room for chunks of up to `chunk_size` bytes.
    pub(super) fn new(chunk_size: usize) -> Self {
        Self { bytes: vec![0; Self::memory(chunk_size)], len: 0 }
    }

    /// Copies a chunk, to be changed in place.
    pub(super) fn load(&mut self, chunk: &[u8]) -> &mut [u8] {
        self.len = chunk.len();
        self.bytes[self.len..self.len + SLACK].fill(0);
        let text = &mut self.bytes[..self.len];
        text.copy_from_slice(chunk);
        text
    }

    /// The chunk, filtered.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.len);
        self.bytes
    }

    pub(super) fn text(&self) -> Text<'_> {
        Text { padded: &self.bytes[..self.len + SLACK], len: self.len }
    }
}

/// The chunk.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    padded: &'a [u8],
    len: usize,
}

impl<'a> Text<'a> {
    pub(super) fn len(self) -> usize {
        self.len
    }

    pub(super) fn bytes(self) -> &'a [u8] {
        &self.padded[..self.len]
    }

    #[inline(always)]
    pub(super) fn byte(self, at: usize) -> u8 {
        self.padded[at]
    }

    /// Eight bytes, the one at `at` lowest.
    #[inline(always)]
    pub(super) fn word(self, at: usize) -> u64 {
        let bytes: [u8; WORD] = self.padded[at..at + WORD].try_into().expect("eight bytes");
        u64::from_le_bytes(bytes)
    }

    /// Four bytes, the one at `at` lowest.
    #[inline(always)]
    pub(super) fn half_word(self, at: usize) -> u32 {
        let bytes: [u8; WORD / 2] = self.padded[at..at + WORD / 2].try_into().expect("four bytes");
        u32::from_le_bytes(bytes)
    }

    /// How many bytes at `at` equal those `offset` before, up to `max`, which must not reach past the end.
    #[inline(always)]
    pub(super) fn match_length(self, at: usize, offset: usize, max: usize) -> usize {
        self.equal(max, |i| self.word(at + i) ^ self.word(at + i - offset))
    }

    /// How many differences to the bytes `span` before equal those `offset` before, up to `max`.
    #[inline(always)]
    pub(super) fn delta_length(self, at: usize, span: usize, offset: usize, max: usize) -> usize {
        self.equal(max, |i| {
            let now = differences(self.word(at + i), self.word(at + i - span));
            now ^ differences(self.word(at + i - offset), self.word(at + i - offset - span))
        })
    }

    #[inline(always)]
    fn equal(self, max: usize, unequal: impl Fn(usize) -> u64) -> usize {
        let mut length = 0;
        while length < max {
            let word = unequal(length);
            if word != 0 {
                return max.min(length + (word.trailing_zeros() / u8::BITS) as usize);
            }
            length += WORD;
        }
        max
    }
}

/// The differences of the bytes of two words, each by itself.
#[inline(always)]
pub(super) fn differences(minuends: u64, subtrahends: u64) -> u64 {
    const TOPS: u64 = 0x8080_8080_8080_8080;
    ((minuends | TOPS).wrapping_sub(subtrahends & !TOPS)) ^ ((minuends ^ !subtrahends) & TOPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_do_not_borrow_from_each_other() {
        let (a, b) =
            ([0x00, 0xFF, 0x80, 0x7F, 0x01, 0x10, 0x00, 0xC3], [0x01, 0xFF, 0x7F, 0x80, 0x00, 0xF0, 0x80, 0x3C]);
        let expected: [u8; 8] = core::array::from_fn(|i| u8::wrapping_sub(a[i], b[i]));
        assert_eq!(differences(u64::from_le_bytes(a), u64::from_le_bytes(b)), u64::from_le_bytes(expected));
    }

    #[test]
    fn lengths_stop_at_the_difference_or_the_limit() {
        let mut buffer = TextBuffer::new(100);
        let text = buffer.load(&[9; 90]);
        (0..90).for_each(|i| text[i] = (i % 30 * 7) as u8);
        text[75] = 0;
        assert_eq!(buffer.text().match_length(60, 30, 30), 15);
        assert_eq!(buffer.text().match_length(60, 30, 11), 11);
        assert_eq!(buffer.text().match_length(76, 30, 14), 14);
        assert_eq!(buffer.text().delta_length(40, 2, 30, 20), 20);
        assert_eq!(buffer.text().delta_length(62, 2, 30, 20), 13);
    }
}
