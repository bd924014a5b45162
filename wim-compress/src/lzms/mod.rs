//! LZMS: LZ77 and delta matches, coded with an adaptive range coder and adaptive Huffman codes, behind an x86 filter.
//!
//! # The format
//!
//! A chunk is a sequence of 16-bit little-endian words that is read from both of its ends. From the front, a binary range
//! coder tells what kind of *item* comes next (`range`); from the back come, as an ordinary bit stream, Huffman symbols and
//! raw bits (`bits`). Where the two meet, the chunk ends. Both models start from fixed values and adapt to what was coded
//! (`model`, `code`), so a chunk has no headers at all.
//!
//! An item is
//!
//! * a **literal** byte;
//! * an **LZ match**: so many bytes equal to those an offset before, the offset new or one of the last three;
//! * a **delta match**: so many bytes whose *differences* to the bytes `span` before equal those an offset before, where
//!   `span` is a power of two and divides the offset; both new or one of the last three pairs (`delta`). Tables of
//!   addresses in executable files consist of such runs.
//!
//! An offset that was used enters the queue of recent ones only after the item that follows it (`queue`). Offsets and
//! lengths are split in a slot, which is a Huffman symbol, and raw bits (`tables`). After the last item the operands
//! of x86 instructions are turned from absolute into relative ones, in one pass over the whole chunk (`x86`).
//!
//! # Decoding
//!
//! [`LzmsDecompressor`] decodes straight into the caller's buffer and owns nothing but the models' tables. Everything is
//! strictly left to right, so the front of a chunk can be had for a part of the time:
//! [`LzmsDecompressor::decompress_prefix`].

mod bits;
mod code;
mod copy;
mod decode;
mod delta;
mod encode;
mod model;
mod queue;
mod range;
mod symbols;
mod tables;
mod x86;

pub use decode::LzmsDecompressor;
pub use encode::{LzmsBatch, LzmsCompressor, LzmsMatches, LzmsParse};

/// The longest chunk that LZMS has, and so the limit of every offset and length.
const MAX_CHUNK: usize = 1 << 30;
