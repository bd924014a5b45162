//! The decoder.
//!
//! - [`chunk`]: a chunk's blocks, and the codes of compressed ones; the public [`LzxDecompressor`].
//! - [`lengths`]: codeword lengths as a block's header stores them.
//! - [`items`]: the literals and matches of a block: the loop in which nearly all time is spent.
//! - [`entries`]: what an entry of a decoding table says to that loop.
//! - [`input`]: the bits of a chunk.

mod chunk;
mod entries;
mod input;
mod items;
mod lengths;

pub use chunk::LzxDecompressor;
