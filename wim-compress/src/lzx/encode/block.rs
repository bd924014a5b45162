//! Writing a block in the cheapest of its three forms.

use super::codes::{ALIGNED_MAX_LEN, CodeLengths, Codes, LENGTH_MAX_LEN, MAIN_MAX_LEN};
use super::header::Lengths;
use super::histogram::{Histogram, Symbols};
use super::item::{Item, Recent};
use super::output::BitWriter;
use crate::huffman::encode::code_lengths;
use crate::lzx::tables::{
    ALIGNED, ALIGNED_BITS, ALIGNED_LEN_BITS, ALIGNED_SYMBOLS, BLOCK_TYPE_BITS, DEFAULT_BLOCK_SIZE, LITERALS, REPEATS,
    UNCOMPRESSED, VERBATIM, block_size_bits, main_symbols,
};

/// Bits and bytes of a word, to which an uncompressed block is aligned.
const WORD_BITS: u64 = 16;
const WORD_BYTES: usize = 2;

/// What an uncompressed block of `size` bytes takes at most besides them: a header, padding, the recent offsets.
pub(super) const UNCOMPRESSED_OVERHEAD: usize = 4 + 2 + 12 + 1;

/// A block as the parser has made it.
pub(super) struct Block<'b> {
    pub(super) items: &'b [Item],
    /// The items' symbols.
    pub(super) symbols: &'b [Symbols],
    /// What the items stand for.
    pub(super) data: &'b [u8],
    pub(super) histogram: &'b Histogram,
}

/// Writes the blocks of one chunk.
pub(super) struct BlockWriter<'d> {
    writer: BitWriter<'d>,
    /// The bits that there is room for.
    limit: u64,
    main_symbols: usize,
    size_bits: u32,
    previous: CodeLengths,
}

impl<'d> BlockWriter<'d> {
    /// A writer for a window of 2^`order` bytes into `dst`, for at most `limit` bytes. `dst` is longer by
    /// [`super::output::STORED`] bytes or more.
    pub(super) fn new(order: u32, dst: &'d mut [u8], limit: usize) -> Self {
        Self {
            writer: BitWriter::new(dst),
            limit: limit as u64 * u64::from(u8::BITS),
            main_symbols: main_symbols(order),
            size_bits: block_size_bits(order),
            previous: CodeLengths::ZERO,
        }
    }

    /// Writes the block, or returns `None` if it does not fit. The recent offsets behind it are asked for only when it stays
    /// uncompressed.
    pub(super) fn write(&mut self, block: &Block<'_>, recent: impl FnOnce() -> Recent) -> Option<()> {
        let mut lens = CodeLengths::ZERO;
        code_lengths(&block.histogram.main[..self.main_symbols], MAIN_MAX_LEN, &mut lens.main[..self.main_symbols]);
        code_lengths(block.histogram.length(), LENGTH_MAX_LEN, &mut lens.length);
        let mut aligned_lens = [0; ALIGNED_SYMBOLS];
        code_lengths(block.histogram.aligned(), ALIGNED_MAX_LEN, &mut aligned_lens);
        let headers = [
            Lengths::new(&self.previous.main[..LITERALS], &lens.main[..LITERALS]),
            Lengths::new(&self.previous.main[LITERALS..self.main_symbols], &lens.main[LITERALS..self.main_symbols]),
            Lengths::new(&self.previous.length, &lens.length),
        ];

        let aligned_gain = aligned_gain(block.histogram.aligned(), &aligned_lens);
        let cost = self.header_bits(block.data.len())
            + headers.iter().map(Lengths::cost).sum::<u64>()
            + payload_bits(&block.histogram.main, &lens.main)
            + payload_bits(block.histogram.length(), &lens.length)
            + block.histogram.raw_offset_bits();
        let cost = cost.saturating_sub_signed(aligned_gain.max(0));
        let uncompressed = self.uncompressed_bits(block.data.len());
        let start = self.writer.position();
        if start.checked_add(cost.min(uncompressed))?.next_multiple_of(WORD_BITS) > self.limit {
            return None;
        }
        if uncompressed <= cost {
            self.write_uncompressed(block.data, recent());
            debug_assert_eq!(self.writer.position(), start + uncompressed);
            return Some(());
        }
        let kind = if aligned_gain > 0 { ALIGNED } else { VERBATIM };
        self.write_header(kind, block.data.len());
        if kind == ALIGNED {
            for len in aligned_lens {
                self.writer.put(len.into(), ALIGNED_LEN_BITS);
            }
        }
        for header in &headers {
            header.write(&mut self.writer);
        }
        let codes = Codes::new(&lens, (kind == ALIGNED).then_some(&aligned_lens));
        codes.write(&mut self.writer, block.items, block.symbols);
        debug_assert_eq!(self.writer.position(), start + cost);
        self.previous = lens;
        Some(())
    }

    /// Writes `data` as one uncompressed block, or returns `None` if it does not fit.
    pub(super) fn write_raw(&mut self, data: &[u8]) -> Option<()> {
        if self.writer.position() + self.uncompressed_bits(data.len()) > self.limit {
            return None;
        }
        self.write_uncompressed(data, Recent::START);
        Some(())
    }

    /// Ends the chunk and returns its size.
    pub(super) fn finish(mut self) -> usize {
        self.writer.align();
        (self.writer.position() / u64::from(u8::BITS)) as usize
    }

    fn header_bits(&self, size: usize) -> u64 {
        let size_bits = if size == DEFAULT_BLOCK_SIZE { 0 } else { self.size_bits };
        u64::from(BLOCK_TYPE_BITS + 1 + size_bits)
    }

    fn write_header(&mut self, kind: u32, size: usize) {
        self.writer.put(kind.into(), BLOCK_TYPE_BITS);
        if size == DEFAULT_BLOCK_SIZE {
            self.writer.put(1, 1);
        } else {
            self.writer.put(size as u64, 1 + self.size_bits);
        }
    }

    /// The bits of an uncompressed block here.
    fn uncompressed_bits(&self, size: usize) -> u64 {
        let position = self.writer.position();
        // One bit more, as a whole word is skipped after a header that ends with one.
        let aligned = (position + self.header_bits(size) + 1).next_multiple_of(WORD_BITS);
        let bytes = REPEATS * size_of::<u32>() + size.next_multiple_of(WORD_BYTES);
        aligned - position + bytes as u64 * u64::from(u8::BITS)
    }

    fn write_uncompressed(&mut self, data: &[u8], recent: Recent) {
        self.write_header(UNCOMPRESSED, data.len());
        self.writer.put(0, 1);
        self.writer.align();
        for index in 0..REPEATS {
            self.writer.put_bytes(&(recent.get(index) as u32).to_le_bytes());
        }
        self.writer.put_bytes(data);
        if !data.len().is_multiple_of(WORD_BYTES) {
            self.writer.put_bytes(&[0]);
        }
    }
}

/// The bits of the symbols of one code.
fn payload_bits(counts: &[u32], lens: &[u8]) -> u64 {
    counts.iter().zip(lens).map(|(&count, &len)| u64::from(count) * u64::from(len)).sum()
}

/// The bits that an aligned block saves against a verbatim one.
fn aligned_gain(counts: &[u32; ALIGNED_SYMBOLS], lens: &[u8; ALIGNED_SYMBOLS]) -> i64 {
    let verbatim = counts.iter().map(|&count| u64::from(count)).sum::<u64>() * u64::from(ALIGNED_BITS);
    let header = u64::from(ALIGNED_LEN_BITS) * ALIGNED_SYMBOLS as u64;
    verbatim as i64 - (payload_bits(counts, lens) + header) as i64
}
