//! Codes for an encoder: codeword lengths from frequencies, and the codewords themselves.
//!
//! The lengths are Huffman's: the symbols are sorted by (frequency, symbol), and the two lightest trees are joined until
//! one is left. New trees come out in the order of their weights, so that a queue holds them and no heap is needed; of a
//! symbol and a joined tree of the same weight the symbol is taken first, which keeps the tree flat.
//!
//! Only the *number* of codewords of each length is taken from the tree. They are handed out longest first to the
//! symbols in the order of (frequency, symbol). When the tree is deeper than allowed, the counts are repaired: codewords that
//! are too long get the greatest length, and as long as the Kraft sum is over one, a codeword of the greatest length
//! moves up beside one that is made a bit longer. This is not optimal as package-merge is, but limits are rarely hit.

use super::{MAX_CODEWORD_LEN, MAX_SYMBOLS};

/// The symbol's bits in a sort key; the frequency is above them.
const SYMBOL_BITS: u32 = 10;
const _: () = assert!(MAX_SYMBOLS <= 1 << SYMBOL_BITS);

/// Frequencies are below this, so that a frequency and a symbol fit in one `u32`.
pub(crate) const FREQUENCY_LIMIT: u32 = 1 << (32 - SYMBOL_BITS);

/// No tree of fewer than [`FREQUENCY_LIMIT`] × [`MAX_SYMBOLS`] occurrences is deeper: the weights of a tree of depth `d`
/// add up to at least the Fibonacci number of `d + 2`.
const MAX_DEPTH: usize = 48;

/// Fills `lens` with the codeword lengths of a code for symbols that occur `frequencies` times, none longer than
/// `max_len`. A symbol that does not occur gets no codeword (length 0), except that a lone symbol gets a companion, because a
/// code of one codeword is not complete: symbol 0, or 1 if the lone symbol is 0.
///
/// # Panics
/// If a frequency is not below [`FREQUENCY_LIMIT`], if there are more than [`MAX_SYMBOLS`] or fewer than two symbols, or
/// if `max_len` bits are too few for them.
pub(crate) fn code_lengths(frequencies: &[u32], max_len: usize, lens: &mut [u8]) {
    assert!(frequencies.len() >= 2 && frequencies.len() == lens.len() && max_len <= MAX_CODEWORD_LEN);
    lens.fill(0);
    let mut keys = [0u32; MAX_SYMBOLS];
    let used = sorted_keys(frequencies, &mut keys);
    match *used {
        [] => {}
        [only] => {
            let symbol = symbol_of(only);
            lens[symbol] = 1;
            lens[usize::from(symbol == 0)] = 1;
        }
        _ => {
            assert!(used.len() <= 1 << max_len);
            let mut counts = tree_counts(used);
            limit_lengths(&mut counts, max_len);
            let mut symbols = used.iter();
            for len in (1..=max_len).rev() {
                for &key in symbols.by_ref().take(usize::from(counts[len])) {
                    lens[symbol_of(key)] = len as u8;
                }
            }
        }
    }
}

/// Fills `codewords` with the canonical codewords for the codeword lengths `lens`, in their low bits.
pub(crate) fn canonical_codewords(lens: &[u8], codewords: &mut [u16]) {
    assert_eq!(lens.len(), codewords.len());
    let mut next = [0u32; MAX_CODEWORD_LEN + 2];
    for &len in lens {
        next[usize::from(len) + 1] += 1;
    }
    // Symbols without a codeword do not count.
    next[1] = 0;
    for len in 1..=MAX_CODEWORD_LEN {
        next[len + 1] = (next[len] + next[len + 1]) << 1;
    }
    // `next[len]` was the count of `len - 1`, and is now the first codeword of `len`.
    for (codeword, &len) in codewords.iter_mut().zip(lens) {
        let place = &mut next[usize::from(len)];
        *codeword = *place as u16;
        *place += u32::from(len != 0);
    }
}

fn symbol_of(key: u32) -> usize {
    (key & ((1 << SYMBOL_BITS) - 1)) as usize
}

/// Collects a key for every symbol that occurs and sorts them by (frequency, symbol).
fn sorted_keys<'k>(frequencies: &[u32], keys: &'k mut [u32; MAX_SYMBOLS]) -> &'k [u32] {
    let mut count = 0;
    let mut greatest = 0;
    for (symbol, &frequency) in (0u32..).zip(frequencies) {
        keys[count] = frequency << SYMBOL_BITS | symbol;
        count += usize::from(frequency != 0);
        greatest |= frequency;
    }
    assert!(greatest < FREQUENCY_LIMIT);
    let used = &mut keys[..count];
    // Symbols are in order, so a stable sort by the frequency's bytes, lowest first, is all.
    let mut spare = [0u32; MAX_SYMBOLS];
    let mut shift = SYMBOL_BITS;
    while shift < u32::BITS && greatest >> (shift - SYMBOL_BITS) != 0 {
        sort_by_byte(used, shift, &mut spare[..count]);
        used.copy_from_slice(&spare[..count]);
        shift += u8::BITS;
    }
    used
}

/// Sorts `keys` into `sorted` by the eight bits from `shift` up; keys that are equal there stay in order.
fn sort_by_byte(keys: &[u32], shift: u32, sorted: &mut [u32]) {
    let mut places = [0u16; 256];
    let digit = |key: u32| usize::from((key >> shift) as u8);
    for &key in keys {
        places[digit(key)] += 1;
    }
    let mut sum = 0;
    for place in &mut places {
        sum += core::mem::replace(place, sum);
    }
    for &key in keys {
        let place = &mut places[digit(key)];
        sorted[usize::from(*place)] = key;
        *place += 1;
    }
}

/// Builds the Huffman tree over two or more sorted `keys` and returns the number of leaves at each depth.
fn tree_counts(keys: &[u32]) -> [u16; MAX_DEPTH] {
    let joins = keys.len() - 1;
    // Joined trees in the order of their weights; first the weight, later the depth, and which tree each was joined into.
    let mut weights = [0u64; MAX_SYMBOLS];
    let mut parents = [0u16; MAX_SYMBOLS];
    let mut leaf_parents = [0u16; MAX_SYMBOLS];
    let (mut leaf, mut tree) = (0, 0);
    for join in 0..joins {
        let mut weight = 0;
        for _ in 0..2 {
            let leaf_weight = keys.get(leaf).map(|key| u64::from(key >> SYMBOL_BITS));
            match leaf_weight {
                Some(leaf_weight) if tree == join || leaf_weight <= weights[tree] => {
                    weight += leaf_weight;
                    leaf_parents[leaf] = join as u16;
                    leaf += 1;
                }
                _ => {
                    weight += weights[tree];
                    parents[tree] = join as u16;
                    tree += 1;
                }
            }
        }
        weights[join] = weight;
    }
    let mut depths = [0u8; MAX_SYMBOLS];
    for join in (0..joins - 1).rev() {
        depths[join] = depths[usize::from(parents[join])] + 1;
    }
    let mut counts = [0u16; MAX_DEPTH];
    for &parent in &leaf_parents[..keys.len()] {
        counts[usize::from(depths[usize::from(parent)]) + 1] += 1;
    }
    counts
}

/// Repairs `counts`, the number of codewords of each length, so that none is longer than `max_len`.
fn limit_lengths(counts: &mut [u16; MAX_DEPTH], max_len: usize) {
    let over: u16 = counts[max_len + 1..].iter().sum();
    if over == 0 {
        return;
    }
    counts[max_len + 1..].fill(0);
    counts[max_len] += over;
    let kraft =
        |counts: &[u16; MAX_DEPTH]| (1..=max_len).map(|len| u32::from(counts[len]) << (max_len - len)).sum::<u32>();
    let mut excess = kraft(counts) - (1 << max_len);
    while excess > 0 {
        // The longest codeword that can still grow makes room for itself and one of the greatest length.
        let mut len = max_len - 1;
        while counts[len] == 0 {
            len -= 1;
        }
        counts[len] -= 1;
        counts[len + 1] += 2;
        counts[max_len] -= 1;
        excess -= 1;
    }
}

#[cfg(test)]
mod tests;
