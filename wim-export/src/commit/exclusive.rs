//! Opening a file to change it in place, with nobody else at it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::DestinationOptions;
use super::place::{Place, leads_to};
use crate::{Error, Result};

/// How often a file that was replaced between opening and locking is opened again.
const ATTEMPTS: usize = 100;

/// Opens the file at `path`, links followed, for reading and writing, and locks it. Returns where it is.
///
/// # Errors
/// At once, if another run has the lock; if it is missing, or no regular file; if the system refuses.
pub(crate) fn open_exclusive(path: &Path) -> Result<(PathBuf, File)> {
    let place = Place::find(path)?;
    for _ in 0..ATTEMPTS {
        place.check(&DestinationOptions::default())?;
        let file = open(&place)?;
        // Whoever held the lock may have put another file in its place.
        if leads_to(&place.path, &file) {
            return Ok((place.path, file));
        }
    }
    Err(place.locked())
}

/// Locks the file at `place`, which is going to be replaced, so that nobody changes it in place meanwhile: what they wrote
/// would be lost. `None` if there is none, or it cannot be locked.
///
/// # Errors
/// At once, if another run has the lock.
#[cfg(not(windows))]
pub(super) fn hold(place: &Place) -> Result<Option<File>> {
    use std::fs::TryLockError;

    for _ in 0..ATTEMPTS {
        let Ok(file) = File::open(&place.path) else { return Ok(None) };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(place.locked()),
            Err(TryLockError::Error(_)) => return Ok(None),
        }
        if leads_to(&place.path, &file) {
            return Ok(Some(file));
        }
    }
    Err(place.locked())
}

/// Here nobody can replace a file that somebody else has open for changes.
#[cfg(windows)]
pub(super) fn hold(_: &Place) -> Result<Option<File>> {
    Ok(None)
}

#[cfg(not(windows))]
fn open(place: &Place) -> Result<File> {
    use std::fs::TryLockError;

    let file = OpenOptions::new().read(true).write(true).open(&place.path).map_err(of_opening(place))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(place.locked()),
        // A file system without locks has no way to keep others away.
        Err(TryLockError::Error(error)) if super::lock::has_no_locks(&error) => Ok(file),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", &place.path)(error)),
    }
}

/// Here a lock would keep readers away, too. Nobody may write or open for writing instead, as long as this is open.
#[cfg(windows)]
fn open(place: &Place) -> Result<File> {
    use std::os::windows::fs::OpenOptionsExt;

    const SHARE_READ_AND_DELETE: u32 = 0x1 | 0x4;
    const SHARING_VIOLATION: i32 = 32;
    let opened = OpenOptions::new().read(true).write(true).share_mode(SHARE_READ_AND_DELETE).open(&place.path);
    opened.map_err(|error| match error.raw_os_error() {
        Some(SHARING_VIOLATION) => place.locked(),
        _ => of_opening(place)(error),
    })
}

/// A file that is not there is missing as a source is; one that may not be written is refused as a destination is.
fn of_opening(place: &Place) -> impl FnOnce(io::Error) -> Error {
    let path = place.path.clone();
    move |error| {
        let action = if error.kind() == io::ErrorKind::NotFound { "open" } else { "open for writing" };
        Error::io(action, &path)(error)
    }
}
