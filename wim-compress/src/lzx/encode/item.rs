//! What a parser makes of a chunk, and the recent offsets.

use crate::lzx::tables::{MAX_SLOTS, OFFSET_BIAS, REPEATS, SLOT_BASES};

/// A literal or a match.
///
/// A match is a length and a *formatted offset*: 0, 1 or 2 for the recent offsets R0, R1 and R2, or else the offset plus two. A
/// literal has the length 1 and leaves its byte to the data; its formatted offset is 0, because it changes the recent offsets as
/// little as a match at R0 does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item(u32);

/// The bits of the length, below those of the formatted offset.
pub(super) const LENGTH_BITS: u32 = 9;

impl Item {
    pub(super) const LITERAL: Self = Self(1);

    #[inline(always)]
    pub(super) fn matched(length: usize, formatted: u32) -> Self {
        Self(formatted << LENGTH_BITS | length as u32)
    }

    #[inline(always)]
    pub(super) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    #[inline(always)]
    pub(super) fn bits(self) -> u32 {
        self.0
    }

    #[inline(always)]
    pub(super) fn is_literal(self) -> bool {
        self == Self::LITERAL
    }

    /// The bytes that it stands for.
    #[inline(always)]
    pub(super) fn length(self) -> usize {
        (self.0 & ((1 << LENGTH_BITS) - 1)) as usize
    }

    #[inline(always)]
    pub(super) fn formatted(self) -> u32 {
        self.0 >> LENGTH_BITS
    }
}

/// R0, R1 and R2, the first one lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recent(u64);

/// Bits of an offset.
const OFFSET_BITS: u32 = 21;
const OFFSET_MASK: u64 = (1 << OFFSET_BITS) - 1;
const ALL_BITS: u32 = OFFSET_BITS * REPEATS as u32;

impl Recent {
    /// The recent offsets at the start of a chunk.
    pub(super) const START: Self = Self(1 | 1 << OFFSET_BITS | 1 << (2 * OFFSET_BITS));

    /// R0, R1 or R2.
    #[inline(always)]
    pub(super) fn get(self, index: usize) -> usize {
        (self.0 >> (index as u32 * OFFSET_BITS) & OFFSET_MASK) as usize
    }

    /// R0, R1 and R2.
    #[inline(always)]
    pub(super) fn all(self) -> [usize; REPEATS] {
        core::array::from_fn(|index| self.get(index))
    }

    /// What they are after `item`.
    #[inline(always)]
    pub(super) fn after(self, item: Item) -> Self {
        let formatted = item.formatted();
        if formatted != 0 && (formatted as usize) < REPEATS {
            return self.swapped(formatted);
        }
        // Not a branch, as nothing predicts what the cheapest way to a position ends with.
        let pushed = u32::from(formatted != 0);
        let offset = u64::from(formatted.wrapping_sub(OFFSET_BIAS as u32 * pushed));
        Self((self.0 << (OFFSET_BITS * pushed) | offset) & (u64::MAX >> (64 - ALL_BITS)))
    }

    /// What they are after all of `items`.
    pub(super) fn after_all(self, items: &[Item]) -> Self {
        items.iter().fold(self, |recent, &item| recent.after(item))
    }

    /// R0 and the one at `index` trade places.
    #[inline(always)]
    fn swapped(self, index: u32) -> Self {
        let shift = index * OFFSET_BITS;
        let difference = (self.0 ^ self.0 >> shift) & OFFSET_MASK;
        Self(self.0 ^ difference ^ difference << shift)
    }
}

/// Slots of small formatted offsets.
static SLOTS: [u8; SMALL_OFFSETS] = {
    let mut slots = [0; SMALL_OFFSETS];
    let mut slot = 0;
    while slot < MAX_SLOTS {
        let mut formatted = SLOT_BASES[slot] as usize;
        while formatted < SLOT_BASES[slot + 1] as usize && formatted < SMALL_OFFSETS {
            slots[formatted] = slot as u8;
            formatted += 1;
        }
        slot += 1;
    }
    slots
};

/// Formatted offsets below this are looked up.
const SMALL_OFFSETS: usize = 1 << 10;
/// Larger ones are divided by a power of two first, which is so many slots less: two for each bit.
const LARGE_SHIFT: u32 = 8;
const LARGE_SLOTS: usize = 2 * LARGE_SHIFT as usize;
/// From here on, all slots have the same number of extra bits.
const EVEN_SLOT: usize = 36;
const EVEN: u32 = SLOT_BASES[EVEN_SLOT];
const EVEN_BITS: u32 = 17;
const _: () = assert!(EVEN >> LARGE_SHIFT == SMALL_OFFSETS as u32);

/// The offset slot of a formatted offset.
#[inline(always)]
pub(super) fn slot(formatted: u32) -> usize {
    if formatted >= EVEN {
        return EVEN_SLOT + ((formatted - EVEN) >> EVEN_BITS) as usize;
    }
    // Not a branch, as offsets are of all sizes.
    let large = u32::from(formatted as usize >= SMALL_OFFSETS);
    usize::from(SLOTS[(formatted >> (LARGE_SHIFT * large)) as usize % SMALL_OFFSETS]) + LARGE_SLOTS * large as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_holds_its_first_and_its_last_offset() {
        for index in REPEATS..MAX_SLOTS {
            assert_eq!(slot(SLOT_BASES[index]), index);
            assert_eq!(slot(SLOT_BASES[index + 1] - 1), index);
        }
    }

    #[test]
    fn recent_offsets_are_swapped_and_pushed() {
        let all = |recent: Recent| [0, 1, 2].map(|index| recent.get(index));
        let mut recent = Recent::START;
        assert_eq!(all(recent), [1, 1, 1]);
        for offset in [10, 20, (1 << 21) - 3] {
            recent = recent.after(Item::matched(5, offset + 2));
        }
        assert_eq!(all(recent), [(1 << 21) - 3, 20, 10]);
        assert_eq!(recent.after(Item::LITERAL), recent);
        assert_eq!(recent.after(Item::matched(2, 0)), recent);
        assert_eq!(all(recent.after(Item::matched(2, 1))), [20, (1 << 21) - 3, 10]);
        assert_eq!(all(recent.after(Item::matched(2, 2))), [10, 20, (1 << 21) - 3]);
    }
}
