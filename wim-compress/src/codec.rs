//! The choice of codec, and the two traits that all of them implement.

use alloc::boxed::Box;
use core::ops::RangeInclusive;

use crate::{DecodeError, Level};

/// Compresses whole chunks. An object is reused for any number of chunks and keeps nothing of one for the next.
pub trait Compressor: Send {
    /// Compresses `src` into the front of `dst` and returns the number of bytes used, or `None` if they do not fit.
    ///
    /// A WIM stores a chunk raw unless it shrinks, so a caller offers `dst` one byte shorter than `src`. What `dst` holds
    /// after `None` is unspecified; nothing outside it is ever touched.
    ///
    /// # Panics
    /// If `src` is longer than the chunk size that this object was made for.
    fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize>;
}

/// Decompresses whole chunks. An object survives any bad chunk and is reused for any number of them.
pub trait Decompressor: Send {
    /// Decompresses the chunk `src` and fills `dst` exactly. After an error the content of `dst` is unspecified, but it
    /// never holds bytes of an earlier chunk that this object decoded.
    ///
    /// # Errors
    /// A [`DecodeError`] when `src` is not a valid chunk of `dst.len()` bytes.
    ///
    /// # Panics
    /// If `dst` is longer than the chunk size that this object was made for.
    fn decompress(&mut self, src: &[u8], dst: &mut [u8]) -> Result<(), DecodeError>;
}

/// A codec of the Windows Imaging Format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// LZ77 and Huffman codes of \[MS-XCA\]; chunks of 4 KiB to 64 KiB.
    Xpress,
    /// LZX in its WIM form; chunks of 32 KiB to 2 MiB.
    Lzx,
    /// LZMS; chunks of 32 KiB to 1 GiB.
    Lzms,
}

impl Codec {
    /// The chunk sizes that this codec has; a chunk size is a power of two within this range.
    pub const fn chunk_sizes(self) -> RangeInclusive<u32> {
        match self {
            Self::Xpress => 1 << 12..=1 << 16,
            Self::Lzx => 1 << 15..=1 << 21,
            Self::Lzms => 1 << 15..=1 << 30,
        }
    }

    /// Whether `chunk_size` is a power of two that this codec has.
    pub const fn supports(self, chunk_size: u32) -> bool {
        let sizes = self.chunk_sizes();
        chunk_size.is_power_of_two() && *sizes.start() <= chunk_size && chunk_size <= *sizes.end()
    }
}
