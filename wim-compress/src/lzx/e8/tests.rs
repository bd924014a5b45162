use super::*;
use alloc::vec::Vec;
use proptest::prelude::*;

/// The format's definition, one byte after the other.
fn plain(data: &mut [u8], encode: bool) {
    const S: i64 = 12_000_000;
    let n = data.len();
    let mut i = 0;
    while i + 10 < n {
        if data[i] != 0xE8 {
            i += 1;
            continue;
        }
        let v = i64::from(i32::from_le_bytes([data[i + 1], data[i + 2], data[i + 3], data[i + 4]]));
        let at = i as i64;
        let changed = if encode {
            if v < -at || v >= S {
                v
            } else if v < S - at {
                v + at
            } else {
                v - S
            }
        } else if (0..S).contains(&v) {
            v - at
        } else if v < 0 && v >= -at {
            v + S
        } else {
            v
        };
        data[i + 1..i + 5].copy_from_slice(&(changed as i32).to_le_bytes());
        i += 5;
    }
}

/// Bytes with many calls, and operands around every limit.
fn code() -> impl Strategy<Value = Vec<u8>> {
    let operand = prop_oneof![any::<i32>(), -300..300i32, (11_999_700..12_000_300i32), (-12_000_300..-11_999_700i32)];
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        operand.prop_map(|v| [&[0xE8][..], &v.to_le_bytes()].concat()),
        Just(Vec::from([0xE8; 3])),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn the_filter_is_its_definition_and_undoes_itself(original in code()) {
        let (mut data, mut expected) = (original.clone(), original.clone());
        apply(&mut data);
        plain(&mut expected, true);
        prop_assert_eq!(&data, &expected);
        undo(&mut data);
        prop_assert_eq!(&data, &original);

        let (mut data, mut expected) = (original.clone(), original);
        undo(&mut data);
        plain(&mut expected, false);
        prop_assert_eq!(data, expected);
    }
}

#[test]
fn the_last_ten_bytes_never_start_a_translation() {
    for len in 0..=40 {
        let mut data = Vec::from([0xE8, 1, 0, 0, 0, 0]);
        data.splice(0..0, core::iter::repeat_n(0, len));
        data.resize(len + 10, 0);
        let original = data.clone();
        apply(&mut data);
        assert_eq!(data, original, "call at {len}");
        data.push(0);
        apply(&mut data);
        assert_eq!(data[len + 1], 1 + len as u8, "call at {len}");
    }
}
