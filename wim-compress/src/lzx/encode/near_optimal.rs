//! Near-optimal parsing: the cheapest sequence of items for given costs.
//!
//! The matches of all positions are found first and kept. Then the cheapest way to each position is found, from the first one on:
//! a literal, a match at a recent offset, or a match of each length that was found (at the nearest offset that has it) lead
//! further. Which recent offsets there are depends on the way to a position, and only those of the cheapest way are
//! kept: this is why the result is not quite optimal.
//!
//! A match of the nice length or more is taken at once, and nothing inside it is looked at.
//!
//! A node of the graph is one `u64`, with the cost of the cheapest way above the item that it ends with; so a comparison of integers
//! both compares and replaces.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::cost::{COST_SHIFT, Costs, SHORT};
use super::finder::Finder;
use super::item::{Item, Recent, slot};
use super::text::Text;
use super::trees::{Effort, MAX_AT_ONCE};
use crate::boxed::zeroed;
use crate::lzx::tables::{MAX_MATCH, MIN_MATCH, OFFSET_BIAS, REPEATS};

/// Matches kept for a position on average, at most; when there are more, later positions go without.
const MATCHES_PER_POSITION: usize = 8;

/// Positions whose recent offsets are kept: more than the longest match, and a power of two.
const KEPT: usize = 512;
const _: () = assert!(KEPT > MAX_MATCH && KEPT.is_power_of_two());

const GAP: u32 = 1 << 31;

/// Lengths offered at once.
const GROUP: usize = 4;

/// By the number of lengths in a group that are not too great, less one: what makes the offers for the others too high.
static TOO_LONG: [[u64; GROUP]; GROUP] =
    [[0, u64::MAX, u64::MAX, u64::MAX], [0, 0, u64::MAX, u64::MAX], [0, 0, 0, u64::MAX], [0, 0, 0, 0]];

/// A near-optimal parser with its match finder.
pub(super) struct NearOptimalParser<F, const TEXT: usize, const NODES: usize> {
    finder: F,
    effort: Effort,
    /// The matches of a part of the chunk, position by position, in ascending lengths; with the real offset for the formatted one.
    matches: Box<[Item]>,
    /// Where the matches of each position end.
    ends: Box<[u32]>,
    /// The position of the first entry of `ends`.
    start: usize,
    /// By position in the part that is being parsed.
    nodes: Box<[u64; NODES]>,
    /// For a node that ends with a gap: the length of the match behind the literal.
    gaps: Box<[u16; NODES]>,
    /// The recent offsets on the cheapest way to each of the last positions.
    recents: Box<[Recent; KEPT]>,
}

impl<F: Finder, const TEXT: usize, const NODES: usize> NearOptimalParser<F, TEXT, NODES> {
    /// A parser for parts of up to `part` bytes.
    pub(super) fn new(finder: F, nice_len: usize, depth: usize, part: usize) -> Self {
        Self {
            finder,
            effort: Effort { nice_len, depth },
            matches: vec![Item::LITERAL; part * MATCHES_PER_POSITION + MAX_AT_ONCE].into(),
            ends: vec![0; part].into(),
            start: 0,
            nodes: zeroed(),
            gaps: zeroed(),
            recents: Box::new([Recent::START; KEPT]),
        }
    }

    /// Takes over a chunk.
    pub(super) fn reset(&mut self, text: &Text<TEXT>) {
        self.finder.reset(text);
    }

    /// Finds the matches of the positions `start..end`. Positions come in order, and each once.
    #[inline(never)]
    pub(super) fn find_matches(&mut self, text: &Text<TEXT>, start: usize, end: usize) {
        let Self { finder, effort, matches, ends, .. } = self;
        self.start = start;
        let mut count = 0;
        let mut at = start;
        while at < end {
            let mut longest = 0;
            if let Some(room) = matches[count..].first_chunk_mut() {
                let found;
                (found, longest) = finder.find(text, at, *effort, room);
                count += found;
            }
            ends[at - start] = count as u32;
            at += 1;
            if longest >= effort.nice_len {
                let skipped = (at - 1 + longest).min(end);
                let mut scratch = [Item::LITERAL; MAX_AT_ONCE];
                for at in at..skipped {
                    finder.find(text, at, *effort, &mut scratch);
                }
                ends[at - start..skipped - start].fill(count as u32);
                at = skipped;
            }
        }
    }

    /// Appends to `items` the cheapest parse of `start..end`, of which all matches are known, where `recent` are the recent offsets
    /// at `start`. Returns those at `end`.
    pub(super) fn parse(
        &mut self,
        text: &Text<TEXT>,
        start: usize,
        end: usize,
        recent: Recent,
        costs: &Costs,
        items: &mut Vec<Item>,
    ) -> Recent {
        self.find_cheapest(text, start, end, recent, costs);
        let first = items.len();
        let mut at = end - start;
        while at > 0 {
            let node = self.nodes[at] as u32;
            let item = Item::from_bits(node & !GAP);
            if node & GAP != 0 {
                let length = usize::from(self.gaps[at]);
                items.push(Item::matched(length, 0));
                items.push(Item::LITERAL);
                at -= length + 1;
            }
            items.push(item);
            at -= item.length();
        }
        items[first..].reverse();
        items[first..].iter().fold(recent, |recent, &item| recent.after(item))
    }

    /// Fills the nodes.
    fn find_cheapest(&mut self, text: &Text<TEXT>, start: usize, end: usize, recent: Recent, costs: &Costs) {
        let len = end - start;
        self.nodes[0] = 0;
        self.nodes[1..=len].fill(u64::MAX);
        let mut graph =
            Graph { nodes: &mut self.nodes, gaps: &mut self.gaps, recents: &mut self.recents, costs, text, start, len };
        let ends = &self.ends[start - self.start..end - self.start];
        let mut match_at = match start - self.start {
            0 => 0,
            before => self.ends[before - 1] as usize,
        };
        let mut at = 0;
        while at < len {
            let (cost, here) = graph.arrive(at, recent);
            graph.literal(at, cost);
            let longest = graph.repeats(at, cost, here);
            let match_end = ends[at] as usize;
            let longest = graph.matches(at, cost, longest, &self.matches[match_at..match_end]);
            match_at = match_end;
            at += 1;
            if longest >= self.effort.nice_len {
                at += longest - 1;
                match_at = ends[at - 1] as usize;
            }
        }
    }
}

/// The graph of ways through a part of the chunk.
struct Graph<'g, const TEXT: usize, const NODES: usize> {
    nodes: &'g mut [u64; NODES],
    gaps: &'g mut [u16; NODES],
    recents: &'g mut [Recent; KEPT],
    costs: &'g Costs,
    text: &'g Text<TEXT>,
    /// The position of the first node.
    start: usize,
    /// The last node.
    len: usize,
}

impl<const TEXT: usize, const NODES: usize> Graph<'_, TEXT, NODES> {
    /// The cost of the cheapest way to `at`, ready to be added to, and the recent offsets behind it; `first` are those at the first
    /// node.
    #[inline(always)]
    fn arrive(&mut self, at: usize, first: Recent) -> (u64, Recent) {
        let node = self.nodes[at & (NODES - 1)];
        let item = Item::from_bits(node as u32 & !GAP);
        let mut length = item.length();
        if node as u32 & GAP != 0 {
            length += 1 + usize::from(self.gaps[at & (NODES - 1)]);
        }
        let here = if at == 0 { first } else { self.recents[at.wrapping_sub(length) % KEPT].after(item) };
        self.recents[at % KEPT] = here;
        (node >> COST_SHIFT << COST_SHIFT, here)
    }

    /// Offers the way on to `to` that costs `offered`.
    #[inline(always)]
    fn offer(&mut self, to: usize, offered: u64) {
        let node = &mut self.nodes[to & (NODES - 1)];
        *node = offered.min(*node);
    }

    /// Offers a match of each of the lengths `from..=to`, of which there is at least one. `base` is the cost so far, and the item
    /// but for its length.
    #[inline(always)]
    fn offer_match(&mut self, at: usize, from: usize, to: usize, base: u64, slot: usize) {
        let short = self.costs.short(slot);
        let end = to.min(SHORT - 1);
        let mut first = from;
        while first <= end {
            // Nothing predicts how many lengths there are, but there are rarely more than a few. So offers are made for several at
            // once, and those for too great lengths are too high.
            let left = (end - first).min(GROUP - 1);
            let costs = short[first % SHORT..].first_chunk::<GROUP>().expect("the row is long enough");
            let at = (at + first) & (NODES / 2 - 1);
            let nodes = self.nodes[at..].first_chunk_mut::<GROUP>().expect("the array is twice as long");
            for lane in 0..GROUP {
                let offered = (base + costs[lane]) | TOO_LONG[left][lane];
                nodes[lane] = offered.min(nodes[lane]);
            }
            first += GROUP;
        }
        if to >= SHORT {
            self.offer_long_match(at, from.max(SHORT), to, base, slot);
        }
    }

    #[inline(never)]
    fn offer_long_match(&mut self, at: usize, from: usize, to: usize, base: u64, slot: usize) {
        for length in from..=to {
            self.offer(at + length, base + self.costs.long(slot, length));
        }
    }

    #[inline(always)]
    fn literal(&mut self, at: usize, cost: u64) {
        let literal = self.costs.literal(self.text.byte(self.start + at));
        self.offer(at + 1, cost + literal + u64::from(Item::LITERAL.bits()));
    }

    /// Offers matches at the recent offsets `here`, and returns the length of the longest.
    #[inline(always)]
    fn repeats(&mut self, at: usize, cost: u64, here: Recent) -> usize {
        let pos = self.start + at;
        let max = (self.len - at).min(MAX_MATCH);
        let bytes = self.text.load16(pos);
        let mut longest = MIN_MATCH - 1;
        for index in 0..REPEATS {
            let from = pos.wrapping_sub(here.get(index));
            if self.text.load16(from) != bytes || from >= pos {
                continue;
            }
            let length = self.text.common_length(from, pos, max);
            if length > longest {
                let base = cost + u64::from(Item::matched(0, index as u32).bits());
                self.offer_match(at, longest + 1, length, base, index);
                longest = length;
            }
        }
        longest
    }

    /// Offers the matches `found`, as far as they are longer than `longest`, and returns the length of the longest.
    #[inline(always)]
    fn matches(&mut self, at: usize, cost: u64, mut longest: usize, found: &[Item]) -> usize {
        let max = self.len - at;
        for found in found {
            let length = found.length().min(max);
            if length <= longest {
                continue;
            }
            let formatted = found.formatted();
            let slot = slot(formatted);
            let base = cost + self.costs.aligned(slot, formatted) + u64::from(Item::matched(0, formatted).bits());
            self.offer_match(at, longest + 1, length, base, slot);
            longest = length;
        }
        if let [.., last] = found {
            self.gap(at, cost, *last);
        }
        longest
    }

    /// Offers the match `found`, a literal, and a match at the same offset as one step: a byte that has changed in between is
    /// common, and each of the three alone may well be too expensive.
    #[inline(always)]
    fn gap(&mut self, at: usize, cost: u64, found: Item) {
        let (length, formatted) = (found.length(), found.formatted());
        let literal = at + length;
        let pos = self.start + literal + 1;
        let from = pos - (formatted as usize - OFFSET_BIAS);
        if self.text.load16(from) != self.text.load16(pos) {
            return;
        }
        let max = self.len.saturating_sub(literal + 1).min(KEPT - 2 - MAX_MATCH);
        let second = self.text.common_length(from, pos, max);
        if second < MIN_MATCH {
            return;
        }
        let slot = slot(formatted);
        let gap_cost = self.costs.aligned(slot, formatted)
            + self.costs.of_match(slot, length)
            + self.costs.literal(self.text.byte(pos - 1))
            + self.costs.of_match(0, second);
        let offered = cost + (gap_cost >> COST_SHIFT << COST_SHIFT) + u64::from(found.bits() | GAP);
        let to = (literal + 1 + second) & (NODES - 1);
        if offered < self.nodes[to] {
            self.nodes[to] = offered;
            self.gaps[to] = second as u16;
        }
    }
}
