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

use super::cost::Costs;
use super::finder::Finder;
use super::item::{Item, Recent, slot};
use crate::lzx::tables::{ALIGNED_SYMBOLS, FIRST_ALIGNED_SLOT, MAX_MATCH, MAX_SLOTS, MIN_MATCH, OFFSET_BIAS, REPEATS};
use crate::matchfinder::Search;

/// Matches kept for a position on average, at most; when there are more, later positions go without.
const MATCHES_PER_POSITION: usize = 8;

/// Positions whose recent offsets are kept: more than the longest match, and a power of two.
const KEPT: usize = 512;
const _: () = assert!(KEPT > MAX_MATCH && KEPT.is_power_of_two());

/// Where the cost begins in a node.
const COST_SHIFT: u32 = 32;

const GAP: u32 = 1 << 31;

/// A near-optimal parser with its match finder.
pub(super) struct NearOptimalParser<F> {
    finder: F,
    search: Search,
    /// The matches of a part of the chunk, position by position, in ascending lengths; with the real offset for the formatted one.
    matches: Vec<Item>,
    /// Where the matches of each position end.
    ends: Box<[u32]>,
    /// The position of the first entry of `ends`.
    start: usize,
    /// By position in the part that is being parsed.
    nodes: Box<[u64]>,
    /// For a node that ends with a gap: the length of the match behind the literal.
    gaps: Box<[u16]>,
    /// The recent offsets on the cheapest way to each of the last positions.
    recents: Box<[Recent; KEPT]>,
}

impl<F: Finder> NearOptimalParser<F> {
    /// A parser for parts of up to `part` bytes.
    pub(super) fn new(finder: F, nice_len: usize, depth: usize, part: usize) -> Self {
        Self {
            finder,
            search: Search { max_len: MAX_MATCH, nice_len, depth, longer_than: MIN_MATCH - 1 },
            matches: Vec::with_capacity(part * MATCHES_PER_POSITION),
            ends: vec![0; part].into(),
            start: 0,
            nodes: vec![0; part + MAX_MATCH + 1].into(),
            gaps: vec![0; part + MAX_MATCH + 1].into(),
            recents: Box::new([Recent::START; KEPT]),
        }
    }

    /// Takes over a chunk.
    pub(super) fn load(&mut self, data: &[u8]) {
        self.finder.load(data);
    }

    /// Finds the matches of the positions `start..end`. Positions come in order, and each once.
    pub(super) fn find_matches(&mut self, start: usize, end: usize) {
        let Self { finder, search, matches, ends, .. } = self;
        self.start = start;
        matches.clear();
        let room = matches.capacity() - MAX_MATCH;
        let mut at = start;
        while at < end {
            let mut longest = 0;
            if matches.len() < room {
                finder.find(at, *search, |length, offset| {
                    matches.push(Item::matched(length, offset as u32));
                    longest = length;
                });
            } else {
                finder.skip(at..at + 1, *search);
            }
            ends[at - start] = matches.len() as u32;
            at += 1;
            if longest >= search.nice_len {
                let skipped = (at - 1 + longest).min(end);
                finder.skip(at..skipped, *search);
                ends[at - start..skipped - start].fill(matches.len() as u32);
                at = skipped;
            }
        }
    }

    /// Appends to `items` the cheapest parse of `start..end`, of which all matches are known, where `recent` are the recent offsets
    /// at `start`. Returns those at `end`.
    pub(super) fn parse(
        &mut self,
        data: &[u8],
        start: usize,
        end: usize,
        recent: Recent,
        costs: &Costs,
        items: &mut Vec<Item>,
    ) -> Recent {
        self.find_cheapest(data, start, end, recent, costs);
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
    fn find_cheapest(&mut self, data: &[u8], start: usize, end: usize, recent: Recent, costs: &Costs) {
        let len = end - start;
        let nodes = &mut self.nodes[..=len];
        nodes[0] = 0;
        nodes[1..].fill(u64::MAX);
        let mut match_at = match start - self.start {
            0 => 0,
            before => self.ends[before - 1] as usize,
        };
        let mut at = 0;
        while at < len {
            let node = nodes[at];
            let cost = node >> COST_SHIFT << COST_SHIFT;
            let item = Item::from_bits(node as u32 & !GAP);
            let mut length = item.length();
            if node as u32 & GAP != 0 {
                length += 1 + usize::from(self.gaps[at]);
            }
            let here = if at == 0 { recent } else { self.recents[(at - length) % KEPT].after(item) };
            self.recents[at % KEPT] = here;

            let pos = start + at;
            let byte = data[pos];
            let literal =
                cost + (u64::from(costs.literals[usize::from(byte)]) << COST_SHIFT) + u64::from(Item::LITERAL.bits());
            nodes[at + 1] = nodes[at + 1].min(literal);

            let room = (len - at).min(MAX_MATCH);
            let mut longest = 0;
            for index in 0..REPEATS {
                let length = repeat_length(data, pos, here.get(index), room);
                if length >= MIN_MATCH {
                    let base = cost + u64::from(Item::matched(0, index as u32).bits());
                    relax(nodes, at, MIN_MATCH, length, base, &costs.matches[index]);
                    longest = longest.max(length);
                }
            }

            let match_end = self.ends[pos - self.start] as usize;
            let mut length = MIN_MATCH;
            for found in &self.matches[match_at..match_end] {
                let formatted = found.formatted() + OFFSET_BIAS as u32;
                let slot = slot(formatted) % MAX_SLOTS;
                let mut base = cost + u64::from(Item::matched(0, formatted).bits());
                if slot >= FIRST_ALIGNED_SLOT {
                    base += u64::from(costs.aligned[formatted as usize % ALIGNED_SYMBOLS]) << COST_SHIFT;
                }
                let up_to = found.length().min(room);
                if up_to >= length {
                    relax(nodes, at, length, up_to, base, &costs.matches[slot]);
                    length = up_to + 1;
                }
            }
            if match_end > match_at
                && longest < self.search.nice_len
                && length - 1 < self.search.nice_len
                && length < room
            {
                let found = self.matches[match_end - 1];
                let length = found.length();
                if length + 2 < room {
                    let second = repeat_length(
                        data,
                        pos + length + 1,
                        found.formatted() as usize,
                        (room - length - 1).min(KEPT - 2 - MAX_MATCH),
                    );
                    if second >= 2 {
                        let formatted = found.formatted() + OFFSET_BIAS as u32;
                        let slot = slot(formatted) % MAX_SLOTS;
                        let mut c = u32::from(costs.matches[slot][length])
                            + u32::from(costs.literals[usize::from(data[pos + length])])
                            + u32::from(costs.matches[0][second]);
                        if slot >= FIRST_ALIGNED_SLOT {
                            c += u32::from(costs.aligned[formatted as usize % ALIGNED_SYMBOLS]);
                        }
                        let offered = cost
                            + (u64::from(c) << COST_SHIFT)
                            + u64::from(Item::matched(length, formatted).bits() | GAP);
                        let to = at + length + 1 + second;
                        if offered < nodes[to] {
                            nodes[to] = offered;
                            self.gaps[to] = second as u16;
                        }
                    }
                }
            }
            longest = longest.max(length - 1);
            at += if longest >= self.search.nice_len { longest } else { 1 };
            if longest >= self.search.nice_len {
                match_at = if at < len { self.ends[start + at - 1 - self.start] as usize } else { 0 };
            } else {
                match_at = match_end;
            }
        }
    }
}

/// Offers a match at `at` of each of the lengths `from..=to` to the nodes that it leads to. `base` is the cost so far, and the
/// item but for its length; `costs` are those by length.
#[inline(always)]
fn relax(nodes: &mut [u64], at: usize, from: usize, to: usize, base: u64, costs: &[u16; MAX_MATCH + 1]) {
    for ((node, &cost), length) in nodes[at + from..=at + to].iter_mut().zip(&costs[from..=to]).zip(from as u64..) {
        let offered = base + (u64::from(cost) << COST_SHIFT) + length;
        *node = offered.min(*node);
    }
}

/// How many bytes at `pos` are equal to those `offset` bytes before, up to `max`.
#[inline(always)]
fn repeat_length(data: &[u8], pos: usize, offset: usize, max: usize) -> usize {
    let Some(from) = pos.checked_sub(offset) else { return 0 };
    if data[from] != data[pos] {
        return 0;
    }
    let mut length = 0;
    let here = &data[pos..pos + max];
    let there = &data[from..from + max];
    while let (Some(a), Some(b)) = (here[length..].first_chunk(), there[length..].first_chunk()) {
        let difference = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if difference != 0 {
            return length + (difference.trailing_zeros() / u8::BITS) as usize;
        }
        length += size_of::<u64>();
    }
    length + here[length..].iter().zip(&there[length..]).take_while(|(a, b)| a == b).count()
}
