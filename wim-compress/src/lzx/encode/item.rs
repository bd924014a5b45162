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

    /// What they are after `item`.
    #[inline(always)]
    pub(super) fn after(self, item: Item) -> Self {
        let formatted = item.formatted();
        if formatted as usize >= REPEATS {
            let offset = u64::from(formatted) - OFFSET_BIAS as u64;
            return Self((self.0 << OFFSET_BITS | offset) & (u64::MAX >> (64 - ALL_BITS)));
        }
        if formatted == 0 {
            return self;
        }
        // R0 and the one that is used trade places.
        let shift = formatted * OFFSET_BITS;
        let difference = (self.0 ^ self.0 >> shift) & OFFSET_MASK;
        Self(self.0 ^ difference ^ difference << shift)
    }
}

/// The offset slot of a formatted offset.
#[inline(always)]
pub(super) fn slot(formatted: u32) -> usize {
    /// From here on, all slots have the same number of extra bits.
    const EVEN: u32 = SLOT_BASES[36];
    const EVEN_BITS: u32 = 17;
    if formatted >= EVEN {
        return (36 + ((formatted - EVEN) >> EVEN_BITS)) as usize;
    }
    if formatted < 4 {
        return formatted as usize;
    }
    let top = formatted.ilog2();
    (2 * top + (formatted >> (top - 1) & 1)) as usize
}

const _: () = assert!(MAX_SLOTS == 50);

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
