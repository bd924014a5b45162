//! Slots: how an offset or a length is split in a Huffman symbol and raw bits.
//!
//! Slot `s` stands for the `2^extra(s)` values from `base(s)` on; the raw bits are the distance from the base. Slot 0 begins
//! at 1 and each slot where the one before ends, so the numbers of extra bits say everything.

/// Offset slots of the format. A chunk uses those that its own length needs: [`offset_slots`].
pub(super) const OFFSET_SLOTS: usize = 799;

/// Length slots of the format.
pub(super) const LENGTH_SLOTS: usize = 54;

/// How many offset slots have 0, 1, 2, … extra bits; one more has [`LAST_EXTRA`].
const OFFSET_RUNS: [u8; 21] = [8, 0, 9, 7, 10, 15, 15, 20, 20, 30, 33, 40, 42, 45, 60, 73, 80, 85, 95, 105, 6];

/// How many length slots have 0, 1, 2, … extra bits; one more has 16, and one [`LAST_EXTRA`].
const LENGTH_RUNS: [u8; 17] = [26, 4, 6, 4, 5, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1];

/// The extra bits of the last slot of both kinds.
const LAST_EXTRA: u8 = 30;

/// One slot.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    /// The least value of the slot.
    pub(super) base: u32,
    /// The number of raw bits that follow its symbol, at most 30.
    pub(super) extra: u8,
}

/// The offset slots.
pub(super) static OFFSETS: [Slot; OFFSET_SLOTS] = slots(&OFFSET_RUNS);

/// The length slots.
pub(super) static LENGTHS: [Slot; LENGTH_SLOTS] = slots(&LENGTH_RUNS);

const fn slots<const N: usize>(runs: &[u8]) -> [Slot; N] {
    let mut table = [Slot { base: 0, extra: 0 }; N];
    let (mut slot, mut base, mut extra) = (0, 1, 0);
    while extra < runs.len() {
        let mut left = runs[extra];
        while left > 0 {
            table[slot] = Slot { base, extra: extra as u8 };
            base += 1 << extra;
            slot += 1;
            left -= 1;
        }
        extra += 1;
    }
    table[slot] = Slot { base, extra: LAST_EXTRA };
    assert!(slot == N - 1, "the runs fill the table");
    table
}

/// The slot of `value`, which is at least 1.
const fn slot_of(table: &[Slot], value: u32) -> usize {
    let mut slot = 0;
    while slot + 1 < table.len() && table[slot + 1].base <= value {
        slot += 1;
    }
    slot
}

/// The number of offset slots that a chunk of `len` bytes uses: those that the offset `len - 1` needs.
pub(super) fn offset_slots(len: usize) -> usize {
    if len < 2 { 0 } else { 1 + offset_slot((len - 1) as u32) }
}

/// Steps of the index within each power of two.
const INDEX_STEP_BITS: u32 = 6;

/// Places of the index: for each position of a value's highest bit, one for each value of the bits that follow it.
const INDEX_SIZE: usize = (u32::BITS as usize) << INDEX_STEP_BITS;

/// For the values that share their highest bits, the slot of the least. At most two more slots begin among them.
static OFFSET_INDEX: [u16; INDEX_SIZE] = {
    let mut index = [0; INDEX_SIZE];
    let (mut place, mut slot) = (1 << INDEX_STEP_BITS, 0);
    while place < INDEX_SIZE {
        let (high, step) = (place as u32 >> INDEX_STEP_BITS, place as u32 % (1 << INDEX_STEP_BITS));
        let least = 1 << (high - 1)
            | if high > INDEX_STEP_BITS {
                step << (high - 1 - INDEX_STEP_BITS)
            } else {
                step << (high - 1) >> INDEX_STEP_BITS
            };
        while slot + 1 < OFFSET_SLOTS && OFFSETS[slot + 1].base <= least {
            slot += 1;
        }
        index[place] = slot as u16;
        place += 1;
    }
    index
};

/// The slot of an offset, which is at least 1 and less than 2^30.
#[inline(always)]
pub(super) fn offset_slot(offset: u32) -> usize {
    let high = u32::BITS - offset.leading_zeros();
    let step = (u64::from(offset) << INDEX_STEP_BITS >> (high - 1)) as usize % (1 << INDEX_STEP_BITS);
    let slot = usize::from(OFFSET_INDEX[((high as usize) << INDEX_STEP_BITS | step) % INDEX_SIZE]);
    // At most two more slots begin up to the offset; no branch, as nothing predicts it.
    slot + (0..2).map(|more| usize::from(NEXT_BASES[slot + more] <= offset)).sum::<usize>()
}

/// Where the slot after each slot begins, and beyond the last ones nothing does.
static NEXT_BASES: [u32; OFFSET_SLOTS + 2] = {
    let mut bases = [u32::MAX; OFFSET_SLOTS + 2];
    let mut slot = 0;
    while slot + 1 < OFFSET_SLOTS {
        bases[slot] = OFFSETS[slot + 1].base;
        slot += 1;
    }
    bases
};

/// Lengths below this have a table of their own.
const SHORT_LENGTHS: usize = 256;

/// The slots of short lengths; there is no length of zero.
static SHORT_LENGTH_SLOTS: [u8; SHORT_LENGTHS] = {
    let mut slots = [0; SHORT_LENGTHS];
    let mut length = 1;
    while length < SHORT_LENGTHS {
        slots[length] = slot_of(&LENGTHS, length as u32) as u8;
        length += 1;
    }
    slots
};

/// The slot of a length, which is at least 1.
#[inline(always)]
pub(super) fn length_slot(length: u32) -> usize {
    match SHORT_LENGTH_SLOTS.get(length as usize) {
        Some(&slot) => slot.into(),
        None => slot_of(&LENGTHS, length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of offset slots decides the shape of two codes, so one that is off by one garbles a whole chunk.
    #[test]
    fn chunk_sizes_use_the_documented_numbers_of_slots() {
        for (len, slots) in [
            (0, 0),
            (1, 0),
            (2, 1),
            (3, 2),
            (1 << 15, 142),
            (1 << 16, 171),
            (1 << 17, 203),
            (1 << 20, 317),
            (8 << 20, 494),
            (64 << 20, 729),
            (128 << 20, 799),
            (1 << 30, 799),
        ] {
            assert_eq!(offset_slots(len), slots, "{len} bytes");
        }
    }

    #[test]
    fn slots_end_at_the_documented_values() {
        let end = |slot: Slot| slot.base + (1 << slot.extra);
        assert_eq!(end(OFFSETS[OFFSET_SLOTS - 1]), 0x465B_E4A5);
        assert_eq!(end(LENGTHS[LENGTH_SLOTS - 1]), 0x4001_08AB);
    }

    #[test]
    fn each_slot_begins_where_the_one_before_ends() {
        for pair in OFFSETS.windows(2).chain(LENGTHS.windows(2)) {
            assert_eq!(pair[0].base + (1 << pair[0].extra), pair[1].base);
        }
    }

    #[test]
    fn every_value_is_in_the_slot_that_is_found_for_it() {
        let values = (1..70_000).chain((0..30).flat_map(|bit| [(1 << bit), (1 << bit) + 1, (2 << bit) - 1]));
        let bases = OFFSETS.iter().flat_map(|slot| [slot.base, (slot.base - 1).max(1)]).filter(|&base| base < 1 << 30);
        for value in values.chain(bases) {
            assert_eq!(offset_slot(value), slot_of(&OFFSETS, value), "offset {value}");
            assert_eq!(length_slot(value), slot_of(&LENGTHS, value), "length {value}");
        }
    }
}
