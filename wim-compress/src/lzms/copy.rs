//! Copying an LZ match within a slice.

/// Bytes of a step.
const STEP: usize = 8;

/// Bytes that are copied at least, without asking how many are wanted: that would be a branch which is hard to predict.
const AT_LEAST: usize = 4 * STEP;

/// Bytes of a step when there is more to copy.
const WIDE: usize = 16;

/// Copies `length` bytes from `offset` bytes back to `at`, as if byte by byte.
///
/// Writes beyond the match when there is room for it, as what follows is not decoded yet.
///
/// # Panics
/// Unless `1 <= offset <= at` and `at + length <= data.len()`.
#[inline(always)]
pub(super) fn copy_match(data: &mut [u8], at: usize, offset: usize, length: usize) {
    let from = at - offset;
    if offset >= STEP && length + AT_LEAST <= data.len() - at {
        for done in (0..AT_LEAST).step_by(STEP) {
            copy_step::<STEP>(data, from + done, at + done);
        }
        if length > AT_LEAST {
            copy_long(data, at + AT_LEAST, offset, length - AT_LEAST);
        }
    } else {
        copy_close(data, at, offset, length);
    }
}

/// The copy of what is left of a long match, with room for one more step behind it.
#[inline(always)]
fn copy_long(data: &mut [u8], at: usize, offset: usize, length: usize) {
    let from = at - offset;
    let mut done = 0;
    if offset >= WIDE {
        while done < length {
            copy_step::<WIDE>(data, from + done, at + done);
            done += WIDE;
        }
    } else {
        while done < length {
            copy_step::<STEP>(data, from + done, at + done);
            done += STEP;
        }
    }
}

#[inline(always)]
fn copy_step<const N: usize>(data: &mut [u8], from: usize, to: usize) {
    let bytes: [u8; N] = data[from..from + N].try_into().expect("N bytes");
    data[to..to + N].copy_from_slice(&bytes);
}

/// The copy for an offset within a step, or at the end of the data.
///
/// What has been copied doubles the pattern that can be copied from, so the number of steps is logarithmic.
fn copy_close(data: &mut [u8], at: usize, offset: usize, length: usize) {
    let from = at - offset;
    if offset == 1 {
        let byte = data[from];
        data[at..at + length].fill(byte);
        return;
    }
    let mut done = 0;
    while done < length {
        let step = (offset + done).min(length - done);
        data.copy_within(from..from + step, at + done);
        done += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_short_offset_and_length_copies_as_byte_by_byte() {
        for len in [60, 150] {
            for offset in 1..=20 {
                for length in 1..=40 {
                    let mut data: [u8; 150] = core::array::from_fn(|i| i as u8);
                    let mut expected = data;
                    for i in 20..20 + length {
                        expected[i] = expected[i - offset];
                    }
                    copy_match(&mut data[..len], 20, offset, length);
                    assert_eq!(data[..20 + length], expected[..20 + length], "offset {offset}, length {length}");
                    assert_eq!(data[len..], expected[len..], "offset {offset}, length {length}");
                }
            }
        }
    }
}
