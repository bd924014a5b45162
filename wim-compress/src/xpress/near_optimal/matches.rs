//! All matches of a chunk, as a near-optimal parser looks them up.
//!
//! Inside a match of the nice length or more nothing else is looked for than the rest of it (a [`Region`]).

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::matchfinder::nearest::{NearestMatches, ShortMatches};
use crate::matchfinder::{Match, SLACK, Search};
use crate::xpress::items::offset_bits;
use crate::xpress::{MAX_CHUNK, MIN_MATCH};

/// Slots of a table: all that a chunk of 32 KiB has use for.
const HEADS: usize = 1 << 17;

/// Room for the longer matches of one position, of which there is one for each number of offset bits, and one more.
const MAX_LONGER: usize = 32;

/// Longer matches kept for a position on average, at most; when more are found, later positions go without.
const LONGER_PER_POSITION: usize = 4;

/// Within a match of this length, the search for others goes [`GOOD_DEPTH`] times less deep.
const GOOD_LEN: usize = 8;
const GOOD_DEPTH: usize = 4;

/// A match as it is kept.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    /// The length less three.
    pub(super) over: u16,
    pub(super) offset: u16,
}

/// A match of the nice length or more, in which nothing else is looked for than the rest of it.
#[derive(Clone, Copy)]
pub(super) struct Region {
    /// The second byte of the match.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) offset: usize,
}

/// The matches of a chunk.
pub(super) struct Matches {
    finder: NearestMatches<{ MAX_CHUNK + SLACK }, HEADS>,
    short: Box<[ShortMatches]>,
    /// Matches of seven bytes and more, position by position.
    longer: Box<[Found]>,
    /// Where each position's begin; one more for the end of the last one's.
    starts: Box<[u32]>,
    regions: Vec<Region>,
}

impl Matches {
    pub(super) fn new(chunk_size: usize, nice_len: usize) -> Self {
        Self {
            finder: NearestMatches::new(),
            short: vec![ShortMatches::NONE; chunk_size].into(),
            longer: vec![Found::default(); chunk_size * LONGER_PER_POSITION + MAX_LONGER].into(),
            starts: vec![0; chunk_size + 1].into(),
            regions: Vec::with_capacity(chunk_size / nice_len),
        }
    }

    /// The bytes of memory that it takes.
    pub(super) fn memory(chunk_size: usize, nice_len: usize) -> usize {
        let position = size_of::<ShortMatches>() + LONGER_PER_POSITION * size_of::<Found>() + size_of::<u32>();
        let regions = chunk_size / nice_len * size_of::<Region>();
        type Finder = NearestMatches<{ MAX_CHUNK + SLACK }, HEADS>;
        size_of::<Self>() + Finder::memory(chunk_size) + chunk_size * position + regions
    }

    /// Finds those of the chunk `data`.
    pub(super) fn find(&mut self, data: &[u8], search: Search) {
        let Self { finder, short, longer, starts, regions } = self;
        finder.load(data);
        regions.clear();
        let (mut pos, mut count) = (0, 0);
        let mut before = Match::default();
        while pos < data.len() {
            starts[pos] = count as u32;
            let Some(out) = longer[count..].first_chunk_mut() else {
                short[pos..data.len()].fill(ShortMatches::NONE);
                starts[pos..data.len()].fill(count as u32);
                break;
            };
            // What is left of the match that the position before found.
            let rest = Match { length: before.length.saturating_sub(1), ..before };
            let depth = if rest.length >= GOOD_LEN { search.depth / GOOD_DEPTH } else { search.depth };
            let mut kept = Kept { out, count: 0, log2: u32::MAX, longest: Match::default() };
            let search_here = Search { depth, ..search };
            finder.find(pos, search_here, &mut short[pos], |length, offset| kept.push(length, offset));
            if rest.length >= GOOD_LEN && rest.length > kept.longest.length {
                kept.push(rest.length, rest.offset);
            }
            before = kept.longest;
            count += kept.count;
            pos += 1;
            if before.length >= search.nice_len {
                let end = pos - 1 + before.length;
                starts[pos..end].fill(count as u32);
                regions.push(Region { start: pos, end, offset: before.offset });
                before = Match::default();
                pos = end;
            }
        }
        starts[data.len()] = count as u32;
    }

    /// The nearest short matches at `pos`, which is not in a region.
    #[inline(always)]
    pub(super) fn short(&self, pos: usize) -> &ShortMatches {
        &self.short[pos]
    }

    /// The nearest short matches and the longer ones of each position of `range`, from the last to the first.
    #[inline(always)]
    pub(super) fn outside(&self, range: Range<usize>) -> impl Iterator<Item = (&ShortMatches, &[Found])> {
        let mut end = self.starts[range.end] as usize;
        let longer = self.starts[range.clone()].iter().rev().map(move |&start| {
            let found = &self.longer[start as usize..end];
            end = start as usize;
            found
        });
        self.short[range].iter().rev().zip(longer)
    }

    /// The longer matches at `pos`.
    #[inline(always)]
    pub(super) fn longer(&self, pos: usize) -> &[Found] {
        &self.longer[self.starts[pos] as usize..self.starts[pos + 1] as usize]
    }

    /// The regions in `range`, also in part.
    pub(super) fn regions(&self, range: &Range<usize>) -> &[Region] {
        let first = self.regions.partition_point(|region| region.end <= range.start);
        let end = self.regions.partition_point(|region| region.start < range.end);
        &self.regions[first..end.max(first)]
    }

    /// The end of the region that `pos` is in, or `pos`.
    pub(super) fn end_of_region(&self, pos: usize) -> usize {
        let next = self.regions.partition_point(|region| region.end <= pos);
        self.regions.get(next).filter(|region| region.start <= pos).map_or(pos, |region| region.end)
    }
}

/// The longer matches of one position while they are found.
struct Kept<'o> {
    out: &'o mut [Found; MAX_LONGER],
    count: usize,
    /// The number of offset bits of the last one.
    log2: u32,
    longest: Match,
}

impl Kept<'_> {
    /// Adds a match that is longer than the last one, which it replaces if it costs the same.
    #[inline(always)]
    fn push(&mut self, length: usize, offset: usize) {
        let log2 = offset_bits(offset);
        self.count -= usize::from(log2 == self.log2);
        self.log2 = log2;
        self.out[self.count % MAX_LONGER] = Found { over: (length - MIN_MATCH) as u16, offset: offset as u16 };
        self.count += 1;
        self.longest = Match { length, offset };
    }
}
