//! Streams of 16-bit little-endian words, read and written.
