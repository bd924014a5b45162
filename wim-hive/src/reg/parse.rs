//! Reading registration files.
//!
//! ```text
//! Windows Registry Editor Version 5.00      or REGEDIT4, where hex texts have one byte a character
//!
//! ; a comment
//! [HKEY_LOCAL_MACHINE\SYSTEM\Setup]         the key of the lines that follow; [-…] deletes it
//! @="default value"                         \\ and \" are the only escapes; a text may go on over lines
//! "name"=dword:0000001f
//! "name"=hex(7):61,00,\                     hex is REG_BINARY, hex(…) any type; \ goes on in the next line
//!   00,00
//! "name"=-                                  deletes the value
//! ```

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use wim_format::Name;

use super::{RegChange, RegEntry, RegFile, text};
use crate::error::{Error, Result};
use crate::value::{Value, ValueType};

/// The first line of a file in Unicode.
pub(super) const VERSION_5: &str = "Windows Registry Editor Version 5.00";
/// The first line of a file of Windows 9x and NT 4.
const VERSION_4: &str = "REGEDIT4";
/// Short names of the registry's roots.
const ROOTS: [(&str, &str); 5] = [
    ("HKLM", "HKEY_LOCAL_MACHINE"),
    ("HKCU", "HKEY_CURRENT_USER"),
    ("HKU", "HKEY_USERS"),
    ("HKCR", "HKEY_CLASSES_ROOT"),
    ("HKCC", "HKEY_CURRENT_CONFIG"),
];

impl RegFile {
    /// Reads a registration file.
    ///
    /// # Errors
    /// [`Error::RegFile`] with the line, where something is not understood. Nothing is skipped or guessed.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let text = text::decode(bytes)?;
        let mut parser = Parser { rest: &text, line: 1, narrow: false };
        parser.header()?;
        let mut file = Self::default();
        let mut key: Option<String> = None;
        while parser.skip_blank() {
            let line = parser.line;
            if parser.eat("[") {
                let (path, change) = parser.key()?;
                // Values below a deleted key belong to no key.
                key = (change == RegChange::Create).then(|| path.clone());
                file.entries.push(RegEntry { line, path, change });
            } else {
                let path = key.clone().ok_or_else(|| parser.error("a value outside of a key"))?;
                let change = parser.value()?;
                file.entries.push(RegEntry { line, path, change });
            }
            parser.end_of_line()?;
        }
        Ok(file)
    }
}

struct Parser<'a> {
    rest: &'a str,
    line: usize,
    /// Whether hex texts have one byte a character.
    narrow: bool,
}

impl<'a> Parser<'a> {
    fn error(&self, what: impl ToString) -> Error {
        Error::RegFile { line: self.line, what: what.to_string() }
    }

    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes everything before the first character that `stops`.
    fn take_until(&mut self, stops: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(stops).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn skip_spaces(&mut self) {
        self.take_until(|c| !matches!(c, ' ' | '\t'));
    }

    /// Skips blank lines and comments; whether something follows.
    fn skip_blank(&mut self) -> bool {
        loop {
            self.take_until(|c| !c.is_ascii_whitespace());
            if !self.rest.starts_with(';') {
                return !self.rest.is_empty();
            }
            self.take_until(|c| c == '\n');
        }
    }

    fn header(&mut self) -> Result<()> {
        self.take_until(|c| !c.is_ascii_whitespace());
        match self.take_until(|c| matches!(c, '\r' | '\n')).trim_end() {
            VERSION_5 => Ok(()),
            VERSION_4 => {
                self.narrow = true;
                Ok(())
            }
            _ => Err(self.error(format!("the first line is neither \"{VERSION_5}\" nor \"{VERSION_4}\""))),
        }
    }

    /// A key's path, after its `[`.
    fn key(&mut self) -> Result<(String, RegChange)> {
        let change = if self.eat("-") { RegChange::Delete } else { RegChange::Create };
        let line = self.take_until(|c| matches!(c, '\r' | '\n'));
        // A name may have brackets of its own; a comment may follow.
        let end = line.rfind(']').ok_or_else(|| self.error("a key's path without its ]"))?;
        let (path, after) = line.split_at(end);
        if !after[1..].trim_start().is_empty() && !after[1..].trim_start().starts_with(';') {
            return Err(self.error("something follows a key's path"));
        }
        let names: Vec<&str> = path.split('\\').collect();
        if names.iter().any(|name| name.is_empty()) {
            return Err(self.error(format!("an empty name in the path {path}")));
        }
        let root = ROOTS.iter().find(|(short, _)| short.eq_ignore_ascii_case(names[0]));
        let root = root.map_or(names[0], |(_, long)| long);
        let shown = names[1..].iter().map(|&name| Name::from(name).to_string());
        let path: Vec<String> = [root.to_string()].into_iter().chain(shown).collect();
        Ok((path.join("\\"), change))
    }

    fn value(&mut self) -> Result<RegChange> {
        let name = if self.eat("@") {
            String::new()
        } else if self.eat("\"") {
            self.quoted()?
        } else {
            return Err(self.error("neither a key in [ ], a value's name in quotes, nor @"));
        };
        let name = Name::from(name.as_str()).to_string();
        self.skip_spaces();
        if !self.eat("=") {
            return Err(self.error("no = after a value's name"));
        }
        self.skip_spaces();
        if self.eat("-") {
            return Ok(RegChange::DeleteValue(name));
        }
        Ok(RegChange::Set(name, self.data()?))
    }

    fn data(&mut self) -> Result<Value> {
        if self.eat("\"") {
            return Ok(Value::sz(&self.quoted()?));
        }
        let tag = self.take_until(|c| matches!(c, ':' | '\r' | '\n')).to_ascii_lowercase();
        if !self.eat(":") {
            return Err(self.error("data that is neither in quotes, nor dword:, nor hex:"));
        }
        if tag == "dword" {
            let digits = self.take_until(|c| matches!(c, ';' | '\r' | '\n')).trim();
            let number = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
            return number.map(Value::dword).ok_or_else(|| self.error(format!("{digits:?} is no 32-bit number")));
        }
        let kind = match tag.strip_prefix("hex") {
            Some("") => Some(ValueType::BINARY),
            Some(number) => number.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).and_then(hex_type),
            None => None,
        };
        let kind = kind.ok_or_else(|| self.error(format!("{tag:?} is no type of data")))?;
        let bytes = self.hex()?;
        let is_text = matches!(kind, ValueType::SZ | ValueType::EXPAND_SZ | ValueType::MULTI_SZ);
        if !(self.narrow && is_text) {
            return Ok(Value::new(kind, bytes));
        }
        if !bytes.is_ascii() {
            return Err(self.error("a text of an unknown code page; export it as version 5.00"));
        }
        Ok(Value::new(kind, bytes.into_iter().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>()))
    }

    /// The text before a closing quote.
    fn quoted(&mut self) -> Result<String> {
        let mut text = String::new();
        loop {
            text.push_str(self.take_until(|c| matches!(c, '"' | '\\')));
            if self.eat("\"") {
                return Ok(text);
            }
            if self.eat(r"\\") {
                text.push('\\');
            } else if self.eat("\\\"") {
                text.push('"');
            } else if self.rest.is_empty() {
                return Err(self.error("a text without its closing quote"));
            } else {
                return Err(self.error(r#"a \ in a text that is neither \\ nor \""#));
            }
        }
    }

    /// Bytes between commas; a `\` at the end of a line goes on in the next.
    fn hex(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            self.skip_continuations();
            let digits = self.take_until(|c| !c.is_ascii_hexdigit());
            match digits.len() {
                0 => return Ok(bytes),
                1 | 2 => bytes.push(u8::from_str_radix(digits, 16).map_err(|_| self.error("no byte"))?),
                _ => return Err(self.error(format!("{digits} is no byte"))),
            }
            self.skip_continuations();
            if !self.eat(",") {
                return Ok(bytes);
            }
        }
    }

    fn skip_continuations(&mut self) {
        loop {
            self.skip_spaces();
            let after = self.rest.strip_prefix('\\').map(|rest| rest.trim_start_matches([' ', '\t', '\r']));
            let Some(rest) = after.and_then(|rest| rest.strip_prefix('\n')) else { return };
            self.rest = rest;
            self.line += 1;
        }
    }

    fn end_of_line(&mut self) -> Result<()> {
        self.skip_spaces();
        if self.rest.is_empty() || self.rest.starts_with(['\r', '\n', ';']) {
            return Ok(());
        }
        Err(self.error("something follows the data"))
    }
}

fn hex_type(digits: &str) -> Option<ValueType> {
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| is_hex).map(ValueType)
}
