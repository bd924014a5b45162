//! The decoder.

use alloc::boxed::Box;

use super::bits::BackwardReader;
use super::code::{LITERALS, POWERS};
use super::copy::copy_match;
use super::delta::{DeltaSource, FIRST_SOURCES, copy_delta};
use super::model::{Decision, Decisions};
use super::queue::FIRST_OFFSETS;
use super::range::RangeDecoder;
use super::symbols::SymbolDecoder;
use super::tables::{LENGTH_SLOTS, LENGTHS, OFFSET_SLOTS, OFFSETS, Slot, offset_slots};
use super::x86::{self, X86Filter};
use crate::{DecodeError, Decompressor};

/// The shortest chunk: the first two words of the range coder.
const MIN_CHUNK: usize = 4;

/// Literals that the bits of one refill are enough for.
const LITERALS_PER_REFILL: usize = 3;

type LengthDecoder = SymbolDecoder<LENGTH_SLOTS, 512>;

/// All that adapts.
#[derive(Clone)]
struct Models {
    decisions: Decisions,
    literal: SymbolDecoder<LITERALS, 1024>,
    length: LengthDecoder,
    offset: SymbolDecoder<OFFSET_SLOTS, 2048>,
    delta_offset: SymbolDecoder<OFFSET_SLOTS, 2048>,
    delta_power: SymbolDecoder<POWERS, 128>,
}

impl Models {
    /// The models at the start of a chunk that uses `slots` offset slots.
    fn new(slots: usize) -> Self {
        Self {
            decisions: Decisions::START,
            literal: SymbolDecoder::new(LITERALS),
            length: SymbolDecoder::new(LENGTH_SLOTS),
            offset: SymbolDecoder::new(slots),
            delta_offset: SymbolDecoder::new(slots),
            delta_power: SymbolDecoder::new(POWERS),
        }
    }
}

/// Decompresses LZMS chunks.
///
/// Decodes straight into the caller's buffer and keeps about 300 KiB of tables, whatever the chunk size.
pub struct LzmsDecompressor {
    chunk_size: u32,
    models: Box<Models>,
    /// The models at the start of a chunk, for the number of offset slots that the last chunk had.
    fresh: Box<Models>,
    fresh_slots: usize,
    filter: X86Filter,
}

impl LzmsDecompressor {
    /// How many bytes behind those that [`LzmsDecompressor::decompress_prefix`] is asked for it must have room for: an
    /// instruction that begins in front of a position ends no further behind it.
    pub const PREFIX_SLACK: usize = x86::LONGEST;

    /// The bytes of memory that one object takes.
    pub const MEMORY: usize = size_of::<Self>() + 2 * size_of::<Models>() + X86Filter::MEMORY;

    /// A decompressor of chunks of up to `chunk_size` bytes.
    ///
    /// # Panics
    /// If `chunk_size` is more than 1 GiB.
    pub fn new(chunk_size: u32) -> Self {
        assert!(chunk_size as usize <= super::MAX_CHUNK, "LZMS has no chunks of {chunk_size} bytes");
        let slots = offset_slots(chunk_size as usize);
        let fresh = Box::new(Models::new(slots));
        Self { chunk_size, models: fresh.clone(), fresh, fresh_slots: slots, filter: X86Filter::new() }
    }

    /// Decompresses only the front of a chunk whose full length is `chunk_len` bytes: fills `dst`, in a time that depends on its
    /// length. Returns how many bytes of it are final; the others, at most [`LzmsDecompressor::PREFIX_SLACK`], may
    /// belong to an instruction that ends behind `dst`. All are final if `dst` is as long as the chunk.
    ///
    /// # Errors
    /// A [`DecodeError`] when the front of `src` is not that of a valid chunk of `chunk_len` bytes. What follows goes unnoticed.
    ///
    /// # Panics
    /// If `dst` is longer than `chunk_len`, or that more than the chunk size that this object was made for.
    pub fn decompress_prefix(&mut self, src: &[u8], dst: &mut [u8], chunk_len: usize) -> Result<usize, DecodeError> {
        assert!(chunk_len <= self.chunk_size as usize, "a chunk of {chunk_len} bytes, made for {}", self.chunk_size);
        assert!(dst.len() <= chunk_len, "a prefix of {} bytes in a chunk of {chunk_len}", dst.len());
        self.start(chunk_len);
        Items { models: &mut self.models, chunk_len }.decode(src, dst)?;
        self.filter.undo(dst, chunk_len);
        Ok(if dst.len() == chunk_len { chunk_len } else { dst.len().saturating_sub(Self::PREFIX_SLACK) })
    }

    /// Resets the models for a chunk of `chunk_len` bytes.
    fn start(&mut self, chunk_len: usize) {
        let slots = offset_slots(chunk_len);
        if slots != self.fresh_slots {
            self.fresh.offset = SymbolDecoder::new(slots);
            self.fresh.delta_offset = SymbolDecoder::new(slots);
            self.fresh_slots = slots;
        }
        self.models.clone_from(&self.fresh);
    }
}

impl Decompressor for LzmsDecompressor {
    fn decompress(&mut self, src: &[u8], dst: &mut [u8]) -> Result<(), DecodeError> {
        self.decompress_prefix(src, dst, dst.len()).map(|_| ())
    }

    fn decompress_front(&mut self, src: &[u8], dst: &mut [u8], wanted: usize) -> Result<usize, DecodeError> {
        assert!(wanted <= dst.len(), "{wanted} bytes of a chunk of {}", dst.len());
        let chunk_len = dst.len();
        let front = wanted.saturating_add(Self::PREFIX_SLACK).min(chunk_len);
        self.decompress_prefix(src, &mut dst[..front], chunk_len)
    }
}

/// What the item before was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Literal,
    Lz,
    Delta,
}

/// The decoding of one chunk's items.
struct Items<'a> {
    models: &'a mut Models,
    chunk_len: usize,
}

impl Items<'_> {
    /// Fills `dst` with the front of the chunk.
    fn decode(&mut self, src: &[u8], dst: &mut [u8]) -> Result<(), DecodeError> {
        if src.len() < MIN_CHUNK {
            return Err(DecodeError::Truncated);
        }
        if !src.len().is_multiple_of(2) {
            return Err(DecodeError::BadBlock);
        }
        let mut range = RangeDecoder::new(src).ok_or(DecodeError::BadBlock)?;
        let mut bits = BackwardReader::new(src);
        let (mut offsets, mut sources) = (FIRST_OFFSETS, FIRST_SOURCES);
        let mut last = Kind::Literal;
        let mut at = 0;
        let models = &mut *self.models;
        'items: while at < dst.len() {
            if bits.is_past_front() {
                return Err(DecodeError::Truncated);
            }
            bits.refill();
            if !range.decode(&mut models.decisions.main) {
                let mut literals = LITERALS_PER_REFILL;
                loop {
                    dst[at] = models.literal.decode(&mut bits) as u8;
                    at += 1;
                    literals -= 1;
                    if literals == 0 || at == dst.len() {
                        last = Kind::Literal;
                        continue 'items;
                    }
                    if range.decode(&mut models.decisions.main) {
                        last = Kind::Literal;
                        break;
                    }
                }
                bits.refill();
            }
            if !range.decode(&mut models.decisions.kind) {
                let offset = if range.decode(&mut models.decisions.lz_recent) {
                    offsets.take(recent_index(&mut range, &mut models.decisions.lz_index), last == Kind::Lz)
                } else {
                    let offset = value(&OFFSETS[models.offset.decode(&mut bits)], &mut bits);
                    bits.refill();
                    offsets.push(offset);
                    offset
                } as usize;
                last = Kind::Lz;
                let length = match_length(&mut models.length, &mut bits, dst.len() - at, self.chunk_len - at)?;
                if offset > at {
                    return Err(DecodeError::MatchBeforeStart);
                }
                copy_match(dst, at, offset, length);
                at += length;
            } else {
                let source = if range.decode(&mut models.decisions.delta_recent) {
                    sources.take(recent_index(&mut range, &mut models.decisions.delta_index), last == Kind::Delta)
                } else {
                    let power = models.delta_power.decode(&mut bits) as u8;
                    let raw_offset = value(&OFFSETS[models.delta_offset.decode(&mut bits)], &mut bits);
                    bits.refill();
                    sources.push(DeltaSource { power, raw_offset });
                    DeltaSource { power, raw_offset }
                };
                last = Kind::Delta;
                let length = match_length(&mut models.length, &mut bits, dst.len() - at, self.chunk_len - at)?;
                let offset = source.offset().filter(|&offset| offset + source.span() <= at);
                let offset = offset.ok_or(DecodeError::MatchBeforeStart)?;
                copy_delta(dst, at, source.span(), offset, length);
                at += length;
            }
        }
        if bits.position() < range.position() as isize {
            return Err(DecodeError::Truncated);
        }
        Ok(())
    }
}

/// Decodes the length of a match, which may be `left` at most, and is cut to the `room` that there is.
#[inline(always)]
fn match_length(
    code: &mut LengthDecoder,
    bits: &mut BackwardReader<'_>,
    room: usize,
    left: usize,
) -> Result<usize, DecodeError> {
    let length = value(&LENGTHS[code.decode(bits)], bits) as usize;
    if length <= room {
        Ok(length)
    } else if length <= left {
        Ok(room)
    } else {
        Err(DecodeError::PastEnd)
    }
}

/// The value of a slot and the raw bits that follow.
#[inline(always)]
fn value(slot: &Slot, bits: &mut BackwardReader<'_>) -> u32 {
    slot.base + bits.take(u32::from(slot.extra))
}

/// Decodes the index of a recent source.
#[inline(always)]
fn recent_index(range: &mut RangeDecoder<'_>, index: &mut [Decision<64>; 2]) -> usize {
    let [not_first, not_second] = index;
    if !range.decode(not_first) { 0 } else { 1 + usize::from(range.decode(not_second)) }
}
