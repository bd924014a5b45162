//! One directory entry of a metadata resource, with its extra stream entries.

use super::{DEFAULT_TIME, DentryId, Hash, NO_HASH, align8, offsets, pad8, patch, sha1, tagged};

/// Attribute bits.
pub mod attributes {
    /// FILE_ATTRIBUTE_READONLY.
    pub const READONLY: u32 = 0x1;
    /// FILE_ATTRIBUTE_HIDDEN.
    pub const HIDDEN: u32 = 0x2;
    /// FILE_ATTRIBUTE_SYSTEM.
    pub const SYSTEM: u32 = 0x4;
    /// FILE_ATTRIBUTE_DIRECTORY.
    pub const DIRECTORY: u32 = 0x10;
    /// FILE_ATTRIBUTE_ARCHIVE.
    pub const ARCHIVE: u32 = 0x20;
    /// FILE_ATTRIBUTE_NORMAL.
    pub const NORMAL: u32 = 0x80;
    /// FILE_ATTRIBUTE_REPARSE_POINT.
    pub const REPARSE_POINT: u32 = 0x400;
    /// FILE_ATTRIBUTE_ENCRYPTED.
    pub const ENCRYPTED: u32 = 0x4000;
}

/// A name as UTF-16 units, which need not be valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name(pub Vec<u16>);

impl Name {
    /// The units as little-endian bytes, without a NUL.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|unit| unit.to_le_bytes()).collect()
    }

    /// The size on disk in bytes: with a NUL, or nothing when the name is empty.
    fn stored_len(&self) -> usize {
        if self.0.is_empty() { 0 } else { (self.0.len() + 1) * 2 }
    }

    /// Appends the name and its NUL, or nothing when the name is empty.
    fn store(&self, bytes: &mut Vec<u8>) {
        if !self.0.is_empty() {
            bytes.extend(self.bytes());
            bytes.extend([0, 0]);
        }
    }

    /// The length field's value, in bytes.
    fn length_field(&self) -> [u8; 2] {
        ((self.0.len() * 2) as u16).to_le_bytes()
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Name {
        Name(name.encode_utf16().collect())
    }
}

impl From<&String> for Name {
    fn from(name: &String) -> Name {
        Name::from(name.as_str())
    }
}

impl From<Vec<u16>> for Name {
    fn from(units: Vec<u16>) -> Name {
        Name(units)
    }
}

/// What a stream refers to: bytes that go into the archive, a hash alone, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The hash in the stream's field.
    pub hash: Hash,
    /// The bytes to store; none for an empty stream, or a blob that is not there.
    pub data: Option<Vec<u8>>,
}

impl Content {
    /// Some bytes; no bytes have no hash.
    pub fn of(data: impl AsRef<[u8]>) -> Content {
        let data = data.as_ref();
        if data.is_empty() {
            return Content::default();
        }
        Content { hash: sha1(data), data: Some(data.to_vec()) }
    }

    /// A reference to a blob that this stream does not bring along.
    pub fn reference(hash: Hash) -> Content {
        Content { hash, data: None }
    }
}

/// The reparse point of a dentry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reparse {
    /// See [`super::reparse`].
    pub tag: u32,
    /// ReparseReserved.
    pub reserved: u16,
    /// Bit 0: not fixed up.
    pub flags: u16,
    /// The buffer without its 8-byte header.
    pub data: Content,
}

/// An extra stream entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Empty for an unnamed stream.
    pub name: Name,
    /// What it holds.
    pub content: Content,
}

/// What a dentry says about where its children lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subdir {
    /// What the format demands: the list of its children for a directory, else 0.
    Auto,
    /// A byte offset in the metadata resource.
    Raw(u64),
    /// The list of another directory's children: two directories share it, or, with an ancestor, a cycle. The own
    /// children are not written.
    Of(DentryId),
}

/// A directory entry. The fields are public: set any of them to anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dentry {
    /// The long name.
    pub name: Name,
    /// The 8.3 name; empty for none.
    pub short_name: Name,
    /// Bits of [`attributes`].
    pub attributes: u32,
    /// Index of the security descriptor, -1 for none.
    pub security_id: i32,
    /// FILETIME.
    pub creation_time: u64,
    /// FILETIME.
    pub last_access_time: u64,
    /// FILETIME.
    pub last_write_time: u64,
    /// The four bytes at 0x54.
    pub unknown_0x54: u32,
    /// The hard-link group; not stored for a reparse point.
    pub hard_link_id: u64,
    /// The reparse point.
    pub reparse: Option<Reparse>,
    /// The unnamed data stream.
    pub data: Content,
    /// The named data streams.
    pub streams: Vec<Stream>,
    /// The main hash and the extra entries, where they shall not follow from the fields above.
    pub explicit_streams: Option<(Hash, Vec<Stream>)>,
    /// Tagged items, encoded; see [`super::tagged`].
    pub tagged: Vec<u8>,
    /// Where the children lie.
    pub subdir: Subdir,
    patches: Vec<(usize, Vec<u8>)>,
    stream_patches: Vec<(usize, usize, Vec<u8>)>,
}

impl Dentry {
    /// A file with the attribute ARCHIVE.
    pub fn file(name: impl Into<Name>, data: impl AsRef<[u8]>) -> Dentry {
        Dentry { data: Content::of(data), ..Dentry::new(name, attributes::ARCHIVE) }
    }

    /// A file whose data is given by hash alone.
    pub fn file_of(name: impl Into<Name>, hash: Hash) -> Dentry {
        Dentry { data: Content::reference(hash), ..Dentry::new(name, attributes::ARCHIVE) }
    }

    /// A directory.
    pub fn dir(name: impl Into<Name>) -> Dentry {
        Dentry::new(name, attributes::DIRECTORY)
    }

    /// A relative symbolic link to a file.
    pub fn symlink(name: impl Into<Name>, target: &str) -> Dentry {
        let data = super::reparse::symlink(target, target, true);
        let flags = super::reparse::NOT_FIXED;
        Dentry::new(name, attributes::ARCHIVE).reparse(super::reparse::TAG_SYMLINK, flags, data)
    }

    /// A junction to an absolute path such as `C:\dir`.
    pub fn junction(name: impl Into<Name>, target: &str) -> Dentry {
        let data = super::reparse::junction(&format!(r"\??\{target}"), target);
        Dentry::dir(name).reparse(super::reparse::TAG_MOUNT_POINT, super::reparse::NOT_FIXED, data)
    }

    /// An entry with these attributes and nothing else.
    pub fn new(name: impl Into<Name>, attributes: u32) -> Dentry {
        Dentry {
            name: name.into(),
            short_name: Name::default(),
            attributes,
            security_id: -1,
            creation_time: DEFAULT_TIME,
            last_access_time: DEFAULT_TIME,
            last_write_time: DEFAULT_TIME,
            unknown_0x54: 0,
            hard_link_id: 0,
            reparse: None,
            data: Content::default(),
            streams: Vec::new(),
            explicit_streams: None,
            tagged: Vec::new(),
            subdir: Subdir::Auto,
            patches: Vec::new(),
            stream_patches: Vec::new(),
        }
    }

    /// Sets the 8.3 name.
    pub fn short_name(mut self, name: impl Into<Name>) -> Dentry {
        self.short_name = name.into();
        self
    }

    /// Replaces the attributes.
    pub fn attributes(mut self, attributes: u32) -> Dentry {
        self.attributes = attributes;
        self
    }

    /// Sets the index of the security descriptor.
    pub fn security_id(mut self, id: i32) -> Dentry {
        self.security_id = id;
        self
    }

    /// Sets creation, last access and last write time, FILETIMEs.
    pub fn times(mut self, creation: u64, last_access: u64, last_write: u64) -> Dentry {
        (self.creation_time, self.last_access_time, self.last_write_time) = (creation, last_access, last_write);
        self
    }

    /// Sets the hard-link group.
    pub fn hard_link(mut self, id: u64) -> Dentry {
        self.hard_link_id = id;
        self
    }

    /// Adds a named data stream; no bytes give a stream without a hash.
    pub fn stream(mut self, name: impl Into<Name>, data: impl AsRef<[u8]>) -> Dentry {
        self.streams.push(Stream { name: name.into(), content: Content::of(data) });
        self
    }

    /// Makes it a reparse point, and sets the attribute.
    pub fn reparse(mut self, tag: u32, flags: u16, data: impl AsRef<[u8]>) -> Dentry {
        self.attributes |= attributes::REPARSE_POINT;
        self.reparse = Some(Reparse { tag, reserved: 0, flags, data: Content::of(data) });
        self
    }

    /// Appends a tagged item.
    pub fn tagged(mut self, tag: u32, payload: &[u8]) -> Dentry {
        self.tagged.extend(tagged::item(tag, payload));
        self
    }

    /// Appends bytes after the padded names, inside the entry's length; pad them to 8 or not.
    pub fn trailing(mut self, bytes: &[u8]) -> Dentry {
        self.tagged.extend(bytes);
        self
    }

    /// Says where the children lie.
    pub fn subdir(mut self, subdir: Subdir) -> Dentry {
        self.subdir = subdir;
        self
    }

    /// Sets the main hash and the extra stream entries outright. The contents' bytes go into the archive.
    pub fn explicit_streams(mut self, main_hash: Hash, entries: Vec<Stream>) -> Dentry {
        self.explicit_streams = Some((main_hash, entries));
        self
    }

    /// Overwrites bytes of the entry's record; see [`offsets::dentry`].
    pub fn patch(mut self, offset: usize, bytes: impl AsRef<[u8]>) -> Dentry {
        self.patches.push((offset, bytes.as_ref().to_vec()));
        self
    }

    /// Overwrites bytes of the extra stream entry `index`, from 0; see [`offsets::stream`].
    pub fn patch_stream(mut self, index: usize, offset: usize, bytes: impl AsRef<[u8]>) -> Dentry {
        self.stream_patches.push((index, offset, bytes.as_ref().to_vec()));
        self
    }

    /// Whether it is a directory and not a reparse point: only such a one has children.
    pub fn is_real_dir(&self) -> bool {
        self.attributes & (attributes::DIRECTORY | attributes::REPARSE_POINT) == attributes::DIRECTORY
    }

    /// Everything that it refers to, one per stream.
    pub fn contents(&self) -> Vec<&Content> {
        let explicit = self.explicit_streams.iter().flat_map(|(_, entries)| entries);
        let streams = self.streams.iter().chain(explicit).map(|stream| &stream.content);
        let all = self.reparse.iter().map(|reparse| &reparse.data).chain([&self.data]).chain(streams);
        all.filter(|content| content.hash != NO_HASH).collect()
    }

    /// The main hash and the extra entries, as Microsoft's readers expect them.
    fn stream_layout(&self) -> (Hash, Vec<Stream>) {
        if let Some(explicit) = &self.explicit_streams {
            return explicit.clone();
        }
        if self.attributes & attributes::ENCRYPTED != 0 {
            return (self.data.hash, Vec::new());
        }
        let unnamed = |content: &Content| Stream { name: Name::default(), content: content.clone() };
        let mut entries: Vec<Stream> = self.reparse.iter().map(|reparse| unnamed(&reparse.data)).collect();
        if self.attributes & attributes::DIRECTORY == 0 {
            entries.push(unnamed(&self.data));
        }
        if entries.len() <= 1 && self.streams.is_empty() {
            return (entries.first().map_or(NO_HASH, |stream| stream.content.hash), Vec::new());
        }
        entries.extend(self.streams.iter().cloned());
        (NO_HASH, entries)
    }

    /// The size of the whole record in bytes, extra stream entries included, before any patch.
    pub fn record_len(&self) -> usize {
        let entries = self.stream_layout().1;
        let streams = entries.iter().map(|stream| align8(offsets::stream::FIXED_LENGTH + stream.name.stored_len()));
        align8(self.own_len()) + streams.sum::<usize>()
    }

    /// The size of the entry without its extra stream entries.
    fn own_len(&self) -> usize {
        let names = self.name.stored_len() + self.short_name.stored_len();
        align8(offsets::dentry::FIXED_LENGTH + names) + self.tagged.len()
    }

    /// The bytes of the record with the patches applied, extra stream entries included.
    pub fn record(&self, subdir_offset: u64) -> Vec<u8> {
        let (main_hash, entries) = self.stream_layout();
        let mut bytes = (self.own_len() as u64).to_le_bytes().to_vec();
        bytes.extend(self.attributes.to_le_bytes());
        bytes.extend(self.security_id.to_le_bytes());
        bytes.extend(subdir_offset.to_le_bytes());
        bytes.extend([0; 16]);
        for time in [self.creation_time, self.last_access_time, self.last_write_time] {
            bytes.extend(time.to_le_bytes());
        }
        bytes.extend(main_hash);
        bytes.extend(self.unknown_0x54.to_le_bytes());
        bytes.extend(self.link_or_reparse());
        bytes.extend((entries.len() as u16).to_le_bytes());
        bytes.extend(self.short_name.length_field());
        bytes.extend(self.name.length_field());
        debug_assert_eq!(bytes.len(), offsets::dentry::FIXED_LENGTH);
        self.name.store(&mut bytes);
        self.short_name.store(&mut bytes);
        pad8(&mut bytes);
        bytes.extend(&self.tagged);
        pad8(&mut bytes);
        for (offset, with) in &self.patches {
            patch(&mut bytes, *offset, with);
        }
        for (index, stream) in entries.iter().enumerate() {
            bytes.extend(self.stream_record(index, stream));
        }
        bytes
    }

    /// The union at 0x58.
    fn link_or_reparse(&self) -> [u8; 8] {
        let Some(reparse) = &self.reparse else {
            return self.hard_link_id.to_le_bytes();
        };
        let fields = u64::from(reparse.tag) | u64::from(reparse.reserved) << 32 | u64::from(reparse.flags) << 48;
        fields.to_le_bytes()
    }

    /// The bytes of an extra stream entry with its patches applied.
    fn stream_record(&self, index: usize, stream: &Stream) -> Vec<u8> {
        let length = align8(offsets::stream::FIXED_LENGTH + stream.name.stored_len());
        let mut bytes = (length as u64).to_le_bytes().to_vec();
        bytes.extend([0; 8]);
        bytes.extend(stream.content.hash);
        bytes.extend(stream.name.length_field());
        stream.name.store(&mut bytes);
        pad8(&mut bytes);
        for (_, offset, with) in self.stream_patches.iter().filter(|(of, ..)| *of == index) {
            patch(&mut bytes, *offset, with);
        }
        bytes
    }
}
