//! What is measured: files, cut into chunks.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The data of all files, and the chunks in it.
pub struct Data {
    /// The files' contents, one after the other.
    bytes: Vec<u8>,
    /// Where each chunk ends in `bytes`; it starts where the one before ends.
    ends: Vec<usize>,
}

impl Data {
    /// Reads up to `max_bytes` of the files in `paths` and cuts them into chunks: each file by itself, or all in one if `solid`.
    ///
    /// Files are taken in the order of a hash of their names, so that a small share of a large set is a fair sample.
    pub fn read(paths: &[PathBuf], max_bytes: usize, chunk_size: usize, solid: bool) -> io::Result<Self> {
        let mut files = Vec::new();
        for path in paths {
            collect(path, &mut files)?;
        }
        files.sort_by_key(|path| (hash(path), path.clone()));
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for path in files {
            let mut file = fs::read(path)?;
            file.truncate(max_bytes - bytes.len());
            bytes.append(&mut file);
            if !solid {
                cut(&mut ends, bytes.len(), chunk_size);
            }
            if bytes.len() == max_bytes {
                break;
            }
        }
        cut(&mut ends, bytes.len(), chunk_size);
        Ok(Self { bytes, ends })
    }

    /// The chunks in order.
    pub fn chunks(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let start = |index: usize| index.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.ends.iter().enumerate().map(move |(index, &end)| &self.bytes[start(index)..end])
    }

    /// The number of bytes in all chunks.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// Adds the ends of the chunks up to `len`.
fn cut(ends: &mut Vec<usize>, len: usize, chunk_size: usize) {
    let mut end = ends.last().copied().unwrap_or(0);
    while end < len {
        end = len.min(end + chunk_size);
        ends.push(end);
    }
}

/// Adds `path`, or all regular files below it.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if !entry.file_type()?.is_symlink() {
                collect(&entry.path(), files)?;
            }
        }
    } else {
        files.push(path.to_path_buf());
    }
    Ok(())
}

/// A hash of the file's name that is the same in every run.
fn hash(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.file_name().hash(&mut hasher);
    hasher.finish()
}
