//! Streams: what a file holds, and the two ways in which it can be written down.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::FileAttributes;
use crate::bytes::{Cursor, align8};
use crate::error::{ErrorKind, Result};
use crate::name::Name;
use crate::raw::{self, Record, U16, U64};
use crate::resource::Sha1Hash;

/// What a stream of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamKind {
    /// The file's content: the unnamed data stream.
    Data,
    /// A named data stream.
    Named,
    /// The data of the reparse point, without its header.
    Reparse,
    /// The raw export of an encrypted file, with all its streams inside.
    Efs,
}

/// A stream of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream<'a> {
    /// What it is.
    pub kind: StreamKind,
    /// Its name; only a [`StreamKind::Named`] one has one.
    pub name: Option<&'a Name>,
    /// The hash of its bytes; zero if there are none.
    pub hash: Sha1Hash,
}

/// A stream for [`Inode::set_streams`](super::Inode::set_streams).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStream {
    /// What it is.
    pub kind: StreamKind,
    /// Its name; empty unless it is a [`StreamKind::Named`] one.
    pub name: Name,
    /// The hash of its bytes; zero if there are none.
    pub hash: Sha1Hash,
}

/// The hashes of a file's streams exactly as a directory entry stores them.
///
/// Which hash is which stream follows from the attributes, too, and writers differ; see
/// [`Inode::streams`](super::Inode::streams).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredStreams {
    /// The hash in the entry itself.
    pub main_hash: Sha1Hash,
    /// The stream entries that follow it.
    pub entries: Box<[StreamEntry]>,
}

/// A stream entry after a directory entry; Microsoft's `STREAMENTRY`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamEntry {
    /// The stream's name; empty for an unnamed one.
    pub name: Name,
    /// The hash of its bytes; zero if there are none.
    pub hash: Sha1Hash,
    /// Zero, as far as anyone knows.
    pub reserved: u64,
}

/// The unnamed streams of a file, told apart.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unnamed {
    pub(super) reparse: Option<Sha1Hash>,
    pub(super) data: Option<Sha1Hash>,
    pub(super) efs: Option<Sha1Hash>,
    /// Whether there are more, which nothing refers to.
    pub(super) has_surplus: bool,
}

impl StoredStreams {
    /// The only hash, without stream entries.
    pub fn single(main_hash: Sha1Hash) -> Self {
        Self { main_hash, entries: Box::default() }
    }

    /// Tells the unnamed streams apart, by rules under which the files of all known writers make sense.
    pub(super) fn unnamed(&self, attributes: FileAttributes) -> Unnamed {
        let extra = self.entries.iter().filter(|entry| entry.name.is_empty()).map(|entry| entry.hash);
        let mut found = Unnamed::default();
        if attributes.contains(FileAttributes::ENCRYPTED) {
            let mut hashes = core::iter::once(self.main_hash).chain(extra).filter(|hash| !hash.is_zero());
            found.efs = hashes.next();
            found.has_surplus = hashes.next().is_some();
        } else {
            let main = Some(self.main_hash).filter(|hash| !hash.is_zero());
            for hash in main.into_iter().chain(extra) {
                if attributes.contains(FileAttributes::REPARSE_POINT) && found.reparse.is_none() {
                    found.reparse = Some(hash);
                } else if found.data.is_none() {
                    found.data = Some(hash);
                } else {
                    found.has_surplus = true;
                }
            }
        }
        if found.reparse.is_none() && found.data.is_none() && found.efs.is_none() {
            // Nothing but a zero main hash: an empty stream. A directory has none.
            if attributes.contains(FileAttributes::REPARSE_POINT) {
                found.reparse = Some(Sha1Hash::ZERO);
            } else if !attributes.contains(FileAttributes::DIRECTORY) {
                found.data = Some(Sha1Hash::ZERO);
            }
        }
        found
    }

    /// Every stream: the unnamed ones first, then the named ones as stored.
    pub(super) fn classify(&self, attributes: FileAttributes) -> impl Iterator<Item = Stream<'_>> {
        let unnamed = self.unnamed(attributes);
        let kinds =
            [(StreamKind::Reparse, unnamed.reparse), (StreamKind::Data, unnamed.data), (StreamKind::Efs, unnamed.efs)];
        let unnamed = kinds.into_iter().filter_map(|(kind, hash)| Some(Stream { kind, name: None, hash: hash? }));
        let named = self.entries.iter().filter(|entry| !entry.name.is_empty());
        unnamed.chain(named.map(|entry| Stream { kind: StreamKind::Named, name: Some(&entry.name), hash: entry.hash }))
    }

    /// Writes `streams` down as Microsoft's software expects it.
    ///
    /// A single unnamed stream goes into the main hash. Otherwise the main hash is zero, and the entries are the reparse
    /// data, the data - never for a directory, which DISM rejects - and the named streams. An encrypted file has nothing
    /// but its export.
    pub(super) fn lay_out(streams: Vec<NewStream>, attributes: FileAttributes) -> Self {
        let find = |kind| streams.iter().find(|stream| stream.kind == kind).map(|stream| stream.hash);
        if attributes.contains(FileAttributes::ENCRYPTED) {
            return Self::single(find(StreamKind::Efs).unwrap_or_default());
        }
        let is_reparse_point = attributes.contains(FileAttributes::REPARSE_POINT);
        let is_file = !attributes.contains(FileAttributes::DIRECTORY);
        let reparse = is_reparse_point.then(|| find(StreamKind::Reparse).unwrap_or_default());
        let data = is_file.then(|| find(StreamKind::Data).unwrap_or_default());
        let named = streams.into_iter().filter(|stream| stream.kind == StreamKind::Named);
        let named = named.map(|stream| StreamEntry { name: stream.name, hash: stream.hash, reserved: 0 });
        let unnamed = reparse.into_iter().chain(data).map(|hash| StreamEntry { hash, ..StreamEntry::default() });
        let unnamed_count = usize::from(is_reparse_point) + usize::from(is_file);
        let entries: Box<[_]> = unnamed.chain(named).collect();
        if unnamed_count <= 1 && entries.len() == unnamed_count {
            return Self::single(entries.first().map_or(Sha1Hash::ZERO, |entry| entry.hash));
        }
        Self { main_hash: Sha1Hash::ZERO, entries }
    }

    /// The number of entries, as a field on disk states it.
    ///
    /// # Panics
    /// If there are more than [`StreamEntry::MAX_COUNT`].
    pub(super) fn count_field(&self) -> u16 {
        u16::try_from(self.entries.len()).expect("a file has no more stream entries than its record can count")
    }

    /// The length of the entries on disk.
    pub(super) fn entries_len(&self) -> usize {
        self.entries.iter().map(StreamEntry::encoded_len).sum()
    }
}

impl StreamEntry {
    /// The most stream entries that a directory entry can count.
    pub(super) const MAX_COUNT: usize = u16::MAX as usize;

    /// Reads one entry; the cursor ends after its padding.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self> {
        let begin = cursor.clone();
        let raw: raw::StreamEntry = cursor.read()?;
        let invalid = |field, value| begin.error(ErrorKind::InvalidField { field, value });
        let (stated, name_len) = (raw.length.get(), usize::from(raw.name_len.get()));
        if stated < raw::StreamEntry::SIZE as u64 {
            return Err(invalid("length of a stream entry", stated));
        }
        if name_len % 2 != 0 || stated < (raw::StreamEntry::SIZE + name_len) as u64 {
            return Err(invalid("length of a stream's name", name_len as u64));
        }
        let length = usize::try_from(stated).ok().and_then(align8);
        let length = length.ok_or_else(|| invalid("length of a stream entry", stated))?;
        let rest = cursor.take(length - raw::StreamEntry::SIZE)?;
        let name = Name::from_le_bytes(&rest[..name_len]);
        Ok(Self { name, hash: Sha1Hash(raw.hash), reserved: raw.reserved.get() })
    }

    /// The entry's length on disk, with padding.
    fn encoded_len(&self) -> usize {
        (raw::StreamEntry::SIZE + self.name.stored_len()).next_multiple_of(8)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let end = out.len() + self.encoded_len();
        let raw = raw::StreamEntry {
            length: U64::new(self.encoded_len() as u64),
            reserved: U64::new(self.reserved),
            hash: self.hash.0,
            name_len: U16::new(self.name.len_field()),
        };
        out.extend_from_slice(bytemuck::bytes_of(&raw));
        self.name.store(out);
        out.resize(end, 0);
    }
}

#[cfg(test)]
mod tests;
