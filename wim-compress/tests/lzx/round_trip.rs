//! What is compressed decompresses to the same bytes, by both decoders.

use proptest::prelude::*;
use wim_compress::lzx::{LzxCompressor, LzxDecompressor};
use wim_compress::{Compressor, Decompressor, Level};

use super::data::{noise, prose, structured};
use crate::reference;

/// One level of each setting.
pub(crate) const LEVELS: [u8; 9] = [10, 20, 30, 40, 45, 50, 65, 80, 100];

/// All chunk sizes.
const CHUNK_SIZES: [u32; 7] = [1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21];

/// Compressors of one chunk size, one a setting, and a decompressor.
struct Codecs {
    chunk_size: u32,
    compressors: Vec<LzxCompressor>,
    decompressor: LzxDecompressor,
}

impl Codecs {
    fn new(chunk_size: u32, levels: &[u8]) -> Self {
        let compressor = |&level: &u8| LzxCompressor::new(chunk_size, Level::new(level).expect("a level"));
        let compressors = levels.iter().map(compressor).collect();
        Self { chunk_size, compressors, decompressor: LzxDecompressor::new(chunk_size) }
    }

    /// Compresses with every setting and decompresses again; with the slow decoder, too, if `slowly`.
    fn check(&mut self, data: &[u8], slowly: bool) {
        let mut chunk = vec![0; 2 * data.len() + 600];
        let mut out = vec![0; data.len()];
        for compressor in &mut self.compressors {
            let size = compressor.compress(data, &mut chunk).expect("there is room for anything");
            out.fill(0xEE);
            assert_eq!(self.decompressor.decompress(&chunk[..size], &mut out), Ok(()));
            assert!(out == data, "{} bytes", data.len());
            if slowly {
                let decoded = reference::decode(&chunk[..size], data.len(), self.chunk_size as usize, &mut |_| ());
                assert!(decoded.as_deref() == Ok(data));
            }
        }
    }
}

#[test]
fn every_length_up_to_300() {
    let mut codecs = Codecs::new(1 << 15, &LEVELS);
    for len in 0..=300 {
        codecs.check(&prose(len), len % 10 == 0);
        codecs.check(&noise(len, 5), len % 50 == 0);
        codecs.check(&vec![0; len], len % 10 == 0);
    }
}

#[test]
fn lengths_around_powers_of_two() {
    let mut codecs = Codecs::new(1 << 15, &LEVELS);
    for len in (9..=15).flat_map(|bits| [-2i64, -1, 0, 1, 2].map(|d| (1 << bits) + d)).filter(|&len| len <= 1 << 15) {
        codecs.check(&prose(len as usize), false);
    }
}

#[test]
fn every_chunk_size_at_full_length_and_nearby() {
    for chunk_size in CHUNK_SIZES {
        let levels: &[u8] = if chunk_size > 1 << 18 { &[20, 50, 80] } else { &LEVELS };
        let mut codecs = Codecs::new(chunk_size, levels);
        codecs.check(&prose(chunk_size as usize), false);
        codecs.check(&prose(chunk_size as usize / 2 + 1), false);
        codecs.check(&noise(chunk_size as usize, 8), false);
        codecs.check(&vec![7; chunk_size as usize - 1], false);
    }
}

#[test]
fn periods_of_every_small_length() {
    let mut codecs = Codecs::new(1 << 15, &LEVELS);
    for period in 1..70 {
        let data: Vec<u8> = noise(period, period as u64).into_iter().cycle().take(2500).collect();
        codecs.check(&data, false);
    }
}

#[test]
fn the_farthest_offsets_of_every_chunk_size() {
    for chunk_size in CHUNK_SIZES {
        let mut data = noise(chunk_size as usize - 300, 1);
        data.extend_from_within(0..300);
        Codecs::new(chunk_size, &[20, 50, 65]).check(&data, false);
    }
}

#[test]
fn calls_everywhere() {
    let data: Vec<u8> = noise(32768, 3).into_iter().map(|byte| if byte < 90 { 0xE8 } else { byte & 3 }).collect();
    Codecs::new(1 << 15, &LEVELS).check(&data, true);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn structured_data_in_short_chunks(data in structured(32768)) {
        Codecs::new(1 << 15, &LEVELS).check(&data, data.len() < 3000);
    }

    #[test]
    fn structured_data_in_long_chunks(data in structured(200_000)) {
        Codecs::new(1 << 18, &[20, 50, 80]).check(&data, false);
    }
}
