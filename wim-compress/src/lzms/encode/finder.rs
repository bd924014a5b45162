//! The search for matches, in two stages: sorting the text's suffixes, and walking through it for batches of matches.

use super::chains::{Chains, Effort};
use super::delta_finder::DeltaFinder;
use super::matches::LzmsBatch;
use super::menu::NearOptimalSetting;
use super::text::Text;
use super::walk::{Walk, fill_from_chains};
use crate::matchfinder::lcp_interval::{Cells, Intervals, Packed, Wide};
use crate::matchfinder::suffix_array::SuffixSorter;

/// What LZ matches are found in: the LCP intervals, in cells that have room for the chunk's positions, or chains.
enum Index {
    Packed(Intervals<Packed>),
    Wide(Intervals<Wide>),
    Chains(Chains, Effort),
}

impl Index {
    /// The bytes of memory for chunks of up to `chunk_size` bytes.
    fn memory(chunk_size: usize, setting: NearOptimalSetting) -> usize {
        if setting.chains.is_some() {
            Chains::memory(chunk_size)
        } else if chunk_size <= Packed::MAX_LEN {
            Intervals::<Packed>::memory(chunk_size)
        } else {
            Intervals::<Wide>::memory(chunk_size)
        }
    }

    fn new(chunk_size: usize, setting: NearOptimalSetting) -> Self {
        if let Some(effort) = setting.chains {
            Self::Chains(Chains::new(chunk_size), effort)
        } else if chunk_size <= Packed::MAX_LEN {
            Self::Packed(Intervals::new(chunk_size))
        } else {
            Self::Wide(Intervals::new(chunk_size))
        }
    }
}

/// What finds the matches; reused from chunk to chunk.
pub(super) struct Finder {
    setting: NearOptimalSetting,
    sorter: SuffixSorter,
    index: Index,
    deltas: DeltaFinder,
}

impl Finder {
    /// The bytes of memory for chunks of up to `chunk_size` bytes, beside the object itself.
    pub(super) fn memory(chunk_size: usize, setting: NearOptimalSetting) -> usize {
        SuffixSorter::MEMORY + Index::memory(chunk_size, setting) + DeltaFinder::memory(chunk_size)
    }

    pub(super) fn new(chunk_size: usize, setting: NearOptimalSetting) -> Self {
        let (sorter, index) = (SuffixSorter::new(), Index::new(chunk_size, setting));
        Self { setting, sorter, index, deltas: DeltaFinder::new(chunk_size) }
    }

    /// A table that is idle until a text is started.
    pub(super) fn lend(&mut self) -> &mut [u32] {
        self.deltas.lend()
    }

    /// Gets ready for the first position of a text.
    fn start(&mut self, text: Text<'_>) {
        let (pairs, min_len) = (self.deltas.lend(), self.setting.min_len);
        match &mut self.index {
            Index::Packed(intervals) => sort(text, intervals, &mut self.sorter, pairs, min_len),
            Index::Wide(intervals) => sort(text, intervals, &mut self.sorter, pairs, min_len),
            Index::Chains(chains, _) => chains.reset(),
        }
        self.deltas.reset();
    }

    /// Fills a batch with the matches of positions from `start` on; returns the position after the last one.
    fn fill(&mut self, text: Text<'_>, start: usize, batch: &mut LzmsBatch) -> usize {
        let NearOptimalSetting { nice, deltas_found_below, .. } = self.setting;
        batch.restart(start);
        match &mut self.index {
            Index::Packed(intervals) => Walk { text, intervals, nice }.fill(batch),
            Index::Wide(intervals) => Walk { text, intervals, nice }.fill(batch),
            Index::Chains(chains, effort) => fill_from_chains(text, chains, *effort, batch),
        }
        let end = batch.end();
        self.deltas.sweep(text, start..end, deltas_found_below, batch);
        end
    }
}

fn sort<C: Cells>(
    text: Text<'_>,
    intervals: &mut Intervals<C>,
    sorter: &mut SuffixSorter,
    pairs: &mut [u32],
    min_len: usize,
) {
    intervals.sort(text.bytes(), sorter, pairs);
    intervals.build(text.bytes(), min_len);
}

/// The first stages of compressing a chunk: they find its matches. Made by [`LzmsCompressor::stages`](super::LzmsCompressor::stages).
///
/// The first batch takes a good part of the time of all, as the text's suffixes are sorted for it.
pub struct LzmsMatches<'a> {
    text: Text<'a>,
    finder: &'a mut Finder,
    /// The next position.
    next: usize,
    is_started: bool,
}

impl<'a> LzmsMatches<'a> {
    pub(super) fn new(text: Text<'a>, finder: &'a mut Finder) -> Self {
        Self { text, finder, next: 0, is_started: false }
    }

    /// Replaces the content of `batch` by the next matches. Returns `false`, with `batch` empty, at the end of the chunk.
    pub fn fill(&mut self, batch: &mut LzmsBatch) -> bool {
        if !core::mem::replace(&mut self.is_started, true) {
            self.finder.start(self.text);
        }
        let end = self.finder.fill(self.text, self.next, batch);
        core::mem::replace(&mut self.next, end) < end
    }
}
