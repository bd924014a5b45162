//! The adaptive Huffman codes: when they are rebuilt, and what code frequencies give.
//!
//! Every symbol begins with frequency 1. Coding a symbol adds one to its frequency; after a fixed number of symbols the code is
//! made anew from the frequencies, which are then halved, and the next symbol uses the new code.
//!
//! Encoder and decoder must come to the very same code, so ties matter: symbols are sorted by (frequency, symbol), and
//! where a leaf and an internal node are equally frequent, the leaf is taken first. With that rule the codeword lengths fall
//! as frequencies rise, and codewords are the canonical ones of these lengths.

use super::tables::{LENGTH_SLOTS, OFFSET_SLOTS};

/// The most symbols of any code, rounded up so that an index can be masked.
const MAX_SYMBOLS: usize = 1024;
const _: () = assert!(OFFSET_SLOTS < MAX_SYMBOLS);

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

    /// The codeword lengths that the counts give to the first `used` symbols; how many there are of each length.
    pub(super) fn code(&self, used: usize, lengths: &mut [u8; N]) -> [u16; LEN_LIMIT] {
        code_lengths(&self.counts[..used], &mut lengths[..used])
    }

    /// Halves the counts, after the code has been made from them.
    pub(super) fn fade(&mut self) {
        self.counts.iter_mut().for_each(|count| *count = (*count >> 1) + 1);
        self.until_rebuild = rebuild_period(N);
    }
}

/// A node of the tree in one number: its frequency, and below it its symbol; an internal node has the greatest symbol.
/// So the order of these numbers is (frequency, symbol) with leaves before internal nodes.
const SYMBOL_BITS: u32 = 16;
const INTERNAL: u32 = (1 << SYMBOL_BITS) - 1;
const NO_NODE: u32 = u32::MAX;

/// Huffman's code of two or more positive frequencies. Fills `lengths` and counts the codewords of each length.
fn code_lengths(frequencies: &[u16], lengths: &mut [u8]) -> [u16; LEN_LIMIT] {
    let mut leaves = [NO_NODE; MAX_SYMBOLS];
    sort(frequencies, &mut leaves);
    let parents = merge(&leaves, frequencies.len());
    assign_lengths(&leaves, &parents, lengths)
}

/// Sorts the symbols by (frequency, symbol). Most frequencies are small, so a counting sort does nearly all of it.
fn sort(frequencies: &[u16], leaves: &mut [u32; MAX_SYMBOLS]) {
    const BUCKETS: usize = 64;
    let bucket = |frequency: u16| usize::from(frequency).min(BUCKETS - 1);
    let mut starts = [0u16; BUCKETS];
    for &frequency in frequencies {
        starts[bucket(frequency)] += 1;
    }
    let mut total = 0;
    for start in &mut starts {
        total += core::mem::replace(start, total);
    }
    let last_bucket = usize::from(starts[BUCKETS - 1]);
    for (symbol, &frequency) in frequencies.iter().enumerate() {
        let place = &mut starts[bucket(frequency)];
        leaves[usize::from(*place) % MAX_SYMBOLS] = u32::from(frequency) << SYMBOL_BITS | symbol as u32;
        *place += 1;
    }
    leaves[last_bucket..frequencies.len()].sort_unstable();
}

/// The parents of leaves and of internal nodes, each in the order in which they were merged.
struct Parents {
    of_leaves: [u16; MAX_SYMBOLS],
    of_nodes: [u16; MAX_SYMBOLS],
}

/// Merges the two least of the sorted leaves and the internal nodes, which come out sorted, until one node is left.
fn merge(leaves: &[u32; MAX_SYMBOLS], count: usize) -> Parents {
    let mut parents = Parents { of_leaves: [0; MAX_SYMBOLS], of_nodes: [0; MAX_SYMBOLS] };
    let mut nodes = [NO_NODE; MAX_SYMBOLS];
    let (mut leaf, mut node) = (0, 0);
    for merged in 0..count - 1 {
        let mut sum = 0;
        for _ in 0..2 {
            let (next_leaf, next_node) = (leaves[leaf % MAX_SYMBOLS], nodes[node % MAX_SYMBOLS]);
            sum += next_leaf.min(next_node) >> SYMBOL_BITS;
            // Only one of the two is taken. What is written for the other is overwritten when its turn comes.
            parents.of_leaves[leaf % MAX_SYMBOLS] = merged as u16;
            parents.of_nodes[node % MAX_SYMBOLS] = merged as u16;
            let leaf_first = usize::from(next_leaf < next_node);
            leaf += leaf_first;
            node += 1 - leaf_first;
        }
        nodes[merged % MAX_SYMBOLS] = sum << SYMBOL_BITS | INTERNAL;
    }
    parents
}

/// Turns parents into depths, from the root down.
fn assign_lengths(leaves: &[u32; MAX_SYMBOLS], parents: &Parents, lengths: &mut [u8]) -> [u16; LEN_LIMIT] {
    let mut depths = [0u8; MAX_SYMBOLS];
    for node in (0..lengths.len() - 2).rev() {
        depths[node % MAX_SYMBOLS] = depths[usize::from(parents.of_nodes[node % MAX_SYMBOLS]) % MAX_SYMBOLS] + 1;
    }
    let mut counts = [0; LEN_LIMIT];
    for (leaf, parent) in leaves.iter().zip(&parents.of_leaves).take(lengths.len()) {
        let length = depths[usize::from(*parent) % MAX_SYMBOLS] + 1;
        lengths[(leaf & INTERNAL) as usize] = length;
        counts[usize::from(length)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    fn lengths(frequencies: &[u16]) -> Vec<u8> {
        let mut lengths = vec![0; frequencies.len()];
        code_lengths(frequencies, &mut lengths);
        lengths
    }

    #[test]
    fn equal_frequencies_give_the_shorter_codewords_to_the_later_symbols() {
        assert_eq!(lengths(&[1, 1]), [1, 1]);
        assert_eq!(lengths(&[1, 1, 1]), [2, 2, 1]);
        assert_eq!(lengths(&[1, 1, 1, 1, 1]), [3, 3, 2, 2, 2]);
    }

    /// With the internal node first, the lengths would be 3, 3, 2, 1.
    #[test]
    fn a_leaf_goes_before_an_internal_node_of_the_same_frequency() {
        assert_eq!(lengths(&[1, 1, 2, 2]), [2, 2, 2, 2]);
        assert_eq!(lengths(&[1, 1, 1, 2]), [2, 2, 2, 2]);
    }

    #[test]
    fn frequencies_beyond_the_counting_buckets_are_sorted_too() {
        assert_eq!(lengths(&[2000, 63, 64, 500, 64]), [1, 4, 4, 2, 3]);
    }

    #[test]
    fn every_code_is_complete() {
        let mut state = 1u32;
        for symbols in 2..300 {
            let frequencies: Vec<u16> = (0..symbols)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    1 + ((state >> 20) as u16 >> (state >> 16 & 15))
                })
                .collect();
            let mut lengths = vec![0; symbols];
            let counts = code_lengths(&frequencies, &mut lengths);
            let kraft: u32 = counts.iter().enumerate().map(|(length, &count)| u32::from(count) << (16 - length)).sum();
            assert_eq!(kraft, 1 << 16);
            for (length, &count) in counts.iter().enumerate() {
                assert_eq!(lengths.iter().filter(|&&l| usize::from(l) == length).count(), usize::from(count));
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
