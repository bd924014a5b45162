//! The items of a compressed block.
//!
//! The loop over the items is bound by mispredicted branches and by the chain "look up an entry, shift the bits, look up
//! the next", not by the number of instructions. So an entry of the main table carries everything about its symbol
//! ([`super::entries`]); up to three literals are taken between two refills of the bit buffer; and the entry behind a
//! match is loaded before the match is copied, so that the copy overlaps with the next decision.
//!
//! Everything is indexed within bounds that the compiler can see: the window and the input have fixed sizes, with slack for
//! copies and refills that overshoot. Per item there remain the two checks that the format itself needs: that a match
//! does not begin before the chunk and does not end behind its block.

use core::hint::select_unpredictable;

use super::chunk::{Codes, SLACK};
use super::entries::{self, is_literal, literal};
use super::input::Bits;
use crate::DecodeError;
use crate::huffman::decode::SUBTABLE;
use crate::lzx::tables::{ALIGNED_BITS, REPEATS};

/// Decodes the items of a block that covers `at..end` of the window.
pub(super) fn decode<const IS_ALIGNED: bool, const WINDOW: usize, const INPUT: usize>(
    codes: &Codes,
    window: &mut [u8; WINDOW],
    reader: &mut Bits<'_, INPUT>,
    offsets: &mut [u32; 3],
    mut at: usize,
    end: usize,
) -> Result<(), DecodeError> {
    let end = end.min(WINDOW - SLACK);
    // While there is room for three literals, nothing is checked between them.
    let fast_end = end.saturating_sub(2);
    let mut bits = reader.clone();
    let mut queue = *offsets;
    bits.refill();
    let mut entry = codes.main.root(bits.peek());
    while at < fast_end {
        if is_literal(entry) {
            window[at] = literal(entry);
            at += 1;
            bits.consume(entry);
            entry = codes.main.root(bits.peek());
            if is_literal(entry) {
                window[at] = literal(entry);
                at += 1;
                bits.consume(entry);
                entry = codes.main.root(bits.peek());
                if is_literal(entry) {
                    window[at] = literal(entry);
                    at += 1;
                    bits.consume(entry);
                    bits.refill();
                    entry = codes.main.root(bits.peek());
                    continue;
                }
            }
            bits.refill();
        }
        if entry & SUBTABLE != 0 {
            entry = codes.main.sub(entry, bits.peek());
            if is_literal(entry) {
                window[at] = literal(entry);
                at += 1;
                bits.consume(entry);
                bits.refill();
                entry = codes.main.root(bits.peek());
                continue;
            }
        }
        let (length, offset) = read_match::<IS_ALIGNED, INPUT>(codes, entry, &mut bits, &mut queue);
        bits.refill();
        entry = codes.main.root(bits.peek());
        at = copy(window, at, offset, length, end)?;
    }
    while at < end {
        bits.refill();
        let entry = codes.main.lookup(bits.peek());
        if is_literal(entry) {
            window[at] = literal(entry);
            at += 1;
            bits.consume(entry);
        } else {
            let (length, offset) = read_match::<IS_ALIGNED, INPUT>(codes, entry, &mut bits, &mut queue);
            at = copy(window, at, offset, length, end)?;
        }
    }
    *reader = bits;
    *offsets = queue;
    Ok(())
}

/// Reads what follows the main symbol of a match, and returns its length and offset. Needs a refilled buffer: the longest match
/// takes 16 + 16 + 14 + 7 bits.
#[inline(always)]
fn read_match<const IS_ALIGNED: bool, const INPUT: usize>(
    codes: &Codes,
    entry: u32,
    bits: &mut Bits<'_, INPUT>,
    queue: &mut [u32; 3],
) -> (usize, u32) {
    bits.consume(entry);
    let mut length = entries::match_length(entry);
    if entries::has_length_symbol(entry) {
        let symbol = codes.length.lookup(bits.peek());
        bits.consume(symbol);
        length = entries::long_length(symbol);
    }
    // From here on no branches: nothing predicts whether the offset is a recent one, or has its low bits in the aligned code.
    let raw = bits.take(entries::raw_bits(entry));
    let mut new = entries::offset_base(entry);
    if IS_ALIGNED {
        let is_aligned = entries::is_aligned(entry);
        let symbol = select_unpredictable(is_aligned, codes.aligned.root(bits.peek()), 0);
        bits.consume(symbol);
        new += (raw << (ALIGNED_BITS * u32::from(is_aligned))) + entries::aligned_bits(symbol);
    } else {
        new += raw;
    }
    let [r0, r1, r2] = *queue;
    let slot = entries::slot(entry);
    let is_new = slot >= REPEATS;
    let old = select_unpredictable(slot == 0, r0, select_unpredictable(slot == 1, r1, r2));
    *queue = [
        select_unpredictable(is_new, new, old),
        select_unpredictable(is_new | (slot == 1), r0, r1),
        select_unpredictable(is_new, r1, select_unpredictable(slot == 2, r0, r2)),
    ];
    (length, queue[0])
}

/// Copies a match to `at` and returns the position behind it.
#[inline(always)]
fn copy<const WINDOW: usize>(
    window: &mut [u8; WINDOW],
    at: usize,
    offset: u32,
    length: usize,
    end: usize,
) -> Result<usize, DecodeError> {
    let from = at.wrapping_sub(offset as usize);
    if from >= at {
        return Err(DecodeError::MatchBeforeStart);
    }
    if length > end - at {
        return Err(entries::length_error(length));
    }
    crate::copy::copy_match(window, at, offset as usize, length);
    Ok(at + length)
}
