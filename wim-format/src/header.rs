//! The file header: 208 bytes that name everything else.

use core::fmt;
use core::num::NonZeroU32;

use crate::error::{Error, ErrorKind, Result, Section};
use crate::raw::{self, Record, U16, U32, header_flags as bits};
use crate::resource::ResourceHeader;
use crate::time::Guid;

/// The one-based number of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageIndex(pub NonZeroU32);

impl ImageIndex {
    /// The first image.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The image number `index`, or `None` for 0.
    pub const fn new(index: u32) -> Option<Self> {
        match NonZeroU32::new(index) {
            Some(index) => Some(Self(index)),
            None => None,
        }
    }

    /// The image at the zero-based `position`.
    ///
    /// # Panics
    /// If there are 2^32 - 1 images before it; an archive holds 65,535.
    pub fn from_position(position: usize) -> Self {
        let number = u32::try_from(position).ok().and_then(|p| p.checked_add(1)).and_then(Self::new);
        number.expect("an archive holds at most 65,535 images")
    }

    /// The one-based number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// The zero-based position.
    pub const fn position(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl fmt::Display for ImageIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How an archive's resources, other than solid ones, are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    None,
    /// XPRESS (LZ77+Huffman).
    Xpress,
    /// LZX.
    Lzx,
    /// LZMS.
    Lzms,
}

impl Compression {
    /// The chunk size that every writer uses unless told otherwise; 0 without compression.
    pub const fn default_chunk_size(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Xpress | Self::Lzx => 1 << 15,
            Self::Lzms => 1 << 17,
        }
    }

    /// Whether the format has chunks of `size` bytes for this compression; anything goes without compression.
    pub const fn accepts_chunk_size(self, size: u32) -> bool {
        let (min, max) = match self {
            Self::None => return true,
            Self::Xpress => (1 << 12, 1 << 16),
            Self::Lzx => (1 << 15, 1 << 21),
            Self::Lzms => (1 << 15, 1 << 30),
        };
        size.is_power_of_two() && min <= size && size <= max
    }

    /// The compression with this number in a solid resource's header, which is also Microsoft's.
    pub const fn from_codec(codec: u32) -> Option<Self> {
        match codec {
            0 => Some(Self::None),
            1 => Some(Self::Xpress),
            2 => Some(Self::Lzx),
            3 => Some(Self::Lzms),
            _ => None,
        }
    }

    /// The number of this compression in a solid resource's header.
    pub const fn codec(self) -> u32 {
        self as u32
    }

    /// The header flags that state this compression.
    const fn flags(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Xpress => bits::COMPRESSION | bits::XPRESS,
            Self::Lzx => bits::COMPRESSION | bits::LZX,
            Self::Lzms => bits::COMPRESSION | bits::LZMS,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Xpress => "XPRESS",
            Self::Lzx => "LZX",
            Self::Lzms => "LZMS",
        })
    }
}

/// The flags of a header; bits that this library does not know are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HeaderFlags(pub u32);

impl HeaderFlags {
    /// The file is not to be modified.
    pub const READONLY: Self = Self(bits::READONLY);
    /// One part of a split set.
    pub const SPANNED: Self = Self(bits::SPANNED);
    /// Only file resources.
    pub const RESOURCE_ONLY: Self = Self(bits::RESOURCE_ONLY);
    /// Only metadata resources.
    pub const METADATA_ONLY: Self = Self(bits::METADATA_ONLY);
    /// A writer is at work, or died.
    pub const WRITE_IN_PROGRESS: Self = Self(bits::WRITE_IN_PROGRESS);
    /// Reparse points were fixed up on capture.
    pub const RP_FIX: Self = Self(bits::RP_FIX);
    /// Every bit that states how resources are compressed.
    pub const ANY_COMPRESSION: Self = Self(bits::COMPRESSION | bits::XPRESS | bits::LZX | bits::LZMS | bits::XPRESS2);

    /// The flags that state `compression`.
    pub const fn of(compression: Compression) -> Self {
        Self(compression.flags())
    }

    /// Whether all bits of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These bits and those of `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These bits without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The compression that the flags state, by the order of precedence that all readers share.
    pub const fn compression(self) -> Result<Compression, ErrorKind> {
        let flags = self.0;
        if flags & bits::COMPRESSION == 0 {
            Ok(Compression::None)
        } else if flags & bits::LZX != 0 {
            Ok(Compression::Lzx)
        } else if flags & (bits::XPRESS | bits::XPRESS2) != 0 {
            Ok(Compression::Xpress)
        } else if flags & bits::LZMS != 0 {
            Ok(Compression::Lzms)
        } else {
            Err(ErrorKind::UnknownCompression(flags))
        }
    }
}

/// The two versions of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// 0x10D00.
    Default,
    /// 0xE00: the archive may hold solid resources.
    Solid,
}

impl Version {
    /// The number in the header.
    pub const fn number(self) -> u32 {
        match self {
            Self::Default => raw::VERSION_DEFAULT,
            Self::Solid => raw::VERSION_SOLID,
        }
    }
}

/// The header of an archive.
///
/// Microsoft: `WIMHEADER_V1_PACKED`; wimlib: `wim_header`. The specification is section 1 of `docs/format.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whether the file has the layout for pipes, with this header at its end.
    pub pipable: bool,
    /// The format's version.
    pub version: Version,
    /// Flags, the compression among them.
    pub flags: HeaderFlags,
    /// Bytes of a chunk of a compressed resource; 0 where nothing is compressed.
    pub chunk_size: u32,
    /// Identifies the file.
    pub guid: Guid,
    /// One-based number of this part of a split set.
    pub part: u16,
    /// Number of parts; 1 for an archive in one file.
    pub total_parts: u16,
    /// Number of images.
    pub image_count: u32,
    /// The blob table.
    pub blob_table: ResourceHeader,
    /// The XML data.
    pub xml_data: ResourceHeader,
    /// The boot image's metadata resource, or nothing.
    pub boot_metadata: ResourceHeader,
    /// The boot image. It may exceed `image_count`, which readers warn of and ignore.
    pub boot_index: Option<ImageIndex>,
    /// The integrity table, or nothing.
    pub integrity: ResourceHeader,
    /// Zeros, as far as anyone knows.
    pub reserved: [u8; 60],
}

impl Header {
    /// Bytes on disk.
    pub const SIZE: usize = raw::Header::SIZE;

    /// Parses a header and checks every field that can be checked without the rest of the file.
    ///
    /// # Errors
    /// Wrong magic, size or version; unknown compression, or a chunk size that it does not have; an impossible part number.
    pub fn parse(bytes: &[u8; Self::SIZE]) -> Result<Self> {
        let raw: raw::Header = bytemuck::pod_read_unaligned(bytes);
        let at = |kind, offset| Error::new(kind, Section::Header, offset);
        let fail = |kind, offset| Err(at(kind, offset));
        let pipable = match raw.magic {
            raw::MAGIC => false,
            raw::MAGIC_PIPABLE => true,
            _ => return fail(ErrorKind::NotAWim, 0),
        };
        let size = raw.size.get();
        if size as usize != Self::SIZE {
            return fail(ErrorKind::InvalidField { field: "header size", value: u64::from(size) }, 0x08);
        }
        let version = match raw.version.get() {
            raw::VERSION_DEFAULT => Version::Default,
            raw::VERSION_SOLID => Version::Solid,
            other => return fail(ErrorKind::UnsupportedVersion(other), 0x0C),
        };
        let flags = HeaderFlags(raw.flags.get());
        let compression = flags.compression().map_err(|kind| at(kind, 0x10))?;
        let chunk_size = raw.chunk_size.get();
        if !compression.accepts_chunk_size(chunk_size) {
            return fail(ErrorKind::InvalidChunkSize(chunk_size), 0x14);
        }
        let (part, total_parts) = (raw.part.get(), raw.total_parts.get());
        if part == 0 || part > total_parts {
            return fail(ErrorKind::InvalidField { field: "part number", value: u64::from(part) }, 0x28);
        }
        Ok(Self {
            pipable,
            version,
            flags,
            chunk_size,
            guid: Guid(raw.guid),
            part,
            total_parts,
            image_count: raw.image_count.get(),
            blob_table: raw.blob_table.into(),
            xml_data: raw.xml_data.into(),
            boot_metadata: raw.boot_metadata.into(),
            boot_index: ImageIndex::new(raw.boot_index.get()),
            integrity: raw.integrity.into(),
            reserved: raw.reserved,
        })
    }

    /// The header as it lies on disk.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let raw = raw::Header {
            magic: if self.pipable { raw::MAGIC_PIPABLE } else { raw::MAGIC },
            size: U32::new(Self::SIZE as u32),
            version: U32::new(self.version.number()),
            flags: U32::new(self.flags.0),
            chunk_size: U32::new(self.chunk_size),
            guid: self.guid.0,
            part: U16::new(self.part),
            total_parts: U16::new(self.total_parts),
            image_count: U32::new(self.image_count),
            blob_table: self.blob_table.into(),
            xml_data: self.xml_data.into(),
            boot_metadata: self.boot_metadata.into(),
            boot_index: U32::new(self.boot_index.map_or(0, ImageIndex::get)),
            integrity: self.integrity.into(),
            reserved: self.reserved,
        };
        let mut bytes = [0; Self::SIZE];
        bytes.copy_from_slice(bytemuck::bytes_of(&raw));
        bytes
    }

    /// How resources, other than solid ones, are compressed.
    pub fn compression(&self) -> Compression {
        // `parse` refused what has no answer; a header made by hand that states nonsense is read as every reader would.
        self.flags.compression().unwrap_or(Compression::None)
    }

    /// Whether this is one part of a split set.
    pub const fn is_split(&self) -> bool {
        self.total_parts != 1
    }
}
