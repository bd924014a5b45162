//! Patterns of file names, for `--ref 'install*.swm'`: shells that do not expand them are not rare.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wim_export::{Error, Result};

/// The files that a pattern names, sorted by name. `*` stands for any characters and `?` for one, in the file's name only;
/// a file of that very name is always meant itself.
///
/// # Errors
/// If there is none, or the folder cannot be read.
pub(crate) fn expand(pattern: &Path) -> Result<Vec<PathBuf>> {
    let name = pattern.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
    if !name.contains(['*', '?']) || pattern.exists() {
        return Ok(vec![pattern.to_path_buf()]);
    }
    let folder = pattern.parent().unwrap_or(Path::new(""));
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let io_error = |source| Error::Io { action: "read", path: listed.to_path_buf(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(listed).map_err(io_error)? {
        let file_name = entry.map_err(io_error)?.file_name();
        if matches(&name.chars().collect::<Vec<_>>(), &file_name.to_string_lossy().chars().collect::<Vec<_>>()) {
            found.push(folder.join(file_name));
        }
    }
    if found.is_empty() {
        let source = io::Error::new(io::ErrorKind::NotFound, "no file matches");
        return Err(Error::Io { action: "open", path: pattern.to_path_buf(), source });
    }
    found.sort();
    Ok(found)
}

/// Whether `name` matches `pattern`: the last `*` that matched anything takes one character more for as long as it helps.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut at_pattern, mut at_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at_name < name.len() {
        match pattern.get(at_pattern) {
            Some('*') => {
                star = Some((at_pattern, at_name));
                at_pattern += 1;
            }
            Some(&c) if c == '?' || c == name[at_name] => {
                at_pattern += 1;
                at_name += 1;
            }
            _ => {
                let Some((star_at, taken_to)) = star else { return false };
                star = Some((star_at, taken_to + 1));
                at_pattern = star_at + 1;
                at_name = taken_to + 1;
            }
        }
    }
    pattern[at_pattern..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_what_they_say() {
        let matches = |pattern: &str, name: &str| {
            super::matches(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>())
        };
        for (pattern, name) in [
            ("*", ""),
            ("a*.swm", "a.swm"),
            ("a*.swm", "a12.swm"),
            ("a?.swm", "a2.swm"),
            ("*a*b", "xaybzb"),
            ("ü?", "üß"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("", "a"), ("a*.swm", "b.swm"), ("a?", "a"), ("*a", "ab"), ("A*", "a")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn files_are_found_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b2.swm", "b.swm", "c.wim", "b[1].swm"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |pattern: &str| {
            let found = expand(&folder.path().join(pattern)).unwrap();
            found.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("b*.swm"), ["b.swm", "b2.swm", "b[1].swm"]);
        assert_eq!(names("b[1].swm"), ["b[1].swm"]);
        assert_eq!(names("absent"), ["absent"], "no pattern: whoever opens it says that it is not there");
        assert!(expand(&folder.path().join("x*")).is_err());
    }
}
