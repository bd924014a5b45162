//! Setting what a file says of itself: mode, owner, times, extended attributes.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use fuser::{Errno, FileAttr};
use wim_format::{FileAttributes, FileTime, Inode, InodeId, Name, NewStream, ReparseInfo, StreamKind, TaggedItems};

use super::changes::Changes;
use super::edit::{of_edit, set_stream};
use super::staged::Content;
use super::tree::{Tree, image_name};
use super::view::is_encrypted;
use crate::ntfs::{self, KEPT, MAX_VALUE, STREAM_PREFIX, Setting};
use crate::unix_data::{UnixData, extended_attributes, push_extended_attributes, set_item};

/// In the flags of `setxattr`: the attribute must not be there yet; it must be there.
const XATTR_CREATE: i32 = 1;
const XATTR_REPLACE: i32 = 2;

/// What `setattr` sets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NewAttr {
    pub(super) mode: Option<u32>,
    pub(super) user: Option<u32>,
    pub(super) group: Option<u32>,
    pub(super) size: Option<u64>,
    pub(super) accessed: Option<FileTime>,
    pub(super) modified: Option<FileTime>,
}

impl Changes {
    /// Sets size, mode, owner, times. Where the image keeps nothing of Unix, mode and owner stay, and nothing is said: who
    /// copies files here could do nothing about it.
    pub(super) fn set_attr(&self, number: u64, new: NewAttr) -> Result<FileAttr, Errno> {
        self.edit(|tree| {
            let id = tree.find(number).ok_or(Errno::ENOENT)?;
            if let Some(size) = new.size {
                self.set_size(tree, id, size)?;
            }
            let inode = tree.inode_mut(id);
            inode.last_access_time = new.accessed.unwrap_or(inode.last_access_time);
            inode.last_write_time = new.modified.unwrap_or(inode.last_write_time);
            if self.view.manner.unix_data && (new.mode, new.user, new.group) != (None, None, None) {
                let shown = self.view.attr_of(tree, id);
                set_unix(tree.inode_mut(id), &shown, new);
            }
            Ok(self.view.attr_of(tree, id))
        })
    }

    /// Sets an extended attribute, or takes it away.
    pub(super) fn set_xattr(&self, number: u64, name: &OsStr, value: Option<&[u8]>, flags: i32) -> Result<(), Errno> {
        if value.is_some_and(|value| value.len() as u64 > MAX_VALUE) {
            return Err(Errno::E2BIG);
        }
        let is_there = self.view.xattr(number, name).is_ok();
        if is_there && flags & XATTR_CREATE != 0 {
            return Err(Errno::EEXIST);
        }
        if !is_there && (flags & XATTR_REPLACE != 0 || value.is_none()) {
            return Err(Errno::ENODATA);
        }
        self.edit(|tree| {
            let id = tree.find(number).ok_or(Errno::ENOENT)?;
            if is_encrypted(tree.inode(id)) {
                return Err(Errno::EACCES);
            }
            self.set_xattr_of(tree, id, name, value)
        })
    }

    fn set_xattr_of(&self, tree: &mut Tree, id: InodeId, name: &OsStr, value: Option<&[u8]>) -> Result<(), Errno> {
        if let Some(setting) = name.to_str().and_then(|name| ntfs::setting(name, value.unwrap_or_default())) {
            return match (setting, value) {
                (Ok(setting), Some(_)) => self.set(tree, id, setting),
                (Err(()), Some(_)) => Err(Errno::EINVAL),
                // What NTFS always has cannot be taken away.
                (_, None) => Err(Errno::EPERM),
            };
        }
        let stream = name.as_bytes().strip_prefix(STREAM_PREFIX.as_bytes());
        match stream {
            Some(_) if self.view.manner.unix_data => set_unix_xattr(tree.inode_mut(id), name.as_bytes(), value),
            Some(stream) if self.view.manner.streams && !stream.is_empty() => {
                let stream = image_name(OsStr::from_bytes(stream)).ok_or(Errno::EILSEQ)?;
                let data = value.map(|value| tree.staged.insert(Content::Bytes(Arc::new(value.to_vec()))));
                set_stream(tree.inode_mut(id), StreamKind::Named, &stream, data)
            }
            None if self.view.manner.unix_data => set_unix_xattr(tree.inode_mut(id), name.as_bytes(), value),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    fn set(&self, tree: &mut Tree, id: InodeId, setting: Setting) -> Result<(), Errno> {
        match setting {
            Setting::Attributes(new) => {
                let inode = tree.inode_mut(id);
                let kept = FileAttributes(inode.attributes.0 & KEPT.0);
                let all = new.without(KEPT).without(FileAttributes::NORMAL).with(kept);
                inode.attributes = if all == FileAttributes(0) { FileAttributes::NORMAL } else { all };
            }
            Setting::Times(times) => {
                let inode = tree.inode_mut(id);
                let fields = [&mut inode.creation_time, &mut inode.last_write_time, &mut inode.last_access_time];
                fields.into_iter().zip(times).for_each(|(field, time)| *field = time);
            }
            Setting::Security(descriptor) => {
                let number = tree.metadata.security_mut().insert(&descriptor).ok_or(Errno::ENOSPC)?;
                tree.inode_mut(id).security_id = Some(number);
            }
            Setting::ShortName(name) => {
                let entry = tree.entry(id);
                tree.metadata.set_short_name(entry, name).map_err(of_edit)?;
            }
            Setting::ObjectId(object_id) => {
                set_item(&mut tree.inode_mut(id).tagged, TaggedItems::OBJECT_ID, Some(&object_id));
            }
            Setting::Extended(items) => {
                let items = Some(items.as_slice()).filter(|items| !items.is_empty());
                set_item(&mut tree.inode_mut(id).tagged, TaggedItems::EXTENDED_ATTRIBUTES, items);
            }
            Setting::Reparse(info, data) => return self.make_reparse_point(tree, id, info, data),
        }
        Ok(())
    }

    /// Makes a file, or an empty directory, a reparse point.
    fn make_reparse_point(&self, tree: &mut Tree, id: InodeId, info: ReparseInfo, data: Vec<u8>) -> Result<(), Errno> {
        let inode = tree.inode(id);
        if !inode.children.is_empty() || id == tree.root() {
            return Err(Errno::ENOTEMPTY);
        }
        if inode.link_count != 1 {
            return Err(Errno::EPERM);
        }
        // Which stream is which follows from the attributes: they are taken before, and put back after.
        let mut streams = vec![NewStream {
            kind: StreamKind::Reparse,
            name: Name::default(),
            hash: tree.staged.insert(Content::Bytes(Arc::new(data))),
        }];
        let others = tree.inode(id).streams().filter(|stream| stream.kind != StreamKind::Reparse);
        streams.extend(others.map(|stream| NewStream {
            kind: stream.kind,
            name: stream.name.cloned().unwrap_or_default(),
            hash: stream.hash,
        }));
        let inode = tree.inode_mut(id);
        inode.attributes = inode.attributes.with(FileAttributes::REPARSE_POINT).without(FileAttributes::NORMAL);
        (inode.reparse, inode.link_group) = (Some(info), 0);
        inode.set_streams(streams).map_err(of_edit)?;
        self.view.forget_target(id);
        Ok(())
    }
}

/// Sets mode and owner, on top of what is shown now.
fn set_unix(inode: &mut Inode, shown: &FileAttr, new: NewAttr) {
    const PERMISSIONS: u32 = 0o7777;
    let (directory, regular) = (0o040_000, 0o100_000);
    let kind = if inode.is_directory() { directory } else { regular };
    let old = UnixData::of(inode).unwrap_or(UnixData {
        user: shown.uid,
        group: shown.gid,
        mode: kind | u32::from(shown.perm),
        device: 0,
    });
    let mode = new.mode.map_or(old.mode, |mode| old.mode & !PERMISSIONS | mode & PERMISSIONS);
    let (user, group) = (new.user.unwrap_or(old.user), new.group.unwrap_or(old.group));
    set_item(&mut inode.tagged, TaggedItems::UNIX_DATA, None);
    UnixData { user, group, mode, ..old }.push_to(&mut inode.tagged);
}

fn set_unix_xattr(inode: &mut Inode, name: &[u8], value: Option<&[u8]>) -> Result<(), Errno> {
    let others = extended_attributes(inode).filter(|(other, _)| *other != name);
    let mut all: Vec<(Vec<u8>, Vec<u8>)> = others.map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    all.extend(value.map(|value| (name.to_vec(), value.to_vec())));
    let mut tagged = inode.tagged.clone();
    set_item(&mut tagged, TaggedItems::EXTENDED_ATTRIBUTES, None);
    if push_extended_attributes(&mut tagged, &all) > 0 {
        return Err(Errno::ENOSPC);
    }
    inode.tagged = tagged;
    Ok(())
}
