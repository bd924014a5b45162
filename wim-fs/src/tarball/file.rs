//! What an entry says of a file: attributes, times, owner, links, what only Windows has.

use wim_format::{FileAttributes, FileTime, Inode, Name, ReparseInfo, SecurityData, StreamKind, TaggedItems};

use super::entries::{Entry, Kind};
use super::read::TarOptions;
use super::records::{self, from_base64, to_time};
use super::tree::ContentKind;
use crate::reparse::{MAX_DATA, Target};
use crate::unix_data::{self, UnixData, push_extended_attributes};

/// What an entry is.
pub(super) enum Described {
    File(Box<File>),
    /// An image cannot have it, or is not to have it; why.
    LeftOut(&'static str),
}

pub(super) struct File {
    pub(super) inode: Inode,
    pub(super) kind: ContentKind,
    pub(super) short_name: Option<Name>,
    /// What the entry's data is, if it has any.
    pub(super) data: Option<StreamKind>,
    /// Streams whose bytes are in records.
    pub(super) streams: Vec<RecordedStream>,
}

/// A stream whose bytes are in a record.
pub(super) type RecordedStream = (StreamKind, Name, Vec<u8>);

/// Reads the header and the records of an entry that is no hard link. Its security descriptor goes into `security`.
///
/// # Errors
/// If a record makes no sense; what.
pub(super) fn describe(
    entry: &Entry,
    options: &TarOptions,
    security: &mut SecurityData,
) -> Result<Described, &'static str> {
    let items = entry.record(records::ITEMS).map(|text| from_base64(text).ok_or("WIMSMITH.items is no Base64"));
    let items = items.transpose()?.map(|bytes| TaggedItems::from_bytes(&bytes));
    match entry.kind {
        Kind::Unknown(_) => return Ok(Described::LeftOut("it is of a kind that only the program knows that wrote it")),
        Kind::Special(_) if items.is_none() && !options.unix_data => {
            return Ok(Described::LeftOut("it is no file, folder or link; --unix-data keeps devices and pipes"));
        }
        _ => {}
    }
    let Some((kind, reparse)) = reparse_point(entry)? else {
        return Ok(Described::LeftOut("no link of Windows can lead where it leads"));
    };
    let mut inode = Inode::default();
    let attributes =
        entry.record(records::ATTRIBUTES).map(|text| number(text).ok_or("MSWINDOWS.fileattr is no number"));
    inode.attributes = attributes_of(entry, &kind, attributes.transpose()?.map(FileAttributes));
    set_times(&mut inode, entry, options);
    set_unused(&mut inode, entry);
    inode.tagged = match items {
        Some(items) => items,
        None if attributes_are_windows(entry) => windows_items(entry)?,
        None if options.unix_data => unix_items(entry),
        None => TaggedItems::default(),
    };
    if let Some(text) = entry.record(records::SECURITY) {
        let descriptor = from_base64(text).ok_or("MSWINDOWS.rawsd is no Base64")?;
        inode.security_id = security.insert(&descriptor);
    }
    let mut streams = named_streams(entry, &inode)?;
    if let Some((info, data)) = reparse {
        inode.reparse = Some(info);
        streams.push((StreamKind::Reparse, Name::default(), data));
    }
    let data = match (entry.kind, inode.attributes.contains(FileAttributes::ENCRYPTED)) {
        (Kind::File, true) => Some(StreamKind::Efs),
        (Kind::File, false) => Some(StreamKind::Data),
        _ => None,
    };
    let short_name = entry.record(records::SHORT_NAME).and_then(crate::wtf8::decode).map(Name::from_units);
    Ok(Described::File(Box::new(File { inode, kind, short_name, data, streams })))
}

/// What an unnamed stream is that comes beside the data of an entry, or any named one.
pub(super) fn stream_kind(inode: &Inode, is_unnamed: bool) -> StreamKind {
    match (is_unnamed, inode.attributes.contains(FileAttributes::ENCRYPTED)) {
        (false, _) => StreamKind::Named,
        (true, true) => StreamKind::Efs,
        (true, false) => StreamKind::Data,
    }
}

fn attributes_are_windows(entry: &Entry) -> bool {
    entry.record(records::ATTRIBUTES).is_some()
}

/// What kind of content an entry is, and the reparse point, if it is one.
type Reparse = (ContentKind, Option<(ReparseInfo, Vec<u8>)>);

/// `None` if no link of Windows can be like it.
fn reparse_point(entry: &Entry) -> Result<Option<Reparse>, &'static str> {
    if let Some(text) = entry.record(records::REPARSE) {
        let bytes = from_base64(text).ok_or("WIMSMITH.reparse is no Base64")?;
        let (header, data) = bytes.split_first_chunk::<8>().ok_or("WIMSMITH.reparse is too short")?;
        if data.len() as u64 > MAX_DATA {
            return Err("WIMSMITH.reparse is longer than the data of any reparse point");
        }
        let kind = if entry.kind == Kind::Symlink { ContentKind::Link(None) } else { ContentKind::Reparse };
        return Ok(Some((kind, Some((reparse_info(header), data.to_vec())))));
    }
    match entry.kind {
        Kind::Symlink => {
            let Some((info, data)) = link(&entry.link, entry.record(records::MOUNT_POINT).is_some()) else {
                return Ok(None);
            };
            let target = (!attributes_are_windows(entry)).then(|| entry.link.clone());
            Ok(Some((ContentKind::Link(target), Some((info, data)))))
        }
        Kind::Directory => Ok(Some((ContentKind::Directory, None))),
        _ => Ok(Some((ContentKind::File, None))),
    }
}

/// The eight bytes in front of the data: tag, reserved field, flags.
pub(super) fn reparse_header(info: ReparseInfo) -> [u8; 8] {
    let fields = u64::from(info.tag) | u64::from(info.reserved) << 32 | u64::from(info.flags) << 48;
    fields.to_le_bytes()
}

fn reparse_info(header: &[u8; 8]) -> ReparseInfo {
    let fields = u64::from_le_bytes(*header);
    ReparseInfo { tag: fields as u32, reserved: (fields >> 32) as u16, flags: (fields >> 48) as u16 }
}

/// The reparse point that a link of a tar archive is, where nothing else says so.
pub(super) fn link(target: &[u8], is_mount_point: bool) -> Option<(ReparseInfo, Vec<u8>)> {
    let tag = if is_mount_point { ReparseInfo::MOUNT_POINT } else { ReparseInfo::SYMLINK };
    let target = Target::of_unix(target)?;
    let data = if is_mount_point { target.to_mount_point_data()? } else { target.to_symlink_data()? };
    Some((ReparseInfo { tag, reserved: 0, flags: ReparseInfo::NOT_FIXED }, data))
}

/// The attributes that fit what an entry is.
fn attributes_of(entry: &Entry, kind: &ContentKind, stated: Option<FileAttributes>) -> FileAttributes {
    let by_kind = FileAttributes::DIRECTORY.with(FileAttributes::REPARSE_POINT);
    let is_reparse_point = matches!(kind, ContentKind::Link(_) | ContentKind::Reparse);
    let is_directory = match kind {
        // Only the attributes tell links to folders from other links.
        ContentKind::Link(_) => stated.is_some_and(|stated| stated.contains(FileAttributes::DIRECTORY)),
        _ => entry.kind == Kind::Directory,
    };
    let mut attributes = stated.unwrap_or_default().without(by_kind);
    if entry.record(records::EFS).is_none() {
        attributes = attributes.without(FileAttributes::ENCRYPTED);
    }
    if is_reparse_point {
        attributes = attributes.with(FileAttributes::REPARSE_POINT);
    }
    if is_directory {
        attributes = attributes.with(FileAttributes::DIRECTORY);
    }
    match (stated, &entry.sparse) {
        (None, Some(_)) => attributes.with(FileAttributes::SPARSE),
        (None, None) if attributes.0 == 0 => FileAttributes::NORMAL,
        _ => attributes,
    }
}

fn set_times(inode: &mut Inode, entry: &Entry, options: &TarOptions) {
    let header = i64::try_from(entry.header.mtime().unwrap_or(0)).unwrap_or(i64::MAX);
    let time = |record: &str| entry.record(record).and_then(to_time);
    let modified = time(records::MODIFIED).unwrap_or_else(|| FileTime::from_unix_seconds(header));
    let latest = options.reproducible.unwrap_or(FileTime(u64::MAX));
    inode.last_write_time = modified.min(latest);
    inode.last_access_time = time(records::ACCESSED).unwrap_or(modified).min(latest);
    inode.creation_time = time(records::CREATED).unwrap_or(modified).min(latest);
}

/// Puts in the fields that nobody knows.
fn set_unused(inode: &mut Inode, entry: &Entry) {
    let Some(text) = entry.record(records::UNUSED).and_then(|text| std::str::from_utf8(text).ok()) else { return };
    let mut numbers = text.split(' ').map_while(|number| number.parse::<u64>().ok());
    inode.unknown_0x54 = numbers.next().and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    inode.unused1 = numbers.next().unwrap_or(0);
    inode.unused2 = numbers.next().unwrap_or(0);
}

/// The fields that nobody knows, as a record has them.
pub(super) fn unused(inode: &Inode) -> Option<Vec<u8>> {
    let fields = (inode.unknown_0x54, inode.unused1, inode.unused2);
    (fields != (0, 0, 0)).then(|| format!("{} {} {}", fields.0, fields.1, fields.2).into_bytes())
}

/// Extended attributes as Windows' container layers have them.
fn windows_items(entry: &Entry) -> Result<TaggedItems, &'static str> {
    let mut attributes = Vec::new();
    for (name, value) in entry.records.with_prefix(records::WINDOWS_EA) {
        attributes.push((name.to_vec(), from_base64(value).ok_or("MSWINDOWS.xattr is no Base64")?));
    }
    let mut items = TaggedItems::default();
    push_extended_attributes(&mut items, &attributes);
    Ok(items)
}

/// Owner, mode, device and extended attributes of Unix.
fn unix_items(entry: &Entry) -> TaggedItems {
    const PERMISSIONS: u32 = 0o7777;
    let header = &entry.header;
    let id = |record: &str, field: std::io::Result<u64>| {
        let recorded = entry.record(record).and_then(super::sparse::number);
        // Longer numbers are none that an image can have.
        recorded.or_else(|| field.ok()).and_then(|id| u32::try_from(id).ok()).unwrap_or(0)
    };
    let kind = match entry.kind {
        Kind::Directory => unix_data::DIRECTORY,
        Kind::Symlink => unix_data::SYMLINK,
        Kind::Special(kind) => kind,
        _ => unix_data::REGULAR,
    };
    let data = UnixData {
        user: id("uid", header.uid()),
        group: id("gid", header.gid()),
        mode: kind | header.mode().unwrap_or(0) & PERMISSIONS,
        device: device(entry),
    };
    let mut items = TaggedItems::default();
    data.push_to(&mut items);
    let plain = entry.records.with_prefix(records::UNIX_XATTR);
    let mut attributes: Vec<(Vec<u8>, Vec<u8>)> = plain.map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    for (name, value) in entry.records.with_prefix(records::LIBARCHIVE_XATTR) {
        let name = records::percent_decode(name);
        // bsdtar writes both.
        if let Some(value) = from_base64(value).filter(|_| !attributes.iter().any(|(known, _)| *known == name)) {
            attributes.push((name, value));
        }
    }
    attributes.sort();
    push_extended_attributes(&mut items, &attributes);
    items
}

/// A device's number, in Linux' 32 bits.
fn device(entry: &Entry) -> u32 {
    if !matches!(entry.kind, Kind::Special(unix_data::CHARACTER_DEVICE | unix_data::BLOCK_DEVICE)) {
        return 0;
    }
    let number = |field: std::io::Result<Option<u32>>| field.ok().flatten().unwrap_or(0);
    unix_data::device(number(entry.header.device_major()), number(entry.header.device_minor()))
}

fn named_streams(entry: &Entry, inode: &Inode) -> Result<Vec<RecordedStream>, &'static str> {
    let mut streams = Vec::new();
    for (name, value) in entry.records.with_prefix(records::STREAM_PREFIX) {
        let units = crate::wtf8::decode(name).filter(|units| units.len() <= Name::MAX_UNITS);
        let units = units.ok_or("a named stream's name is no text, or too long")?;
        streams.push((stream_kind(inode, units.is_empty()), Name::from_units(units), value.to_vec()));
    }
    Ok(streams)
}

fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
