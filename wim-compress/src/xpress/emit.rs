//! Turning items into a chunk: the code, the exact size, and the bytes.

use super::items::{Item, Items};
use super::{FIRST_MATCH, LENGTHS_SIZE, LONGER_LENGTH, MAX_CODEWORD_LEN, OFFSET_BITS_SHIFT, SYMBOLS};
use crate::bits::write::WordWriter;
use crate::huffman::encode::{canonical_codewords, code_lengths};

/// The Huffman code of a chunk.
pub(super) struct Code {
    pub(super) lens: [u8; SYMBOLS],
    codewords: [u16; SYMBOLS],
}

impl Code {
    /// The best code for `items` and the end mark.
    pub(super) fn new(items: &mut Items) -> Self {
        let mut code = Self { lens: [0; SYMBOLS], codewords: [0; SYMBOLS] };
        items.frequencies[FIRST_MATCH] += 1;
        code_lengths(&items.frequencies, MAX_CODEWORD_LEN as usize, &mut code.lens);
        items.frequencies[FIRST_MATCH] -= 1;
        canonical_codewords(&code.lens, &mut code.codewords);
        code
    }

    /// The exact size of the chunk of `items` and the end mark with this code.
    pub(super) fn size(&self, items: &Items) -> usize {
        let mut bits = usize::from(self.lens[FIRST_MATCH]);
        for (symbol, (&frequency, &len)) in items.frequencies.iter().zip(&self.lens).enumerate() {
            let raw = symbol.saturating_sub(FIRST_MATCH) >> OFFSET_BITS_SHIFT;
            bits += frequency as usize * (usize::from(len) + raw);
        }
        // A reader has always fetched one word more than the bits so far are in.
        LENGTHS_SIZE + 2 * (1 + bits.div_ceil(16)) + items.length_bytes
    }

    /// Writes the chunk of `items` into the front of `dst`, where it fits, and returns its size.
    pub(super) fn write(&self, items: &Items, dst: &mut [u8]) -> usize {
        for (byte, &[low, high]) in dst[..LENGTHS_SIZE].iter_mut().zip(self.lens.as_chunks().0) {
            *byte = low | high << 4;
        }
        let table = self.write_table();
        let mut writer = WordWriter::new(dst, LENGTHS_SIZE);
        let mut longer = items.longer().iter();
        let (pairs, last) = items.list().as_chunks::<2>();
        for &[first, second] in pairs {
            let (a, b) = (table[first.symbol()], table[second.symbol()]);
            // Two items at once, because each writing has to wait for the one before. A literal is written as a match without offset
            // bits: which of the two comes next is hard to predict.
            if !first.is_long() && !second.is_long() && a.bits + b.bits <= WordWriter::MAX_BITS {
                let values = [a.value | first.raw_if_short(), b.value | second.raw_if_short()].map(u64::from);
                writer.put(values[0] << b.bits | values[1], a.bits + b.bits);
            } else {
                write_item(first, a, &mut longer, &mut writer);
                write_item(second, b, &mut longer, &mut writer);
            }
        }
        for &item in last {
            write_item(item, table[item.symbol()], &mut longer, &mut writer);
        }
        let end = table[FIRST_MATCH];
        writer.put(u64::from(end.value), end.bits);
        writer.finish()
    }

    fn write_table(&self) -> [Entry; SYMBOLS] {
        core::array::from_fn(|symbol| {
            let offset_bits = (symbol.saturating_sub(FIRST_MATCH) >> OFFSET_BITS_SHIFT) as u8;
            let value = u32::from(self.codewords[symbol]) << offset_bits;
            Entry { value, bits: self.lens[symbol] + offset_bits, offset_bits }
        })
    }
}

/// How an item is written, by its symbol.
#[derive(Clone, Copy)]
struct Entry {
    /// The codeword, above zeros for the offset bits.
    value: u32,
    /// The number of bits of both.
    bits: u8,
    /// The number of offset bits.
    offset_bits: u8,
}

/// Writes one item.
#[inline(always)]
fn write_item<'i>(item: Item, entry: Entry, longer: &mut impl Iterator<Item = &'i u16>, writer: &mut WordWriter<'_>) {
    let Entry { value, bits, offset_bits } = entry;
    if !item.is_long() {
        return writer.put(u64::from(value | item.raw_if_short()), bits);
    }
    writer.put(u64::from(value >> offset_bits), bits - offset_bits);
    writer.put_byte(item.length_byte());
    if usize::from(item.length_byte()) == LONGER_LENGTH {
        let [low, high] = longer.next().copied().unwrap_or_default().to_le_bytes();
        writer.put_byte(low);
        writer.put_byte(high);
    }
    writer.put(u64::from(item.raw()), offset_bits);
}
