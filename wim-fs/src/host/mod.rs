//! The host's file system: the one place that makes system calls.
//!
//! [`Dir`] is an open directory. Everything is made, opened, linked and removed relative to one, by a single name, and no
//! link is ever followed: whatever another process does to the tree meanwhile, nothing is written outside it.
//!
//! | file | what |
//! |---|---|
//! | `unix` | Linux, macOS and the like, by directory descriptors |
//! | `portable` | anything else, by paths: not proof against a process that swaps directories meanwhile |

#[cfg(any(not(unix), test))]
#[cfg_attr(unix, allow(dead_code, reason = "compiled for tests only, so that it keeps compiling"))]
mod portable;
#[cfg(unix)]
mod unix;

use std::time::{Duration, SystemTime};

#[cfg(not(unix))]
pub(crate) use portable::{
    Dir, attributes, creation_time, has_links, identity_of_file, identity_of_metadata, push_unix_data, read_at,
    with_creation, write_at,
};
#[cfg(unix)]
pub(crate) use unix::{
    Dir, attributes, creation_time, get_xattr, get_xattr_of, has_links, identity_of_file, identity_of_metadata,
    list_xattrs, os_str, push_unix_data, read_at, set_owner_and_mode, set_xattr, with_creation, write_at,
};

use wim_format::{FileTime, Inode};

/// What tells a file from every other one on this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// The times of a file, as the host can set them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) created: FileTime,
    pub(crate) accessed: FileTime,
    pub(crate) modified: FileTime,
}

impl Times {
    pub(crate) fn of(inode: &Inode) -> Self {
        Self { created: inode.creation_time, accessed: inode.last_access_time, modified: inode.last_write_time }
    }

    /// Sets them on an open file or directory; the time of creation where the host lets that be set.
    pub(crate) fn set(self, file: &std::fs::File) -> std::io::Result<()> {
        let times = std::fs::FileTimes::new();
        let times = times.set_accessed(system_time(self.accessed)).set_modified(system_time(self.modified));
        file.set_times(with_creation(times, system_time(self.created)))
    }
}

/// A time as the host counts it, clamped to what it can count.
pub(crate) fn system_time(time: FileTime) -> SystemTime {
    let (seconds, nanoseconds) = time.to_unix();
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let base = SystemTime::UNIX_EPOCH;
    let at = if seconds < 0 { base.checked_sub(whole) } else { base.checked_add(whole) };
    at.and_then(|at| at.checked_add(Duration::from_nanos(u64::from(nanoseconds)))).unwrap_or(base)
}

/// A time of the host as the format has it.
pub(crate) fn file_time(time: SystemTime) -> FileTime {
    let ticks = |duration: std::time::Duration| u64::try_from(duration.as_nanos() / 100).unwrap_or(u64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => FileTime(FileTime::UNIX_EPOCH.0.saturating_add(ticks(after))),
        Err(before) => FileTime(FileTime::UNIX_EPOCH.0.saturating_sub(ticks(before.duration()))),
    }
}
