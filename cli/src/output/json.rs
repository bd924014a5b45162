//! The document that `--json` prints. `docs/json.md` describes it for users.

use std::io::{self, Write};

use serde::Serialize;
use wim_export::boot::ReturnCode;
use wim_format::{FileTime, Name};

use crate::warning::Warning;

/// The version of the schema. It grows when a script that reads the old one could misunderstand the new one; fields that
/// are added do not count.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// The document.
#[derive(Serialize)]
struct Document<'a, T: Serialize> {
    schema_version: u32,
    command: &'a str,
    ok: bool,
    result: Option<&'a T>,
    warnings: &'a [Warning],
    error: Option<&'a Failure>,
}

/// Why a run failed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failure {
    /// A stable name for scripts.
    pub(crate) code: &'static str,
    /// What happened, and where.
    pub(crate) message: String,
    /// Why, from the nearest cause to the farthest.
    pub(crate) causes: Vec<String>,
    /// What to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    /// The Windows error code.
    pub(crate) hresult: Hresult,
}

/// A Windows error code: as people write it, as a signed number, and by name.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Hresult {
    hex: String,
    sint32: i32,
    name: &'static str,
}

impl Hresult {
    /// As a signed number.
    pub(crate) const fn number(&self) -> i32 {
        self.sint32
    }
}

impl From<ReturnCode> for Hresult {
    fn from(code: ReturnCode) -> Self {
        Self { hex: format!("{:#010x}", code.hresult), sint32: code.hresult, name: code.name }
    }
}

/// Prints a document and flushes.
pub(super) fn print<T: Serialize>(
    out: &mut dyn Write,
    command: &str,
    result: Option<&T>,
    warnings: &[Warning],
    error: Option<&Failure>,
) -> io::Result<()> {
    let document = Document { schema_version: SCHEMA_VERSION, command, ok: error.is_none(), result, warnings, error };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    out.flush()
}

/// A point in time: readable, and exact.
#[derive(Serialize)]
pub(crate) struct Time {
    rfc3339: String,
    filetime: u64,
}

impl Time {
    /// The readable form.
    pub(crate) fn text(&self) -> &str {
        &self.rfc3339
    }
}

impl From<FileTime> for Time {
    fn from(time: FileTime) -> Self {
        Self { rfc3339: time.to_string(), filetime: time.0 }
    }
}

/// A name: readable, and its UTF-16 code units where the readable form loses something.
#[derive(Serialize)]
pub(crate) struct NameFields {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_utf16: Option<Vec<u16>>,
}

impl From<&Name> for NameFields {
    fn from(name: &Name) -> Self {
        match String::from_utf16(name.units()) {
            Ok(name) => Self { name, name_utf16: None },
            Err(_) => Self { name: String::from_utf16_lossy(name.units()), name_utf16: Some(name.units().to_vec()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_nothing() {
        let fields = |units: Vec<u16>| serde_json::to_value(NameFields::from(&Name::from_units(units))).unwrap();
        assert_eq!(fields(vec![0x41, 0x1B]), serde_json::json!({ "name": "A\u{1b}" }));
        let broken = fields(vec![0x41, 0xD800]);
        assert_eq!(broken, serde_json::json!({ "name": "A\u{FFFD}", "name_utf16": [0x41, 0xD800] }));
    }
}
