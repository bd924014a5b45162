//! The structures as they lie on disk: nothing but layout, magics and flag bits.
//!
//! Every struct is made of byte arrays and little-endian integers without alignment, so that any slice of the right
//! length can be viewed as one. Fields hold whatever the file says; typed values are made, and checked, one floor up.

use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable};

macro_rules! little_endian {
    ($($(#[$doc:meta])* $name:ident($int:ty, $size:literal);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
        #[repr(transparent)]
        pub struct $name([u8; $size]);

        impl $name {
            /// The integer's value.
            pub const fn get(self) -> $int {
                <$int>::from_le_bytes(self.0)
            }

            /// The value as it lies on disk.
            pub const fn new(value: $int) -> Self {
                Self(value.to_le_bytes())
            }
        }
    )*};
}

little_endian! {
    /// An unaligned little-endian `u16`.
    U16(u16, 2);
    /// An unaligned little-endian `u32`.
    U32(u32, 4);
    /// An unaligned little-endian `u64`.
    U64(u64, 8);
}

/// A structure with a fixed layout on disk.
pub trait Record: AnyBitPattern + NoUninit {
    /// Its size in bytes.
    const SIZE: usize = size_of::<Self>();
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident[$size:literal] { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Pod, Zeroable)]
        #[repr(C)]
        pub struct $name { $($(#[$field_doc])* pub $field: $ty,)* }

        impl Record for $name {}
        const _: () = assert!(size_of::<$name>() == $size && align_of::<$name>() == 1);
    )*};
}

/// The magic of a WIM, `MSWIM\0\0\0`.
pub const MAGIC: [u8; 8] = *b"MSWIM\0\0\0";
/// The magic of a pipable WIM, `WLPWM\0\0\0`: wimlib's layout for streams, with the authoritative header at the end.
pub const MAGIC_PIPABLE: [u8; 8] = *b"WLPWM\0\0\0";
/// The version of an archive without solid resources.
pub const VERSION_DEFAULT: u32 = 0x0001_0D00;
/// The version of an archive that may hold solid resources ("ESD").
pub const VERSION_SOLID: u32 = 0x0000_0E00;

/// Bits of [`Header::flags`]; Microsoft's `FLAG_HEADER_*`.
pub mod header_flags {
    /// Resources may be compressed.
    pub const COMPRESSION: u32 = 0x0000_0002;
    /// The file is not to be modified.
    pub const READONLY: u32 = 0x0000_0004;
    /// One part of a split set.
    pub const SPANNED: u32 = 0x0000_0008;
    /// The file holds only file resources.
    pub const RESOURCE_ONLY: u32 = 0x0000_0010;
    /// The file holds only metadata resources.
    pub const METADATA_ONLY: u32 = 0x0000_0020;
    /// A writer is, or was when it died, at work.
    pub const WRITE_IN_PROGRESS: u32 = 0x0000_0040;
    /// At least one image was captured with reparse points fixed up.
    pub const RP_FIX: u32 = 0x0000_0080;
    /// XPRESS.
    pub const XPRESS: u32 = 0x0002_0000;
    /// LZX.
    pub const LZX: u32 = 0x0004_0000;
    /// LZMS.
    pub const LZMS: u32 = 0x0008_0000;
    /// XPRESS again; read, never written.
    pub const XPRESS2: u32 = 0x0020_0000;
}

/// Bits of [`ResourceHeader::flags`].
pub mod resource_flags {
    /// The entry is free space.
    pub const FREE: u8 = 0x01;
    /// An image's metadata; also set for the blob table and the XML data.
    pub const METADATA: u8 = 0x02;
    /// Compressed in chunks, with a chunk table.
    pub const COMPRESSED: u8 = 0x04;
    /// Split across parts; never seen.
    pub const SPANNED: u8 = 0x08;
    /// A solid resource, or a member of one.
    pub const SOLID: u8 = 0x10;
}

/// The uncompressed size that marks a blob table entry as a solid resource's own: exactly 2^32.
pub const SOLID_RESOURCE_MARK: u64 = 1 << 32;
/// The magic before each resource of a pipable archive.
pub const BLOB_HEADER_MAGIC: u64 = 0x2B9B_9BA2_443D_B9D8;

records! {
    /// A resource header; Microsoft's `RESHDR_DISK_SHORT`.
    ResourceHeader[24] {
        /// Size in the file, 56 bits.
        size_in_wim: [u8; 7],
        /// See [`resource_flags`].
        flags: u8,
        /// Offset in the file; for a member of a solid resource, in the uncompressed data of its run.
        offset: U64,
        /// Size when decompressed.
        uncompressed_size: U64,
    }
    /// The file header; Microsoft's `WIMHEADER_V1_PACKED`.
    Header[208] {
        /// [`MAGIC`] or [`MAGIC_PIPABLE`].
        magic: [u8; 8],
        /// Size of this header: 208.
        size: U32,
        /// [`VERSION_DEFAULT`] or [`VERSION_SOLID`].
        version: U32,
        /// See [`header_flags`].
        flags: U32,
        /// Size of a chunk of a compressed resource; 0 where nothing is compressed.
        chunk_size: U32,
        /// Identifies the file; the same in all parts of a split set.
        guid: [u8; 16],
        /// One-based number of this part.
        part: U16,
        /// Number of parts.
        total_parts: U16,
        /// Number of images.
        image_count: U32,
        /// The blob table (Microsoft: offset table).
        blob_table: ResourceHeader,
        /// The XML data.
        xml_data: ResourceHeader,
        /// The boot image's metadata resource, again.
        boot_metadata: ResourceHeader,
        /// One-based index of the boot image, or 0.
        boot_index: U32,
        /// The integrity table; not aligned.
        integrity: ResourceHeader,
        /// Zero.
        reserved: [u8; 60],
    }
    /// An entry of the blob table; Microsoft's `RESHDR_DISK`.
    BlobEntry[50] {
        /// Where the blob is.
        resource: ResourceHeader,
        /// In which part of a split set.
        part: U16,
        /// How many names in all images refer to it.
        reference_count: U32,
        /// SHA-1 of the uncompressed bytes.
        hash: [u8; 20],
    }
    /// The front of a solid resource, before the table of its chunks' sizes.
    SolidHeader[16] {
        /// Size of all its blobs together.
        uncompressed_size: U64,
        /// Its own chunk size.
        chunk_size: U32,
        /// Its own codec: 0 none, 1 XPRESS, 2 LZX, 3 LZMS.
        codec: U32,
    }
    /// The front of each resource of a pipable archive.
    BlobHeader[40] {
        /// [`BLOB_HEADER_MAGIC`].
        magic: U64,
        /// Size when decompressed.
        uncompressed_size: U64,
        /// SHA-1 of the uncompressed bytes.
        hash: [u8; 20],
        /// [`resource_flags`], widened.
        flags: U32,
    }
    /// The fixed part of a directory entry; Microsoft's `DIRENTRY`.
    Dentry[102] {
        /// Length in bytes with names and tagged items, without stream entries.
        length: U64,
        /// `FILE_ATTRIBUTE_*`.
        attributes: U32,
        /// Index of the security descriptor, or -1.
        security_id: U32,
        /// Offset of the list of children in the metadata resource, or 0.
        subdir_offset: U64,
        /// Unused.
        unused1: U64,
        /// Unused.
        unused2: U64,
        /// FILETIME.
        creation_time: U64,
        /// FILETIME.
        last_access_time: U64,
        /// FILETIME.
        last_write_time: U64,
        /// SHA-1 of the default stream, or zero.
        main_hash: [u8; 20],
        /// Unknown; kept.
        unknown_0x54: U32,
        /// Reparse tag, reserved and flags of a reparse point; the hard-link group of anything else.
        reparse_or_link: [u8; 8],
        /// Number of stream entries that follow.
        stream_count: U16,
        /// Length of the short name in bytes, without terminator.
        short_name_len: U16,
        /// Length of the name in bytes, without terminator.
        name_len: U16,
    }
    /// The fixed part of an extra stream entry; Microsoft's `STREAMENTRY`.
    StreamEntry[38] {
        /// Length in bytes with the name and padding.
        length: U64,
        /// Zero; kept.
        reserved: U64,
        /// SHA-1 of the stream, or zero.
        hash: [u8; 20],
        /// Length of the name in bytes, without terminator.
        name_len: U16,
    }
    /// The front of the security data; Microsoft's `SECURITYBLOCK_DISK`.
    SecurityHeader[8] {
        /// Length of all security data in bytes.
        total_length: U32,
        /// Number of descriptors.
        count: U32,
    }
    /// The front of a tagged item at the end of a directory entry.
    TaggedItem[8] {
        /// What it is.
        tag: U32,
        /// Length of what follows, without padding.
        length: U32,
    }
    /// The front of the integrity table.
    IntegrityHeader[12] {
        /// Size of the table in bytes, with this header.
        size: U32,
        /// Number of SHA-1 hashes.
        count: U32,
        /// Bytes of the file covered by each.
        chunk_size: U32,
    }
}

const _: () = assert!(core::mem::offset_of!(Header, integrity) == 0x7C);
const _: () = assert!(core::mem::offset_of!(Dentry, unknown_0x54) == 0x54);
