//! Finding earlier occurrences of the bytes at a position.
//!
//! A chunk is compressed on its own and every codec can reach back to its first byte, so a match finder indexes one whole
//! chunk, needs no sliding window and no distance limit, and is emptied when the next chunk is loaded.
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
//! First `load(data)`, which for chains returns a cursor. Then positions go in ascending order, each exactly once: either
//! `find(pos, ...)`, which inserts `pos` and reports its matches, or `skip(from..to)`, which only inserts.
//!
//! Matches are reported to a closure, *each longer than the one before*, so that a parser may keep the last one (the longest),
//! score every one of them, or append all to a match cache. Of the matches of one length, the one that a finder reports is
//! the nearest that it saw. No match is reported that reaches past the end of the data or past [`Search::max_len`].
//!
//! A position is stored in a [`Position`] that is wide enough (`u16` up to 64 KiB, `u32` above), and zero means none: tables
//! start as zeroed memory, and what a chain ends with needs no conversion. Thereby no match with the very first byte of a chunk
//! as its source is ever found, which costs next to nothing. Head tables are scaled to the length of the data, so a short
//! chunk does not pay for clearing tables of a long one.
//!
//! # Why there is a copy
//!
//! A finder copies the chunk into a [`Window`]: an array of a power of two and [`SLACK`] bytes. An index that is masked, or that
//! comes from a `u16`, is then known to be inside it, and eight bytes may be loaded anywhere. The copy costs less than one
//! percent of even the fastest search; the checks that it saves cost several.

#[cfg(feature = "xpress")]
pub(crate) mod binary_tree;
#[cfg(feature = "xpress")]
pub(crate) mod hash_chain;
#[cfg(feature = "lzms")]
pub(crate) mod lcp_interval;
#[cfg(feature = "lzms")]
pub(crate) mod suffix_array;

use alloc::boxed::Box;

use crate::boxed::zeroed;

/// A stored position, or zero for "none".
pub(crate) trait Position: Copy + Default + PartialEq + 'static {
    /// The longest data whose positions fit.
    const MAX_DATA: usize;

    /// Stores `pos`, which is less than `MAX_DATA`.
    fn store(pos: usize) -> Self;

    /// The position; zero for "none".
    fn stored(self) -> usize;

    /// The position, if there is one.
    #[inline(always)]
    fn get(self) -> Option<usize> {
        Some(self.stored()).filter(|&pos| pos != 0)
    }
}

impl Position for u16 {
    const MAX_DATA: usize = 1 << 16;

    #[inline(always)]
    fn store(pos: usize) -> Self {
        pos as Self
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
        pos as Self
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

/// Bytes compared at a time.
const WORD: usize = 8;

/// What the size of a finder has beyond the longest chunk, a power of two.
pub(crate) const SLACK: usize = WORD;

/// A copy of the chunk that is being searched.
struct Window<const SIZE: usize> {
    bytes: Box<[u8; SIZE]>,
    len: usize,
}

impl<const SIZE: usize> Window<SIZE> {
    /// The longest chunk.
    const CAPACITY: usize = {
        assert!(SIZE > SLACK && (SIZE - SLACK).is_power_of_two());
        SIZE - SLACK
    };

    fn new() -> Self {
        Self { bytes: zeroed(), len: 0 }
    }

    /// Takes the chunk over. What is behind it is of no consequence: whoever reads there, cuts the result to `len`.
    fn load(&mut self, data: &[u8]) {
        assert!(data.len() <= Self::CAPACITY, "a chunk of {} bytes in a window of {}", data.len(), Self::CAPACITY);
        self.bytes[..data.len()].copy_from_slice(data);
        self.bytes[data.len()..data.len() + SLACK].fill(0);
        self.len = data.len();
    }

    /// The end of the positions up to `end` that can be inserted.
    fn insertable(&self, end: usize) -> usize {
        end.min((self.len + 1).saturating_sub(HASHED))
    }

    /// The four bytes at `at`.
    #[inline(always)]
    fn load32(&self, at: usize) -> u32 {
        let at = at & (Self::CAPACITY - 1);
        u32::from_le_bytes(self.bytes[at..at + 4].try_into().expect("four bytes"))
    }

    /// The eight bytes at `at`.
    #[inline(always)]
    fn load64(&self, at: usize) -> u64 {
        let at = at & (Self::CAPACITY - 1);
        u64::from_le_bytes(self.bytes[at..at + WORD].try_into().expect("eight bytes"))
    }

    /// How many bytes at `earlier` and `later` are equal, up to `max`, where `known` of them are already known to be.
    #[inline(always)]
    fn common_length(&self, earlier: usize, later: usize, known: usize, max: usize) -> usize {
        let mut length = known;
        while length < max {
            let difference = self.load64(earlier + length) ^ self.load64(later + length);
            if difference != 0 {
                return max.min(length + first_byte(difference));
            }
            length += WORD;
        }
        max
    }
}

/// The index of the first byte of a little-endian word that is not zero.
#[inline(always)]
fn first_byte(word: u64) -> usize {
    (word.trailing_zeros() / 8) as usize
}

/// A table of the latest position of each hash value, of which only a part fitting the data is in use.
///
/// `SIZE` is the number of slots, a power of two of at least two.
struct Heads<P, const SIZE: usize> {
    slots: Box<[P; SIZE]>,
    /// The number of slots in use, less one.
    mask: u32,
}

/// Twice the slots that there are positions: fewer make more chains meet, more cost more to clear.
const SLOTS_PER_POSITION: usize = 2;

impl<P: Position, const SIZE: usize> Heads<P, SIZE> {
    fn new() -> Self {
        const { assert!(SIZE.is_power_of_two() && SIZE <= 1 << 20) };
        Self { slots: zeroed(), mask: SIZE as u32 - 1 }
    }

    /// Empties the table and scales it for data of `len` bytes.
    fn reset(&mut self, len: usize) {
        let used = (len.max(1) * SLOTS_PER_POSITION).next_power_of_two().min(SIZE);
        self.mask = used as u32 - 1;
        self.slots[..used].fill(P::default());
    }

    /// The slot of the bytes in `value`.
    #[inline(always)]
    fn slot(&mut self, value: u32) -> &mut P {
        &mut self.slots[hash(value, self.mask) as usize & (SIZE - 1)]
    }
}

/// A multiplicative hash of `value`: bits 32 and up of a product, of which `mask` keeps at most 20.
///
/// The multiplier is 2^52 over the golden ratio, so that the lowest bit of `value` already has an effect on all bits that are kept.
#[inline(always)]
fn hash(value: u32, mask: u32) -> u32 {
    const MULTIPLIER: u64 = 0x9_E377_9B97_F4A7;
    (u64::from(value).wrapping_mul(MULTIPLIER) >> 32) as u32 & mask
}

#[cfg(test)]
mod tests;
