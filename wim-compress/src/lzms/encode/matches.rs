//! The matches of a chunk, as they go from the match finders to a parser.

use alloc::vec::Vec;

use super::delta_finder::POWER_COUNT;
use crate::lzms::delta::DeltaSource;
use crate::matchfinder::lcp_interval::MAX_LCP;

/// Positions in a batch at most.
const POSITIONS: usize = 512;

/// A batch takes no more positions when it has so many LZ matches.
const MATCHES: usize = 4 * POSITIONS;

/// LZ matches that one position can have: one of each length.
const MATCHES_OF_POSITION: usize = MAX_LCP + 1;

/// An LZ match with an explicit offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) offset: u32,
    pub(super) length: u16,
    /// The offset's slot.
    pub(super) slot: u16,
}

/// A delta match with an explicit source.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeltaMatch {
    pub(super) source: DeltaSource,
    pub(super) length: u32,
    /// The raw offset's slot.
    pub(super) slot: u32,
}

/// A list for each of the batch's positions.
#[derive(Debug)]
pub(super) struct Lists<T> {
    entries: Vec<T>,
    /// Where the list of each position ends.
    ends: Vec<u32>,
}

impl<T: Copy> Lists<T> {
    const fn memory(entries: usize) -> usize {
        entries * size_of::<T>() + POSITIONS * size_of::<u32>()
    }

    fn new(entries: usize) -> Self {
        Self { entries: Vec::with_capacity(entries), ends: Vec::with_capacity(POSITIONS) }
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.ends.clear();
    }

    /// The number of positions that have their list.
    fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline(always)]
    pub(super) fn push(&mut self, entry: T) {
        self.entries.push(entry);
    }

    /// Ends the list of a position.
    #[inline(always)]
    pub(super) fn end_list(&mut self) {
        self.ends.push(self.entries.len() as u32);
    }

    /// The same, where the entries came in the opposite order.
    #[inline(always)]
    pub(super) fn end_reversed_list(&mut self) {
        let start = self.ends.last().map_or(0, |&end| end as usize);
        self.entries[start..].reverse();
        self.end_list();
    }

    #[inline(always)]
    fn get(&self, index: usize) -> &[T] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.entries[start as usize..self.ends[index] as usize]
    }
}

/// The matches of a run of positions, on their way from [`LzmsMatches`](super::LzmsMatches) to
/// [`LzmsParse`](super::LzmsParse). A new one has none.
#[derive(Debug)]
pub struct LzmsBatch {
    /// The first position.
    start: usize,
    pub(super) lz: Lists<Match>,
    pub(super) deltas: Lists<DeltaMatch>,
    /// For each position, the length of the match that goes on behind its longest LZ match and a literal.
    pub(super) tails: Vec<u8>,
}

impl LzmsBatch {
    const LZ: usize = MATCHES + MATCHES_OF_POSITION;
    const DELTAS: usize = POSITIONS * POWER_COUNT;

    /// The bytes of memory that a batch takes.
    pub const MEMORY: usize =
        size_of::<Self>() + POSITIONS + Lists::<Match>::memory(Self::LZ) + Lists::<DeltaMatch>::memory(Self::DELTAS);

    /// A batch without positions.
    pub fn new() -> Self {
        Self {
            start: 0,
            lz: Lists::new(Self::LZ),
            deltas: Lists::new(Self::DELTAS),
            tails: Vec::with_capacity(POSITIONS),
        }
    }

    /// Empties it, for positions from `start` on.
    pub(super) fn restart(&mut self, start: usize) {
        self.start = start;
        self.lz.clear();
        self.deltas.clear();
        self.tails.clear();
    }

    /// Whether another position may not fit.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.lz.len() == POSITIONS || self.lz.entries.len() >= MATCHES
    }

    /// The first position.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The position after the last one.
    #[inline(always)]
    pub(super) fn end(&self) -> usize {
        self.start + self.lz.len()
    }

    /// The LZ matches of a position in the batch: the longest first, each further one shorter and nearer.
    #[inline(always)]
    pub(super) fn lz_at(&self, pos: usize) -> &[Match] {
        self.lz.get(pos - self.start)
    }

    /// See [`LzmsBatch::tails`].
    #[inline(always)]
    pub(super) fn tail_at(&self, pos: usize) -> usize {
        self.tails[pos - self.start].into()
    }

    /// The length of the longest LZ match of a position in the batch.
    #[inline(always)]
    pub(super) fn longest_lz(&self, pos: usize) -> usize {
        self.lz_at(pos).first().map_or(0, |found| found.length.into())
    }

    /// The delta matches of a position in the batch, none of them dominated by an LZ match.
    #[inline(always)]
    pub(super) fn deltas_at(&self, pos: usize) -> &[DeltaMatch] {
        self.deltas.get(pos - self.start)
    }
}

impl Default for LzmsBatch {
    fn default() -> Self {
        Self::new()
    }
}
