//! Names that the destination would not tell apart.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use wim_export::{Error, Result};

use super::{ExtractOptions, OnClash};

/// The names that are taken already, where that must be known.
pub(super) struct Clashes {
    /// Whether names that differ in case only clash.
    ignores_case: bool,
    /// Whether names below the destination itself may be the same: paths of an image that lead to one place.
    gathers: bool,
    on_clash: OnClash,
    taken: HashSet<(u32, OsString)>,
}

impl Clashes {
    /// For a destination; `all` of the image is extracted, or paths of it.
    pub(super) fn new(destination: &Path, options: &ExtractOptions, all: bool) -> Self {
        let ignores_case = ignores_case(destination);
        Self { ignores_case, gathers: !all, on_clash: options.on_clash, taken: HashSet::new() }
    }

    /// The name that an entry gets, `None` if it gets none. `path` is its path in the image.
    pub(super) fn settle(
        &mut self,
        directory: u32,
        name: OsString,
        path: impl Fn() -> String,
    ) -> Result<Option<OsString>> {
        let matters = self.ignores_case || (self.gathers && directory == 0);
        if !matters || self.take(directory, &name) {
            return Ok(Some(name));
        }
        match self.on_clash {
            OnClash::Skip => Ok(None),
            OnClash::Rename => Ok((2..).map(|number| numbered(&name, number)).find(|name| self.take(directory, name))),
            OnClash::Fail => Err(Error::InvalidArgument {
                what: "name",
                value: path(),
                expected: "the destination does not tell its name from another one that is extracted; \
                           --on-clash rename or skip goes on, --keep-paths keeps paths apart"
                    .to_owned(),
            }),
        }
    }

    /// Whether a name was free, and now is not.
    fn take(&mut self, directory: u32, name: &OsStr) -> bool {
        let key = if self.ignores_case { name.to_string_lossy().to_uppercase().into() } else { name.to_os_string() };
        self.taken.insert((directory, key))
    }
}

/// `name.txt` becomes `name (2).txt`.
fn numbered(name: &OsStr, number: u32) -> OsString {
    let path = Path::new(name);
    let mut numbered = path.file_stem().unwrap_or(name).to_os_string();
    numbered.push(format!(" ({number})"));
    if let Some(extension) = path.extension() {
        numbered.push(".");
        numbered.push(extension);
    }
    numbered
}

/// Whether names in a directory, which need not exist yet, are compared without case. Nothing is written to find out: the
/// nearest directory that exists and has a letter in its name is looked up in the other case.
fn ignores_case(path: &Path) -> bool {
    if cfg!(windows) {
        return true;
    }
    let Ok(absolute) = std::path::absolute(path) else { return false };
    absolute.ancestors().filter(|path| path.exists()).find_map(other_case_is_same).unwrap_or(false)
}

/// Whether a path leads to the same place in the other case; `None` if there is no other case.
fn other_case_is_same(path: &Path) -> Option<bool> {
    let name = path.file_name()?.to_str()?;
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let other: String = name.chars().map(swap).collect();
    if other == name {
        return None;
    }
    Some(wim_export::is_same_file(path, &path.with_file_name(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clashes(ignores_case: bool, gathers: bool, on_clash: OnClash) -> Clashes {
        Clashes { ignores_case, gathers, on_clash, taken: HashSet::new() }
    }

    fn settle(clashes: &mut Clashes, name: &str) -> Option<String> {
        let settled = clashes.settle(0, name.into(), || name.to_owned()).ok()?;
        Some(settled.map_or_else(String::new, |name| name.into_string().unwrap()))
    }

    #[test]
    fn the_second_name_is_treated_as_asked() {
        for (on_clash, expected) in
            [(OnClash::Fail, None), (OnClash::Skip, Some("")), (OnClash::Rename, Some("READ (2).ME"))]
        {
            let mut clashes = clashes(true, false, on_clash);
            assert_eq!(settle(&mut clashes, "Read.me").as_deref(), Some("Read.me"));
            assert_eq!(settle(&mut clashes, "READ.ME").as_deref(), expected);
        }
    }

    #[test]
    fn nothing_clashes_where_names_are_told_apart() {
        let mut clashes = clashes(false, false, OnClash::Fail);
        assert!(settle(&mut clashes, "a").is_some() && settle(&mut clashes, "A").is_some());
    }

    #[test]
    fn what_is_gathered_in_one_place_may_clash_anywhere() {
        let mut clashes = clashes(false, true, OnClash::Fail);
        assert!(settle(&mut clashes, "a").is_some() && settle(&mut clashes, "A").is_some());
        assert_eq!(settle(&mut clashes, "a"), None);
    }
}
