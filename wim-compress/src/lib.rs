//! The three codecs of Windows images: **XPRESS** (LZ77+Huffman of \[MS-XCA\]), **LZX** as WIM uses it, and **LZMS**.
//!
//! One chunk in, one chunk out. A chunk is compressed on its own: no state crosses from one to the next, so chunks may be
//! decoded and encoded in any order and on any thread, and the bytes never depend on it.
//!
//! ```text
//!                 ┌─ xpress ─┐
//!   chunk bytes ──┤─ lzx    ─├── Decompressor / Compressor ── built by Codec::{decompressor, compressor}
//!                 └─ lzms   ─┘
//!        bits (16-bit words)   huffman (tables, codes)   matchfinder (tables, chains, trees, suffixes)
//! ```
//!
//! [`Codec`] names a codec and makes its objects; [`Compressor`] and [`Decompressor`] are all that they do. The modules
//! of the codecs describe their formats, and have the same objects without a `Box`. Each codec is a feature of its own.
#![no_std]

extern crate alloc;

#[cfg(not(any(feature = "xpress", feature = "lzx", feature = "lzms")))]
compile_error!("wim-compress needs at least one of its features: xpress, lzx, lzms");

#[cfg(feature = "xpress")]
mod bits;
mod boxed;
mod codec;
#[cfg(any(feature = "xpress", feature = "lzx"))]
mod copy;
mod error;
#[cfg(any(feature = "xpress", feature = "lzx"))]
mod huffman;
mod level;
#[cfg(feature = "lzms")]
pub mod lzms;
#[cfg(feature = "lzx")]
pub mod lzx;
mod matchfinder;
#[cfg(feature = "xpress")]
pub mod xpress;

pub use codec::{Codec, Compressor, Decompressor};
pub use error::DecodeError;
pub use level::Level;

/// The example of the README is tested as any other.
#[cfg(all(doctest, feature = "lzx"))]
#[doc = include_str!("../README.md")]
struct Readme;
