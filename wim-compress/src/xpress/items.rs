//! The sequence of items that a parser makes of a chunk, in the form in which it is written.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::{FIRST_MATCH, LONG_LENGTH, LONGER_LENGTH, MIN_MATCH, OFFSET_BITS_SHIFT, SYMBOLS};

/// An item in one word: its symbol, its offset bits, and the byte that its length needs; 255 if this is in
/// [`Items::longer`]. The fields of a literal, other than its symbol, are zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Item(u32);

const OFFSET_SHIFT: u32 = 9;
const LENGTH_SHIFT: u32 = 24;

impl Item {
    /// The Huffman symbol.
    #[inline(always)]
    pub(super) const fn symbol(self) -> usize {
        self.0 as usize & (SYMBOLS - 1)
    }

    /// The bits that follow a match's symbol.
    #[inline(always)]
    pub(super) const fn raw(self) -> u32 {
        self.0 >> OFFSET_SHIFT & 0x7FFF
    }

    /// The same, unless length bytes follow the symbol.
    #[inline(always)]
    pub(super) const fn raw_if_short(self) -> u32 {
        self.0 >> OFFSET_SHIFT
    }

    /// Whether length bytes follow the symbol.
    #[inline(always)]
    pub(super) const fn is_long(self) -> bool {
        self.0 as usize & (FIRST_MATCH | LONG_LENGTH) == FIRST_MATCH | LONG_LENGTH
    }

    /// The first length byte.
    #[inline(always)]
    pub(super) const fn length_byte(self) -> u8 {
        (self.0 >> LENGTH_SHIFT) as u8
    }
}

/// The number of bits that follow a match's symbol for `offset`, which is not 0.
#[inline(always)]
pub(super) const fn offset_bits(offset: usize) -> u32 {
    (offset as u32 | 1).ilog2()
}

/// The symbol, less 256, of a match whose length is `over` more than three.
#[inline(always)]
pub(super) const fn match_symbol(over: usize, offset_bits: u32) -> usize {
    let header = if over < LONG_LENGTH { over } else { LONG_LENGTH };
    ((offset_bits as usize) << OFFSET_BITS_SHIFT | header) & (SYMBOLS - FIRST_MATCH - 1)
}

/// The bytes that follow the symbol of a match whose length is `over` more than three.
#[inline(always)]
pub(super) const fn length_bytes(over: usize) -> usize {
    if over < LONG_LENGTH {
        0
    } else if over < LONG_LENGTH + LONGER_LENGTH {
        1
    } else {
        3
    }
}

/// What a parser makes of a chunk.
pub(super) struct Items {
    list: Box<[Item]>,
    count: usize,
    /// How often each symbol occurs.
    pub(super) frequencies: [u32; SYMBOLS],
    /// The lengths, less three, of matches whose length byte is 255.
    longer: Vec<u16>,
    /// Bytes that belong to long matches.
    pub(super) length_bytes: usize,
}

/// The number of matches of `LONG_LENGTH + LONGER_LENGTH` or more that a chunk can have.
const fn max_longer(chunk_size: usize) -> usize {
    chunk_size / (LONG_LENGTH + LONGER_LENGTH)
}

impl Items {
    /// An empty sequence with room for the items of `chunk_size` bytes.
    pub(super) fn new(chunk_size: usize) -> Self {
        Self {
            list: vec![Item::default(); chunk_size].into(),
            count: 0,
            frequencies: [0; SYMBOLS],
            longer: Vec::with_capacity(max_longer(chunk_size)),
            length_bytes: 0,
        }
    }

    /// The bytes of memory beside the object itself.
    pub(super) const fn memory(chunk_size: usize) -> usize {
        chunk_size * size_of::<Item>() + max_longer(chunk_size) * size_of::<u16>()
    }

    /// Drops all items.
    pub(super) fn clear(&mut self) {
        self.count = 0;
        self.frequencies.fill(0);
        self.longer.clear();
        self.length_bytes = 0;
    }

    /// Adds a literal.
    #[inline(always)]
    pub(super) fn push_literal(&mut self, byte: u8) {
        self.push(u32::from(byte));
    }

    /// Adds a match of `length` 3 to 65538, `offset` 1 to 65535.
    #[inline(always)]
    pub(super) fn push_match(&mut self, length: usize, offset: usize) {
        let over = length - MIN_MATCH;
        let n = offset_bits(offset);
        let symbol = FIRST_MATCH + match_symbol(over, n);
        let raw = offset as u32 ^ 1 << n;
        let mut byte = 0;
        if over >= LONG_LENGTH {
            byte = (over - LONG_LENGTH).min(LONGER_LENGTH) as u32;
            self.length_bytes += length_bytes(over);
            if byte == LONGER_LENGTH as u32 {
                self.longer.push(over as u16);
            }
        }
        self.push(symbol as u32 | raw << OFFSET_SHIFT | byte << LENGTH_SHIFT);
    }

    #[inline(always)]
    fn push(&mut self, item: u32) {
        self.list[self.count] = Item(item);
        self.count += 1;
        self.frequencies[Item(item).symbol()] += 1;
    }

    /// The items in order.
    pub(super) fn list(&self) -> &[Item] {
        &self.list[..self.count]
    }

    /// The lengths, less three, of those matches in order whose length byte is 255.
    pub(super) fn longer(&self) -> &[u16] {
        &self.longer
    }
}
