//! Canonical Huffman codes, shared by the three codecs: tables that decode them ([`decode`]), and length-limited codes
//! made from frequencies ([`encode`]).
//!
//! A code is given by its codeword lengths alone. Codewords are handed out in the order of (length, symbol), starting
//! at zero, and written with the most significant bit first. A usable code is *complete*: the Kraft sum
//! `Σ 2^-length` is exactly one, so every bit string decodes to something and a decoder needs no "no such codeword" case.

pub(crate) mod decode;
pub(crate) mod encode;

/// The most symbols that any code of the three codecs has (the offset slots of LZMS: 799), rounded up.
pub(crate) const MAX_SYMBOLS: usize = 800;

/// The longest codeword that any code of the three codecs has (the main and length codes of LZX).
pub(crate) const MAX_CODEWORD_LEN: usize = 16;
