//! UTF-16 as bytes, with halves of surrogate pairs encoded as if they were characters (WTF-8), and back.

/// The bytes of `units`.
pub(crate) fn encode(units: &[u16]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(units.len());
    for decoded in char::decode_utf16(units.iter().copied()) {
        match decoded {
            Ok(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(unpaired) => {
                let unit = unpaired.unpaired_surrogate();
                bytes.extend([0xE0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3F) as u8, 0x80 | (unit & 0x3F) as u8]);
            }
        }
    }
    bytes
}

/// The units of `bytes`, or `None` if they are something else.
pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<u16>> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let valid = match std::str::from_utf8(rest) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&rest[..error.valid_up_to()]).ok()?,
        };
        units.extend(valid.encode_utf16());
        rest = &rest[valid.len()..];
        if let [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, after @ ..] = rest {
            units.push(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F));
            rest = after;
        } else if !rest.is_empty() {
            return None;
        }
    }
    Some(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_survives() {
        for units in [vec![], vec![0x61, 0xD800, 0x62], vec![0xDC00, 0xD800], vec![0xD83D, 0xDE00, 0xDFFF]] {
            assert_eq!(decode(&encode(&units)), Some(units));
        }
        assert_eq!(encode(&[0xD83D, 0xDE00]), "😀".as_bytes());
    }

    #[test]
    fn other_bytes_are_no_name() {
        for bytes in [&b"\xff"[..], b"a\x80", b"\xed\xa0", b"\xc0\x80"] {
            assert_eq!(decode(bytes), None, "{bytes:x?}");
        }
    }
}
