//! Finding earlier occurrences of the bytes at a position.
//!
//! A chunk is compressed on its own and every codec can reach back to its first byte, so a match finder indexes one whole
//! chunk, needs no sliding window and no distance limit, and is emptied by `reset` before the next chunk.
//!
//! # The finders
//!
//! * [`hash_chain::HashChains`]: positions with equal first four bytes are linked from the latest to the earliest. Cheap to
//!   fill, good with small search depths: greedy and lazy parsing, and the quicker near-optimal settings.
//! * [`binary_tree::BinaryTrees`]: positions with equal first four bytes form a search tree ordered by what follows, with the
//!   latest position as its root. Finds the nearest match of (nearly) every length: near-optimal parsing.
//! * `lcp_interval`: the suffix array and its LCP intervals; for chunks of many megabytes.
//!
//! # How a parser uses one
//!
//! Positions go in ascending order, each exactly once: either `find(data, pos, ...)`, which inserts `pos` and reports its
//! matches, or `skip(data, from..to)`, which only inserts. `data` is the same whole chunk in all calls.
//!
//! Matches are reported to a closure, *each longer than the one before*, so that a parser may keep the last one (the longest),
//! score every one of them, or append all to a match cache. Of the matches of one length, the one that a finder reports is
//! the nearest that it saw. No match is reported that reaches past the end of the data or past [`Search::max_len`].
//!
//! A position is stored as itself plus one, in a [`Position`] that is wide enough (`u16` up to 64 KiB, `u32` above), and zero
//! means none: tables start as zeroed memory. Head tables are scaled to the length of the data in `reset`, so a short chunk
//! does not pay for clearing tables of a long one.

#[cfg(any(feature = "xpress", feature = "lzx"))]
pub(crate) mod binary_tree;
#[cfg(any(feature = "xpress", feature = "lzx"))]
pub(crate) mod hash_chain;
#[cfg(feature = "lzms")]
pub(crate) mod lcp_interval;
#[cfg(feature = "lzms")]
pub(crate) mod suffix_array;

use alloc::boxed::Box;

use crate::boxed::zeroed;

/// A stored position: the position plus one, or zero for "none".
pub(crate) trait Position: Copy + Default + PartialEq + 'static {
    /// The longest data whose positions fit. Positions in the last three bytes are never stored.
    const MAX_DATA: usize;

    /// Stores `pos`, which is less than `MAX_DATA - 3`.
    fn store(pos: usize) -> Self;

    /// The position plus one; zero for "none".
    fn stored(self) -> usize;

    /// The position, if there is one.
    #[inline(always)]
    fn get(self) -> Option<usize> {
        self.stored().checked_sub(1)
    }
}

impl Position for u16 {
    const MAX_DATA: usize = 1 << 16;

    #[inline(always)]
    fn store(pos: usize) -> Self {
        (pos + 1) as Self
    }

    #[inline(always)]
    fn stored(self) -> usize {
        usize::from(self)
    }
}

impl Position for u32 {
    const MAX_DATA: usize = 1 << 31;

    #[inline(always)]
    fn store(pos: usize) -> Self {
        (pos + 1) as Self
    }

    #[inline(always)]
    fn stored(self) -> usize {
        self as usize
    }
}

/// How hard to look at one position, and for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    /// The longest match that the format can express. The finders cut it to what is left of the data.
    pub(crate) max_len: usize,
    /// A match this long ends the search.
    pub(crate) nice_len: usize,
    /// The number of candidates of the four-byte chain or tree that are looked at.
    pub(crate) depth: usize,
    /// Only matches longer than this are reported.
    pub(crate) longer_than: usize,
}

/// A match as parsers keep it: `length` bytes equal to those `offset` bytes before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Match {
    /// Bytes that are equal; 0 for "no match".
    pub(crate) length: usize,
    /// The distance back, at least 1.
    pub(crate) offset: usize,
}

/// Bytes that a position needs behind it to be inserted or searched.
const HASHED: usize = 4;

/// The low three bytes of a little-endian load of four.
const THREE_BYTES: u32 = 0x00FF_FFFF;

/// The little-endian `u32` at `data[at..at + 4]`.
#[inline(always)]
fn load32(data: &[u8], at: usize) -> u32 {
    let bytes: [u8; 4] = data[at..at + 4].try_into().expect("four bytes");
    u32::from_le_bytes(bytes)
}

/// The top `32 - shift` bits of a multiplicative hash. The multiplier is 2^32 over the golden ratio, made odd.
#[inline(always)]
fn hash(value: u32, shift: u32) -> usize {
    (value.wrapping_mul(0x9E37_79B1) >> shift) as usize
}

/// How many bytes at `earlier` and `later` are equal, up to `max`, where `known` of them are already known to be.
#[inline(always)]
pub(crate) fn common_length(data: &[u8], earlier: usize, later: usize, known: usize, max: usize) -> usize {
    const WORD: usize = 8;
    let (a, a_rest) = data[earlier + known..earlier + max].as_chunks::<WORD>();
    let (b, b_rest) = data[later + known..later + max].as_chunks::<WORD>();
    let mut length = known;
    for (x, y) in a.iter().zip(b) {
        let difference = u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y);
        if difference != 0 {
            return length + (difference.trailing_zeros() / 8) as usize;
        }
        length += WORD;
    }
    length + a_rest.iter().zip(b_rest).take_while(|(x, y)| x == y).count()
}

/// A table of the latest position of each hash value, of which only a part fitting the data is in use.
///
/// `SIZE` is the number of slots, a power of two of at least two.
struct Heads<P, const SIZE: usize> {
    slots: Box<[P; SIZE]>,
    shift: u32,
}

impl<P: Position, const SIZE: usize> Heads<P, SIZE> {
    fn new() -> Self {
        const { assert!(SIZE.is_power_of_two() && SIZE >= 2 && SIZE <= 1 << 24) };
        Self { slots: zeroed(), shift: 32 - SIZE.trailing_zeros() }
    }

    /// Empties the table and scales it for data of `len` bytes: no fewer values than positions, as far as there are slots.
    fn reset(&mut self, len: usize) {
        const MIN_SIZE: usize = 1 << 8;
        let used = len.next_power_of_two().clamp(MIN_SIZE.min(SIZE), SIZE);
        self.shift = 32 - used.trailing_zeros();
        self.slots[..used].fill(P::default());
    }

    /// The slot of the bytes in `value`.
    #[inline(always)]
    fn slot(&mut self, value: u32) -> &mut P {
        &mut self.slots[hash(value, self.shift) & (SIZE - 1)]
    }
}

#[cfg(test)]
mod tests;
