//! Long, repetitive data out of short input: compressors have nothing to do with a kilobyte of noise.

use crate::input::Input;

/// Runs `input` as a little program that yields up to `max` bytes.
///
/// A byte below 0x80 is followed by so many literal bytes, and one more; any other, less 0x80, is a length that is squared
/// and followed by the 16-bit distance, less one, from which so many bytes are copied.
pub(crate) fn expand(mut input: Input<'_>, max: usize) -> Vec<u8> {
    const COPY: u8 = 0x80;
    let mut data = Vec::new();
    while !input.is_empty() && data.len() < max {
        let op = input.u8();
        if op < COPY {
            data.extend_from_slice(input.bytes(usize::from(op) + 1));
            continue;
        }
        let length = usize::from(op - COPY).pow(2) + 2;
        let distance = usize::from(input.u16()) + 1;
        let from = data.len().saturating_sub(distance);
        for at in from..from + length.min(max) {
            let byte = data.get(at).copied().unwrap_or_default();
            data.push(byte);
        }
    }
    data.truncate(max);
    data
}
