//! The temporary file.

use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::place::Place;
use crate::{Error, Result};

const SUFFIX: &str = ".tmp";
/// Digits of the random part of a name.
const RANDOM_DIGITS: usize = 16;
/// How many names are tried. Two equal ones are a wonder already.
const ATTEMPTS: usize = 8;

/// A temporary file. Dropping it removes it, unless it has become something else.
#[derive(Debug)]
pub(super) struct Temp {
    path: PathBuf,
    file: File,
    /// What was at the destination when this was created.
    replaces: Option<Metadata>,
    /// The rights of a file that replaces nothing.
    new_rights: Option<Permissions>,
    /// Whether it is left where it is.
    stays: bool,
}

impl Temp {
    /// Creates the temporary file of `place`, readable by its owner only.
    pub(super) fn create(place: &Place, replaces: Option<Metadata>, stays: bool) -> Result<Self> {
        let (path, file) = create_new(place, replaces.is_some())?;
        // From here on, whatever fails, it is removed.
        let mut temp = Self { path, file, replaces, new_rights: None, stays };
        if temp.replaces.is_none() {
            temp.new_rights = Some(make_private(&temp.file).map_err(Error::io("create", &temp.path))?);
        }
        Ok(temp)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// What tells it from other temporary files of `place`: the numbers in its name.
    pub(super) fn numbers(&self, place: &Place) -> Option<String> {
        let name = self.path.file_name()?.as_encoded_bytes();
        let rest = name.strip_prefix(place.stem().as_encoded_bytes())?.strip_prefix(b".")?;
        String::from_utf8(rest.strip_suffix(SUFFIX.as_bytes())?.to_vec()).ok()
    }

    pub(super) fn replaces(&self) -> Option<&Metadata> {
        self.replaces.as_ref()
    }

    pub(super) fn new_rights(&self) -> Option<&Permissions> {
        self.new_rights.as_ref()
    }

    /// Whether it has another name by now.
    pub(super) fn is_gone(&self) -> bool {
        !self.path.exists()
    }

    /// It has another name now, or is another run's to rename.
    pub(super) fn keep(&mut self) {
        self.stays = true;
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if !self.stays {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Creates a file with a new name that [`remove_stale`] knows.
pub(super) fn create_new(place: &Place, private: bool) -> Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if private { 0o600 } else { 0o666 });
    }
    #[cfg(not(unix))]
    let _ = private;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let path = place.folder.join(name(place));
        match options.open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < ATTEMPTS => {}
            Err(error) => return Err(Error::io("create", &path)(error)),
        }
    }
}

/// `.NAME.PID.RANDOM.tmp`.
fn name(place: &Place) -> std::ffi::OsString {
    let random = RandomState::new().build_hasher().finish();
    let mut name = place.stem();
    name.push(format!(".{}.{random:0RANDOM_DIGITS$x}{SUFFIX}", std::process::id()));
    name
}

/// Removes the temporary files of `place` that killed runs left. Only for the holder of the lock: any other run's file would
/// be in use.
pub(super) fn remove_stale(place: &Place) {
    // Whoever may not list the folder cannot tidy it up, either.
    let Ok(entries) = fs::read_dir(&place.folder) else { return };
    let stem = place.stem();
    for entry in entries.filter_map(io::Result::ok) {
        if is_stale(&entry.file_name(), &stem) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The temporary file of `place` with these numbers in its name; `None` if they are none.
pub(super) fn with_numbers(place: &Place, numbers: &str) -> Option<PathBuf> {
    let stem = place.stem();
    let mut name = stem.clone();
    name.push(format!(".{numbers}{SUFFIX}"));
    is_stale(&name, &stem).then(|| place.folder.join(name))
}

/// Whether `name` is the stem, a process number and a random number, and nothing else: with anything more it would belong to
/// a destination with a longer name.
fn is_stale(name: &OsStr, stem: &OsStr) -> bool {
    let rest = name.as_encoded_bytes().strip_prefix(stem.as_encoded_bytes());
    let Some(numbers) = rest.and_then(|rest| rest.strip_prefix(b".")?.strip_suffix(SUFFIX.as_bytes())) else {
        return false;
    };
    let Some(dot) = numbers.iter().position(|&byte| byte == b'.') else { return false };
    let (process, random) = (&numbers[..dot], &numbers[dot + 1..]);
    let is_process = !process.is_empty() && process.iter().all(u8::is_ascii_digit);
    is_process && random.len() == RANDOM_DIGITS && random.iter().all(u8::is_ascii_hexdigit)
}

/// Takes all rights from everybody but the owner, and returns those that the file had: what the system and the process's mask
/// give a new file, which nothing else tells without side effects.
fn make_private(file: &File) -> io::Result<Permissions> {
    let rights = file.metadata()?.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(rights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stale(name: &str) -> bool {
        is_stale(OsStr::new(name), OsStr::new(".boot.wim"))
    }

    #[test]
    fn only_what_a_run_to_this_destination_made_is_stale() {
        assert!(stale(".boot.wim.123.0123456789abcdef.tmp"));
        for other in [
            "boot.wim",
            ".boot.wim.tmp",
            ".boot.wim..0123456789abcdef.tmp",
            ".boot.wim.x.0123456789abcdef.tmp",
            ".boot.wim.123.0123456789abcde.tmp",
            ".boot.wim.123.0123456789abcdefg.tmp",
            ".boot.wim.2.123.0123456789abcdef.tmp",
            ".boot.wim.x.123.0123456789abcdef.tmp",
            ".boot.wim.wimsmith-lock",
            ".boot.wimx.123.0123456789abcdef.tmp",
        ] {
            assert!(!stale(other), "{other}");
        }
    }
}
