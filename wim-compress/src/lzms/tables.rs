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
fn slot_of(table: &[Slot], value: u32) -> usize {
    table.partition_point(|slot| slot.base <= value) - 1
}

/// The number of offset slots that a chunk of `len` bytes uses: those that the offset `len - 1` needs.
pub(super) fn offset_slots(len: usize) -> usize {
    if len < 2 { 0 } else { 1 + slot_of(&OFFSETS, u32::try_from(len - 1).unwrap_or(u32::MAX)) }
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
}
