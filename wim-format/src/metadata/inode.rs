//! Inodes: files and directories, apart from their names.

use alloc::vec::Vec;

use super::children::Children;
use super::stream::{NewStream, StoredStreams, Stream, StreamEntry, StreamKind};
use super::{EditError, FileAttributes, TaggedItems};
use crate::name::Name;
use crate::resource::Sha1Hash;
use crate::time::FileTime;

/// The number of an [`Inode`] in its image: a position in [`ImageMetadata::inodes`](super::ImageMetadata::inodes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InodeId(pub u32);

/// A file or directory: everything that its names share.
///
/// On disk each name, a directory entry, repeats all of it; a hard-link group number ties the names of a file together.
/// wimlib: `wim_inode`; Microsoft: the names of a hard-link group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inode {
    /// Attributes.
    pub attributes: FileAttributes,
    /// The number of its descriptor in [`SecurityData`](crate::SecurityData).
    pub security_id: Option<u32>,
    /// When it was created.
    pub creation_time: FileTime,
    /// When it was last read, more or less.
    pub last_access_time: FileTime,
    /// When its data last changed.
    pub last_write_time: FileTime,
    /// A field that nobody knows, at 0x54 of a directory entry; zero, or kept.
    pub unknown_0x54: u32,
    /// An unused field at 0x18 of a directory entry; zero, or kept.
    pub unused1: u64,
    /// An unused field at 0x20 of a directory entry; zero, or kept.
    pub unused2: u64,
    /// For a reparse point, of which kind.
    pub reparse: Option<ReparseInfo>,
    /// The number that all names of a file with hard links carry on disk; anything, often 0, for a single name. The image's
    /// methods keep it. A reparse point has none, and cannot have hard links.
    pub link_group: u64,
    /// How many names it has. The image's methods keep it; 0 after the last name was removed.
    pub link_count: u32,
    /// The hashes of its streams as stored; [`Self::set_streams`] is the way to replace them.
    pub stored_streams: StoredStreams,
    /// What writers store beyond the fixed fields: object ids, extended attributes, Unix data.
    pub tagged: TaggedItems,
    /// The entries of a directory.
    pub children: Children,
}

/// Which kind of reparse point a file is; its data is a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReparseInfo {
    /// The tag: who made the data, and what it means.
    pub tag: u32,
    /// `ReparseReserved` of the data's header.
    pub reserved: u16,
    /// See [`Self::NOT_FIXED`].
    pub flags: u16,
}

impl ReparseInfo {
    /// In `flags`: the target is as it was on the source. Without it, an absolute target is relative to the image's root.
    pub const NOT_FIXED: u16 = 0x0001;
    /// The tag of a mount point or junction.
    pub const MOUNT_POINT: u32 = 0xA000_0003;
    /// The tag of a symbolic link.
    pub const SYMLINK: u32 = 0xA000_000C;
    /// The tag of a file that the Windows Overlay Filter provides.
    pub const WOF: u32 = 0x8000_0017;
    /// The tag of a file on a volume with deduplication.
    pub const DEDUP: u32 = 0x8000_0013;
    /// The tag of a Linux symbolic link, made by the Windows Subsystem for Linux.
    pub const LX_SYMLINK: u32 = 0xA000_001D;

    /// As it lies on disk.
    pub(super) fn to_bytes(self) -> [u8; 8] {
        let fields = u64::from(self.tag) | u64::from(self.reserved) << 32 | u64::from(self.flags) << 48;
        fields.to_le_bytes()
    }

    pub(super) const fn from_bytes(bytes: [u8; 8]) -> Self {
        let fields = u64::from_le_bytes(bytes);
        Self { tag: fields as u32, reserved: (fields >> 32) as u16, flags: (fields >> 48) as u16 }
    }
}

impl Inode {
    /// A directory without anything in it; its times are zero.
    pub fn directory() -> Self {
        Self { attributes: FileAttributes::DIRECTORY, ..Self::default() }
    }

    /// A file with this data; its times are zero.
    pub fn file(data: Sha1Hash) -> Self {
        Self { attributes: FileAttributes::ARCHIVE, stored_streams: StoredStreams::single(data), ..Self::default() }
    }

    /// Whether it is a directory that can hold entries. A reparse point never is, even if it stands for a directory.
    pub const fn is_directory(&self) -> bool {
        self.attributes.contains(FileAttributes::DIRECTORY) && !self.is_reparse_point()
    }

    /// Whether it is a reparse point: a link, a mount point, or a file that a filter driver provides.
    pub const fn is_reparse_point(&self) -> bool {
        self.attributes.contains(FileAttributes::REPARSE_POINT)
    }

    /// What the file holds: first the unnamed streams, then the named ones as stored.
    ///
    /// Which unnamed hash is which stream follows from the attributes, and from the order: the reparse data of a reparse
    /// point comes before its data, an encrypted file has nothing but its export. Writers disagree on whether a hash goes
    /// into the entry or into a stream entry after it; both are understood. Surplus unnamed hashes are left out.
    pub fn streams(&self) -> impl Iterator<Item = Stream<'_>> {
        self.stored_streams.classify(self.attributes)
    }

    /// The hash of the unnamed data; zero if there is none.
    pub fn data_hash(&self) -> Sha1Hash {
        self.stored_streams.unnamed(self.attributes).data.unwrap_or_default()
    }

    /// The hash of the reparse point's data; zero if there is none.
    pub fn reparse_hash(&self) -> Sha1Hash {
        self.stored_streams.unnamed(self.attributes).reparse.unwrap_or_default()
    }

    /// Replaces all streams, laid out as Microsoft's software expects it for these attributes. Set those first.
    ///
    /// What the attributes do not allow is left out: data of a directory, reparse data of anything but a reparse point,
    /// everything but the export of an encrypted file.
    ///
    /// # Errors
    /// If there are too many streams, or a named one has no name, or a name longer than a name can be.
    pub fn set_streams(&mut self, streams: Vec<NewStream>) -> Result<(), EditError> {
        let mut named = streams.iter().filter(|stream| stream.kind == StreamKind::Named);
        if named.any(|stream| stream.name.is_empty() || stream.name.units().len() > Name::MAX_UNITS) {
            return Err(EditError::InvalidName);
        }
        let stored = StoredStreams::lay_out(streams, self.attributes);
        if stored.entries.len() > StreamEntry::MAX_COUNT {
            return Err(EditError::TooMany);
        }
        self.stored_streams = stored;
        Ok(())
    }

    /// The union at 0x58 of a directory entry.
    pub(super) fn reparse_or_link(&self) -> [u8; 8] {
        if self.is_reparse_point() {
            self.reparse.unwrap_or_default().to_bytes()
        } else {
            self.link_group.to_le_bytes()
        }
    }
}
