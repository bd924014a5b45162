//! What is shown of an image: the answers to the kernel's requests.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use fuser::{Errno, FileAttr, FileType};
use wim_export::{Error, Subject};
use wim_format::{DentryId, Inode, InodeId, Sha1Hash, StreamKind};

use super::attr::{self, Owner};
use super::blobs::{Blobs, Piece};
use super::problems::{Problems, io_error, line};
use super::staged::Content;
use super::tree::Tree;
use crate::reparse;
use crate::unix_data::UnixData;

/// Bytes that a block has in what `statfs` says.
pub(super) const BLOCK: u64 = 4096;

/// How an image is shown.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    pub(super) unix_data: bool,
    pub(super) streams: bool,
    /// What is put before links that lead into the image: the mount point, or nothing.
    pub(super) root: Vec<u8>,
    pub(super) owner: Owner,
}

/// An image as it is shown.
pub(super) struct View {
    pub(super) tree: RwLock<Tree>,
    pub(super) blobs: Blobs,
    pub(super) manner: Manner,
    pub(super) problems: Problems,
    /// Where links lead, once that was asked.
    targets: Mutex<HashMap<InodeId, Arc<Vec<u8>>>>,
}

/// An entry of a directory.
pub(super) struct Listed {
    pub(super) name: OsString,
    pub(super) attr: FileAttr,
}

impl View {
    pub(super) fn new(tree: Tree, blobs: Blobs, manner: Manner, problems: Problems) -> Self {
        Self { tree: RwLock::new(tree), blobs, manner, problems, targets: Mutex::default() }
    }

    pub(super) fn tree(&self) -> RwLockReadGuard<'_, Tree> {
        self.tree.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tree_mut(&self) -> RwLockWriteGuard<'_, Tree> {
        self.tree.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether every file can be read as far as that shows: none is encrypted, and no data is missing.
    pub(super) fn is_complete(&self) -> bool {
        let tree = self.tree();
        let is_there = |inode: &Inode| !is_encrypted(inode) && self.blobs.size(&inode.data_hash()).is_some();
        tree.metadata.inodes().iter().all(is_there)
    }

    /// The entry of a directory.
    pub(super) fn lookup(&self, directory: u64, name: &OsStr) -> Result<FileAttr, Errno> {
        let tree = self.tree();
        let directory = find_directory(&tree, directory)?;
        let entry = tree.lookup(directory, name).ok_or(Errno::ENOENT)?;
        Ok(self.attr_of(&tree, tree.metadata.dentry(entry).inode))
    }

    /// What `stat` says.
    pub(super) fn attr(&self, number: u64) -> Result<FileAttr, Errno> {
        let tree = self.tree();
        let id = tree.find(number).ok_or(Errno::ENOENT)?;
        Ok(self.attr_of(&tree, id))
    }

    pub(super) fn attr_of(&self, tree: &Tree, id: InodeId) -> FileAttr {
        let inode = tree.inode(id);
        let unix = self.unix(inode);
        let size = match attr::kind(inode, unix) {
            FileType::Symlink => self.target(tree, id).map_or(0, |target| target.len() as u64),
            FileType::RegularFile if !is_encrypted(inode) => self.data_size(tree, &inode.data_hash()).unwrap_or(0),
            _ => 0,
        };
        attr::attributes(tree.number(id), inode, size, unix, self.manner.owner)
    }

    pub(super) fn unix(&self, inode: &Inode) -> Option<UnixData> {
        UnixData::of(inode).filter(|_| self.manner.unix_data)
    }

    /// The entries of a directory from `offset` on, each with the offset after it, until `take` has enough.
    pub(super) fn list(
        &self,
        directory: u64,
        offset: u64,
        mut take: impl FnMut(u64, Listed) -> bool,
    ) -> Result<(), Errno> {
        let tree = self.tree();
        let id = find_directory(&tree, directory)?;
        let entries: &[DentryId] = &tree.inode(id).children;
        self.list_entries(&tree, id, entries, offset, &mut take);
        Ok(())
    }

    /// The same of `entries`, as the directory `id` had them.
    pub(super) fn list_entries(
        &self,
        tree: &Tree,
        id: InodeId,
        entries: &[DentryId],
        offset: u64,
        take: &mut impl FnMut(u64, Listed) -> bool,
    ) {
        let dots = [(".", id), ("..", tree.parent(id))];
        for (position, (name, id)) in dots.into_iter().enumerate().skip(usize::try_from(offset).unwrap_or(usize::MAX)) {
            if take(position as u64 + 1, Listed { name: name.into(), attr: self.attr_of(tree, id) }) {
                return;
            }
        }
        let skipped = usize::try_from(offset.saturating_sub(2)).unwrap_or(usize::MAX);
        for (position, &entry) in entries.iter().enumerate().skip(skipped) {
            let dentry = tree.metadata.dentry(entry);
            // What went away since the directory was opened is not there any more.
            let is_here = !dentry.is_removed() && tree.metadata.dentry(dentry.parent).inode == id;
            let Some(name) = tree.shown_name(entry).filter(|_| is_here) else { continue };
            if take(position as u64 + 3, Listed { name, attr: self.attr_of(tree, dentry.inode) }) {
                return;
            }
        }
    }

    /// Checks that a file can be read.
    pub(super) fn open(&self, number: u64) -> Result<(), Errno> {
        let tree = self.tree();
        let id = tree.find(number).ok_or(Errno::ENOENT)?;
        self.check_readable(&tree, id)
    }

    fn check_readable(&self, tree: &Tree, id: InodeId) -> Result<(), Errno> {
        let inode = tree.inode(id);
        if is_encrypted(inode) {
            let path = tree.path(id);
            self.problems
                .report(format!("{path}: it is encrypted by its file system (EFS), which only Windows can read"));
            return Err(Errno::EACCES);
        }
        let hash = inode.data_hash();
        if self.data_size(tree, &hash).is_none() {
            let subject = Subject::Blob { hash, path: Some(tree.path(id)) };
            let archive = self.blobs.archive().name().to_owned();
            return Err(self.fail(&Error::MissingBlob { archive, subject }));
        }
        Ok(())
    }

    /// At most `len` bytes of a file from `offset` on.
    pub(super) fn read(&self, number: u64, offset: u64, len: u64) -> Result<Piece, Errno> {
        let tree = self.tree();
        let id = tree.find(number).ok_or(Errno::ENOENT)?;
        self.check_readable(&tree, id)?;
        let hash = tree.inode(id).data_hash();
        let staged = tree.staged.get(&hash).cloned();
        drop(tree);
        match staged {
            Some(content) => self.read_staged(&content, offset, len),
            None => self.blobs.read(&hash, offset, len).map_err(|error| self.fail_at(id, error)),
        }
    }

    /// The size of what a hash stands for; nothing, if it is missing.
    pub(super) fn data_size(&self, tree: &Tree, hash: &Sha1Hash) -> Option<u64> {
        tree.staged.get(hash).map(Content::size).or_else(|| self.blobs.size(hash))
    }

    fn read_staged(&self, content: &Content, offset: u64, len: u64) -> Result<Piece, Errno> {
        let size = content.size();
        let (start, end) = (offset.min(size), offset.saturating_add(len).min(size));
        match content {
            Content::Bytes(bytes) => Ok(Piece::Shared(bytes.clone(), start as usize..end as usize)),
            Content::File { path, .. } => {
                let mut data = vec![0; (end - start) as usize];
                let read = File::open(path).and_then(|file| crate::host::read_at(&file, &mut data, start));
                read.map_err(|error| self.fail(&io_error("read", path)(error)))?;
                Ok(Piece::Own(data))
            }
        }
    }

    /// Where a link leads.
    pub(super) fn read_link(&self, number: u64) -> Result<Arc<Vec<u8>>, Errno> {
        let tree = self.tree();
        let id = tree.find(number).ok_or(Errno::ENOENT)?;
        if attr::kind(tree.inode(id), self.unix(tree.inode(id))) != FileType::Symlink {
            return Err(Errno::EINVAL);
        }
        self.target(&tree, id)
    }

    fn target(&self, tree: &Tree, id: InodeId) -> Result<Arc<Vec<u8>>, Errno> {
        let known = self.targets.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(target) = known {
            return Ok(target);
        }
        let inode = tree.inode(id);
        let data = self.reparse_data(tree, id).ok_or(Errno::EIO)?;
        let target = reparse::unix_target(inode.reparse.unwrap_or_default(), &data, &self.manner.root);
        let target = target.map_err(|why| {
            self.problems.report(format!("{}: {why}", tree.path(id)));
            Errno::EIO
        })?;
        let target = Arc::new(target);
        self.targets.lock().unwrap_or_else(PoisonError::into_inner).insert(id, target.clone());
        Ok(target)
    }

    /// Forgets where a link leads that is to lead elsewhere.
    pub(super) fn forget_target(&self, id: InodeId) {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// The data of a reparse point, if it has any that makes sense.
    pub(super) fn reparse_data(&self, tree: &Tree, id: InodeId) -> Option<Vec<u8>> {
        let hash = tree.inode(id).reparse_hash();
        self.small_blob(tree, id, &hash, reparse::MAX_DATA)
    }

    /// A blob that is read whole, if it is no longer than `max`.
    pub(super) fn small_blob(&self, tree: &Tree, id: InodeId, hash: &Sha1Hash, max: u64) -> Option<Vec<u8>> {
        let size = self.data_size(tree, hash)?;
        if size > max {
            self.problems.report(format!("{}: it has more data than it can have here", tree.path(id)));
            return None;
        }
        if let Some(content) = tree.staged.get(hash) {
            return self.read_staged(content, 0, size).ok().map(|piece| piece.as_ref().to_vec());
        }
        match self.blobs.read(hash, 0, size) {
            Ok(piece) => Some(piece.as_ref().to_vec()),
            Err(error) => {
                let path = tree.path(id);
                self.fail(&error.with_path(|_| Some(path)));
                None
            }
        }
    }

    /// Blocks and inodes of the image.
    pub(super) fn size(&self) -> (u64, u64) {
        let tree = self.tree();
        let statistics = tree.metadata.statistics(|hash| self.data_size(&tree, hash).unwrap_or(0));
        (statistics.total_bytes.div_ceil(BLOCK), tree.metadata.entry_count() as u64)
    }

    fn fail_at(&self, id: InodeId, error: Error) -> Errno {
        let path = self.tree().path(id);
        self.fail(&error.with_path(|_| Some(path)))
    }

    /// Notes an error of reading. The kernel gets no more than that there is one.
    pub(super) fn fail(&self, error: &Error) -> Errno {
        self.problems.report(line(error));
        Errno::EIO
    }
}

/// Whether all that is known of a file is what Windows' file system encrypted.
pub(super) fn is_encrypted(inode: &Inode) -> bool {
    !inode.is_directory() && inode.streams().any(|stream| stream.kind == StreamKind::Efs)
}

pub(super) fn find_directory(tree: &Tree, number: u64) -> Result<InodeId, Errno> {
    let id = tree.find(number).ok_or(Errno::ENOENT)?;
    if tree.inode(id).is_directory() { Ok(id) } else { Err(Errno::ENOTDIR) }
}
