//! The text of a registration file, whichever way it is encoded.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, Result};

/// The text of a file: UTF-16LE as regedit writes, UTF-8, or ASCII. Other code pages are refused, as nothing says which.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>> {
    let error = |what: &str| Error::RegFile { line: 1, what: what.into() };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest).map(Cow::Owned),
        [0xFE, 0xFF, ..] => Err(error("the file is in UTF-16BE; save it as Unicode (UTF-16LE) or UTF-8")),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [_, 0, ..] => utf16(bytes).map(Cow::Owned),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>> {
    core::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
        Error::RegFile { line, what: "neither Unicode nor ASCII; save the file as Unicode (UTF-16LE) or UTF-8".into() }
    })
}

fn utf16(bytes: &[u8]) -> Result<String> {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
    let mut line = 1;
    let mut text = String::with_capacity(units.len());
    for decoded in char::decode_utf16(units) {
        let c = decoded.map_err(|_| Error::RegFile { line, what: "half of a surrogate pair".into() })?;
        line += usize::from(c == '\n');
        text.push(c);
    }
    Ok(text)
}
