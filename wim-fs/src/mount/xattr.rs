//! Extended attributes: named streams, Unix' own, and Windows' metadata under the names that NTFS-3G gives it.
//!
//! Named streams and Unix' own are listed. Windows' metadata is there for whoever asks, as on NTFS-3G: so what captures an
//! NTFS volume captures a mounted image as well, with nothing lost.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use fuser::Errno;
use wim_format::{Inode, InodeId, StreamKind};

use super::tree::{Tree, image_name};
use super::view::View;
use crate::ntfs::{self, MAX_VALUE, STREAM_PREFIX};
use crate::unix_data::extended_attributes;

/// Bytes of the longest name of an extended attribute.
const MAX_NAME: usize = 255;
/// Bytes of the longest list of them.
const MAX_LIST: usize = 64 << 10;

impl View {
    /// The names of a file's extended attributes, each with a NUL after it.
    pub(super) fn list_xattrs(&self, number: u64) -> Result<Vec<u8>, Errno> {
        let tree = self.tree();
        let inode = tree.inode(tree.find(number).ok_or(Errno::ENOENT)?);
        let mut names: Vec<Vec<u8>> = Vec::new();
        // Of links the kernel keeps `user.` to itself.
        if self.manner.streams && !inode.is_reparse_point() {
            names.extend(inode.streams().filter_map(|stream| stream_attribute(stream.name?.units())));
        }
        if self.manner.unix_data {
            let others = extended_attributes(inode).map(|(name, _)| name.to_vec());
            names.extend(others.filter(|name| name.len() <= MAX_NAME));
        }
        let mut list = Vec::new();
        for (position, name) in names.iter().enumerate() {
            if list.len() + name.len() < MAX_LIST && !names[..position].contains(name) {
                list.extend_from_slice(name);
                list.push(0);
            }
        }
        Ok(list)
    }

    /// The value of an extended attribute.
    pub(super) fn xattr(&self, number: u64, name: &OsStr) -> Result<Vec<u8>, Errno> {
        let tree = self.tree();
        let id = tree.find(number).ok_or(Errno::ENOENT)?;
        let inode = tree.inode(id);
        if let Some(value) = self.windows_value(&tree, id, name) {
            return Ok(value);
        }
        if let Some(hash) = self.manner.streams.then(|| stream_hash(inode, name)).flatten() {
            if self.data_size(&tree, &hash).is_some_and(|size| size > MAX_VALUE) {
                return Err(Errno::E2BIG);
            }
            return self.small_blob(&tree, id, &hash, MAX_VALUE).ok_or(Errno::EIO);
        }
        let own = extended_attributes(inode).find(|(own, _)| self.manner.unix_data && *own == name.as_bytes());
        own.map(|(_, value)| value.to_vec()).ok_or(Errno::ENODATA)
    }

    fn windows_value(&self, tree: &Tree, id: InodeId, name: &OsStr) -> Option<Vec<u8>> {
        let (inode, name) = (tree.inode(id), name.to_str()?);
        let descriptor = inode.security_id.and_then(|id| tree.metadata.security().get(id));
        let short_name = &tree.metadata.dentry(tree.entry(id)).short_name;
        ntfs::value(name, inode, descriptor, short_name, || self.reparse_data(tree, id))
    }
}

/// The attribute that stands for a named stream, if there can be one.
fn stream_attribute(name: &[u16]) -> Option<Vec<u8>> {
    let attribute = [STREAM_PREFIX.as_bytes(), &crate::wtf8::encode(name)].concat();
    (attribute.len() <= MAX_NAME && !attribute.contains(&0)).then_some(attribute)
}

/// The named stream that an attribute stands for.
fn stream_hash(inode: &Inode, attribute: &OsStr) -> Option<wim_format::Sha1Hash> {
    let name = attribute.as_bytes().strip_prefix(STREAM_PREFIX.as_bytes())?;
    let name = image_name(OsStr::from_bytes(name))?;
    let mut named = inode.streams().filter(|stream| stream.kind == StreamKind::Named);
    named.find(|stream| stream.name == Some(&name)).map(|stream| stream.hash)
}
