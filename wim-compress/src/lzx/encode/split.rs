//! Cutting a parsed chunk into blocks.
//!
//! A block has its own codes, which fit it the better the shorter it is, and a header of some two hundred bytes. The parse is cut
//! into segments of a few hundred items, and as long as there are two neighbours that would be cheaper as one, the two that gain
//! most are merged. What a block would cost is estimated from the entropies of its histogram.
//!
//! This comes after the parse, not before: the items that are chosen with the average chunk's costs show well enough where
//! the data changes.

use alloc::vec::Vec;

use super::cost::BIT;
use super::histogram::Histogram;
use super::item::Item;
use super::log2::x_log2_x;

/// What a block's header costs: so much in any case, and so much for each symbol that it uses.
const HEADER_COST: i64 = 300 * BIT as i64;
const SYMBOL_COST: i64 = 41 * BIT as i64 / 10;

/// What an aligned code's header costs, and the raw bits of a match in a verbatim block that it replaces.
const ALIGNED_HEADER_COST: i64 = 24 * BIT as i64;
const VERBATIM_COST: i64 = 3 * BIT as i64;

/// A part of a chunk that will be a block.
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
    fn new(items: &[Item], data: &[u8]) -> Self {
        let bytes = items.iter().map(|item| item.length()).sum();
        let mut histogram = Histogram::ZERO;
        histogram.add(items, &data[..bytes]);
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

/// Cuts `items`, which stand for `data`, into parts worth blocks of their own; `parts` is overwritten. What is cut off first has
/// `segment` items.
pub(super) fn split(items: &[Item], data: &[u8], segment: usize, parts: &mut Vec<Part>) {
    parts.clear();
    let mut at = 0;
    for items in items.chunks(segment) {
        parts.push(Part::new(items, &data[at..]));
        at += parts[parts.len() - 1].bytes;
    }
    for first in 0..parts.len() {
        weigh_with_next(parts, first);
    }
    while let Some(first) = best_merge(parts) {
        let next = parts.remove(first + 1);
        parts[first].merge(&next);
        weigh_with_next(parts, first);
        if first > 0 {
            weigh_with_next(parts, first - 1);
        }
    }
}

/// The first of the two neighbours whose merger gains most, if one gains anything.
fn best_merge(parts: &[Part]) -> Option<usize> {
    let gain = |first: usize| parts[first].cost + parts[first + 1].cost - parts[first].cost_with_next;
    (0..parts.len().saturating_sub(1)).max_by_key(|&first| gain(first)).filter(|&first| gain(first) > 0)
}

fn weigh_with_next(parts: &mut [Part], first: usize) {
    if let [part, next, ..] = &mut parts[first..] {
        part.cost_with_next = cost(&part.histogram, &next.histogram);
    }
}

/// What a block with the counts of both histograms together would cost, but for the raw bits of offsets.
fn cost(a: &Histogram, b: &Histogram) -> i64 {
    let (aligned, aligned_count) = code_cost(&a.aligned, &b.aligned, 0);
    HEADER_COST
        + code_cost(&a.main, &b.main, SYMBOL_COST).0
        + code_cost(&a.length, &b.length, SYMBOL_COST).0
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
