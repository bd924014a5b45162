//! The sequence of items that a parser makes of a chunk, and the symbols they need.

use alloc::vec::Vec;

use super::{FIRST_MATCH, LONG_LENGTH, LONGER_LENGTH, MIN_MATCH, OFFSET_BITS_SHIFT, SYMBOLS};

/// A literal or a match, in one word: a match's length less three above its offset; a literal's byte above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item(u32);

const OFFSET_MASK: u32 = 0xFFFF;
const VALUE_SHIFT: u32 = 16;

impl Item {
    #[inline(always)]
    pub(super) const fn literal(byte: u8) -> Self {
        Self((byte as u32) << VALUE_SHIFT)
    }

    /// A match of `length` 3 to 65538, `offset` 1 to 65535.
    #[inline(always)]
    pub(super) const fn matched(length: usize, offset: usize) -> Self {
        Self(((length - MIN_MATCH) as u32) << VALUE_SHIFT | offset as u32)
    }

    /// The match's offset; 0 for a literal.
    #[inline(always)]
    pub(super) const fn offset(self) -> u32 {
        self.0 & OFFSET_MASK
    }

    /// The literal's byte, or the match's length less three.
    #[inline(always)]
    pub(super) const fn value(self) -> u32 {
        self.0 >> VALUE_SHIFT
    }

    /// How many bytes of the chunk the item stands for.
    #[inline(always)]
    pub(super) const fn span(self) -> usize {
        if self.offset() == 0 { 1 } else { self.value() as usize + MIN_MATCH }
    }

    /// The item's Huffman symbol.
    #[inline(always)]
    pub(super) fn symbol(self) -> usize {
        if self.offset() == 0 {
            self.value() as usize & (FIRST_MATCH - 1)
        } else {
            FIRST_MATCH + match_symbol(self.value() as usize, offset_bits(self.offset()))
        }
    }
}

/// The number of bits that follow a match's symbol for `offset`, which is not 0.
#[inline(always)]
pub(super) const fn offset_bits(offset: u32) -> u32 {
    (offset | 1).ilog2()
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
    list: Vec<Item>,
    /// How often each symbol occurs.
    pub(super) frequencies: [u32; SYMBOLS],
    /// Bytes that belong to long matches.
    pub(super) length_bytes: usize,
}

impl Items {
    /// An empty sequence with room for the items of `chunk_size` bytes.
    pub(super) fn new(chunk_size: usize) -> Self {
        Self { list: Vec::with_capacity(chunk_size), frequencies: [0; SYMBOLS], length_bytes: 0 }
    }

    /// The bytes of memory beside the object itself.
    pub(super) const fn memory(chunk_size: usize) -> usize {
        chunk_size * size_of::<Item>()
    }

    /// Drops all items.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.frequencies.fill(0);
        self.length_bytes = 0;
    }

    #[inline(always)]
    pub(super) fn push(&mut self, item: Item) {
        self.list.push(item);
        self.frequencies[item.symbol()] += 1;
        if item.offset() != 0 {
            self.length_bytes += length_bytes(item.value() as usize);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Item> {
        self.list.iter().copied()
    }
}
