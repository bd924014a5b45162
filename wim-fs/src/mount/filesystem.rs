//! The kernel's requests, passed on.

use std::ffi::OsStr;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use fuser::{
    Errno, FileHandle, Filesystem, FopenFlags, Generation, INodeNo, InitFlags, KernelConfig, LockOwner, OpenFlags,
    ReplyAttr, ReplyData, ReplyDirectory, ReplyDirectoryPlus, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs,
    ReplyXattr, Request,
};

use super::control::{ARCHIVE, IMAGE, PID, PREFIX, PROBLEMS};
use super::tree::ROOT;
use super::view::{BLOCK, View};

/// How long the kernel may go by what it was told. Nothing changes.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest name, as `statfs` has it.
const MAX_NAME: u32 = 255;
/// The granularity of times.
const TICK: Duration = Duration::from_nanos(100);

/// An image that can be read.
pub(super) struct ReadOnly {
    view: Arc<View>,
    image: u32,
    /// Whether files are opened here: some of them cannot be read, which must show before their size does.
    opens: bool,
    /// Blocks and files.
    size: (u64, u64),
}

impl ReadOnly {
    pub(super) fn new(view: Arc<View>, image: u32) -> Self {
        let (opens, size) = (!view.is_complete(), view.size());
        Self { view, image, opens, size }
    }

    /// What the mount says of itself.
    fn control(&self, number: u64, name: &OsStr) -> Option<Vec<u8>> {
        let name = name.to_str().filter(|name| number == ROOT && name.starts_with(PREFIX))?;
        Some(match name {
            ARCHIVE => self.view.blobs.archive().name().as_bytes().to_vec(),
            IMAGE => self.image.to_string().into_bytes(),
            PID => std::process::id().to_string().into_bytes(),
            PROBLEMS => self.view.problems.text().into_bytes(),
            _ => return None,
        })
    }
}

/// Answers as the kernel wants it: the size if it asks for that, the value if it fits.
pub(super) fn reply_xattr(value: Result<Vec<u8>, Errno>, size: u32, reply: ReplyXattr) {
    match value {
        Err(error) => reply.error(error),
        Ok(value) if size == 0 => reply.size(value.len() as u32),
        Ok(value) if value.len() > size as usize => reply.error(Errno::ERANGE),
        Ok(value) => reply.data(&value),
    }
}

/// Tells the kernel what it may do by itself.
pub(super) fn configure(config: &mut KernelConfig) {
    for flag in [
        InitFlags::FUSE_DO_READDIRPLUS,
        InitFlags::FUSE_READDIRPLUS_AUTO,
        InitFlags::FUSE_PARALLEL_DIROPS,
        InitFlags::FUSE_CACHE_SYMLINKS,
        InitFlags::FUSE_ASYNC_DIO,
    ] {
        // An old kernel that cannot do one does without.
        let _ = config.add_capabilities(flag);
    }
    let _ = config.set_time_granularity(TICK);
}

impl Filesystem for ReadOnly {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> io::Result<()> {
        configure(config);
        // With these the kernel opens files and directories by itself, once it was told that nobody does it here.
        let _ = config.add_capabilities(InitFlags::FUSE_NO_OPENDIR_SUPPORT);
        if config.add_capabilities(InitFlags::FUSE_NO_OPEN_SUPPORT).is_err() {
            self.opens = true;
        }
        Ok(())
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match self.view.lookup(parent.0, name) {
            Ok(attr) => reply.entry(&FOREVER, &attr, Generation(0)),
            Err(error) => reply.error(error),
        }
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.view.attr(number.0) {
            Ok(attr) => reply.attr(&FOREVER, &attr),
            Err(error) => reply.error(error),
        }
    }

    fn readlink(&self, _: &Request, number: INodeNo, reply: ReplyData) {
        match self.view.read_link(number.0) {
            Ok(target) => reply.data(&target),
            Err(error) => reply.error(error),
        }
    }

    fn open(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.view.open(number.0) {
            Ok(()) if self.opens => reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE),
            Ok(()) => reply.error(Errno::ENOSYS),
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

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.error(Errno::ENOSYS);
    }

    fn opendir(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.error(Errno::ENOSYS);
    }

    fn readdir(&self, _: &Request, number: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let listed = self
            .view
            .list(number.0, offset, |next, entry| reply.add(entry.attr.ino, next, entry.attr.kind, &entry.name));
        match listed {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(error),
        }
    }

    fn readdirplus(&self, _: &Request, number: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectoryPlus) {
        let listed = self.view.list(number.0, offset, |next, entry| {
            reply.add(entry.attr.ino, next, &entry.name, &FOREVER, &entry.attr, Generation(0))
        });
        match listed {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(error),
        }
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let (blocks, files) = self.size;
        reply.statfs(blocks, 0, 0, files, 0, BLOCK as u32, MAX_NAME, BLOCK as u32);
    }

    fn getxattr(&self, _: &Request, number: INodeNo, name: &OsStr, size: u32, reply: ReplyXattr) {
        let value = self.control(number.0, name).map_or_else(|| self.view.xattr(number.0, name), Ok);
        reply_xattr(value, size, reply);
    }

    fn listxattr(&self, _: &Request, number: INodeNo, size: u32, reply: ReplyXattr) {
        reply_xattr(self.view.list_xattrs(number.0), size, reply);
    }
}
