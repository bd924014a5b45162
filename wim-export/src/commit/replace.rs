//! The last steps: a second name for the old file, and the new file in its place.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::OnExists;
use super::place::{Place, is_same_file, leads_to};
use super::temp::{Temp, create_new};
use crate::{Error, Result};

/// How many backups there can be.
const MAX_BACKUPS: u32 = 10_000;

/// The old file under its second name.
#[derive(Debug)]
pub(super) struct Backup(PathBuf);

impl Backup {
    /// The old file stays where it is, after all.
    pub(super) fn undo(&self) {
        let _ = fs::remove_file(&self.0);
    }

    pub(super) fn into_path(self) -> PathBuf {
        self.0
    }
}

/// Gives the file at `place`, if there is one, the first free name of `NAME.bak`, `NAME.bak.1`, …
pub(super) fn back_up(place: &Place) -> Result<Option<Backup>> {
    for number in 0..MAX_BACKUPS {
        let path = place.folder.join(backup_name(place, number));
        match fs::hard_link(&place.path, &path) {
            Ok(()) => return Ok(Some(Backup(path))),
            // A run that was killed after this step left it.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && is_same_file(&place.path, &path) => {
                return Ok(Some(Backup(path)));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(_) if is_gone(&place.path) => return Ok(None),
            // No hard links on this file system, or no more of them.
            Err(_) if !path.exists() => return copy(place, &path).map(|()| Some(Backup(path))),
            Err(_) => {}
        }
    }
    Err(Error::io("back up", &place.path)(io::Error::other("there are too many backups")))
}

fn is_gone(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

fn backup_name(place: &Place, number: u32) -> OsString {
    let mut name = place.name.clone();
    name.push(".bak");
    if number > 0 {
        name.push(format!(".{number}"));
    }
    name
}

/// Copies the file at `place` to `backup`, by way of a temporary file: a backup is complete or not there.
fn copy(place: &Place, backup: &Path) -> Result<()> {
    let (path, mut file) = create_new(place, true)?;
    let copied = fs::File::open(&place.path).and_then(|mut old| {
        io::copy(&mut old, &mut file)?;
        file.set_permissions(old.metadata()?.permissions())?;
        file.sync_all()?;
        fs::rename(&path, backup)
    });
    copied.map_err(|error| {
        let _ = fs::remove_file(&path);
        Error::io("back up", &place.path)(error)
    })
}

/// Puts the temporary file in its place.
pub(super) fn put(temp: &mut Temp, place: &Place, on_exists: OnExists) -> Result<()> {
    let renamed = match on_exists {
        OnExists::Fail => rename_new(temp.path(), &place.path),
        OnExists::Replace | OnExists::Backup => fs::rename(temp.path(), &place.path),
    };
    match renamed {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists && on_exists == OnExists::Fail => {
            return Err(place.exists());
        }
        // A network file system may report an error of a rename that it did.
        Err(error) if !is_there(temp, place) => return Err(Error::io("replace", &place.path)(error)),
        Err(_) => {}
    }
    temp.keep();
    Ok(())
}

/// Whether the temporary file is at its place, and no longer where it was.
fn is_there(temp: &mut Temp, place: &Place) -> bool {
    is_gone(temp.path()) && leads_to(&place.path, temp.file())
}

/// Renames, and fails if there is something.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;

        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Not this kernel, or not this file system.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
            other => return other.map_err(io::Error::from),
        }
    }
    match fs::hard_link(from, to) {
        Ok(()) => {
            // The file is where it belongs; another name that stays is the next run's to remove.
            let _ = fs::remove_file(from);
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        // Without hard links, a file that appears in between is lost; there is no way to see it.
        Err(_) if is_gone(to) => fs::rename(from, to),
        Err(_) => Err(ErrorKind::AlreadyExists.into()),
    }
}
