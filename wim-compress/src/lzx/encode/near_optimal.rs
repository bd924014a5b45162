//! Near-optimal parsing: the cheapest sequence of items for given costs.
//!
//! The matches of all positions are found first and kept. A lazy parse of them then shows where blocks begin, and what
//! symbols will cost in each ([`super::sketch`]); passes over each block follow. (A first pass with an average chunk's costs in place of
//! the lazy parse suits data that is like the average chunk a little better, and all other data worse.)
//!
//! In a pass, the cheapest way to each position is found, from the first one on:
//! a literal, a match at a recent offset, or a match of each length that was found (at the nearest offset that has it) lead
//! further. Which recent offsets there are depends on the way to a position, and only those of the cheapest way are
//! kept: this is why the result is not quite optimal.
//!
//! A match of the nice length or more is taken at once, and nothing inside it is looked at.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::cost::Costs;
use super::finder::Finder;
use super::graph::{GAP, Graph, KEPT};
use super::item::{Item, Recent};
use super::matches::Matches;
use super::parser::{Effort, Parser};
use super::sketch::sketch;
use super::text::Text;
use crate::boxed::zeroed;
use crate::lzx::tables::MAX_MATCH;

/// A near-optimal parser with its match finder. `NODES` is at least twice the longest stretch, and a power of two.
pub(super) struct NearOptimalParser<F, const TEXT: usize, const NODES: usize> {
    finder: F,
    effort: Effort,
    passes: u8,
    matches: Matches,
    /// By position in the part that is being parsed.
    nodes: Box<[u64; NODES]>,
    /// For a node that ends with a gap: the length of the match behind the literal.
    gaps: Box<[u16; NODES]>,
    /// The recent offsets on the cheapest way to each of the last positions.
    recents: Box<[Recent; KEPT]>,
}

impl<F: Finder, const TEXT: usize, const NODES: usize> NearOptimalParser<F, TEXT, NODES> {
    /// A parser for stretches of up to `stretch` bytes.
    pub(super) fn new(effort: Effort, passes: u8, stretch: usize) -> Self {
        assert!(2 * stretch <= NODES && stretch > MAX_MATCH);
        Self {
            finder: F::new(),
            effort,
            passes,
            matches: Matches::new(stretch),
            nodes: zeroed(),
            gaps: zeroed(),
            recents: Box::new([Recent::START; KEPT]),
        }
    }

    /// The bytes of memory that it takes, beside its finder.
    pub(super) const fn memory(stretch: usize) -> usize {
        let graph = stretch * (size_of::<u64>() + size_of::<u16>()) + KEPT * size_of::<Recent>();
        size_of::<Self>() - size_of::<F>() + Matches::memory(stretch) + graph
    }

    /// Finds the matches of all positions of a stretch.
    #[inline(never)]
    fn find_matches(&mut self, text: &Text<TEXT>, stretch: Range<usize>) {
        self.matches.find(self.finder.cursor(stretch.start), text, stretch, self.effort);
    }

    /// Fills the nodes.
    #[inline(never)]
    fn find_cheapest(&mut self, text: &Text<TEXT>, part: Range<usize>, recent: Recent, costs: &Costs) {
        let len = part.len();
        self.nodes[0] = 0;
        self.nodes[1..=len].fill(u64::MAX);
        let mut graph = Graph {
            nodes: &mut self.nodes,
            gaps: &mut self.gaps,
            recents: &mut self.recents,
            costs,
            text,
            start: part.start,
            len,
        };
        let (ends, mut match_at) = self.matches.ends(part);
        let mut at = 0;
        while at < len {
            let (cost, here) = graph.arrive(at, recent);
            graph.literal(at, cost);
            let longest = graph.repeats(at, cost, here);
            let match_end = ends[at] as usize;
            let longest = graph.matches(at, cost, longest, self.matches.get(match_at, match_end));
            match_at = match_end;
            at += 1;
            if longest >= self.effort.nice_len {
                at += longest - 1;
                match_at = ends[at - 1] as usize;
            }
        }
    }
}

impl<F: Finder, const TEXT: usize, const NODES: usize> Parser<TEXT> for NearOptimalParser<F, TEXT, NODES> {
    fn reset(&mut self, text: &Text<TEXT>) {
        self.finder.load(text.data());
        self.matches.reset();
    }

    fn parse(
        &mut self,
        text: &Text<TEXT>,
        stretch: Range<usize>,
        recent: Recent,
        costs: &Costs,
        items: &mut Vec<Item>,
    ) -> Recent {
        self.find_matches(text, stretch.clone());
        sketch(&self.matches, text, stretch, self.effort.nice_len, recent, costs, items);
        recent.after_all(items)
    }

    fn passes(&self) -> u8 {
        self.passes
    }

    fn parse_again(
        &mut self,
        text: &Text<TEXT>,
        part: Range<usize>,
        recent: Recent,
        costs: &Costs,
        items: &mut Vec<Item>,
    ) -> Recent {
        self.find_cheapest(text, part.clone(), recent, costs);
        let first = items.len();
        let mut at = part.len();
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
        recent.after_all(&items[first..])
    }
}
