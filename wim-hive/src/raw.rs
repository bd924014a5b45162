//! The structures of a hive as they lie on disk: layout, magics and flag bits.

use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable};
use wim_format::raw::{U16, U32, U64};

/// A structure with a fixed layout on disk.
pub(crate) trait Record: AnyBitPattern + NoUninit {
    /// Its size in bytes.
    const SIZE: usize = size_of::<Self>();
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident[$size:literal] { $($field:ident: $ty:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Pod, Zeroable)]
        #[repr(C)]
        pub(crate) struct $name { $(pub(crate) $field: $ty,)* }

        impl Record for $name {}
        const _: () = assert!(size_of::<$name>() == $size && align_of::<$name>() == 1);
    )*};
}

/// "No cell here".
pub(crate) const NONE: u32 = u32::MAX;
/// The size of the base block, and what a bin's size is a multiple of.
pub(crate) const BLOCK: usize = 4096;
/// The checksum covers this much of the base block, and lies behind it.
pub(crate) const CHECKSUM_OFFSET: usize = 508;
/// Cells begin at, and their sizes are, multiples of this.
pub(crate) const CELL_ALIGN: u32 = 8;
/// The size field before each cell's content.
pub(crate) const CELL_HEADER: u32 = 4;
/// The bit of a value's size that says its data lies in the offset field.
pub(crate) const INLINE: u32 = 1 << 31;
/// Data of more bytes is stored as segments of this many, from version 1.4 on.
pub(crate) const SEGMENT: usize = 16344;

pub(crate) const BASE_MAGIC: [u8; 4] = *b"regf";
pub(crate) const BIN_MAGIC: [u8; 4] = *b"hbin";
pub(crate) const KEY: [u8; 2] = *b"nk";
pub(crate) const VALUE: [u8; 2] = *b"vk";
pub(crate) const SECURITY: [u8; 2] = *b"sk";
pub(crate) const BIG_DATA: [u8; 2] = *b"db";

/// Bits of [`KeyNode::flags`].
pub(crate) mod key_flags {
    /// The key is a link to another.
    pub(crate) const SYMLINK: u16 = 0x0010;
    /// The name has one byte a character.
    pub(crate) const COMPRESSED_NAME: u16 = 0x0020;
}

/// Bit of [`ValueRecord::flags`]: the name has one byte a character.
pub(crate) const VALUE_COMPRESSED_NAME: u16 = 0x0001;

records! {
    /// The front of the base block.
    BaseHead[48] {
        magic: [u8; 4],
        primary: U32,
        secondary: U32,
        last_written: U64,
        major: U32,
        minor: U32,
        file_type: U32,
        format: U32,
        root: U32,
        bins_size: U32,
        clustering: U32,
    }
    /// The header of a bin.
    BinHeader[32] {
        magic: [u8; 4],
        offset: U32,
        size: U32,
        reserved: U64,
        time: U64,
        spare: U32,
    }
    /// A key, without its name.
    KeyNode[76] {
        magic: [u8; 2],
        flags: U16,
        last_written: U64,
        access: U32,
        parent: U32,
        subkey_count: U32,
        volatile_count: U32,
        subkey_list: U32,
        volatile_list: U32,
        value_count: U32,
        value_list: U32,
        security: U32,
        class: U32,
        longest_subkey: U16,
        virtualization: U16,
        longest_class: U32,
        longest_value_name: U32,
        longest_value_data: U32,
        work: U32,
        name_len: U16,
        class_len: U16,
    }
    /// A value, without its name.
    ValueRecord[20] {
        magic: [u8; 2],
        name_len: U16,
        size: U32,
        data: U32,
        kind: U32,
        flags: U16,
        spare: U16,
    }
    /// A security descriptor's header.
    SecurityRecord[16] {
        magic: [u8; 2],
        reserved: U16,
        next: U32,
        previous: U32,
        references: U32,
    }
    /// The front of data in segments. The list that it names holds the segments' cells.
    BigData[8] {
        magic: [u8; 2],
        segments: U16,
        list: U32,
    }
    /// The front of a list of keys.
    ListHead[4] {
        magic: [u8; 2],
        count: U16,
    }
}

/// Bytes of the security descriptor's length, which follows [`SecurityRecord`].
pub(crate) const DESCRIPTOR_OFFSET: usize = SecurityRecord::SIZE + size_of::<u32>();

/// The record at the front of `bytes`; bytes that are not there read as zeros.
pub(crate) fn read<T: Record + Zeroable>(bytes: &[u8]) -> T {
    match bytes.get(..T::SIZE) {
        Some(front) => bytemuck::pod_read_unaligned(front),
        None => T::zeroed(),
    }
}

/// The number at `index` of a list of numbers; 0 where there is none.
pub(crate) fn number(list: &[u8], index: usize) -> u32 {
    list.as_chunks::<4>().0.get(index).map_or(0, |&bytes| u32::from_le_bytes(bytes))
}
