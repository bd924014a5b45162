//! What `stat` says of a file.

use std::time::SystemTime;

use fuser::{FileAttr, FileType, INodeNo};
use wim_format::Inode;

use crate::host::system_time;
use crate::unix_data::UnixData;

/// Bytes in which `stat` counts a file's room.
const UNIT: u64 = 512;
/// The type's part of a mode, and the types that only `--unix-data` keeps.
const TYPE_MASK: u32 = 0o170_000;
const SPECIAL_TYPES: [(u32, FileType); 4] = [
    (0o010_000, FileType::NamedPipe),
    (0o020_000, FileType::CharDevice),
    (0o060_000, FileType::BlockDevice),
    (0o140_000, FileType::Socket),
];

/// Whose everything is, where the image does not say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    pub(super) user: u32,
    pub(super) group: u32,
}

/// What a file is here.
pub(super) fn kind(inode: &Inode, unix: Option<UnixData>) -> FileType {
    if inode.is_directory() {
        return FileType::Directory;
    }
    if inode.is_reparse_point() && inode.reparse.is_some_and(|reparse| crate::reparse::is_link(reparse.tag)) {
        return FileType::Symlink;
    }
    let special = unix.and_then(|unix| SPECIAL_TYPES.iter().find(|(mode, _)| unix.mode & TYPE_MASK == *mode));
    special.map_or(FileType::RegularFile, |(_, kind)| *kind)
}

/// What `stat` says: `size` is that of the data, or of a link's target. What Unix adds counts if it is given.
pub(super) fn attributes(number: u64, inode: &Inode, size: u64, unix: Option<UnixData>, owner: Owner) -> FileAttr {
    let kind = kind(inode, unix);
    let (modified, created) = (system_time(inode.last_write_time), system_time(inode.creation_time));
    let accessed: SystemTime = system_time(inode.last_access_time);
    let is_link = kind == FileType::Symlink;
    let mode = unix.filter(|_| !is_link).map_or(0o777, |unix| unix.mode & 0o7777);
    FileAttr {
        ino: INodeNo(number),
        size,
        blocks: if is_link { 0 } else { size.div_ceil(UNIT) },
        atime: accessed,
        mtime: modified,
        ctime: modified,
        crtime: created,
        kind,
        perm: mode as u16,
        nlink: inode.link_count,
        uid: unix.map_or(owner.user, |unix| unix.user),
        gid: unix.map_or(owner.group, |unix| unix.group),
        rdev: unix.map_or(0, |unix| unix.device),
        blksize: 4096,
        flags: 0,
    }
}
