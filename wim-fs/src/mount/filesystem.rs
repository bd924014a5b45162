//! The kernel's requests, passed on.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, Filesystem, FopenFlags, Generation, INodeNo, InitFlags, KernelConfig,
    LockOwner, OpenAccMode, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyDirectoryPlus, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, ReplyXattr, Request, TimeOrNow,
    WriteFlags,
};
use wim_format::{DentryId, FileTime};

use super::changes::{Changes, Making};
use super::control;
use super::setting::NewAttr;
use super::view::{BLOCK, Listed, View, find_directory};
use crate::host::file_time;

/// How long the kernel may go by what it was told: for ever if nothing changes. What changes, changes through it, so that it
/// knows most of it, too.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);
const SHORTLY: Duration = Duration::from_secs(1);
/// The longest name, as `statfs` has it.
const MAX_NAME: u32 = 255;
/// The granularity of times.
const TICK: Duration = Duration::from_nanos(100);

/// An image as a file system.
pub(super) struct ImageFilesystem {
    pub(super) view: Arc<View>,
    pub(super) image: u32,
    /// What is changed, if anything can be.
    pub(super) changes: Option<Changes>,
    /// Whether files are opened here: some of them cannot be read, which must show before their size does; or it is counted.
    opens: bool,
    /// Blocks and files.
    size: (u64, u64),
    /// Directories that are open, as they were when they were opened.
    directories: Mutex<HashMap<u64, Arc<[DentryId]>>>,
    next_handle: AtomicU64,
}

impl ImageFilesystem {
    pub(super) fn new(view: Arc<View>, image: u32, changes: Option<Changes>) -> Self {
        let (opens, size) = (changes.is_some() || !view.is_complete(), view.size());
        let (directories, next_handle) = (Mutex::default(), AtomicU64::new(1));
        Self { view, image, changes, opens, size, directories, next_handle }
    }

    fn ttl(&self) -> &'static Duration {
        if self.changes.is_some() { &SHORTLY } else { &FOREVER }
    }

    fn changes(&self) -> Result<&Changes, Errno> {
        self.changes.as_ref().ok_or(Errno::EROFS)
    }

    fn reply_entry(&self, attr: Result<FileAttr, Errno>, reply: ReplyEntry) {
        match attr {
            Ok(attr) => reply.entry(self.ttl(), &attr, Generation(0)),
            Err(error) => reply.error(error),
        }
    }

    fn reply_attr(&self, attr: Result<FileAttr, Errno>, reply: ReplyAttr) {
        match attr {
            Ok(attr) => reply.attr(self.ttl(), &attr),
            Err(error) => reply.error(error),
        }
    }

    /// The entries of an open directory, from `offset` on.
    fn list(
        &self,
        number: u64,
        handle: FileHandle,
        offset: u64,
        mut take: impl FnMut(u64, Listed) -> bool,
    ) -> Result<(), Errno> {
        let open = self.directories.lock().unwrap_or_else(PoisonError::into_inner).get(&handle.0).cloned();
        let Some(entries) = open else { return self.view.list(number, offset, take) };
        let tree = self.view.tree();
        let id = find_directory(&tree, number)?;
        self.view.list_entries(&tree, id, &entries, offset, &mut take);
        Ok(())
    }

    /// Opens a directory that may change while it is read.
    fn open_directory(&self, number: u64) -> Result<u64, Errno> {
        self.changes().map_err(|_| Errno::ENOSYS)?;
        let tree = self.view.tree();
        let entries: Arc<[DentryId]> = Arc::from(&*tree.inode(find_directory(&tree, number)?).children);
        let handle = self.next_handle.fetch_add(1, Ordering::Relaxed);
        self.directories.lock().unwrap_or_else(PoisonError::into_inner).insert(handle, entries);
        Ok(handle)
    }
}

/// Answers as the kernel wants it: the size if it asks for that, the value if it fits.
fn reply_xattr(value: Result<Vec<u8>, Errno>, size: u32, reply: ReplyXattr) {
    match value {
        Err(error) => reply.error(error),
        Ok(value) if size == 0 => reply.size(value.len() as u32),
        Ok(value) if value.len() > size as usize => reply.error(Errno::ERANGE),
        Ok(value) => reply.data(&value),
    }
}

fn reply_empty(done: Result<(), Errno>, reply: ReplyEmpty) {
    match done {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

fn making(request: &Request, mode: u32, device: u32) -> Making {
    Making { user: request.uid(), group: request.gid(), mode, device }
}

fn writes(flags: OpenFlags) -> bool {
    flags.acc_mode() != OpenAccMode::O_RDONLY
}

fn time_of(time: Option<TimeOrNow>) -> Option<FileTime> {
    time.map(|time| match time {
        TimeOrNow::SpecificTime(time) => file_time(time),
        TimeOrNow::Now => file_time(SystemTime::now()),
    })
}

impl Filesystem for ImageFilesystem {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> io::Result<()> {
        for flag in [
            InitFlags::FUSE_DO_READDIRPLUS,
            InitFlags::FUSE_READDIRPLUS_AUTO,
            InitFlags::FUSE_PARALLEL_DIROPS,
            InitFlags::FUSE_ASYNC_DIO,
        ] {
            // An old kernel that cannot do one does without.
            let _ = config.add_capabilities(flag);
        }
        let _ = config.set_time_granularity(TICK);
        if self.changes.is_none() {
            // The kernel opens files and directories by itself, once it was told that nobody does it here.
            let _ = config.add_capabilities(InitFlags::FUSE_NO_OPENDIR_SUPPORT | InitFlags::FUSE_CACHE_SYMLINKS);
            self.opens |= config.add_capabilities(InitFlags::FUSE_NO_OPEN_SUPPORT).is_err();
        }
        Ok(())
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        self.reply_entry(self.view.lookup(parent.0, name), reply);
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        self.reply_attr(self.view.attr(number.0), reply);
    }

    fn setattr(
        &self,
        _: &Request,
        number: INodeNo,
        mode: Option<u32>,
        user: Option<u32>,
        group: Option<u32>,
        size: Option<u64>,
        accessed: Option<TimeOrNow>,
        modified: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let (accessed, modified) = (time_of(accessed), time_of(modified));
        let new = NewAttr { mode, user, group, size, accessed, modified };
        self.reply_attr(self.changes().and_then(|changes| changes.set_attr(number.0, new)), reply);
    }

    fn readlink(&self, _: &Request, number: INodeNo, reply: ReplyData) {
        match self.view.read_link(number.0) {
            Ok(target) => reply.data(&target),
            Err(error) => reply.error(error),
        }
    }

    fn mknod(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _: u32,
        device: u32,
        reply: ReplyEntry,
    ) {
        let making = making(request, mode, device);
        let made = self.changes().and_then(|changes| changes.make_file(parent.0, name, making, false));
        self.reply_entry(made, reply);
    }

    fn mkdir(&self, request: &Request, parent: INodeNo, name: &OsStr, mode: u32, _: u32, reply: ReplyEntry) {
        let making = making(request, mode, 0);
        self.reply_entry(self.changes().and_then(|changes| changes.make_directory(parent.0, name, making)), reply);
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        reply_empty(self.changes().and_then(|changes| changes.unlink(parent.0, name, false)), reply);
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        reply_empty(self.changes().and_then(|changes| changes.unlink(parent.0, name, true)), reply);
    }

    fn symlink(&self, _: &Request, parent: INodeNo, name: &OsStr, target: &Path, reply: ReplyEntry) {
        let made = self.changes().and_then(|changes| changes.make_link(parent.0, name, target.as_os_str()));
        self.reply_entry(made, reply);
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let replace = !flags.contains(RenameFlags::RENAME_NOREPLACE);
        if !RenameFlags::RENAME_NOREPLACE.contains(flags) {
            return reply.error(Errno::EINVAL);
        }
        let (from, to) = ((parent.0, name), (new_parent.0, new_name));
        reply_empty(self.changes().and_then(|changes| changes.rename(from, to, replace)), reply);
    }

    fn link(&self, _: &Request, number: INodeNo, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        self.reply_entry(self.changes().and_then(|changes| changes.link(number.0, parent.0, name)), reply);
    }

    fn open(&self, _: &Request, number: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        let opened = match &self.changes {
            Some(changes) => changes.open(number.0, writes(flags)),
            None => self.view.open(number.0),
        };
        match opened {
            Ok(()) if self.opens => reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE),
            Ok(()) => reply.error(Errno::ENOSYS),
            Err(error) => reply.error(error),
        }
    }

    fn create(&self, request: &Request, parent: INodeNo, name: &OsStr, mode: u32, _: u32, _: i32, reply: ReplyCreate) {
        let making = making(request, mode, 0);
        match self.changes().and_then(|changes| changes.make_file(parent.0, name, making, true)) {
            Ok(attr) => reply.created(self.ttl(), &attr, Generation(0), FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE),
            Err(error) => reply.error(error),
        }
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.view.read(number.0, offset, size.into()) {
            Ok(piece) => reply.data(piece.as_ref()),
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.changes().and_then(|changes| changes.write(number.0, offset, data)) {
            Ok(()) => reply.written(data.len() as u32),
            Err(error) => reply.error(error),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.error(Errno::ENOSYS);
    }

    fn release(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        flags: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        if let Some(changes) = &self.changes {
            changes.close(number.0, writes(flags));
        }
        reply.ok();
    }

    fn fsync(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        reply_empty(self.changes.as_ref().map_or(Ok(()), |changes| changes.sync(number.0)), reply);
    }

    fn opendir(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.open_directory(number.0) {
            Ok(handle) => reply.opened(FileHandle(handle), FopenFlags::empty()),
            Err(error) => reply.error(error),
        }
    }

    fn readdir(&self, _: &Request, number: INodeNo, handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let listed = self.list(number.0, handle, offset, |next, entry| {
            reply.add(entry.attr.ino, next, entry.attr.kind, &entry.name)
        });
        match listed {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(error),
        }
    }

    fn readdirplus(
        &self,
        _: &Request,
        number: INodeNo,
        handle: FileHandle,
        offset: u64,
        mut reply: ReplyDirectoryPlus,
    ) {
        let listed = self.list(number.0, handle, offset, |next, entry| {
            reply.add(entry.attr.ino, next, &entry.name, self.ttl(), &entry.attr, Generation(0))
        });
        match listed {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(error),
        }
    }

    fn releasedir(&self, _: &Request, _: INodeNo, handle: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.directories.lock().unwrap_or_else(PoisonError::into_inner).remove(&handle.0);
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let (blocks, files) = self.size;
        let free = self.changes.as_ref().map_or(0, |changes| changes.free() / BLOCK);
        reply.statfs(blocks + free, free, free, files, 0, BLOCK as u32, MAX_NAME, BLOCK as u32);
    }

    fn setxattr(
        &self,
        _: &Request,
        number: INodeNo,
        name: &OsStr,
        value: &[u8],
        flags: i32,
        _: u32,
        reply: ReplyEmpty,
    ) {
        let set = self.changes().and_then(|changes| match control::is_commit(number.0, name) {
            true => changes.commit(),
            false => changes.set_xattr(number.0, name, Some(value), flags),
        });
        reply_empty(set, reply);
    }

    fn getxattr(&self, _: &Request, number: INodeNo, name: &OsStr, size: u32, reply: ReplyXattr) {
        let value = control::answer(self, number.0, name).map_or_else(|| self.view.xattr(number.0, name), Ok);
        reply_xattr(value, size, reply);
    }

    fn listxattr(&self, _: &Request, number: INodeNo, size: u32, reply: ReplyXattr) {
        reply_xattr(self.view.list_xattrs(number.0), size, reply);
    }

    fn removexattr(&self, _: &Request, number: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        reply_empty(self.changes().and_then(|changes| changes.set_xattr(number.0, name, None, 0)), reply);
    }
}
