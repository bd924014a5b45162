//! The decoder: a chunk's blocks, and the codes of compressed ones.

use alloc::boxed::Box;

use super::entries::{
    ALIGNED_PAYLOADS, AlignedTable, LENGTH_PAYLOADS, LengthTable, MAIN_PAYLOADS, MainTable, NO_LENGTH,
};
use super::input::{Bits, INPUT_SLACK, Input};
use super::items;
use super::lengths::{self, PretreeTable};
use crate::boxed::zeroed;
use crate::lzx::e8;
use crate::lzx::tables::{
    ALIGNED, ALIGNED_LEN_BITS, ALIGNED_SYMBOLS, BLOCK_TYPE_BITS, DEFAULT_BLOCK_SIZE, LENGTH_SYMBOLS, LITERALS,
    MAX_MAIN_SYMBOLS, MAX_ORDER, MIN_ORDER, UNCOMPRESSED, VERBATIM, block_size_bits, main_symbols, window_order,
};
use crate::{Codec, DecodeError, Decompressor};

/// The decoder for the chunk size that nearly all images have.
type SmallDecoder = Decoder<{ (1 << MIN_ORDER) + SLACK }, { (2 << MIN_ORDER) + INPUT_SLACK }>;
/// The decoder for all larger ones. Its arrays are for the largest, but memory that a chunk does not touch is not made resident.
type LargeDecoder = Decoder<{ (1 << MAX_ORDER) + SLACK }, { (2 << MAX_ORDER) + INPUT_SLACK }>;

/// Decompresses LZX chunks.
///
/// Every code must be complete, and the blocks must fill the chunk exactly. Bytes behind the last block are ignored.
///
/// ```
/// use wim_compress::lzx::LzxDecompressor;
/// use wim_compress::{DecodeError, Decompressor};
///
/// // An uncompressed block: its type and size, three offsets, five bytes, and one of padding.
/// let chunk = [0x00, 0x60, 0x00, 0x50, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, b'h', b'e', b'l', b'l', b'o', 0];
/// let mut decompressor = LzxDecompressor::new(32768);
/// let mut data = [0; 5];
/// decompressor.decompress(&chunk, &mut data)?;
/// assert_eq!(&data, b"hello");
/// assert_eq!(decompressor.decompress(&chunk[..10], &mut data), Err(DecodeError::Truncated));
/// # Ok::<(), DecodeError>(())
/// ```
pub struct LzxDecompressor {
    chunk_size: usize,
    decoder: AnyDecoder,
}

enum AnyDecoder {
    Small(SmallDecoder),
    Large(LargeDecoder),
}

impl LzxDecompressor {
    /// A decompressor for chunks of up to `chunk_size` bytes. The chunk size must be the one of the compressor: the format
    /// of a chunk depends on it.
    ///
    /// # Panics
    /// If LZX has no such chunk size (see [`Codec::supports`]).
    pub fn new(chunk_size: u32) -> Self {
        assert!(Codec::Lzx.supports(chunk_size), "LZX has no chunks of {chunk_size} bytes");
        let order = window_order(chunk_size);
        let decoder = match order {
            MIN_ORDER => AnyDecoder::Small(Decoder::new(order)),
            _ => AnyDecoder::Large(Decoder::new(order)),
        };
        Self { chunk_size: chunk_size as usize, decoder }
    }

    /// The bytes of memory that a decompressor for `chunk_size` touches: the window, the chunk, and the tables.
    pub(crate) fn memory(chunk_size: u32) -> u64 {
        3 * u64::from(chunk_size) + (size_of::<Self>() + size_of::<Codes>()) as u64
    }
}

impl Decompressor for LzxDecompressor {
    fn decompress(&mut self, src: &[u8], dst: &mut [u8]) -> Result<(), DecodeError> {
        assert!(dst.len() <= self.chunk_size, "the chunk is longer than the chunk size");
        match &mut self.decoder {
            AnyDecoder::Small(decoder) => decoder.decompress(src, dst),
            AnyDecoder::Large(decoder) => decoder.decompress(src, dst),
        }
    }
}

/// Bytes of the window behind the longest chunk: more than the longest match, and a step of its copy.
pub(super) const SLACK: usize = 512 + 64;

/// The stream's words.
const WORD_BITS: usize = 16;
const WORD_BYTES: usize = 2;

/// The bytes of R0, R1 and R2 in an uncompressed block.
const OFFSETS_SIZE: usize = 12;

/// R0, R1 and R2 at the start of a chunk.
const FIRST_OFFSETS: [u32; 3] = [1; 3];

/// A decoder for chunks of up to `WINDOW - SLACK` bytes; `INPUT` is the size of its [`Input`].
struct Decoder<const WINDOW: usize, const INPUT: usize> {
    main_symbols: usize,
    size_bits: u32,
    input: Input<INPUT>,
    window: Box<[u8; WINDOW]>,
    codes: Box<Codes>,
}

/// The codes of the current block.
pub(super) struct Codes {
    pub(super) main: MainTable,
    pub(super) length: LengthTable,
    pub(super) aligned: AlignedTable,
    pretree: PretreeTable,
    main_lens: [u8; MAX_MAIN_SYMBOLS],
    length_lens: [u8; LENGTH_SYMBOLS],
}

/// A block's header up to its codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BlockHeader {
    kind: u32,
    size: usize,
}

impl<const WINDOW: usize, const INPUT: usize> Decoder<WINDOW, INPUT> {
    /// A decoder for windows of 2^`order` bytes.
    fn new(order: u32) -> Self {
        Self {
            main_symbols: main_symbols(order),
            size_bits: block_size_bits(order),
            input: Input::new(),
            window: zeroed(),
            codes: Box::new(Codes {
                main: MainTable::new(),
                length: LengthTable::new(),
                aligned: AlignedTable::new(),
                pretree: PretreeTable::new(),
                main_lens: [0; MAX_MAIN_SYMBOLS],
                length_lens: [0; LENGTH_SYMBOLS],
            }),
        }
    }

    /// Decodes the chunk `src` into `dst`, which is not touched after an error.
    fn decompress(&mut self, src: &[u8], dst: &mut [u8]) -> Result<(), DecodeError> {
        self.input.load(src)?;
        self.codes.main_lens.fill(0);
        self.codes.length_lens.fill(0);
        let may_have_calls = self.blocks(src, dst.len())?;
        dst.copy_from_slice(&self.window[..dst.len()]);
        if may_have_calls {
            e8::undo(dst);
        }
        Ok(())
    }

    /// Decodes all blocks into the window, and returns whether the chunk may contain bytes `0xE8`.
    fn blocks(&mut self, src: &[u8], len: usize) -> Result<bool, DecodeError> {
        let mut bits = self.input.reader(0);
        let mut offsets = FIRST_OFFSETS;
        let mut may_have_calls = false;
        let mut at = 0;
        while at < len {
            let header = block_header(&mut bits, self.size_bits, len - at)?;
            let end = at + header.size;
            if header.kind == UNCOMPRESSED {
                let from = (bits.position() / WORD_BITS + 1) * WORD_BYTES;
                let next = uncompressed(src, from, &mut self.window[at..end], &mut offsets)?;
                bits = self.input.reader(next);
                may_have_calls = true;
            } else {
                self.codes.read(&mut bits, header.kind, self.main_symbols)?;
                may_have_calls |= self.codes.main_lens[usize::from(e8::CALL)] != 0;
                let items =
                    if header.kind == ALIGNED { items::decode::<true, _, _> } else { items::decode::<false, _, _> };
                items(&self.codes, &mut self.window, &mut bits, &mut offsets, at, end)?;
                // Half a word at the end is none: its first bits are in the half that is missing.
                if bits.position() > src.len() / WORD_BYTES * WORD_BITS {
                    return Err(DecodeError::Truncated);
                }
            }
            at = end;
        }
        // What follows the last block is not looked at: old encoders left bytes there, and whoever checks a hash knows better.
        Ok(may_have_calls)
    }
}

/// Reads a block's type and size; `rest` bytes of the chunk are left.
fn block_header<const INPUT: usize>(
    bits: &mut Bits<'_, INPUT>,
    size_bits: u32,
    rest: usize,
) -> Result<BlockHeader, DecodeError> {
    bits.refill();
    let kind = bits.take(BLOCK_TYPE_BITS);
    if !matches!(kind, VERBATIM | ALIGNED | UNCOMPRESSED) {
        return Err(DecodeError::BadBlock);
    }
    let size = match bits.take(1) {
        1 => DEFAULT_BLOCK_SIZE,
        _ => bits.take(size_bits) as usize,
    };
    if size == 0 {
        return Err(DecodeError::BadBlock);
    }
    if size > rest {
        return Err(DecodeError::PastEnd);
    }
    Ok(BlockHeader { kind, size })
}

/// Copies an uncompressed block, whose recent offsets are at `from`, to `window`; returns the position behind it.
fn uncompressed(src: &[u8], from: usize, window: &mut [u8], offsets: &mut [u32; 3]) -> Result<usize, DecodeError> {
    let (fields, raw) =
        src.get(from..).and_then(|src| src.split_at_checked(OFFSETS_SIZE)).ok_or(DecodeError::Truncated)?;
    for (offset, field) in offsets.iter_mut().zip(fields.as_chunks::<4>().0) {
        *offset = u32::from_le_bytes(*field);
        if *offset == 0 {
            return Err(DecodeError::BadBlock);
        }
    }
    window.copy_from_slice(raw.get(..window.len()).ok_or(DecodeError::Truncated)?);
    Ok(from + fields.len() + window.len().next_multiple_of(WORD_BYTES))
}

impl Codes {
    /// Reads the codes of a block of the given kind and builds their tables.
    fn read<const INPUT: usize>(
        &mut self,
        bits: &mut Bits<'_, INPUT>,
        kind: u32,
        main_symbols: usize,
    ) -> Result<(), DecodeError> {
        if kind == ALIGNED {
            let mut lens = [0; ALIGNED_SYMBOLS];
            for len in &mut lens {
                bits.refill();
                *len = bits.take(ALIGNED_LEN_BITS) as u8;
            }
            self.aligned.build(&lens, &ALIGNED_PAYLOADS)?;
        }
        let (literals, matches) = self.main_lens[..main_symbols].split_at_mut(LITERALS);
        lengths::read(bits, &mut self.pretree, literals)?;
        lengths::read(bits, &mut self.pretree, matches)?;
        lengths::read(bits, &mut self.pretree, &mut self.length_lens)?;
        self.main.build(&self.main_lens[..main_symbols], &MAIN_PAYLOADS[usize::from(kind == ALIGNED)])?;
        self.length.build_or_empty(&self.length_lens, &LENGTH_PAYLOADS, NO_LENGTH)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    /// Half a word at the end of a chunk counted as a whole one, with zeros for the bits that are not there. A chunk that is
    /// cut off within its last word is as bad as any other that is cut off.
    #[test]
    fn a_chunk_without_its_last_byte_is_truncated() {
        let data: [u8; 300] = core::array::from_fn(|i| (i * i % 7) as u8);
        let (mut chunk, mut decoded) = ([0; 300], [0; 300]);
        let len = Codec::Lzx.compressor(1 << 15, Level::DEFAULT).compress(&data, &mut chunk).unwrap();
        let mut decompressor = LzxDecompressor::new(1 << 15);
        assert_eq!(decompressor.decompress(&chunk[..len], &mut decoded), Ok(()));
        assert_eq!(decompressor.decompress(&chunk[..len - 1], &mut decoded), Err(DecodeError::Truncated));
    }
}
