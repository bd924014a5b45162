//! The lazy parser: at each position it takes what saves most against literals, unless the next position has something better.
//!
//! What an item saves is known from the models as they stand: the cost of its bytes as literals, less its own. So one rule covers
//! what other lazy parsers have tables of thresholds for: near and far, short and long, recent and explicit, LZ and delta.

use alloc::vec;
use alloc::vec::Vec;

use super::chains::Chains;
use super::cost::Cost;
use super::delta_finder::DeltaFinder;
use super::items::{ItemWriter, Recent, Source};
use super::menu::LazySetting;
use super::models::Models;
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
        let mut best = Choice { source: Source::Literal, length: 1, saved: 0 };
        self.try_lz(text, at, max, recent, models, is_match + is_lz, &mut best);
        if best.length < LONG_ENOUGH && self.deltas.is_some() {
            self.try_deltas(text, at, max, recent, models, is_match + is_delta, &mut best);
        }
        (best.source != Source::Literal).then_some(best)
    }

    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "all different, and all from the caller's registers")]
    fn try_lz(
        &mut self,
        text: Text<'_>,
        at: usize,
        max: usize,
        recent: &Recent,
        models: &Models,
        cost: Cost,
        best: &mut Choice,
    ) {
        let decisions = &models.decisions;
        let [is_explicit, is_recent] = decisions.lz_recent.costs(decisions.lz_recent.state() as u8);
        let costs = index_costs(&decisions.lz_index);
        let (sums, window) = (&self.sums, self.window);
        let mut offer = |source, length: usize, cost| {
            let saved = saved(sums, at - window, length) - (cost + models.length_cost(length)) as i32;
            if saved > best.saved {
                *best = Choice { source, length, saved };
            }
        };
        for (index, index_cost) in costs.into_iter().enumerate() {
            let offset = recent.offset(index) as usize;
            if offset > at || (text.half_word(at) ^ text.half_word(at - offset)) as u16 != 0 {
                continue;
            }
            let length = text.match_length(at, offset, max);
            if length >= MIN_RECENT {
                offer(Source::RecentLz(index as u8), length, cost + is_recent + index_cost);
            }
        }
        let effort = self.setting.effort;
        self.chains.find(text, at, max, effort, |length, offset| {
            let offset = offset as u32;
            let cost = cost + is_explicit + models.offset.cost(offset_slot(offset));
            offer(Source::Lz(offset), length, cost);
        });
    }

    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "all different, and all from the caller's registers")]
    fn try_deltas(
        &mut self,
        text: Text<'_>,
        at: usize,
        max: usize,
        recent: &Recent,
        models: &Models,
        cost: Cost,
        best: &mut Choice,
    ) {
        let decisions = &models.decisions;
        let [is_explicit, is_recent] = decisions.delta_recent.costs(decisions.delta_recent.state() as u8);
        let costs = index_costs(&decisions.delta_index);
        let (sums, window) = (&self.sums, self.window);
        let mut offer = |source, length: usize, cost| {
            let saved = saved(sums, at - window, length) - (cost + models.length_cost(length)) as i32;
            if saved > best.saved {
                *best = Choice { source, length, saved };
            }
        };
        for (index, index_cost) in costs.into_iter().enumerate() {
            let source = recent.source(index);
            let (span, offset) = (source.span(), (source.raw_offset as usize) << source.power);
            if offset + span > at {
                continue;
            }
            let length = text.delta_length(at, span, offset, max);
            if length >= MIN_RECENT_DELTA {
                offer(Source::RecentDelta(index as u8), length, cost + is_recent + index_cost);
            }
        }
        let Some(deltas) = &mut self.deltas else { return };
        deltas.find(text, at, |source, length| {
            let power = models.delta_power.cost(source.power.into());
            let cost = cost + is_explicit + power + models.delta_offset.cost(offset_slot(source.raw_offset));
            offer(Source::Delta(source), length, cost);
        });
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
fn index_costs(decisions: &[super::models::CostedDecision<64>; 2]) -> [Cost; 3] {
    let [first, later] = decisions[0].costs(decisions[0].state() as u8);
    let [second, third] = decisions[1].costs(decisions[1].state() as u8);
    [first, later + second, later + third]
}
