//! Data that was written to a mount: in files of a folder, until it is committed.
//!
//! A file that is written to is copied into a file of the folder first. The folder has a lock: one that nobody holds belongs to
//! a session that was killed, and is removed by the next one.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wim_export::{Error, Result};
use wim_format::Sha1Hash;

use super::problems::io_error;

/// What comes after the archive's name in a folder's.
const INFIX: &str = ".wimsmith-staging-";
/// The file whose lock says that a folder is in use.
const LOCK: &str = "lock";

/// Where data is that was written.
#[derive(Clone, Debug)]
pub(super) enum Content {
    File {
        path: Arc<Path>,
        size: u64,
    },
    /// Something small.
    Bytes(Arc<Vec<u8>>),
}

impl Content {
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::File { size, .. } => *size,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

/// Data that is not hashed yet. Files name it by a hash that is none: a mark that no archive has, and a number.
#[derive(Debug)]
pub(super) struct Staged {
    mark: u64,
    next: u64,
    contents: HashMap<Sha1Hash, Content>,
}

impl Staged {
    pub(super) fn new() -> Self {
        Self { mark: RandomState::new().hash_one(0), next: 0, contents: HashMap::new() }
    }

    /// Adds data, and returns what stands for its hash.
    pub(super) fn insert(&mut self, content: Content) -> Sha1Hash {
        let mut hash = [0xFF; 20];
        hash[..8].copy_from_slice(&self.mark.to_le_bytes());
        hash[8..16].copy_from_slice(&self.next.to_le_bytes());
        self.next += 1;
        self.contents.insert(Sha1Hash(hash), content);
        Sha1Hash(hash)
    }

    pub(super) fn get(&self, hash: &Sha1Hash) -> Option<&Content> {
        self.contents.get(hash)
    }

    pub(super) fn set_size(&mut self, hash: &Sha1Hash, new: u64) {
        if let Some(Content::File { size, .. }) = self.contents.get_mut(hash) {
            *size = new;
        }
    }

    /// Forgets data that no file has any more.
    pub(super) fn remove(&mut self, hash: &Sha1Hash) {
        if let Some(Content::File { path, .. }) = self.contents.remove(hash) {
            // What stays goes with the folder.
            let _ = fs::remove_file(path);
        }
    }
}

/// A folder of files that are written to. It is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
    next: AtomicU64,
}

impl Folder {
    /// Makes one for the archive at `archive`: beside it, or in `parent`. Also returns the folders of killed sessions, which it
    /// removed.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn create(archive: &Path, parent: Option<&Path>) -> Result<(Self, Vec<PathBuf>)> {
        let beside = archive.parent().unwrap_or(Path::new("/"));
        let parent = parent.unwrap_or(beside);
        let parent = parent.canonicalize().map_err(io_error("open", parent))?;
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(archive.file_name().unwrap_or_default());
        prefix.push(INFIX);
        let left = remove_left(&parent, prefix.as_encoded_bytes());
        for attempt in 0..1000_u32 {
            let mut name = prefix.clone();
            name.push(format!("{}-{attempt}", std::process::id()));
            let path = parent.join(name);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok((Self::lock(path)?, left)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io_error("create", &path)(error)),
            }
        }
        Err(Error::Io { action: "create a folder in", path: parent, source: io::ErrorKind::AlreadyExists.into() })
    }

    fn lock(path: PathBuf) -> Result<Self> {
        let lock = path.join(LOCK);
        let file = new_file(&lock).map_err(io_error("create", &lock))?;
        file.try_lock().map_err(|error| io_error("lock", &lock)(error.into()))?;
        Ok(Self { path, _lock: file, next: AtomicU64::new(0) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A new file.
    pub(super) fn new_file(&self) -> io::Result<(Arc<Path>, File)> {
        let path = self.path.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        let file = new_file(&path)?;
        Ok((path.into(), file))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Whatever stays is found by the next session.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Removes the folders of sessions that were killed.
fn remove_left(parent: &Path, prefix: &[u8]) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let named = entries.flatten().filter(|entry| entry.file_name().as_encoded_bytes().starts_with(prefix));
    // Links are none of ours.
    let folders = named.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path());
    folders.filter(|path| is_left(path) && fs::remove_dir_all(path).is_ok()).collect()
}

/// Whether nobody has the lock of a folder. One without a lock is just being made or removed.
fn is_left(path: &Path) -> bool {
    File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_session_and_that_of_a_killed_one_with_the_next() {
        let parent = tempfile::tempdir().unwrap();
        let archive = parent.path().join("x.wim");
        let (first, left) = Folder::create(&archive, None).unwrap();
        assert!(left.is_empty());
        let (_, mut file) = first.new_file().unwrap();
        io::Write::write_all(&mut file, b"data").unwrap();
        let (second, left) = Folder::create(&archive, None).unwrap();
        assert!(left.is_empty() && first.path() != second.path(), "the first one is alive");
        drop(second);
        let path = first.path().to_path_buf();
        drop(first);
        assert!(!path.exists());
        fs::create_dir(&path).unwrap();
        fs::write(path.join(LOCK), "").unwrap();
        let (_third, left) = Folder::create(&archive, None).unwrap();
        assert_eq!(left, [path]);
    }

    #[test]
    fn what_stands_for_a_hash_leads_to_the_data() {
        let mut staged = Staged::new();
        let first = staged.insert(Content::Bytes(Arc::new(vec![1])));
        let second = staged.insert(Content::Bytes(Arc::new(vec![1, 2])));
        assert_eq!(staged.get(&second).map(Content::size), Some(2));
        staged.remove(&first);
        assert!(staged.get(&first).is_none() && first != second);
    }
}
