//! What is compressed decompresses to the same bytes, by both decoders.

use proptest::prelude::*;
use wim_compress::lzms::{LzmsCompressor, LzmsDecompressor};
use wim_compress::{Compressor, Decompressor, Level};

use super::data::{noise, prose, structured};
use crate::reference;

/// One level of each setting.
pub(crate) const LEVELS: [u8; 10] = [8, 16, 22, 30, 38, 42, 45, 55, 75, 100];

/// Compressors of one chunk size, one a setting, and a decompressor.
struct Codecs {
    compressors: Vec<LzmsCompressor>,
    decompressor: LzmsDecompressor,
}

impl Codecs {
    fn new(chunk_size: u32) -> Self {
        let level = |level| LzmsCompressor::new(chunk_size, Level::new(level).expect("a level"));
        Self { compressors: LEVELS.map(level).into(), decompressor: LzmsDecompressor::new(chunk_size) }
    }

    /// Compresses with every setting and decompresses again; with the slow decoder, too, if `strictly`.
    fn check(&mut self, data: &[u8], strictly: bool) {
        let mut chunk = vec![0; 2 * data.len() + 600];
        let mut out = vec![0; data.len()];
        for (compressor, level) in self.compressors.iter_mut().zip(LEVELS) {
            let size = compressor.compress(data, &mut chunk).expect("there is room for anything");
            out.fill(0xEE);
            assert_eq!(self.decompressor.decompress(&chunk[..size], &mut out), Ok(()), "level {level}");
            assert!(out == data, "level {level}, {} bytes", data.len());
            if strictly {
                assert!(reference::decode(&chunk[..size], data.len()).as_deref() == Ok(data), "level {level}");
                assert!(size >= 8 || data.is_empty(), "7-Zip refuses shorter chunks");
                assert!(size.is_multiple_of(2), "there are only whole words");
            }
        }
    }
}

/// Calls, jumps and loads relative to the instruction pointer, with a few targets, between other bytes.
fn code(len: usize) -> Vec<u8> {
    let (mut data, mut random) = (Vec::new(), noise(4 * len, 77).into_iter());
    let mut next = || random.next().expect("there are enough");
    while data.len() < len {
        let opcode: &[u8] = [
            &[0xE8][..],
            &[0xE9],
            &[0x48, 0x8D, 0x05],
            &[0x4C, 0x8B, 0x3D],
            &[0xFF, 0x15],
            &[0xF0, 0x83, 0x05],
            &[0x90],
        ][usize::from(next()) % 7];
        data.extend_from_slice(opcode);
        let target = u32::from(next() % 8) * 0x120 + 0x4000;
        data.extend_from_slice(&target.wrapping_sub(data.len() as u32).to_le_bytes());
        (0..next() % 6).for_each(|_| data.push(next() & 0x77));
    }
    data.truncate(len);
    data
}

#[test]
fn every_length_up_to_300() {
    let mut codecs = Codecs::new(1 << 15);
    for len in 0..=300 {
        codecs.check(&prose(len), len % 9 == 0);
        codecs.check(&noise(len, 5), false);
        codecs.check(&vec![0; len], len % 50 == 0);
    }
}

#[test]
fn every_small_chunk_size_at_full_length_and_around_powers_of_two() {
    for chunk_size in [1u32 << 15, 1 << 17] {
        let mut codecs = Codecs::new(chunk_size);
        let lengths = (10..=chunk_size.ilog2()).flat_map(|bits| [-1, 0, 1].map(|d| (1i64 << bits) + d));
        for len in lengths.filter(|&len| len <= i64::from(chunk_size)) {
            codecs.check(&prose(len as usize), false);
        }
        codecs.check(&vec![7; chunk_size as usize], false);
    }
}

/// What is too long for the tables that are kept small where they can be.
#[test]
fn a_chunk_of_some_mib() {
    let mut data = [prose(1 << 20), code(300_000), noise(1000, 3)].concat();
    data.extend_from_within(5000..700_000);
    let mut chunk = vec![0; data.len()];
    for level in [8, 30, 42, 50] {
        let mut compressor = LzmsCompressor::new(1 << 21, Level::new(level).expect("a level"));
        let size = compressor.compress(&data, &mut chunk).expect("it shrinks");
        let mut out = vec![0; data.len()];
        assert_eq!(LzmsDecompressor::new(1 << 21).decompress(&chunk[..size], &mut out), Ok(()));
        assert!(out == data, "level {level}");
    }
}

#[test]
fn code_goes_through_the_filter_and_back() {
    let mut codecs = Codecs::new(1 << 15);
    for len in [17, 18, 19, 30, 100, 1000, 5000] {
        codecs.check(&code(len), true);
    }
    codecs.check(&code(32768), false);
}

#[test]
fn periods_of_every_small_length() {
    let mut codecs = Codecs::new(1 << 15);
    for period in 1..70 {
        let data: Vec<u8> = noise(period, period as u64).into_iter().cycle().take(2500).collect();
        codecs.check(&data, false);
    }
}

/// Where matches with recent sources end right before another, and where differences are interrupted.
#[test]
fn tables_with_a_byte_that_is_wrong_here_and_there() {
    let mut codecs = Codecs::new(1 << 15);
    for (record, wrong) in [(4, 37), (8, 41), (12, 100), (16, 7), (32, 333)] {
        let mut data: Vec<u8> = (0..800u32).flat_map(|i| (i * 52 + 4096).to_le_bytes()).collect();
        data.chunks_mut(record).for_each(|record| record[0] = record[0].wrapping_mul(3));
        data.iter_mut().step_by(wrong).for_each(|byte| *byte ^= 0x55);
        codecs.check(&data, false);
    }
}

#[test]
fn the_front_of_a_chunk_can_be_had_by_itself() {
    let data = code(20000);
    let mut chunk = vec![0; data.len()];
    let size = LzmsCompressor::new(1 << 15, Level::DEFAULT).compress(&data, &mut chunk).expect("it shrinks");
    let mut decompressor = LzmsDecompressor::new(1 << 15);
    for len in [0, 1, 6, 7, 500, 1023, 1024, 9999, 19999, 20000] {
        let mut out = vec![0; len];
        let count = decompressor.decompress_prefix(&chunk[..size], &mut out, data.len()).expect("a good chunk");
        assert!(count + LzmsDecompressor::PREFIX_SLACK >= len);
        assert!(out[..count] == data[..count], "{len} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn structured_data_in_short_chunks(data in structured(3000)) {
        Codecs::new(1 << 15).check(&data, data.len() < 1000);
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn structured_data_in_long_chunks(data in structured(1 << 16)) {
        Codecs::new(1 << 17).check(&data, false);
    }
}
