//! The chunk that is being searched.

use alloc::boxed::Box;

use crate::boxed::zeroed;

/// Bytes that a position needs behind it to be inserted or searched.
pub(super) const HASHED: usize = 4;

/// The low three bytes of a little-endian load of four.
pub(super) const THREE_BYTES: u32 = 0x00FF_FFFF;

/// Bytes compared at a time.
pub(super) const WORD: usize = 8;

/// What the size of a finder has beyond the longest chunk, a power of two.
pub(crate) const SLACK: usize = WORD;

/// A copy of the chunk that is being searched.
pub(super) struct Window<const SIZE: usize> {
    bytes: Box<[u8; SIZE]>,
    pub(super) len: usize,
}

impl<const SIZE: usize> Window<SIZE> {
    /// The longest chunk.
    pub(super) const CAPACITY: usize = {
        assert!(SIZE > SLACK && (SIZE - SLACK).is_power_of_two());
        SIZE - SLACK
    };

    pub(super) fn new() -> Self {
        Self { bytes: zeroed(), len: 0 }
    }

    /// Takes the chunk over. What is behind it is of no consequence: whoever reads there, cuts the result to `len`.
    pub(super) fn load(&mut self, data: &[u8]) {
        assert!(data.len() <= Self::CAPACITY, "a chunk of {} bytes in a window of {}", data.len(), Self::CAPACITY);
        self.bytes[..data.len()].copy_from_slice(data);
        self.bytes[data.len()..data.len() + SLACK].fill(0);
        self.len = data.len();
    }

    /// The end of the positions up to `end` that can be inserted.
    pub(super) fn insertable(&self, end: usize) -> usize {
        end.min((self.len + 1).saturating_sub(HASHED))
    }

    /// The four bytes at `at`.
    #[inline(always)]
    pub(super) fn load32(&self, at: usize) -> u32 {
        let at = at & (Self::CAPACITY - 1);
        u32::from_le_bytes(self.bytes[at..at + 4].try_into().expect("four bytes"))
    }

    /// The eight bytes at `at`.
    #[inline(always)]
    pub(super) fn load64(&self, at: usize) -> u64 {
        let at = at & (Self::CAPACITY - 1);
        u64::from_le_bytes(self.bytes[at..at + WORD].try_into().expect("eight bytes"))
    }

    /// How many bytes at `earlier` and `later` are equal, up to `max`, where `known` of them are already known to be.
    #[inline(always)]
    pub(super) fn common_length(&self, earlier: usize, later: usize, known: usize, max: usize) -> usize {
        let mut length = known;
        while length < max {
            let difference = self.load64(earlier + length) ^ self.load64(later + length);
            if difference != 0 {
                return max.min(length + first_byte(difference));
            }
            length += WORD;
        }
        max
    }
}

/// The index of the first byte of a little-endian word that is not zero.
#[inline(always)]
pub(super) fn first_byte(word: u64) -> usize {
    (word.trailing_zeros() / 8) as usize
}
