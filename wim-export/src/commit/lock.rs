//! The lock on a destination.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::place::{Place, leads_to};
use crate::{Error, Result};

/// How often a lock file that its holder just removed is opened again. Each time, some other run has finished.
const ATTEMPTS: usize = 1000;

/// A lock file, locked. Dropping it removes the file.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// Closed after the file is removed, and with it goes the lock.
    _file: File,
    exclusive: bool,
}

impl Lock {
    /// Takes the lock on `place`.
    ///
    /// # Errors
    /// At once, if another run has it.
    pub(super) fn take(place: &Place) -> Result<Self> {
        let mut name = place.stem();
        name.push(".wimsmith-lock");
        let path = place.folder.join(name);
        for _ in 0..ATTEMPTS {
            let file = open(&path).map_err(Error::io("lock", &path))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(place.locked()),
                Err(TryLockError::Error(error)) if has_no_locks(&error) => {
                    return Ok(Self { path, _file: file, exclusive: false });
                }
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
            }
            // The former holder may have removed the file after it was opened here: then this lock keeps nobody away.
            if leads_to(&path, &file) {
                return Ok(Self { path, _file: file, exclusive: true });
            }
        }
        Err(place.locked())
    }

    /// Whether the file system really locks. If not, another run may be at work: all is still safe, the last one wins, but
    /// temporary files may be in use.
    pub(super) fn is_exclusive(&self) -> bool {
        self.exclusive
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A lock file that stays is harmless: the next run takes it over.
        let _ = fs::remove_file(&self.path);
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // In a folder that everybody may write to, a link could lead anywhere.
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options.open(path)
}

pub(super) fn has_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error()) {
        return true;
    }
    error.kind() == ErrorKind::Unsupported
}
