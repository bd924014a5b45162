use alloc::vec;
use alloc::vec::Vec;

use super::super::text::TextBuffer;
use super::*;

fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

fn exceeds_limit(data: &[u8], limit: usize) -> bool {
    let mut buffer = TextBuffer::new(data.len());
    buffer.load(data);
    exceeds(buffer.text(), limit, true, &mut vec![7; 1 << 16])
}

fn exceeds_itself(data: &[u8]) -> bool {
    exceeds_limit(data, data.len() - 1)
}

#[test]
fn noise_is_given_up_unless_there_is_room() {
    for len in [4096, 5000, 1 << 15, 1 << 17, 1 << 21] {
        let data = noise(len);
        assert!(exceeds_itself(&data), "{len}");
        assert!(!exceeds_limit(&data, len + len / 20), "{len}");
    }
}

#[test]
fn noise_is_given_up_although_a_little_of_it_repeats() {
    let mut data = noise(1 << 17);
    data.copy_within(100..130, 90_000);
    assert!(exceeds_itself(&data));
}

#[test]
fn short_chunks_are_not_looked_at() {
    assert!(!exceeds_itself(&noise(MIN_LEN - 1)));
}

#[test]
fn what_literals_can_shrink_is_not_given_up() {
    assert!(!exceeds_itself(&noise(1 << 17).iter().map(|byte| byte % 230).collect::<Vec<_>>()));
    // As a whole this has all values equally often.
    let half = |i: usize| (i / 16384 % 2 * 128) as u8;
    assert!(!exceeds_itself(
        &noise(1 << 17).iter().enumerate().map(|(i, byte)| byte / 2 + half(i)).collect::<Vec<_>>()
    ));
}

#[test]
fn what_matches_can_shrink_is_not_given_up() {
    let mut repeated = noise(1 << 17);
    repeated.copy_within(..1 << 15, 1 << 16);
    assert!(!exceeds_itself(&repeated));
    let mut with_gaps = repeated.clone();
    let (gaps, copy) = with_gaps.split_at_mut(1 << 16);
    copy[..1 << 15].iter_mut().step_by(3).zip(&gaps[1 << 15..]).for_each(|(byte, gap)| *byte = *gap);
    assert!(!exceeds_itself(&with_gaps));
    let pairs: Vec<u8> = noise(1 << 16).chunks(2).flat_map(|pair| [pair, pair].concat()).collect();
    assert!(!exceeds_itself(&pairs));
    let words: Vec<u8> = noise(1 << 16).chunks(2).flat_map(|i| word(u16::from_le_bytes([i[0], i[1]]) % 4096)).collect();
    assert!(!exceeds_itself(&words));
}

/// Two of three bytes are copied, and no three in a row: nothing that a table of three bytes finds.
#[test]
fn pairs_from_the_same_distance_are_not_given_up() {
    for len in [1 << 14, 1 << 15, 1 << 17] {
        let mut data = noise(len);
        for at in (len - len / 8..len).filter(|at| at % 3 != 0) {
            data[at] = data[at - len / 2 - 5];
        }
        assert!(!exceeds_itself(&data), "{len}");
    }
}

/// One of 65 536 words of four bytes.
fn word(index: u16) -> [u8; 4] {
    u32::from(index).wrapping_mul(0x9E37_79B1).wrapping_add(0x1234_5678).rotate_left(7).to_le_bytes()
}

#[test]
fn what_delta_matches_can_shrink_is_not_given_up() {
    let steps = noise(1 << 16);
    let mut number = 0u32;
    let rising: Vec<u8> = steps
        .chunks(64)
        .flat_map(|steps| [u32::from_le_bytes([steps[0], steps[1], steps[2], steps[3]]); 32])
        .flat_map(|step| {
            number = number.wrapping_add(step);
            number.to_le_bytes()
        })
        .collect();
    assert!(!exceeds_itself(&rising));
}

/// Equal differences at a span of one, which no delta finder looks for, but every chunk begins with such sources.
#[test]
fn what_the_first_delta_sources_can_shrink_is_not_given_up() {
    let ramps: Vec<u8> =
        noise(1 << 14).chunks(2).flat_map(|r| (0..6).map(|i| r[0].wrapping_add(r[1].wrapping_mul(i)))).collect();
    assert!(!exceeds_itself(&ramps));
}
