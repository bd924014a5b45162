//! Chunks that are wrong, each in one way, and chunks that are noise.

use proptest::prelude::*;
use wim_compress::lzx::{LzxCompressor, LzxDecompressor};
use wim_compress::{Compressor, DecodeError, Decompressor, Level};

use super::data::{noise, prose};
use super::writer::{ALIGNED, ChunkWriter, length_lens, main_lens};
use crate::reference;

fn error(chunk: &[u8], len: usize) -> Option<DecodeError> {
    assert!(reference::decode(chunk, len, 32768, &mut |_| ()).is_err(), "the reference decoder rejects it, too");
    LzxDecompressor::new(32768).decompress(chunk, &mut vec![0; len]).err()
}

/// What stood for "no such length" was less than what was left of the block, and so a match. Found by fuzzing.
#[test]
fn a_length_symbol_without_a_length_code_is_refused_in_a_long_block() {
    #[rustfmt::skip]
    let chunk = [
        0x38, 0x21, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x01, 0xFF, 0x0F, 0xFF, 0xFF, 0x00, 0xC0, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x42, 0x04, 0xCF, 0x19, 0xFB, 0xBE, 0x00, 0xE4, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x00,
        0x3E, 0x08, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xC0, 0x00, 0x00, 0x60, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0E, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x0E, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x42,
        0x04, 0xCF, 0x19, 0xFB, 0xBE, 0x00, 0xE4, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x00, 0x3E, 0x08, 0x01, 0x02, 0x00,
        0x00, 0x00, 0x00,
    ];
    assert!(reference::decode(&chunk, 5000, 32768, &mut |_| ()).is_err());
    assert_eq!(LzxDecompressor::new(32768).decompress(&chunk, &mut [0; 5000]), Err(DecodeError::BadCode));
}

#[test]
fn an_empty_chunk_is_truncated() {
    assert!(error(&[], 10).is_some());
}

#[test]
fn there_are_three_types_of_blocks() {
    for kind in [0, 4, 5, 6, 7] {
        assert_eq!(error(&ChunkWriter::new().header(kind, 10).bits(0, 48).end(), 10), Some(DecodeError::BadBlock));
    }
}

#[test]
fn a_block_of_no_bytes_is_bad() {
    assert_eq!(error(&ChunkWriter::new().header(1, 0).bits(0, 48).end(), 10), Some(DecodeError::BadBlock));
}

#[test]
fn a_block_past_the_end_of_the_chunk() {
    for size in [11, 32768, 65535] {
        assert_eq!(error(&ChunkWriter::new().full(size).end(), 10), Some(DecodeError::PastEnd));
    }
}

#[test]
fn a_main_code_with_too_few_or_too_many_codewords() {
    for len in [7, 10] {
        let mut main = main_lens();
        main[0] = len;
        let chunk = ChunkWriter::new().verbatim(4, &main, &length_lens()).bits(0, 48).end();
        assert_eq!(error(&chunk, 4), Some(DecodeError::BadCode));
    }
}

#[test]
fn a_main_code_without_codewords() {
    let chunk = ChunkWriter::new().verbatim(4, &[0; 496], &length_lens()).bits(0, 48).end();
    assert_eq!(error(&chunk, 4), Some(DecodeError::BadCode));
}

#[test]
fn a_length_code_with_too_few_codewords() {
    let mut lens = length_lens();
    lens[0] = 0;
    let chunk = ChunkWriter::new().verbatim(4, &main_lens(), &lens).bits(0, 48).end();
    assert_eq!(error(&chunk, 4), Some(DecodeError::BadCode));
}

#[test]
fn an_aligned_code_that_is_not_complete() {
    for bad in [[0; 8], [1, 2, 3, 4, 5, 6, 7, 0], [1; 8]] {
        let mut chunk = ChunkWriter::new().header(2, 4);
        chunk = bad.iter().fold(chunk, |chunk, &len| chunk.bits(len, 3));
        assert_eq!(error(&chunk.bits(0, 48).end(), 4), Some(DecodeError::BadCode));
    }
}

#[test]
fn a_pretree_that_is_not_complete() {
    for lens in [[0; 20], [4; 20], [1; 20]] {
        let chunk = ChunkWriter::new().header(1, 4);
        let chunk = lens.iter().fold(chunk, |chunk, &len| chunk.bits(len, 4));
        assert_eq!(error(&chunk.bits(0, 48).end(), 4), Some(DecodeError::BadCode));
    }
}

#[test]
fn a_run_of_lengths_past_the_literals() {
    // 255 zeros, one by one, and a run of four.
    let chunk = (0..255).fold(ChunkWriter::new().header(1, 4).pretree(), |chunk, _| chunk.pretree_symbol(0));
    let chunk = chunk.pretree_symbol(17).bits(0, 4).bits(0, 48).end();
    assert_eq!(error(&chunk, 4), Some(DecodeError::BadCode));
}

#[test]
fn a_change_of_length_that_is_a_run() {
    let chunk = ChunkWriter::new().header(1, 4).pretree().pretree_symbol(19).bits(0, 1).pretree_symbol(17);
    assert_eq!(error(&chunk.bits(0, 48).end(), 4), Some(DecodeError::BadCode));
}

#[test]
fn a_length_symbol_without_a_length_code() {
    let chunk = ChunkWriter::new().verbatim(20, &main_lens(), &[0; 249]).literal(1);
    // The main symbol of a match at R0 with a length symbol.
    let chunk = chunk.use_codes(&main_lens(), &length_lens()).repeat(19, 0).end();
    assert!(error(&chunk, 20).is_some());
}

#[test]
fn a_match_first_of_all_is_before_the_start() {
    for chunk in [ChunkWriter::new().full(4).repeat(4, 0), ChunkWriter::new().full(4).matched(4, 1)] {
        assert_eq!(error(&chunk.end(), 4), Some(DecodeError::MatchBeforeStart));
    }
}

#[test]
fn a_match_one_byte_too_far_back_is_before_the_start() {
    let chunk = || ChunkWriter::new().full(14).literals(&[1; 10]);
    assert_eq!(error(&chunk().matched(4, 11).end(), 14), Some(DecodeError::MatchBeforeStart));
    let aligned = ChunkWriter::new().aligned(34, &main_lens(), &length_lens(), ALIGNED).literals(&[1; 30]);
    assert_eq!(error(&aligned.matched(4, 31).end(), 34), Some(DecodeError::MatchBeforeStart));
}

#[test]
fn a_match_past_the_end_of_its_block() {
    let first = ChunkWriter::new().full(5).literal(1).repeat(5, 0);
    assert_eq!(error(&first.full(5).literals(&[1; 5]).end(), 10), Some(DecodeError::PastEnd));
    assert_eq!(error(&ChunkWriter::new().full(5).literal(1).repeat(257, 0).end(), 5), Some(DecodeError::PastEnd));
}

#[test]
fn a_recent_offset_of_zero_is_bad() {
    for offsets in [[0, 1, 1], [1, 0, 1], [1, 1, 0]] {
        assert_eq!(error(&ChunkWriter::new().uncompressed(offsets, &[1; 4]).end(), 4), Some(DecodeError::BadBlock));
    }
}

#[test]
fn a_recent_offset_of_an_uncompressed_block_that_is_too_great() {
    for offset in [5, 32768, u32::MAX] {
        let chunk = ChunkWriter::new().uncompressed([offset; 3], &[1; 4]).full(4).repeat(4, 1).end();
        assert_eq!(error(&chunk, 8), Some(DecodeError::MatchBeforeStart));
    }
}

#[test]
fn an_uncompressed_block_that_is_cut_off() {
    let chunk = ChunkWriter::new().uncompressed([1; 3], &[1; 100]).end();
    for cut in [2, 3, 13, 14, 50, chunk.len() - 2] {
        assert_eq!(error(&chunk[..cut], 100), Some(DecodeError::Truncated));
    }
}

#[test]
fn a_good_chunk_that_is_cut_off_anywhere() {
    let mut chunk = vec![0; 3000];
    let level = Level::new(50).expect("a level");
    let size = LzxCompressor::new(32768, level).compress(&prose(3000), &mut chunk).expect("it shrinks");
    for cut in 0..size {
        assert!(error(&chunk[..cut], 3000).is_some(), "{cut} of {size}");
    }
}

/// As many headers as there is room for: still no more than so many times the work.
#[test]
fn a_chunk_of_blocks_of_one_byte() {
    let main: Vec<u8> = (0..496).map(|symbol| u8::from(symbol < 2)).collect();
    let writer = (0..40).fold(ChunkWriter::new(), |writer, _| writer.verbatim(1, &main, &[0; 249]).literal(1));
    let mut data = vec![0; 40];
    assert_eq!(LzxDecompressor::new(32768).decompress(&writer.end(), &mut data), Ok(()));
    assert_eq!(data, [1; 40]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Both decoders say the same of noise, and of good chunks of which some bytes are noise.
    #[test]
    fn noise_and_damaged_chunks(seed in any::<u64>(), at in 0..900usize, byte in any::<u8>()) {
        let data = prose(2500);
        let mut chunk = vec![0; 2499];
        let level = Level::new(20).expect("a level");
        let size = LzxCompressor::new(32768, level).compress(&data, &mut chunk).expect("it shrinks");
        chunk.truncate(size);
        chunk[at % size] = byte;
        for chunk in [chunk, noise(600, seed)] {
            let mut out = vec![0; 2500];
            let result = LzxDecompressor::new(32768).decompress(&chunk, &mut out);
            match reference::decode(&chunk, 2500, 32768, &mut |_| ()) {
                Ok(expected) => prop_assert!(result == Ok(()) && out == expected),
                Err(_) => prop_assert!(result.is_err()),
            }
        }
    }
}
