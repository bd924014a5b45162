//! One test for each sentence of the traits' documentation.

use proptest::prelude::*;
use wim_compress::lzx::{LzxCompressor, LzxDecompressor};
use wim_compress::{Codec, Compressor, Decompressor, Level};

use super::data::{noise, prose, structured};
use super::round_trip::LEVELS;

/// The usual chunk size.
const CHUNK: u32 = 1 << 15;

fn compressor(level: u8) -> LzxCompressor {
    LzxCompressor::new(CHUNK, Level::new(level).expect("a level"))
}

fn compress(level: u8, data: &[u8]) -> Vec<u8> {
    let mut chunk = vec![0; 2 * data.len() + 600];
    let size = compressor(level).compress(data, &mut chunk).expect("there is room for anything");
    chunk.truncate(size);
    chunk
}

/// Compressing with exactly as much room as is needed works; with one byte less it does not.
fn check_exact_fit(data: &[u8]) {
    for level in LEVELS {
        let chunk = compress(level, data);
        let mut exact = vec![0; chunk.len()];
        assert_eq!(compressor(level).compress(data, &mut exact), Some(chunk.len()), "level {level}");
        if exact.pop().is_some() {
            assert_eq!(compressor(level).compress(data, &mut exact), None, "level {level}");
        }
    }
}

#[test]
fn none_exactly_when_it_does_not_fit() {
    for len in [0, 1, 30, 300, 4000, 32768] {
        check_exact_fit(&prose(len));
    }
}

#[test]
fn noise_is_stored_raw_and_repeated_noise_is_not() {
    for level in LEVELS {
        let mut data = noise(32768, 9);
        assert_eq!(compressor(level).compress(&data, &mut [0; 32767]), None);
        // A few hundred bytes that occur twice make up for the code.
        data.truncate(32000);
        data.extend_from_within(700..1468);
        assert!(compressor(level).compress(&data, &mut [0; 32767]).is_some(), "level {level}");
    }
}

/// Whether it was worth to try depended on the room that there was.
#[test]
fn what_hardly_shrinks_makes_the_same_chunk_in_any_room() {
    for repeats in [0, 1, 2, 4, 8, 16, 32, 64, 128] {
        let mut data = noise(8192, 7);
        for repeat in 0..repeats {
            let at = 1000 + repeat * 50;
            data.copy_within(at - 1000..at - 993, at);
        }
        check_exact_fit(&data);
    }
}

#[test]
fn nothing_outside_the_destination_is_touched() {
    let data = prose(3000);
    for level in LEVELS {
        let size = compress(level, &data).len();
        for room in [0, 1, 2, 100, size - 1, size, size + 1, size + 7, size + 8, 2999] {
            let mut buffer = vec![0xA5; room + 64];
            let _ = compressor(level).compress(&data, &mut buffer[32..32 + room]);
            assert!(buffer[..32].iter().chain(&buffer[32 + room..]).all(|&byte| byte == 0xA5));
        }
        let chunk = compress(level, &data);
        let mut buffer = vec![0xA5; 3064];
        LzxDecompressor::new(CHUNK).decompress(&chunk, &mut buffer[32..3032]).expect("a good chunk");
        assert!(buffer[..32].iter().chain(&buffer[3032..]).all(|&byte| byte == 0xA5));
    }
}

#[test]
fn a_compressor_keeps_nothing_of_one_chunk_for_the_next() {
    let chunks =
        [prose(4096), noise(4096, 3), vec![0; 32768], prose(10), Vec::new(), noise(500, 1), prose(2000), prose(32767)];
    for level in LEVELS {
        let mut used = compressor(level);
        for data in chunks.iter().chain(chunks.iter().rev()) {
            let mut packed = vec![0; 70000];
            let size = used.compress(data, &mut packed).expect("there is room for anything");
            assert!(packed[..size] == compress(level, data), "level {level}, {} bytes", data.len());
        }
    }
}

/// The costs of a long chunk's later stretches follow from the earlier ones, but not from another chunk's.
#[test]
fn a_compressor_keeps_nothing_of_a_long_chunk_either() {
    for level in [20, 50, 80] {
        let level = Level::new(level).expect("a level");
        let mut used = LzxCompressor::new(1 << 18, level);
        let (mut first, mut again) = (vec![0; 300_000], vec![0; 300_000]);
        let size = used.compress(&prose(1 << 18), &mut first).expect("there is room for anything");
        used.compress(&noise(200_000, 1).repeat(1), &mut again).expect("there is room for anything");
        assert_eq!(used.compress(&prose(1 << 18), &mut again), Some(size));
        assert!(first[..size] == again[..size]);
    }
}

#[test]
fn a_decompressor_shows_nothing_of_an_earlier_chunk() {
    let secret = compress(50, &[0x5E; 4096]);
    let good = compress(50, &prose(4096));
    let mut used = LzxDecompressor::new(CHUNK);
    for cut in [0, 1, 2, 50, 100, 258, good.len() / 2, good.len() - 20, good.len()] {
        used.decompress(&secret, &mut [0; 4096]).expect("a good chunk");
        let (mut by_used, mut by_fresh) = ([0; 4096], [0; 4096]);
        let result = used.decompress(&good[..cut], &mut by_used);
        assert_eq!(result, LzxDecompressor::new(CHUNK).decompress(&good[..cut], &mut by_fresh));
        assert_eq!(by_used, by_fresh);
        assert!(!by_used.contains(&0x5E), "no byte of the earlier chunk");
    }
}

#[test]
fn levels_do_not_get_larger_as_they_rise() {
    // Text that nobody made up for this, a source file; and two kinds of data that are like no file: few long matches among noise,
    // which a shallow search misses, and sentences that are all alike, where hundreds of candidates begin with the same bytes.
    let source = include_bytes!("../reference/lzms.rs").to_vec();
    let long_matches = (0..6u64).flat_map(|i| [prose(4000 + 7 * i as usize), noise(900, i)].concat()).take(28000);
    for data in [source, long_matches.collect(), prose(32768)] {
        let sizes = LEVELS.map(|level| compress(level, &data).len());
        for pair in sizes.windows(2) {
            assert!(pair[1] <= pair[0] + pair[0] / 1000, "{sizes:?}");
        }
    }
}

#[test]
fn all_levels_have_settings_and_state_their_memory() {
    for number in 1..=100 {
        let level = Level::new(number).expect("a level");
        for (chunk_size, memory) in [(1 << 15, 400_000..4_000_000), (1 << 21, 8_000_000..60_000_000)] {
            let stated = Codec::Lzx.compressor_memory(chunk_size, level);
            assert!(memory.contains(&stated), "{stated} at {number}");
        }
        let mut chunk = [0; 400];
        assert!(compressor(number).compress(&[1; 500], &mut chunk).is_some());
    }
}

#[test]
#[should_panic(expected = "32769 bytes in chunks of 32768")]
fn a_compressor_panics_for_a_chunk_longer_than_it_was_made_for() {
    compressor(50).compress(&[0; 32769], &mut [0; 40000]);
}

#[test]
#[should_panic(expected = "longer than the chunk size")]
fn a_decompressor_panics_for_a_chunk_longer_than_it_was_made_for() {
    let _ = LzxDecompressor::new(CHUNK).decompress(&[0; 300], &mut [0; 32769]);
}

#[test]
#[should_panic(expected = "no chunks of 16384 bytes")]
fn there_are_no_chunks_of_16_kib() {
    LzxDecompressor::new(1 << 14);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_exact_fit_is_enough_for_structured_data(data in structured(16384)) {
        check_exact_fit(&data);
    }
}
