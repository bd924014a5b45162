//! Names of an image as names of the host: which it can have, and which not.

use std::ffi::OsString;
use std::fmt;

use wim_format::Name;

/// Whose rules a name must obey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameRules {
    /// Anything but `/` and NUL.
    Unix,
    /// Also none of `\ : * ? " < > |` and the control characters, no dot or space at the end, and none of the names of
    /// devices. For file systems that Windows will read, too.
    Windows,
}

impl NameRules {
    /// What this host demands.
    pub const HOST: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };
}

/// Why no file can have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// Empty, `.` or `..`.
    Meaning,
    /// A character that names cannot have.
    Character,
    /// Longer than names can be.
    Length,
    /// A dot or a space at the end, which Windows does not see.
    End,
    /// The name of a device of Windows, such as `CON`.
    Device,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Meaning => "the name has a meaning of its own to the system",
            Self::Character => "the name has a character that file names cannot have",
            Self::Length => "the name is longer than file names can be",
            Self::End => "the name ends in a dot or a space",
            Self::Device => "the name is that of a device",
        })
    }
}

/// Bytes of the longest name on any file system of note.
const MAX_BYTES: usize = 255;
/// Code units of the longest name on Windows.
const MAX_UNITS: usize = 255;

/// The name as the host has it.
///
/// On Unix, names are bytes, and halves of surrogate pairs are encoded as if they were characters, as wimlib does and
/// as [`crate::wtf8::decode`] reads them again.
pub(crate) fn to_host(name: &Name, rules: NameRules) -> Result<OsString, Unfit> {
    const SLASH: u16 = b'/' as u16;
    if matches!(name.units(), [] | [0x2E] | [0x2E, 0x2E]) {
        return Err(Unfit::Meaning);
    }
    if name.units().iter().any(|&unit| unit == 0 || unit == SLASH) {
        return Err(Unfit::Character);
    }
    // On Windows there is no other way: a `\` or a drive in a name would lead out of the destination.
    if rules == NameRules::Windows || NameRules::HOST == NameRules::Windows {
        check_windows(name.units())?;
    }
    let host = os_string(name.units());
    if host.as_encoded_bytes().len() > MAX_BYTES && !cfg!(windows) {
        return Err(Unfit::Length);
    }
    Ok(host)
}

fn check_windows(units: &[u16]) -> Result<(), Unfit> {
    const FORBIDDEN: &str = "\\/:*?\"<>|";
    let forbidden =
        |unit: &u16| *unit < 0x20 || char::from_u32(u32::from(*unit)).is_some_and(|c| FORBIDDEN.contains(c));
    if units.iter().any(forbidden) {
        return Err(Unfit::Character);
    }
    if units.len() > MAX_UNITS {
        return Err(Unfit::Length);
    }
    if matches!(units.last(), Some(0x20 | 0x2E)) {
        return Err(Unfit::End);
    }
    let text = String::from_utf16_lossy(units);
    let stem = text.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_uppercase();
    let numbered = |stem: &str| {
        let rest = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
        rest.is_some_and(|rest| matches!(rest, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"))
    };
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered(&stem) {
        return Err(Unfit::Device);
    }
    Ok(())
}

/// A name that the rules allow in place of one that they do not: what is wrong is replaced, and a number tells such names
/// apart.
pub(crate) fn make_fit(name: &Name, rules: NameRules, number: usize) -> OsString {
    let suffix = format!(" (invalid filename #{number})");
    let forbidden = |unit: u16| {
        let single = Name::from_units([unit, u16::from(b'x')]);
        to_host(&single, rules).is_err()
    };
    let fixed = name.units().iter().map(|&unit| if forbidden(unit) { 0xFFFD } else { unit });
    // Three bytes a unit at most, so this many always fit.
    let room = (MAX_BYTES - suffix.len()) / 3;
    let mut units: Vec<u16> = fixed.take(room).collect();
    units.extend(suffix.encode_utf16());
    os_string(&units)
}

#[cfg(unix)]
pub(crate) fn os_string(units: &[u16]) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(crate::wtf8::encode(units))
}

#[cfg(windows)]
pub(crate) fn os_string(units: &[u16]) -> OsString {
    std::os::windows::ffi::OsStringExt::from_wide(units)
}

#[cfg(not(any(unix, windows)))]
pub(crate) fn os_string(units: &[u16]) -> OsString {
    String::from_utf16_lossy(units).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(name: &str) -> Result<OsString, Unfit> {
        to_host(&Name::from(name), NameRules::Unix)
    }

    fn windows(name: &str) -> Result<OsString, Unfit> {
        to_host(&Name::from(name), NameRules::Windows)
    }

    #[test]
    fn a_name_is_one_component_of_a_path() {
        for (name, why) in [
            ("", Unfit::Meaning),
            (".", Unfit::Meaning),
            ("..", Unfit::Meaning),
            ("../x", Unfit::Character),
            ("/etc", Unfit::Character),
            ("a\0b", Unfit::Character),
        ] {
            assert_eq!(unix(name), Err(why), "{name:?}");
            assert!(windows(name).is_err(), "{name:?}");
        }
        assert_eq!(unix(&"n".repeat(255)).unwrap().len(), 255);
        assert_eq!(unix(&"n".repeat(256)), Err(Unfit::Length));
        assert_eq!(unix(&"中".repeat(86)).is_err(), !cfg!(windows), "it is bytes that count, but on Windows");
    }

    #[test]
    fn what_only_windows_forbids_is_allowed_elsewhere() {
        for (name, why) in [
            ("a:b", Unfit::Character),
            ("a\\b", Unfit::Character),
            ("a\u{1b}", Unfit::Character),
            ("x.", Unfit::End),
            ("x ", Unfit::End),
            ("CON", Unfit::Device),
            ("nul.txt", Unfit::Device),
            ("com1", Unfit::Device),
            ("LPT\u{b9}.x", Unfit::Device),
        ] {
            assert_eq!(windows(name), Err(why), "{name:?}");
            assert_eq!(unix(name).is_ok(), !cfg!(windows), "{name:?}");
        }
        for name in ["console", "COM", "COM10", "LPT0", ".x", "ü"] {
            assert!(windows(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_does_not_fit_can_be_made_fit() {
        for name in ["..", "a/b", "con", "x ", ""] {
            let fit = make_fit(&Name::from(name), NameRules::Windows, 7);
            let fit = fit.to_str().unwrap();
            assert!(windows(fit).is_ok() && fit.ends_with(" (invalid filename #7)"), "{fit:?}");
        }
        assert!(make_fit(&Name::from_units(vec![0xD800; 5000]), NameRules::Unix, 1).len() <= 255);
    }
}
