//! Streams of 16-bit little-endian words, in which bits go from the highest of a word to the lowest.

pub(crate) mod read;
pub(crate) mod write;
