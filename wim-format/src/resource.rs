//! Resource headers: where a resource lies in the file, and how.

use core::fmt;

use crate::error::{Error, ErrorKind, Result, Section};
use crate::raw::{self, Record, U32, U64, resource_flags as bits};

/// A SHA-1 hash; all zero stands for "no data".
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha1Hash(pub [u8; 20]);

impl Sha1Hash {
    /// The hash of an empty stream in a WIM: twenty zeros.
    pub const ZERO: Self = Self([0; 20]);

    /// Whether this is [`Self::ZERO`].
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl fmt::Display for Sha1Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha1Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The flags byte of a resource header; bits that this library does not know are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResourceFlags(pub u8);

impl ResourceFlags {
    /// Raw data.
    pub const NONE: Self = Self(0);
    /// Metadata, the blob table or the XML data.
    pub const METADATA: Self = Self(bits::METADATA);
    /// Compressed in chunks.
    pub const COMPRESSED: Self = Self(bits::COMPRESSED);
    /// A solid resource or a member of one.
    pub const SOLID: Self = Self(bits::SOLID);

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
}

/// Where a resource lies in the file, how large it is, and how it is stored: 24 bytes on disk.
///
/// Microsoft: `RESHDR_DISK_SHORT`; wimlib: `wim_reshdr`.
#[doc(alias = "reshdr")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResourceHeader {
    /// Offset in the file.
    pub offset: u64,
    /// Size in the file, with its chunk table; less than 2^56.
    pub size_in_wim: u64,
    /// Size when decompressed.
    pub uncompressed_size: u64,
    /// How it is stored.
    pub flags: ResourceFlags,
}

impl ResourceHeader {
    /// The header of nothing: all zero.
    pub const NONE: Self = Self { offset: 0, size_in_wim: 0, uncompressed_size: 0, flags: ResourceFlags::NONE };
    /// A resource's size in the file is a 56-bit number.
    pub const MAX_SIZE_IN_WIM: u64 = (1 << 56) - 1;

    /// A resource of `size` raw bytes.
    pub const fn stored(offset: u64, size: u64, flags: ResourceFlags) -> Self {
        Self { offset, size_in_wim: size, uncompressed_size: size, flags }
    }

    /// Whether every field is zero.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// Whether the resource is compressed in chunks with a chunk table of its own.
    pub const fn is_compressed(&self) -> bool {
        self.flags.contains(ResourceFlags::COMPRESSED)
    }

    /// The 40 bytes that precede a resource in an archive for pipes: its sizes, its flags and the hash of its data.
    pub fn to_blob_header(&self, hash: &Sha1Hash) -> [u8; raw::BlobHeader::SIZE] {
        let header = raw::BlobHeader {
            magic: U64::new(raw::BLOB_HEADER_MAGIC),
            uncompressed_size: U64::new(self.uncompressed_size),
            hash: hash.0,
            flags: U32::new(u32::from(self.flags.0)),
        };
        let mut bytes = [0; raw::BlobHeader::SIZE];
        bytes.copy_from_slice(bytemuck::bytes_of(&header));
        bytes
    }

    /// The offset after its last byte.
    ///
    /// # Errors
    /// If it lies past `file_len`: the error names `what`, the resource.
    pub fn end_within(&self, file_len: u64, what: &'static str, section: Section) -> Result<u64> {
        match self.offset.checked_add(self.size_in_wim) {
            Some(end) if end <= file_len => Ok(end),
            _ => {
                let kind = ErrorKind::OutOfBounds { what, offset: self.offset, size: self.size_in_wim };
                Err(Error::new(kind, section, 0))
            }
        }
    }
}

impl From<raw::ResourceHeader> for ResourceHeader {
    fn from(raw: raw::ResourceHeader) -> Self {
        let mut size = [0; 8];
        size[..7].copy_from_slice(&raw.size_in_wim);
        Self {
            offset: raw.offset.get(),
            size_in_wim: u64::from_le_bytes(size),
            uncompressed_size: raw.uncompressed_size.get(),
            flags: ResourceFlags(raw.flags),
        }
    }
}

impl From<ResourceHeader> for raw::ResourceHeader {
    /// # Panics
    /// If the size in the file needs more than 56 bits: 64 PiB, which no caller can have written.
    fn from(header: ResourceHeader) -> Self {
        assert!(header.size_in_wim <= ResourceHeader::MAX_SIZE_IN_WIM, "a resource of 64 PiB");
        let mut size_in_wim = [0; 7];
        size_in_wim.copy_from_slice(&header.size_in_wim.to_le_bytes()[..7]);
        Self {
            size_in_wim,
            flags: header.flags.0,
            offset: U64::new(header.offset),
            uncompressed_size: U64::new(header.uncompressed_size),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_header_survives_the_round_trip() {
        let header = ResourceHeader {
            offset: 0x1_ADD9,
            size_in_wim: ResourceHeader::MAX_SIZE_IN_WIM,
            uncompressed_size: u64::MAX,
            flags: ResourceFlags(0xA5),
        };
        assert_eq!(ResourceHeader::from(raw::ResourceHeader::from(header)), header);
    }

    #[test]
    fn the_specifications_example_parses() {
        // wim-format.md 2.6: metadata, compressed, 0x2E7 bytes at 0x1ADD9, 0x878 uncompressed.
        let bytes = [0xE7, 2, 0, 0, 0, 0, 0, 6, 0xD9, 0xAD, 1, 0, 0, 0, 0, 0, 0x78, 8, 0, 0, 0, 0, 0, 0];
        let header = ResourceHeader::from(bytemuck::pod_read_unaligned::<raw::ResourceHeader>(&bytes));
        assert_eq!(header.flags, ResourceFlags::METADATA.with(ResourceFlags::COMPRESSED));
        assert_eq!((header.offset, header.size_in_wim, header.uncompressed_size), (0x1ADD9, 0x2E7, 0x878));
    }

    #[test]
    fn a_resource_past_the_end_of_the_file_is_out_of_bounds() {
        let header = ResourceHeader::stored(u64::MAX, 2, ResourceFlags::NONE);
        let error = header.end_within(100, "blob", Section::BlobTable).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::OutOfBounds { what: "blob", .. }));
        assert_eq!(ResourceHeader::stored(90, 10, ResourceFlags::NONE).end_within(100, "", Section::Header), Ok(100));
    }
}
