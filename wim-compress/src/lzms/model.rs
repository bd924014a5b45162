//! The adaptive bits that the range coder codes, in their contexts.

/// The bits that an entry remembers.
const HISTORY: u32 = u64::BITS;

/// What is known of one bit: its last 64 values.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The last values, the latest one lowest.
    history: u64,
    /// The number of zeros among them.
    zeros: u32,
    /// The probability of a zero, made in advance: when it is wanted, everything waits for it.
    zero_probability: u32,
}

impl Entry {
    /// Every second of the latest 32 was a one, and none of those before.
    const START: Self = Self { history: 0x5555_5555, zeros: 48, zero_probability: 48 };

    /// Learns a bit. As it is a constant where this is inlined, only one of the two ends is checked for.
    #[inline(always)]
    fn push(&mut self, bit: bool) {
        let oldest = (self.history >> (HISTORY - 1)) as u32;
        self.history = self.history << 1 | u64::from(bit);
        if bit {
            self.zeros = self.zeros + oldest - 1;
            self.zero_probability = self.zeros.max(1);
        } else {
            self.zeros += oldest;
            self.zero_probability = self.zeros.min(HISTORY - 1);
        }
    }
}

/// A kind of decision: one entry for each value of its own last bits. `N`, a power of two, says how many those are.
#[derive(Clone)]
pub(super) struct Decision<const N: usize> {
    entries: [Entry; N],
    /// The last bits, older ones above those that matter.
    state: usize,
}

impl<const N: usize> Decision<N> {
    const START: Self = {
        assert!(N.is_power_of_two());
        Self { entries: [Entry::START; N], state: 0 }
    };

    /// The probability of a zero as the next bit, in 64ths; never certain.
    #[inline(always)]
    pub(super) fn zero_probability(&self) -> u32 {
        self.entries[self.state % N].zero_probability
    }

    /// The same as it would be after other bits.
    #[inline(always)]
    pub(super) fn zero_probability_after(&self, state: usize) -> u32 {
        self.entries[state % N].zero_probability
    }

    /// The last bits, of which those count that the decision is indexed with.
    pub(super) fn state(&self) -> usize {
        self.state
    }

    /// Learns the bit that was coded.
    #[inline(always)]
    pub(super) fn push(&mut self, bit: bool) {
        self.entries[self.state % N].push(bit);
        self.state = self.state << 1 | usize::from(bit);
    }
}

/// All decisions of an item.
#[derive(Clone)]
pub(super) struct Decisions {
    /// A match, not a literal.
    pub(super) main: Decision<16>,
    /// A delta match, not an LZ match.
    pub(super) kind: Decision<32>,
    /// An LZ match whose offset is a recent one.
    pub(super) lz_recent: Decision<64>,
    /// Which one, in unary: not the first; not the second.
    pub(super) lz_index: [Decision<64>; 2],
    /// A delta match whose source is a recent one.
    pub(super) delta_recent: Decision<64>,
    /// Which one, in unary.
    pub(super) delta_index: [Decision<64>; 2],
}

impl Decisions {
    /// What a chunk begins with.
    pub(super) const START: Self = Self {
        main: Decision::START,
        kind: Decision::START,
        lz_recent: Decision::START,
        lz_index: [Decision::START; 2],
        delta_recent: Decision::START,
        delta_index: [Decision::START; 2],
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_the_number_of_zeros_in_the_history() {
        let mut entry = Entry::START;
        let mut state = 1u32;
        for _ in 0..1000 {
            assert_eq!(entry.zeros, entry.history.count_zeros());
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            entry.push(state >> 31 != 0);
        }
    }

    /// A clamp of the stored count instead of the probability would lose a step at each end.
    #[test]
    fn certainty_is_clamped_where_it_is_used_and_not_where_it_is_counted() {
        let mut entry = Entry::START;
        (0..200).for_each(|_| entry.push(false));
        assert_eq!((entry.zeros, entry.zero_probability), (64, 63));
        entry.push(true);
        assert_eq!((entry.zeros, entry.zero_probability), (63, 63));
        (0..200).for_each(|_| entry.push(true));
        assert_eq!((entry.zeros, entry.zero_probability), (0, 1));
    }

    #[test]
    fn the_context_is_the_last_bits_of_the_same_decision() {
        let mut decision = Decision::<16>::START;
        [true, false, true, true, false].iter().for_each(|&bit| decision.push(bit));
        assert_eq!(decision.state % 16, 0b0110);
    }
}
