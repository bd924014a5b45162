//! Writing registration files, as regedit does: version 5.00, UTF-16LE.

use alloc::string::String;
use alloc::vec::Vec;

use wim_format::Name;

use super::parse::VERSION_5;
use crate::error::{Error, Result};
use crate::hive::Hive;
use crate::key::Key;
use crate::limits;
use crate::value::{Value, ValueType};

/// The column at which regedit breaks lines of bytes.
const COLUMNS: usize = 77;

impl Hive {
    /// A registration file with a key, all below it, and all values. `root` is the hive's place in the registry, such as
    /// `HKEY_LOCAL_MACHINE\SYSTEM`.
    ///
    /// # Errors
    /// When there is no such key, or a name in it has a line break, which such a file cannot say.
    pub fn export(&self, path: &str, root: &str) -> Result<Vec<u8>> {
        let key = self.key(path)?;
        let mut place: Vec<u16> = root.encode_utf16().collect();
        for name in crate::name::path(path) {
            place.push(BACKSLASH);
            place.extend(name.units());
        }
        let mut out = Output(Vec::new());
        out.units(&[BYTE_ORDER_MARK]);
        out.text(VERSION_5);
        out.text("\r\n");
        out.key(&place, &key)?;
        // Keys yet to be written, each with the length of its parent's path.
        let mut keys = Vec::new();
        push_subkeys(&mut keys, place.len(), &key);
        while let Some((parent, key)) = keys.pop() {
            place.truncate(parent);
            place.push(BACKSLASH);
            place.extend(key.name().units());
            out.key(&place, &key)?;
            push_subkeys(&mut keys, place.len(), &key);
        }
        out.text("\r\n");
        Ok(out.0)
    }
}

/// Puts the keys below a key onto a stack, the first on top.
fn push_subkeys<'a>(keys: &mut Vec<(usize, Key<'a>)>, parent: usize, key: &Key<'a>) {
    let from = keys.len();
    keys.extend(key.subkeys().map(|key| (parent, key)));
    keys[from..].reverse();
}

const BYTE_ORDER_MARK: u16 = 0xFEFF;
const BACKSLASH: u16 = b'\\' as u16;

/// The file so far, in UTF-16LE.
struct Output(Vec<u8>);

impl Output {
    fn text(&mut self, text: &str) {
        self.0.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    }

    fn units(&mut self, units: &[u16]) {
        self.0.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    }

    fn key(&mut self, place: &[u16], key: &Key<'_>) -> Result<()> {
        if has_line_break(place) {
            return Err(Error::Name(alloc::format!("{}", Name::from_units(place))));
        }
        // Each key repeats the path of its parents, so that a small hive can make a huge file.
        if self.0.len() > limits::EXPORT_BYTES {
            return Err(Error::Limit { what: "bytes of a registration file", limit: limits::EXPORT_BYTES as u64 });
        }
        self.text("\r\n[");
        self.units(place);
        self.text("]\r\n");
        key.values().try_for_each(|(name, value)| self.value(&name, &value))
    }

    fn value(&mut self, name: &Name, value: &Value) -> Result<()> {
        if has_line_break(name.units()) {
            return Err(Error::Name(alloc::format!("{name}")));
        }
        let start = self.0.len();
        if name.is_empty() {
            self.text("@");
        } else {
            self.quoted(name.units());
        }
        self.text("=");
        match (value.kind, plain_text(value), value.number()) {
            (ValueType::SZ, Some(units), _) => self.quoted(&units),
            (ValueType::DWORD, _, Some(number)) => self.text(&alloc::format!("dword:{number:08x}")),
            (ValueType::BINARY, ..) => self.hex("hex:", &value.data, start),
            (ValueType(number), ..) => self.hex(&alloc::format!("hex({number:x}):"), &value.data, start),
        }
        self.text("\r\n");
        Ok(())
    }

    fn quoted(&mut self, units: &[u16]) {
        self.text("\"");
        for &unit in units {
            if unit == BACKSLASH || unit == u16::from(b'"') {
                self.units(&[BACKSLASH]);
            }
            self.units(&[unit]);
        }
        self.text("\"");
    }

    /// Bytes, on as many lines as they need.
    fn hex(&mut self, tag: &str, bytes: &[u8], line_start: usize) {
        self.text(tag);
        let mut column = (self.0.len() - line_start) / size_of::<u16>();
        let mut line = String::new();
        for (index, byte) in bytes.iter().enumerate() {
            if column >= COLUMNS {
                line.push_str("\\\r\n  ");
                column = 2;
            }
            let comma = if index + 1 < bytes.len() { "," } else { "" };
            line.push_str(&alloc::format!("{byte:02x}{comma}"));
            column += 3;
        }
        self.text(&line);
    }
}

/// The units of a text that can be written in quotes and read back as the same bytes: with one terminator, at its end, and
/// without control characters or halves of surrogate pairs.
fn plain_text(value: &Value) -> Option<Vec<u16>> {
    let mut units = value.units();
    let whole = value.data.len().is_multiple_of(2) && units.pop() == Some(0);
    let fine = char::decode_utf16(units.iter().copied()).all(|c| c.is_ok_and(|c| !c.is_control()));
    (whole && fine).then_some(units)
}

fn has_line_break(units: &[u16]) -> bool {
    units.iter().any(|&unit| matches!(unit, 0x0A | 0x0D | 0))
}
