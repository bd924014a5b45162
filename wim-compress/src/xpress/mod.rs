//! XPRESS in its LZ77+Huffman variant of \[MS-XCA\], as Windows images and compressed system files (WOF) use it: chunks of
//! 4 KiB to 64 KiB, each one block.
//!
//! # The format
//!
//! A chunk begins with the codeword lengths of 512 symbols, 0 to 15, in 256 bytes: byte `i` holds that of symbol `2i` in its
//! low half and that of `2i + 1` in its high half. The code must be complete. The rest is one stream of items.
//!
//! ```text
//!   symbol 0..=255      the literal byte
//!   symbol 256 + m      a match: m / 16 = number of offset bits, m % 16 = length - 3, or 15 for "longer"
//!     [u8]              only after 15: length - 18; 255 means that a u16 follows instead:
//!     [u16]             length - 3
//!     offset bits       offset - 2^(number of offset bits)
//! ```
//!
//! An offset is thus 1 to 65535 and a length 3 to 65538. Behind the last item stands symbol 256 once more, as the end mark; it is
//! an ordinary match anywhere else. A decoder is told the size of its output and stops there.
//!
//! # Bits and bytes in one stream
//!
//! Symbols and offset bits are read from 16-bit little-endian words, highest bit first; the length bytes lie *between* these words.
//! Where, follows from a reader that fetches a word as soon as 16 or fewer unread bits are left to it, and reads bytes from
//! where it fetches: after `T` bits, counted through the match's symbol but not its offset bits,
//! `1 + ceil(T / 16)` words have been fetched, and the length byte is next. So the writer always keeps the places of two words open.

mod cost;
mod decode;
mod emit;
mod encode;
mod incompressible;
mod items;
mod lazy;
mod near_optimal;
mod prior;

pub use decode::XpressDecompressor;
pub use encode::XpressCompressor;

/// The greatest chunk.
const MAX_CHUNK: usize = 1 << 16;

/// Symbols of the code: literals, then matches.
const SYMBOLS: usize = 512;

/// The first match symbol, and the end mark.
const FIRST_MATCH: usize = 256;

/// The bytes that hold the codeword lengths, two in each.
const LENGTHS_SIZE: usize = SYMBOLS / 2;

/// The longest codeword.
const MAX_CODEWORD_LEN: u32 = 15;

/// The shortest match.
const MIN_MATCH: usize = 3;

/// The longest match.
const MAX_MATCH: usize = MIN_MATCH + 0xFFFF;

/// A match symbol, less 256, has the length below this bit and the number of offset bits above.
const OFFSET_BITS_SHIFT: u32 = 4;

/// The length in a match symbol that means "longer, bytes follow".
const LONG_LENGTH: usize = 15;

/// The length byte that means "longer, a `u16` follows".
const LONGER_LENGTH: usize = 255;
