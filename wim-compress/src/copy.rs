//! Copying a match inside a decoder's window.
//!
//! A window is an array of a fixed size with [`COPY_SLACK`] bytes more than the longest chunk. The slack makes it legal to copy
//! in steps of 16 or 8 bytes and to write beyond the match's end, which the next item overwrites; so most matches
//! are one or two loads and stores of 16 bytes, whatever their length.
//!
//! When the source overlaps the destination within a step, a step would read bytes that are not written yet. Offsets from 8
//! up go in steps of 8. Smaller ones repeat a pattern: its first `offset` bytes, multiplied by a number with one bit
//! set per repetition, give eight bytes of the pattern at once; stores then advance by the greatest multiple of `offset` that
//! is at most 8, so that every store holds the same eight bytes.

/// Bytes that a window needs beyond the longest chunk.
#[cfg(any(test, feature = "xpress"))]
pub(crate) const COPY_SLACK: usize = 32;

/// The step of a wide copy.
const WIDE: usize = 16;

/// The step of a copy from 8 to 15 bytes back.
const STEP: usize = 8;

/// The factor that repeats the low `offset` bytes of a `u64` through all eight; index 0 is not an offset.
const REPEAT: [u64; STEP] = {
    let mut factors = [0; STEP];
    let mut offset = 1;
    while offset < STEP {
        let mut at = 0;
        while at < STEP {
            factors[offset] |= 1 << (8 * at);
            at += offset;
        }
        offset += 1;
    }
    factors
};

/// How far a store of the pattern advances: the greatest multiple of `offset` up to eight. From a table, as dividing is slow.
const ADVANCE: [u8; STEP] = [0, 8, 8, 6, 8, 5, 6, 7];

/// Copies `length` bytes in `window` from `offset` bytes back to `at`; may write up to [`COPY_SLACK`] bytes past them.
///
/// The caller has checked that `1 <= offset <= at` and that `at + length` is not more than the window without its slack.
#[inline(always)]
pub(crate) fn copy_match<const SIZE: usize>(window: &mut [u8; SIZE], at: usize, offset: usize, length: usize) {
    let from = at.wrapping_sub(offset);
    if offset >= WIDE {
        copy_step::<SIZE, WIDE>(window, from, at);
        copy_step::<SIZE, WIDE>(window, from + WIDE, at + WIDE);
        let mut done = 2 * WIDE;
        while done < length {
            copy_step::<SIZE, WIDE>(window, from + done, at + done);
            done += WIDE;
        }
    } else if offset >= STEP {
        let mut done = 0;
        while done < length {
            copy_step::<SIZE, STEP>(window, from + done, at + done);
            done += STEP;
        }
    } else {
        repeat_pattern(window, at, offset, length);
    }
}

/// Copies `N` bytes, all read before any is written.
#[inline(always)]
fn copy_step<const SIZE: usize, const N: usize>(window: &mut [u8; SIZE], from: usize, to: usize) {
    let bytes: [u8; N] = window[from..from + N].try_into().expect("N bytes");
    window[to..to + N].copy_from_slice(&bytes);
}

/// The copy for offsets of 1 to 7.
#[inline(always)]
fn repeat_pattern<const SIZE: usize>(window: &mut [u8; SIZE], at: usize, offset: usize, length: usize) {
    let from = at.wrapping_sub(offset);
    let start: [u8; STEP] = window[from..from + STEP].try_into().expect("eight bytes");
    let offset = offset & (STEP - 1);
    let once = u64::from_le_bytes(start) & ((1 << (8 * offset)) - 1);
    let pattern = once.wrapping_mul(REPEAT[offset]).to_le_bytes();
    let step = usize::from(ADVANCE[offset]);
    let mut done = 0;
    while done < length {
        window[at + done..at + done + STEP].copy_from_slice(&pattern);
        done += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_short_offset_and_length_copies_as_byte_by_byte() {
        const LEN: usize = 200;
        for offset in 1..=40 {
            for length in 0..=100 {
                let mut window: [u8; LEN + COPY_SLACK] = core::array::from_fn(|i| i as u8);
                let mut expected = window;
                for i in 50..50 + length {
                    expected[i] = expected[i - offset];
                }
                copy_match(&mut window, 50, offset, length);
                assert_eq!(window[..50 + length], expected[..50 + length], "offset {offset}, length {length}");
                assert_eq!(window[50 + length + COPY_SLACK..], expected[50 + length + COPY_SLACK..], "overshoot");
            }
        }
    }

    #[test]
    fn a_match_may_end_at_the_end_of_the_chunk() {
        let mut window = [5u8; 64 + COPY_SLACK];
        for offset in [1, 3, 7, 8, 15, 16, 40] {
            copy_match(&mut window, 41, offset, 23);
        }
        assert_eq!(window[..64], [5; 64]);
    }
}
