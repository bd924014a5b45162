//! Trees of files, to write into a folder for another program to capture, or to put into an archive of our own.

use std::collections::HashMap;
use std::fs::{self, FileTimes};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::build::{DEFAULT_TIME, Dentry, Image};

/// FILETIMEs per second.
const PER_SECOND: u64 = 10_000_000;
/// The FILETIME of 1970-01-01.
const UNIX_EPOCH: u64 = 116_444_736_000_000_000;

/// Something in a tree. Paths have `/` between their names and none at the start; a folder comes before what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A folder.
    Dir(String),
    /// A file and its bytes.
    File(String, Vec<u8>),
    /// Another name of the file with the second path, which came before.
    HardLink(String, String),
    /// A symbolic link and its target.
    Symlink(String, String),
}

/// A tree, built up entry by entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    entries: Vec<Entry>,
}

impl Tree {
    /// An empty tree.
    pub fn new() -> Tree {
        Tree::default()
    }

    /// Its entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds a folder and the missing ones above it.
    pub fn dir(mut self, path: &str) -> Tree {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        for parent in ends.map(|end| &path[..end]).filter(|parent| !parent.is_empty()) {
            let entry = Entry::Dir(parent.to_string());
            if !self.entries.contains(&entry) {
                self.entries.push(entry);
            }
        }
        self
    }

    /// Adds a file and the missing folders above it.
    pub fn file(self, path: &str, data: impl Into<Vec<u8>>) -> Tree {
        let mut tree = self.dir(parent(path));
        tree.entries.push(Entry::File(path.to_string(), data.into()));
        tree
    }

    /// Adds another name of a file.
    pub fn hard_link(self, path: &str, of: &str) -> Tree {
        let mut tree = self.dir(parent(path));
        tree.entries.push(Entry::HardLink(path.to_string(), of.to_string()));
        tree
    }

    /// Adds a symbolic link.
    pub fn symlink(self, path: &str, target: &str) -> Tree {
        let mut tree = self.dir(parent(path));
        tree.entries.push(Entry::Symlink(path.to_string(), target.to_string()));
        tree
    }

    /// The bytes of a file, or nothing when there is none at the path.
    pub fn data(&self, path: &str) -> Option<&[u8]> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::File(name, data) if name == path => Some(data.as_slice()),
            Entry::HardLink(name, of) if name == path => self.data(of),
            _ => None,
        })
    }

    /// Writes the tree into a new folder. Every file and folder gets its own fixed time of last access and last write;
    /// a symbolic link keeps the time of its making.
    ///
    /// # Errors
    /// When something exists already, or cannot be written, or the platform knows no symbolic links.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        fs::create_dir(root)?;
        for entry in &self.entries {
            match entry {
                Entry::Dir(path) => fs::create_dir(root.join(path))?,
                Entry::File(path, data) => fs::write(root.join(path), data)?,
                Entry::HardLink(path, of) => fs::hard_link(root.join(of), root.join(path))?,
                Entry::Symlink(path, target) => symlink(target, &root.join(path))?,
            }
        }
        // Backwards, because what is made in a folder changes the folder's time.
        for (number, entry) in self.entries.iter().enumerate().rev() {
            if let Entry::Dir(path) | Entry::File(path, _) = entry {
                set_time(&root.join(path), number as u64 + 1)?;
            }
        }
        set_time(root, 0)
    }

    /// The tree as an image of the builder.
    pub fn image(&self, name: &str) -> Image {
        let mut groups: HashMap<&str, u64> = HashMap::new();
        for entry in &self.entries {
            if let Entry::HardLink(_, of) = entry {
                let next = groups.len() as u64 + 1;
                groups.entry(of).or_insert(next);
            }
        }
        let group = |path: &str| groups.get(path).copied().unwrap_or(0);
        self.entries.iter().fold(Image::new(name), |image, entry| match entry {
            Entry::Dir(path) => image.dir(path),
            Entry::File(path, data) => image.add(parent(path), Dentry::file(last(path), data).hard_link(group(path))),
            Entry::HardLink(path, of) => {
                let data = self.data(of).expect("the linked file came before");
                image.add(parent(path), Dentry::file(last(path), data).hard_link(group(of)))
            }
            Entry::Symlink(path, target) => {
                image.add(parent(path), Dentry::symlink(last(path), &target.replace('/', "\\")))
            }
        })
    }
}

/// The path of the folder that something lies in.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The name at the end of a path.
fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Sets both times to so many seconds after the builder's default time.
fn set_time(path: &Path, seconds: u64) -> io::Result<()> {
    let since_epoch = (DEFAULT_TIME - UNIX_EPOCH) / PER_SECOND + seconds;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(since_epoch);
    fs::File::open(path)?.set_times(FileTimes::new().set_accessed(time).set_modified(time))
}

#[cfg(unix)]
fn symlink(target: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn symlink(_target: &str, _path: &Path) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}
