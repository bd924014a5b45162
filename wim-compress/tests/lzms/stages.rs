//! Compressing in stages makes the same chunk as compressing at once.

use std::sync::mpsc::sync_channel;

use wim_compress::lzms::{LzmsBatch, LzmsCompressor};
use wim_compress::{Compressor, Level};

use super::data::{noise, prose};

fn compressor() -> LzmsCompressor {
    LzmsCompressor::new(1 << 20, Level::DEFAULT)
}

/// Both stages on threads of their own, with so many batches between them.
fn compress_on_two_threads(data: &[u8], dst: &mut [u8], between: usize) -> Option<usize> {
    let mut compressor = compressor();
    let (mut matches, parse) = compressor.stages(data).expect("the default level has stages");
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(between);
        scope.spawn(move || {
            let mut batch = LzmsBatch::new();
            while matches.fill(&mut batch) && sender.send(std::mem::take(&mut batch)).is_ok() {}
        });
        parse.run(dst, |batch| receiver.recv().map(|next| *batch = next).is_ok())
    })
}

#[test]
fn two_threads_make_the_same_chunk_as_one() {
    for data in [prose(90_000), [prose(30_000), noise(3000, 1), vec![0; 70_000]].concat(), prose(1), Vec::new()] {
        let (mut at_once, mut in_stages) = (vec![0; data.len() + 600], vec![0; data.len() + 600]);
        let size = compressor().compress(&data, &mut at_once);
        for between in [0, 16] {
            assert_eq!(compress_on_two_threads(&data, &mut in_stages, between), size);
            assert!(in_stages == at_once);
        }
    }
}

#[test]
fn a_chunk_that_does_not_fit_ends_both_stages() {
    // Some of it shrinks, so it is not given up on before.
    let data = [prose(30_000), noise(170_000, 5)].concat();
    assert_eq!(compress_on_two_threads(&data, &mut vec![0; 150_000], 4), None);
    assert_eq!(compress_on_two_threads(&prose(200_000), &mut [0; 100], 4), None);
}

#[test]
fn a_chunk_is_given_up_when_matches_stop_coming() {
    let data = prose(5000);
    let mut compressor = compressor();
    let (mut matches, parse) = compressor.stages(&data).expect("the default level has stages");
    let mut left = 3;
    let next = |batch: &mut LzmsBatch| {
        left -= 1;
        left > 0 && matches.fill(batch)
    };
    assert_eq!(parse.run(&mut [0; 5000], next), None);
}

#[test]
#[should_panic(expected = "batches come in order")]
fn a_batch_that_is_left_out_is_noticed() {
    let data = prose(5000);
    let mut compressor = compressor();
    let (mut matches, parse) = compressor.stages(&data).expect("the default level has stages");
    let _ = parse.run(&mut [0; 5000], |batch| matches.fill(batch) && matches.fill(batch));
}

#[test]
fn the_fast_levels_have_no_stages() {
    assert!(LzmsCompressor::new(1 << 20, Level::FAST).stages(&[0; 100]).is_none());
}
