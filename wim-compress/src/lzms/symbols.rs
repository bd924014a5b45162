//! Decoding the symbols of an adaptive Huffman code.
//!
//! One look at the next bits in a table gives symbol and length of all but the longest codewords. Those are found by
//! comparing with the end of each length's range, as canonical codewords are sorted: simpler to build than second-level tables, and
//! building is what costs here.

use super::bits::BackwardReader;
use super::code::{Frequencies, LEN_LIMIT, halves};

/// The longest codeword.
const MAX_LEN: usize = LEN_LIMIT - 1;

/// A table entry: the symbol, and below it the codeword's length. Zero is for codewords longer than the index.
///
/// A length has as many bits as a shift of 64 bits looks at, so that it need not be cut out of the entry first.
const LEN_BITS: u32 = 6;
const LEN_MASK: u16 = (1 << LEN_BITS) - 1;
const LONG: u16 = 0;

/// A code of up to `N` symbols that adapts, with a table of `TABLE` entries.
#[derive(Clone)]
pub(super) struct SymbolDecoder<const N: usize, const TABLE: usize> {
    table: [u16; TABLE],
    frequencies: Frequencies<N>,
    /// The symbols by (codeword length, symbol).
    sorted: [u16; N],
    /// The number of symbols whose codewords have at most the length of the index.
    up_to: [u16; LEN_LIMIT],
    /// The end of their codewords, as fractions of `2^MAX_LEN`.
    ends: [u32; LEN_LIMIT],
    /// The number of symbols in use.
    used: usize,
}

impl<const N: usize, const TABLE: usize> SymbolDecoder<N, TABLE> {
    /// The number of bits that the table is indexed with.
    const INDEX_BITS: u32 = {
        assert!(TABLE.is_power_of_two() && TABLE.ilog2() <= LEN_MASK as u32 && N <= 1 << (u16::BITS - LEN_BITS));
        TABLE.ilog2()
    };

    /// The code of the start of a chunk, with `used` symbols.
    pub(super) fn new(used: usize) -> Self {
        // A code of fewer than two symbols is one of two.
        let mut code = Self {
            table: [LONG; TABLE],
            frequencies: Frequencies::START,
            sorted: [0; N],
            up_to: [0; LEN_LIMIT],
            ends: [0; LEN_LIMIT],
            used: used.max(2),
        };
        code.build();
        code
    }

    /// Decodes a symbol of at most 16 bits.
    #[inline(always)]
    pub(super) fn decode(&mut self, bits: &mut BackwardReader<'_>) -> usize {
        let entry = self.table[(bits.peek() >> (u64::BITS - Self::INDEX_BITS)) as usize];
        let (symbol, length) = if entry != LONG {
            (usize::from(entry >> LEN_BITS), u32::from(entry & LEN_MASK))
        } else {
            self.long(bits.peek())
        };
        bits.consume(length);
        if self.frequencies.count(symbol) {
            self.rebuild();
        }
        symbol
    }

    /// The symbol and length of a codeword that is longer than the table's index.
    fn long(&self, peek: u64) -> (usize, u32) {
        let code = (peek >> (u64::BITS - MAX_LEN as u32)) as u32;
        let shorter = self.ends.iter().skip(Self::INDEX_BITS as usize).take_while(|&&end| end <= code).count();
        let length = Self::INDEX_BITS as usize + shorter;
        let from_last = (self.ends[length] - 1 - code) >> (MAX_LEN - length);
        let symbol = self.sorted[usize::from(self.up_to[length]) - 1 - from_last as usize];
        (usize::from(symbol), length as u32)
    }

    #[cold]
    #[inline(never)]
    fn rebuild(&mut self) {
        self.build();
        self.frequencies.fade();
    }

    /// Makes code and table from the frequencies.
    fn build(&mut self) {
        let mut lengths = [0; N];
        let counts = self.frequencies.code(self.used, &mut lengths);
        let mut next = [[0; 2]; LEN_LIMIT];
        let (mut total, mut end) = (0, 0);
        for (length, &[first, second]) in counts.iter().enumerate().skip(1) {
            next[length] = [total, total + first];
            total += first + second;
            end += u32::from(first + second) << (MAX_LEN - length);
            (self.up_to[length], self.ends[length]) = (total, end);
        }
        let mut put = |symbol: usize, length: u8, half: usize| {
            let place = &mut next[usize::from(length)][half];
            self.sorted[usize::from(*place)] = symbol as u16;
            *place += 1;
        };
        let (first, second) = halves(&lengths[..self.used]);
        for (symbol, (&one, &other)) in first.iter().zip(second).enumerate() {
            put(symbol, one, 0);
            put(first.len() + symbol, other, 1);
        }
        if let Some(&odd) = first.get(second.len()) {
            put(second.len(), odd, 0);
        }
        self.fill_table();
    }

    /// Fills the table in the order of codewords: a codeword's entries are those that its bits begin.
    fn fill_table(&mut self) {
        let mut rest = &mut self.table[..];
        let mut sorted = &self.sorted[..];
        for length in 1..=Self::INDEX_BITS {
            let count = self.up_to[length as usize] - self.up_to[length as usize - 1];
            let symbols = sorted.split_off(..usize::from(count)).unwrap_or_default();
            let entries = symbols.iter().map(|symbol| symbol << LEN_BITS | length as u16);
            let run = 1 << (Self::INDEX_BITS - length);
            let filled = rest.split_off_mut(..symbols.len() * run).unwrap_or_default();
            match run {
                1 => fill_runs::<1>(filled, entries),
                2 => fill_runs::<2>(filled, entries),
                4 => fill_runs::<4>(filled, entries),
                8 => fill_runs::<8>(filled, entries),
                16 => fill_runs::<16>(filled, entries),
                _ => filled.chunks_exact_mut(run).zip(entries).for_each(|(run, entry)| run.fill(entry)),
            }
        }
        rest.fill(LONG);
    }
}

/// Fills runs of `RUN` places with one entry each.
#[inline(always)]
fn fill_runs<const RUN: usize>(places: &mut [u16], entries: impl Iterator<Item = u16>) {
    for (run, entry) in places.as_chunks_mut::<RUN>().0.iter_mut().zip(entries) {
        *run = [entry; RUN];
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Encodes with the code that `decoder` has just now: the codeword of `symbol` and its length.
    fn codeword<const N: usize, const TABLE: usize>(decoder: &SymbolDecoder<N, TABLE>, symbol: usize) -> (u32, usize) {
        let place = decoder.sorted.iter().position(|&s| usize::from(s) == symbol).expect("the symbol is in use") as u16;
        let length = decoder.up_to.iter().position(|&up_to| place < up_to).expect("every symbol has a length");
        let first = decoder.ends[length - 1] >> (MAX_LEN - length);
        (first + u32::from(place - decoder.up_to[length - 1]), length)
    }

    /// Every symbol of a skewed code decodes, through the table and beside it.
    #[test]
    fn codewords_longer_than_the_index_decode_too() {
        let mut decoder = SymbolDecoder::<256, 64>::new(256);
        let mut state = 1u32;
        let mut longest = 0;
        for _ in 0..20_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let symbol = (state >> 24 >> (state >> 8 & 7)) as usize;
            let (code, length) = codeword(&decoder, symbol);
            longest = longest.max(length);
            let word = ((code << (16 - length)) as u16).to_le_bytes();
            let mut bits = BackwardReader::new(&word);
            bits.refill();
            assert_eq!(decoder.decode(&mut bits), symbol);
            assert_eq!(bits.take(16 - length as u32), 0);
            assert_eq!(bits.position(), 0, "the codeword was taken, no more");
        }
        assert!(longest > 9, "longer than the index by far: {longest}");
    }

    #[test]
    fn a_code_of_no_symbol_or_one_is_a_code_of_two() {
        for used in 0..=2 {
            let mut decoder = SymbolDecoder::<799, 2048>::new(used);
            let mut bits = BackwardReader::new(&[0x00, 0x40]);
            bits.refill();
            let symbols: Vec<_> = (0..2).map(|_| decoder.decode(&mut bits)).collect();
            assert_eq!(symbols, [0, 1]);
        }
    }
}
