//! Windows' metadata on an NTFS volume that is mounted by NTFS-3G, or by Linux' own ntfs3: extended attributes that stand for it.
//!
//! | attribute | what |
//! |---|---|
//! | `system.ntfs_attrib_be` | attributes, 32 bits, big-endian |
//! | `system.ntfs_times_be` | times of creation, of change, of access, of change of the record: 64 bits each, big-endian |
//! | `system.ntfs_acl` | the security descriptor |
//! | `system.ntfs_dos_name` | the short name, of the name that it is set on |
//! | `system.ntfs_reparse_data` | the reparse point, with its header |
//! | `system.ntfs_object_id` | the object id |
//! | `system.ntfs_ea` | extended attributes in Windows' sense |
//! | `user.NAME` | the named stream NAME |
//!
//! Named streams of links can be set, but not read: the kernel keeps `user.` attributes of links to itself. A volume that is
//! mounted with `streams_interface=windows` has no `user.` attributes at all; its `ntfs.streams.list` says that a file has streams.
//! Files encrypted by EFS are left alone.
//!
//! ntfs3 has the attributes, and the security descriptor as `system.ntfs_security`; the times that the system sets; and nothing else
//! of these. Its `user.` attributes are no streams.
//!
//! Values are no longer than 64 KiB, which is more than any of these is but a named stream. Whether data is compressed cannot be
//! set: a file is if the directory was in which it was made.

#![expect(clippy::big_endian_bytes, reason = "of NTFS-3G's attributes, the big-endian ones are the same on every host")]

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::Path;

use rustix::io::Errno;
use wim_format::{FileAttributes, FileTime, Inode, Name, ReparseInfo, TaggedItems};

use crate::host::{get_xattr, get_xattr_of, list_xattrs, set_xattr};
use crate::unix_data::UnixData;

mod extended_attributes;

const ATTRIBUTES: &str = "system.ntfs_attrib_be";
const TIMES: &str = "system.ntfs_times_be";
const SECURITY: &str = "system.ntfs_acl";
const SECURITY_OF_NTFS3: &str = "system.ntfs_security";
const SHORT_NAME: &str = "system.ntfs_dos_name";
const REPARSE: &str = "system.ntfs_reparse_data";
const OBJECT_ID: &str = "system.ntfs_object_id";
const EXTENDED: &str = "system.ntfs_ea";
const STREAM_LIST: &str = "ntfs.streams.list";
pub(crate) const STREAM_PREFIX: &str = "user.";

/// The longest value of an extended attribute.
pub(crate) const MAX_VALUE: u64 = 64 << 10;

/// Attributes that the file system keeps by itself.
pub(crate) const KEPT: FileAttributes = FileAttributes::DIRECTORY
    .with(FileAttributes::REPARSE_POINT)
    .with(FileAttributes::SPARSE)
    .with(FileAttributes::ENCRYPTED);

/// Whether a path, or the nearest directory above it that exists, is on such a volume.
pub(crate) fn is_ntfs(path: &Path) -> bool {
    let Ok(absolute) = std::path::absolute(path) else { return false };
    let there = absolute.ancestors().find(|path| path.exists());
    there.is_some_and(|path| get_xattr(path, OsStr::new(ATTRIBUTES)).is_ok_and(|value| value.len() == 4))
}

/// What of a file could not be restored.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lost {
    pub(crate) security: bool,
    pub(crate) attributes: bool,
    pub(crate) object_id: bool,
    pub(crate) extended: bool,
}

/// Makes an empty directory one in which files are compressed, or not.
pub(crate) fn set_compressed(directory: &File, is_compressed: bool) -> io::Result<()> {
    let attributes = FileAttributes::DIRECTORY;
    let attributes = if is_compressed { attributes.with(FileAttributes::COMPRESSED) } else { attributes };
    set_xattr(directory, OsStr::new(ATTRIBUTES), &attributes.0.to_be_bytes())
}

/// Makes an empty file or directory a reparse point.
pub(crate) fn set_reparse(file: &File, info: ReparseInfo, data: &[u8]) -> io::Result<()> {
    let value = reparse_value(info, data).ok_or(io::ErrorKind::InvalidData)?;
    set_xattr(file, OsStr::new(REPARSE), &value)
}

/// Gives a file a named stream.
pub(crate) fn set_stream(file: &File, name: &Name, data: &[u8]) -> io::Result<()> {
    // Only NTFS-3G has these times, and streams.
    get_xattr_of(file, OsStr::new(TIMES))?;
    let mut attribute = OsString::from(STREAM_PREFIX);
    attribute.push(crate::extract::names::os_string(name.units()));
    set_xattr(file, &attribute, data)
}

/// Gives the name by which a file was opened a short name.
pub(crate) fn set_short_name(file: &File, name: &Name) -> io::Result<()> {
    let name = crate::extract::names::os_string(name.units());
    set_xattr(file, OsStr::new(SHORT_NAME), name.as_encoded_bytes())
}

/// Gives a file everything else. Attributes come before times, which every change would change.
pub(crate) fn set_metadata(file: &File, inode: &Inode, descriptor: Option<&[u8]>) -> Lost {
    let set = |name: &str, value: &[u8]| set_xattr(file, OsStr::new(name), value).is_err();
    let mut lost = Lost::default();
    if let Some(object_id) = inode.tagged.get(TaggedItems::OBJECT_ID) {
        lost.object_id = set(OBJECT_ID, object_id);
    }
    if let Some(descriptor) = descriptor {
        lost.security = set(SECURITY, descriptor) && set(SECURITY_OF_NTFS3, descriptor);
    }
    if let Some(extended) = extended_value(inode) {
        lost.extended = set(EXTENDED, &extended);
    }
    let attributes = inode.attributes.without(KEPT);
    lost.attributes = set(ATTRIBUTES, &attributes.0.to_be_bytes());
    lost.attributes |= set(TIMES, &times(inode));
    if attributes.contains(FileAttributes::COMPRESSED) {
        let now = get_xattr_of(file, OsStr::new(ATTRIBUTES)).ok().as_deref().and_then(parse_attributes);
        lost.attributes |= !now.is_some_and(|now| now.contains(FileAttributes::COMPRESSED));
    }
    lost
}

/// What a file has beside its data.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) security: Option<Vec<u8>>,
    pub(crate) short_name: Option<Name>,
    /// Which kind of reparse point it is, and the data.
    pub(crate) reparse: Option<(ReparseInfo, Vec<u8>)>,
    pub(crate) streams: Vec<(Name, Vec<u8>)>,
    /// What it has and could not be read, and why.
    pub(crate) lost: Vec<&'static str>,
}

/// Reads what a file has beside its data, and puts attributes, times, object id and extended attributes into `inode`.
///
/// # Errors
/// What the system says of something that is there.
pub(crate) fn read(path: &Path, inode: &mut Inode) -> io::Result<Found> {
    let get = |name: &str| match get_xattr(path, OsStr::new(name)) {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(error),
    };
    if let Some(attributes) = get(ATTRIBUTES)?.as_deref().and_then(parse_attributes) {
        let by_kind = FileAttributes::DIRECTORY.with(FileAttributes::REPARSE_POINT);
        let kept = FileAttributes(inode.attributes.0 & by_kind.0);
        inode.attributes = attributes.without(FileAttributes::REPARSE_POINT).with(kept);
    }
    let ntfs_times = get(TIMES)?;
    let has_streams = ntfs_times.is_some();
    if let Some(times) = ntfs_times.filter(|times| times.len() >= 24) {
        let time = |at: usize| FileTime(u64::from_be_bytes(times[at..at + 8].try_into().unwrap_or_default()));
        (inode.creation_time, inode.last_write_time, inode.last_access_time) = (time(0), time(8), time(16));
    }
    if let Some(object_id) = get(OBJECT_ID)?.filter(|id| id.len() >= 16) {
        inode.tagged.push(TaggedItems::OBJECT_ID, &object_id);
    }
    if let Some(extended) = get(EXTENDED)?.filter(|_| inode.tagged.get(TaggedItems::EXTENDED_ATTRIBUTES).is_none()) {
        let extended = extended_attributes::from_windows(&extended);
        if !extended.is_empty() {
            inode.tagged.push(TaggedItems::EXTENDED_ATTRIBUTES, &extended);
        }
    }
    let mut found = Found { reparse: get(REPARSE)?.as_deref().and_then(parse_reparse), ..Found::default() };
    let short_name = match get(SHORT_NAME) {
        // The root of a volume has no name that could be short.
        Err(error) if errno(&error) == Some(Errno::PERM) => None,
        Err(error) if errno(&error) == Some(Errno::MLINK) => {
            found.lost.push("it has a short name, which NTFS-3G does not tell of a file with several names");
            None
        }
        short_name => short_name?,
    };
    let short_name = short_name.and_then(|name| crate::wtf8::decode(&name));
    found.short_name = short_name.filter(|name| !name.is_empty()).map(Name::from_units);
    let descriptor = match get(SECURITY) {
        Ok(None) => get(SECURITY_OF_NTFS3),
        descriptor => descriptor,
    };
    match descriptor {
        Ok(descriptor) => found.security = descriptor.filter(|value| !value.is_empty()),
        // Such is the root of a volume that mkntfs has made.
        Err(_) => found.lost.push("its security descriptor cannot be read"),
    }
    for name in if has_streams { list_xattrs(path) } else { Vec::new() } {
        let Some(stream) = name.strip_prefix(STREAM_PREFIX.as_bytes()).and_then(crate::wtf8::decode) else { continue };
        match get_xattr(path, &crate::host::os_str(&name)) {
            Ok(data) => found.streams.push((Name::from_units(stream), data)),
            Err(error) if is_absence(&error) => {}
            Err(_) => found.lost.push("a named stream of it is too long to be read"),
        }
    }
    if get(STREAM_LIST)?.is_some_and(|list| !list.is_empty()) {
        found.lost.push("it has named streams, which only a volume mounted with streams_interface=xattr shows");
    }
    found.streams.sort();
    Ok(found)
}

/// Whether an error says that there is no such attribute, or none of its kind on this file.
fn is_absence(error: &io::Error) -> bool {
    matches!(errno(error), Some(Errno::NODATA | Errno::OPNOTSUPP))
}

fn errno(error: &io::Error) -> Option<Errno> {
    Errno::from_io_error(error)
}

fn parse_attributes(value: &[u8]) -> Option<FileAttributes> {
    Some(FileAttributes(u32::from_be_bytes(*value.first_chunk()?)))
}

/// A file's extended attributes in Windows' sense, if it has any: beside what it has of Unix they are Unix' own.
fn extended_value(inode: &Inode) -> Option<Vec<u8>> {
    if UnixData::of(inode).is_some() {
        return None;
    }
    inode.tagged.get(TaggedItems::EXTENDED_ATTRIBUTES).map(extended_attributes::to_windows)
}

/// A file's attribute of that name, if it is one of those above and the file has it: what [`read`] reads. `reparse` reads the
/// reparse point's data.
#[cfg(all(target_os = "linux", feature = "mount"))]
pub(crate) fn value(
    name: &str,
    inode: &Inode,
    descriptor: Option<&[u8]>,
    short_name: &Name,
    reparse: impl FnOnce() -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    match name {
        ATTRIBUTES => Some(inode.attributes.0.to_be_bytes().to_vec()),
        TIMES => Some(times(inode)),
        SECURITY => descriptor.map(<[u8]>::to_vec),
        SHORT_NAME => (!short_name.is_empty()).then(|| crate::wtf8::encode(short_name.units())),
        OBJECT_ID => inode.tagged.get(TaggedItems::OBJECT_ID).map(<[u8]>::to_vec),
        EXTENDED => extended_value(inode),
        REPARSE => reparse_value(inode.reparse?, &reparse()?),
        _ => None,
    }
}

/// What a value of one of the attributes above says.
#[cfg(all(target_os = "linux", feature = "mount"))]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Attributes(FileAttributes),
    /// Of creation, of change, of access; those that are not said stay.
    Times(Vec<FileTime>),
    Security(Vec<u8>),
    ShortName(Name),
    ObjectId(Vec<u8>),
    /// As an image has them.
    Extended(Vec<u8>),
    Reparse(ReparseInfo, Vec<u8>),
}

/// What a value says; nothing, if that is none of these attributes; an error, if it makes no sense.
#[cfg(all(target_os = "linux", feature = "mount"))]
pub(crate) fn setting(name: &str, value: &[u8]) -> Option<Result<Setting, ()>> {
    let setting = match name {
        ATTRIBUTES => parse_attributes(value).filter(|_| value.len() == 4).map(Setting::Attributes),
        TIMES => {
            let (times, rest) = value.as_chunks::<8>();
            let times = times.iter().take(3).map(|&time| FileTime(u64::from_be_bytes(time))).collect();
            rest.is_empty().then_some(Setting::Times(times))
        }
        SECURITY => (!value.is_empty()).then(|| Setting::Security(value.to_vec())),
        SHORT_NAME => crate::wtf8::decode(value).map(|units| Setting::ShortName(Name::from_units(units))),
        OBJECT_ID => (value.len() >= 16).then(|| Setting::ObjectId(value.to_vec())),
        EXTENDED => {
            let extended = extended_attributes::from_windows(value);
            // None at all takes them away; what makes no sense does not.
            (value.is_empty() || !extended.is_empty()).then_some(Setting::Extended(extended))
        }
        REPARSE => parse_reparse(value).map(|(info, data)| Setting::Reparse(info, data)),
        _ => return None,
    };
    Some(setting.ok_or(()))
}

/// The times as NTFS-3G has them.
fn times(inode: &Inode) -> Vec<u8> {
    let times = [inode.creation_time, inode.last_write_time, inode.last_access_time, inode.last_write_time];
    times.iter().flat_map(|time| time.0.to_be_bytes()).collect()
}

/// A reparse point's data with its header, if it is no longer than such data can be.
fn reparse_value(info: ReparseInfo, data: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(data.len()).ok()?;
    let mut value = info.tag.to_le_bytes().to_vec();
    value.extend(length.to_le_bytes());
    value.extend(info.reserved.to_le_bytes());
    value.extend_from_slice(data);
    Some(value)
}

fn parse_reparse(value: &[u8]) -> Option<(ReparseInfo, Vec<u8>)> {
    let (header, data) = value.split_first_chunk::<8>()?;
    let tag = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
    let reserved = u16::from_le_bytes([header[6], header[7]]);
    Some((ReparseInfo { tag, reserved, flags: ReparseInfo::NOT_FIXED }, data.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reparse_data_has_a_header_or_is_none() {
        let value = [0x0C, 0, 0, 0xA0, 2, 0, 7, 0, 1, 2];
        let (info, data) = parse_reparse(&value).unwrap();
        assert_eq!((info.tag, info.reserved, data), (ReparseInfo::SYMLINK, 7, vec![1, 2]));
        assert!(parse_reparse(&value[..7]).is_none());
    }

    #[test]
    fn other_file_systems_are_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_ntfs(folder.path()) && !is_ntfs(&folder.path().join("a/b")));
    }
}
