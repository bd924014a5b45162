//! The cheapest way through a chunk.
//!
//! What makes such a search slow is less the work than what the processor has to wait for: branches that it cannot predict, and
//! memory that was written in other pieces than it is read in. So the short matches of a position, of which only the
//! nearest of each length counts, are always all looked at, one by one. Of the longer ones, all lengths are
//! looked at at once, in vectors of 16-bit costs. And the way keeps only its costs: which item they belong to is found
//! again for the few positions that it passes.

use alloc::boxed::Box;
use alloc::vec;
use core::ops::Range;

use super::MAX_NICE_LEN;
use super::matches::{Found, Matches, Region};
use crate::matchfinder::nearest::{NO_MATCH, SHORT_LENGTHS, ShortMatches};
use crate::xpress::cost::{BIT, Costs, HEADERS, length_bytes_cost};
use crate::xpress::items::{Items, offset_bits};
use crate::xpress::{LONG_LENGTH, MAX_CODEWORD_LEN, MIN_MATCH};

/// How far a step of the way goes outside of regions, at most, and how far costs are loaded.
const REACH: usize = MAX_NICE_LEN as usize + MIN_MATCH + HEADERS;

/// Costs from a position on that are loaded at once.
const AHEAD: usize = MIN_MATCH + HEADERS;

/// What the way costs from where it ends: enough for everything that is less.
const COST_AT_END: u32 = 1 << 24;

/// What a byte is taken to cost behind the end of the range that is looked at.
const COST_BEHIND: u32 = 40;

/// The least costs from each position to the end.
pub(super) struct Way {
    to_end: Box<[u32]>,
    /// The same modulo 2^16, for vectors: only differences between near positions are used, and they are small (see
    /// [`MAX_NICE_LEN`]).
    near: Box<[u16]>,
}

/// Costs as they are looked up along the way.
pub(super) struct WayCosts<'c> {
    all: &'c Costs,
    /// The cost of each short match by its length and the logarithm of its offset.
    short: [[u32; 2 * HEADERS]; SHORT_LENGTHS],
}

/// More than as many literals as a short match has bytes.
const NEVER: u32 = MAX_CODEWORD_LEN * BIT * (MIN_MATCH + SHORT_LENGTHS) as u32;

impl<'c> WayCosts<'c> {
    pub(super) fn new(all: &'c Costs) -> Self {
        let cost = |log2: usize, index: usize| all.matches.get(log2).map_or(NEVER, |row| row[index].into());
        Self { all, short: core::array::from_fn(|index| core::array::from_fn(|log2| cost(log2, index))) }
    }

    /// The cost of the byte as a literal.
    #[inline(always)]
    fn of_literal(&self, byte: u8) -> u32 {
        self.all.literals[usize::from(byte)].into()
    }

    /// The cost of a short match, or [`NEVER`].
    #[inline(always)]
    fn of_short(&self, nearest: &ShortMatches, index: usize) -> u32 {
        self.short[index][usize::from(nearest.log2s[index]) & LOG2_MASK]
    }
}

/// Keeps the index of a logarithm in the costs' bounds; [`NO_MATCH`] is in them.
const LOG2_MASK: usize = 2 * HEADERS - 1;
const _: () = assert!((NO_MATCH as usize) <= LOG2_MASK && NO_MATCH as usize >= HEADERS);

impl Way {
    pub(super) fn new(chunk_size: usize) -> Self {
        Self { to_end: vec![0; chunk_size + REACH].into(), near: vec![0; chunk_size + REACH].into() }
    }

    /// The bytes of memory beside the object itself.
    pub(super) const fn memory(chunk_size: usize) -> usize {
        (chunk_size + REACH) * (size_of::<u32>() + size_of::<u16>())
    }

    /// Finds the costs from each position of `range` to its end, which is not in a region.
    pub(super) fn find(&mut self, data: &[u8], range: Range<usize>, matches: &Matches, costs: &WayCosts<'_>) {
        for (pos, behind) in (range.end..range.end + REACH).zip(0..) {
            self.set(pos, COST_AT_END - COST_BEHIND * behind);
        }
        let mut end = range.end;
        for region in matches.regions(&range).iter().rev() {
            self.find_outside(data, region.end..end, matches, costs);
            end = region.start.max(range.start);
            self.find_inside(data, end..region.end, region, costs);
        }
        self.find_outside(data, range.start..end, matches, costs);
    }

    /// Finds the costs from each position of `range`, none of which is in a region.
    #[inline(always)]
    fn find_outside(&mut self, data: &[u8], range: Range<usize>, matches: &Matches, costs: &WayCosts<'_>) {
        let bytes = data[range.clone()].iter().rev();
        let here = bytes.zip(matches.outside(range.clone()));
        for (pos, (&byte, (nearest, longer))) in range.rev().zip(here) {
            let ahead: &mut [u32; AHEAD] = self.to_end[pos..].first_chunk_mut().expect("REACH is more");
            let mut cheapest = u32::MAX;
            for index in 0..SHORT_LENGTHS {
                cheapest = cheapest.min(costs.of_short(nearest, index) + ahead[MIN_MATCH + index]);
            }
            if !longer.is_empty() {
                // Costs are compared by their difference to one that has been known for a while.
                let base = ahead[AHEAD - 1];
                let least = cheapest_match(longer, &self.near[pos + MIN_MATCH..], base as u16, costs.all);
                cheapest = cheapest.min(base.wrapping_add_signed(least.into()));
            }
            cheapest = cheapest.min(costs.of_literal(byte) + ahead[1]);
            ahead[0] = cheapest;
            self.near[pos] = cheapest as u16;
        }
    }

    /// Finds the costs from each position of `range`, which is in `region`, and ends where that ends.
    fn find_inside(&mut self, data: &[u8], range: Range<usize>, region: &Region, costs: &WayCosts<'_>) {
        for pos in range.rev() {
            let mut best = costs.of_literal(data[pos]) + self.to_end[pos + 1];
            let length = region.end - pos;
            if length >= MIN_MATCH {
                best = best.min(self.to_end[region.end] + costs.all.of_match(length, region.offset));
            }
            self.set(pos, best);
        }
    }

    #[inline(always)]
    fn set(&mut self, pos: usize, cost: u32) {
        self.to_end[pos] = cost;
        self.near[pos] = cost as u16;
    }

    /// Adds the items along the cheapest way through `range` to `items`.
    pub(super) fn follow(
        &self,
        data: &[u8],
        range: Range<usize>,
        matches: &Matches,
        costs: &WayCosts<'_>,
        items: &mut Items,
    ) {
        let mut regions = matches.regions(&range).iter();
        let mut region = regions.next();
        let mut pos = range.start;
        while pos < range.end {
            if costs.of_literal(data[pos]) + self.to_end[pos + 1] == self.to_end[pos] {
                items.push_literal(data[pos]);
                pos += 1;
                continue;
            }
            while region.is_some_and(|region| region.end <= pos) {
                region = regions.next();
            }
            let (length, offset) = match region {
                Some(region) if region.start <= pos => (region.end - pos, region.offset),
                _ => self.match_at(pos, matches, costs),
            };
            items.push_match(length, offset);
            pos += length;
        }
    }

    /// The length and offset of the match with which the cheapest way from `pos` begins.
    #[inline(always)]
    fn match_at(&self, pos: usize, matches: &Matches, costs: &WayCosts<'_>) -> (usize, usize) {
        let to_end = &self.to_end[pos + MIN_MATCH..];
        let near = matches.short(pos);
        let short = |index: &usize| costs.of_short(near, *index) + to_end[*index] == self.to_end[pos];
        if let Some(index) = (0..SHORT_LENGTHS).find(short) {
            return (index + MIN_MATCH, near.offsets[index].into());
        }
        let on_way = |found: &Found, over: usize| {
            let cost = costs.all.of_match(over + MIN_MATCH, found.offset.into());
            (cost + to_end[over] == self.to_end[pos]).then(|| (over + MIN_MATCH, found.offset.into()))
        };
        let lengths_of = |found: &Found| {
            let over = usize::from(found.over);
            let in_symbol = (0..LONG_LENGTH.min(over + 1)).find_map(|over| on_way(found, over));
            in_symbol.or_else(|| on_way(found, over))
        };
        matches.longer(pos).iter().find_map(lengths_of).expect("the way goes on with a literal or a match")
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
