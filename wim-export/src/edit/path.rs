//! Paths of an image.

use wim_format::Name;

use super::{EditProblem, problem};
use crate::Result;

/// The longest name that Windows' file systems have, in UTF-16 code units.
const MAX_UNITS: usize = 255;

/// The names of a path such as `\Windows\System32` or `Windows/System32`, from the root; none for the root itself.
///
/// # Errors
/// If it has a drive letter, `.` or `..`, or a name that no file of Windows can have for its length.
pub(crate) fn parse(path: &str) -> Result<Vec<Name>> {
    let names = path.split(['\\', '/']).filter(|name| !name.is_empty());
    let names: Vec<Name> = names.map(Name::parse_escaped).collect();
    let is_drive = |name: &Name| matches!(name.units(), [letter, colon] if *colon == u16::from(b':') && *letter < 128);
    let is_wrong = |name: &Name| name.is_impossible() || name.units().len() > MAX_UNITS || has_separator(name);
    if names.first().is_some_and(is_drive) || names.iter().any(is_wrong) {
        return Err(problem(path, EditProblem::InvalidPath));
    }
    Ok(names)
}

/// Whether an escape stood for a separator.
fn has_separator(name: &Name) -> bool {
    name.units().iter().any(|&unit| unit == u16::from(b'\\') || unit == u16::from(b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_may_be_either_and_doubled() {
        for path in [r"\Windows\System32", "Windows/System32/", r"//Windows\\System32"] {
            assert_eq!(parse(path).unwrap(), ["Windows", "System32"].map(Name::from), "{path}");
        }
        assert!(parse(r"\").unwrap().is_empty() && parse("").unwrap().is_empty());
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        let long = "x".repeat(256);
        for path in [r"C:\Windows", r"\a\..\b", r".", r"a/./b", "a\\<U+005C>b", "a\0b", &long] {
            assert!(parse(path).is_err(), "{path}");
        }
        assert!(parse(&long[1..]).is_ok());
    }
}
