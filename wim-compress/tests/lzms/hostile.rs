//! Chunks that are wrong, each in one way, and chunks that are noise.

use proptest::prelude::*;
use wim_compress::lzms::{LzmsCompressor, LzmsDecompressor};
use wim_compress::{Compressor, DecodeError, Decompressor, Level};

use super::data::{noise, prose};
use super::writer::{ChunkWriter, Item};
use crate::reference;

fn error(chunk: &[u8], len: usize) -> Option<DecodeError> {
    assert!(reference::decode(chunk, len).is_err(), "the reference decoder rejects it, too");
    LzmsDecompressor::new(1 << 17).decompress(chunk, &mut vec![0; len]).err()
}

fn written(len: usize, items: &[Item]) -> Vec<u8> {
    ChunkWriter::new(len).items(items).end()
}

#[test]
fn an_empty_chunk_is_truncated() {
    assert_eq!(error(&[], 10), Some(DecodeError::Truncated));
}

#[test]
fn half_of_the_first_two_words_is_truncated() {
    assert_eq!(error(&[0, 0], 10), Some(DecodeError::Truncated));
}

#[test]
fn an_odd_number_of_bytes_is_bad() {
    assert_eq!(error(&[0; 9], 10), Some(DecodeError::BadBlock));
}

#[test]
fn a_first_code_that_is_not_in_the_range_is_bad() {
    assert_eq!(error(&[0xFF; 10], 10), Some(DecodeError::BadBlock));
}

#[test]
fn a_match_first_of_all_is_before_the_start() {
    assert_eq!(error(&written(10, &[Item::Lz(1, 3)]), 10), Some(DecodeError::MatchBeforeStart));
}

#[test]
fn a_match_one_byte_too_far_back_is_before_the_start() {
    let chunk = written(10, &[Item::Literal(1), Item::Literal(2), Item::Lz(3, 3)]);
    assert_eq!(error(&chunk, 10), Some(DecodeError::MatchBeforeStart));
}

#[test]
fn a_recent_offset_before_the_start_is_refused() {
    let chunk = written(10, &[Item::Literal(1), Item::RecentLz(1, 3)]);
    assert_eq!(error(&chunk, 10), Some(DecodeError::MatchBeforeStart));
}

#[test]
fn a_match_one_byte_too_long_is_past_the_end() {
    let chunk = written(10, &[Item::Literal(1), Item::Lz(1, 10)]);
    assert_eq!(error(&chunk, 10), Some(DecodeError::PastEnd));
}

#[test]
fn the_longest_length_is_past_the_end() {
    let chunk = written(10, &[Item::Literal(1), Item::Lz(1, 0x4001_08AA)]);
    assert_eq!(error(&chunk, 10), Some(DecodeError::PastEnd));
}

#[test]
fn a_delta_match_whose_offset_is_inside_but_whose_span_is_not_is_before_the_start() {
    let items = [Item::Literal(1), Item::Literal(2), Item::Delta(1, 1, 3)];
    assert_eq!(error(&written(10, &items), 10), Some(DecodeError::MatchBeforeStart));
}

/// In 32 bits, offset and span would be small again.
#[test]
fn a_delta_offset_that_overflows_is_before_the_start() {
    let len = 1 << 17;
    let items = [Item::Literal(1), Item::Delta(7, 0x1_FFFF, 3)];
    assert_eq!(error(&written(len, &items), len), Some(DecodeError::MatchBeforeStart));
}

#[test]
fn a_delta_match_one_byte_too_long_is_past_the_end() {
    let chunk = written(10, &[Item::Literal(1), Item::Literal(3), Item::Delta(0, 1, 9)]);
    assert_eq!(error(&chunk, 10), Some(DecodeError::PastEnd));
}

#[test]
fn streams_that_run_into_each_other_are_truncated() {
    let data = prose(2000);
    let mut chunk = vec![0; 2000];
    let len = LzmsCompressor::new(1 << 15, Level::DEFAULT).compress(&data, &mut chunk).expect("it fits");
    // Words from the middle, so that both streams begin as they should.
    chunk.truncate(len);
    chunk.drain(len / 4 * 2..len / 4 * 2 + 60);
    assert!(error(&chunk, 2000).is_some());
}

#[test]
fn a_backward_stream_that_runs_out_is_truncated() {
    let chunk = written(200, &[Item::Literal(1); 200]);
    assert_eq!(error(&chunk[chunk.len() - 40..], 2000), Some(DecodeError::Truncated));
}

#[test]
fn every_prefix_of_a_chunk_is_judged_as_by_the_reference() {
    let data = prose(600);
    let mut chunk = vec![0; 600];
    let size = LzmsCompressor::new(1 << 15, Level::DEFAULT).compress(&data, &mut chunk).expect("it fits");
    let mut decompressor = LzmsDecompressor::new(1 << 15);
    for len in 0..size {
        let mut out = vec![0; data.len()];
        let result = decompressor.decompress(&chunk[..len], &mut out);
        match reference::decode(&chunk[..len], data.len()) {
            Ok(slow) => assert!(result.is_ok() && out == slow, "prefix of {len}"),
            Err(_) => assert!(result.is_err(), "prefix of {len}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_is_judged_as_by_the_reference(seed: u64, words in 0..300usize, len in 0..1500usize) {
        let chunk = noise(2 * words, seed);
        let mut out = vec![0; len];
        let result = LzmsDecompressor::new(1 << 15).decompress(&chunk, &mut out);
        match reference::decode(&chunk, len) {
            Ok(slow) => prop_assert!(result.is_ok() && out == slow),
            Err(_) => prop_assert!(result.is_err()),
        }
    }

    #[test]
    fn damage_is_judged_as_by_the_reference(at in 0..2000usize, xor in 1..=255u8, shift in 0..9usize) {
        let data = prose(1500 + shift);
        let mut chunk = vec![0; 2000];
        let size = LzmsCompressor::new(1 << 15, Level::FAST).compress(&data, &mut chunk).expect("it fits");
        chunk.truncate(size);
        chunk[at % size] ^= xor;
        let mut out = vec![0; data.len()];
        let result = LzmsDecompressor::new(1 << 15).decompress(&chunk, &mut out);
        match reference::decode(&chunk, data.len()) {
            Ok(slow) => prop_assert!(result.is_ok() && out == slow),
            Err(_) => prop_assert!(result.is_err()),
        }
    }
}
