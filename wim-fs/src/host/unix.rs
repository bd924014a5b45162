//! Linux, macOS and the like: everything relative to a directory's descriptor.

use std::ffi::OsStr;
use std::fs::{File, FileTimes, Metadata};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{AtFlags, Mode, OFlags, Timestamps, XattrFlags};
use rustix::io::Errno;
use wim_format::{FileAttributes, FileTime, TaggedItems};

use super::{Identity, Times};
use crate::unix_data::{UnixData, push_extended_attributes};

/// An open directory.
#[derive(Debug)]
pub(crate) struct Dir(File);

const NEW_FILE: OFlags =
    OFlags::RDWR.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Dir {
    /// Opens the directory that the user named, through whatever links lead there.
    pub(crate) fn open_root(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
        Ok(Self::from(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Opens a directory in this one; a link is none.
    pub(crate) fn open(&self, name: &OsStr) -> io::Result<Self> {
        Ok(Self::from(rustix::fs::openat(&self.0, name, DIRECTORY, Mode::empty())?))
    }

    /// Opens the directory that this one is in.
    pub(crate) fn open_parent(&self) -> io::Result<Self> {
        self.open(OsStr::new(".."))
    }

    /// Makes a directory, or opens the one that is there already.
    pub(crate) fn make(&self, name: &OsStr) -> io::Result<Self> {
        match rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => self.open(name),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a file, of which only metadata is wanted; a link is none, and a pipe does not block.
    pub(crate) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::empty())?.into())
    }

    /// Makes a file, which takes the place of any other that has the name.
    pub(crate) fn create(&self, name: &OsStr) -> io::Result<File> {
        let create = || rustix::fs::openat(&self.0, name, NEW_FILE, Mode::from_raw_mode(0o666));
        self.instead(name, create).map(File::from)
    }

    /// The same for a name that owns its memory.
    pub(crate) fn create_os(&self, name: &std::ffi::OsString) -> io::Result<File> {
        self.create(name)
    }

    /// Makes a symbolic link, likewise.
    pub(crate) fn symlink(&self, name: &OsStr, target: &OsStr, times: Times) -> io::Result<()> {
        self.instead(name, || rustix::fs::symlinkat(target, &self.0, name))?;
        self.set_times_of(name, times)
    }

    /// Sets the times of a file, of a link itself.
    pub(crate) fn set_times_of(&self, name: &OsStr, times: Times) -> io::Result<()> {
        let timestamps =
            Timestamps { last_access: timespec(times.accessed), last_modification: timespec(times.modified) };
        Ok(rustix::fs::utimensat(&self.0, name, &timestamps, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Sets the owner of a file, of a link itself.
    pub(crate) fn set_owner_of(&self, name: &OsStr, user: u32, group: u32) -> io::Result<()> {
        let (user, group) = (rustix::fs::Uid::from_raw(user), rustix::fs::Gid::from_raw(group));
        Ok(rustix::fs::chownat(&self.0, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Makes `name` a second name of `other` in `other_dir`, likewise.
    pub(crate) fn link(&self, name: &OsStr, other_dir: &Self, other: &OsStr) -> io::Result<()> {
        self.instead(name, || rustix::fs::linkat(&other_dir.0, other, &self.0, name, AtFlags::empty()))
    }

    /// Makes a device, a pipe or a socket, likewise.
    #[cfg(not(target_vendor = "apple"))]
    pub(crate) fn make_special(&self, name: &OsStr, special: UnixData) -> io::Result<()> {
        let kind = rustix::fs::FileType::from_raw_mode(special.mode);
        let (major, minor) = special.major_and_minor();
        let device = rustix::fs::makedev(major, minor);
        let mode = Mode::from_raw_mode(special.mode & 0o7777);
        self.instead(name, || rustix::fs::mknodat(&self.0, name, kind, mode, device))
    }

    /// Makes a device, a pipe or a socket: not on this system.
    #[cfg(target_vendor = "apple")]
    pub(crate) fn make_special(&self, _: &OsStr, _: UnixData) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Removes a file.
    pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Gives a file another name in this directory, in place of any other that has it.
    pub(crate) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
    }

    /// Which directory this is.
    pub(crate) fn identity(&self) -> io::Result<Identity> {
        identity(&rustix::fs::fstat(&self.0)?)
    }

    /// Which file has this name.
    pub(crate) fn identity_of(&self, name: &OsStr) -> io::Result<Identity> {
        identity(&rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// The directory as a file, whose times can be set.
    pub(crate) fn as_file(&self) -> &File {
        &self.0
    }

    /// Does what makes `name`; if there is something already, removes that and does it again.
    fn instead<T>(&self, name: &OsStr, make: impl Fn() -> rustix::io::Result<T>) -> io::Result<T> {
        match make() {
            Err(Errno::EXIST) => {
                self.remove(name)?;
                Ok(make()?)
            }
            other => Ok(other?),
        }
    }
}

impl From<OwnedFd> for Dir {
    fn from(descriptor: OwnedFd) -> Self {
        Self(descriptor.into())
    }
}

#[allow(clippy::unnecessary_cast, clippy::useless_conversion, reason = "the types differ from system to system")]
fn identity(stat: &rustix::fs::Stat) -> io::Result<Identity> {
    Ok(Identity { device: stat.st_dev as u64, inode: stat.st_ino as u64 })
}

/// Which file this is.
pub(crate) fn identity_of_file(file: &File) -> io::Result<Identity> {
    identity(&rustix::fs::fstat(file)?)
}

/// Which file this is.
pub(crate) fn identity_of_metadata(metadata: &Metadata) -> Identity {
    Identity { device: metadata.dev(), inode: metadata.ino() }
}

/// Whether a file has more than one name.
pub(crate) fn has_links(metadata: &Metadata) -> bool {
    metadata.nlink() > 1
}

/// The attributes that a file has here, too: a sparse one takes less room than it has bytes.
pub(crate) fn attributes(metadata: &Metadata) -> FileAttributes {
    /// `stat` counts in these, whatever the file system's blocks are.
    const UNIT: u64 = 512;
    let is_sparse = metadata.is_file() && metadata.blocks().saturating_mul(UNIT) < metadata.len();
    if is_sparse { FileAttributes::SPARSE } else { FileAttributes(0) }
}

/// When a file was made, where its user can say so: Linux knows only when the file system made it.
pub(crate) fn creation_time(metadata: &Metadata) -> Option<FileTime> {
    metadata.created().ok().filter(|_| cfg!(target_vendor = "apple")).map(super::file_time)
}

/// Adds a time of creation to those that are to be set.
#[cfg(target_vendor = "apple")]
pub(crate) fn with_creation(times: FileTimes, created: SystemTime) -> FileTimes {
    std::os::darwin::fs::FileTimesExt::set_created(times, created)
}

/// Adds a time of creation to those that are to be set, which cannot be.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn with_creation(times: FileTimes, _: SystemTime) -> FileTimes {
    times
}

/// Adds to a file's items what only Unix has: owner, mode, device, extended attributes.
pub(crate) fn push_unix_data(items: &mut TaggedItems, path: &Path, metadata: &Metadata) {
    // Linux' numbers of devices fit 32 bits, and these are the ones that wimlib stores.
    let data =
        UnixData { user: metadata.uid(), group: metadata.gid(), mode: metadata.mode(), device: metadata.rdev() as u32 };
    data.push_to(items);
    push_extended_attributes(items, &extended_attributes(path));
}

/// The extended attributes of a file, of a link itself, in the order of their names. What cannot be read is left out.
fn extended_attributes(path: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let names = list_xattrs(path).into_iter();
    let mut found: Vec<_> = names.filter_map(|name| Some((get_xattr(path, &os_str(&name)).ok()?, name))).collect();
    found.sort_by(|(_, a), (_, b)| a.cmp(b));
    found.into_iter().map(|(value, name)| (name, value)).collect()
}

/// No file system has longer lists of extended attributes, or longer values.
const MAX_XATTR: usize = 64 << 10;

/// The names of a file's extended attributes, of a link itself; none, if they cannot be read.
pub(crate) fn list_xattrs(path: &Path) -> Vec<Vec<u8>> {
    let mut names = vec![0; MAX_XATTR];
    let len = rustix::fs::llistxattr(path, &mut names[..]).unwrap_or(0);
    let names = names[..len].split(|&byte| byte == 0);
    names.filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
}

/// An extended attribute of a file, of a link itself.
pub(crate) fn get_xattr(path: &Path, name: &OsStr) -> io::Result<Vec<u8>> {
    let mut value = vec![0; MAX_XATTR];
    let len = rustix::fs::lgetxattr(path, name, &mut value[..])?;
    value.truncate(len);
    Ok(value)
}

/// An extended attribute of an open file.
pub(crate) fn get_xattr_of(file: impl AsFd, name: &OsStr) -> io::Result<Vec<u8>> {
    let mut value = vec![0; MAX_XATTR];
    let len = rustix::fs::fgetxattr(file, name, &mut value[..])?;
    value.truncate(len);
    Ok(value)
}

/// Bytes as a string of the host.
pub(crate) fn os_str(bytes: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

/// Fills `buffer` from `offset` on.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Writes all of `data` at `offset`.
pub(crate) fn write_at(file: &File, data: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, data, offset)
}

/// Gives an open file an owner and a mode, in this order: a new owner takes the set-user-id bit away.
pub(crate) fn set_owner_and_mode(file: &File, user: u32, group: u32, mode: u32) -> io::Result<()> {
    std::os::unix::fs::fchown(file, Some(user), Some(group))?;
    Ok(rustix::fs::fchmod(file, Mode::from_raw_mode((mode & 0o7777) as _))?)
}

/// Sets an extended attribute of an open file.
pub(crate) fn set_xattr(file: impl AsFd, name: &OsStr, value: &[u8]) -> io::Result<()> {
    Ok(rustix::fs::fsetxattr(file, name, value, XattrFlags::empty())?)
}

fn timespec(time: FileTime) -> rustix::fs::Timespec {
    let (seconds, nanoseconds) = time.to_unix();
    rustix::fs::Timespec { tv_sec: seconds, tv_nsec: i64::from(nanoseconds) as _ }
}
