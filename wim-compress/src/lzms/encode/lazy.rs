//! The lazy parser: at each position it takes what saves most against literals, unless the next position has something better.
//!
//! What an item saves is known from the models as they stand: the cost of its bytes as literals, less its own. So one rule covers
//! what other lazy parsers have tables of thresholds for: near and far, short and long, recent and explicit, LZ and delta.

use alloc::vec;
use alloc::vec::Vec;

use super::chains::{Chains, Effort};
use super::cost::Cost;
use super::delta_finder::DeltaFinder;
use super::items::{ItemWriter, Recent, Source};
use super::menu::LazySetting;
use super::models::{CostedDecision, Models};
use super::text::Text;
use crate::lzms::tables::offset_slot;

/// Positions whose costs as literals are summed up at once; codes change little on the way.
const WINDOW: usize = 4096;

/// The longest match that is compared with others.
const MAX_COMPARED: usize = 256;

/// The shortest match with a recent source.
const MIN_RECENT: usize = 2;
const MIN_RECENT_DELTA: usize = 3;

/// Where an LZ match is as long as this, no delta match is looked for.
const LONG_ENOUGH: usize = 8;

/// An item, and what it saves.
#[derive(Clone, Copy)]
struct Choice {
    source: Source,
    length: usize,
    saved: i32,
}

/// The parser with its match finders, reused from chunk to chunk.
pub(super) struct LazyParser {
    setting: LazySetting,
    chains: Chains,
    deltas: Option<DeltaFinder>,
    /// The costs of all literals from the window's first position up to each further one.
    sums: Vec<Cost>,
    window: usize,
}

impl LazyParser {
    /// The bytes of memory for chunks of up to `chunk_size` bytes, beside the object itself.
    pub(super) fn memory(chunk_size: usize, setting: LazySetting) -> usize {
        let deltas = if setting.deltas { DeltaFinder::memory(chunk_size) } else { 0 };
        Chains::memory(chunk_size) + deltas + (WINDOW + 1) * size_of::<Cost>()
    }

    pub(super) fn new(chunk_size: usize, setting: LazySetting) -> Self {
        Self {
            setting,
            chains: Chains::new(chunk_size),
            deltas: setting.deltas.then(|| DeltaFinder::new(chunk_size)),
            sums: vec![0; WINDOW + 1],
            window: 0,
        }
    }

    /// A table that is idle until a text is parsed, and whether delta matches will be looked for in it.
    pub(super) fn lend(&mut self) -> (&mut [u32], bool) {
        (self.chains.lend(), self.deltas.is_some())
    }

    /// Writes the items of a whole text, or as many as fit.
    pub(super) fn parse(&mut self, text: Text<'_>, writer: &mut ItemWriter<'_>) {
        self.chains.reset();
        if let Some(deltas) = &mut self.deltas {
            deltas.reset();
        }
        self.sum_up(text, 0, writer.models);
        let mut at = 0;
        let mut ahead = None;
        while at < text.len() && !writer.is_full() {
            let Some(choice) = ahead.take().unwrap_or_else(|| self.best(text, at, &writer.recent, writer.models))
            else {
                writer.write(text.bytes(), at, Source::Literal, 1);
                at += 1;
                continue;
            };
            let mut searched = at + 1;
            if self.setting.lazy && choice.length < self.setting.effort.nice && at + 1 < text.len() {
                let mut recent = writer.recent;
                recent.push(Source::Literal);
                searched += 1;
                let later = self.best(text, at + 1, &recent, writer.models);
                if later.is_some_and(|later| later.saved > choice.saved) {
                    writer.write(text.bytes(), at, Source::Literal, 1);
                    at += 1;
                    ahead = Some(later);
                    continue;
                }
            }
            writer.write(text.bytes(), at, choice.source, choice.length);
            at += choice.length;
            self.chains.skip(text, searched, at);
            // What was found one position later is of no use, but it has been inserted: a match of two bytes ends behind it.
            ahead = None;
        }
    }

    /// What saves most at `at`, if anything saves. Inserts the position, so it must be asked for once.
    #[inline(never)]
    fn best(&mut self, text: Text<'_>, at: usize, recent: &Recent, models: &Models) -> Option<Choice> {
        if at + MAX_COMPARED > self.window + WINDOW {
            self.sum_up(text, at, models);
        }
        let (max, decisions) = (text.len() - at, &models.decisions);
        let [_, is_match] = decisions.main.costs(decisions.main.state() as u8);
        let [is_lz, is_delta] = decisions.kind.costs(decisions.kind.state() as u8);
        let literal = Choice { source: Source::Literal, length: 1, saved: 0 };
        let mut judge = Judge { sums: &self.sums, from: at - self.window, models, best: literal };
        let position = Position { text, at, max, recent };
        judge.try_lz(position, is_match + is_lz, &mut self.chains, self.setting.effort);
        if judge.best.length < LONG_ENOUGH
            && let Some(deltas) = &mut self.deltas
        {
            judge.try_deltas(position, is_match + is_delta, deltas);
        }
        (judge.best.source != Source::Literal).then_some(judge.best)
    }

    /// Sums up the costs of literals from `start` on.
    fn sum_up(&mut self, text: Text<'_>, start: usize, models: &Models) {
        self.window = start;
        let [is_literal, _] = models.decisions.main.costs(models.decisions.main.state() as u8);
        let mut sum = 0;
        for (i, entry) in self.sums.iter_mut().enumerate() {
            *entry = sum;
            let byte = text.bytes().get(start + i).copied().unwrap_or(0);
            sum += is_literal + models.literal_cost(byte);
        }
    }
}

/// Where something is looked for.
#[derive(Clone, Copy)]
struct Position<'a> {
    text: Text<'a>,
    at: usize,
    /// The rest of the text.
    max: usize,
    recent: &'a Recent,
}

/// Judges what could come next.
struct Judge<'a> {
    /// The costs of literals, from `from` on for this position.
    sums: &'a [Cost],
    from: usize,
    models: &'a Models,
    best: Choice,
}

impl Judge<'_> {
    /// Tries LZ matches; `cost` is that of being one.
    #[inline(always)]
    fn try_lz(&mut self, position: Position<'_>, cost: Cost, chains: &mut Chains, effort: Effort) {
        let Position { text, at, max, recent } = position;
        let (models, decisions) = (self.models, &self.models.decisions);
        let length = |index| {
            let offset = recent.offset(index) as usize;
            let differs = offset > at || (text.half_word(at) ^ text.half_word(at - offset)) as u16 != 0;
            if differs { 0 } else { text.match_length(at, offset, max) }
        };
        let kind = (&decisions.lz_recent, &decisions.lz_index);
        let cost = self.try_recent(cost, kind, MIN_RECENT, length, Source::RecentLz);
        chains.find(text, at, max, effort, |length, offset| {
            let offset = offset as u32;
            self.offer(Source::Lz(offset), length, cost + models.offset.cost(offset_slot(offset)));
        });
    }

    /// Tries delta matches; `cost` is that of being one.
    #[inline(always)]
    fn try_deltas(&mut self, position: Position<'_>, cost: Cost, deltas: &mut DeltaFinder) {
        let Position { text, at, max, recent } = position;
        let (models, decisions) = (self.models, &self.models.decisions);
        let length = |index| {
            let source = recent.source(index);
            let (span, offset) = (source.span(), (source.raw_offset as usize) << source.power);
            if offset + span > at { 0 } else { text.delta_length(at, span, offset, max) }
        };
        let kind = (&decisions.delta_recent, &decisions.delta_index);
        let cost = self.try_recent(cost, kind, MIN_RECENT_DELTA, length, Source::RecentDelta);
        deltas.find(text, at, |source, length| {
            let power = models.delta_power.cost(source.power.into());
            let offset = models.delta_offset.cost(offset_slot(source.raw_offset));
            self.offer(Source::Delta(source), length, cost + power + offset);
        });
    }

    /// Tries the recent sources of a kind, whose matches have the lengths that `length` says, at least `min`. Returns what a match
    /// of that kind with another source costs without its source and length.
    #[inline(always)]
    fn try_recent(
        &mut self,
        cost: Cost,
        (is_recent, index): (&CostedDecision<64>, &[CostedDecision<64>; 2]),
        min: usize,
        length: impl Fn(usize) -> usize,
        source: impl Fn(u8) -> Source,
    ) -> Cost {
        let [explicit, recent] = is_recent.costs(is_recent.state() as u8);
        for (index, index_cost) in index_costs(index).into_iter().enumerate() {
            let length = length(index);
            if length >= min {
                self.offer(source(index as u8), length, cost + recent + index_cost);
            }
        }
        cost + explicit
    }

    /// Keeps a match if it saves more than the best one so far; `cost` is without its length.
    #[inline(always)]
    fn offer(&mut self, source: Source, length: usize, cost: Cost) {
        let saved = saved(self.sums, self.from, length) - (cost + self.models.length_cost(length)) as i32;
        if saved > self.best.saved {
            self.best = Choice { source, length, saved };
        }
    }
}

/// The cost of `length` bytes as literals; of more than [`MAX_COMPARED`], in proportion.
#[inline(always)]
fn saved(sums: &[Cost], from: usize, length: usize) -> i32 {
    let known = length.min(MAX_COMPARED);
    let cost = sums[from + known] - sums[from];
    if length <= known {
        cost as i32
    } else {
        i32::try_from(u64::from(cost) * length as u64 / known as u64).unwrap_or(i32::MAX)
    }
}

/// The costs of referring to each of three recent sources.
#[inline(always)]
fn index_costs(decisions: &[CostedDecision<64>; 2]) -> [Cost; 3] {
    let [first, later] = decisions[0].costs(decisions[0].state() as u8);
    let [second, third] = decisions[1].costs(decisions[1].state() as u8);
    [first, later + second, later + third]
}
