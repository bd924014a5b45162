//! The nearest match of each short length by tables, and longer ones by hash chains: for near-optimal parsing.
//!
//! A parser that weighs every length of every match wants the *nearest* match of three bytes, of four, five and six; nearer
//! matches have shorter codes, and whatever else has the same length is of no use to it. A table of the latest position of each
//! sequence of `n` bytes says that at once, without a branch that depends on the data. Only matches of seven bytes and more
//! are searched for along a chain. As few positions have one, most chains are empty or short.
//!
//! This finds nearly what a binary tree finds in half the time: a tree or a chain walks through many candidates one after
//! the other, each with a load to wait for and a branch to guess.
//!
//! Positions are inserted in blocks, ahead of the search, and what was in the tables before is kept for the search. So the
//! loop that inserts has no unpredictable branch either, and its many loads from large tables overlap.

use alloc::boxed::Box;
use core::hint::select_unpredictable;
use core::mem::replace;

use super::heads::{Heads, Position};
use super::search::Search;
use super::window::{WORD, Window};
use crate::boxed::zeroed;

/// The lengths that have a table each: this many, from [`FIRST_SHORT`] on.
pub(crate) const SHORT_LENGTHS: usize = 4;

/// The shortest match.
pub(crate) const FIRST_SHORT: usize = 3;

/// The shortest match that is searched for along a chain.
const CHAINED: usize = FIRST_SHORT + SHORT_LENGTHS;
const _: () = assert!(CHAINED <= WORD);

/// The logarithm of an offset stands for its cost; this for "no match".
pub(crate) const NO_MATCH: u8 = 16;

/// Tables have the slots of data so many times as long: what is lost to another position is not found again in a chain.
const SPARSE: usize = 2;

/// Positions that are inserted at a time.
const BLOCK: usize = 64;

/// 2^64 over the golden ratio.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// The bytes of a candidate that are compared to reject it, which end where it would become longer than the best match.
const TAIL: usize = 4;

/// The nearest matches of three to six bytes at a position. A match of another length is in it only with its first bytes.
#[derive(Clone, Copy)]
pub(crate) struct ShortMatches {
    pub(crate) offsets: [u16; SHORT_LENGTHS],
    /// The whole part of each offset's logarithm, or [`NO_MATCH`].
    pub(crate) log2s: [u8; SHORT_LENGTHS],
}

impl ShortMatches {
    /// No match.
    pub(crate) const NONE: Self = Self { offsets: [0; SHORT_LENGTHS], log2s: [NO_MATCH; SHORT_LENGTHS] };
}

/// Tables and chains over chunks of up to `SIZE - SLACK` bytes, at most 64 KiB, each table with `HEADS` slots.
pub(crate) struct NearestMatches<const SIZE: usize, const HEADS: usize> {
    window: Window<SIZE>,
    short: [Heads<u16, HEADS>; SHORT_LENGTHS],
    chained: Heads<u16, HEADS>,
    /// The link of the position at the same index.
    previous: Box<[u16; SIZE]>,
    /// The end of the positions that are in the tables.
    inserted: usize,
    /// For each position of the last block, what was in its slots before; the chain's is last.
    latest: [[u16; SHORT_LENGTHS + 1]; BLOCK],
}

impl<const SIZE: usize, const HEADS: usize> NearestMatches<SIZE, HEADS> {
    /// The bytes of memory that it takes with chunks of `len` bytes, beside the object itself.
    pub(crate) fn memory(len: usize) -> usize {
        len + (len + (SHORT_LENGTHS + 1) * Heads::<u16, HEADS>::used(SPARSE * len)) * size_of::<u16>()
    }

    pub(crate) fn new() -> Self {
        const { assert!(Window::<SIZE>::CAPACITY <= u16::MAX_DATA) };
        Self {
            window: Window::new(),
            short: core::array::from_fn(|_| Heads::new()),
            chained: Heads::new(),
            previous: zeroed(),
            inserted: 0,
            latest: [[0; SHORT_LENGTHS + 1]; BLOCK],
        }
    }

    /// Forgets all positions and takes over the chunk `data`.
    pub(crate) fn load(&mut self, data: &[u8]) {
        self.window.load(data);
        for heads in &mut self.short {
            heads.reset(SPARSE * data.len());
        }
        self.chained.reset(SPARSE * data.len());
        self.inserted = 0;
    }

    /// Inserts a block of positions. Those past the end of the data do no harm: nobody looks at what is found after them.
    #[inline(never)] // It would take registers from the search.
    fn insert_block(&mut self) {
        let shift = u64::BITS - self.chained.mask.count_ones();
        let Self { window, short, chained, previous, .. } = self;
        let mut tables = short.each_mut().map(|heads| &mut *heads.slots);
        for (pos, latest) in (self.inserted..).zip(&mut self.latest) {
            let word = window.load64(pos);
            let slot = |length: usize| (front(word, length).wrapping_mul(MULTIPLIER) >> shift) as usize & (HEADS - 1);
            for (index, table) in tables.iter_mut().enumerate() {
                latest[index] = replace(&mut table[slot(FIRST_SHORT + index)], u16::store(pos));
            }
            let before = replace(&mut chained.slots[slot(CHAINED)], u16::store(pos));
            previous[pos & (Window::<SIZE>::CAPACITY - 1)] = before;
            latest[SHORT_LENGTHS] = before;
        }
        self.inserted += BLOCK;
    }

    /// Looks for matches at `pos`: fills in the nearest short ones, and reports those of seven bytes and more as
    /// `found(length, offset)`, each longer than the one before. Positions go in ascending order, and may be left out.
    #[cfg(feature = "xpress")]
    #[inline(always)]
    pub(crate) fn find(
        &mut self,
        pos: usize,
        search: Search,
        short: &mut ShortMatches,
        found: impl FnMut(usize, usize),
    ) {
        self.find_short(pos, search, short);
        self.find_longer(pos, search, found);
    }

    /// The first half of [`Self::find`].
    #[inline(always)]
    pub(crate) fn find_short(&mut self, pos: usize, search: Search, short: &mut ShortMatches) {
        while pos >= self.inserted {
            self.insert_block();
        }
        self.nearest(pos, &self.latest[pos % BLOCK], short);
        let max_len = search.max_len.min(self.window.len - pos);
        if pos == 0 || max_len < CHAINED {
            let possible = if pos == 0 { 0 } else { (max_len + 1).saturating_sub(FIRST_SHORT) };
            short.offsets[possible..].fill(0);
            short.log2s[possible..].fill(NO_MATCH);
        }
    }

    /// The second half of [`Self::find`], which comes after the first.
    #[inline(always)]
    pub(crate) fn find_longer(&self, pos: usize, search: Search, found: impl FnMut(usize, usize)) {
        let max_len = search.max_len.min(self.window.len - pos);
        if pos != 0 && max_len >= CHAINED {
            self.walk(self.latest[pos % BLOCK][SHORT_LENGTHS], pos, Search { max_len, ..search }, found);
        }
    }

    /// Fills in the nearest short matches at `pos`, where `latest` are the candidates.
    ///
    /// The slot of an empty table says position 0, which is a candidate as any other.
    #[inline(always)]
    fn nearest(&self, pos: usize, latest: &[u16; SHORT_LENGTHS + 1], short: &mut ShortMatches) {
        let word = self.window.load64(pos);
        // When the slot of a short match is lost to another, the longer match serves.
        let mut offset = 1 << NO_MATCH;
        for index in (0..SHORT_LENGTHS).rev() {
            let candidate = latest[index].stored();
            let equal = front(self.window.load64(candidate) ^ word, FIRST_SHORT + index) == 0;
            offset = select_unpredictable(equal, (pos as u32).wrapping_sub(candidate as u32), offset);
            short.offsets[index] = offset as u16;
            short.log2s[index] = (offset | 1).ilog2() as u8;
        }
    }

    /// Walks along the chain from `latest` and reports its matches.
    #[inline(always)]
    fn walk(&self, latest: u16, pos: usize, search: Search, mut found: impl FnMut(usize, usize)) {
        let word = self.window.load64(pos);
        let mut best = CHAINED - 1;
        let mut tail = self.window.load32(pos + best + 1 - TAIL);
        let mut next = latest;
        for _ in 0..search.depth {
            let Some(candidate) = next.get() else { break };
            next = self.previous[candidate & (Window::<SIZE>::CAPACITY - 1)];
            if self.window.load32(candidate + best + 1 - TAIL) != tail
                || front(self.window.load64(candidate) ^ word, CHAINED) != 0
            {
                continue;
            }
            let length = self.window.common_length(candidate, pos, CHAINED, search.max_len);
            if length > best {
                best = length;
                found(length, pos - candidate);
                if length >= search.nice_len || length == search.max_len {
                    break;
                }
                tail = self.window.load32(pos + best + 1 - TAIL);
            }
        }
    }
}

/// The first `length` bytes of a little-endian `word`, with the others shifted out.
#[inline(always)]
fn front(word: u64, length: usize) -> u64 {
    word << (u64::BITS as usize - 8 * length)
}
