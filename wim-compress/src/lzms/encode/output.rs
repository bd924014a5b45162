//! The two streams of a chunk, growing towards each other in the caller's buffer.

use crate::lzms::model::Decision;
use crate::lzms::range::{NARROW, PROBABILITY_BITS, WORD_BITS, WORD_BYTES};

/// The buffer: one stream from its front, the other from its end. Once they would cross, nothing is written any more.
pub(super) struct Output<'a> {
    buffer: &'a mut [u8],
    front: usize,
    back: usize,
    full: bool,
}

impl<'a> Output<'a> {
    pub(super) fn new(buffer: &'a mut [u8]) -> Self {
        let len = buffer.len() / WORD_BYTES * WORD_BYTES;
        Self { buffer: &mut buffer[..len], front: 0, back: len, full: false }
    }

    /// Whether the streams did not fit.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    #[inline(always)]
    fn has_room(&mut self) -> bool {
        self.full |= self.front + WORD_BYTES > self.back;
        !self.full
    }

    #[inline(always)]
    fn push_front(&mut self, word: u16) {
        if self.has_room() {
            self.buffer[self.front..self.front + WORD_BYTES].copy_from_slice(&word.to_le_bytes());
            self.front += WORD_BYTES;
        }
    }

    #[inline(always)]
    fn push_back(&mut self, word: u16) {
        if self.has_room() {
            self.back -= WORD_BYTES;
            self.buffer[self.back..self.back + WORD_BYTES].copy_from_slice(&word.to_le_bytes());
        }
    }

    /// Moves the streams together; returns their length, unless they did not fit.
    fn finish(self) -> Option<usize> {
        let end = self.buffer.len();
        self.buffer.copy_within(self.back..end, self.front);
        (!self.full).then_some(self.front + (end - self.back))
    }
}

/// Both streams with their coders.
pub(super) struct Streams<'a> {
    output: Output<'a>,
    range: RangeEncoder,
    bits: BackwardWriter,
}

impl<'a> Streams<'a> {
    pub(super) fn new(buffer: &'a mut [u8]) -> Self {
        Self { output: Output::new(buffer), range: RangeEncoder::new(), bits: BackwardWriter { buffer: 0, count: 0 } }
    }

    /// Whether the streams did not fit.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.output.is_full()
    }

    /// Encodes a bit and teaches it to `decision`.
    #[inline(always)]
    pub(super) fn decide<const N: usize>(&mut self, decision: &mut Decision<N>, bit: bool) {
        self.range.encode(&mut self.output, decision.zero_probability(), bit);
        decision.push(bit);
    }

    /// Appends `count` bits, at most 30, to the backward stream.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u32, count: u32) {
        self.bits.put(&mut self.output, bits, count);
    }

    /// Ends both streams; returns their length, unless they did not fit.
    pub(super) fn finish(mut self) -> Option<usize> {
        self.range.finish(&mut self.output);
        self.bits.finish(&mut self.output);
        self.output.finish()
    }
}

/// The range coder's encoder: the interval's lower end and width, and words that a carry could still change.
struct RangeEncoder {
    /// The lower end; bit 32 is a carry.
    low: u64,
    range: u32,
    /// The last word that was shifted out, if anything was.
    held: Option<u16>,
    /// The words of ones that follow it.
    ones: usize,
}

/// Shifts that push all of the lower end out, and one word of zeros, which a reader may fetch to widen its range a last time.
const FLUSH_SHIFTS: usize = 4;

impl RangeEncoder {
    fn new() -> Self {
        Self { low: 0, range: u32::MAX, held: None, ones: 0 }
    }

    #[inline(always)]
    fn encode(&mut self, output: &mut Output<'_>, zero_probability: u32, bit: bool) {
        if self.range <= NARROW {
            self.range <<= WORD_BITS;
            self.shift(output);
        }
        let bound = (self.range >> PROBABILITY_BITS) * zero_probability;
        if bit {
            self.low += u64::from(bound);
            self.range -= bound;
        } else {
            self.range = bound;
        }
    }

    /// Shifts the top word out of the lower end. A word of ones waits, as a carry would run through it.
    fn shift(&mut self, output: &mut Output<'_>) {
        const ALL_ONES: u64 = 0xFFFF;
        let (top, carry) = (self.low >> WORD_BITS & ALL_ONES, (self.low >> u32::BITS) as u16);
        self.low = (self.low & ALL_ONES) << WORD_BITS;
        if top == ALL_ONES && carry == 0 {
            self.ones += 1;
            return;
        }
        if let Some(held) = self.held {
            output.push_front(held.wrapping_add(carry));
        }
        for _ in 0..core::mem::take(&mut self.ones) {
            output.push_front((ALL_ONES as u16).wrapping_add(carry));
        }
        self.held = Some(top as u16);
    }

    fn finish(&mut self, output: &mut Output<'_>) {
        (0..FLUSH_SHIFTS).for_each(|_| self.shift(output));
    }
}

/// Bits that do not fill a word yet.
struct BackwardWriter {
    buffer: u64,
    count: u32,
}

impl BackwardWriter {
    #[inline(always)]
    fn put(&mut self, output: &mut Output<'_>, bits: u32, count: u32) {
        self.buffer = self.buffer << count | u64::from(bits);
        self.count += count;
        while self.count >= WORD_BITS {
            self.count -= WORD_BITS;
            output.push_back((self.buffer >> self.count) as u16);
        }
    }

    /// Fills the last word with zeros.
    fn finish(&mut self, output: &mut Output<'_>) {
        if self.count > 0 {
            output.push_back((self.buffer << (WORD_BITS - self.count)) as u16);
        }
    }
}
