//! Delta matches.
//!
//! A delta match repeats *differences*: each byte minus the byte `span` before it is what it was `offset` bytes earlier. The span is
//! `2^power`, and the offset a multiple of it, stored divided by it as the *raw offset*.

use super::queue::Queue;

/// Where a delta match copies from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeltaSource {
    /// The binary logarithm of the span, at most 7.
    pub(super) power: u8,
    /// The offset divided by the span, at least 1.
    pub(super) raw_offset: u32,
}

impl DeltaSource {
    /// The distance between the bytes whose difference counts.
    #[inline(always)]
    pub(super) fn span(self) -> usize {
        1 << self.power
    }

    /// The distance back to the differences that are repeated; `None` if it cannot be that of any chunk.
    #[inline(always)]
    pub(super) fn offset(self) -> Option<usize> {
        usize::try_from(u64::from(self.raw_offset) << self.power).ok().filter(|&offset| offset <= super::MAX_CHUNK)
    }
}

const fn first(raw_offset: u32) -> DeltaSource {
    DeltaSource { power: 0, raw_offset }
}

/// The sources that a chunk begins with.
pub(super) const FIRST_SOURCES: Queue<DeltaSource> = Queue::new([first(1), first(2), first(3), first(4)]);

/// Appends `length` bytes at `at` whose differences to the bytes `span` before them are those `offset` before.
///
/// # Panics
/// Unless `1 <= span <= offset`, `offset + span <= at` and `at + length <= data.len()`.
pub(super) fn copy_delta(data: &mut [u8], at: usize, span: usize, offset: usize, length: usize) {
    match span {
        1 => copy_differences::<1>(data, at, span, offset, length),
        2 => copy_differences::<2>(data, at, span, offset, length),
        4 => copy_differences::<4>(data, at, span, offset, length),
        _ => copy_differences::<8>(data, at, span, offset, length),
    }
}

/// The copy in steps of `N` bytes, no more than the span.
#[inline(always)]
fn copy_differences<const N: usize>(data: &mut [u8], at: usize, span: usize, offset: usize, length: usize) {
    assert!(N <= span && span <= offset && offset + span <= at);
    let data = &mut data[at - offset - span..at + length];
    let load = |data: &[u8], from: usize| -> [u8; N] { data[from..from + N].try_into().expect("N bytes") };
    let mut to = offset + span;
    while to + N <= data.len() {
        let (earlier, earlier_base) = (load(data, to - offset), load(data, to - offset - span));
        let base = load(data, to - span);
        let bytes: [u8; N] = core::array::from_fn(|i| base[i].wrapping_add(earlier[i]).wrapping_sub(earlier_base[i]));
        data[to..to + N].copy_from_slice(&bytes);
        to += N;
    }
    for to in to..data.len() {
        data[to] = data[to - span].wrapping_add(data[to - offset]).wrapping_sub(data[to - offset - span]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_repeat_as_byte_by_byte() {
        for power in 0..8 {
            for raw_offset in 1..5 {
                let source = DeltaSource { power, raw_offset };
                let (span, offset) = (source.span(), source.offset().expect("a small offset"));
                for length in [1, 2, 3, 7, 8, 9, 100] {
                    let mut data: [u8; 900] = core::array::from_fn(|i| (i * i / 3) as u8);
                    let mut expected = data;
                    for i in 700..700 + length {
                        expected[i] = expected[i - span]
                            .wrapping_add(expected[i - offset])
                            .wrapping_sub(expected[i - offset - span]);
                    }
                    copy_delta(&mut data, 700, span, offset, length);
                    assert_eq!(data, expected, "{source:?}, length {length}");
                }
            }
        }
    }

    #[test]
    fn an_offset_longer_than_any_chunk_is_none() {
        assert_eq!(DeltaSource { power: 7, raw_offset: 0x465B_E4A4 }.offset(), None);
        assert_eq!(DeltaSource { power: 3, raw_offset: 1 << 27 }.offset(), Some(1 << 30));
        assert_eq!(DeltaSource { power: 3, raw_offset: (1 << 27) + 1 }.offset(), None);
    }
}
