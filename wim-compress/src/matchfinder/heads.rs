//! Positions, and tables of the latest one of each hash value.

use alloc::boxed::Box;

use crate::boxed::zeroed;

/// A stored position, or zero for "none".
pub(crate) trait Position: Copy + Default + PartialEq + 'static {
    /// The longest data whose positions fit.
    const MAX_DATA: usize;

    /// Stores `pos`, which is less than `MAX_DATA`.
    fn store(pos: usize) -> Self;

    /// The position; zero for "none".
    fn stored(self) -> usize;

    /// The position, if there is one.
    #[inline(always)]
    fn get(self) -> Option<usize> {
        Some(self.stored()).filter(|&pos| pos != 0)
    }
}

impl Position for u16 {
    const MAX_DATA: usize = 1 << 16;

    #[inline(always)]
    fn store(pos: usize) -> Self {
        pos as Self
    }

    #[inline(always)]
    fn stored(self) -> usize {
        usize::from(self)
    }
}

impl Position for u32 {
    const MAX_DATA: usize = 1 << 31;

    #[inline(always)]
    fn store(pos: usize) -> Self {
        pos as Self
    }

    #[inline(always)]
    fn stored(self) -> usize {
        self as usize
    }
}

/// A table of the latest position of each hash value, of which only a part fitting the data is in use.
///
/// `SIZE` is the number of slots, a power of two of at least two.
pub(super) struct Heads<P, const SIZE: usize> {
    pub(super) slots: Box<[P; SIZE]>,
    /// The number of slots in use, less one.
    pub(super) mask: u32,
}

/// Twice the slots that there are positions: fewer make more chains meet, more cost more to clear.
const SLOTS_PER_POSITION: usize = 2;

impl<P: Position, const SIZE: usize> Heads<P, SIZE> {
    pub(super) fn new() -> Self {
        const { assert!(SIZE.is_power_of_two() && SIZE <= 1 << 20) };
        Self { slots: zeroed(), mask: SIZE as u32 - 1 }
    }

    /// The number of slots in use for data of `len` bytes.
    pub(super) fn used(len: usize) -> usize {
        (len.max(1) * SLOTS_PER_POSITION).next_power_of_two().min(SIZE)
    }

    /// Empties the table and scales it for data of `len` bytes.
    pub(super) fn reset(&mut self, len: usize) {
        let used = Self::used(len);
        self.mask = used as u32 - 1;
        self.slots[..used].fill(P::default());
    }

    /// The slot of the bytes in `value`.
    #[cfg(feature = "lzx")]
    #[inline(always)]
    pub(super) fn slot(&mut self, value: u32) -> &mut P {
        &mut self.slots[hash(value, self.mask) as usize & (SIZE - 1)]
    }
}

/// A multiplicative hash of `value`: bits 32 and up of a product, of which `mask` keeps at most 20.
///
/// The multiplier is 2^52 over the golden ratio, so that the lowest bit of `value` already has an effect on all bits that are kept.
#[inline(always)]
pub(super) fn hash(value: u32, mask: u32) -> u32 {
    const MULTIPLIER: u64 = 0x9_E377_9B97_F4A7;
    (u64::from(value).wrapping_mul(MULTIPLIER) >> 32) as u32 & mask
}
