//! What every finder promises, checked against data that repeats in many ways.

use alloc::vec::Vec;

use super::binary_tree::{BinaryTrees, MAX_MATCHES};
use super::hash_chain::HashChains;
use super::nearest::{NO_MATCH, NearestMatches, SHORT_LENGTHS, ShortMatches};
use super::window::Window;
use super::{SLACK, Search};

const FULL: Search = Search { max_len: usize::MAX, nice_len: 64, depth: 1 << 16, longer_than: 0 };

/// Data with short and long repetitions, runs and noise.
fn sample(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut data = Vec::new();
    while data.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (kind, arg) = (state >> 30, (state >> 8) as usize);
        match kind {
            0 => data.extend((0..arg % 7).map(|i| (state >> i) as u8 & 3)),
            1 => data.extend(core::iter::repeat_n(arg as u8, arg % 40)),
            _ if data.is_empty() => data.push(7),
            _ => {
                let offset = 1 + arg % data.len();
                (0..arg / 65536 % 90).for_each(|_| data.push(data[data.len() - offset]));
            }
        }
    }
    data.truncate(len);
    data
}

/// The matches of every position as a finder reports them, checked to be matches and to get longer.
fn check_matches(data: &[u8], pos: usize, matches: &[(usize, usize)]) {
    let mut last = 0;
    for &(length, offset) in matches {
        assert!(length > last, "matches get longer");
        assert!((1..=pos).contains(&offset));
        assert_eq!(data[pos..pos + length], data[pos - offset..pos - offset + length]);
        last = length;
    }
}

/// The longest match of at least four bytes at `pos`, by trying all sources but the first byte, which finders leave out.
fn longest(data: &[u8], pos: usize) -> usize {
    let max = data.len() - pos;
    let common = |from: usize| (0..max).find(|i| data[from + i] != data[pos + i]).unwrap_or(max);
    let best = (1..pos.max(1)).map(common).max().unwrap_or(0);
    if best >= 4 { best } else { 0 }
}

#[test]
fn chains_with_unlimited_depth_find_the_longest_match() {
    let mut finder = HashChains::<u16, { 4096 + SLACK }, 1024, 512>::new();
    for len in [0, 1, 3, 4, 5, 100, 3000, 4096] {
        let data = sample(len);
        let mut cursor = finder.load(&data);
        for pos in 0..len {
            let mut matches = Vec::new();
            cursor.find(pos, Search { nice_len: usize::MAX, ..FULL }, |l, o| matches.push((l, o)));
            check_matches(&data, pos, &matches);
            let found = matches.last().map_or(0, |m| m.0);
            assert_eq!(if found >= 4 { found } else { 0 }, longest(&data, pos), "at {pos} of {len}");
        }
    }
}

#[test]
fn trees_with_unlimited_depth_find_a_nice_match_or_the_longest() {
    let mut finder = BinaryTrees::<u32, { 4096 + SLACK }, 1024, 512>::new();
    for len in [0, 1, 3, 4, 5, 100, 3000, 4096] {
        let data = sample(len);
        finder.load(&data);
        for pos in 0..len {
            let mut out = [(0, 0); MAX_MATCHES];
            let (count, _) = finder.find(pos, FULL, &mut out, |l, o| (l, o));
            let matches = &out[..count];
            check_matches(&data, pos, matches);
            let found = matches.last().map_or(0, |m| m.0);
            let expected = longest(&data, pos).min(FULL.nice_len);
            assert!(found >= expected, "{found} < {expected} at {pos} of {len}");
        }
    }
}

#[test]
fn skipped_positions_are_found_later() {
    let mut data = sample(1000);
    data.extend_from_within(200..300);
    let mut chains = HashChains::<u16, { 2048 + SLACK }, 1024, 512>::new();
    let mut trees = BinaryTrees::<u16, { 2048 + SLACK }, 1024, 512>::new();
    let mut cursor = chains.load(&data);
    trees.load(&data);
    cursor.skip(0..1000);
    trees.skip(0..1000, FULL);
    let mut by_chain = 0;
    cursor.find(1000, FULL, |length, _| by_chain = length);
    let (_, by_tree) = trees.find(1000, FULL, &mut [(0, 0); MAX_MATCHES], |l, o| (l, o));
    assert!(by_chain >= 64 && by_tree == 100, "{by_chain} {by_tree}");
}

#[test]
fn reset_forgets_every_position() {
    let data = sample(2000);
    let mut chains = HashChains::<u16, { 2048 + SLACK }, 1024, 512>::new();
    let mut trees = BinaryTrees::<u16, { 2048 + SLACK }, 1024, 512>::new();
    chains.load(&data).skip(0..2000);
    trees.load(&data);
    trees.skip(0..2000, FULL);
    for len in [2000, 20, 300, 2000] {
        let mut cursor = chains.load(&data[..len]);
        trees.load(&data[..len]);
        cursor.find(0, FULL, |_, _| panic!("nothing precedes the first position"));
        let found = trees.find(0, FULL, &mut [(0, 0); MAX_MATCHES], |l, o| (l, o));
        assert_eq!(found, (0, 0), "nothing precedes the first position");
    }
}

#[test]
fn common_length_stops_at_the_difference_or_the_limit() {
    let mut data = [9u8; 64];
    let mut window = Window::<{ 64 + SLACK }>::new();
    window.load(&data);
    assert_eq!(window.common_length(0, 20, 0, 44), 44);
    assert_eq!(window.common_length(0, 20, 3, 17), 17);
    for differs in 20..40 {
        data[20 + differs] = 1;
        window.load(&data);
        assert_eq!(window.common_length(0, 20, 0, 44), differs);
        assert_eq!(window.common_length(0, 20, 20, 30), differs.min(30));
        data[20 + differs] = 9;
    }
}

/// The nearest source of a match of `length` bytes at `pos`, by trying all.
fn nearest(data: &[u8], pos: usize, length: usize) -> Option<usize> {
    let here = data.get(pos..pos + length)?;
    (1..=pos).find(|offset| &data[pos - offset..][..length] == here)
}

#[test]
fn tables_find_the_nearest_short_match_but_for_the_few_whose_slot_is_lost() {
    let mut finder = NearestMatches::<{ 4096 + SLACK }, 8192>::new();
    let (mut existing, mut found) = (0, 0);
    for len in [0, 1, 3, 4, 7, 100, 3000, 4096] {
        let data = sample(len);
        finder.load(&data);
        for pos in 0..len {
            let mut longer = Vec::new();
            let mut short = ShortMatches::NONE;
            finder.find(pos, Search { nice_len: usize::MAX, ..FULL }, &mut short, |l, o| longer.push((l, o)));
            check_matches(&data, pos, &longer);
            assert!(longer.iter().all(|&(length, _)| length > 6), "longer than a short one");
            if longest(&data, pos) > 6 {
                assert_eq!(longer.last().map_or(0, |m| m.0), longest(&data, pos), "at {pos} of {len}");
            }
            for index in 0..SHORT_LENGTHS {
                let expected = nearest(&data, pos, 3 + index);
                existing += usize::from(expected.is_some());
                let offset = usize::from(short.offsets[index]);
                if offset == 0 {
                    assert_eq!(short.log2s[index], NO_MATCH);
                    continue;
                }
                assert_eq!(u32::from(short.log2s[index]), offset.ilog2());
                assert_eq!(data[pos..][..3 + index], data[pos - offset..][..3 + index], "a match at {pos} of {len}");
                found += usize::from(expected == Some(offset));
            }
        }
    }
    assert!(found * 100 > existing * 90, "{found} of {existing}");
}

#[test]
fn positions_left_out_are_found_again() {
    let mut finder = NearestMatches::<{ 4096 + SLACK }, 8192>::new();
    let data = sample(200).repeat(3);
    finder.load(&data);
    let (mut longer, mut short) = (Vec::new(), ShortMatches::NONE);
    finder.find(1, FULL, &mut short, |_, _| {});
    finder.find(450, FULL, &mut short, |l, o| longer.push((l, o)));
    check_matches(&data, 450, &longer);
    assert_eq!(longer.last(), Some(&(150, 200)));
}
