//! Systems without directory descriptors: the same by paths.
//!
//! Links are not followed in the last step, but a process that swaps a directory for a link meanwhile is not found out.

use std::ffi::OsStr;
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wim_format::{FileAttributes, FileTime};

use super::{Identity, Times};

/// What somebody gave a file, and what it is no more than a file for.
#[cfg(windows)]
const SETTABLE: FileAttributes = FileAttributes::READONLY
    .with(FileAttributes::HIDDEN)
    .with(FileAttributes::SYSTEM)
    .with(FileAttributes::ARCHIVE)
    .with(FileAttributes::SPARSE)
    .with(FileAttributes::COMPRESSED)
    .with(FileAttributes::NOT_CONTENT_INDEXED);

/// A directory, by its path.
#[derive(Debug)]
pub(crate) struct Dir(PathBuf, File);

impl Dir {
    pub(crate) fn open_root(path: &Path) -> io::Result<Self> {
        Ok(Self(path.to_path_buf(), open_directory(path)?))
    }

    pub(crate) fn open(&self, name: &OsStr) -> io::Result<Self> {
        let path = self.0.join(name);
        if !fs::symlink_metadata(&path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Self::open_root(&path)
    }

    pub(crate) fn open_parent(&self) -> io::Result<Self> {
        Self::open_root(self.0.parent().unwrap_or(&self.0))
    }

    pub(crate) fn make(&self, name: &OsStr) -> io::Result<Self> {
        match fs::create_dir(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.open(name),
        }
    }

    pub(crate) fn create(&self, name: &OsStr) -> io::Result<File> {
        let path = self.0.join(name);
        self.instead(name, || OpenOptions::new().read(true).write(true).create_new(true).open(&path))
    }

    pub(crate) fn create_os(&self, name: &std::ffi::OsString) -> io::Result<File> {
        self.create(name)
    }

    /// Symbolic links of this system need to know whether they lead to a directory, which is not known yet.
    pub(crate) fn symlink(&self, _: &OsStr, _: &OsStr, _: Times) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn link(&self, name: &OsStr, other_dir: &Self, other: &OsStr) -> io::Result<()> {
        self.instead(name, || fs::hard_link(other_dir.0.join(other), self.0.join(name)))
    }

    pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    pub(crate) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// Files have no stable numbers here that the standard library knows.
    pub(crate) fn identity(&self) -> io::Result<Identity> {
        Ok(Identity { device: 0, inode: 0 })
    }

    pub(crate) fn identity_of(&self, _: &OsStr) -> io::Result<Identity> {
        self.identity()
    }

    pub(crate) fn as_file(&self) -> &File {
        &self.1
    }

    fn instead<T>(&self, name: &OsStr, make: impl Fn() -> io::Result<T>) -> io::Result<T> {
        match make() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.remove(name)?;
                make()
            }
            other => other,
        }
    }
}

/// A directory as a file, with the right to set its times.
fn open_directory(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
        options.write(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
    }
    options.open(path)
}

/// Which file this is: not known here.
pub(crate) fn identity_of_file(_: &File) -> io::Result<Identity> {
    Ok(Identity { device: 0, inode: 0 })
}

/// Which file this is: not known here.
pub(crate) fn identity_of_metadata(_: &fs::Metadata) -> Identity {
    Identity { device: 0, inode: 0 }
}

/// Whether a file has more than one name: not known here.
pub(crate) fn has_links(_: &fs::Metadata) -> bool {
    false
}

/// The attributes that a file has here, too.
#[cfg(windows)]
pub(crate) fn attributes(metadata: &fs::Metadata) -> FileAttributes {
    FileAttributes(std::os::windows::fs::MetadataExt::file_attributes(metadata) & SETTABLE.0)
}

/// The attributes that a file has here, too: none that are known of.
#[cfg(not(windows))]
pub(crate) fn attributes(_: &fs::Metadata) -> FileAttributes {
    FileAttributes(0)
}

/// When a file was made, where that is kept as long as the file is.
pub(crate) fn creation_time(metadata: &fs::Metadata) -> Option<FileTime> {
    metadata.created().ok().filter(|_| cfg!(windows)).map(super::file_time)
}

/// Adds a time of creation to those that are to be set.
#[cfg(windows)]
pub(crate) fn with_creation(times: FileTimes, created: SystemTime) -> FileTimes {
    std::os::windows::fs::FileTimesExt::set_created(times, created)
}

/// Adds a time of creation to those that are to be set, which cannot be.
#[cfg(not(windows))]
pub(crate) fn with_creation(times: FileTimes, _: SystemTime) -> FileTimes {
    times
}

/// Adds to a file's items what only Unix has: nothing.
pub(crate) fn push_unix_data(_: &mut wim_format::TaggedItems, _: &Path, _: &fs::Metadata) {}

/// Fills `buffer` from `offset` on.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    wim_export::ReadAt::read_exact_at(file, buffer, offset)
}

/// Writes all of `data` at `offset`.
pub(crate) fn write_at(mut file: &File, data: &[u8], offset: u64) -> io::Result<()> {
    #[cfg(windows)]
    {
        let (mut data, mut offset) = (data, offset);
        while !data.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(file, data, offset)?;
            data = &data[written..];
            offset += written as u64;
        }
        let _ = &mut file;
        Ok(())
    }
    #[cfg(not(windows))]
    {
        use std::io::{Seek, SeekFrom, Write};
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_made_replaced_linked_and_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let root = Dir::open_root(folder.path()).unwrap();
        let dir = root.make(OsStr::new("d")).unwrap();
        for text in ["first", "second"] {
            write_at(&dir.create(OsStr::new("f")).unwrap(), text.as_bytes(), 0).unwrap();
        }
        root.link(OsStr::new("g"), &dir, OsStr::new("f")).unwrap();
        root.rename(OsStr::new("g"), OsStr::new("h")).unwrap();
        assert_eq!(fs::read(folder.path().join("h")).unwrap(), b"second");
        assert!(root.open(OsStr::new("h")).is_err(), "a file is no directory");
    }
}
