//! Where each field lies in its record, for patches. All numbers are byte offsets; integers are little-endian.

/// The 208-byte header.
pub mod header {
    /// 8 bytes.
    pub const MAGIC: usize = 0x00;
    /// u32.
    pub const SIZE: usize = 0x08;
    /// u32.
    pub const VERSION: usize = 0x0C;
    /// u32.
    pub const FLAGS: usize = 0x10;
    /// u32.
    pub const CHUNK_SIZE: usize = 0x14;
    /// 16 bytes.
    pub const GUID: usize = 0x18;
    /// u16.
    pub const PART_NUMBER: usize = 0x28;
    /// u16.
    pub const TOTAL_PARTS: usize = 0x2A;
    /// u32.
    pub const IMAGE_COUNT: usize = 0x2C;
    /// A resource header.
    pub const BLOB_TABLE: usize = 0x30;
    /// A resource header.
    pub const XML: usize = 0x48;
    /// A resource header.
    pub const BOOT_METADATA: usize = 0x60;
    /// u32.
    pub const BOOT_INDEX: usize = 0x78;
    /// A resource header, unaligned.
    pub const INTEGRITY: usize = 0x7C;
    /// 60 bytes.
    pub const RESERVED: usize = 0x94;
    /// The size of the whole.
    pub const LENGTH: usize = 0xD0;
}

/// The 24-byte resource header.
pub mod resource {
    /// 56-bit integer.
    pub const SIZE_IN_WIM: usize = 0;
    /// u8.
    pub const FLAGS: usize = 7;
    /// u64.
    pub const OFFSET: usize = 8;
    /// u64.
    pub const UNCOMPRESSED_SIZE: usize = 16;
    /// The size of the whole.
    pub const LENGTH: usize = 24;
}

/// The 50-byte entry of the blob table, which begins with a resource header.
pub mod entry {
    /// u16.
    pub const PART: usize = 24;
    /// u32.
    pub const REFERENCE_COUNT: usize = 26;
    /// 20 bytes.
    pub const HASH: usize = 30;
    /// The size of the whole.
    pub const LENGTH: usize = 50;
}

/// The 16 bytes at the start of a solid resource; a u32 per chunk follows.
pub mod solid {
    /// u64.
    pub const UNCOMPRESSED_SIZE: usize = 0;
    /// u32.
    pub const CHUNK_SIZE: usize = 8;
    /// u32.
    pub const CODEC: usize = 12;
    /// The size of the whole.
    pub const LENGTH: usize = 16;
}

/// The start of a metadata resource.
pub mod security {
    /// u32.
    pub const TOTAL_LENGTH: usize = 0;
    /// u32.
    pub const COUNT: usize = 4;
    /// The first of `COUNT` u64.
    pub const SIZES: usize = 8;
}

/// The fixed 102 bytes of a dentry.
pub mod dentry {
    /// u64.
    pub const LENGTH: usize = 0x00;
    /// u32.
    pub const ATTRIBUTES: usize = 0x08;
    /// i32.
    pub const SECURITY_ID: usize = 0x0C;
    /// u64.
    pub const SUBDIR_OFFSET: usize = 0x10;
    /// u64, unused.
    pub const UNUSED_1: usize = 0x18;
    /// u64, unused.
    pub const UNUSED_2: usize = 0x20;
    /// u64.
    pub const CREATION_TIME: usize = 0x28;
    /// u64.
    pub const LAST_ACCESS_TIME: usize = 0x30;
    /// u64.
    pub const LAST_WRITE_TIME: usize = 0x38;
    /// 20 bytes.
    pub const MAIN_HASH: usize = 0x40;
    /// u32.
    pub const UNKNOWN_0X54: usize = 0x54;
    /// u64 for most; u32 tag, u16 reserved, u16 flags for a reparse point.
    pub const HARD_LINK_ID: usize = 0x58;
    /// u16.
    pub const STREAM_COUNT: usize = 0x60;
    /// u16, bytes.
    pub const SHORT_NAME_LENGTH: usize = 0x62;
    /// u16, bytes.
    pub const NAME_LENGTH: usize = 0x64;
    /// The size of the fixed part.
    pub const FIXED_LENGTH: usize = 0x66;
}

/// The fixed 38 bytes of an extra stream entry.
pub mod stream {
    /// u64.
    pub const LENGTH: usize = 0x00;
    /// u64.
    pub const RESERVED: usize = 0x08;
    /// 20 bytes.
    pub const HASH: usize = 0x10;
    /// u16, bytes.
    pub const NAME_LENGTH: usize = 0x24;
    /// The size of the fixed part.
    pub const FIXED_LENGTH: usize = 0x26;
}

/// The start of an integrity table.
pub mod integrity {
    /// u32.
    pub const TABLE_SIZE: usize = 0;
    /// u32.
    pub const COUNT: usize = 4;
    /// u32.
    pub const CHUNK_SIZE: usize = 8;
    /// The first of `COUNT` hashes.
    pub const HASHES: usize = 12;
}
