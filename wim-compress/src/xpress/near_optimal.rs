//! Near-optimal parsing: the cheapest sequence of items for given costs.
//!
//! All matches are found first and kept. Nothing in the format depends on what came before, so the cheapest way from each
//! position to the chunk's end is found backwards, with one look at every length of every match: for each length the nearest
//! match that is long enough. The first pass uses the costs of an average chunk ([`PRIOR`]), with the literals' adjusted to
//! the bytes of this chunk; a further pass uses those of the code that the pass before leads to.
//!
//! A match of the nice length or more is taken whole: what is inside is not searched.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::cost::{Costs, histogram, length_bytes_cost};
use super::emit::Code;
use super::encode::{Chains, Trees};
use super::items::{Item, Items, offset_bits};
use super::prior::PRIOR;
use super::{LONG_LENGTH, MAX_MATCH, MIN_MATCH};
use crate::level::XpressSetting;
use crate::matchfinder::Search;

/// Matches kept for a position on average, at most; when more are found, later positions go without.
const MATCHES_PER_POSITION: usize = 8;

/// What a symbol costs that the pass before did not use, in bits.
const MISSING_BITS: u8 = 13;

/// A finder that reports all useful matches of a position.
pub(super) trait Finder {
    fn load(&mut self, data: &[u8]);
    fn find(&mut self, pos: usize, search: Search, found: impl FnMut(usize, usize));
    fn skip(&mut self, range: core::ops::Range<usize>, search: Search);
}

impl Finder for Chains {
    fn load(&mut self, data: &[u8]) {
        Self::load(self, data);
    }

    #[inline(always)]
    fn find(&mut self, pos: usize, search: Search, found: impl FnMut(usize, usize)) {
        Self::find(self, pos, search, found);
    }

    #[inline(always)]
    fn skip(&mut self, range: core::ops::Range<usize>, _: Search) {
        Self::skip(self, range);
    }
}

impl Finder for Trees {
    fn load(&mut self, data: &[u8]) {
        Self::load(self, data);
    }

    #[inline(always)]
    fn find(&mut self, pos: usize, search: Search, found: impl FnMut(usize, usize)) {
        Self::find(self, pos, search, found);
    }

    #[inline(always)]
    fn skip(&mut self, range: core::ops::Range<usize>, search: Search) {
        Self::skip(self, range, search);
    }
}

/// A near-optimal parser with its match finder.
pub(super) struct NearOptimalParser<F> {
    finder: F,
    search: Search,
    passes: u8,
    /// All matches, position by position, in ascending lengths.
    matches: Vec<Item>,
    /// How many of them each position has.
    counts: Box<[u8]>,
    /// The first item of the cheapest way from each position.
    choices: Box<[Item]>,
    /// What this way costs; one more, zero, for the chunk's end.
    costs: Box<[u32]>,
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
            counts: vec![0; chunk_size].into(),
            choices: vec![Item::literal(0); chunk_size].into(),
            costs: vec![0; chunk_size + 1].into(),
        }
    }

    /// The bytes of memory beside the finder's.
    pub(super) const fn memory(chunk_size: usize) -> usize {
        chunk_size * (MATCHES_PER_POSITION * size_of::<Item>() + 1 + size_of::<Item>() + size_of::<u32>())
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
            self.find_cheapest(data, &costs);
            let mut pos = 0;
            while pos < data.len() {
                items.push(self.choices[pos]);
                pos += self.choices[pos].span();
            }
        }
    }

    /// Fills `matches` and `counts`.
    fn find_matches(&mut self, data: &[u8]) {
        let Self { finder, search, matches, counts, .. } = self;
        let room = matches.capacity() - search.depth - MIN_MATCH;
        finder.load(data);
        matches.clear();
        let mut pos = 0;
        while pos < data.len() {
            let before = matches.len();
            let mut longest = 0;
            if before < room {
                finder.find(pos, *search, |length, offset| {
                    matches.push(Item::matched(length, offset));
                    longest = length;
                });
            }
            counts[pos] = (matches.len() - before) as u8;
            pos += 1;
            if longest >= search.nice_len {
                let end = pos - 1 + longest;
                finder.skip(pos..end, *search);
                counts[pos..end].fill(0);
                pos = end;
            }
        }
    }

    /// Fills `choices` with the cheapest items by `costs`.
    fn find_cheapest(&mut self, data: &[u8], costs: &Costs) {
        let to_end = &mut self.costs[..=data.len()];
        let mut matches = &self.matches[..];
        to_end[data.len()] = 0;
        for (pos, &byte) in data.iter().enumerate().rev() {
            let mut best = u32::from(costs.literals[usize::from(byte)]) + to_end[pos + 1];
            let mut choice = Item::literal(byte);
            let here;
            (matches, here) = matches.split_at(matches.len() - usize::from(self.counts[pos]));
            let mut length = MIN_MATCH;
            for found in here {
                let offset = found.offset();
                let row = &costs.matches[offset_bits(offset) as usize & 15];
                let longest = found.span();
                let short = longest.min(LONG_LENGTH + MIN_MATCH - 1);
                while length <= short {
                    let cost = u32::from(row[(length - MIN_MATCH) & 15]) + to_end[pos + length];
                    if cost < best {
                        best = cost;
                        choice = Item::matched(length, offset as usize);
                    }
                    length += 1;
                }
                if longest > short {
                    let cost =
                        u32::from(row[LONG_LENGTH]) + length_bytes_cost(longest - MIN_MATCH) + to_end[pos + longest];
                    if cost < best {
                        best = cost;
                        choice = Item::matched(longest, offset as usize);
                    }
                }
            }
            to_end[pos] = best;
            self.choices[pos] = choice;
        }
    }
}
