//! A mount, and what is shown below a folder.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use testdata::cases::Case;
use wim_export::{Archive, ArchiveFile, OpenOptions, Result};
use wim_format::ImageIndex;
use wim_fs::{Listener, Mount, MountInfo, MountOptions};

/// What is shown of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) kind: Kind,
    /// Seconds and nanoseconds of the last change.
    pub(crate) modified: (i64, i64),
    /// How many names it has; of a directory, nothing.
    pub(crate) links: u64,
    /// Its extended attributes.
    pub(crate) xattrs: BTreeMap<String, Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    Link(PathBuf),
    File(Vec<u8>),
    Unreadable,
    Other,
}

pub(crate) type Tree = BTreeMap<String, Shown>;

/// A mounted image, in a folder of its own.
pub(crate) struct Mounted {
    mount: Option<Mount>,
    pub(crate) folder: TempDir,
    messages: Arc<Mutex<Vec<String>>>,
}

impl Mounted {
    pub(crate) fn new(archive: &Archive, image: u32, options: &MountOptions) -> Result<Self> {
        let image = ImageIndex::new(image).unwrap();
        Self::with(|folder, listener| Mount::read_only(archive, image, folder, options, listener))
    }

    /// The first image of the archive at `path`, to be changed.
    pub(crate) fn writable(path: &Path, options: &MountOptions) -> Result<Self> {
        let file = ArchiveFile::open(path, &OpenOptions::new())?;
        Self::with(|folder, listener| Mount::read_write(file, ImageIndex::FIRST, folder, options, listener))
    }

    fn with(mount: impl FnOnce(&Path, Listener) -> Result<Mount>) -> Result<Self> {
        let folder = tempfile::tempdir().unwrap();
        let messages: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = messages.clone();
        let listener = Box::new(move |message: &str| heard.lock().unwrap().push(message.to_owned()));
        let mount = Some(mount(folder.path(), listener)?);
        Ok(Self { mount, folder, messages })
    }

    /// Writes what was changed into the archive, and unmounts.
    pub(crate) fn commit(self) {
        wim_fs::commit(&MountInfo::of(self.path()).unwrap()).unwrap();
        assert_eq!(self.messages(), [""; 0]);
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn mount(&self) -> &Mount {
        self.mount.as_ref().unwrap()
    }

    pub(crate) fn tree(&self) -> Tree {
        tree(self.path())
    }

    pub(crate) fn messages(&self) -> Vec<String> {
        self.messages.lock().unwrap().clone()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(mount) = self.mount.take() {
            mount.unmounter().unmount().unwrap();
            mount.wait().unwrap();
        }
    }
}

/// Opens a fixture with the files that it refers to.
pub(crate) fn open(case: &Case) -> Result<Archive> {
    let options =
        case.references.iter().fold(OpenOptions::new(), |options, name| options.reference(testdata::path(name)));
    options.open(testdata::path(case.file))
}

/// Everything below a folder.
pub(crate) fn tree(root: &Path) -> Tree {
    let mut found = Tree::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let shown = shown(&path);
            if shown.kind == Kind::Folder {
                folders.push(path.clone());
            }
            let name = path.strip_prefix(root).unwrap().as_os_str().as_bytes();
            found.insert(name.escape_ascii().to_string(), shown);
        }
    }
    found
}

fn shown(path: &Path) -> Shown {
    let metadata = fs::symlink_metadata(path).unwrap();
    let kind = if metadata.is_symlink() {
        fs::read_link(path).map_or(Kind::Unreadable, Kind::Link)
    } else if metadata.is_dir() {
        Kind::Folder
    } else if metadata.is_file() {
        fs::read(path).map_or(Kind::Unreadable, Kind::File)
    } else {
        Kind::Other
    };
    if let Kind::File(data) = &kind {
        assert_eq!(data.len() as u64, metadata.len(), "{}", path.display());
    }
    let links = if metadata.is_dir() { 0 } else { metadata.nlink() };
    let modified = (metadata.mtime(), metadata.mtime_nsec());
    Shown { kind, modified, links, xattrs: xattrs(path) }
}

/// The extended attributes of a file, of a link itself.
pub(crate) fn xattrs(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut names = vec![0; 64 << 10];
    let len = rustix::fs::llistxattr(path, &mut names[..]).unwrap();
    let names = names[..len].split(|&byte| byte == 0).filter(|name| !name.is_empty());
    // Of a link some are listed that cannot be read.
    let read = |name: &[u8]| Some((name.escape_ascii().to_string(), xattr(path, OsStr::from_bytes(name))?));
    names.filter_map(read).collect()
}

pub(crate) fn xattr(path: &Path, name: &OsStr) -> Option<Vec<u8>> {
    let mut value = vec![0; 64 << 10];
    let len = rustix::fs::lgetxattr(path, name, &mut value[..]).ok()?;
    value.truncate(len);
    Some(value)
}

/// Links that lead below `root` as if it were the root: where a tree lies makes no difference.
pub(crate) fn without_place(mut tree: Tree, root: &Path) -> Tree {
    for shown in tree.values_mut() {
        if let Kind::Link(target) = &mut shown.kind
            && let Ok(rest) = target.strip_prefix(root)
        {
            *target = Path::new("/").join(rest);
        }
    }
    tree
}
