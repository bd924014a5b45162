//! What the entries of the decoding tables carry, beside the length of the codeword in bits 0 to 7.
//!
//! ```text
//!   main      literal   30: one                      15 ... 8: the byte
//!             match     28: low bits in the aligned code   27 ... 22: offset slot
//!                       21 ... 17: raw offset bits       16: a length symbol follows   15 ... 8: length
//!   length              16 ... 8: length
//!   aligned             10 ... 8: the low bits of the offset
//! ```

use crate::DecodeError;
use crate::huffman::decode::{DecodeTable, PAYLOAD_SHIFT};
use crate::lzx::tables::{
    ALIGNED_BITS, ALIGNED_SYMBOLS, EXTRA_BITS, FIRST_ALIGNED_SLOT, LENGTH_HEADERS, LENGTH_SYMBOLS, LITERALS,
    LONG_HEADER, LONG_MATCH, MAX_MAIN_SYMBOLS, MAX_SLOTS, MIN_MATCH, OFFSET_BIAS, REPEATS, SLOT_BASES,
};

/// 2726 entries are the worst case for 656 symbols of up to 16 bits.
pub(super) type MainTable = DecodeTable<11, 4096>;
/// 750 entries are the worst case for 249 symbols of up to 16 bits.
pub(super) type LengthTable = DecodeTable<8, 1024>;
/// Codewords of the aligned code have up to 7 bits.
pub(super) type AlignedTable = DecodeTable<7, 128>;

const LITERAL: u32 = 1 << 30;
const ALIGNED: u32 = 1 << 28;
const SLOT_SHIFT: u32 = 22;
const RAW_SHIFT: u32 = 17;
const LENGTH_FOLLOWS: u32 = 1 << 16;

/// The payloads of the main symbols, in verbatim and in aligned blocks.
pub(super) static MAIN_PAYLOADS: [[u32; MAX_MAIN_SYMBOLS]; 2] = [main_payloads(false), main_payloads(true)];

const fn main_payloads(aligned: bool) -> [u32; MAX_MAIN_SYMBOLS] {
    let mut payloads = [0; MAX_MAIN_SYMBOLS];
    let mut symbol = 0;
    while symbol < LITERALS {
        payloads[symbol] = LITERAL | (symbol as u32) << PAYLOAD_SHIFT;
        symbol += 1;
    }
    while symbol < MAX_MAIN_SYMBOLS {
        let (slot, header) = ((symbol - LITERALS) / LENGTH_HEADERS, (symbol - LITERALS) % LENGTH_HEADERS);
        let mut payload = ((header + MIN_MATCH) as u32) << PAYLOAD_SHIFT | (slot as u32) << SLOT_SHIFT;
        if header == LONG_HEADER {
            payload |= LENGTH_FOLLOWS;
        }
        let mut raw = EXTRA_BITS[slot] as u32;
        if aligned && slot >= FIRST_ALIGNED_SLOT {
            payload |= ALIGNED;
            raw -= ALIGNED_BITS;
        }
        payloads[symbol] = payload | raw << RAW_SHIFT;
        symbol += 1;
    }
    payloads
}

/// The payloads of the length symbols.
pub(super) static LENGTH_PAYLOADS: [u32; LENGTH_SYMBOLS] = {
    let mut payloads = [0; LENGTH_SYMBOLS];
    let mut symbol = 0;
    while symbol < LENGTH_SYMBOLS {
        payloads[symbol] = ((LONG_MATCH + symbol) as u32) << PAYLOAD_SHIFT;
        symbol += 1;
    }
    payloads
};

/// The payloads of the aligned symbols.
pub(super) static ALIGNED_PAYLOADS: [u32; ALIGNED_SYMBOLS] = {
    let mut payloads = [0; ALIGNED_SYMBOLS];
    let mut symbol = 0;
    while symbol < ALIGNED_SYMBOLS {
        payloads[symbol] = (symbol as u32) << PAYLOAD_SHIFT;
        symbol += 1;
    }
    payloads
};

/// The entry of an empty length code: a length that is longer than any chunk, which is refused with all others that are too long.
pub(super) const NO_LENGTH: u32 = u32::MAX << PAYLOAD_SHIFT;

/// The smallest offset of each slot; for the slots of recent offsets, nothing of meaning.
static OFFSET_BASES: [u32; 64] = {
    let mut bases = [0; 64];
    let mut slot = REPEATS;
    while slot < MAX_SLOTS {
        bases[slot] = SLOT_BASES[slot] - OFFSET_BIAS as u32;
        slot += 1;
    }
    bases
};

#[inline(always)]
pub(super) fn is_literal(entry: u32) -> bool {
    entry & LITERAL != 0
}

#[inline(always)]
pub(super) fn literal(entry: u32) -> u8 {
    (entry >> PAYLOAD_SHIFT) as u8
}

#[inline(always)]
pub(super) fn match_length(entry: u32) -> usize {
    (entry >> PAYLOAD_SHIFT & 0xFF) as usize
}

#[inline(always)]
pub(super) fn has_length_symbol(entry: u32) -> bool {
    entry & LENGTH_FOLLOWS != 0
}

#[inline(always)]
pub(super) fn is_aligned(entry: u32) -> bool {
    entry & ALIGNED != 0
}

#[inline(always)]
pub(super) fn slot(entry: u32) -> usize {
    (entry >> SLOT_SHIFT & 63) as usize
}

#[inline(always)]
pub(super) fn raw_bits(entry: u32) -> u32 {
    entry >> RAW_SHIFT & 31
}

#[inline(always)]
pub(super) fn offset_base(entry: u32) -> u32 {
    OFFSET_BASES[slot(entry)]
}

/// The length that an entry of the length table stands for.
#[inline(always)]
pub(super) fn long_length(entry: u32) -> usize {
    (entry >> PAYLOAD_SHIFT) as usize
}

/// The low bits of an offset that an entry of the aligned table stands for.
#[inline(always)]
pub(super) fn aligned_bits(entry: u32) -> u32 {
    entry >> PAYLOAD_SHIFT & 7
}

/// What is wrong with a match of `length` bytes that does not fit in its block.
#[cold]
pub(super) fn length_error(length: usize) -> DecodeError {
    if length == long_length(NO_LENGTH) { DecodeError::BadCode } else { DecodeError::PastEnd }
}
