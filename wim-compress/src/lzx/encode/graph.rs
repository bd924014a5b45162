//! The graph of ways through a part of the chunk.
//!
//! A node of the graph is a position, kept as one `u64` with the cost of the cheapest way above the item that it ends with; so a
//! comparison of integers both compares and replaces.

use super::cost::{COST_SHIFT, Costs, SHORT};
use super::item::{Item, Recent, slot};
use super::text::Text;
use crate::lzx::tables::{MAX_MATCH, MIN_MATCH, OFFSET_BIAS, REPEATS};

/// Positions whose recent offsets are kept: more than the longest match, and a power of two.
pub(super) const KEPT: usize = 512;
const _: () = assert!(KEPT > MAX_MATCH && KEPT.is_power_of_two());

/// Marks a node that ends with a gap: the item, a literal, and a match at the same offset.
pub(super) const GAP: u32 = 1 << 31;

/// By how many bytes a match that is not short may be cut. That it pays to cut more is rare, and to ask takes long.
const MAX_CUT: usize = 11;
const _: () = assert!(MAX_CUT < SHORT);

/// Lengths offered at once.
const GROUP: usize = 4;

/// By the number of lengths in a group that are not too great, less one: what makes the offers for the others too high.
static TOO_LONG: [[u64; GROUP]; GROUP] =
    [[0, u64::MAX, u64::MAX, u64::MAX], [0, 0, u64::MAX, u64::MAX], [0, 0, 0, u64::MAX], [0, 0, 0, 0]];

/// The graph of ways through a part of the chunk.
pub(super) struct Graph<'g, const TEXT: usize, const NODES: usize> {
    pub(super) nodes: &'g mut [u64; NODES],
    pub(super) gaps: &'g mut [u16; NODES],
    pub(super) recents: &'g mut [Recent; KEPT],
    pub(super) costs: &'g Costs,
    pub(super) text: &'g Text<TEXT>,
    /// The position of the first node.
    pub(super) start: usize,
    /// The last node.
    pub(super) len: usize,
}

impl<const TEXT: usize, const NODES: usize> Graph<'_, TEXT, NODES> {
    /// The cost of the cheapest way to `at`, ready to be added to, and the recent offsets behind it; `first` are those at the first
    /// node.
    #[inline(always)]
    pub(super) fn arrive(&mut self, at: usize, first: Recent) -> (u64, Recent) {
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
            self.offer_long_match(at, from.max(SHORT).max(to - MAX_CUT), to, base, slot);
        }
    }

    #[inline(never)]
    fn offer_long_match(&mut self, at: usize, from: usize, to: usize, base: u64, slot: usize) {
        for length in from..=to {
            self.offer(at + length, base + self.costs.long(slot, length));
        }
    }

    #[inline(always)]
    pub(super) fn literal(&mut self, at: usize, cost: u64) {
        let literal = self.costs.literal(self.text.byte(self.start + at));
        self.offer(at + 1, cost + literal + u64::from(Item::LITERAL.bits()));
    }

    /// Offers matches at the recent offsets `here`, and returns the length of the longest.
    #[inline(always)]
    pub(super) fn repeats(&mut self, at: usize, cost: u64, here: Recent) -> usize {
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
    pub(super) fn matches(&mut self, at: usize, cost: u64, mut longest: usize, found: &[Item]) -> usize {
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
