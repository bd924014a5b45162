//! Writing items.

use super::cost::{BIT, Cost};
use super::output::Streams;
use super::symbols::SymbolEncoder;
use crate::lzms::code::{LITERALS, POWERS};
use crate::lzms::delta::{DeltaSource, FIRST_SOURCES};
use crate::lzms::model::{Decision, Decisions};
use crate::lzms::queue::{FIRST_OFFSETS, Queue};
use crate::lzms::tables::{LENGTH_SLOTS, LENGTHS, OFFSET_SLOTS, OFFSETS, length_slot, offset_slot, offset_slots};

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

/// All that adapts.
#[derive(Clone)]
pub(super) struct Models {
    pub(super) decisions: Decisions,
    literal: SymbolEncoder<LITERALS>,
    length: SymbolEncoder<LENGTH_SLOTS>,
    offset: SymbolEncoder<OFFSET_SLOTS>,
    delta_offset: SymbolEncoder<OFFSET_SLOTS>,
    delta_power: SymbolEncoder<POWERS>,
    /// How often the code of lengths was rebuilt.
    length_builds: u32,
}

impl Models {
    /// The models at the start of a chunk of `chunk_len` bytes.
    pub(super) fn new(chunk_len: usize) -> Self {
        let slots = offset_slots(chunk_len);
        Self {
            decisions: Decisions::START,
            literal: SymbolEncoder::new(LITERALS),
            length: SymbolEncoder::new(LENGTH_SLOTS),
            offset: SymbolEncoder::new(slots),
            delta_offset: SymbolEncoder::new(slots),
            delta_power: SymbolEncoder::new(POWERS),
            length_builds: 0,
        }
    }

    /// A number that changes whenever the costs of lengths do.
    #[inline(always)]
    pub(super) fn length_builds(&self) -> u32 {
        self.length_builds
    }

    /// The cost of a literal's symbol.
    #[inline(always)]
    pub(super) fn literal_cost(&self, byte: u8) -> Cost {
        self.literal.cost(byte.into())
    }

    /// The cost of a length's symbol and raw bits.
    #[inline(always)]
    pub(super) fn length_cost(&self, length: usize) -> Cost {
        let slot = length_slot(length as u32);
        self.length.cost(slot) + Cost::from(LENGTHS[slot].extra) * BIT
    }

    /// The cost of an explicit offset's symbol and raw bits.
    #[inline(always)]
    pub(super) fn offset_cost(&self, offset: u32) -> Cost {
        let slot = offset_slot(offset);
        self.offset.cost(slot) + Cost::from(OFFSETS[slot].extra) * BIT
    }

    /// The cost of an explicit delta source's symbols and raw bits.
    #[inline(always)]
    pub(super) fn source_cost(&self, source: DeltaSource) -> Cost {
        let slot = offset_slot(source.raw_offset);
        let offset = self.delta_offset.cost(slot) + Cost::from(OFFSETS[slot].extra) * BIT;
        self.delta_power.cost(source.power.into()) + offset
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
        if source == Source::Literal {
            streams.decide(&mut decisions.main, false);
            models.literal.encode(streams, text[at].into());
            self.recent.push(source);
            return;
        }
        streams.decide(&mut decisions.main, true);
        streams.decide(&mut decisions.kind, matches!(source, Source::Delta(_) | Source::RecentDelta(_)));
        match source {
            Source::Literal => {}
            Source::Lz(offset) => {
                streams.decide(&mut decisions.lz_recent, false);
                put_offset(streams, &mut models.offset, offset);
            }
            Source::RecentLz(index) => {
                streams.decide(&mut decisions.lz_recent, true);
                put_index(streams, &mut decisions.lz_index, index);
            }
            Source::Delta(source) => {
                streams.decide(&mut decisions.delta_recent, false);
                models.delta_power.encode(streams, source.power.into());
                put_offset(streams, &mut models.delta_offset, source.raw_offset);
            }
            Source::RecentDelta(index) => {
                streams.decide(&mut decisions.delta_recent, true);
                put_index(streams, &mut decisions.delta_index, index);
            }
        }
        let slot = length_slot(length as u32);
        models.length_builds += u32::from(models.length.encode(streams, slot));
        streams.put(length as u32 - LENGTHS[slot].base, LENGTHS[slot].extra.into());
        self.recent.push(source);
    }
}

fn put_offset(streams: &mut Streams<'_>, code: &mut SymbolEncoder<OFFSET_SLOTS>, offset: u32) {
    let slot = offset_slot(offset);
    code.encode(streams, slot);
    streams.put(offset - OFFSETS[slot].base, OFFSETS[slot].extra.into());
}

/// Writes the number of a recent source in unary.
fn put_index(streams: &mut Streams<'_>, decisions: &mut [Decision<64>; 2], index: u8) {
    let [not_first, not_second] = decisions;
    streams.decide(not_first, index > 0);
    if index > 0 {
        streams.decide(not_second, index > 1);
    }
}
