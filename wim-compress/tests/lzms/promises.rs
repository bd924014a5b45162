//! One test for each sentence of the traits' documentation.

use proptest::prelude::*;
use wim_compress::lzms::{LzmsCompressor, LzmsDecompressor};
use wim_compress::{Codec, Compressor, Decompressor, Level};

use super::data::{noise, prose};
use super::round_trip::LEVELS;

const CHUNK_SIZE: u32 = 1 << 15;

fn compressor(level: u8) -> LzmsCompressor {
    LzmsCompressor::new(CHUNK_SIZE, Level::new(level).expect("a level"))
}

fn compress(level: u8, data: &[u8]) -> Vec<u8> {
    let mut chunk = vec![0; 2 * data.len() + 600];
    let size = compressor(level).compress(data, &mut chunk).expect("there is room for anything");
    chunk.truncate(size);
    chunk
}

#[test]
fn none_exactly_when_it_does_not_fit() {
    for data in [prose(0), prose(1), prose(30), prose(4000), noise(30, 2), noise(4000, 4), prose(32768)] {
        for level in LEVELS {
            let chunk = compress(level, &data);
            let mut exact = vec![0; chunk.len()];
            assert_eq!(compressor(level).compress(&data, &mut exact), Some(chunk.len()), "level {level}");
            assert!(exact == chunk);
            exact.pop();
            assert_eq!(compressor(level).compress(&data, &mut exact), None, "level {level}");
        }
    }
}

#[test]
fn noise_is_stored_raw_and_repeated_noise_is_not() {
    for level in LEVELS {
        let mut data = noise(32768, 9);
        assert_eq!(compressor(level).compress(&data, &mut [0; 32767]), None);
        data.truncate(31000);
        data.extend_from_within(700..2400);
        assert!(compressor(level).compress(&data, &mut vec![0; data.len() - 1]).is_some(), "level {level}");
    }
}

/// Not even the first item is written, whatever the level: by the last one, all of the room would have been.
#[test]
fn noise_is_given_up_on_before_anything_is_written() {
    for len in [4096, 20_000, 32_768] {
        let data = noise(len, 11);
        for level in LEVELS {
            let mut dst = vec![0xA5; len - 1];
            assert_eq!(compressor(level).compress(&data, &mut dst), None);
            assert!(dst.iter().all(|&byte| byte == 0xA5), "level {level}, {len} bytes");
            assert!(compressor(level).stages(&data).is_none(), "level {level}, {len} bytes");
        }
    }
}

/// Noise that ends with `amount` bytes of something else.
fn nearly_noise(len: usize, seed: u64, kind: u8, amount: usize, step: usize) -> Vec<u8> {
    let mut data = noise(len, seed);
    let part = len - amount.min(len / 2)..len;
    let start = part.start;
    for (i, at) in part.enumerate() {
        let source = usize::from(data[i / step]) * 16 + usize::from(data[i / step + 1] & 15);
        match kind {
            // Fewer values; a copy; one with gaps; words from a dictionary; pairs; a table; ramps.
            0 => data[at] &= 0x7F,
            1 => data[at] = data[i],
            2 if i % (step + 2) != 0 => data[at] = data[i],
            3 => data[at] = data[source % (start - 64) + i % step],
            4 if i % 4 >= 2 => data[at] = data[at - 2],
            5 => data[at] = data[at - 4].wrapping_add(step as u8).wrapping_add(i as u8 % 4),
            6 if i % (step + 3) > 1 => data[at] = data[at - 1].wrapping_mul(2).wrapping_sub(data[at - 2]),
            _ => {}
        }
    }
    data
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// With room for anything nothing is given up, so that says what must fit.
    #[test]
    fn a_chunk_that_can_shrink_is_never_given_up(
        len in 4096..32_768usize, seed: u64, kind in 0..7u8, amount in 1..4000usize, step in 1..40usize,
        level in 0..LEVELS.len(),
    ) {
        let data = nearly_noise(len, seed, kind, amount, step);
        let level = LEVELS[level];
        let size = compress(level, &data).len();
        let mut dst = vec![0; data.len() - 1];
        prop_assert_eq!(compressor(level).compress(&data, &mut dst), (size < data.len()).then_some(size));
    }
}

#[test]
fn nothing_outside_the_destination_is_touched() {
    let data = prose(3000);
    for level in LEVELS {
        let chunk = compress(level, &data);
        let size = chunk.len();
        for room in [0, 1, 2, 7, 8, size - 2, size - 1, size, size + 1, size + 7, 2999] {
            let mut buffer = vec![0xA5; room + 64];
            let _ = compressor(level).compress(&data, &mut buffer[32..32 + room]);
            assert!(buffer[..32].iter().chain(&buffer[32 + room..]).all(|&byte| byte == 0xA5));
        }
        let mut buffer = vec![0xA5; 3064];
        LzmsDecompressor::new(CHUNK_SIZE).decompress(&chunk, &mut buffer[32..3032]).expect("a good chunk");
        assert!(buffer[..32].iter().chain(&buffer[3032..]).all(|&byte| byte == 0xA5));
    }
}

#[test]
fn a_compressor_keeps_nothing_of_one_chunk_for_the_next() {
    let chunks = [prose(4096), noise(4096, 3), vec![0; 4096], prose(10), Vec::new(), noise(500, 1), prose(20000)];
    for level in LEVELS {
        let mut used = compressor(level);
        for data in chunks.iter().chain(chunks.iter().rev()) {
            let mut packed = vec![0; 2 * data.len() + 600];
            // One that is given up on the way leaves as little.
            assert_eq!(used.compress(data, &mut [0; 4]), None);
            let size = used.compress(data, &mut packed).expect("there is room for anything");
            assert!(packed[..size] == compress(level, data), "level {level}, {} bytes", data.len());
        }
    }
}

#[test]
fn a_decompressor_shows_nothing_of_an_earlier_chunk() {
    let secret = compress(50, &[0x5E; 4096]);
    let good = compress(50, &prose(4096));
    let mut used = LzmsDecompressor::new(CHUNK_SIZE);
    for cut in [0, 4, 100, 300, good.len() / 4 * 2, good.len() - 20, good.len()] {
        used.decompress(&secret, &mut [0; 4096]).expect("a good chunk");
        let (mut by_used, mut by_fresh) = ([0; 4096], [0; 4096]);
        let result = used.decompress(&good[..cut], &mut by_used);
        assert_eq!(result, LzmsDecompressor::new(CHUNK_SIZE).decompress(&good[..cut], &mut by_fresh));
        assert_eq!(by_used, by_fresh);
    }
}

#[test]
fn levels_do_not_get_larger_as_they_rise() {
    let data: Vec<u8> = (0..6u64).flat_map(|i| [prose(4000 + 7 * i as usize), noise(900, i)].concat()).collect();
    let sizes = LEVELS.map(|level| compress(level, &data[..28000]).len());
    for pair in sizes.windows(2) {
        assert!(pair[1] <= pair[0] + pair[0] / 1000, "{sizes:?}");
    }
}

#[test]
fn all_levels_have_settings_and_state_their_memory() {
    for number in 1..=100 {
        let level = Level::new(number).expect("a level");
        let per_byte = |chunk_size: u32| Codec::Lzms.compressor_memory(chunk_size, level) / u64::from(chunk_size);
        assert!((9..80).contains(&per_byte(CHUNK_SIZE)), "{}", per_byte(CHUNK_SIZE));
        assert!((5..10).contains(&per_byte(64 << 20)), "{}", per_byte(64 << 20));
        assert!(compressor(number).compress(&[1; 500], &mut [0; 400]).is_some());
    }
    assert!((200_000..600_000).contains(&Codec::Lzms.decompressor_memory(CHUNK_SIZE)));
}

#[test]
#[should_panic(expected = "32769 bytes in chunks of 32768")]
fn a_compressor_panics_for_a_chunk_longer_than_it_was_made_for() {
    compressor(50).compress(&[0; 32769], &mut [0; 40000]);
}

#[test]
#[should_panic(expected = "a chunk of 32769 bytes, made for 32768")]
fn a_decompressor_panics_for_a_chunk_longer_than_it_was_made_for() {
    let _ = LzmsDecompressor::new(CHUNK_SIZE).decompress(&[0; 300], &mut vec![0; 32769]);
}

#[test]
#[should_panic(expected = "no chunks of 16384 bytes")]
fn there_are_no_chunks_of_16_kib() {
    LzmsCompressor::new(1 << 14, Level::DEFAULT);
}
