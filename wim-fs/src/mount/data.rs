//! Writing to files: each is copied into a file of the staging folder before the first write to it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use fuser::Errno;
use wim_format::{FileAttributes, InodeId, Name, Sha1Hash, StreamKind};

use super::changes::Changes;
use super::edit::{now, set_stream};
use super::staged::Content;
use super::tree::Tree;
use super::view::is_encrypted;
use crate::host::write_at;

/// Bytes that are copied at a time.
const PIECE: u64 = 1 << 20;

impl Changes {
    /// Writes to a file.
    pub(super) fn write(&self, number: u64, offset: u64, data: &[u8]) -> Result<(), Errno> {
        let mut tree = self.view.tree_mut();
        let id = self.check_writable(&tree, number)?;
        let (hash, path) = self.stage(&mut tree, id, u64::MAX)?;
        let end = offset.checked_add(data.len() as u64).ok_or(Errno::EFBIG)?;
        open(&path).and_then(|file| write_at(&file, data, offset)).map_err(of_io)?;
        let size = tree.staged.get(&hash).map_or(0, Content::size).max(end);
        tree.staged.set_size(&hash, size);
        self.written(&mut tree, id);
        Ok(())
    }

    /// Makes a file longer or shorter.
    pub(super) fn set_size(&self, tree: &mut Tree, id: InodeId, size: u64) -> Result<(), Errno> {
        if tree.inode(id).is_directory() {
            return Err(Errno::EISDIR);
        }
        let (hash, path) = self.stage(tree, id, size)?;
        open(&path).and_then(|file| file.set_len(size)).map_err(of_io)?;
        tree.staged.set_size(&hash, size);
        self.written(tree, id);
        Ok(())
    }

    /// Sends what was written to a file to the disk. It is only in the archive once it is committed.
    pub(super) fn sync(&self, number: u64) -> Result<(), Errno> {
        let tree = self.view.tree();
        let id = tree.find(number).ok_or(Errno::ENOENT)?;
        let content = tree.staged.get(&tree.inode(id).data_hash()).cloned();
        drop(tree);
        match content {
            Some(Content::File { path, .. }) => File::open(path).and_then(|file| file.sync_data()).map_err(of_io),
            _ => Ok(()),
        }
    }

    /// Bytes that are free where data is written to.
    pub(super) fn free(&self) -> u64 {
        rustix::fs::statvfs(self.folder.path()).map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn check_writable(&self, tree: &Tree, number: u64) -> Result<InodeId, Errno> {
        if self.committed.load(Ordering::Relaxed) {
            return Err(Errno::EROFS);
        }
        tree.find(number).ok_or(Errno::ENOENT)
    }

    fn written(&self, tree: &mut Tree, id: InodeId) {
        let inode = tree.inode_mut(id);
        inode.attributes = inode.attributes.without(FileAttributes::NORMAL).with(FileAttributes::ARCHIVE);
        inode.last_write_time = now();
    }

    /// Makes sure that a file's data is in a file of the staging folder, at least the first `keep` bytes; which file that is.
    fn stage(&self, tree: &mut Tree, id: InodeId, keep: u64) -> Result<(Sha1Hash, Arc<Path>), Errno> {
        let inode = tree.inode(id);
        if is_encrypted(inode) {
            return Err(Errno::EACCES);
        }
        let hash = inode.data_hash();
        if let Some(Content::File { path, .. }) = tree.staged.get(&hash) {
            return Ok((hash, path.clone()));
        }
        let size = self.view.blobs.size(&hash).ok_or(Errno::EIO)?.min(keep);
        let (path, mut file) = self.folder.new_file().map_err(of_io)?;
        let staged = Content::File { path: path.clone(), size };
        let copied = self.copy(tree, id, &hash, size, &mut file);
        let new = tree.staged.insert(staged);
        let set = copied.and_then(|()| set_stream(tree.inode_mut(id), StreamKind::Data, &Name::default(), Some(new)));
        if let Err(error) = set {
            tree.staged.remove(&new);
            return Err(error);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok((new, path))
    }

    /// Copies the front of a file out of the archive.
    fn copy(&self, tree: &Tree, id: InodeId, hash: &Sha1Hash, size: u64, file: &mut File) -> Result<(), Errno> {
        for at in (0..size).step_by(PIECE as usize) {
            let piece = self.view.blobs.read(hash, at, PIECE.min(size - at));
            let piece = piece.map_err(|error| {
                let path = tree.path(id);
                self.view.fail(&error.with_path(|_| Some(path)))
            })?;
            file.write_all(piece.as_ref()).map_err(of_io)?;
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

/// The system's number for an error of the staging folder.
pub(super) fn of_io(error: io::Error) -> Errno {
    error.raw_os_error().filter(|&number| number > 0).map_or(Errno::EIO, Errno::from_i32)
}
