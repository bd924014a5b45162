//! The choice of codec, and the two traits that all of them implement.

use alloc::boxed::Box;
use core::ops::RangeInclusive;

#[cfg(feature = "lzms")]
use crate::lzms::{LzmsCompressor, LzmsDecompressor};
#[cfg(feature = "lzx")]
use crate::lzx::{LzxCompressor, LzxDecompressor};
#[cfg(feature = "xpress")]
use crate::xpress::{XpressCompressor, XpressDecompressor};
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

    /// Decompresses at least the first `wanted` bytes of the chunk `src` into the front of `dst`, which has room for all of
    /// it, and returns how many bytes of `dst` are final. A codec with large chunks stops early; damage behind goes unnoticed
    /// then.
    ///
    /// # Errors
    /// A [`DecodeError`] when the front of `src` is not that of a valid chunk of `dst.len()` bytes.
    ///
    /// # Panics
    /// If `wanted` is more than `dst` has room for, or `dst` is longer than the chunk size that this object was made for.
    fn decompress_front(&mut self, src: &[u8], dst: &mut [u8], wanted: usize) -> Result<usize, DecodeError> {
        assert!(wanted <= dst.len(), "{wanted} bytes of a chunk of {}", dst.len());
        self.decompress(src, dst).map(|()| dst.len())
    }
}

/// A codec of the Windows Imaging Format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// LZ77 and Huffman codes of \[MS-XCA\]; chunks of 4 KiB to 64 KiB.
    #[cfg(feature = "xpress")]
    Xpress,
    /// LZX in its WIM form; chunks of 32 KiB to 2 MiB.
    #[cfg(feature = "lzx")]
    Lzx,
    /// LZMS; chunks of 32 KiB to 1 GiB.
    #[cfg(feature = "lzms")]
    Lzms,
}

impl Codec {
    /// The chunk sizes that this codec has; a chunk size is a power of two within this range.
    pub const fn chunk_sizes(self) -> RangeInclusive<u32> {
        match self {
            #[cfg(feature = "xpress")]
            Self::Xpress => 1 << 12..=1 << 16,
            #[cfg(feature = "lzx")]
            Self::Lzx => 1 << 15..=1 << 21,
            #[cfg(feature = "lzms")]
            Self::Lzms => 1 << 15..=1 << 30,
        }
    }

    /// Whether `chunk_size` is a power of two that this codec has.
    pub const fn supports(self, chunk_size: u32) -> bool {
        let sizes = self.chunk_sizes();
        chunk_size.is_power_of_two() && *sizes.start() <= chunk_size && chunk_size <= *sizes.end()
    }

    /// A compressor for chunks of up to `chunk_size` bytes.
    ///
    /// # Panics
    /// If the codec has no such chunk size (see [`Codec::supports`]).
    pub fn compressor(self, chunk_size: u32, level: Level) -> Box<dyn Compressor> {
        self.check(chunk_size);
        match self {
            #[cfg(feature = "xpress")]
            Self::Xpress => Box::new(XpressCompressor::new(chunk_size, level)),
            #[cfg(feature = "lzx")]
            Self::Lzx => Box::new(LzxCompressor::new(chunk_size, level)),
            #[cfg(feature = "lzms")]
            Self::Lzms => Box::new(LzmsCompressor::new(chunk_size, level)),
        }
    }

    /// A decompressor for chunks of up to `chunk_size` bytes.
    ///
    /// # Panics
    /// If the codec has no such chunk size (see [`Codec::supports`]).
    pub fn decompressor(self, chunk_size: u32) -> Box<dyn Decompressor> {
        self.check(chunk_size);
        match self {
            #[cfg(feature = "xpress")]
            Self::Xpress => Box::new(XpressDecompressor::new(chunk_size)),
            #[cfg(feature = "lzx")]
            Self::Lzx => Box::new(LzxDecompressor::new(chunk_size)),
            #[cfg(feature = "lzms")]
            Self::Lzms => Box::new(LzmsDecompressor::new(chunk_size)),
        }
    }

    /// The bytes of memory that one compressor occupies for as long as it lives.
    ///
    /// # Panics
    /// If the codec has no such chunk size (see [`Codec::supports`]).
    pub fn compressor_memory(self, chunk_size: u32, level: Level) -> u64 {
        self.check(chunk_size);
        match self {
            #[cfg(feature = "xpress")]
            Self::Xpress => XpressCompressor::memory(chunk_size, level),
            #[cfg(feature = "lzx")]
            Self::Lzx => LzxCompressor::memory(chunk_size, level),
            #[cfg(feature = "lzms")]
            Self::Lzms => LzmsCompressor::memory(chunk_size, level),
        }
    }

    /// The bytes of memory that one decompressor occupies for as long as it lives.
    ///
    /// # Panics
    /// If the codec has no such chunk size (see [`Codec::supports`]).
    pub fn decompressor_memory(self, chunk_size: u32) -> u64 {
        self.check(chunk_size);
        match self {
            #[cfg(feature = "xpress")]
            Self::Xpress => XpressDecompressor::memory(chunk_size),
            #[cfg(feature = "lzx")]
            Self::Lzx => LzxDecompressor::memory(chunk_size),
            #[cfg(feature = "lzms")]
            Self::Lzms => LzmsDecompressor::MEMORY as u64,
        }
    }

    fn check(self, chunk_size: u32) {
        assert!(self.supports(chunk_size), "{self:?} has no chunks of {chunk_size} bytes");
    }
}
