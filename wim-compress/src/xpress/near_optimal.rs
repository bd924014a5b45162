//! Near-optimal parsing: the cheapest sequence of items for given costs.
//!
//! All matches are found first and kept. Nothing in the format depends on what came before, so the cheapest way from each
//! position to the chunk's end is found backwards, with one look at every length of every match: for each length the nearest
//! match that is long enough. The first pass uses the costs of an average chunk ([`PRIOR`]), with the literals' adjusted to
//! the bytes of this chunk; a further pass uses those of the code that the pass before leads to.
//!
//! Inside a match of the nice length or more nothing else is looked for than the rest of it.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::cost::{BIT, Costs, HEADERS, histogram, length_bytes_cost};
use super::emit::Code;
use super::encode::{Chains, ChainsCursor, Trees};
use super::items::{Items, match_symbol, offset_bits};
use super::prior::PRIOR;
use super::{FIRST_MATCH, LONG_LENGTH, MAX_CHUNK, MAX_MATCH, MIN_MATCH, OFFSET_BITS_SHIFT};
use crate::level::XpressSetting;
use crate::matchfinder::Search;

/// Matches kept for a position on average, at most; when more are found, later positions go without.
const MATCHES_PER_POSITION: usize = 8;

/// What a symbol costs that the pass before did not use, in bits.
const MISSING_BITS: u8 = 13;

/// A match as it is kept.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    /// The length less three.
    over: u16,
    offset: u16,
}

/// A match finder for near-optimal parsing.
pub(super) trait Finder {
    /// The way through a chunk.
    type Cursor<'f>: Cursor
    where
        Self: 'f;

    fn load(&mut self, data: &[u8]) -> Self::Cursor<'_>;
}

/// The way of a match finder through a chunk.
pub(super) trait Cursor {
    fn find(&mut self, pos: usize, search: Search, found: impl FnMut(usize, usize));
    fn skip(&mut self, range: Range<usize>, search: Search);
}

impl Finder for Chains {
    type Cursor<'f> = ChainsCursor<'f>;

    #[inline(always)]
    fn load(&mut self, data: &[u8]) -> ChainsCursor<'_> {
        Self::load(self, data)
    }
}

impl Cursor for ChainsCursor<'_> {
    #[inline(always)]
    fn find(&mut self, pos: usize, search: Search, found: impl FnMut(usize, usize)) {
        Self::find(self, pos, search, found);
    }

    #[inline(always)]
    fn skip(&mut self, range: Range<usize>, _: Search) {
        Self::skip(self, range);
    }
}

impl Finder for Trees {
    type Cursor<'f> = &'f mut Self;

    #[inline(always)]
    fn load(&mut self, data: &[u8]) -> &mut Self {
        Self::load(self, data);
        self
    }
}

impl Cursor for &mut Trees {
    #[inline(always)]
    fn find(&mut self, pos: usize, search: Search, found: impl FnMut(usize, usize)) {
        Trees::find(self, pos, search, found);
    }

    #[inline(always)]
    fn skip(&mut self, range: Range<usize>, search: Search) {
        Trees::skip(self, range, search);
    }
}

/// A near-optimal parser with its match finder.
pub(super) struct NearOptimalParser<F> {
    finder: F,
    search: Search,
    passes: u8,
    /// All matches, position by position.
    matches: Vec<Found>,
    /// Where each position's begin; one more for the end of the last one's.
    starts: Box<[u32]>,
    /// What the cheapest way from each position to the end costs, as a key with tag 0; and `HEADERS` entries more, so that as
    /// many may be loaded anywhere.
    to_end: Box<[i32]>,
    /// The tag of the first item of this way.
    choices: Box<[u8]>,
}

impl<F: Finder> NearOptimalParser<F> {
    pub(super) fn new(finder: F, setting: XpressSetting, passes: u8, chunk_size: usize) -> Self {
        Self {
            finder,
            search: Search {
                max_len: MAX_MATCH,
                nice_len: usize::from(setting.nice_len),
                depth: usize::from(setting.depth),
                longer_than: MIN_MATCH - 1,
            },
            passes,
            matches: Vec::with_capacity(chunk_size * MATCHES_PER_POSITION),
            starts: vec![0; chunk_size + 1].into(),
            to_end: vec![0; chunk_size + MIN_MATCH + HEADERS].into(),
            choices: vec![0; chunk_size].into(),
        }
    }

    /// The bytes of memory beside the finder's.
    pub(super) const fn memory(chunk_size: usize) -> usize {
        let found = MATCHES_PER_POSITION * size_of::<Found>();
        chunk_size * (found + size_of::<u32>() + size_of::<i32>() + size_of::<u8>())
    }

    /// Parses the chunk `data`.
    pub(super) fn parse(&mut self, data: &[u8], items: &mut Items) {
        self.find_matches(data);
        let mut costs = PRIOR.clone();
        costs.fit_literals(&histogram(data));
        for pass in 0..self.passes {
            if pass > 0 {
                costs = Costs::from_lengths(&Code::new(items).lens, MISSING_BITS);
                items.clear();
            }
            let keys = Keys::new(&costs);
            self.find_cheapest(data, &keys);
            self.follow(data, &keys, items);
        }
    }

    /// Fills `matches` and `starts`.
    fn find_matches(&mut self, data: &[u8]) {
        let Self { finder, search, matches, starts, .. } = self;
        let search = *search;
        let mut cursor = finder.load(data);
        matches.clear();
        let room = matches.capacity() - search.depth - 1;
        let mut pos = 0;
        while pos < data.len() {
            starts[pos] = matches.len() as u32;
            let mut longest = 0;
            if matches.len() < room {
                cursor.find(pos, search, |length, offset| {
                    matches.push(Found { over: (length - MIN_MATCH) as u16, offset: offset as u16 });
                    longest = length;
                });
            }
            pos += 1;
            if longest >= search.nice_len {
                let end = pos - 1 + longest;
                cursor.skip(pos..end, search);
                starts[pos..end].fill(matches.len() as u32);
                pos = end;
            }
        }
        starts[pos] = matches.len() as u32;
    }

    /// Fills `choices` and `to_end` with the cheapest items by `keys`, and their costs.
    fn find_cheapest(&mut self, data: &[u8], keys: &Keys) {
        let to_end = &mut self.to_end[..data.len() + MIN_MATCH + HEADERS];
        let mut end = self.starts[data.len()] as usize;
        to_end[data.len()] = 0;
        for (pos, &byte) in data.iter().enumerate().rev() {
            let mut best = keys.literals[usize::from(byte)] + to_end[pos + 1];
            let start = self.starts[pos] as usize;
            let here = &self.matches[start..end];
            end = start;
            if !here.is_empty() {
                best = best.min(cheapest_match(here, &to_end[pos + MIN_MATCH..], keys));
            }
            to_end[pos] = best & !TAG_MASK;
            self.choices[pos] = (best & TAG_MASK) as u8;
        }
    }

    /// Adds the items along the cheapest way to `items`.
    fn follow(&self, data: &[u8], keys: &Keys, items: &mut Items) {
        let mut pos = 0;
        while pos < data.len() {
            let tag = i32::from(self.choices[pos]);
            if tag == LITERAL_TAG {
                items.push_literal(data[pos]);
                pos += 1;
                continue;
            }
            let here = &self.matches[self.starts[pos] as usize..self.starts[pos + 1] as usize];
            let to_end = &self.to_end[pos + MIN_MATCH..];
            let over = |found: &Found| if tag == LONG_LENGTH as i32 { found.over } else { tag as u16 };
            let cost = |found: &&Found| keys.of_match(found, over(found)) + to_end[usize::from(over(found))];
            let long_enough = |found: &&Found| i32::from(found.over) >= tag;
            if let Some(found) = here.iter().filter(long_enough).min_by_key(cost) {
                let length = usize::from(over(found)) + MIN_MATCH;
                items.push_match(length, usize::from(found.offset));
                pos += length;
            }
        }
    }
}

/// The least key of any length of any match `here`, where `to_end` are the costs from three bytes on.
#[inline(always)]
fn cheapest_match(here: &[Found], to_end: &[i32], keys: &Keys) -> i32 {
    const HALF: usize = HEADERS / 2;
    let mut low = [i32::MAX; HALF];
    let mut high = [i32::MAX; HALF];
    let mut long = i32::MAX;
    for found in here {
        let row = &keys.matches[offset_bits(usize::from(found.offset)) as usize & 15];
        let over = usize::from(found.over);
        // All eight lengths at once, the impossible ones masked out: cheaper than a loop that ends unpredictably.
        let impossible = &IMPOSSIBLE[(LONG_LENGTH - over.min(LONG_LENGTH - 1)) & 15..][..HEADERS];
        for lane in 0..HALF {
            low[lane] = low[lane].min((to_end[lane] + row[lane]) | impossible[lane]);
        }
        if over >= HALF {
            for lane in 0..HALF {
                let key = (to_end[lane + HALF] + row[lane + HALF]) | impossible[lane + HALF];
                high[lane] = high[lane].min(key);
            }
            if over >= LONG_LENGTH {
                long = long.min(keys.of_match(found, found.over) + to_end[over]);
            }
        }
    }
    let least = low.iter().zip(high).map(|(&a, b)| a.min(b)).min().unwrap_or(i32::MAX);
    least.min(long)
}

/// Item costs as keys: the cost in the high bits, and in the low ones a tag that says which item it is. So the least key names
/// the cheapest item.
struct Keys {
    literals: [i32; FIRST_MATCH],
    matches: [[i32; HEADERS]; HEADERS],
}

/// The tag of a match is the length in its symbol; the actual length and the offset are found again when needed.
const TAG_BITS: u32 = 5;
const TAG_MASK: i32 = (1 << TAG_BITS) - 1;
const LITERAL_TAG: i32 = HEADERS as i32;

// The dearest chunk of all costs less than a key can hold.
const _: () = assert!((MAX_CHUNK as u64 * 16 * BIT as u64) << TAG_BITS < i32::MAX as u64);

/// A window of 16 from the entry `15 - n` has `n + 1` zeros in front, and then all ones that can be in a key.
const IMPOSSIBLE: [i32; 2 * HEADERS] = {
    let mut masks = [i32::MAX; 2 * HEADERS];
    let mut lane = 0;
    while lane < HEADERS {
        masks[lane] = 0;
        lane += 1;
    }
    masks
};

impl Keys {
    fn new(costs: &Costs) -> Self {
        let key = |cost: u16, tag: i32| i32::from(cost) << TAG_BITS | tag;
        Self {
            literals: costs.literals.map(|cost| key(cost, LITERAL_TAG)),
            matches: costs.matches.map(|row| core::array::from_fn(|header| key(row[header], header as i32))),
        }
    }

    /// The key of a match of which `over` and three bytes are used.
    #[inline(always)]
    fn of_match(&self, found: &Found, over: u16) -> i32 {
        let symbol = match_symbol(usize::from(over), offset_bits(usize::from(found.offset)));
        self.matches[symbol >> OFFSET_BITS_SHIFT][symbol % HEADERS]
            + ((length_bytes_cost(usize::from(over)) as i32) << TAG_BITS)
    }
}
