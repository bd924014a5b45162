use super::*;
use alloc::vec;
use alloc::vec::Vec;

fn lengths(frequencies: &[u32], max_len: usize) -> Vec<u8> {
    let mut lens = vec![99; frequencies.len()];
    code_lengths(frequencies, max_len, &mut lens);
    lens
}

fn kraft(lens: &[u8]) -> u32 {
    lens.iter().filter(|&&len| len > 0).map(|&len| 1 << (16 - u32::from(len))).sum()
}

fn cost(frequencies: &[u32], lens: &[u8]) -> u64 {
    frequencies.iter().zip(lens).map(|(&f, &len)| u64::from(f) * u64::from(len)).sum()
}

/// The cost of Huffman's code, by joining the two lightest weights until one is left.
fn least_cost(frequencies: &[u32]) -> u64 {
    let mut weights: Vec<u64> = frequencies.iter().filter(|&&f| f > 0).map(|&f| u64::from(f)).collect();
    let mut cost = 0;
    while weights.len() > 1 {
        weights.sort_unstable_by(|a, b| b.cmp(a));
        let joined = weights.pop().unwrap() + weights.pop().unwrap();
        cost += joined;
        weights.push(joined);
    }
    cost
}

#[test]
fn no_symbol_makes_no_code_and_one_gets_a_companion() {
    assert_eq!(lengths(&[0, 0, 0], 15), [0, 0, 0]);
    assert_eq!(lengths(&[0, 0, 7], 15), [1, 0, 1]);
    assert_eq!(lengths(&[7, 0, 0], 15), [1, 1, 0]);
    assert_eq!(lengths(&[0, 7, 0], 15), [1, 1, 0]);
}

#[test]
fn rarer_symbols_get_longer_codewords_and_ties_go_by_symbol() {
    assert_eq!(lengths(&[1, 2, 4, 8], 15), [3, 3, 2, 1]);
    assert_eq!(lengths(&[1, 1, 1], 15), [2, 2, 1]);
    assert_eq!(lengths(&[300, 300, 299, 70_000], 15), [3, 2, 3, 1]);
}

#[test]
fn codes_are_optimal_and_complete_over_all_frequency_sizes() {
    let mut state = 1u32;
    for round in 0..200u32 {
        let frequencies: Vec<u32> = (0..2 + round * 3)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16).checked_shr(16 + round % 16).unwrap_or(0) + (state >> 20) % 3
            })
            .collect();
        if frequencies.iter().filter(|&&f| f > 0).count() < 2 {
            continue;
        }
        let lens = lengths(&frequencies, 16);
        assert_eq!(kraft(&lens), 1 << 16);
        assert_eq!(cost(&frequencies, &lens), least_cost(&frequencies));
    }
}

#[test]
fn a_deep_tree_is_limited_and_stays_complete() {
    let mut fibonacci = vec![1u32, 1];
    while fibonacci.len() < 30 {
        fibonacci.push(fibonacci[fibonacci.len() - 1] + fibonacci[fibonacci.len() - 2]);
    }
    for max_len in 5..=16 {
        let lens = lengths(&fibonacci, max_len);
        assert_eq!(kraft(&lens), 1 << 16);
        assert!(lens.iter().all(|&len| usize::from(len) <= max_len && len > 0));
        assert!(lens.is_sorted_by(|a, b| a >= b), "{lens:?}");
    }
}

#[test]
fn codewords_are_canonical() {
    let mut codewords = [9; 6];
    canonical_codewords(&[2, 0, 1, 3, 0, 3], &mut codewords);
    assert_eq!(codewords, [0b10, 0, 0b0, 0b110, 0, 0b111]);
}
