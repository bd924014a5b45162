//! Codeword lengths as a block's header stores them: changes against the previous block, and runs, in a code of their own.

use super::input::Bits;
use crate::DecodeError;
use crate::huffman::decode::{DecodeTable, PAYLOAD_SHIFT};
use crate::lzx::tables::{
    DELTAS, EQUALS, EQUALS_BITS, EQUALS_MIN, LONG_ZEROS, LONG_ZEROS_BITS, LONG_ZEROS_MIN, PRETREE_LEN_BITS,
    PRETREE_SYMBOLS, ZEROS, ZEROS_BITS, ZEROS_MIN,
};

/// A table of the pretree: 390 entries are the worst case for 20 symbols of up to 15 bits.
pub(super) type PretreeTable = DecodeTable<7, 512>;

const PAYLOADS: [u32; PRETREE_SYMBOLS] = {
    let mut payloads = [0; PRETREE_SYMBOLS];
    let mut symbol = 0;
    while symbol < PRETREE_SYMBOLS {
        payloads[symbol] = (symbol as u32) << PAYLOAD_SHIFT;
        symbol += 1;
    }
    payloads
};

/// Reads a pretree and in it the codeword lengths `lens`, which hold those of the previous block.
///
/// # Errors
/// [`DecodeError::BadCode`] if the pretree is not complete, or a run goes on past the end.
#[inline(never)]
pub(super) fn read<const SIZE: usize>(
    bits: &mut Bits<'_, SIZE>,
    table: &mut PretreeTable,
    lens: &mut [u8],
) -> Result<(), DecodeError> {
    let mut pretree_lens = [0; PRETREE_SYMBOLS];
    for len in &mut pretree_lens {
        bits.refill();
        *len = bits.take(PRETREE_LEN_BITS) as u8;
    }
    table.build(&pretree_lens, &PAYLOADS)?;

    let mut at = 0;
    while at < lens.len() {
        bits.refill();
        let symbol = symbol(bits, table);
        if symbol < DELTAS {
            lens[at] = changed(lens[at], symbol);
            at += 1;
            continue;
        }
        let (run, value) = match symbol {
            ZEROS => (ZEROS_MIN + bits.take(ZEROS_BITS) as usize, 0),
            LONG_ZEROS => (LONG_ZEROS_MIN + bits.take(LONG_ZEROS_BITS) as usize, 0),
            EQUALS.. => {
                let run = EQUALS_MIN + bits.take(EQUALS_BITS) as usize;
                let change = self::symbol(bits, table);
                if change >= DELTAS {
                    return Err(DecodeError::BadCode);
                }
                (run, changed(lens[at], change))
            }
            _ => unreachable!("smaller symbols are changes"),
        };
        lens.get_mut(at..at + run).ok_or(DecodeError::BadCode)?.fill(value);
        at += run;
    }
    Ok(())
}

#[inline(always)]
fn symbol<const SIZE: usize>(bits: &mut Bits<'_, SIZE>, table: &PretreeTable) -> u32 {
    let entry = table.lookup(bits.peek());
    bits.consume(entry);
    entry >> PAYLOAD_SHIFT
}

/// The codeword length `previous` changed by the pretree symbol `change`: their difference modulo 17.
#[inline(always)]
fn changed(previous: u8, change: u32) -> u8 {
    let difference = previous.wrapping_sub(change as u8);
    if u32::from(previous) < change { difference.wrapping_add(DELTAS as u8) } else { difference }
}
