//! A mount that can be written to: what the kernel asks to be changed.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use fuser::{Errno, FileAttr};
use wim_export::ArchiveFile;
use wim_format::{FileAttributes, ImageIndex, Inode, InodeId, Name, ReparseInfo, StreamKind};

use super::commit::Failure;
use super::edit::{Gone, set_stream};
use super::options::MountOptions;
use super::staged::{Content, Folder};
use super::tree::Tree;
use super::view::{View, find_directory};
use crate::reparse::Target;
use crate::unix_data::UnixData;

/// The type's part of a mode, and two of the types.
const TYPE_MASK: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;

/// What is changed, until it is committed or discarded.
pub(super) struct Changes {
    pub(super) view: Arc<View>,
    pub(super) folder: Folder,
    pub(super) file: Mutex<ArchiveFile>,
    pub(super) image: ImageIndex,
    pub(super) options: MountOptions,
    /// Once set, nothing can be changed any more.
    pub(super) committed: AtomicBool,
    /// How many changes there were.
    pub(super) count: AtomicU64,
    /// Why the last commit failed.
    pub(super) failure: Mutex<Option<Failure>>,
}

/// Who makes a file, and with which mode.
#[derive(Clone, Copy, Debug)]
pub(super) struct Making {
    pub(super) user: u32,
    pub(super) group: u32,
    pub(super) mode: u32,
    /// The device's number, if it is one.
    pub(super) device: u32,
}

impl Changes {
    /// Makes one change.
    pub(super) fn edit<T>(&self, change: impl FnOnce(&mut Tree) -> Result<T, Errno>) -> Result<T, Errno> {
        let mut tree = self.view.tree_mut();
        if self.committed.load(Ordering::Relaxed) {
            return Err(Errno::EROFS);
        }
        let result = change(&mut tree)?;
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok(result)
    }

    /// Makes a file, opened if `open`: anything but a directory or a link.
    pub(super) fn make_file(
        &self,
        directory: u64,
        name: &OsStr,
        making: Making,
        open: bool,
    ) -> Result<FileAttr, Errno> {
        let kind = making.mode & TYPE_MASK;
        if kind != REGULAR && kind != 0 && !self.view.manner.unix_data {
            return Err(Errno::EPERM);
        }
        let mode = if kind == 0 { making.mode | REGULAR } else { making.mode };
        let inode = self.inode(FileAttributes::ARCHIVE, Making { mode, ..making });
        self.edit(|tree| {
            let id = tree.create(find_directory(tree, directory)?, name, inode)?;
            if open {
                tree.opened(id, true);
            }
            Ok(self.view.attr_of(tree, id))
        })
    }

    pub(super) fn make_directory(&self, directory: u64, name: &OsStr, making: Making) -> Result<FileAttr, Errno> {
        let mode = making.mode & !TYPE_MASK | DIRECTORY;
        let inode = self.inode(FileAttributes::DIRECTORY, Making { mode, ..making });
        self.edit(|tree| {
            let id = tree.create(find_directory(tree, directory)?, name, inode)?;
            Ok(self.view.attr_of(tree, id))
        })
    }

    fn inode(&self, attributes: FileAttributes, making: Making) -> Inode {
        let mut inode = Inode { attributes, ..Inode::default() };
        if self.view.manner.unix_data {
            let Making { user, group, mode, device } = making;
            UnixData { user, group, mode, device }.push_to(&mut inode.tagged);
        }
        inode
    }

    /// Makes a symbolic link. One that leads below the mount point leads into the image, where links do that.
    pub(super) fn make_link(&self, directory: u64, name: &OsStr, target: &OsStr) -> Result<FileAttr, Errno> {
        let root = self.view.manner.root.as_slice();
        let inside = target.as_bytes().strip_prefix(root).filter(|rest| !root.is_empty() && starts_path(rest));
        let leads_to = match inside {
            Some([]) => b"/",
            Some(rest) => rest,
            None => target.as_bytes(),
        };
        let data = Target::of_unix(leads_to).ok_or(Errno::EILSEQ)?.to_symlink_data().ok_or(Errno::ENAMETOOLONG)?;
        let flags = if inside.is_some() { 0 } else { ReparseInfo::NOT_FIXED };
        let reparse = Some(ReparseInfo { tag: ReparseInfo::SYMLINK, reserved: 0, flags });
        self.edit(|tree| {
            let directory = find_directory(tree, directory)?;
            let is_directory =
                leads_to_directory(tree, directory, Path::new(OsStr::from_bytes(leads_to)), inside.is_some());
            let kind = if is_directory { FileAttributes::DIRECTORY } else { FileAttributes(0) };
            let mut inode = Inode { attributes: FileAttributes::REPARSE_POINT.with(kind), reparse, ..Inode::default() };
            let hash = tree.staged.insert(Content::Bytes(Arc::new(data)));
            set_stream(&mut inode, StreamKind::Reparse, &Name::default(), Some(hash))?;
            let id = tree.create(directory, name, inode)?;
            Ok(self.view.attr_of(tree, id))
        })
    }

    /// Gives a file another name.
    pub(super) fn link(&self, number: u64, directory: u64, name: &OsStr) -> Result<FileAttr, Errno> {
        self.edit(|tree| {
            let id = tree.find(number).ok_or(Errno::ENOENT)?;
            tree.link(id, find_directory(tree, directory)?, name)?;
            Ok(self.view.attr_of(tree, id))
        })
    }

    pub(super) fn unlink(&self, directory: u64, name: &OsStr, is_directory: bool) -> Result<(), Errno> {
        self.edit(|tree| {
            let gone = tree.unlink(find_directory(tree, directory)?, name, is_directory)?;
            forget(tree, gone);
            Ok(())
        })
    }

    pub(super) fn rename(&self, from: (u64, &OsStr), to: (u64, &OsStr), replace: bool) -> Result<(), Errno> {
        self.edit(|tree| {
            let (from, to) = ((find_directory(tree, from.0)?, from.1), (find_directory(tree, to.0)?, to.1));
            let gone = tree.rename(from, to, replace)?;
            forget(tree, gone);
            Ok(())
        })
    }

    /// Opens a file, for writing if `writes`.
    pub(super) fn open(&self, number: u64, writes: bool) -> Result<(), Errno> {
        self.view.open(number)?;
        let mut tree = self.view.tree_mut();
        if writes && self.committed.load(Ordering::Relaxed) {
            return Err(Errno::EROFS);
        }
        let id = tree.find(number).ok_or(Errno::ENOENT)?;
        tree.opened(id, writes);
        Ok(())
    }

    pub(super) fn close(&self, number: u64, writes: bool) {
        let mut tree = self.view.tree_mut();
        let gone = tree.find(number).and_then(|id| tree.closed(id, writes));
        forget(&mut tree, gone.map(Gone));
    }
}

/// Forgets the data that only a file had that is gone.
fn forget(tree: &mut Tree, gone: Option<Gone>) {
    if let Some(Gone(inode)) = gone {
        inode.streams().for_each(|stream| tree.staged.remove(&stream.hash));
    }
}

/// Whether what comes after a directory's path is a path in it, or nothing.
fn starts_path(rest: &[u8]) -> bool {
    rest.is_empty() || rest.starts_with(b"/")
}

/// Whether a link in the directory `from` leads to a directory of the image: Windows makes links to directories of another
/// kind. What other links lead to does not show.
fn leads_to_directory(tree: &Tree, from: InodeId, target: &Path, inside: bool) -> bool {
    if target.is_absolute() && !inside {
        return false;
    }
    let mut at = if inside { tree.root() } else { from };
    for component in target.components() {
        at = match component {
            Component::ParentDir => tree.parent(at),
            Component::Normal(name) => match tree.lookup(at, name).map(|entry| tree.metadata.dentry(entry).inode) {
                Some(next) if tree.inode(next).is_directory() => next,
                _ => return false,
            },
            _ => at,
        };
    }
    true
}
