//! Cutting a parsed stretch into blocks.
//!
//! A block has its own codes, which fit it the better the shorter it is, and a header of some two hundred bytes. The parse is cut
//! into segments of a few hundred items, and as long as there are two neighbours that would be cheaper as one, the two that gain
//! most are merged. What a block would cost is estimated from the entropies of its histogram.
//!
//! This comes after the parse, not before: the items that are chosen with the average chunk's costs show well enough where
//! the data changes.

use alloc::vec::Vec;

use super::cost::BIT;
use super::histogram::{Histogram, Symbols};
use super::item::Item;
use super::log2::x_log2_x;

/// What a block's header costs: so much in any case, and so much for each symbol that it uses.
const HEADER_COST: i64 = 500 * BIT as i64;
const SYMBOL_COST: i64 = 5 * BIT as i64;

/// What an aligned code's header costs, and the raw bits of a match in a verbatim block that it replaces.
const ALIGNED_HEADER_COST: i64 = 24 * BIT as i64;
const VERBATIM_COST: i64 = 3 * BIT as i64;

/// A part of a stretch that will be a block.
pub(super) struct Part {
    /// The number of items.
    pub(super) items: usize,
    /// The bytes that they stand for.
    pub(super) bytes: usize,
    pub(super) histogram: Histogram,
    cost: i64,
    /// What it would cost together with the part behind it.
    cost_with_next: i64,
}

impl Part {
    fn new(items: &[Item], data: &[u8], symbols: &mut Vec<Symbols>) -> Self {
        let mut histogram = Histogram::ZERO;
        let bytes = histogram.add(items, data, symbols);
        let cost = cost(&histogram, &Histogram::ZERO);
        Self { items: items.len(), bytes, histogram, cost, cost_with_next: i64::MAX }
    }

    fn merge(&mut self, next: &Self) {
        self.items += next.items;
        self.bytes += next.bytes;
        self.histogram.merge(&next.histogram);
        self.cost = self.cost_with_next;
    }
}

/// Cuts stretches into parts worth blocks of their own.
pub(super) struct Splitter {
    /// The items of what is cut off first.
    segment: usize,
    parts: Vec<Part>,
    /// The parts that have not been merged into others, in order.
    left: Vec<usize>,
}

impl Splitter {
    pub(super) fn new(segment: usize) -> Self {
        Self { segment, parts: Vec::new(), left: Vec::new() }
    }

    /// Cuts `items`, which stand for `data`, and fills `symbols` with theirs.
    pub(super) fn split(&mut self, items: &[Item], data: &[u8], symbols: &mut Vec<Symbols>) {
        self.parts.clear();
        symbols.clear();
        let mut at = 0;
        for items in items.chunks(self.segment) {
            let part = Part::new(items, &data[at..], symbols);
            at += part.bytes;
            self.parts.push(part);
        }
        self.left.clear();
        self.left.extend(0..self.parts.len());
        for first in 0..self.left.len() {
            self.weigh_with_next(first);
        }
        while let Some(first) = self.best_merge() {
            let (part, next) = self.pair(first);
            part.merge(next);
            self.left.remove(first + 1);
            self.weigh_with_next(first);
            if first > 0 {
                self.weigh_with_next(first - 1);
            }
        }
    }

    /// The parts of the last stretch, in order.
    pub(super) fn parts_mut(&mut self) -> impl Iterator<Item = &mut Part> {
        let mut left = self.left.iter().copied().peekable();
        self.parts.iter_mut().enumerate().filter_map(move |(index, part)| left.next_if_eq(&index).map(|_| part))
    }

    /// The counts of the last stretch.
    pub(super) fn total(&self) -> Histogram {
        let mut total = Histogram::ZERO;
        for &index in &self.left {
            total.merge(&self.parts[index].histogram);
        }
        total
    }

    /// The part at `first` of those left, and the next one.
    fn pair(&mut self, first: usize) -> (&mut Part, &Part) {
        let (before, after) = self.parts.split_at_mut(self.left[first + 1]);
        (&mut before[self.left[first]], &after[0])
    }

    /// The first of the two neighbours whose merger gains most, if one gains anything.
    fn best_merge(&self) -> Option<usize> {
        let part = |index: usize| &self.parts[self.left[index]];
        let gain = |first: usize| part(first).cost + part(first + 1).cost - part(first).cost_with_next;
        (0..self.left.len().saturating_sub(1)).max_by_key(|&first| gain(first)).filter(|&first| gain(first) > 0)
    }

    fn weigh_with_next(&mut self, first: usize) {
        if first + 1 < self.left.len() {
            let (part, next) = self.pair(first);
            part.cost_with_next = cost(&part.histogram, &next.histogram);
        }
    }
}

/// What a block with the counts of both histograms together would cost, but for the raw bits of offsets.
fn cost(a: &Histogram, b: &Histogram) -> i64 {
    let (aligned, aligned_count) = code_cost(a.aligned(), b.aligned(), 0);
    HEADER_COST
        + code_cost(&a.main, &b.main, SYMBOL_COST).0
        + code_cost(a.length(), b.length(), SYMBOL_COST).0
        + (aligned + ALIGNED_HEADER_COST).min(i64::from(aligned_count) * VERBATIM_COST)
}

/// What one code and its symbols would cost, and how many symbols there are.
#[inline(always)]
fn code_cost<const N: usize>(a: &[u32; N], b: &[u32; N], symbol_cost: i64) -> (i64, u32) {
    let (mut total, mut used, mut sum) = (0, 0, 0);
    for (a, b) in a.iter().zip(b) {
        let count = a + b;
        total += count;
        used += i64::from(count != 0);
        sum += x_log2_x(count);
    }
    (x_log2_x(total) as i64 - sum as i64 + used * symbol_cost, total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// The parts of `items`, as numbers of items and bytes.
    fn split(items: &[Item], data: &[u8]) -> Vec<(usize, usize)> {
        let mut splitter = Splitter::new(100);
        splitter.split(items, data, &mut Vec::new());
        let parts: Vec<_> = splitter.parts_mut().map(|part| (part.items, part.bytes)).collect();
        assert_eq!(splitter.total().main.iter().sum::<u32>() as usize, items.len());
        parts
    }

    #[test]
    fn equal_data_stays_together_and_different_data_does_not() {
        let same: Vec<u8> = (0..2000).map(|i| (i % 7) as u8).collect();
        assert_eq!(split(&vec![Item::LITERAL; 2000], &same), [(2000, 2000)]);
        let changed: Vec<u8> = (0..4000u32).map(|i| (i % 64 + i / 2000 * 64) as u8).collect();
        assert_eq!(split(&vec![Item::LITERAL; 4000], &changed), [(2000, 2000), (2000, 2000)]);
        assert_eq!(split(&[], &[]), []);
    }

    #[test]
    fn matches_count_with_their_lengths() {
        let items = [[Item::LITERAL; 1], [Item::matched(9, 0); 1]].concat();
        assert_eq!(split(&items.repeat(300), &vec![0; 3000]), [(600, 3000)]);
    }
}
