//! Copying an LZ match within a slice.

/// Bytes of a wide step.
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
    if offset >= WIDE && length + WIDE <= data.len() - at {
        let mut done = 0;
        loop {
            copy_step::<WIDE>(data, from + done, at + done);
            done += WIDE;
            if done >= length {
                break;
            }
        }
    } else {
        copy_close(data, at, offset, length);
    }
}

#[inline(always)]
fn copy_step<const N: usize>(data: &mut [u8], from: usize, to: usize) {
    let bytes: [u8; N] = data[from..from + N].try_into().expect("N bytes");
    data[to..to + N].copy_from_slice(&bytes);
}

/// The copy for an offset within a wide step, or at the end of the data.
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
