//! What files and directories have besides their data.

use std::fs::File;

use wim_format::{FileAttributes, ImageMetadata, Inode, StreamKind, TaggedItems};

use super::report::NotRestored;
use crate::unix_data::{UnixData, extended_attributes};

/// Gives an open file what the image has of a Unix system. `false` if the system did not let us.
///
/// Extended attributes come before the owner, who alone might set them, and the mode last, whose set-user-id bit a new
/// owner takes away. That bit is only set if the owner is.
#[cfg(unix)]
pub(super) fn set_unix_data(file: &File, inode: &Inode) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let mut all = true;
    for (name, value) in extended_attributes(inode) {
        all &= crate::host::set_xattr(file, std::ffi::OsStr::from_bytes(name), value).is_ok();
    }
    let Some(data) = UnixData::of(inode) else { return all };
    all & crate::host::set_owner_and_mode(file, data.user, data.group, data.mode).is_ok()
}

/// Gives an open file what the image has of a Unix system, of which this system knows nothing.
#[cfg(not(unix))]
pub(super) fn set_unix_data(_: &File, inode: &Inode) -> bool {
    UnixData::of(inode).is_none() && extended_attributes(inode).next().is_none()
}

/// Attributes that need nothing to be restored.
const TRIVIAL: FileAttributes = FileAttributes::DIRECTORY
    .with(FileAttributes::ARCHIVE)
    .with(FileAttributes::NORMAL)
    .with(FileAttributes::REPARSE_POINT)
    .with(FileAttributes::SPARSE);

impl NotRestored {
    /// Counts what a file has that only Windows' file systems can take.
    pub(super) fn count_windows(&mut self, inode: &Inode) {
        self.security += u64::from(inode.security_id.is_some());
        self.attributes += u64::from(inode.attributes.without(TRIVIAL).0 != 0);
        self.streams += u64::from(inode.streams().any(|stream| stream.kind == StreamKind::Named));
        self.object_ids += u64::from(inode.tagged.get(TaggedItems::OBJECT_ID).is_some());
    }

    /// Counts what a file has that only Unix' file systems can take, and that was not asked for. Extended attributes of a file
    /// that knows nothing of Unix are Windows', and are no matter of it on NTFS.
    pub(super) fn count_unix(&mut self, inode: &Inode, is_ntfs: bool) {
        let is_unix = UnixData::of(inode).is_some();
        let has_attributes = extended_attributes(inode).next().is_some();
        self.extended_attributes += u64::from(has_attributes && (is_unix || !is_ntfs));
        self.unix_data += u64::from(is_unix);
    }

    /// Counts the short names of an image.
    pub(super) fn count_short_names(&mut self, metadata: &ImageMetadata, dentry: wim_format::DentryId) {
        self.short_names += u64::from(!metadata.dentry(dentry).short_name.is_empty());
    }
}
