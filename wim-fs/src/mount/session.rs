//! Mounting, waiting, unmounting.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use fuser::{BackgroundSession, Config, Filesystem, MountOption, Session, SessionACL};
use wim_export::{Archive, ArchiveFile, Error, ReplacePlan, Result};
use wim_format::{HeaderFlags, ImageIndex, Warning};

use super::attr::Owner;
use super::blobs::Blobs;
use super::changes::Changes;
use super::control::{MountInfo, check_alive};
use super::filesystem::ImageFilesystem;
use super::options::MountOptions;
use super::problems::{Listener, Problems, io_error};
use super::staged::Folder;
use super::tree::Tree;
use super::view::{Manner, View};
use crate::extract::Skipped;

/// What the system calls the kind of file system.
const SUBTYPE: &str = "wimsmith";

/// A mounted image. It is unmounted when this is dropped.
pub struct Mount {
    session: BackgroundSession,
    info: Shown,
}

/// What is mounted.
#[derive(Clone, Debug)]
struct Shown {
    mountpoint: PathBuf,
    hidden: Vec<Skipped>,
    warnings: Vec<Warning>,
    left: Vec<PathBuf>,
    entries: usize,
}

/// Unmounts an image, from any thread.
#[derive(Debug)]
pub struct Unmounter(PathBuf);

impl Mount {
    /// Mounts an image at `mountpoint`, an empty folder, for reading. `listener` is told what goes wrong meanwhile: files that
    /// cannot be read, and why.
    ///
    /// # Errors
    /// If the image's metadata is damaged, parts of a split archive are missing, there is no such folder, or the system
    /// refuses.
    pub fn read_only(
        archive: &Archive,
        image: ImageIndex,
        mountpoint: &Path,
        options: &MountOptions,
        listener: Listener,
    ) -> Result<Self> {
        let (view, info) = prepare(archive, image, mountpoint, options, listener)?;
        let filesystem = ImageFilesystem::new(Arc::new(view), image.get(), None);
        let session = start(filesystem, archive, &info.mountpoint, options, MountOption::RO)?;
        Ok(Self { session, info })
    }

    /// Mounts an image at `mountpoint`, an empty folder, for reading and writing. What is written is kept in a folder until it
    /// is [committed](fn@super::commit); what is not committed when it is unmounted is discarded. Folders of sessions that were
    /// killed are removed; [`Self::left`] names them.
    ///
    /// # Errors
    /// As [`Self::read_only`]; if the archive cannot be changed in place, or the folder would be below the mount point.
    pub fn read_write(
        file: ArchiveFile,
        image: ImageIndex,
        mountpoint: &Path,
        options: &MountOptions,
        listener: Listener,
    ) -> Result<Self> {
        let archive = file.archive().clone();
        ReplacePlan::check(&archive)?;
        let (view, mut info) = prepare(&archive, image, mountpoint, options, listener)?;
        view.tree_mut().tells_case = options.unix_data;
        let (folder, left) = Folder::create(file.path(), options.staging.as_deref())?;
        info.left = left;
        if folder.path().starts_with(&info.mountpoint) {
            let value = folder.path().display().to_string();
            let expected = "it would be below the mount point; --staging-dir names another place".to_owned();
            return Err(Error::InvalidArgument { what: "staging folder", value, expected });
        }
        let view = Arc::new(view);
        let changes = Changes {
            view: view.clone(),
            folder,
            file: Mutex::new(file),
            image,
            options: options.clone(),
            committed: AtomicBool::new(false),
            count: AtomicU64::new(0),
            failure: Mutex::new(None),
        };
        let filesystem = ImageFilesystem::new(view, image.get(), Some(changes));
        let session = start(filesystem, &archive, &info.mountpoint, options, MountOption::RW)?;
        Ok(Self { session, info })
    }

    /// Where it is mounted, with no links in it.
    pub fn mountpoint(&self) -> &Path {
        &self.info.mountpoint
    }

    /// How many files and directories the image has.
    pub fn entries(&self) -> usize {
        self.info.entries
    }

    /// What is not shown, because no file can be called that.
    pub fn hidden(&self) -> &[Skipped] {
        &self.info.hidden
    }

    /// The folders of sessions that were killed before they were committed; they are gone now.
    pub fn left(&self) -> &[PathBuf] {
        &self.info.left
    }

    /// What the image's metadata has that deviates from the format.
    pub fn warnings(&self) -> &[Warning] {
        &self.info.warnings
    }

    /// What unmounts it from another thread.
    pub fn unmounter(&self) -> Unmounter {
        Unmounter(self.info.mountpoint.clone())
    }

    /// Waits until somebody unmounts it.
    ///
    /// # Errors
    /// If the kernel ended the connection otherwise.
    pub fn wait(self) -> Result<()> {
        let mountpoint = self.info.mountpoint;
        self.session.join().map_err(io_error("serve", &mountpoint))
    }
}

impl Unmounter {
    /// Takes the mount away at once. What is still open stays usable until it is closed, and only then does the mount end.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn unmount(&self) -> Result<()> {
        super::control::detach(&self.0, rustix::mount::UnmountFlags::DETACH)
    }
}

/// What will be shown, and where.
fn prepare(
    archive: &Archive,
    image: ImageIndex,
    mountpoint: &Path,
    options: &MountOptions,
    listener: Listener,
) -> Result<(View, Shown)> {
    archive.require_all_parts()?;
    let mountpoint = check_mountpoint(mountpoint)?;
    let tree = Tree::new(archive.image(image)?);
    let (hidden, warnings) = (tree.hidden(), tree.metadata.warnings().to_vec());
    let entries = tree.metadata.entry_count();
    let fix_links = options.fix_links.unwrap_or(archive.header().flags.contains(HeaderFlags::RP_FIX));
    let root = if fix_links { mountpoint.as_os_str().as_encoded_bytes().to_vec() } else { Vec::new() };
    let owner = Owner { user: rustix::process::geteuid().as_raw(), group: rustix::process::getegid().as_raw() };
    let manner = Manner { unix_data: options.unix_data, streams: options.streams, root, owner };
    let blobs = Blobs::new(archive.clone(), options.memory.unwrap_or(MountOptions::DEFAULT_MEMORY) / 2);
    let view = View::new(tree, blobs, manner, Problems::new(listener));
    Ok((view, Shown { mountpoint, hidden, warnings, left: Vec::new(), entries }))
}

/// Where it will be mounted, with no links in it: an empty folder, on which nothing is mounted yet.
fn check_mountpoint(path: &Path) -> Result<PathBuf> {
    if let Ok(info) = MountInfo::of(path) {
        let value = path.display().to_string();
        let expected = format!("image {} of {} is mounted there already", info.image, info.archive);
        return Err(Error::InvalidArgument { what: "mount point", value, expected });
    }
    let found = check_alive(path)?;
    let mut entries = std::fs::read_dir(&found).map_err(io_error("mount on", path))?;
    if entries.next().is_some() {
        let expected = "an empty folder: what is in it would be hidden".to_owned();
        return Err(Error::InvalidArgument { what: "mount point", value: path.display().to_string(), expected });
    }
    Ok(found)
}

/// Mounts, and begins to answer the kernel.
fn start(
    filesystem: impl Filesystem,
    archive: &Archive,
    mountpoint: &Path,
    options: &MountOptions,
    access: MountOption,
) -> Result<BackgroundSession> {
    let mut config = Config::default();
    // A comma would begin another option.
    let name = archive.name().replace([',', '\\'], "_");
    config.mount_options = vec![
        MountOption::FSName(name),
        MountOption::Subtype(SUBTYPE.to_owned()),
        MountOption::DefaultPermissions,
        MountOption::NoSuid,
        MountOption::NoDev,
        access,
    ];
    config.acl = if options.allow_other { SessionACL::All } else { SessionACL::Owner };
    let cores = || std::thread::available_parallelism().map_or(1, usize::from).max(2);
    config.n_threads = Some(options.threads.map_or_else(cores, usize::from));
    let session = Session::new(filesystem, mountpoint, &config).and_then(Session::spawn);
    session.map_err(|source| Error::Io { action: "mount on", path: mountpoint.to_path_buf(), source: explain(source) })
}

/// Says what to do where the system has no FUSE, or no program that mounts for others than the superuser.
fn explain(source: std::io::Error) -> std::io::Error {
    use std::io::ErrorKind;

    let kind = source.kind();
    if !Path::new("/dev/fuse").exists() {
        return std::io::Error::new(
            kind,
            "this system has no /dev/fuse; `modprobe fuse` may help, a container needs --device /dev/fuse",
        );
    }
    if kind == ErrorKind::NotFound {
        return std::io::Error::new(kind, "fusermount3 is not there; it comes with the package fuse3");
    }
    source
}
