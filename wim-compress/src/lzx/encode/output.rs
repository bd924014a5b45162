//! Writing the stream of bits.

/// Bytes that are stored at a time, whatever of them counts.
pub(super) const STORED: usize = 8;

/// The most bits that are written at a time.
pub(super) const MAX_PUT: u32 = u64::BITS - WORD_BITS;

/// The stream's words.
const WORD: usize = 2;
const WORD_BITS: u32 = 16;

/// Writes bits into 16-bit little-endian words, from the highest bit of each down.
pub(super) struct BitWriter<'d> {
    dst: &'d mut [u8],
    /// Where the next word goes.
    at: usize,
    /// Bits not yet written, lowest; fewer than a word after each `put`.
    bits: u64,
    count: u32,
}

impl<'d> BitWriter<'d> {
    /// A writer into `dst`, which has [`STORED`] bytes more than will be written.
    pub(super) fn new(dst: &'d mut [u8]) -> Self {
        Self { dst, at: 0, bits: 0, count: 0 }
    }

    /// Writes the low `count` bits of `value`, at most [`MAX_PUT`]; `value` has no others.
    #[inline(always)]
    pub(super) fn put(&mut self, value: u64, count: u32) {
        debug_assert!(count <= MAX_PUT && value >> count == 0);
        self.bits = self.bits << count | value;
        self.count += count;
        // One store, of which as much counts as there are full words.
        let words = swap_ends(self.bits << (63 - self.count) << 1);
        self.dst[self.at..self.at + STORED].copy_from_slice(&words.to_le_bytes());
        self.at += (self.count / WORD_BITS) as usize * WORD;
        self.count %= WORD_BITS;
    }

    /// Lets `write` write with a copy of this, which stays in registers.
    #[inline(always)]
    pub(super) fn write_locally(&mut self, write: impl FnOnce(&mut BitWriter<'_>)) {
        let mut local = BitWriter { dst: &mut *self.dst, ..*self };
        write(&mut local);
        let BitWriter { at, bits, count, .. } = local;
        *self = BitWriter { dst: core::mem::take(&mut self.dst), at, bits, count };
    }

    /// Fills up the current word with zeros.
    pub(super) fn align(&mut self) {
        if self.count > 0 {
            self.put(0, WORD_BITS - self.count);
        }
    }

    /// Writes bytes between two words.
    pub(super) fn put_bytes(&mut self, bytes: &[u8]) {
        debug_assert_eq!(self.count, 0);
        self.dst[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    /// The bits that have been written.
    pub(super) fn position(&self) -> u64 {
        self.at as u64 * u64::from(u8::BITS) + u64::from(self.count)
    }
}

/// Swaps the four 16-bit words of `x` end for end.
#[inline(always)]
fn swap_ends(x: u64) -> u64 {
    const ODD: u64 = 0xFFFF_0000_FFFF;
    let x = x.rotate_left(32);
    (x & ODD) << 16 | x >> 16 & ODD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_filled_from_the_highest_bit() {
        let mut dst = [0xAA; 20];
        let mut writer = BitWriter::new(&mut dst);
        writer.put(0b101, 3);
        writer.put(0, 0);
        writer.put(0x1FFF, 13);
        writer.put(0x1234_5678_9ABC, 48);
        writer.put(1, 1);
        assert_eq!(writer.position(), 65);
        writer.align();
        writer.put_bytes(&[7]);
        assert_eq!(writer.position(), 88);
        assert_eq!(dst[..11], [0xFF, 0xBF, 0x34, 0x12, 0x78, 0x56, 0xBC, 0x9A, 0, 0x80, 7]);
    }
}
