//! What a mount says of itself, and how it is unmounted.
//!
//! The root of a mount has extended attributes that are not listed, for whoever manages it:
//!
//! | attribute | what |
//! |---|---|
//! | `wimsmith.archive` | the archive's path |
//! | `wimsmith.image` | the image's number |
//! | `wimsmith.pid` | the process that serves the mount |
//! | `wimsmith.problems` | what went wrong so far, a line each |

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::mount::UnmountFlags;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use wim_export::{Error, Result};

use super::problems::io_error;
use crate::host::get_xattr;

pub(super) const PREFIX: &str = "wimsmith.";
pub(super) const ARCHIVE: &str = "wimsmith.archive";
pub(super) const IMAGE: &str = "wimsmith.image";
pub(super) const PID: &str = "wimsmith.pid";
pub(super) const PROBLEMS: &str = "wimsmith.problems";

/// What a mount says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MountInfo {
    /// Where it is, with no links in it.
    pub mountpoint: PathBuf,
    /// The archive's path.
    pub archive: String,
    /// The image's number.
    pub image: u32,
    /// The process that serves it.
    pub pid: u32,
    /// What went wrong so far: files that could not be read, and why.
    pub problems: Vec<String>,
}

impl MountInfo {
    /// Asks the mount at `mountpoint`.
    ///
    /// # Errors
    /// If there is nothing, or something else than a mount of this library.
    pub fn of(mountpoint: &Path) -> Result<Self> {
        let mountpoint = check_alive(mountpoint)?;
        let ask = |name: &str| -> Result<String> {
            match get_xattr(&mountpoint, OsStr::new(name)) {
                Ok(value) => Ok(String::from_utf8_lossy(&value).into_owned()),
                Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NOTCONN.raw_os_error()) => {
                    Err(of_dead(&mountpoint, error))
                }
                Err(_) => Err(not_mounted(&mountpoint)),
            }
        };
        let number = |text: String| text.parse().unwrap_or(0);
        let problems = ask(PROBLEMS)?.lines().map(str::to_owned).collect();
        let (archive, image, pid) = (ask(ARCHIVE)?, number(ask(IMAGE)?), number(ask(PID)?));
        Ok(Self { archive, image, pid, problems, mountpoint })
    }
}

/// Unmounts what [`MountInfo::of`] found, and waits until the process that served it is gone.
///
/// # Errors
/// If files of it are still in use, or the system refuses.
pub fn unmount(info: &MountInfo) -> Result<()> {
    let process = open_process(info.pid);
    detach(&info.mountpoint, UnmountFlags::empty())?;
    if let Some(process) = process {
        // A process that cannot be waited for is not waited for.
        let _ = poll(&mut [PollFd::new(&process, PollFlags::IN)], None);
    }
    Ok(())
}

/// Takes away what is left of a mount whose process is gone. `false` if this is none.
///
/// # Errors
/// If the system refuses.
pub fn unmount_dead(mountpoint: &Path) -> Result<bool> {
    let not_connected = Some(rustix::io::Errno::NOTCONN.raw_os_error());
    if std::fs::metadata(mountpoint).err().and_then(|error| error.raw_os_error()) != not_connected {
        return Ok(false);
    }
    // It cannot be looked at, but what it is in can.
    let absolute = std::path::absolute(mountpoint).map_err(io_error("find", mountpoint))?;
    let found = absolute.parent().and_then(|parent| parent.canonicalize().ok()).zip(absolute.file_name());
    let place = found.map_or(absolute.clone(), |(parent, name)| parent.join(name));
    detach(&place, UnmountFlags::DETACH)?;
    Ok(true)
}

fn open_process(pid: u32) -> Option<OwnedFd> {
    let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
    pidfd_open(pid, PidfdFlags::empty()).ok()
}

/// Unmounts, as the superuser or by the program that other users need for it.
pub(super) fn detach(mountpoint: &Path, flags: UnmountFlags) -> Result<()> {
    match rustix::mount::unmount(mountpoint, flags) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::PERM) => by_fusermount(mountpoint, flags),
        Err(error) => Err(of_unmounting(mountpoint, error.into())),
    }
}

fn by_fusermount(mountpoint: &Path, flags: UnmountFlags) -> Result<()> {
    let how = if flags.contains(UnmountFlags::DETACH) { "-uz" } else { "-u" };
    let run = Command::new("fusermount3").arg(how).arg("--").arg(mountpoint).output();
    let output = run.map_err(io_error("run fusermount3 for", mountpoint))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let kind = if why.contains("busy") { io::ErrorKind::ResourceBusy } else { io::ErrorKind::Other };
    Err(of_unmounting(mountpoint, io::Error::new(kind, why)))
}

fn of_unmounting(mountpoint: &Path, source: io::Error) -> Error {
    let busy = source.kind() == io::ErrorKind::ResourceBusy;
    let source = if busy {
        io::Error::new(source.kind(), "it is in use: close the files and leave the folders that are below it")
    } else {
        source
    };
    Error::Io { action: "unmount", path: mountpoint.to_path_buf(), source }
}

/// The error that no image is mounted there.
fn not_mounted(path: &Path) -> Error {
    let expected = "no image is mounted there by wimsmith".to_owned();
    Error::InvalidArgument { what: "mount point", value: path.display().to_string(), expected }
}

/// Where a folder is, with no links in it.
pub(super) fn check_alive(path: &Path) -> Result<PathBuf> {
    path.canonicalize().map_err(|source| of_dead(path, source))
}

/// The error of a mount whose process is gone.
fn of_dead(mountpoint: &Path, source: io::Error) -> Error {
    if source.raw_os_error() != Some(rustix::io::Errno::NOTCONN.raw_os_error()) {
        return Error::Io { action: "open", path: mountpoint.to_path_buf(), source };
    }
    let why = "the process that served this mount is gone; `wimsmith unmount` removes what is left of it";
    Error::Io { action: "ask", path: mountpoint.to_path_buf(), source: io::Error::new(source.kind(), why) }
}
