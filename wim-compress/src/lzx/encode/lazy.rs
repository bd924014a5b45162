//! Lazy parsing: the match that saves most at a position, unless the one at the next position saves more.
//!
//! What a match saves is what its bytes would cost as literals, less its own cost, by the costs of an average chunk with
//! the literals of this one. This weighs recent offsets, far short matches and everything else by one rule. The literals' costs are
//! summed up from the start, so that those of any bytes are a difference.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::cost::{BIT, COST_SHIFT, Costs};
use super::item::{Item, Recent, slot};
use super::parser::{Effort, Parser};
use super::text::Text;
use crate::boxed::zeroed;
use crate::lzx::tables::{MAX_MATCH, MIN_MATCH, OFFSET_BIAS, REPEATS};
use crate::matchfinder::Position;
use crate::matchfinder::hash_chain::{ChainCursor, HashChains};

/// What a match must save more than the one before it to be worth a literal between them: such gains are often undone by what
/// follows.
const LAZY_MARGIN: i32 = BIT as i32;

/// A match at a recent offset of this length is taken without looking for others.
const ENOUGH: usize = 6;

/// A lazy parser with its match finder. `SUMS` is a power of two that is more than the longest stretch.
pub(super) struct LazyParser<P, const TEXT: usize, const HEADS4: usize, const HEADS3: usize, const SUMS: usize> {
    finder: HashChains<P, TEXT, HEADS4, HEADS3>,
    effort: Effort,
    /// What all bytes of the stretch before each position cost as literals.
    sums: Box<[u32; SUMS]>,
}

/// What to do at a position, and what it saves against literals.
#[derive(Clone, Copy)]
struct Choice {
    item: Item,
    saved: i32,
}

impl<P: Position + Send, const TEXT: usize, const HEADS4: usize, const HEADS3: usize, const SUMS: usize>
    LazyParser<P, TEXT, HEADS4, HEADS3, SUMS>
{
    pub(super) fn new(effort: Effort) -> Self {
        Self { finder: HashChains::new(), effort, sums: zeroed() }
    }

    /// The bytes of memory that it takes, beside its finder.
    pub(super) const fn memory(stretch: usize) -> usize {
        stretch * size_of::<u32>()
    }
}

impl<P: Position + Send, const TEXT: usize, const HEADS4: usize, const HEADS3: usize, const SUMS: usize> Parser<TEXT>
    for LazyParser<P, TEXT, HEADS4, HEADS3, SUMS>
{
    fn passes(&self) -> u8 {
        1
    }

    fn reset(&mut self, text: &Text<TEXT>) {
        self.finder.load(text.data());
    }

    fn prepare(&mut self, _: &Text<TEXT>, _: Range<usize>) {}

    fn parse(
        &mut self,
        text: &Text<TEXT>,
        part: Range<usize>,
        mut recent: Recent,
        costs: &Costs,
        items: &mut Vec<Item>,
    ) -> Recent {
        let Range { start, end } = part;
        self.sum_up(&text.data()[start..end], costs);
        let Self { finder, effort, sums } = self;
        let scale = Scale { text, start, end, costs, sums };
        let ahead = Effort { depth: effort.depth.div_ceil(2), ..*effort };
        let mut cursor = finder.cursor(start);
        let mut pos = start;
        while pos < end {
            let mut choice = scale.choose(&mut cursor, pos, recent, *effort, MIN_MATCH);
            if choice.saved <= 0 {
                items.push(Item::LITERAL);
                pos += 1;
                continue;
            }
            let mut fresh = pos + 1;
            while choice.item.length() < effort.nice_len && fresh < end {
                let longer_than = (choice.item.length() - 1).max(MIN_MATCH);
                let next = scale.choose(&mut cursor, fresh, recent, ahead, longer_than);
                fresh += 1;
                if next.saved <= choice.saved + LAZY_MARGIN {
                    break;
                }
                items.push(Item::LITERAL);
                pos += 1;
                choice = next;
            }
            items.push(choice.item);
            recent = recent.after(choice.item);
            pos += choice.item.length();
            cursor.skip(fresh..pos);
        }
        recent
    }
}

impl<P: Position + Send, const TEXT: usize, const HEADS4: usize, const HEADS3: usize, const SUMS: usize>
    LazyParser<P, TEXT, HEADS4, HEADS3, SUMS>
{
    /// Fills `sums` for the bytes of a stretch.
    fn sum_up(&mut self, stretch: &[u8], costs: &Costs) {
        let mut sum = 0;
        for (place, &byte) in self.sums.iter_mut().zip(stretch) {
            *place = sum;
            sum += (costs.literal(byte) >> COST_SHIFT) as u32;
        }
        self.sums[stretch.len()] = sum;
    }
}

/// What matches of a stretch are weighed with.
struct Scale<'s, const TEXT: usize, const SUMS: usize> {
    text: &'s Text<TEXT>,
    start: usize,
    end: usize,
    costs: &'s Costs,
    sums: &'s [u32; SUMS],
}

impl<const TEXT: usize, const SUMS: usize> Scale<'_, TEXT, SUMS> {
    /// Inserts `pos` and returns what saves most there.
    #[inline(always)]
    fn choose<P: Position, const HEADS4: usize, const HEADS3: usize>(
        &self,
        cursor: &mut ChainCursor<'_, P, TEXT, HEADS4, HEADS3>,
        pos: usize,
        recent: Recent,
        effort: Effort,
        longer_than: usize,
    ) -> Choice {
        let max_len = (self.end - pos).min(MAX_MATCH);
        let mut best = Choice { item: Item::LITERAL, saved: 0 };
        let bytes = self.text.load16(pos);
        for index in 0..REPEATS {
            let from = pos.wrapping_sub(recent.get(index));
            if self.text.load16(from) != bytes || from >= pos {
                continue;
            }
            let length = self.text.common_length(from, pos, max_len);
            if length >= MIN_MATCH {
                let saved = self.saved(pos, length, self.costs.of_match(index, length));
                if saved > best.saved {
                    best = Choice { item: Item::matched(length, index as u32), saved };
                }
            }
        }
        if best.item.length() >= ENOUGH {
            cursor.skip(pos..pos + 1);
            return best;
        }
        let longer_than = longer_than.max(best.item.length());
        cursor.find_longer(pos, effort.search(max_len, longer_than), |length, offset| {
            let formatted = (offset + OFFSET_BIAS) as u32;
            let slot = slot(formatted);
            let saved =
                self.saved(pos, length, self.costs.of_match(slot, length) + self.costs.aligned(slot, formatted));
            if saved > best.saved {
                best = Choice { item: Item::matched(length, formatted), saved };
            }
        });
        best
    }

    /// What a match at `pos` that costs `cost` saves.
    #[inline(always)]
    fn saved(&self, pos: usize, length: usize, cost: u64) -> i32 {
        let at = pos - self.start;
        let literals = self.sums[(at + length) % SUMS].wrapping_sub(self.sums[at % SUMS]);
        literals as i32 - (cost >> COST_SHIFT) as i32
    }
}
