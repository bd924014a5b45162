//! The records of the container: header, resource header, blob table entry.

use super::{Hash, offsets};

/// Bits of a resource header's flags.
pub mod flags {
    /// The space is free.
    pub const FREE: u8 = 0x01;
    /// An image's metadata; also the blob table and the XML.
    pub const METADATA: u8 = 0x02;
    /// The layout with a chunk table.
    pub const COMPRESSED: u8 = 0x04;
    /// Never seen.
    pub const SPANNED: u8 = 0x08;
    /// A solid resource, or a member of one.
    pub const SOLID: u8 = 0x10;
}

/// Bits of the header's flags.
pub mod header_flags {
    /// Resources may be compressed.
    pub const COMPRESSION: u32 = 0x0000_0002;
    /// Not to be modified.
    pub const READONLY: u32 = 0x0000_0004;
    /// A part of a split set.
    pub const SPANNED: u32 = 0x0000_0008;
    /// Only file resources.
    pub const RESOURCE_ONLY: u32 = 0x0000_0010;
    /// Only metadata.
    pub const METADATA_ONLY: u32 = 0x0000_0020;
    /// The writer did not finish.
    pub const WRITE_IN_PROGRESS: u32 = 0x0000_0040;
    /// Captured with reparse point fixups.
    pub const RP_FIX: u32 = 0x0000_0080;
    /// XPRESS.
    pub const XPRESS: u32 = 0x0002_0000;
    /// LZX.
    pub const LZX: u32 = 0x0004_0000;
    /// LZMS.
    pub const LZMS: u32 = 0x0008_0000;
    /// XPRESS as well, written by nobody.
    pub const XPRESS2: u32 = 0x0020_0000;
}

/// The compression type of an archive or of a solid resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Uncompressed.
    None,
    /// XPRESS Huffman.
    Xpress,
    /// LZX.
    Lzx,
    /// LZMS.
    Lzms,
}

impl Codec {
    /// The bits of the archive's header that say so.
    pub fn header_flags(self) -> u32 {
        match self {
            Codec::None => 0,
            Codec::Xpress => header_flags::COMPRESSION | header_flags::XPRESS,
            Codec::Lzx => header_flags::COMPRESSION | header_flags::LZX,
            Codec::Lzms => header_flags::COMPRESSION | header_flags::LZMS,
        }
    }

    /// The number in the header of a solid resource.
    pub fn solid_id(self) -> u32 {
        match self {
            Codec::None => 0,
            Codec::Xpress => 1,
            Codec::Lzx => 2,
            Codec::Lzms => 3,
        }
    }

    /// The chunk size, in bytes, that every writer takes unless told otherwise; 0 for no compression.
    pub fn default_chunk_size(self) -> u32 {
        match self {
            Codec::None => 0,
            Codec::Xpress | Codec::Lzx => 32 << 10,
            Codec::Lzms => 128 << 10,
        }
    }
}

/// Where a resource lies, 24 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResourceHeader {
    /// Bytes in the file; the top 8 of the 64 bits are not stored.
    pub size_in_wim: u64,
    /// Bits of [`flags`].
    pub flags: u8,
    /// Byte offset in the file.
    pub offset: u64,
    /// Bytes after decompression.
    pub uncompressed_size: u64,
}

impl ResourceHeader {
    /// The bytes of the record.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.size_in_wim.to_le_bytes()[..7].to_vec();
        bytes.push(self.flags);
        bytes.extend(self.offset.to_le_bytes());
        bytes.extend(self.uncompressed_size.to_le_bytes());
        bytes
    }
}

/// An entry of the blob table, 50 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableEntry {
    /// Where the resource lies; for a member of a solid resource, its logical place there.
    pub resource: ResourceHeader,
    /// The split part that holds it, from 1.
    pub part: u16,
    /// How many streams of all images refer to it.
    pub reference_count: u32,
    /// The SHA-1 of the uncompressed bytes.
    pub hash: Hash,
}

impl TableEntry {
    /// The size that marks the entry of a solid resource itself.
    pub const SOLID_MARK: u64 = 1 << 32;

    /// The bytes of the record.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.resource.encode();
        bytes.extend(self.part.to_le_bytes());
        bytes.extend(self.reference_count.to_le_bytes());
        bytes.extend(self.hash);
        bytes
    }

    /// Whether the entry is an image's metadata.
    pub fn is_metadata(&self) -> bool {
        self.resource.flags & flags::METADATA != 0
    }
}

/// The header of the file, 208 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `MSWIM\0\0\0`, or `WLPWM\0\0\0` for a pipable archive.
    pub magic: [u8; 8],
    /// 208.
    pub header_size: u32,
    /// 0x10D00, or 0xE00 where there may be solid resources.
    pub version: u32,
    /// Bits of [`header_flags`].
    pub flags: u32,
    /// Bytes; 0 for an uncompressed archive.
    pub chunk_size: u32,
    /// The identity of the archive.
    pub guid: [u8; 16],
    /// From 1.
    pub part_number: u16,
    /// 1 for an archive of one file.
    pub total_parts: u16,
    /// Number of images.
    pub image_count: u32,
    /// Where the blob table lies.
    pub blob_table: ResourceHeader,
    /// Where the XML lies.
    pub xml: ResourceHeader,
    /// A copy of the boot image's metadata resource header, or zero.
    pub boot_metadata: ResourceHeader,
    /// The image to boot, from 1; 0 for none.
    pub boot_index: u32,
    /// Where the integrity table lies, or zero.
    pub integrity: ResourceHeader,
    /// Zero.
    pub reserved: [u8; 60],
}

impl Header {
    /// The magic of an ordinary archive.
    pub const MAGIC: [u8; 8] = *b"MSWIM\0\0\0";
    /// The magic of a pipable archive.
    pub const PIPABLE_MAGIC: [u8; 8] = *b"WLPWM\0\0\0";
    /// The version of an archive without solid resources.
    pub const VERSION: u32 = 0x0001_0D00;
    /// The version of an archive that may have solid resources.
    pub const SOLID_VERSION: u32 = 0x0000_0E00;

    /// The bytes of the record.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.magic.to_vec();
        for number in [self.header_size, self.version, self.flags, self.chunk_size] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.guid);
        bytes.extend(self.part_number.to_le_bytes());
        bytes.extend(self.total_parts.to_le_bytes());
        bytes.extend(self.image_count.to_le_bytes());
        for resource in [&self.blob_table, &self.xml, &self.boot_metadata] {
            bytes.extend(resource.encode());
        }
        bytes.extend(self.boot_index.to_le_bytes());
        bytes.extend(self.integrity.encode());
        bytes.extend(self.reserved);
        debug_assert_eq!(bytes.len(), offsets::header::LENGTH);
        bytes
    }
}

impl Default for Header {
    fn default() -> Header {
        Header {
            magic: Header::MAGIC,
            header_size: offsets::header::LENGTH as u32,
            version: Header::VERSION,
            flags: 0,
            chunk_size: 0,
            guid: std::array::from_fn(|i| i as u8),
            part_number: 1,
            total_parts: 1,
            image_count: 0,
            blob_table: ResourceHeader::default(),
            xml: ResourceHeader::default(),
            boot_metadata: ResourceHeader::default(),
            boot_index: 0,
            integrity: ResourceHeader::default(),
            reserved: [0; 60],
        }
    }
}
