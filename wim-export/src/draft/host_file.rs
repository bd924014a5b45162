//! A file of the host as new data.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::{Error, ReadAt, Result};

/// A regular file that is opened anew for every read, so that any number of them can wait to be read.
///
/// After each read the file's size and time are compared with what they were: a file that changed meanwhile is an error.
#[derive(Clone, Debug)]
pub struct HostFile {
    path: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
}

impl HostFile {
    /// The file at `path`; symbolic links are followed.
    ///
    /// # Errors
    /// [`Error::Io`] if the system refuses, [`Error::Source`] if it is no regular file.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let metadata = std::fs::metadata(&path).map_err(Error::io("read", &path))?;
        Self::with_metadata(path, &metadata)
    }

    /// The file at `path`, as whoever found it saw it.
    ///
    /// # Errors
    /// [`Error::Source`] if it is no regular file.
    pub fn with_metadata(path: impl Into<PathBuf>, metadata: &Metadata) -> Result<Self> {
        let path = path.into();
        if !metadata.is_file() {
            let why = if metadata.is_dir() { "it is a folder" } else { "it is not a regular file" };
            return Err(Error::Source { path, why });
        }
        let (size, modified) = (metadata.len(), metadata.modified().ok());
        Ok(Self { path, size, modified })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn is_same(&self, metadata: &Metadata) -> bool {
        metadata.is_file() && metadata.len() == self.size && metadata.modified().ok() == self.modified
    }
}

impl ReadAt for HostFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.size)
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let file = open(&self.path)?;
        file.read_exact_at(buf, offset)?;
        // Afterwards, so that a change while it was read shows, too.
        if !self.is_same(&file.metadata()?) {
            // What readers of an archive say of one that shrank; here it means any change.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// Opens a file; one that became a pipe in the meantime does not block.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}
