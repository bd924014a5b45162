//! Codeword lengths as a block's header stores them, written: see the decoder's `lengths` for the format.

use super::output::BitWriter;
use crate::huffman::MAX_CODEWORD_LEN;
use crate::huffman::encode::{canonical_codewords, code_lengths};
use crate::lzx::tables::{
    DELTAS, EQUALS, EQUALS_BITS, EQUALS_MIN, LONG_ZEROS, LONG_ZEROS_BITS, LONG_ZEROS_MIN, MAX_MAIN_SYMBOLS,
    PRETREE_LEN_BITS, PRETREE_SYMBOLS, ZEROS, ZEROS_BITS, ZEROS_MIN,
};

/// The longest codeword of the pretree, as its length is stored in four bits.
const PRETREE_MAX_LEN: usize = (1 << PRETREE_LEN_BITS) - 1;
const _: () = assert!(PRETREE_MAX_LEN < MAX_CODEWORD_LEN);

/// A symbol of the pretree, and the run's bits behind it.
#[derive(Clone, Copy, Default)]
struct Token {
    symbol: u8,
    extra: u8,
}

/// The lengths of a range of symbols, ready to be written.
pub(super) struct Lengths {
    tokens: [Token; MAX_MAIN_SYMBOLS],
    count: usize,
    lens: [u8; PRETREE_SYMBOLS],
}

/// The bits of the run behind a symbol.
fn extra_bits(symbol: u32) -> u32 {
    match symbol {
        ZEROS => ZEROS_BITS,
        LONG_ZEROS => LONG_ZEROS_BITS,
        EQUALS => EQUALS_BITS,
        _ => 0,
    }
}

impl Lengths {
    /// Prepares `lens`, where the previous block had `previous`.
    pub(super) fn new(previous: &[u8], lens: &[u8]) -> Self {
        let mut this = Self { tokens: [Token::default(); MAX_MAIN_SYMBOLS], count: 0, lens: [0; PRETREE_SYMBOLS] };
        let mut frequencies = [0; PRETREE_SYMBOLS];
        this.tokenize(previous, lens);
        for token in &this.tokens[..this.count] {
            frequencies[usize::from(token.symbol)] += 1;
        }
        code_lengths(&frequencies, PRETREE_MAX_LEN, &mut this.lens);
        this
    }

    /// Fills the tokens: the longest runs there are, and changes for the rest.
    fn tokenize(&mut self, previous: &[u8], lens: &[u8]) {
        const LONG_ZEROS_MAX: usize = LONG_ZEROS_MIN + (1 << LONG_ZEROS_BITS) - 1;
        const EQUALS_MAX: usize = EQUALS_MIN + (1 << EQUALS_BITS) - 1;
        let mut at = 0;
        while at < lens.len() {
            let len = lens[at];
            let run = lens[at..].iter().take(LONG_ZEROS_MAX).take_while(|&&other| other == len).count();
            at += match (len, run) {
                (0, LONG_ZEROS_MIN..) => self.push_run(LONG_ZEROS, run - LONG_ZEROS_MIN, run),
                (0, ZEROS_MIN..) => self.push_run(ZEROS, run - ZEROS_MIN, run),
                (1.., EQUALS_MIN..) => {
                    let run = run.min(EQUALS_MAX);
                    self.push_run(EQUALS, run - EQUALS_MIN, run);
                    self.push_change(previous[at], len);
                    run
                }
                _ => {
                    self.push_change(previous[at], len);
                    1
                }
            };
        }
    }

    fn push_run(&mut self, symbol: u32, extra: usize, run: usize) -> usize {
        self.tokens[self.count] = Token { symbol: symbol as u8, extra: extra as u8 };
        self.count += 1;
        run
    }

    fn push_change(&mut self, previous: u8, len: u8) {
        let change = if previous >= len { previous - len } else { previous + DELTAS as u8 - len };
        self.tokens[self.count] = Token { symbol: change, extra: 0 };
        self.count += 1;
    }

    /// The bits that `write` writes.
    pub(super) fn cost(&self) -> u64 {
        let tokens = self.tokens[..self.count].iter();
        let bits: u32 =
            tokens.map(|token| u32::from(self.lens[usize::from(token.symbol)]) + extra_bits(token.symbol.into())).sum();
        u64::from(bits) + u64::from(PRETREE_LEN_BITS) * PRETREE_SYMBOLS as u64
    }

    pub(super) fn write(&self, writer: &mut BitWriter<'_>) {
        let mut codewords = [0; PRETREE_SYMBOLS];
        canonical_codewords(&self.lens, &mut codewords);
        for &len in &self.lens {
            writer.put(len.into(), PRETREE_LEN_BITS);
        }
        for token in &self.tokens[..self.count] {
            let symbol = usize::from(token.symbol);
            writer.put(codewords[symbol].into(), self.lens[symbol].into());
            writer.put(token.extra.into(), extra_bits(token.symbol.into()));
        }
    }
}
