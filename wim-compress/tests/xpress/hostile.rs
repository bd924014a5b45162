//! Chunks that are wrong, each in one way, and chunks that are noise.

use proptest::prelude::*;
use wim_compress::xpress::{XpressCompressor, XpressDecompressor};
use wim_compress::{Compressor, DecodeError, Decompressor, Level};

use super::data::{noise, prose};
use super::writer::{ChunkWriter, Item};
use crate::reference;

fn error(chunk: &[u8], len: usize) -> Option<DecodeError> {
    assert!(reference::decode(chunk, len).is_err(), "the reference decoder rejects it, too");
    XpressDecompressor::new(65536).decompress(chunk, &mut vec![0; len]).err()
}

#[test]
fn an_empty_chunk_is_truncated() {
    assert_eq!(error(&[], 10), Some(DecodeError::Truncated));
}

#[test]
fn a_chunk_within_its_code_is_truncated() {
    assert_eq!(error(&[0x99; 255], 10), Some(DecodeError::Truncated));
}

#[test]
fn a_chunk_that_ends_after_its_code_is_truncated() {
    assert_eq!(error(&[0x99; 256], 10), Some(DecodeError::Truncated));
}

#[test]
fn a_code_without_codewords_is_bad() {
    assert_eq!(error(&[0; 300], 10), Some(DecodeError::BadCode));
}

#[test]
fn a_code_of_one_codeword_is_bad() {
    let mut chunk = vec![0; 300];
    chunk[32] = 1;
    assert_eq!(error(&chunk, 10), Some(DecodeError::BadCode));
}

#[test]
fn an_incomplete_code_is_bad() {
    let mut chunk = vec![0x99; 300];
    chunk[255] = 0x90;
    assert_eq!(error(&chunk, 10), Some(DecodeError::BadCode));
}

#[test]
fn an_oversubscribed_code_is_bad() {
    let mut chunk = vec![0x99; 300];
    chunk[0] = 0x89;
    assert_eq!(error(&chunk, 10), Some(DecodeError::BadCode));
}

#[test]
fn a_match_first_of_all_is_before_the_start() {
    let chunk = ChunkWriter::uniform().item(Item::Match(3, 1)).end();
    assert_eq!(error(&chunk, 10), Some(DecodeError::MatchBeforeStart));
}

#[test]
fn a_match_one_byte_too_far_back_is_before_the_start() {
    let chunk = ChunkWriter::uniform().item(Item::Literal(1)).item(Item::Match(5, 1)).item(Item::Match(3, 7)).end();
    assert_eq!(error(&chunk, 10), Some(DecodeError::MatchBeforeStart));
}

#[test]
fn a_match_one_byte_too_long_is_past_the_end() {
    let chunk = ChunkWriter::uniform().item(Item::Literal(1)).item(Item::Match(10, 1)).end();
    assert_eq!(error(&chunk, 10), Some(DecodeError::PastEnd));
}

#[test]
fn the_longest_length_is_past_the_end_of_the_longest_chunk() {
    let chunk = ChunkWriter::uniform().item(Item::Literal(1)).item(Item::Match(65538, 1)).end();
    assert_eq!(error(&chunk, 65536), Some(DecodeError::PastEnd));
}

#[test]
fn a_length_byte_past_the_end_is_truncated() {
    let chunk = ChunkWriter::uniform().item(Item::Literal(1)).item(Item::Match(30, 1)).end();
    // The code, the two words that are always fetched, and no length byte.
    assert_eq!(error(&chunk[..260], 31), Some(DecodeError::Truncated));
}

#[test]
fn half_a_long_length_is_truncated() {
    let chunk = ChunkWriter::uniform().item(Item::Literal(1)).item(Item::Match(300, 1)).end();
    assert_eq!(error(&chunk[..262], 301), Some(DecodeError::Truncated));
}

#[test]
fn every_prefix_of_a_chunk_is_refused_or_decodes_as_the_whole() {
    let data = prose(3000);
    let mut chunk = vec![0; 4096];
    let size = XpressCompressor::new(4096, Level::DEFAULT).compress(&data, &mut chunk).expect("it fits");
    let mut decompressor = XpressDecompressor::new(4096);
    for len in 0..size {
        let mut out = vec![0; data.len()];
        let accepted = decompressor.decompress(&chunk[..len], &mut out).is_ok();
        assert_eq!(accepted, reference::decode(&chunk[..len], data.len()).is_ok(), "prefix of {len}");
        assert!(!accepted || out == data);
        assert!(!accepted || len + 8 > size, "only the end mark and padding can be spared");
    }
}

/// A complete code over symbols that noise is likely to hit, and noise behind it.
fn plausible(seed: u64, stream: usize) -> Vec<u8> {
    let mut chunk = vec![0x99; 256];
    // Trade two codewords of nine bits for one of eight and two of ten, here and there.
    for (i, byte) in noise(40, seed).into_iter().enumerate() {
        let at = usize::from(byte) & 0xFE;
        if chunk[at] == 0x99 && chunk[at + 1] == 0x99 && i % 2 == 0 {
            (chunk[at], chunk[at + 1]) = (0xA8, 0x9A);
        }
    }
    chunk.extend(noise(stream, !seed));
    chunk
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_behind_a_good_code_is_judged_as_by_the_reference(seed: u64, stream in 0..3000usize, len in 0..8192usize) {
        let chunk = plausible(seed, stream);
        let mut out = vec![0; len];
        let result = XpressDecompressor::new(8192).decompress(&chunk, &mut out);
        match reference::decode(&chunk, len) {
            Ok(slow) => prop_assert!(result.is_ok() && out == slow),
            Err(_) => prop_assert!(result.is_err()),
        }
    }

    #[test]
    fn damage_is_judged_as_by_the_reference(at in 0..2000usize, xor in 1..=255u8, shift in 0..9usize) {
        let data = prose(4000 + shift);
        let mut chunk = vec![0; 4096 * 2];
        let size = XpressCompressor::new(8192, Level::FAST).compress(&data, &mut chunk).expect("it fits");
        chunk.truncate(size);
        chunk[at % size] ^= xor;
        let mut out = vec![0; data.len()];
        let result = XpressDecompressor::new(8192).decompress(&chunk, &mut out);
        match reference::decode(&chunk, data.len()) {
            Ok(slow) => prop_assert!(result.is_ok() && out == slow),
            Err(_) => prop_assert!(result.is_err()),
        }
    }

    #[test]
    fn plain_noise_never_panics(chunk in proptest::collection::vec(any::<u8>(), 0..600), len in 0..5000usize) {
        let _ = XpressDecompressor::new(8192).decompress(&chunk, &mut vec![0; len]);
    }
}
