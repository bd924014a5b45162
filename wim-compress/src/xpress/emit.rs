//! Turning items into a chunk: the code, the exact size, and the bytes.

use super::items::{Item, Items, offset_bits};
use super::{FIRST_MATCH, LENGTHS_SIZE, LONG_LENGTH, LONGER_LENGTH, MAX_CODEWORD_LEN, OFFSET_BITS_SHIFT, SYMBOLS};
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
        let mut writer = WordWriter::new(dst, LENGTHS_SIZE);
        for item in items.iter() {
            self.write_item(item, &mut writer);
        }
        writer.put(u32::from(self.codewords[FIRST_MATCH]), u32::from(self.lens[FIRST_MATCH]));
        writer.finish()
    }

    #[inline(always)]
    fn write_item(&self, item: Item, writer: &mut WordWriter<'_>) {
        let symbol = item.symbol();
        writer.put(u32::from(self.codewords[symbol]), u32::from(self.lens[symbol]));
        let offset = item.offset();
        if offset != 0 {
            let over = item.value() as usize;
            if over >= LONG_LENGTH {
                write_length(over, writer);
            }
            let n = offset_bits(offset);
            writer.put(offset ^ (1 << n), n);
        }
    }
}

/// Writes the bytes of a length that is `over` more than three, at least 15.
#[inline]
fn write_length(over: usize, writer: &mut WordWriter<'_>) {
    if over < LONG_LENGTH + LONGER_LENGTH {
        writer.put_byte((over - LONG_LENGTH) as u8);
    } else {
        writer.put_byte(LONGER_LENGTH as u8);
        for byte in (over as u16).to_le_bytes() {
            writer.put_byte(byte);
        }
    }
}
