//! Chunks written by hand.

use wim_compress::lzms::LzmsDecompressor;
use wim_compress::{DecodeError, Decompressor};

use super::writer::{ChunkWriter, Item};
use crate::reference;

fn decompress(chunk: &[u8], len: usize) -> Result<Vec<u8>, DecodeError> {
    let mut data = vec![0; len];
    LzmsDecompressor::new(1 << 17).decompress(chunk, &mut data).map(|()| data)
}

/// Both decoders must make `expected` of the items.
fn check(items: &[Item], expected: &[u8]) {
    let chunk = ChunkWriter::new(expected.len()).items(items).end();
    assert_eq!(decompress(&chunk, expected.len()).as_deref(), Ok(expected), "{items:?}");
    assert_eq!(reference::decode(&chunk, expected.len()).as_deref(), Ok(expected), "{items:?}");
}

fn literals(bytes: &[u8]) -> Vec<Item> {
    bytes.iter().map(|&byte| Item::Literal(byte)).collect()
}

/// Literals, and then these.
fn after(bytes: &[u8], items: &[Item]) -> Vec<Item> {
    [&literals(bytes), items].concat()
}

#[test]
fn literals_of_every_byte() {
    let data: Vec<u8> = (0..=255).collect();
    check(&literals(&data), &data);
}

/// So many that every code is made anew, some of them several times.
#[test]
fn codes_are_made_anew_after_so_many_symbols() {
    let data: Vec<u8> = (0..5000u32).map(|i| (i * i % 251) as u8 | 0x20).collect();
    check(&literals(&data), &data);
    let (mut items, mut expected) = (literals(b"abcdefgh"), b"abcdefgh".to_vec());
    for i in 0..1200 {
        let (offset, length) = (1 + i % 7, 1 + i % 3);
        items.push(Item::Lz(offset, length));
        (0..length).for_each(|_| expected.push(expected[expected.len() - offset as usize]));
        items.push(Item::Literal(b'a' + (i % 26) as u8));
        expected.push(b'a' + (i % 26) as u8);
    }
    check(&items, &expected);
}

#[test]
fn a_match_with_a_new_offset() {
    check(&after(b"abc", &[Item::Lz(3, 7)]), b"abcabcabca");
    check(&after(b"abc", &[Item::Lz(1, 1), Item::Lz(4, 2)]), b"abccab");
}

#[test]
fn a_chunk_begins_with_recent_offsets_1_to_4() {
    for index in 0..3 {
        let expected = [&b"abcd"[..], &b"abcd"[3 - index..]].concat();
        check(&after(b"abcd", &[Item::RecentLz(index, index as u64 + 1)]), &expected);
    }
}

#[test]
fn an_offset_is_recent_only_after_the_next_item() {
    // Right behind a match with offset 5, the first recent offset is still 1.
    check(&after(b"abcde", &[Item::Lz(5, 2), Item::RecentLz(0, 1)]), b"abcdeabb");
    // Behind a literal, it is 5.
    check(&after(b"abcde", &[Item::Lz(5, 2), Item::Literal(b'x'), Item::RecentLz(0, 2)]), b"abcdeabxde");
    // A delta match is an item, too.
    check(&after(b"abcde", &[Item::Lz(5, 2), Item::RecentDelta(0, 1), Item::RecentLz(0, 1)]), b"abcdeabcd");
}

#[test]
fn a_reference_takes_the_offset_out_of_the_queue() {
    // The third of 1, 2, 3, 4 is used; what follows at once finds 4 as the third.
    check(&after(b"abcd", &[Item::RecentLz(2, 1), Item::RecentLz(2, 1)]), b"abcdbb");
    // After another item, 3 is the first.
    check(&after(b"abcd", &[Item::RecentLz(2, 1), Item::Literal(b'x'), Item::RecentLz(0, 1)]), b"abcdbxd");
}

#[test]
fn a_delta_match_repeats_differences() {
    // Numbers of four bytes that rise by 3.
    let first: Vec<u8> = [10u32, 13].iter().flat_map(|number| number.to_le_bytes()).collect();
    let all: Vec<u8> = (0..6u32).flat_map(|i| (10 + 3 * i).to_le_bytes()).collect();
    check(&after(&first, &[Item::Literal(16), Item::Literal(0), Item::Literal(0), Item::Literal(0)]), &all[..12]);
    check(&after(&all[..12], &[Item::Delta(2, 1, 12)]), &all);
}

#[test]
fn delta_matches_of_every_power() {
    for power in 0..8 {
        let span = 1usize << power;
        let start: Vec<u8> = (0..3 * span + 5).map(|i| (i * 7 + i / span * 31) as u8).collect();
        for raw_offset in 1..=2 {
            let mut expected = start.clone();
            for i in start.len()..start.len() + 9 {
                let offset = raw_offset * span;
                let difference = expected[i - offset].wrapping_sub(expected[i - offset - span]);
                expected.push(expected[i - span].wrapping_add(difference));
            }
            check(&after(&start, &[Item::Delta(power, raw_offset as u64, 9)]), &expected);
        }
    }
}

#[test]
fn a_chunk_begins_with_delta_sources_of_power_0() {
    // The difference of the last two bytes goes on.
    check(&after(&[5, 7], &[Item::RecentDelta(0, 4)]), &[5, 7, 9, 11, 13, 15]);
    check(&after(&[5, 7, 8], &[Item::RecentDelta(1, 4)]), &[5, 7, 8, 10, 11, 13, 14]);
}

#[test]
fn a_delta_source_is_recent_only_after_the_next_item() {
    let start = [1, 2, 10, 20];
    check(&after(&start, &[Item::Delta(1, 1, 2), Item::RecentDelta(0, 1)]), &[1, 2, 10, 20, 19, 38, 57]);
    let items = [Item::Delta(1, 1, 2), Item::Literal(0), Item::RecentDelta(0, 1)];
    check(&after(&start, &items), &[1, 2, 10, 20, 19, 38, 0, 56]);
}

#[test]
fn lengths_of_every_slot() {
    for length in [1, 2, 26, 27, 28, 34, 35, 60, 100, 200, 500, 1000, 2000, 60000] {
        let expected = vec![9; 1 + length];
        check(&[Item::Literal(9), Item::Lz(1, length as u64)], &expected);
    }
}

#[test]
fn offsets_of_every_slot_of_a_chunk() {
    let start: Vec<u8> = (0..3000u32).map(|i| (i * i / 7) as u8 & 0x3F).collect();
    for offset in (1..70).chain((70..3000).step_by(131)) {
        let from = start.len() - offset;
        let mut expected = start.clone();
        (0..5).for_each(|i| expected.push(expected[from + i]));
        check(&after(&start, &[Item::Lz(offset as u64, 5)]), &expected);
    }
}

#[test]
fn chunks_of_no_byte_and_of_a_few() {
    for len in 0..5 {
        check(&literals(&b"wxyz"[..len]), &b"wxyz"[..len]);
    }
}

#[test]
fn the_x86_filter_is_undone() {
    // Three calls to the same target: the second shows that this is code, so the operand of the third is absolute.
    let target = 0x1000u32;
    let mut plain = vec![0x90; 100];
    for at in [10u32, 30, 50] {
        plain[at as usize] = 0xE8;
        plain[at as usize + 1..][..4].copy_from_slice(&(target - at).to_le_bytes());
    }
    let mut filtered = plain.clone();
    filtered[51..55].copy_from_slice(&target.to_le_bytes());
    check(&literals(&filtered), &plain);
}
