//! LZX in the form that Windows images (and compressed system files, WOF) use: chunks of 32 KiB, and up to 2 MiB by extension.
//!
//! # The format
//!
//! A chunk is a stream of 16-bit little-endian words, read from the highest bit down, that holds blocks:
//!
//! ```text
//!   3 bits   type: 1 verbatim, 2 aligned, 3 uncompressed
//!   1 bit    1: the block is 32768 bytes long; 0: its size follows, in 16 bits (24 if the chunk size is over 32 KiB)
//!   types 1 and 2:
//!     8 * 3 bits   type 2 only: codeword lengths of the aligned code
//!     lengths      of main symbols 0 to 255, of the other main symbols, and of the length code (as changes against
//!                  the previous block, and runs)
//!     items        until the block's size is reached
//!   type 3:
//!     1 to 16 bits to the next word; R0, R1, R2 as u32; the bytes; one byte of padding after an odd number
//! ```
//!
//! An item is a main symbol. Below 256 it is a literal byte; above, `symbol - 256` is a length header (low three bits) and an offset
//! slot. Headers 0 to 6 are lengths 2 to 8; header 7 says that a symbol of the length code follows, for lengths 9 to 257. Slots 0, 1
//! and 2 repeat a recent offset R0, R1 or R2, which then trades places with R0. All others give a base to which as many
//! bits are added as the slot says; in an aligned block the lowest three of them are a symbol of the aligned code. The offset becomes
//! R0 and pushes the others back.
//!
//! Unlike in cabinets, every chunk starts afresh, and the E8 filter is always on (`e8`).

mod decode;
mod e8;
mod encode;
mod tables;

pub use decode::LzxDecompressor;
pub use encode::LzxCompressor;
