//! Near-optimal parsing: the cheapest sequence of items for given costs.
//!
//! All matches are found first and kept (`matches`). Nothing in the format depends on what came before, so the cheapest way from
//! each position to the chunk's end is found backwards, with one look at every length of every match (`way`).
//!
//! Costs begin as those of an average chunk ([`PRIOR`]), with the literals' adjusted to the bytes of this chunk. Then a third of
//! the chunk, in pieces, is parsed by them for nothing but the frequencies of the symbols, from which the costs are corrected. This
//! gains most of what a whole pass more gains. Further passes correct them again.

mod matches;
mod way;

use alloc::boxed::Box;
use core::ops::Range;

use matches::Matches;
use way::{Way, WayCosts};

use super::MAX_MATCH;
use super::cost::{BIT, histogram};
use super::incompressible::Incompressible;
use super::items::Items;
use super::prior::PRIOR;
use crate::level::XpressSetting;
use crate::matchfinder::Search;

/// The longest nice length. From a position, the way to the end costs no more than 15 bits a literal up to any position within a
/// match that is not nice, and the rest of a match within one that is; so that costs to be compared differ by less than 2^15 units.
const MAX_NICE_LEN: u16 = 120;
const _: () = assert!((MAX_NICE_LEN as u32 + 15) * 15 * BIT < 1 << 15);

/// One piece of [`SAMPLE_PIECE`] bytes is parsed as a sample of so many.
const SAMPLE_STEP: usize = 1024;
const SAMPLE_PIECE: usize = 384;

/// How much the prior costs count beside a sample of a chunk, in items.
const PRIOR_WEIGHT: u32 = 200;

/// How much earlier costs count beside those of a pass over the whole chunk.
const PASS_WEIGHT: u32 = 50;

/// A near-optimal parser with its match finder.
pub(super) struct NearOptimalParser {
    incompressible: Incompressible,
    search: Search,
    passes: u8,
    matches: Box<Matches>,
    way: Way,
}

impl NearOptimalParser {
    pub(super) fn new(setting: XpressSetting, passes: u8, chunk_size: usize) -> Self {
        let nice_len = setting.nice_len.min(MAX_NICE_LEN).into();
        Self {
            incompressible: Incompressible::new(),
            search: Search { max_len: MAX_MATCH, nice_len, depth: setting.depth.into(), longer_than: 0 },
            passes,
            matches: Box::new(Matches::new(chunk_size, nice_len)),
            way: Way::new(chunk_size),
        }
    }

    /// The bytes of memory beside the object itself.
    pub(super) fn memory(setting: XpressSetting, chunk_size: usize) -> usize {
        Matches::memory(chunk_size, setting.nice_len.min(MAX_NICE_LEN).into()) + Way::memory(chunk_size)
    }

    /// Parses the chunk `data`. Returns `None` when it turns out that it does not fit in `limit` bytes.
    pub(super) fn parse(&mut self, data: &[u8], limit: usize, items: &mut Items) -> Option<()> {
        let histogram = histogram(data);
        if self.incompressible.exceeds(data, &histogram, limit) {
            return None;
        }
        self.matches.find(data, self.search);
        let mut costs = PRIOR.clone();
        costs.fit_literals(&histogram);
        self.parse_sample(data, &WayCosts::new(&costs), items);
        costs.learn(&items.frequencies, PRIOR_WEIGHT);
        for pass in 0..self.passes {
            if pass > 0 {
                costs.learn(&items.frequencies, PASS_WEIGHT);
            }
            items.clear();
            self.parse_range(data, 0..data.len(), &WayCosts::new(&costs), items);
        }
        Some(())
    }

    /// Adds the items of pieces all over the chunk.
    fn parse_sample(&mut self, data: &[u8], costs: &WayCosts<'_>, items: &mut Items) {
        let mut start = SAMPLE_STEP / 2;
        while start < data.len() {
            let end = self.matches.end_of_region((start + SAMPLE_PIECE).min(data.len()));
            self.parse_range(data, start..end, costs, items);
            start = end.max(start + SAMPLE_STEP);
        }
    }

    /// Adds the items of `range`, whose end is not in a region.
    fn parse_range(&mut self, data: &[u8], range: Range<usize>, costs: &WayCosts<'_>, items: &mut Items) {
        self.way.find(data, range.clone(), &self.matches, costs);
        self.way.follow(data, range, &self.matches, costs, items);
    }
}
