//! One file of the host as an inode.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Component, Path, PathBuf};

use wim_format::{FileAttributes, FileTime, Inode, Name, ReparseInfo};

use super::CaptureOptions;
use crate::host::{Identity, file_time, identity_of_metadata};
use crate::reparse::Target;

/// The name in an image; `None` if an image cannot have it.
#[cfg(unix)]
pub(super) fn image_name(name: &OsStr) -> Option<Name> {
    let units = crate::wtf8::decode(std::os::unix::ffi::OsStrExt::as_bytes(name))?;
    // A name with a backslash would be a path to Windows.
    (!units.contains(&u16::from(b'\\'))).then(|| Name::from_units(units))
}

/// The name in an image; `None` if an image cannot have it.
#[cfg(not(unix))]
pub(super) fn image_name(name: &OsStr) -> Option<Name> {
    name.to_str().map(Name::from)
}

/// Attributes, times, and what only Unix has.
pub(super) fn describe(inode: &mut Inode, path: &Path, found: &Metadata, options: &CaptureOptions) {
    inode.attributes = attributes(found);
    let modified = last_write_time(found);
    let accessed = found.accessed().map_or(modified, file_time);
    let created = crate::host::creation_time(found).unwrap_or(modified);
    (inode.creation_time, inode.last_write_time, inode.last_access_time) = match options.reproducible {
        Some(latest) => (modified.min(latest), modified.min(latest), modified.min(latest)),
        None => (created, modified, accessed),
    };
    if options.unix_data {
        crate::host::push_unix_data(&mut inode.tagged, path, found);
    }
}

/// When a file was last changed.
pub(super) fn last_write_time(found: &Metadata) -> FileTime {
    found.modified().map_or(FileTime(0), file_time)
}

fn attributes(found: &Metadata) -> FileAttributes {
    let own = crate::host::attributes(found);
    if found.is_dir() {
        own.with(FileAttributes::DIRECTORY)
    } else if found.is_symlink() {
        own.with(FileAttributes::REPARSE_POINT)
    } else if own == FileAttributes(0) {
        FileAttributes::NORMAL
    } else {
        own
    }
}

/// Makes an inode a symbolic link, and returns its data. An absolute target below `root` is made to lead into the image.
pub(super) fn link(inode: &mut Inode, target: &Path, is_directory: bool, root: Option<Identity>) -> Option<Vec<u8>> {
    let inside = root.and_then(|root| below(target, root));
    let leads_to = inside.as_deref().unwrap_or(target);
    let target = Target::of_unix(leads_to.as_os_str().as_encoded_bytes())?;
    if is_directory {
        inode.attributes = inode.attributes.with(FileAttributes::DIRECTORY);
    }
    let flags = if inside.is_some() { 0 } else { ReparseInfo::NOT_FIXED };
    inode.reparse = Some(ReparseInfo { tag: ReparseInfo::SYMLINK, reserved: 0, flags });
    target.to_symlink_data()
}

/// An absolute path as seen from the directory `root`, if it leads through that. It begins with a separator.
fn below(target: &Path, root: Identity) -> Option<PathBuf> {
    if !target.is_absolute() || !cfg!(unix) {
        return None;
    }
    let mut prefix = PathBuf::new();
    let mut components = target.components();
    while let Some(component) = components.next() {
        prefix.push(component);
        if identity_of_metadata(&std::fs::metadata(&prefix).ok()?) == root {
            let rest = components.as_path();
            return Some(Path::new(&Component::RootDir).join(rest));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn names_of_the_host_are_names_of_an_image_or_not() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(image_name(OsStr::new("ü")), Some(Name::from("ü")));
        assert_eq!(image_name(OsStr::from_bytes(b"\xED\xA0\x80")), Some(Name::from_units([0xD800])));
        assert_eq!(image_name(OsStr::from_bytes(b"\xFF")), None);
        assert_eq!(image_name(OsStr::new("a\\b")), None);
    }

    #[test]
    fn times_are_exact_to_100_nanoseconds() {
        let time = FileTime(133_419_078_960_850_944);
        assert_eq!(file_time(crate::host::system_time(time)), time);
        let early = FileTime(1);
        assert_eq!(file_time(crate::host::system_time(early)), early);
    }

    #[cfg(unix)]
    #[test]
    fn links_into_the_captured_folder_lead_into_the_image() {
        let folder = tempfile::tempdir().unwrap();
        let root = identity_of_metadata(&std::fs::metadata(folder.path()).unwrap());
        assert_eq!(below(&folder.path().join("a/b"), root), Some(PathBuf::from("/a/b")));
        assert_eq!(below(folder.path(), root), Some(PathBuf::from("/")));
        assert_eq!(below(Path::new("/etc/passwd"), root), None);
        assert_eq!(below(Path::new("a"), root), None);
    }
}
