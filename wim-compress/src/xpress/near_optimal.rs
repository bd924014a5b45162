//! Near-optimal parsing: the cheapest sequence of items for given costs.
//!
//! All matches are found first and kept. Nothing in the format depends on what came before, so the cheapest way from each
//! position to the chunk's end is found backwards, with one look at every length of every match: for each length the nearest
//! match that is long enough. The first pass uses the costs of an average chunk ([`PRIOR`]), with the literals' adjusted to
//! the bytes of this chunk; a further pass uses those of the code that the pass before leads to.
//!
//! Inside a match of the nice length or more nothing else is looked for than the rest of it (a [`Region`]).
//!
//! What makes such a parser slow is less the work than its unpredictable branches. So the matches of a position are taken up one by
//! one, but all lengths of a match at once, in vectors of 16-bit costs; and the way through the chunk keeps only its costs: which
//! item they belong to is found again for the few positions that it passes.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::cost::{BIT, Costs, HEADERS, histogram, length_bytes_cost};
use super::emit::Code;
use super::encode::{Chains, ChainsCursor, Trees};
use super::incompressible::Incompressible;
use super::items::{Items, offset_bits};
use super::prior::PRIOR;
use super::{LONG_LENGTH, MAX_MATCH, MIN_MATCH};
use crate::level::XpressSetting;
use crate::matchfinder::Search;
use crate::matchfinder::binary_tree::MAX_MATCHES;

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

impl Found {
    #[inline(always)]
    const fn new(length: usize, offset: usize) -> Self {
        Self { over: length.wrapping_sub(MIN_MATCH) as u16, offset: offset as u16 }
    }
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
    /// Inserts `pos` and writes its matches to the front of `out`; returns their number, and the length of the longest if it is
    /// nice.
    fn find(&mut self, pos: usize, search: Search, out: &mut [Found; MAX_MATCHES]) -> (usize, usize);
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
    fn find(&mut self, pos: usize, search: Search, out: &mut [Found; MAX_MATCHES]) -> (usize, usize) {
        let (mut count, mut longest) = (0, 0);
        Self::find(self, pos, search, |length, offset| {
            out[count & (MAX_MATCHES - 1)] = Found::new(length, offset);
            count += 1;
            longest = length;
        });
        (count, longest)
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
    fn find(&mut self, pos: usize, search: Search, out: &mut [Found; MAX_MATCHES]) -> (usize, usize) {
        Trees::find(self, pos, search, out, Found::new)
    }

    #[inline(always)]
    fn skip(&mut self, range: Range<usize>, search: Search) {
        Trees::skip(self, range, search);
    }
}

/// A match of the nice length or more, in which nothing else is looked for than the rest of it.
#[derive(Clone, Copy)]
struct Region {
    /// The second byte of the match.
    start: usize,
    end: usize,
    offset: usize,
}

/// A near-optimal parser with its match finder.
pub(super) struct NearOptimalParser<F> {
    finder: F,
    incompressible: Incompressible,
    search: Search,
    passes: u8,
    /// All matches, position by position.
    matches: Box<[Found]>,
    /// Where each position's begin; one more for the end of the last one's.
    starts: Box<[u32]>,
    regions: Vec<Region>,
    /// What the cheapest way from each position to the end costs, modulo 2^16: only differences between near positions are
    /// used, and they are small (see [`MAX_NICE_LEN`]). There are more at the end, so that `HEADERS` may be loaded anywhere.
    to_end: Box<[u16]>,
}

/// The longest nice length. From a position, the way to the end costs no more than 15 bits a literal up to any position within a
/// match that is not nice, and the rest of a match within one that is; so that costs to be compared differ by less than 2^15 units.
const MAX_NICE_LEN: u16 = 120;
const _: () = assert!((MAX_NICE_LEN as u32 + 15) * 15 * BIT < 1 << 15);

impl<F: Finder> NearOptimalParser<F> {
    pub(super) fn new(finder: F, setting: XpressSetting, passes: u8, chunk_size: usize) -> Self {
        let nice_len = setting.nice_len.min(MAX_NICE_LEN).into();
        Self {
            finder,
            incompressible: Incompressible::new(),
            search: Search { max_len: MAX_MATCH, nice_len, depth: setting.depth.into(), longer_than: MIN_MATCH - 1 },
            passes,
            matches: vec![Found::default(); chunk_size * MATCHES_PER_POSITION].into(),
            starts: vec![0; chunk_size + 1].into(),
            regions: Vec::with_capacity(chunk_size / nice_len),
            to_end: vec![0; chunk_size + MIN_MATCH + HEADERS].into(),
        }
    }

    /// The bytes of memory beside the finder's.
    pub(super) fn memory(setting: XpressSetting, chunk_size: usize) -> usize {
        let regions = chunk_size / usize::from(setting.nice_len.min(MAX_NICE_LEN)) * size_of::<Region>();
        chunk_size * (MATCHES_PER_POSITION * size_of::<Found>() + size_of::<u32>() + size_of::<u16>()) + regions
    }

    /// Parses the chunk `data`. Returns `None` when it turns out that it does not fit in `limit` bytes.
    pub(super) fn parse(&mut self, data: &[u8], limit: usize, items: &mut Items) -> Option<()> {
        if self.incompressible.exceeds(data, limit) {
            return None;
        }
        self.find_matches(data);
        let mut costs = PRIOR.clone();
        costs.fit_literals(&histogram(data));
        for pass in 0..self.passes {
            if pass > 0 {
                costs = Costs::from_lengths(&Code::new(items).lens, MISSING_BITS);
                items.clear();
            }
            self.find_cheapest(data, &costs);
            self.follow(data, &costs, items);
        }
        Some(())
    }

    /// Fills `matches`, `starts` and `regions`.
    fn find_matches(&mut self, data: &[u8]) {
        let Self { finder, search, matches, starts, regions, .. } = self;
        let search = *search;
        let mut cursor = finder.load(data);
        regions.clear();
        let (mut pos, mut count) = (0, 0);
        while pos < data.len() {
            starts[pos] = count as u32;
            let mut longest = 0;
            if let Some(out) = matches[count..].first_chunk_mut() {
                let found;
                (found, longest) = cursor.find(pos, search, out);
                count += found;
            }
            pos += 1;
            if longest >= search.nice_len {
                let end = pos - 1 + longest;
                cursor.skip(pos..end, search);
                starts[pos..end].fill(count as u32);
                regions.push(Region { start: pos, end, offset: matches[count - 1].offset.into() });
                pos = end;
            }
        }
        starts[pos] = count as u32;
    }

    /// Fills `to_end` by `costs`.
    fn find_cheapest(&mut self, data: &[u8], costs: &Costs) {
        // Nothing comes behind the end, and least of all what an earlier chunk left there.
        self.to_end[data.len()..][..MIN_MATCH + HEADERS].fill(0);
        let mut end = data.len();
        for region in self.regions.iter().rev() {
            cheapest_outside(&mut self.to_end, &self.matches, &self.starts, data, region.end..end, costs);
            cheapest_inside(&mut self.to_end, data, region, costs);
            end = region.start;
        }
        cheapest_outside(&mut self.to_end, &self.matches, &self.starts, data, 0..end, costs);
    }

    /// Adds the items along the cheapest way to `items`.
    fn follow(&self, data: &[u8], costs: &Costs, items: &mut Items) {
        let mut regions = self.regions.iter();
        let mut region = regions.next();
        let mut pos = 0;
        while pos < data.len() {
            if costs.literals[usize::from(data[pos])].wrapping_add(self.to_end[pos + 1]) == self.to_end[pos] {
                items.push_literal(data[pos]);
                pos += 1;
                continue;
            }
            while region.is_some_and(|region| region.end <= pos) {
                region = regions.next();
            }
            let (length, offset) = match region {
                Some(region) if region.start <= pos => (region.end - pos, region.offset),
                _ => self.match_of_way(pos, costs),
            };
            items.push_match(length, offset);
            pos += length;
        }
    }

    /// The length and offset of the match with which the cheapest way from `pos` begins.
    fn match_of_way(&self, pos: usize, costs: &Costs) -> (usize, usize) {
        let to_end = &self.to_end[pos + MIN_MATCH..];
        let here = &self.matches[self.starts[pos] as usize..self.starts[pos + 1] as usize];
        let on_way = |found: &Found, over: usize| {
            let cost = costs.of_match(over + MIN_MATCH, found.offset.into()) as u16;
            (cost.wrapping_add(to_end[over]) == self.to_end[pos]).then(|| (over + MIN_MATCH, found.offset.into()))
        };
        let all_of = |found: &Found| {
            let over = usize::from(found.over);
            let short = (0..LONG_LENGTH.min(over + 1)).find_map(|over| on_way(found, over));
            short.or_else(|| on_way(found, over))
        };
        here.iter().find_map(all_of).expect("the way goes on with a literal or a match")
    }
}

/// Fills `to_end` for the positions of `range`, none of which is in a region.
#[inline(always)]
fn cheapest_outside(
    to_end: &mut [u16],
    matches: &[Found],
    starts: &[u32],
    data: &[u8],
    range: Range<usize>,
    costs: &Costs,
) {
    let mut end = starts[range.end] as usize;
    for pos in range.rev() {
        let mut best = costs.literals[usize::from(data[pos])].wrapping_add(to_end[pos + 1]);
        let start = starts[pos] as usize;
        if start != end {
            // Costs are compared by their difference to one that has been known for a while, and does not have to be waited for.
            let base = to_end[pos + MIN_MATCH + HEADERS - 1];
            let least = cheapest_match(&matches[start..end], &to_end[pos + MIN_MATCH..], base, costs);
            best = base.wrapping_add(least.min(best.wrapping_sub(base) as i16) as u16);
        }
        end = start;
        to_end[pos] = best;
    }
}

/// Fills `to_end` for the positions of a region.
fn cheapest_inside(to_end: &mut [u16], data: &[u8], region: &Region, costs: &Costs) {
    for pos in (region.start..region.end).rev() {
        let after = to_end[pos + 1];
        let mut best = costs.literals[usize::from(data[pos])] as i16;
        let length = region.end - pos;
        if length >= MIN_MATCH {
            let rest = costs.of_match(length, region.offset) as u16;
            best = best.min(to_end[region.end].wrapping_add(rest).wrapping_sub(after) as i16);
        }
        to_end[pos] = after.wrapping_add(best as u16);
    }
}

/// The least cost of any length of any match `here` and the way from its end, where `to_end` is that from three bytes on; less
/// `base`.
#[inline(always)]
fn cheapest_match(here: &[Found], to_end: &[u16], base: u16, costs: &Costs) -> i16 {
    let ends: [i16; HEADERS] = core::array::from_fn(|lane| to_end[..HEADERS][lane].wrapping_sub(base) as i16);
    let mut least = [i16::MAX; HEADERS];
    let mut least_long = i16::MAX;
    for found in here {
        let offset_bits = offset_bits(found.offset.into());
        let row = &costs.matches[offset_bits as usize & 15];
        let over = usize::from(found.over);
        // All lengths at once, the impossible ones masked out: cheaper than a loop that ends unpredictably.
        let possible = &POSSIBLE[LONG_LENGTH - over.min(LONG_LENGTH - 1)..][..HEADERS];
        for lane in 0..HEADERS {
            let cost = ends[lane].wrapping_add(row[lane] as i16).max(possible[lane]);
            least[lane] = least[lane].min(cost);
        }
        if over >= LONG_LENGTH {
            let cost = u32::from(row[LONG_LENGTH]) + length_bytes_cost(over);
            least_long = least_long.min(to_end[over].wrapping_add(cost as u16).wrapping_sub(base) as i16);
        }
    }
    least.into_iter().fold(least_long, i16::min)
}

/// The 16 entries from `15 - n` on are: `n + 1` that are less than any cost, and then some that are greater.
const POSSIBLE: [i16; 2 * HEADERS] = {
    let mut limits = [i16::MAX; 2 * HEADERS];
    let mut lane = 0;
    while lane < HEADERS {
        limits[lane] = i16::MIN;
        lane += 1;
    }
    limits
};
