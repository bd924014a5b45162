//! The chunk as the parsers read it.

use alloc::boxed::Box;

use crate::boxed::zeroed;
use crate::matchfinder::SLACK;

/// Bytes compared at a time.
const WORD: usize = 8;

/// What the size of a text has beyond the longest chunk: as much as the finders' copy, which is of the same size.
pub(super) const TEXT_SLACK: usize = SLACK;
const _: () = assert!(SLACK >= WORD);

/// A chunk in an array of a power of two and [`TEXT_SLACK`] bytes, so that a masked position may be read from without a check.
pub(super) struct Text<const SIZE: usize> {
    bytes: Box<[u8; SIZE]>,
    len: usize,
}

impl<const SIZE: usize> Text<SIZE> {
    const MASK: usize = {
        assert!((SIZE - TEXT_SLACK).is_power_of_two());
        SIZE - TEXT_SLACK - 1
    };

    pub(super) fn new() -> Self {
        Self { bytes: zeroed(), len: 0 }
    }

    /// Takes over a chunk.
    pub(super) fn load(&mut self, data: &[u8]) {
        self.bytes[..data.len()].copy_from_slice(data);
        self.len = data.len();
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The chunk.
    pub(super) fn data(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The chunk, to be filtered.
    pub(super) fn data_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.len]
    }

    #[inline(always)]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes[at & Self::MASK]
    }

    /// The two bytes at `at`.
    #[inline(always)]
    pub(super) fn load16(&self, at: usize) -> u16 {
        let at = at & Self::MASK;
        u16::from_le_bytes(self.bytes[at..at + 2].try_into().expect("two bytes"))
    }

    /// The eight bytes at `at`.
    #[inline(always)]
    pub(super) fn load64(&self, at: usize) -> u64 {
        let at = at & Self::MASK;
        u64::from_le_bytes(self.bytes[at..at + WORD].try_into().expect("eight bytes"))
    }

    /// How many bytes at `earlier` and `later` are equal, up to `max`.
    #[inline(always)]
    pub(super) fn common_length(&self, earlier: usize, later: usize, max: usize) -> usize {
        let mut length = 0;
        while length < max {
            let difference = self.load64(earlier + length) ^ self.load64(later + length);
            if difference != 0 {
                return max.min(length + (difference.trailing_zeros() / u8::BITS) as usize);
            }
            length += WORD;
        }
        max
    }
}
