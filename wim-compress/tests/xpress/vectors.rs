//! Chunks written by hand, and the two examples of \[MS-XCA\].

use wim_compress::xpress::XpressDecompressor;
use wim_compress::{DecodeError, Decompressor};

use super::writer::{ChunkWriter, Item};
use crate::reference;

fn decompress(chunk: &[u8], len: usize) -> Result<Vec<u8>, DecodeError> {
    let mut data = vec![0; len];
    XpressDecompressor::new(65536).decompress(chunk, &mut data).map(|()| data)
}

/// Both decoders must make `expected` of a chunk that even strict readers accept.
fn check(chunk: &[u8], expected: &[u8]) {
    assert_eq!(decompress(chunk, expected.len()).as_deref(), Ok(expected));
    assert_eq!(reference::decode_strictly(chunk, expected.len()).as_deref(), Ok(expected));
}

/// Code lengths at their places, then the stream.
fn published(lens: &[(usize, &[u8])], stream: &[u8]) -> Vec<u8> {
    let mut chunk = vec![0; 256];
    lens.iter().for_each(|&(at, bytes)| chunk[at..at + bytes.len()].copy_from_slice(bytes));
    chunk.extend_from_slice(stream);
    chunk
}

#[test]
fn published_example_of_26_literals() {
    let lens = [0x50, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x45, 0x44, 0x04];
    let stream =
        [0xd8, 0x52, 0x3e, 0xd7, 0x94, 0x11, 0x5b, 0xe9, 0x19, 0x5f, 0xf9, 0xd6, 0x7c, 0xdf, 0x8d, 0x04, 0, 0, 0, 0];
    check(&published(&[(48, &lens), (128, &[4])], &stream), b"abcdefghijklmnopqrstuvwxyz");
}

#[test]
fn published_example_of_one_long_match() {
    let lens: [(usize, &[u8]); 3] = [(48, &[0x30, 0x23]), (128, &[0x02]), (143, &[0x20])];
    check(&published(&lens, &[0xa8, 0xdc, 0, 0, 0xff, 0x26, 0x01]), &b"abc".repeat(100));
}

#[test]
fn the_end_mark_is_an_ordinary_match_before_the_end() {
    let chunk = ChunkWriter::new(&[(7, 1), (256, 1)]).item(Item::Literal(7)).item(Item::Match(3, 1)).end();
    check(&chunk, &[7; 4]);
}

#[test]
fn every_offset_width_and_every_length_form() {
    for offset in (0..16).flat_map(|bits| [1usize << bits, (2 << bits) - 1]).filter(|&offset| offset < 60000) {
        for length in [3, 4, 17, 18, 19, 272, 273, 274, 1000, 4000] {
            let start: Vec<u8> = (0..offset).map(|i| (i * 7 + i / 256) as u8).collect();
            let chunk = start.iter().fold(ChunkWriter::uniform(), |chunk, &byte| chunk.item(Item::Literal(byte)));
            let chunk = chunk.item(Item::Match(length, offset)).item(Item::Literal(1)).end();
            let mut expected = start;
            (0..length).for_each(|_| expected.push(expected[expected.len() - offset]));
            expected.push(1);
            if [1, 2, 3, 7, 8, 15, 16, 4095].contains(&offset) || length == 1000 {
                check(&chunk, &expected);
            } else {
                assert_eq!(decompress(&chunk, expected.len()), Ok(expected));
            }
        }
    }
}

#[test]
fn the_longest_match_fills_the_longest_chunk() {
    let chunk = ChunkWriter::uniform().item(Item::Literal(5)).item(Item::Match(65535, 1)).end();
    check(&chunk, &[5; 65536]);
}

#[test]
fn short_lengths_in_the_long_form_are_read() {
    let chunk =
        ChunkWriter::uniform().item(Item::Literal(5)).item(Item::WideMatch(3, 1)).item(Item::WideMatch(20, 2)).end();
    check(&chunk, &[5; 24]);
}

#[test]
fn length_bytes_leave_words_at_odd_places() {
    let items = [3, 18, 19, 40, 300, 18, 5, 18, 18, 18].map(|length| Item::Match(length, 1));
    for literals in 0..40 {
        let mut chunk = ChunkWriter::uniform().item(Item::Literal(9));
        for item in items {
            chunk = chunk.item(item);
            for _ in 0..literals % 7 {
                chunk = chunk.item(Item::Literal(9));
            }
            chunk = if literals > 20 { chunk.item(Item::Match(18, 4)) } else { chunk };
        }
        let total = 1 + 457 + items.len() * (literals % 7) + if literals > 20 { 18 * items.len() } else { 0 };
        check(&chunk.end(), &vec![9; total]);
    }
}

#[test]
fn codewords_of_all_lengths() {
    // One codeword of each length up to 15, and a second of 15.
    let lens: Vec<_> = (1..=15).map(|len| (usize::from(len) * 20, len)).chain([(256, 15)]).collect();
    let literals: Vec<u8> = (1..=12).chain((1..=12).rev()).map(|len| len * 20).collect();
    let chunk = literals.iter().fold(ChunkWriter::new(&lens), |chunk, &byte| chunk.item(Item::Literal(byte)));
    check(&chunk.end(), &literals);
}

#[test]
fn a_missing_end_mark_and_trailing_bytes_are_accepted() {
    let writer = || ChunkWriter::uniform().item(Item::Literal(1)).item(Item::Literal(2));
    assert_eq!(decompress(&writer().end_without_mark(), 2), Ok(vec![1, 2]));
    let mut chunk = writer().end();
    chunk.extend([0xAA; 9]);
    assert_eq!(decompress(&chunk, 2), Ok(vec![1, 2]));
}

#[test]
fn nothing_decodes_to_nothing() {
    assert_eq!(decompress(&ChunkWriter::uniform().end(), 0), Ok(Vec::new()));
}
