//! Decoding tables.
//!
//! A [`DecodeTable`] is indexed by the next `ROOT_BITS` bits of the input. An entry is a `u32` that carries everything a
//! codec wants to know of a symbol, prepared in advance by the codec as a *payload*, so that no second table is looked at:
//!
//! ```text
//!   bit 31     30 ... 8               7 ... 0
//!   0          payload                length of the codeword       a symbol
//!   1          start of the subtable  64 - bits of the subtable    codewords longer than ROOT_BITS
//! ```
//!
//! Bits are taken from the top of a `u64`, where every bit reader of this crate keeps the next bit of its input. The
//! entry of a long codeword lies in a subtable behind the root table; its length counts the whole codeword, so the
//! caller consumes it in one step either way.
//!
//! How large can the subtables get? That depends on the number of symbols, `ROOT_BITS`, and the longest codeword, and
//! the worst case is well above the usual case: 656 symbols with 10 root bits and codewords of up to 16 bits need up to
//! 1734 entries. A table's `SIZE` is a power of two that holds the worst case (a test computes it for every table that
//! the crate uses), so that an index can be masked instead of checked.

use super::{MAX_CODEWORD_LEN, MAX_SYMBOLS};
use crate::DecodeError;

/// Marks an entry that points at a subtable. Payloads leave this bit clear.
pub(crate) const SUBTABLE: u32 = 1 << 31;

/// The bits of an entry that hold a length; payloads leave them clear.
const LENGTH_MASK: u32 = 0xFF;

/// Where the payload, or the start of a subtable, begins in an entry.
pub(crate) const PAYLOAD_SHIFT: u32 = 8;

/// The symbols that a code may have, sorted by the length of their codewords.
struct Sorted {
    /// How many codewords there are of each length; `counts[0]` are the symbols without a codeword.
    counts: [u16; MAX_CODEWORD_LEN + 1],
    /// All symbols in the order of (length, symbol).
    symbols: [u16; MAX_SYMBOLS],
}

impl Sorted {
    /// Sorts the symbols, or returns `None` if a length is impossible.
    fn new(lens: &[u8]) -> Option<Self> {
        let counts = count_lengths(lens)?;
        let mut next = [0u16; MAX_CODEWORD_LEN + 1];
        for len in 1..=MAX_CODEWORD_LEN {
            next[len] = next[len - 1] + counts[len - 1];
        }
        let mut symbols = [0u16; MAX_SYMBOLS];
        for (symbol, &len) in (0u16..).zip(lens) {
            let place = &mut next[usize::from(len)];
            symbols[usize::from(*place)] = symbol;
            *place += 1;
        }
        Some(Self { counts, symbols })
    }

    /// The symbols that have codewords, shortest first.
    fn used(&self, symbol_count: usize) -> &[u16] {
        &self.symbols[usize::from(self.counts[0])..symbol_count]
    }

    /// Whether the Kraft sum is exactly one.
    fn is_complete(&self) -> bool {
        let sum: u32 = (1..=MAX_CODEWORD_LEN).map(|len| u32::from(self.counts[len]) << (MAX_CODEWORD_LEN - len)).sum();
        sum == 1 << MAX_CODEWORD_LEN
    }
}

/// Counts the codewords of each length; `None` if one is longer than any codeword may be.
fn count_lengths(lens: &[u8]) -> Option<[u16; MAX_CODEWORD_LEN + 1]> {
    // Two rows, so that runs of equal lengths do not wait for each other's increments.
    let mut rows = [[0u16; MAX_CODEWORD_LEN + 1]; 2];
    let (pairs, rest) = lens.as_chunks::<2>();
    for &[a, b] in pairs {
        *rows[0].get_mut(usize::from(a))? += 1;
        *rows[1].get_mut(usize::from(b))? += 1;
    }
    for &a in rest {
        *rows[0].get_mut(usize::from(a))? += 1;
    }
    let [mut counts, second] = rows;
    for (count, more) in counts.iter_mut().zip(second) {
        *count += more;
    }
    Some(counts)
}

/// What a code looks like.
#[cfg(feature = "lzx")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Code {
    /// Every bit string decodes to a symbol.
    Complete,
    /// No symbol has a codeword, and the table says so in every entry.
    Empty,
}

/// A table that decodes one canonical Huffman code; see the module's text for the entries.
pub(crate) struct DecodeTable<const ROOT_BITS: u32, const SIZE: usize> {
    entries: [u32; SIZE],
}

impl<const ROOT_BITS: u32, const SIZE: usize> DecodeTable<ROOT_BITS, SIZE> {
    const ROOT_SIZE: usize = {
        assert!(SIZE.is_power_of_two() && SIZE >= 1 << ROOT_BITS && SIZE <= 1 << 16);
        assert!(ROOT_BITS >= 1 && ROOT_BITS as usize <= MAX_CODEWORD_LEN);
        1 << ROOT_BITS
    };

    /// A table of nothing: every entry is zero.
    pub(crate) const fn new() -> Self {
        Self { entries: [0; SIZE] }
    }

    /// Makes the table decode the complete code of the codeword lengths `lens`, one a symbol. `payloads` gives each
    /// symbol's payload and is at least as long as `lens`.
    ///
    /// # Errors
    /// [`DecodeError::BadCode`] if the code is not complete.
    #[inline]
    pub(crate) fn build(&mut self, lens: &[u8], payloads: &[u32]) -> Result<(), DecodeError> {
        let sorted = Sorted::new(lens).ok_or(DecodeError::BadCode)?;
        self.fill(&sorted, lens.len(), payloads)
    }

    /// As [`Self::build`], but a code without any codeword is allowed, too; then every entry is `empty`.
    ///
    /// # Errors
    /// [`DecodeError::BadCode`] if the code is neither complete nor empty.
    #[cfg(feature = "lzx")]
    #[inline]
    pub(crate) fn build_or_empty(&mut self, lens: &[u8], payloads: &[u32], empty: u32) -> Result<Code, DecodeError> {
        let sorted = Sorted::new(lens).ok_or(DecodeError::BadCode)?;
        if usize::from(sorted.counts[0]) == lens.len() {
            self.entries.fill(empty);
            return Ok(Code::Empty);
        }
        self.fill(&sorted, lens.len(), payloads).map(|()| Code::Complete)
    }

    /// The entry of the codeword at the top of `bits`.
    #[inline(always)]
    pub(crate) fn lookup(&self, bits: u64) -> u32 {
        let entry = self.root(bits);
        if entry & SUBTABLE == 0 { entry } else { self.sub(entry, bits) }
    }

    /// The root table's entry for the bits at the top of `bits`; it may point at a subtable.
    #[inline(always)]
    pub(crate) fn root(&self, bits: u64) -> u32 {
        self.entries[(bits >> (64 - ROOT_BITS)) as usize & (Self::ROOT_SIZE - 1)]
    }

    /// The entry in the subtable that `pointer`, an entry of the root table, points at.
    #[inline(always)]
    pub(crate) fn sub(&self, pointer: u32, bits: u64) -> u32 {
        let start = (pointer & !SUBTABLE) >> PAYLOAD_SHIFT;
        let index = ((bits << ROOT_BITS) >> (pointer & 63)) as usize;
        self.entries[(start as usize).wrapping_add(index) & (SIZE - 1)]
    }

    /// Fills the table from the symbols in the order of their codewords, once the code is known to be complete.
    fn fill(&mut self, sorted: &Sorted, symbol_count: usize, payloads: &[u32]) -> Result<(), DecodeError> {
        if !sorted.is_complete() {
            return Err(DecodeError::BadCode);
        }
        let payloads = &payloads[..symbol_count];
        let mut symbols = sorted.used(symbol_count).iter();
        let mut index = 0;
        for len in 1..=ROOT_BITS {
            let span = Self::ROOT_SIZE >> len;
            for &symbol in symbols.by_ref().take(usize::from(sorted.counts[len as usize])) {
                fill_span(&mut self.entries[index..index + span], payloads[usize::from(symbol)] | len);
                index += span;
            }
        }
        if index < Self::ROOT_SIZE {
            self.fill_subtables(sorted, symbols.as_slice(), index, payloads);
        }
        Ok(())
    }

    /// Fills the subtables for `symbols`, whose codewords are longer than `ROOT_BITS` and begin with the bits of the
    /// root index `root` and of those behind it.
    fn fill_subtables(&mut self, sorted: &Sorted, symbols: &[u16], mut root: usize, payloads: &[u32]) {
        let mut left = sorted.counts;
        let mut len = ROOT_BITS + 1;
        let (mut next, mut end, mut sub_bits) = (Self::ROOT_SIZE, Self::ROOT_SIZE, 0);
        for &symbol in symbols {
            while left[len as usize] == 0 {
                len += 1;
            }
            if next == end {
                sub_bits = subtable_bits(&left, ROOT_BITS, len);
                end = next + (1 << sub_bits);
                self.entries[root] = SUBTABLE | (next as u32) << PAYLOAD_SHIFT | (64 - sub_bits);
                root += 1;
            }
            let span = 1 << (sub_bits - (len - ROOT_BITS));
            fill_span(&mut self.entries[next..next + span], payloads[usize::from(symbol)] | len);
            next += span;
            left[len as usize] -= 1;
        }
    }
}

/// Writes `entry` into a few places or many. Most spans are a handful of entries, where a call to a general fill
/// costs more than the stores.
#[inline(always)]
fn fill_span(span: &mut [u32], entry: u32) {
    debug_assert!(
        entry & SUBTABLE == 0 && entry & LENGTH_MASK <= MAX_CODEWORD_LEN as u32,
        "payloads leave room for the length"
    );
    if let [only] = span {
        *only = entry;
        return;
    }
    let (chunks, rest) = span.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = [entry; 8];
    }
    for place in rest {
        *place = entry;
    }
}

/// The index bits of the subtable whose first codeword has length `len`, when `left` are the codewords still to be
/// placed: the fewest bits for which the next codewords fill the table.
fn subtable_bits(left: &[u16; MAX_CODEWORD_LEN + 1], root_bits: u32, len: u32) -> u32 {
    let mut bits = len - root_bits;
    let mut used = u32::from(left[len as usize]);
    while used < 1 << bits && root_bits + bits < MAX_CODEWORD_LEN as u32 {
        bits += 1;
        used = (used << 1) + u32::from(left[(root_bits + bits) as usize]);
    }
    bits
}

#[cfg(test)]
mod tests;
