//! Extended attributes in Windows' sense: as an image has them, and as NTFS-3G gives and takes them.
//!
//! An image packs them one after another: the value's length (16 bits), the name's (8 bits), flags, the name, a zero, the value.
//! Windows' `FILE_FULL_EA_INFORMATION` has before each where the next one is (32 bits), has the two lengths the other way round, and
//! begins each at a multiple of four. NTFS-3G has in the last one, too, where another one would be.

/// Bytes before a name, in Windows' form.
const WINDOWS_HEADER: usize = 8;

/// What an image has of `value`, which ends where an entry does not fit.
pub(super) fn from_windows(value: &[u8]) -> Vec<u8> {
    let (mut packed, mut rest) = (Vec::with_capacity(value.len()), value);
    while let Some(([n0, n1, n2, n3, flags, name_len, v0, v1], _)) = rest.split_first_chunk::<WINDOWS_HEADER>() {
        let (name_len_usize, value_len) = (usize::from(*name_len), usize::from(u16::from_le_bytes([*v0, *v1])));
        let end = WINDOWS_HEADER + name_len_usize + 1 + value_len;
        let Some(body) = rest.get(WINDOWS_HEADER..end) else { break };
        packed.extend([*v0, *v1, *name_len, *flags]);
        packed.extend_from_slice(body);
        let next = u32::from_le_bytes([*n0, *n1, *n2, *n3]) as usize;
        match rest.get(next..) {
            Some(after) if next >= end => rest = after,
            _ => break,
        }
    }
    packed
}

/// The same for NTFS-3G.
pub(super) fn to_windows(packed: &[u8]) -> Vec<u8> {
    let (mut value, mut rest) = (Vec::with_capacity(packed.len()), packed);
    while let Some(([v0, v1, name_len, flags], after)) = rest.split_first_chunk::<4>() {
        let len = usize::from(*name_len) + 1 + usize::from(u16::from_le_bytes([*v0, *v1]));
        let Some((body, after)) = after.split_at_checked(len) else { break };
        let size = (WINDOWS_HEADER + len).next_multiple_of(4);
        value.extend((size as u32).to_le_bytes());
        value.extend([*flags, *name_len, *v0, *v1]);
        value.extend_from_slice(body);
        value.resize(value.len() + size - WINDOWS_HEADER - len, 0);
        rest = after;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two attributes as NTFS-3G 2022.10.3 gave them.
    const WINDOWS: &[u8] = b"\x10\0\0\0\0\x02\x03\0AA\x00123\0\0\x18\0\0\0\x80\x06\x06\0LONGER\0xyzxyz\0\0\0";
    const PACKED: &[u8] = b"\x03\0\x02\0AA\x00123\x06\0\x06\x80LONGER\0xyzxyz";

    #[test]
    fn both_forms_say_the_same() {
        assert_eq!(from_windows(WINDOWS), PACKED);
        assert_eq!(to_windows(PACKED), WINDOWS);
        // Windows itself has no next one after the last.
        let mut windows = WINDOWS.to_vec();
        windows[16] = 0;
        assert_eq!(from_windows(&windows), PACKED);
    }

    #[test]
    fn nonsense_ends_the_list() {
        for len in 0..WINDOWS.len() {
            let packed = from_windows(&WINDOWS[..len]);
            assert!(packed.is_empty() || PACKED.starts_with(&packed), "{len}");
        }
        for len in 0..PACKED.len() {
            assert!(WINDOWS.starts_with(&to_windows(&PACKED[..len])), "{len}");
        }
        // The next one is said to be within this one.
        let mut looped = WINDOWS.to_vec();
        looped[0] = 4;
        assert_eq!(from_windows(&looped), &PACKED[..10]);
    }
}
