//! The visit of a node: every item that can come next is offered to the node that it leads to.

use super::nodes::{MAX_TRIED, Nodes};
use super::state::{Contexts, State, Step};
use crate::lzms::delta::DeltaSource;
use crate::lzms::encode::cost::Cost;
use crate::lzms::encode::delta_finder::MIN_DELTA;
use crate::lzms::encode::items::Source;
use crate::lzms::encode::matches::{DeltaMatch, LzmsBatch, Match};
use crate::lzms::encode::menu::NearOptimalSetting;
use crate::lzms::encode::models::{CostedDecision, Models};
use crate::lzms::encode::text::{Text, differences};

/// The shortest match with a recent offset.
const MIN_RECENT: usize = 2;

/// The shortest match with a recent delta source.
const MIN_RECENT_DELTA: usize = 3;

/// The first bytes of a word, as many as a match has at least.
const RECENT_MASK: u32 = (1 << (u8::BITS * MIN_RECENT as u32)) - 1;
const RECENT_DELTA_MASK: u64 = (1 << (u8::BITS * MIN_RECENT_DELTA as u32)) - 1;

/// A match that is taken at once.
pub(super) struct Long {
    pub(super) source: Source,
    pub(super) length: usize,
}

/// A visit.
pub(super) struct Visit<'a> {
    pub(super) setting: &'a NearOptimalSetting,
    pub(super) text: Text<'a>,
    pub(super) batch: &'a LzmsBatch,
    pub(super) models: &'a Models,
    pub(super) nodes: &'a mut Nodes,
    /// The state that the cheapest way to the node has left behind, and its cost.
    pub(super) state: &'a State,
    pub(super) cost: Cost,
    /// The node, and its position in the text.
    pub(super) node: usize,
    pub(super) at: usize,
    /// The rest of the text.
    pub(super) max: usize,
}

/// The costs of referring to each of three recent sources.
#[inline(always)]
fn index_costs(decisions: &[CostedDecision<64>; 2], contexts: [u8; 2]) -> [Cost; 3] {
    let [first, later] = decisions[0].costs(contexts[0]);
    let [second, third] = decisions[1].costs(contexts[1]);
    [first, later + second, later + third]
}

impl Visit<'_> {
    /// Makes all offers, unless there is a match so long that nothing is better.
    #[inline(always)]
    pub(super) fn offer_all(&mut self) -> Option<Long> {
        let (decisions, contexts) = (&self.models.decisions, &self.state.contexts);
        let [is_literal, is_match] = decisions.main.costs(contexts.main);
        let [is_lz, is_delta] = decisions.kind.costs(contexts.kind);
        let literal = self.cost + is_literal + self.models.literal_cost(self.text.byte(self.at));
        self.nodes.offer_literal(self.node, literal);
        let (lz, delta) = (self.cost + is_match + is_lz, self.cost + is_match + is_delta);
        let recent = match self.offer_recent_lz(lz) {
            Ok(longest) => longest,
            Err(long) => return Some(long),
        };
        if self.setting.tail_after_recent {
            self.offer_literal_tail(literal);
        }
        let longest = match self.offer_lz(lz, recent) {
            Ok(longest) => longest,
            Err(long) => return Some(long),
        };
        if longest < self.setting.deltas_tried_below { self.offer_deltas(delta) } else { None }
    }

    /// Offers matches with the recent offsets; `cost` is up to whether the offset is a recent one. Returns the longest length.
    #[inline(always)]
    fn offer_recent_lz(&mut self, cost: Cost) -> Result<usize, Long> {
        // Which of them match is anyone's guess, but mostly none does: a single branch for all.
        let here = self.text.half_word(self.at);
        let mut matching = 0;
        for index in 0..3 {
            let offset = self.state.recent.offset(index) as usize;
            let there = self.text.half_word(self.at.saturating_sub(offset));
            matching |= u32::from((offset <= self.at) & ((here ^ there) & RECENT_MASK == 0)) << index;
        }
        let mut longest = 0;
        if matching == 0 || self.max < MIN_RECENT {
            return Ok(longest);
        }
        let (decisions, contexts) = (&self.models.decisions, &self.state.contexts);
        let [_, is_recent] = decisions.lz_recent.costs(contexts.lz_recent);
        let indices = index_costs(&decisions.lz_index, contexts.lz_index);
        while matching != 0 {
            let index = matching.trailing_zeros() as usize;
            matching &= matching - 1;
            let offset = self.state.recent.offset(index) as usize;
            let length = self.text.match_length(self.at, offset, self.max);
            let source = Source::RecentLz(index as u8);
            if length >= self.setting.nice {
                return Err(Long { source, length });
            }
            let cost = cost + is_recent + indices[index];
            if length > longest {
                self.nodes.offer_lengths(self.node, cost, source, MIN_RECENT.max(longest + 1), length);
                longest = length;
            }
            if self.setting.tail_after_recent
                && let Some(tail) = self.tail(offset, length)
            {
                self.offer_tail(cost, source, length, tail);
            }
        }
        Ok(longest)
    }

    /// Offers the matches that were found, where they are longer than those with `recent` offsets. Returns the longest length.
    #[inline(always)]
    fn offer_lz(&mut self, cost: Cost, recent: usize) -> Result<usize, Long> {
        let batch = self.batch;
        let matches = batch.lz_at(self.at);
        let Some(&Match { length, offset, slot }) = matches.first() else { return Ok(recent) };
        let longest = usize::from(length);
        if longest >= self.setting.nice {
            let length = self.text.match_length(self.at, offset as usize, self.max);
            return Err(Long { source: Source::Lz(offset), length });
        }
        let [is_explicit, _] = self.models.decisions.lz_recent.costs(self.state.contexts.lz_recent);
        let cost = cost + is_explicit;
        let mut from = self.setting.min_len.max(recent + 1);
        for found in matches.iter().rev() {
            let length = usize::from(found.length);
            if length >= from {
                let cost = cost + self.models.offset.cost(found.slot.into());
                self.nodes.offer_lengths(self.node, cost, Source::Lz(found.offset), from, length);
                from = length + 1;
            }
        }
        let tail = batch.tail_at(self.at);
        if self.setting.tail_after_match && tail >= MIN_RECENT {
            let cost = cost + self.models.offset.cost(slot.into());
            self.offer_tail(cost, Source::Lz(offset), longest, tail);
        }
        Ok(longest.max(recent))
    }

    /// Offers a match, up to whose length the `cost` is, then a literal, and then that the match goes on.
    #[inline(always)]
    fn offer_tail(&mut self, cost: Cost, source: Source, length: usize, tail: usize) {
        let mut contexts = self.state.contexts;
        contexts.push(source);
        let [is_literal, _] = self.models.decisions.main.costs(contexts.main);
        let literal = is_literal + self.models.literal_cost(self.text.byte(self.at + length));
        let cost = cost + self.nodes.length_cost(length) + literal;
        contexts.push(Source::Literal);
        self.finish_tail(cost, contexts, source, length, tail);
    }

    /// Offers a literal, with which the `cost` is, and then a match with the latest offset.
    #[inline(always)]
    fn offer_literal_tail(&mut self, cost: Cost) {
        // Behind a literal nothing is pending.
        let offset = self.state.recent.offsets.get(0, false) as usize;
        if offset > self.at {
            return;
        }
        let Some(tail) = self.tail(offset, 0) else { return };
        let mut contexts = self.state.contexts;
        contexts.push(Source::Literal);
        self.finish_tail(cost, contexts, Source::Literal, 0, tail);
    }

    /// The length of a match with `offset` that begins behind `length` bytes and a literal.
    #[inline(always)]
    fn tail(&self, offset: usize, length: usize) -> Option<usize> {
        let behind = length + 1;
        let at = self.at + behind;
        if self.max < behind + MIN_RECENT {
            return None;
        }
        if (self.text.half_word(at) ^ self.text.half_word(at - offset)) & RECENT_MASK != 0 {
            return None;
        }
        Some(self.text.match_length(at, offset, (self.max - behind).min(MAX_TRIED)))
    }

    /// Adds the cost of the tail to that of what comes before it: `length` bytes and a literal.
    #[inline(always)]
    fn finish_tail(&mut self, cost: Cost, contexts: Contexts, source: Source, length: usize, tail: usize) {
        let decisions = &self.models.decisions;
        let cost = cost
            + decisions.main.costs(contexts.main)[1]
            + decisions.kind.costs(contexts.kind)[0]
            + decisions.lz_recent.costs(contexts.lz_recent)[1]
            + decisions.lz_index[0].costs(contexts.lz_index[0])[0]
            + self.nodes.length_cost(tail);
        self.nodes.offer_step(self.node, cost, Step { source, tail: tail as u16 }, length + 1 + tail);
    }

    /// Offers delta matches; `cost` is up to whether the source is a recent one.
    #[inline(always)]
    fn offer_deltas(&mut self, cost: Cost) -> Option<Long> {
        let (decisions, contexts) = (&self.models.decisions, &self.state.contexts);
        let matching = self.recent_deltas();
        let batch = self.batch;
        let found = batch.deltas_at(self.at);
        if matching == 0 && found.is_empty() {
            return None;
        }
        let [is_explicit, is_recent] = decisions.delta_recent.costs(contexts.delta_recent);
        let indices = index_costs(&decisions.delta_index, contexts.delta_index);
        for (index, index_cost) in indices.into_iter().enumerate() {
            if matching >> index & 1 == 0 {
                continue;
            }
            let delta = self.state.recent.source(index);
            let offset = (delta.raw_offset as usize) << delta.power;
            let length = self.text.delta_length(self.at, delta.span(), offset, self.max);
            let source = Source::RecentDelta(index as u8);
            if length >= self.setting.nice {
                return Some(Long { source, length });
            }
            if length >= MIN_RECENT_DELTA {
                let cost = cost + is_recent + index_cost;
                self.nodes.offer_lengths(self.node, cost, source, MIN_RECENT_DELTA, length);
                self.offer_delta_tail(cost, source, delta, length);
            }
        }
        for &DeltaMatch { source, length, slot } in found {
            let length = length as usize;
            if length >= self.setting.nice {
                return Some(Long { source: Source::Delta(source), length });
            }
            let power = self.models.delta_power.cost(source.power.into());
            let cost = cost + is_explicit + power + self.models.delta_offset.cost(slot as usize);
            self.nodes.offer_lengths(self.node, cost, Source::Delta(source), MIN_DELTA, length);
            self.offer_delta_tail(cost, Source::Delta(source), source, length);
        }
        None
    }

    /// Offers a delta match, up to whose length the `cost` is, then a literal, and then that the match goes on.
    #[inline(always)]
    fn offer_delta_tail(&mut self, cost: Cost, source: Source, delta: DeltaSource, length: usize) {
        let at = self.at + length + 1;
        if self.max < length + 1 + MIN_RECENT_DELTA {
            return;
        }
        let (span, offset) = (delta.span(), (delta.raw_offset as usize) << delta.power);
        let tail = self.text.delta_length(at, span, offset, (self.max - length - 1).min(MAX_TRIED));
        if tail < MIN_RECENT_DELTA {
            return;
        }
        let mut contexts = self.state.contexts;
        contexts.push(source);
        let decisions = &self.models.decisions;
        let [is_literal, _] = decisions.main.costs(contexts.main);
        let literal = is_literal + self.models.literal_cost(self.text.byte(self.at + length));
        contexts.push(Source::Literal);
        let cost = cost
            + self.nodes.length_cost(length)
            + literal
            + decisions.main.costs(contexts.main)[1]
            + decisions.kind.costs(contexts.kind)[1]
            + decisions.delta_recent.costs(contexts.delta_recent)[1]
            + decisions.delta_index[0].costs(contexts.delta_index[0])[0]
            + self.nodes.length_cost(tail);
        self.nodes.offer_step(self.node, cost, Step { source, tail: tail as u16 }, length + 1 + tail);
    }

    /// Which of the recent delta sources match, a bit for each.
    #[inline(always)]
    fn recent_deltas(&self) -> u32 {
        let (at, here) = (self.at, self.text.half_word(self.at));
        let mut matching = 0;
        for index in 0..3 {
            let source = self.state.recent.source(index);
            let (span, offset) = (source.span(), (source.raw_offset as usize) << source.power);
            let is_inside = offset + span <= at;
            let load = |back: usize| u64::from(self.text.half_word(at.saturating_sub(back)));
            let now = differences(here.into(), load(span));
            let equal = (now ^ differences(load(offset), load(offset + span))) & RECENT_DELTA_MASK == 0;
            matching |= u32::from(is_inside & equal) << index;
        }
        matching
    }
}
