//! Decoding XPRESS.
//!
//! Input and output live in arrays of fixed sizes with slack, so that the loop needs no check per read: the chunk is copied in
//! front of zeros, decoded into the window, and copied out when it turned out to be good. A table entry says everything about a
//! symbol, so an item is one table lookup, the offset's bits, and a copy; the entry of the next item is
//! loaded before the copy, which hides its latency.
//!
//! What bounds the work of bad input: every item yields at least one byte. A read past the chunk yields zeros or bytes of old
//! input, but never goes unnoticed, because the place of the last bit that was used is compared with the chunk's end.
//!
//! The end mark is not asked for, and whatever follows the last item is ignored: some writers leave the mark out.

use alloc::boxed::Box;

use super::{
    FIRST_MATCH, LENGTHS_SIZE, LONG_LENGTH, LONGER_LENGTH, MAX_CHUNK, MAX_CODEWORD_LEN, MIN_MATCH, OFFSET_BITS_SHIFT,
    SYMBOLS,
};
use crate::bits::read::{BitBuffer, REFILL_BYTES, REFILLED_BITS};
use crate::boxed::zeroed;
use crate::copy::{COPY_SLACK, copy_match};
use crate::huffman::decode::{DecodeTable, PAYLOAD_SHIFT};
use crate::{Codec, DecodeError, Decompressor};

/// The longest input that can matter. An item takes at most 15 bits for each byte that it yields (literals; a match has three
/// bytes for 30 bits), so 64 KiB end within 123 200 bytes.
const MAX_INPUT: usize = 1 << 17;
const _: () = assert!(LENGTHS_SIZE + MAX_CHUNK * MAX_CODEWORD_LEN as usize / 8 + REFILL_BYTES <= MAX_INPUT);

const INPUT_SIZE: usize = MAX_INPUT + REFILL_BYTES;
const WINDOW_SIZE: usize = MAX_CHUNK + COPY_SLACK;

/// 512 symbols, codewords of up to 15 bits and 11 root bits need at most 2566 entries.
type Table = DecodeTable<11, { 1 << 12 }>;

// A payload is the literal byte with this flag, or a match symbol less 256.
const LITERAL: u32 = 1 << 30;

/// The codeword's length in an entry, and the least that `consume` needs of it.
const LENGTH: u32 = 31;

/// After a refill there is room for this many literals, or for one match and a look at the symbol behind it.
const LITERALS_PER_REFILL: u32 = REFILLED_BITS / MAX_CODEWORD_LEN;
const _: () = assert!(2 * MAX_CODEWORD_LEN + 15 <= REFILLED_BITS);

const PAYLOADS: [u32; SYMBOLS] = {
    let mut payloads = [0; SYMBOLS];
    let mut symbol = 0;
    while symbol < SYMBOLS {
        payloads[symbol] = if symbol < FIRST_MATCH {
            LITERAL | (symbol as u32) << PAYLOAD_SHIFT
        } else {
            ((symbol - FIRST_MATCH) as u32) << PAYLOAD_SHIFT
        };
        symbol += 1;
    }
    payloads
};

/// Decompresses XPRESS chunks.
pub struct XpressDecompressor {
    chunk_size: usize,
    table: Box<Table>,
    input: Box<[u8; INPUT_SIZE]>,
    window: Box<[u8; WINDOW_SIZE]>,
}

impl XpressDecompressor {
    /// A decompressor for chunks of up to `chunk_size` bytes.
    ///
    /// # Panics
    /// If [`Codec::Xpress`] does not support `chunk_size`.
    pub fn new(chunk_size: u32) -> Self {
        assert!(Codec::Xpress.supports(chunk_size), "XPRESS has no chunks of {chunk_size} bytes");
        Self { chunk_size: chunk_size as usize, table: Box::new(Table::new()), input: zeroed(), window: zeroed() }
    }

    /// The bytes of memory that a decompressor occupies, whatever its chunk size.
    pub const fn memory(_chunk_size: u32) -> u64 {
        (size_of::<Self>() + size_of::<Table>() + INPUT_SIZE + WINDOW_SIZE) as u64
    }

    /// Takes the chunk into the input array, with zeros behind it.
    fn load(&mut self, src: &[u8]) {
        let len = src.len().min(MAX_INPUT);
        self.input[..len].copy_from_slice(&src[..len]);
        self.input[len..len + REFILL_BYTES].fill(0);
    }

    /// Reads the codeword lengths and builds the table.
    fn read_code(&mut self) -> Result<(), DecodeError> {
        let mut lens = [0; SYMBOLS];
        for (pair, byte) in lens.as_chunks_mut::<2>().0.iter_mut().zip(&self.input[..LENGTHS_SIZE]) {
            *pair = [byte & 15, byte >> 4];
        }
        self.table.build(&lens, &PAYLOADS)
    }
}

impl Decompressor for XpressDecompressor {
    fn decompress(&mut self, src: &[u8], dst: &mut [u8]) -> Result<(), DecodeError> {
        assert!(dst.len() <= self.chunk_size, "{} bytes in chunks of {}", dst.len(), self.chunk_size);
        if src.len() < LENGTHS_SIZE {
            return Err(DecodeError::Truncated);
        }
        self.load(src);
        self.read_code()?;
        decode_items(&self.table, Reader::new(&self.input, src.len()), &mut self.window, dst.len())?;
        dst.copy_from_slice(&self.window[..dst.len()]);
        Ok(())
    }
}

/// Decodes `end` bytes into the window.
fn decode_items(
    table: &Table,
    mut reader: Reader<'_>,
    window: &mut [u8; WINDOW_SIZE],
    end: usize,
) -> Result<(), DecodeError> {
    let end = end.min(MAX_CHUNK);
    let mut done = 0;
    let mut literals = LITERALS_PER_REFILL;
    reader.refill();
    let mut entry = table.lookup(reader.bits.peek());
    while done < end {
        // `entry` belongs to the first of the bits in the buffer, of which there are enough for `literals` literals.
        if entry & LITERAL != 0 {
            window[done] = (entry >> PAYLOAD_SHIFT) as u8;
            done += 1;
            reader.bits.consume(entry & LENGTH);
            literals -= 1;
            if literals == 0 {
                reader.refill();
                literals = LITERALS_PER_REFILL;
            }
            entry = table.lookup(reader.bits.peek());
            continue;
        }
        if literals < LITERALS_PER_REFILL {
            reader.refill();
        }
        let (length, offset) = reader.take_match(entry)?;
        if offset > done {
            return Err(DecodeError::MatchBeforeStart);
        }
        if length > end - done {
            return Err(DecodeError::PastEnd);
        }
        reader.refill();
        literals = LITERALS_PER_REFILL;
        entry = table.lookup(reader.bits.peek());
        copy_match(window, done, offset, length);
        done += length;
    }
    reader.finish()
}

/// The stream of words and bytes behind the codeword lengths.
struct Reader<'i> {
    bits: BitBuffer,
    /// Where the next word or byte is fetched.
    at: usize,
    input: &'i [u8; INPUT_SIZE],
    /// The length of the chunk.
    len: usize,
}

impl<'i> Reader<'i> {
    fn new(input: &'i [u8; INPUT_SIZE], len: usize) -> Self {
        Self { bits: BitBuffer::default(), at: LENGTHS_SIZE, input, len }
    }

    #[inline(always)]
    fn refill(&mut self) {
        self.bits.refill_words(self.input, &mut self.at);
    }

    /// Takes the match whose symbol has the entry `entry`, and returns its length and offset.
    #[inline(always)]
    fn take_match(&mut self, entry: u32) -> Result<(usize, usize), DecodeError> {
        self.bits.consume(entry & LENGTH);
        let symbol = (entry >> PAYLOAD_SHIFT) as usize;
        let mut length = symbol & LONG_LENGTH;
        if length == LONG_LENGTH {
            length = self.take_length()?;
        }
        let offset_bits = (symbol >> OFFSET_BITS_SHIFT) as u32 & 15;
        let offset = 1 << offset_bits | self.bits.take(offset_bits) as usize;
        Ok((length + MIN_MATCH, offset))
    }

    /// Takes a length, less three, that is too long for the match symbol: one byte, or three.
    ///
    /// The format has it behind the words that a reader has fetched which holds 16 to 31 bits at this point. The words
    /// that are here beyond that are returned, the bytes are taken, and the words are fetched again from behind them.
    #[inline(always)]
    fn take_length(&mut self) -> Result<usize, DecodeError> {
        let excess = self.bits.count() / 16 - 1;
        self.at -= 2 * excess as usize;
        self.bits.truncate(self.bits.count() - 16 * excess);
        let byte = |at: usize| usize::from(self.input[at & (MAX_INPUT - 1)]);
        let mut length = byte(self.at);
        if length == LONGER_LENGTH {
            length = byte(self.at + 1) | byte(self.at + 2) << 8;
            self.at += 2;
        } else {
            length += LONG_LENGTH;
        }
        self.at += 1;
        if self.at > self.len {
            return Err(DecodeError::Truncated);
        }
        self.refill();
        Ok(length)
    }

    /// Checks that no bit was used that lies past the chunk's end.
    fn finish(&self) -> Result<(), DecodeError> {
        let unused_words = self.bits.count() / 16;
        if self.at - 2 * unused_words as usize > self.len { Err(DecodeError::Truncated) } else { Ok(()) }
    }
}
