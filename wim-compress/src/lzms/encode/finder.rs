//! The search for matches, in two stages: sorting the text's suffixes, and walking through it for batches of matches.

use super::delta_finder::DeltaFinder;
use super::matches::LzmsBatch;
use super::menu::NearOptimalSetting;
use super::text::Text;
use super::walk::Walk;
use crate::matchfinder::lcp_interval::{Cells, Intervals, Packed, Wide};
use crate::matchfinder::suffix_array::SuffixSorter;

/// The LCP intervals, in cells that have room for the chunk's positions.
enum Tree {
    Packed(Intervals<Packed>),
    Wide(Intervals<Wide>),
}

/// What finds the matches; reused from chunk to chunk.
pub(super) struct Finder {
    setting: NearOptimalSetting,
    sorter: SuffixSorter,
    tree: Tree,
    deltas: DeltaFinder,
}

impl Finder {
    /// The bytes of memory for chunks of up to `chunk_size` bytes, beside the object itself.
    pub(super) fn memory(chunk_size: usize) -> usize {
        let tree = if chunk_size <= Packed::MAX_LEN {
            Intervals::<Packed>::memory(chunk_size)
        } else {
            Intervals::<Wide>::memory(chunk_size)
        };
        tree + SuffixSorter::MEMORY + DeltaFinder::memory(chunk_size)
    }

    pub(super) fn new(chunk_size: usize, setting: NearOptimalSetting) -> Self {
        let tree = if chunk_size <= Packed::MAX_LEN {
            Tree::Packed(Intervals::new(chunk_size))
        } else {
            Tree::Wide(Intervals::new(chunk_size))
        };
        Self { setting, sorter: SuffixSorter::new(), tree, deltas: DeltaFinder::new(chunk_size) }
    }
}

/// The first stages of compressing a chunk: they find its matches. Made by [`LzmsCompressor::stages`](super::LzmsCompressor::stages).
///
/// The first batch takes a good part of the time of all, as the text's suffixes are sorted for it.
pub struct LzmsMatches<'a> {
    text: Text<'a>,
    finder: &'a mut Finder,
    /// The next position.
    next: usize,
    is_sorted: bool,
}

impl<'a> LzmsMatches<'a> {
    pub(super) fn new(text: Text<'a>, finder: &'a mut Finder) -> Self {
        Self { text, finder, next: 0, is_sorted: false }
    }

    /// Replaces the content of `batch` by the next matches. Returns `false`, with `batch` empty, at the end of the chunk.
    pub fn fill(&mut self, batch: &mut LzmsBatch) -> bool {
        let Self { text, next, .. } = *self;
        let Finder { setting, sorter, tree, deltas } = &mut *self.finder;
        let is_sorted = core::mem::replace(&mut self.is_sorted, true);
        self.next = match tree {
            Tree::Packed(intervals) => {
                fill(text, next, intervals, (!is_sorted).then_some(sorter), deltas, setting, batch)
            }
            Tree::Wide(intervals) => {
                fill(text, next, intervals, (!is_sorted).then_some(sorter), deltas, setting, batch)
            }
        };
        self.next > next
    }
}

/// Fills a batch from `next` on, and before that sorts, if there is still a sorter. Returns the position after the last one.
fn fill<C: Cells>(
    text: Text<'_>,
    next: usize,
    intervals: &mut Intervals<C>,
    sorter: Option<&mut SuffixSorter>,
    deltas: &mut DeltaFinder,
    setting: &NearOptimalSetting,
    batch: &mut LzmsBatch,
) -> usize {
    if let Some(sorter) = sorter {
        intervals.sort(text.bytes(), sorter, deltas.lend());
        intervals.build(text.bytes(), setting.min_len);
        deltas.reset();
    }
    let mut walk = Walk { text, intervals, nice: setting.nice, next };
    walk.fill(batch);
    deltas.sweep(text, next..walk.next, batch);
    walk.next
}
