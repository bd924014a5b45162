//! Encoding the symbols of an adaptive Huffman code.

use super::cost::{BIT, Cost};
use super::output::Streams;
use crate::lzms::code::{Frequencies, LEN_LIMIT};

/// A code of up to `N` symbols that adapts.
#[derive(Clone)]
pub(super) struct SymbolEncoder<const N: usize> {
    frequencies: Frequencies<N>,
    lengths: [u8; N],
    codewords: [u16; N],
    used: usize,
}

impl<const N: usize> SymbolEncoder<N> {
    /// The code of the start of a chunk, with `used` symbols.
    pub(super) fn new(used: usize) -> Self {
        // A code of fewer than two symbols is one of two.
        let (frequencies, used) = (Frequencies::START, used.max(2));
        let mut code = Self { frequencies, lengths: [0; N], codewords: [0; N], used };
        code.build();
        code
    }

    /// Encodes a symbol. Says whether the costs of symbols have changed.
    #[inline(always)]
    pub(super) fn encode(&mut self, streams: &mut Streams<'_>, symbol: usize) -> bool {
        streams.put(self.codewords[symbol].into(), self.lengths[symbol].into());
        let is_rebuilt = self.frequencies.count(symbol);
        if is_rebuilt {
            self.build();
            self.frequencies.fade();
        }
        is_rebuilt
    }

    /// What a symbol costs now.
    #[inline(always)]
    pub(super) fn cost(&self, symbol: usize) -> Cost {
        Cost::from(self.lengths[symbol]) * BIT
    }

    /// Makes the code from the frequencies.
    #[inline(never)]
    fn build(&mut self) {
        let counts = self.frequencies.code(self.used, &mut self.lengths);
        let mut next = [0; LEN_LIMIT];
        for length in 1..LEN_LIMIT {
            next[length] = (next[length - 1] + counts[length - 1].iter().sum::<u16>()) << 1;
        }
        for (codeword, &length) in self.codewords.iter_mut().zip(&self.lengths).take(self.used) {
            let next = &mut next[usize::from(length)];
            *codeword = *next;
            *next = next.wrapping_add(1);
        }
    }
}
