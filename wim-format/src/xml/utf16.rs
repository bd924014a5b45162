//! UTF-16LE to text and back without loss, also where it is ill-formed.
//!
//! A surrogate without its other half has no place in a Rust string, so each becomes one of 2,048 private-use
//! characters, and turns back when written. A genuine character of that range is read as two such surrogates, its own
//! halves: written back they are the same bytes again, and no document can tell the difference.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::error::{Error, ErrorKind, Result, Section};
use crate::warning::{Warning, WarningKind};

/// The byte order mark, which every writer puts in front.
pub(super) const BOM: [u8; 2] = [0xFF, 0xFE];
/// What stands for the surrogates U+D800 to U+DFFF.
const STAND_INS: RangeInclusive<char> = '\u{10D800}'..='\u{10DFFF}';
/// From a surrogate to its stand-in.
const DISTANCE: u32 = 0x10_0000;

/// Decodes a document. The text comes without byte order mark, and without the NULs that may trail.
pub(super) fn decode(bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<String> {
    let fail = |why, offset: usize| Err(Error::new(ErrorKind::InvalidXml(why), Section::Xml, offset as u64));
    match bytes {
        [] => return fail("there is none", 0),
        [0xEF, 0xBB, 0xBF, ..] | [b'<', 1..=u8::MAX, ..] => return fail("it is UTF-8, not UTF-16LE", 0),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => return fail("it is UTF-16BE, not UTF-16LE", 0),
        _ => {}
    }
    let mut warn = |kind, offset| warnings.push(Warning { kind, section: Section::Xml, offset });
    let body = bytes.strip_prefix(&BOM).unwrap_or_else(|| {
        warn(WarningKind::XmlWithoutBom, 0);
        bytes
    });
    let (units, odd) = body.as_chunks::<2>();
    if !odd.is_empty() {
        return fail("it ends within a UTF-16 unit", bytes.len() - 1);
    }
    let mut text = String::with_capacity(units.len());
    let mut well_formed = true;
    for decoded in char::decode_utf16(units.iter().map(|&unit| u16::from_le_bytes(unit))) {
        match decoded {
            Ok(c) => push(&mut text, c),
            Err(lone) => {
                well_formed = false;
                text.push(stand_in(lone.unpaired_surrogate()));
            }
        }
    }
    if !well_formed {
        warn(WarningKind::XmlIllFormed, 0);
    }
    let len = text.trim_end_matches('\0').len();
    if len != text.len() {
        warn(WarningKind::TrailingBytes, (bytes.len() - body.len() + encoded_len(&text[..len])) as u64);
        text.truncate(len);
    }
    Ok(text)
}

/// Encodes a document, with the byte order mark.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BOM.len() + 2 * text.len());
    bytes.extend(BOM);
    for c in text.chars() {
        let mut buffer = [0; 2];
        if STAND_INS.contains(&c) {
            bytes.extend(((u32::from(c) - DISTANCE) as u16).to_le_bytes());
        } else {
            bytes.extend(c.encode_utf16(&mut buffer).iter().flat_map(|unit| unit.to_le_bytes()));
        }
    }
    bytes
}

/// Replaces every surrogate without its other half, in an encoded document, by U+FFFD.
pub(super) fn repair(bytes: &mut [u8]) {
    let units = bytes.as_chunks_mut::<2>().0;
    let well_formed = char::decode_utf16(units.iter().map(|&unit| u16::from_le_bytes(unit)));
    let lens: Vec<_> = well_formed.map(|decoded| decoded.map(char::len_utf16)).collect();
    let mut at = 0;
    for len in lens {
        if len.is_err() {
            units[at] = (char::REPLACEMENT_CHARACTER as u16).to_le_bytes();
        }
        at += len.unwrap_or(1);
    }
}

/// Bytes that `text` takes on disk, without byte order mark.
pub(super) fn encoded_len(text: &str) -> usize {
    text.chars().map(|c| if STAND_INS.contains(&c) { 2 } else { 2 * c.len_utf16() }).sum()
}

/// Adds `c` in the form in which documents hold it in memory.
pub(super) fn push(text: &mut String, c: char) {
    if STAND_INS.contains(&c) {
        let mut buffer = [0; 2];
        text.extend(c.encode_utf16(&mut buffer).iter().map(|&half| stand_in(half)));
    } else {
        text.push(c);
    }
}

/// What users see of a character in memory: U+FFFD for a surrogate without its other half.
pub(super) fn shown(c: char) -> char {
    if STAND_INS.contains(&c) { char::REPLACEMENT_CHARACTER } else { c }
}

fn stand_in(surrogate: u16) -> char {
    char::from_u32(u32::from(surrogate) + DISTANCE).expect("surrogates have stand-ins")
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn anything_survives() {
        let ill_formed = [0x41, 0xDC00, 0xD800, 0x42, 0xDBF6, 0xDC00, 0xDBF7, 0xDFFF, 0xD83D, 0xDE00, 0xD800];
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend(ill_formed.iter().flat_map(|unit: &u16| unit.to_le_bytes()));
        let mut warnings = vec![];
        let text = decode(&bytes, &mut warnings).unwrap();
        assert_eq!(encode(&text), bytes);
        assert_eq!(encoded_len(&text), bytes.len() - 2);
        assert_eq!(warnings.len(), 1);
        assert_eq!(text.chars().map(shown).filter(|&c| c == char::REPLACEMENT_CHARACTER).count(), 7);
    }

    #[test]
    fn what_is_ill_formed_can_be_replaced() {
        let bytes = |units: [u16; 8]| units.map(u16::to_le_bytes).concat();
        let mut ill_formed = bytes([0xDC00, 0xD800, 0x42, 0xDBF6, 0xDC00, 0xD83D, 0xDE00, 0xD800]);
        repair(&mut ill_formed);
        assert_eq!(ill_formed, bytes([0xFFFD, 0xFFFD, 0x42, 0xDBF6, 0xDC00, 0xD83D, 0xDE00, 0xFFFD]));
    }

    #[test]
    fn what_trails_is_dropped() {
        let mut warnings = vec![];
        assert_eq!(decode(b"<\0>\0\n\0\0\0\0\0", &mut warnings).unwrap(), "<>\n");
        let kinds: Vec<_> = warnings.iter().map(|warning| (warning.kind, warning.offset)).collect();
        assert_eq!(kinds, [(WarningKind::XmlWithoutBom, 0), (WarningKind::TrailingBytes, 6)]);
    }
}
