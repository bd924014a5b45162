//! One test for each sentence of the traits' documentation.

use proptest::prelude::*;
use wim_compress::xpress::{XpressCompressor, XpressDecompressor};
use wim_compress::{Codec, Compressor, Decompressor, Level};

use super::data::{noise, prose, structured};
use super::round_trip::LEVELS;

fn compressor(chunk_size: u32, level: u8) -> XpressCompressor {
    XpressCompressor::new(chunk_size, Level::new(level).expect("a level"))
}

fn compress(chunk_size: u32, level: u8, data: &[u8]) -> Vec<u8> {
    let mut chunk = vec![0; 2 * data.len() + 600];
    let size = compressor(chunk_size, level).compress(data, &mut chunk).expect("there is room for anything");
    chunk.truncate(size);
    chunk
}

/// Compressing with exactly as much room as is needed works and makes the same chunk; with one byte less it does not.
fn check_exact_fit(chunk_size: u32, data: &[u8]) {
    for level in LEVELS {
        let chunk = compress(chunk_size, level, data);
        let mut exact = vec![0; chunk.len()];
        assert_eq!(compressor(chunk_size, level).compress(data, &mut exact), Some(chunk.len()), "level {level}");
        assert!(exact == chunk);
        exact.pop();
        assert_eq!(compressor(chunk_size, level).compress(data, &mut exact), None, "level {level}");
    }
}

#[test]
fn none_exactly_when_it_does_not_fit() {
    for len in [0, 1, 30, 300, 4000] {
        check_exact_fit(4096, &prose(len));
        check_exact_fit(4096, &noise(len, 2));
    }
    check_exact_fit(65536, &prose(65536));
    check_exact_fit(65536, &noise(65536, 4));
}

#[test]
fn noise_is_stored_raw_and_repeated_noise_is_not() {
    for level in LEVELS {
        let mut data = noise(32768, 9);
        assert_eq!(compressor(32768, level).compress(&data, &mut [0; 32767]), None);
        // A few hundred bytes that occur twice make up for the code.
        data.truncate(32000);
        data.extend_from_within(700..1468);
        assert!(compressor(32768, level).compress(&data, &mut [0; 32767]).is_some(), "level {level}");
    }
}

#[test]
fn nothing_outside_the_destination_is_touched() {
    let data = prose(3000);
    for level in LEVELS {
        let size = compress(4096, level, &data).len();
        for room in [0, 1, 259, 260, size - 1, size, size + 1, size + 7, size + 8, 2999] {
            let mut buffer = vec![0xA5; room + 64];
            let _ = compressor(4096, level).compress(&data, &mut buffer[32..32 + room]);
            assert!(buffer[..32].iter().chain(&buffer[32 + room..]).all(|&byte| byte == 0xA5));
        }
        let chunk = compress(4096, level, &data);
        let mut buffer = vec![0xA5; 3064];
        XpressDecompressor::new(4096).decompress(&chunk, &mut buffer[32..3032]).expect("a good chunk");
        assert!(buffer[..32].iter().chain(&buffer[3032..]).all(|&byte| byte == 0xA5));
    }
}

#[test]
fn a_compressor_keeps_nothing_of_one_chunk_for_the_next() {
    let chunks =
        [prose(4096), noise(4096, 3), vec![0; 4096], prose(10), Vec::new(), noise(500, 1), prose(2000), prose(4095)];
    for level in LEVELS {
        let mut used = compressor(4096, level);
        for data in chunks.iter().chain(chunks.iter().rev()) {
            let mut packed = vec![0; 9000];
            let size = used.compress(data, &mut packed).expect("there is room for anything");
            assert!(packed[..size] == compress(4096, level, data), "level {level}, {} bytes", data.len());
        }
    }
}

#[test]
fn a_decompressor_shows_nothing_of_an_earlier_chunk() {
    let secret = compress(4096, 50, &[0x5E; 4096]);
    let good = compress(4096, 50, &prose(4096));
    let mut used = XpressDecompressor::new(4096);
    for cut in [0, 100, 256, 258, 300, good.len() / 2, good.len() - 20, good.len()] {
        used.decompress(&secret, &mut [0; 4096]).expect("a good chunk");
        let (mut by_used, mut by_fresh) = ([0; 4096], [0; 4096]);
        let result = used.decompress(&good[..cut], &mut by_used);
        assert_eq!(result, XpressDecompressor::new(4096).decompress(&good[..cut], &mut by_fresh));
        assert_eq!(by_used, by_fresh);
        assert!(!by_used.contains(&0x5E), "no byte of the earlier chunk");
    }
}

#[test]
fn levels_do_not_get_larger_as_they_rise() {
    let data: Vec<u8> = (0..6u64).flat_map(|i| [prose(4000 + 7 * i as usize), noise(900, i)].concat()).collect();
    let sizes = LEVELS.map(|level| compress(32768, level, &data[..28000]).len());
    for pair in sizes.windows(2) {
        assert!(pair[1] <= pair[0] + pair[0] / 1000, "{sizes:?}");
    }
}

#[test]
fn all_levels_have_settings_and_state_their_memory() {
    for number in 1..=100 {
        let level = Level::new(number).expect("a level");
        for chunk_size in [4096, 65536] {
            let memory = Codec::Xpress.compressor_memory(chunk_size, level);
            assert!((100_000..5_000_000).contains(&memory), "{memory}");
        }
        let mut chunk = [0; 400];
        assert!(XpressCompressor::new(4096, level).compress(&[1; 500], &mut chunk).is_some());
    }
    assert!((200_000..400_000).contains(&Codec::Xpress.decompressor_memory(4096)));
}

#[test]
#[should_panic(expected = "4097 bytes in chunks of 4096")]
fn a_compressor_panics_for_a_chunk_longer_than_it_was_made_for() {
    compressor(4096, 50).compress(&[0; 4097], &mut [0; 5000]);
}

#[test]
#[should_panic(expected = "4097 bytes in chunks of 4096")]
fn a_decompressor_panics_for_a_chunk_longer_than_it_was_made_for() {
    let _ = XpressDecompressor::new(4096).decompress(&[0; 300], &mut [0; 4097]);
}

#[test]
#[should_panic(expected = "no chunks of 131072 bytes")]
fn there_are_no_chunks_of_128_kib() {
    XpressDecompressor::new(131_072);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_exact_fit_is_enough_for_structured_data(data in structured(16384)) {
        check_exact_fit(16384, &data);
    }
}
