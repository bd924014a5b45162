//! Directory entries: one record of a metadata resource, read and written.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::inode::{Inode, InodeId, ReparseInfo};
use super::stream::{StoredStreams, StreamEntry};
use super::{FileAttributes, TaggedItems};
use crate::bytes::{Cursor, align8};
use crate::error::{ErrorKind, Result};
use crate::limits::Limits;
use crate::name::Name;
use crate::raw::{self, Record, U16, U32, U64};
use crate::resource::Sha1Hash;
use crate::time::FileTime;

/// The number of a [`Dentry`] in its image: a position in [`ImageMetadata::dentries`](super::ImageMetadata::dentries).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DentryId(pub u32);

impl DentryId {
    /// The root directory of every image.
    pub const ROOT: Self = Self(0);
    /// The parent of an entry that was removed.
    const REMOVED: Self = Self(u32::MAX);
}

/// A directory entry: a name of a file or directory.
///
/// Microsoft: `DIRENTRY`; wimlib: `wim_dentry`.
#[doc(alias = "DIRENTRY")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dentry {
    /// The name; only the root has none.
    pub name: Name,
    /// The 8.3 name, or nothing.
    pub short_name: Name,
    /// What it names.
    pub inode: InodeId,
    /// The directory that it is in; the root is in itself.
    pub parent: DentryId,
}

impl Dentry {
    /// Whether the entry was removed: it still has its number, but is in no directory.
    pub fn is_removed(&self) -> bool {
        self.parent == DentryId::REMOVED
    }

    pub(super) fn mark_removed(&mut self) {
        *self =
            Self { name: Name::default(), short_name: Name::default(), inode: self.inode, parent: DentryId::REMOVED };
    }

    /// The record's length on disk, without and with stream entries.
    pub(super) fn encoded_len(&self, inode: &Inode) -> (usize, usize) {
        let fixed = raw::Dentry::SIZE + self.name.stored_len() + self.short_name.stored_len();
        let length = fixed.next_multiple_of(8) + inode.tagged.as_bytes().len();
        (length, length + inode.stored_streams.entries_len())
    }

    /// Appends the record with its stream entries.
    pub(super) fn write(&self, inode: &Inode, subdir_offset: u64, out: &mut Vec<u8>) {
        let (length, _) = self.encoded_len(inode);
        let end = out.len() + length;
        let streams = &inode.stored_streams;
        let raw = raw::Dentry {
            length: U64::new(length as u64),
            attributes: U32::new(inode.attributes.0),
            security_id: U32::new(inode.security_id.unwrap_or(NO_SECURITY_ID)),
            subdir_offset: U64::new(subdir_offset),
            unused1: U64::new(inode.unused1),
            unused2: U64::new(inode.unused2),
            creation_time: U64::new(inode.creation_time.0),
            last_access_time: U64::new(inode.last_access_time.0),
            last_write_time: U64::new(inode.last_write_time.0),
            main_hash: streams.main_hash.0,
            unknown_0x54: U32::new(inode.unknown_0x54),
            reparse_or_link: inode.reparse_or_link(),
            stream_count: U16::new(streams.count_field()),
            short_name_len: U16::new(self.short_name.len_field()),
            name_len: U16::new(self.name.len_field()),
        };
        out.extend_from_slice(bytemuck::bytes_of(&raw));
        self.name.store(out);
        self.short_name.store(out);
        out.resize(end - inode.tagged.as_bytes().len(), 0);
        out.extend_from_slice(inode.tagged.as_bytes());
        streams.entries.iter().for_each(|entry| entry.write(out));
    }
}

/// The end of a directory: a length of 8 or less, in 8 bytes.
pub(super) const END_MARK_LEN: usize = size_of::<U64>();
/// The security id of an entry without a descriptor.
pub(super) const NO_SECURITY_ID: u32 = u32::MAX;

/// A record as read from disk: an entry with an inode of its own.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: Name,
    pub(super) short_name: Name,
    /// The security id is still unchecked.
    pub(super) inode: Inode,
    pub(super) subdir_offset: u64,
}

impl Entry {
    /// Reads one record with its stream entries, or the end of a directory, which is `None`.
    pub(super) fn read(cursor: &mut Cursor<'_>, limits: &Limits) -> Result<Option<Self>> {
        let begin = cursor.clone();
        let Some(record) = take_record(cursor)? else { return Ok(None) };
        let (fixed, names) = record.split_at(raw::Dentry::SIZE);
        let raw: raw::Dentry = bytemuck::pod_read_unaligned(fixed);
        let (name_len, short_name_len) = (usize::from(raw.name_len.get()), usize::from(raw.short_name_len.get()));
        let invalid = |field, value| begin.error(ErrorKind::InvalidField { field, value });
        if let Some(odd) = [name_len, short_name_len].into_iter().find(|len| len % 2 != 0) {
            return Err(invalid("length of a name", odd as u64));
        }
        let short_name_at = Name::stored_len_of(name_len);
        let names_end = raw::Dentry::SIZE + short_name_at + Name::stored_len_of(short_name_len);
        // The length as stated, not rounded up; `record` is never shorter.
        if names_end as u64 > raw.length.get() {
            return Err(invalid("length of a directory entry", raw.length.get()));
        }
        let stream_count = raw.stream_count.get();
        if u32::from(stream_count) > limits.streams_per_file {
            let limit = u64::from(limits.streams_per_file);
            return Err(begin.error(ErrorKind::Limit { what: "streams of a file", limit }));
        }
        let tagged = &record[names_end.next_multiple_of(8)..];
        Ok(Some(Self {
            name: Name::from_le_bytes(&names[..name_len]),
            short_name: Name::from_le_bytes(&names[short_name_at..][..short_name_len]),
            subdir_offset: raw.subdir_offset.get(),
            inode: inode(&raw, tagged, read_streams(cursor, stream_count)?),
        }))
    }
}

/// Takes one record, at least its fixed part and a multiple of 8 bytes, or the end of a directory, which is `None`.
fn take_record<'a>(cursor: &mut Cursor<'a>) -> Result<Option<&'a [u8]>> {
    let begin = cursor.clone();
    let stated = bytemuck::pod_read_unaligned::<U64>(begin.clone().take(END_MARK_LEN)?).get();
    if stated <= END_MARK_LEN as u64 {
        cursor.take(END_MARK_LEN)?;
        return Ok(None);
    }
    if stated < raw::Dentry::SIZE as u64 {
        let field = "length of a directory entry";
        return Err(begin.error(ErrorKind::InvalidField { field, value: stated }));
    }
    let record = usize::try_from(stated).ok().and_then(align8).and_then(|length| cursor.take(length).ok());
    let outside = || {
        let offset = begin.position() as u64;
        begin.error(ErrorKind::OutOfBounds { what: "directory entry", offset, size: stated })
    };
    record.map(Some).ok_or_else(outside)
}

/// Reads the stream entries after a record.
fn read_streams(cursor: &mut Cursor<'_>, count: u16) -> Result<Box<[StreamEntry]>> {
    if count == 0 {
        return Ok(Box::default());
    }
    // Memory only for entries for which there are bytes.
    let most = cursor.remaining() / raw::StreamEntry::SIZE;
    let mut entries = Vec::with_capacity(most.min(usize::from(count)));
    for _ in 0..count {
        entries.push(StreamEntry::parse(cursor)?);
    }
    Ok(entries.into())
}

/// The inode that a record describes.
fn inode(raw: &raw::Dentry, tagged: &[u8], entries: Box<[StreamEntry]>) -> Inode {
    let attributes = FileAttributes(raw.attributes.get());
    let is_reparse_point = attributes.contains(FileAttributes::REPARSE_POINT);
    let security_id = raw.security_id.get();
    Inode {
        attributes,
        security_id: (security_id != NO_SECURITY_ID).then_some(security_id),
        creation_time: FileTime(raw.creation_time.get()),
        last_access_time: FileTime(raw.last_access_time.get()),
        last_write_time: FileTime(raw.last_write_time.get()),
        unknown_0x54: raw.unknown_0x54.get(),
        unused1: raw.unused1.get(),
        unused2: raw.unused2.get(),
        reparse: is_reparse_point.then(|| ReparseInfo::from_bytes(raw.reparse_or_link)),
        link_group: if is_reparse_point { 0 } else { u64::from_le_bytes(raw.reparse_or_link) },
        link_count: 1,
        stored_streams: StoredStreams { main_hash: Sha1Hash(raw.main_hash), entries },
        tagged: TaggedItems::from_bytes(tagged),
        ..Inode::default()
    }
}
