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
//! | `wimsmith.changes` | how many changes there are that were not committed; on a read-only mount there is none |
//! | `wimsmith.commit` | set, it commits them; the answer comes when that is done |
//! | `wimsmith.failure` | why that failed: an exit code, and a line |
//!
//! The kernel lets nobody ask but the one who mounted, unless others were let in; and only the owner of the root sets.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::mount::UnmountFlags;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use wim_export::{Error, Result};

use super::filesystem::ImageFilesystem;
use super::problems::io_error;
use super::tree::ROOT;
use crate::host::{get_xattr, set_xattr};

const ARCHIVE: &str = "wimsmith.archive";
const IMAGE: &str = "wimsmith.image";
const PID: &str = "wimsmith.pid";
const PROBLEMS: &str = "wimsmith.problems";
const CHANGES: &str = "wimsmith.changes";
const COMMIT: &str = "wimsmith.commit";
const FAILURE: &str = "wimsmith.failure";

/// Whether whoever sets this attribute asks for a commit.
pub(super) fn is_commit(number: u64, name: &OsStr) -> bool {
    number == ROOT && name == COMMIT
}

/// What the mount says of itself, if that is what was asked for.
pub(super) fn answer(mount: &ImageFilesystem, number: u64, name: &OsStr) -> Option<Vec<u8>> {
    let name = name.to_str().filter(|_| number == ROOT)?;
    let changes = mount.changes.as_ref();
    Some(match name {
        ARCHIVE => mount.view.blobs.archive().name().as_bytes().to_vec(),
        IMAGE => mount.image.to_string().into_bytes(),
        PID => std::process::id().to_string().into_bytes(),
        PROBLEMS => mount.view.problems.text().into_bytes(),
        CHANGES => changes?.count.load(Ordering::Relaxed).to_string().into_bytes(),
        FAILURE => {
            let failure = changes?.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
            format!("{}\n{}", failure.exit, failure.message).into_bytes()
        }
        _ => return None,
    })
}

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
    /// How many changes there are that were not committed; nothing, if it is mounted read-only.
    pub changes: Option<u64>,
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
                Err(error) if is_dead(&error) => Err(of_dead(&mountpoint, error)),
                Err(_) => Err(not_mounted(&mountpoint)),
            }
        };
        let number = |text: String| text.parse().unwrap_or(0);
        let problems = ask(PROBLEMS)?.lines().map(str::to_owned).collect();
        let (archive, image, pid) = (ask(ARCHIVE)?, number(ask(IMAGE)?), number(ask(PID)?));
        let changes = ask(CHANGES).ok().map(|text| text.parse().unwrap_or(0));
        Ok(Self { archive, image, pid, changes, problems, mountpoint })
    }
}

/// Has the process that serves a mount write what was changed into the archive, and waits for that. Until it is done, the
/// archive is what it was; afterwards nothing can be changed any more.
///
/// # Errors
/// If it is mounted read-only, files are open for writing, or writing fails: the mount is then there as before.
pub fn commit(info: &MountInfo) -> Result<()> {
    if info.changes.is_none() {
        let value = info.mountpoint.display().to_string();
        let expected = "it is mounted read-only, so there is nothing to commit; mount --rw".to_owned();
        return Err(Error::InvalidArgument { what: "mount point", value, expected });
    }
    let root = File::open(&info.mountpoint).map_err(io_error("open", &info.mountpoint))?;
    let Err(error) = set_xattr(&root, OsStr::new(COMMIT), &[]) else { return Ok(()) };
    let failure = get_xattr(&info.mountpoint, OsStr::new(FAILURE)).ok().and_then(|text| String::from_utf8(text).ok());
    let failure = failure.as_deref().and_then(|text| text.split_once('\n'));
    let failure = failure.and_then(|(exit, message)| Some((exit.parse().ok()?, message.to_owned())));
    Err(match failure {
        Some((exit, message)) => Error::Remote { message, exit },
        None => io_error("commit", &info.mountpoint)(error),
    })
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
    // The kernel may still know what the root was, but not what it has.
    let asked = std::fs::metadata(mountpoint).and_then(|_| get_xattr(mountpoint, OsStr::new(PID)));
    if !asked.is_err_and(|error| is_dead(&error)) {
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

/// Whether nobody serves a mount any more.
fn is_dead(error: &io::Error) -> bool {
    let dead = [rustix::io::Errno::NOTCONN, rustix::io::Errno::CONNABORTED];
    dead.iter().any(|dead| error.raw_os_error() == Some(dead.raw_os_error()))
}

/// The error of a mount whose process is gone.
fn of_dead(mountpoint: &Path, source: io::Error) -> Error {
    if !is_dead(&source) {
        return Error::Io { action: "open", path: mountpoint.to_path_buf(), source };
    }
    let why = "the process that served this mount is gone; `wimsmith unmount` removes what is left of it";
    Error::Io { action: "ask", path: mountpoint.to_path_buf(), source: io::Error::new(source.kind(), why) }
}
