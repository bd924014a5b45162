//! What can be wrong with a compressed chunk.

use core::fmt;

/// Why a chunk did not decompress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeError {
    /// The chunk ends before its data does.
    Truncated,
    /// A Huffman code's lengths are over-subscribed, incomplete, or run past their table.
    BadCode,
    /// A block's type or size is impossible.
    BadBlock,
    /// A match reaches back before the start of the chunk.
    MatchBeforeStart,
    /// A match or a block runs past the end of the chunk.
    PastEnd,
    /// The chunk's data is complete, but bytes or bits follow it that no encoder writes.
    TrailingData,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "compressed data ends early",
            Self::BadCode => "invalid Huffman code",
            Self::BadBlock => "invalid block header",
            Self::MatchBeforeStart => "match before the start of the chunk",
            Self::PastEnd => "match or block past the end of the chunk",
            Self::TrailingData => "data after the end of the chunk",
        })
    }
}

impl core::error::Error for DecodeError {}
