//! Writing items.

use super::models::{CostedDecision, Models};
use super::output::Streams;
use crate::lzms::delta::{DeltaSource, FIRST_SOURCES};
use crate::lzms::queue::{FIRST_OFFSETS, Queue};
use crate::lzms::tables::{length_slot, offset_slot};

/// Where the bytes of an item come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// From the item itself: it is a literal.
    Literal,
    /// From this many bytes before.
    Lz(u32),
    /// From the recent offset of this number.
    RecentLz(u8),
    /// By differences.
    Delta(DeltaSource),
    /// By differences, as in the recent source of this number.
    RecentDelta(u8),
}

impl Source {
    /// The source of a match that goes on behind a literal; behind a mere literal, with the latest offset.
    #[inline(always)]
    pub(super) fn again(self) -> Self {
        match self {
            Self::Literal | Self::Lz(_) | Self::RecentLz(_) => Self::RecentLz(0),
            Self::Delta(_) | Self::RecentDelta(_) => Self::RecentDelta(0),
        }
    }
}

/// Kinds of items, as far as the queues care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Literal,
    Lz,
    Delta,
}

/// The sources that an item can refer to.
#[derive(Clone, Copy)]
pub(super) struct Recent {
    pub(super) offsets: Queue<u32>,
    pub(super) sources: Queue<DeltaSource>,
    pub(super) last: Kind,
}

impl Recent {
    /// What a chunk begins with.
    pub(super) const START: Self = Self { offsets: FIRST_OFFSETS, sources: FIRST_SOURCES, last: Kind::Literal };

    /// The recent offset of number `index`, at most 2.
    #[inline(always)]
    pub(super) fn offset(&self, index: usize) -> u32 {
        self.offsets.get(index, self.last == Kind::Lz)
    }

    /// The recent delta source of number `index`, at most 2.
    #[inline(always)]
    pub(super) fn source(&self, index: usize) -> DeltaSource {
        self.sources.get(index, self.last == Kind::Delta)
    }

    /// Takes note of an item.
    #[inline(always)]
    pub(super) fn push(&mut self, source: Source) {
        match source {
            Source::Literal => self.last = Kind::Literal,
            Source::Lz(offset) => {
                self.offsets.push(offset);
                self.last = Kind::Lz;
            }
            Source::RecentLz(index) => {
                self.offsets.take(index.into(), self.last == Kind::Lz);
                self.last = Kind::Lz;
            }
            Source::Delta(source) => {
                self.sources.push(source);
                self.last = Kind::Delta;
            }
            Source::RecentDelta(index) => {
                self.sources.take(index.into(), self.last == Kind::Delta);
                self.last = Kind::Delta;
            }
        }
    }
}

/// Writes the items of one chunk.
pub(super) struct ItemWriter<'a> {
    streams: Streams<'a>,
    pub(super) models: &'a mut Models,
    pub(super) recent: Recent,
}

impl<'a> ItemWriter<'a> {
    /// A writer into `buffer`, with models that are those of a chunk's start.
    pub(super) fn new(buffer: &'a mut [u8], models: &'a mut Models) -> Self {
        Self { streams: Streams::new(buffer), models, recent: Recent::START }
    }

    /// Whether the chunk did not fit.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.streams.is_full()
    }

    /// Ends the chunk; returns its length, unless it did not fit.
    pub(super) fn finish(self) -> Option<usize> {
        self.streams.finish()
    }

    /// Writes the item at `at` in `text`, of `length` bytes, which is 1 for a literal.
    #[inline(always)]
    pub(super) fn write(&mut self, text: &[u8], at: usize, source: Source, length: usize) {
        let Self { streams, models, .. } = self;
        let decisions = &mut models.decisions;
        decisions.main.encode(streams, source != Source::Literal);
        match source {
            Source::Literal => {
                models.literal.encode(streams, text[at].into());
                self.recent.push(source);
                return;
            }
            Source::Lz(offset) => {
                decisions.kind.encode(streams, false);
                decisions.lz_recent.encode(streams, false);
                models.offset.encode(streams, offset_slot(offset), offset);
            }
            Source::RecentLz(index) => {
                decisions.kind.encode(streams, false);
                decisions.lz_recent.encode(streams, true);
                encode_index(streams, &mut decisions.lz_index, index);
            }
            Source::Delta(DeltaSource { power, raw_offset }) => {
                decisions.kind.encode(streams, true);
                decisions.delta_recent.encode(streams, false);
                models.delta_power.encode(streams, power.into());
                models.delta_offset.encode(streams, offset_slot(raw_offset), raw_offset);
            }
            Source::RecentDelta(index) => {
                decisions.kind.encode(streams, true);
                decisions.delta_recent.encode(streams, true);
                encode_index(streams, &mut decisions.delta_index, index);
            }
        }
        models.length.encode(streams, length_slot(length as u32), length as u32);
        self.recent.push(source);
    }
}

/// Encodes the number of a recent source in unary.
fn encode_index(streams: &mut Streams<'_>, decisions: &mut [CostedDecision<64>; 2], index: u8) {
    let [not_first, not_second] = decisions;
    not_first.encode(streams, index > 0);
    if index > 0 {
        not_second.encode(streams, index > 1);
    }
}
