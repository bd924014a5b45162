//! A block's codes, and its items written in them.

use super::histogram::{ALIGNED_ROWS, FIRST_ALIGNED_ROW, FIRST_LENGTH_ROW, LENGTH_ROWS, MAIN_ROWS, SLOT_ROWS, Symbols};
use super::item::Item;
use super::output::{BitWriter, MAX_PUT};
use crate::huffman::encode::canonical_codewords;
use crate::lzx::tables::{
    ALIGNED_BITS, ALIGNED_SYMBOLS, EXTRA_BITS, FIRST_ALIGNED_SLOT, LENGTH_SYMBOLS, MAX_MAIN_SYMBOLS, MAX_SLOTS,
    SLOT_BASES,
};

/// The longest codewords of the main and the length code. The format allows 16 bits; with these, an item is written at once.
pub(super) const MAIN_MAX_LEN: usize = 15;
pub(super) const LENGTH_MAX_LEN: usize = 12;
/// The longest codeword of the aligned code, as its length is stored in three bits.
pub(super) const ALIGNED_MAX_LEN: usize = 7;
const _: () = {
    let raw = EXTRA_BITS[MAX_SLOTS - 1] as usize - ALIGNED_BITS as usize;
    assert!(MAIN_MAX_LEN + LENGTH_MAX_LEN + raw + ALIGNED_MAX_LEN <= MAX_PUT as usize);
};

/// The codeword lengths of a block's main and length codes.
#[derive(Clone)]
pub(super) struct CodeLengths {
    pub(super) main: [u8; MAX_MAIN_SYMBOLS],
    pub(super) length: [u8; LENGTH_SYMBOLS],
}

impl CodeLengths {
    pub(super) const ZERO: Self = Self { main: [0; MAX_MAIN_SYMBOLS], length: [0; LENGTH_SYMBOLS] };
}

/// A codeword, or nothing.
#[derive(Clone, Copy, Default)]
struct Codeword {
    bits: u16,
    len: u16,
}

/// How the raw bits of an offset slot are written.
#[derive(Clone, Copy)]
struct RawBits {
    base: u32,
    /// Their number.
    len: u8,
    /// The bits below them, which the aligned code takes.
    below: u8,
}

static RAW_BITS: [RawBits; SLOT_ROWS] = {
    let mut rows = [RawBits { base: 0, len: 0, below: 0 }; SLOT_ROWS];
    let mut slot = 0;
    while slot < MAX_SLOTS {
        let below = if slot >= FIRST_ALIGNED_SLOT { ALIGNED_BITS as u8 } else { 0 };
        rows[slot] = RawBits { base: SLOT_BASES[slot], len: EXTRA_BITS[slot] - below, below };
        slot += 1;
    }
    rows
};

/// The codewords of a block, with an empty one in rows that stand for no symbol.
pub(super) struct Codes {
    main: [Codeword; MAIN_ROWS],
    length: [Codeword; LENGTH_ROWS],
    /// In verbatim blocks the three bits themselves.
    aligned: [Codeword; ALIGNED_ROWS],
}

/// Codewords with the lengths `lens` from the row `first` on, and empty ones elsewhere.
fn codewords<const ROWS: usize, const SYMBOLS: usize>(first: usize, lens: &[u8; SYMBOLS]) -> [Codeword; ROWS] {
    let mut bits = [0; SYMBOLS];
    canonical_codewords(lens, &mut bits);
    let mut rows = [Codeword::default(); ROWS];
    for ((row, &bits), &len) in rows[first..].iter_mut().zip(&bits).zip(lens) {
        *row = Codeword { bits, len: len.into() };
    }
    rows
}

impl Codes {
    pub(super) fn new(lens: &CodeLengths, aligned_lens: Option<&[u8; ALIGNED_SYMBOLS]>) -> Self {
        Self {
            main: codewords(0, &lens.main),
            length: codewords(FIRST_LENGTH_ROW, &lens.length),
            aligned: codewords(FIRST_ALIGNED_ROW, aligned_lens.unwrap_or(&[ALIGNED_BITS as u8; ALIGNED_SYMBOLS])),
        }
    }

    /// Writes `items`, which have the symbols `symbols`.
    pub(super) fn write(&self, writer: &mut BitWriter<'_>, items: &[Item], symbols: &[Symbols]) {
        writer.write_locally(|writer| {
            for (&item, &symbols) in items.iter().zip(symbols) {
                self.write_item(writer, item, symbols);
            }
        });
    }

    #[inline(always)]
    fn write_item(&self, writer: &mut BitWriter<'_>, item: Item, symbols: Symbols) {
        let raw = RAW_BITS[symbols.slot()];
        let main = self.main[symbols.main()];
        let length = self.length[symbols.length()];
        let aligned = self.aligned[symbols.aligned()];
        let extra = item.formatted().wrapping_sub(raw.base);
        let mut bits = u64::from(main.bits) << length.len | u64::from(length.bits);
        bits = bits << raw.len | u64::from(extra >> raw.below);
        bits = bits << aligned.len | u64::from(aligned.bits);
        writer.put(bits, u32::from(main.len) + u32::from(length.len) + u32::from(raw.len) + u32::from(aligned.len));
    }
}
