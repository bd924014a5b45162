//! What a destination's path means.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use wim_format::Sha1Hash;

use super::{DestinationOptions, OnExists};
use crate::{DestinationProblem, Error, Result};

/// As many symbolic links in a row as Linux follows.
const MAX_LINKS: usize = 40;

/// A destination, its links followed.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) name: OsString,
}

impl Place {
    /// Finds out what `path` means; looks, and touches nothing.
    pub(super) fn find(path: &Path) -> Result<Self> {
        check_name(path)?;
        let path = follow_links(path)?;
        let name = check_name(&path)?;
        Ok(Self { folder: folder_of(&path), path, name })
    }

    /// The place of a file in the same folder, its links not followed.
    pub(super) fn beside(&self, path: PathBuf) -> Self {
        let name = path.file_name().unwrap_or_default().to_owned();
        Self { folder: self.folder.clone(), path, name }
    }

    fn problem(&self, why: DestinationProblem) -> Error {
        Error::Destination { path: self.path.clone(), why }
    }

    pub(super) fn locked(&self) -> Error {
        self.problem(DestinationProblem::Locked)
    }

    pub(super) fn unfinished(&self) -> Error {
        self.problem(DestinationProblem::Unfinished)
    }

    pub(super) fn exists(&self) -> Error {
        self.problem(DestinationProblem::Exists)
    }

    /// Checks that a file can be there, and returns what is known of the one that is.
    pub(super) fn check(&self, options: &DestinationOptions) -> Result<Option<Metadata>> {
        match fs::metadata(&self.folder) {
            Ok(folder) if folder.is_dir() => {}
            Ok(_) => return Err(self.problem(DestinationProblem::NoParent)),
            Err(error) if !is_missing(error.kind()) => return Err(Error::io("look into", &self.folder)(error)),
            Err(_) if options.mkdirs => return Ok(None),
            Err(_) => return Err(self.problem(DestinationProblem::NoParent)),
        }
        match fs::metadata(&self.path) {
            Ok(file) if !file.is_file() => Err(self.problem(DestinationProblem::NotAFile)),
            Ok(_) if options.on_exists == OnExists::Fail => Err(self.exists()),
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("look at", &self.path)(error)),
        }
    }

    /// What the names of lock and temporary files begin with. A name that leaves them too little room is replaced by its
    /// hash.
    pub(super) fn stem(&self) -> OsString {
        const MAX_NAME: usize = 180;
        let bytes = self.name.as_encoded_bytes();
        let mut stem = OsString::from(".");
        if bytes.len() > MAX_NAME {
            let hash: Sha1Hash = crate::hash::sha1(bytes);
            stem.push(hash.to_string());
        } else {
            stem.push(&self.name);
        }
        stem
    }
}

fn is_missing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The folder that a path's file is in; that of a bare name is the current one.
fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The file's name, if it can be one.
fn check_name(path: &Path) -> Result<OsString> {
    let invalid = || Error::Destination { path: path.to_path_buf(), why: DestinationProblem::InvalidName };
    let bytes = path.as_os_str().as_encoded_bytes();
    // `Path::file_name` drops what comes after the last name: `boot.wim/` and `boot.wim/.` would pass.
    let is_separator = |byte: &u8| std::path::is_separator(char::from(*byte));
    let last = bytes.rsplit(is_separator).next().unwrap_or_default();
    if last.is_empty() || matches!(last, b"." | b"..") || last.iter().any(|&byte| is_forbidden(byte)) {
        return Err(invalid());
    }
    path.file_name().map(OsString::from).ok_or_else(invalid)
}

/// Whether no file's name has this byte. `\` is legal in a name on Unix, but whoever writes it there means a path of
/// Windows, and would find a file with an odd name.
#[cfg(not(windows))]
fn is_forbidden(byte: u8) -> bool {
    matches!(byte, 0 | b'\\')
}

/// Whether no file's name has this byte.
#[cfg(windows)]
fn is_forbidden(byte: u8) -> bool {
    matches!(byte, 0..=0x1F | b'<' | b'>' | b':' | b'"' | b'|' | b'?' | b'*')
}

fn follow_links(path: &Path) -> Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        if !fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink()) {
            return Ok(path);
        }
        let target = fs::read_link(&path).map_err(Error::io("follow", &path))?;
        // A relative target counts from the link's folder; an absolute one replaces all in `join`.
        path = folder_of(&path).join(target);
    }
    Err(Error::Destination { path, why: DestinationProblem::NotAFile })
}

/// Whether two paths lead to the same file, by whatever names. What does not exist is the same as nothing.
#[cfg(unix)]
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => identity(&a) == identity(&b),
        _ => false,
    }
}

/// Whether two paths lead to the same file. Hard links are not seen through. What does not exist is the same as nothing.
#[cfg(not(unix))]
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// What tells a file from all others while it exists.
#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// Whether `path` leads to `file`, as far as that can be told.
#[cfg(unix)]
pub(super) fn leads_to(path: &Path, file: &fs::File) -> bool {
    match (fs::symlink_metadata(path), file.metadata()) {
        (Ok(a), Ok(b)) => identity(&a) == identity(&b),
        _ => false,
    }
}

/// Whether `path` leads to `file`, as far as that can be told: a file of which only the name is known may be any.
#[cfg(not(unix))]
pub(super) fn leads_to(path: &Path, _: &fs::File) -> bool {
    path.exists()
}
