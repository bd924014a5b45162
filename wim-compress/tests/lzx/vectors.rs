//! Chunks written by hand: every type of block, every form of an item, every way to store codeword lengths.

use wim_compress::lzx::LzxDecompressor;
use wim_compress::{DecodeError, Decompressor};

use super::data::noise;
use super::writer::{ALIGNED, ChunkWriter, length_lens, main_lens};
use crate::reference;

fn decompress(chunk: &[u8], len: usize) -> Result<Vec<u8>, DecodeError> {
    let mut data = vec![0; len];
    LzxDecompressor::new(32768).decompress(chunk, &mut data).map(|()| data)
}

/// Both decoders must make `expected` of the chunk.
fn check(chunk: &[u8], expected: &[u8]) {
    assert!(
        reference::decode(chunk, expected.len(), 32768, &mut |_| ()).as_deref() == Ok(expected),
        "the slow decoder"
    );
    assert!(decompress(chunk, expected.len()).as_deref() == Ok(expected));
}

/// Appends a match.
fn copy(data: &mut Vec<u8>, length: usize, offset: usize) {
    (0..length).for_each(|_| data.push(data[data.len() - offset]));
}

/// Bytes without `0xE8`.
fn plain(len: usize) -> Vec<u8> {
    noise(len, 11).into_iter().map(|byte| byte & 0x7F).collect()
}

#[test]
fn literals_alone() {
    check(&ChunkWriter::new().full(5).literals(b"hello").end(), b"hello");
}

#[test]
fn every_literal() {
    let all: Vec<u8> = (0..=255).collect();
    // What follows 0xE8 is no call's target, so the filter leaves it alone.
    check(&ChunkWriter::new().full(256).literals(&all).end(), &all);
}

#[test]
fn every_length_in_verbatim_and_aligned_blocks() {
    for length in 2..=257 {
        let mut expected = plain(40);
        copy(&mut expected, length, 30);
        let size = expected.len();
        let verbatim = ChunkWriter::new().full(size).literals(&expected[..40]).matched(length, 30).end();
        check(&verbatim, &expected);
        let aligned = ChunkWriter::new().aligned(size, &main_lens(), &length_lens(), ALIGNED);
        check(&aligned.literals(&expected[..40]).matched(length, 30).end(), &expected);
    }
}

#[test]
fn the_first_and_last_offset_of_every_slot() {
    let start = plain(32768);
    let edges = (0..15).flat_map(|bits| [1usize << bits, 3 << bits >> 1]).flat_map(|edge| [edge - 1, edge, edge + 1]);
    for offset in edges.filter(|offset| (1..32765).contains(offset)) {
        let mut expected = start[..offset].to_vec();
        copy(&mut expected, 3, offset);
        let verbatim = ChunkWriter::new().full(offset + 3).literals(&start[..offset]).matched(3, offset).end();
        check(&verbatim, &expected);
        let aligned = ChunkWriter::new().aligned(offset + 3, &main_lens(), &length_lens(), ALIGNED);
        check(&aligned.literals(&start[..offset]).matched(3, offset).end(), &expected);
    }
}

#[test]
fn recent_offsets_trade_places_with_the_first_one() {
    let mut expected = plain(60);
    let mut writer = ChunkWriter::new().full(60 + 8 * 3).literals(&expected);
    for offset in [10, 20, 33] {
        copy(&mut expected, 3, offset);
        writer = writer.matched(3, offset);
    }
    // R0, R1, R2 are 33, 20, 10; then R2 trades with R0: 10, 20, 33; and so on.
    for (index, offset) in [(0, 33), (2, 10), (2, 33), (1, 20), (1, 33)] {
        copy(&mut expected, 3, offset);
        writer = writer.repeat(3, index);
    }
    check(&writer.end(), &expected);
}

#[test]
fn all_recent_offsets_are_one_at_first() {
    for index in 0..3 {
        check(&ChunkWriter::new().full(9).literal(b'x').repeat(8, index).end(), b"xxxxxxxxx");
    }
}

#[test]
fn recent_offsets_and_lengths_last_over_blocks() {
    let mut expected = plain(50);
    copy(&mut expected, 4, 17);
    let writer = ChunkWriter::new().full(54).literals(&expected[..50]).matched(4, 17);
    copy(&mut expected, 5, 17);
    check(&writer.full(5).repeat(5, 0).end(), &expected);
}

#[test]
fn an_uncompressed_block_sets_the_recent_offsets() {
    for size in [1, 2, 7, 40] {
        let mut expected = plain(30 + size);
        let writer = ChunkWriter::new().full(30).literals(&expected[..30]).uncompressed([5, 9, 21], &expected[30..]);
        for offset in [5, 9] {
            copy(&mut expected, 3, offset);
        }
        check(&writer.full(6).repeat(3, 0).repeat(3, 1).end(), &expected);
    }
}

#[test]
fn an_uncompressed_block_first_and_last() {
    let data = plain(33);
    check(&ChunkWriter::new().uncompressed([1; 3], &data).end(), &data);
}

/// Where the header of an uncompressed block ends with a word, a whole word is skipped.
#[test]
fn a_whole_word_is_skipped_before_an_uncompressed_block_on_a_word_boundary() {
    // 160 bits of an aligned block's lengths and literals leave all sixteen positions behind them.
    for literals in 1..=16 {
        let expected = plain(literals + 6);
        let main: Vec<u8> = (0..496).map(|symbol| if symbol < 128 { 7 } else { 0 }).collect();
        let writer = ChunkWriter::new().verbatim(literals, &main, &[0; 249]).literals(&expected[..literals]);
        check(&writer.uncompressed([1; 3], &expected[literals..]).end(), &expected);
    }
}

#[test]
fn a_block_of_the_usual_size() {
    check(&ChunkWriter::new().full(32768).literals(&plain(32768)).end(), &plain(32768));
}

#[test]
fn codewords_of_up_to_16_bits() {
    // One codeword of each length up to 16, and a second of 16.
    let mut main = vec![0; 496];
    (1..=16).for_each(|len| main[usize::from(len) * 7] = len);
    main[3] = 16;
    let literals: Vec<u8> = (1..=16).chain((1..=16).rev()).map(|len| len * 7).chain([3, 3]).collect();
    check(&ChunkWriter::new().verbatim(34, &main, &[0; 249]).literals(&literals).end(), &literals);
}

#[test]
fn runs_of_zeros_and_of_equal_lengths() {
    // Literals 100 and 101 with one bit each: 100 zeros in four runs, two lengths, 154 zeros.
    let mut main = vec![0; 496];
    (main[100], main[101]) = (1, 1);
    let run =
        |writer: ChunkWriter, symbol: usize, extra: usize, bits: u32| writer.pretree_symbol(symbol).bits(extra, bits);
    let mut writer = ChunkWriter::new().header(1, 3).pretree();
    writer = run(writer, 18, 31, 5);
    writer = run(writer, 18, 24, 5);
    writer = run(writer, 17, 1, 4).pretree_symbol(16).pretree_symbol(16);
    for extra in [31, 31, 31] {
        writer = run(writer, 18, extra, 5);
    }
    writer = writer.pretree_symbol(0).pretree();
    for _ in 0..4 {
        writer = run(writer, 18, 31, 5);
    }
    writer = run(writer, 18, 16, 5);
    // The length code: no codewords, written in equal lengths.
    writer = writer.pretree();
    for _ in 0..49 {
        writer = run(writer, 19, 1, 1).pretree_symbol(0);
    }
    writer = run(writer, 19, 0, 1).pretree_symbol(0);
    check(&writer.use_codes(&main, &[0; 249]).literals(b"ded").end(), b"ded");
}

#[test]
fn calls_are_made_relative_again() {
    let mut stored = vec![0x90; 40];
    stored[8] = 0xE8;
    stored[9..13].copy_from_slice(&1008u32.to_le_bytes());
    let mut expected = stored.clone();
    expected[9..13].copy_from_slice(&1000u32.to_le_bytes());
    check(&ChunkWriter::new().full(40).literals(&stored).end(), &expected);
    check(&ChunkWriter::new().uncompressed([1; 3], &stored).end(), &expected);
}

#[test]
fn bytes_behind_the_last_block_are_ignored() {
    let mut chunk = ChunkWriter::new().full(2).literals(b"ab").end();
    chunk.extend([0xAA; 9]);
    assert_eq!(decompress(&chunk, 2), Ok(b"ab".to_vec()));
}
