//! The adaptive Huffman codes: when they are rebuilt, and what code frequencies give.
//!
//! Every symbol begins with frequency 1. Coding a symbol adds one to its frequency; after a fixed number of symbols the code is
//! made anew from the frequencies, which are then halved, and the next symbol uses the new code.
//!
//! Encoder and decoder must come to the very same code, so ties matter: symbols are sorted by (frequency, symbol), and
//! where a leaf and an internal node are equally frequent, the leaf is taken first. With that rule the codeword lengths fall
//! as frequencies rise, and codewords are the canonical ones of these lengths.

use super::tables::{LENGTH_SLOTS, OFFSET_SLOTS};

/// Codeword lengths are below this.
///
/// The sum of a code's frequencies is at most `2 * (799 + 1024)`: a rebuild halves it, adds one a symbol, and 1024 come until
/// the next. A codeword of 17 bits needs a sum of at least the 19th Fibonacci number, 4181.
pub(super) const LEN_LIMIT: usize = 17;

/// Symbols of the literal code.
pub(super) const LITERALS: usize = 256;

/// Symbols of the code of delta powers.
pub(super) const POWERS: usize = 8;

/// After how many symbols a code with this many symbols is made anew.
pub(super) const fn rebuild_period(symbols: usize) -> u16 {
    match symbols {
        LENGTH_SLOTS | POWERS => 512,
        LITERALS | OFFSET_SLOTS => 1024,
        _ => panic!("there is no such code"),
    }
}

/// How often each symbol of a code was coded, fading; and how long the present code is still good for.
#[derive(Clone)]
pub(super) struct Frequencies<const N: usize> {
    counts: [u16; N],
    until_rebuild: u16,
}

impl<const N: usize> Frequencies<N> {
    /// What a chunk begins with.
    pub(super) const START: Self = Self { counts: [1; N], until_rebuild: rebuild_period(N) };

    /// Counts a symbol, less than `N`. Says whether the code must be rebuilt before the next one.
    #[inline(always)]
    #[must_use]
    pub(super) fn count(&mut self, symbol: usize) -> bool {
        self.counts[symbol] += 1;
        self.until_rebuild -= 1;
        self.until_rebuild == 0
    }

    /// The codeword lengths that the counts give to the first `used` symbols, at least two; how many there are of each length.
    pub(super) fn code(&self, used: usize, lengths: &mut [u8; N]) -> LengthCounts {
        code_lengths(&self.counts, used, lengths)
    }

    /// Halves the counts, after the code has been made from them.
    pub(super) fn fade(&mut self) {
        self.counts.iter_mut().for_each(|count| *count = (*count >> 1) + 1);
        self.until_rebuild = rebuild_period(N);
    }
}

/// How many codewords there are of each length, those of symbols in the first and in the second half of all apart.
///
/// Who sorts by length does so for both halves side by side: in a row, neighbours of the same length would wait for each other.
pub(super) type LengthCounts = [[u16; HALVES]; LEN_LIMIT];

const HALVES: usize = 2;

/// Splits symbols, or what is known of them, in two halves, of which the second is not longer.
#[inline(always)]
pub(super) fn halves<T>(symbols: &[T]) -> (&[T], &[T]) {
    symbols.split_at(symbols.len().div_ceil(HALVES))
}

/// A node of the tree in one number: its frequency, and below it its symbol; an internal node has the greatest symbol.
/// So the order of these numbers is (frequency, symbol) with leaves before internal nodes.
const SYMBOL_BITS: u32 = 16;
const INTERNAL: u32 = (1 << SYMBOL_BITS) - 1;
const NO_NODE: u32 = u32::MAX;

/// Huffman's code of the first `used` of some positive frequencies. Fills `lengths` and counts the codewords of each length.
fn code_lengths<const N: usize>(frequencies: &[u16; N], used: usize, lengths: &mut [u8; N]) -> LengthCounts {
    // With room behind the last ones, because the merge looks two ahead.
    let (mut leaves, mut firsts) = ([[NO_NODE; N]; 2], [0; N]);
    let leaves = leaves.as_flattened_mut();
    sort(&frequencies[..used], leaves);
    merge::<N>(used, leaves, &mut firsts);
    let depths = count_depths(used, &firsts);
    let second_half = used.div_ceil(HALVES);
    let (mut counts, mut rest) = ([[0; HALVES]; LEN_LIMIT], leaves.iter());
    for (length, &all) in depths.iter().enumerate().rev() {
        let mut in_second = 0;
        for leaf in rest.by_ref().take(all.into()) {
            let symbol = (leaf & INTERNAL) as usize;
            lengths[symbol] = length as u8;
            in_second += u16::from(symbol >= second_half);
        }
        counts[length] = [all - in_second, in_second];
    }
    counts
}

/// Sorts the symbols by (frequency, symbol). Most frequencies are small, so a counting sort does nearly all of it.
fn sort(frequencies: &[u16], leaves: &mut [u32]) {
    const BUCKETS: usize = 128;
    let bucket = |frequency: u16| usize::from(frequency).min(BUCKETS - 1);
    let (first, second) = halves(frequencies);
    let mut starts = [[0u16; HALVES]; BUCKETS];
    for (&one, &other) in first.iter().zip(second) {
        starts[bucket(one)][0] += 1;
        starts[bucket(other)][1] += 1;
    }
    if let Some(&odd) = first.get(second.len()) {
        starts[bucket(odd)][0] += 1;
    }
    let mut total = 0;
    for start in starts.as_flattened_mut() {
        total += core::mem::replace(start, total);
    }
    let last_bucket = usize::from(starts[BUCKETS - 1][0]);
    let mut put = |symbol: usize, frequency: u16, half: usize| {
        let place = &mut starts[bucket(frequency)][half];
        leaves[usize::from(*place)] = u32::from(frequency) << SYMBOL_BITS | symbol as u32;
        *place += 1;
    };
    for (symbol, (&one, &other)) in first.iter().zip(second).enumerate() {
        put(symbol, one, 0);
        put(first.len() + symbol, other, 1);
    }
    if let Some(&odd) = first.get(second.len()) {
        put(second.len(), odd, 0);
    }
    leaves[last_bucket..frequencies.len()].sort_unstable();
}

/// Merges the two least of the `used` sorted leaves and of the internal nodes, which come out sorted, until one node is left.
/// For each merge and the end of all, `firsts` gets the first node that had not been merged before.
fn merge<const N: usize>(used: usize, leaves: &[u32], firsts: &mut [u16; N]) {
    let mut nodes = [[NO_NODE; N]; 2];
    let nodes = nodes.as_flattened_mut();
    let (mut leaf, mut node) = (0, 0);
    for merged in 0..used - 1 {
        firsts[merged] = node as u16;
        let ([leaf0, leaf1], [node0, node1]) = (pair(leaves, leaf), pair(nodes, node));
        // Branches, although they are hard to predict: minima instead of them would make each merge wait for the one before.
        let [one, other] = if leaf1 < node0 {
            leaf += 2;
            [leaf0, leaf1]
        } else if node1 < leaf0 {
            node += 2;
            [node0, node1]
        } else {
            leaf += 1;
            node += 1;
            [leaf0, node0]
        };
        nodes[merged] = ((one >> SYMBOL_BITS) + (other >> SYMBOL_BITS)) << SYMBOL_BITS | INTERNAL;
    }
    firsts[used - 1] = node as u16;
}

/// Two neighbours.
#[inline(always)]
fn pair(values: &[u32], at: usize) -> [u32; 2] {
    values[at..at + 2].try_into().expect("two values")
}

/// Counts the leaves at each depth of a tree of `used` leaves.
///
/// Nodes are merged in the order in which they were made, so those of one depth are neighbours, and their children are those that
/// were merged in the meantime.
fn count_depths(used: usize, firsts: &[u16]) -> [u16; LEN_LIMIT] {
    let mut counts = [0; LEN_LIMIT];
    let mut nodes = used - 2..used - 1;
    let mut length = 1;
    while !nodes.is_empty() {
        let children = usize::from(firsts[nodes.start])..usize::from(firsts[nodes.end]);
        counts[length] = (2 * nodes.len() - children.len()) as u16;
        nodes = children;
        length += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths<const N: usize>(frequencies: [u16; N]) -> [u8; N] {
        let mut lengths = [0; N];
        code_lengths(&frequencies, N, &mut lengths);
        lengths
    }

    #[test]
    fn equal_frequencies_give_the_shorter_codewords_to_the_later_symbols() {
        assert_eq!(lengths([1, 1]), [1, 1]);
        assert_eq!(lengths([1, 1, 1]), [2, 2, 1]);
        assert_eq!(lengths([1, 1, 1, 1, 1]), [3, 3, 2, 2, 2]);
    }

    /// With the internal node first, the lengths would be 3, 3, 2, 1.
    #[test]
    fn a_leaf_goes_before_an_internal_node_of_the_same_frequency() {
        assert_eq!(lengths([1, 1, 2, 2]), [2, 2, 2, 2]);
        assert_eq!(lengths([1, 1, 1, 2]), [2, 2, 2, 2]);
    }

    #[test]
    fn frequencies_beyond_the_counting_buckets_are_sorted_too() {
        assert_eq!(lengths([2000, 63, 64, 500, 64]), [1, 4, 4, 2, 3]);
    }

    #[test]
    fn every_code_is_complete() {
        let mut state = 1u32;
        for symbols in 2..300 {
            let frequencies: [u16; 300] = core::array::from_fn(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                1 + ((state >> 20) as u16 >> (state >> 16 & 15))
            });
            let mut lengths = [0; 300];
            let counts = code_lengths(&frequencies, symbols, &mut lengths);
            let counts = counts.map(|halves| halves.iter().sum::<u16>());
            let kraft: u32 = counts.iter().enumerate().map(|(length, &count)| u32::from(count) << (16 - length)).sum();
            assert_eq!(kraft, 1 << 16);
            for (length, &count) in counts.iter().enumerate() {
                assert_eq!(
                    lengths[..symbols].iter().filter(|&&l| usize::from(l) == length).count(),
                    usize::from(count)
                );
            }
        }
    }

    #[test]
    fn counts_are_halved_after_the_code_was_made() {
        let mut frequencies = Frequencies::<POWERS>::START;
        for _ in 0..511 {
            assert!(!frequencies.count(5));
        }
        assert!(frequencies.count(4));
        assert_eq!(frequencies.counts, [1, 1, 1, 1, 2, 512, 1, 1]);
        frequencies.fade();
        assert_eq!(frequencies.counts, [1, 1, 1, 1, 2, 257, 1, 1]);
        assert_eq!(frequencies.until_rebuild, 512);
    }
}
