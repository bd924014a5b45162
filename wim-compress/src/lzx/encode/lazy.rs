//! Lazy parsing: the match that saves most at a position, unless the one at the next position saves more.
//!
//! What a match saves is what its bytes would cost as literals, less its own cost, by the costs of an average chunk and an
//! average literal of this one. This weighs recent offsets, far short matches and everything else by one rule. (The literals' own
//! costs, summed up in a table, make the result smaller by less than their sum takes.)

use alloc::vec::Vec;
use core::ops::Range;

use super::cost::{BIT, COST_SHIFT, Costs};
use super::item::{Item, Recent, slot};
use super::parser::{Effort, Parser};
use super::text::Text;
use crate::lzx::tables::{MAX_MATCH, MIN_MATCH, OFFSET_BIAS, REPEATS};
use crate::matchfinder::Position;
use crate::matchfinder::hash_chain::{ChainCursor, HashChains};

/// What a match must save more than the one before it to be worth a literal between them: such gains are often undone by what
/// follows.
const LAZY_MARGIN: i32 = BIT as i32;

/// The length of a match at a recent offset that is enough.
const ENOUGH: usize = 4;

/// A lazy parser with its match finder. A quick one finds less: see [`crate::level::LzxParser`].
pub(super) struct LazyParser<const QUICK: bool, P, const TEXT: usize, const HEADS4: usize, const HEADS3: usize> {
    finder: HashChains<P, TEXT, HEADS4, HEADS3>,
    effort: Effort,
}

/// What to do at a position, and what it saves against literals.
#[derive(Clone, Copy)]
struct Choice {
    item: Item,
    saved: i32,
}

impl Choice {
    /// Whether it is a match at a recent offset that is long enough to be taken without looking for others.
    #[inline(always)]
    fn is_enough(self) -> bool {
        self.item.length() >= ENOUGH && (self.item.formatted() as usize) < REPEATS
    }
}

impl<const QUICK: bool, P: Position + Send, const TEXT: usize, const HEADS4: usize, const HEADS3: usize>
    LazyParser<QUICK, P, TEXT, HEADS4, HEADS3>
{
    pub(super) fn new(effort: Effort) -> Self {
        Self { finder: HashChains::new(), effort }
    }
}

impl<const QUICK: bool, P: Position + Send, const TEXT: usize, const HEADS4: usize, const HEADS3: usize> Parser<TEXT>
    for LazyParser<QUICK, P, TEXT, HEADS4, HEADS3>
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
        let Self { finder, effort } = self;
        let scale = Scale { text, end, costs, literal: costs.average_literal() as i32 };
        let ahead = Effort { depth: effort.depth.div_ceil(if QUICK { 4 } else { 2 }), ..*effort };
        let mut cursor = finder.cursor(start);
        let mut pos = start;
        let mut offsets = recent.all();
        while pos < end {
            let mut choice = scale.choose(&mut cursor, pos, offsets, *effort, MIN_MATCH);
            if choice.saved <= 0 {
                items.push(Item::LITERAL);
                pos += 1;
                continue;
            }
            let mut fresh = pos + 1;
            while choice.item.length() < effort.nice_len && fresh < end && !choice.is_enough() {
                let longer_than = (choice.item.length() - 1).max(MIN_MATCH);
                let next = scale.choose(&mut cursor, fresh, offsets, ahead, longer_than);
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
            offsets = recent.all();
            pos += choice.item.length();
            if QUICK { cursor.skip_quickly(fresh..pos) } else { cursor.skip(fresh..pos) }
        }
        recent
    }
}

/// What matches of a stretch are weighed with.
struct Scale<'s, const TEXT: usize> {
    text: &'s Text<TEXT>,
    end: usize,
    costs: &'s Costs,
    /// What a literal costs.
    literal: i32,
}

impl<const TEXT: usize> Scale<'_, TEXT> {
    /// Inserts `pos` and returns what saves most there.
    #[inline(always)]
    fn choose<P: Position, const HEADS4: usize, const HEADS3: usize>(
        &self,
        cursor: &mut ChainCursor<'_, P, TEXT, HEADS4, HEADS3>,
        pos: usize,
        offsets: [usize; REPEATS],
        effort: Effort,
        longer_than: usize,
    ) -> Choice {
        let max_len = (self.end - pos).min(MAX_MATCH);
        let mut best = Choice { item: Item::LITERAL, saved: 0 };
        let bytes = self.text.load16(pos);
        for (index, offset) in offsets.into_iter().enumerate() {
            let from = pos.wrapping_sub(offset);
            if self.text.load16(from) != bytes || from >= pos {
                continue;
            }
            let length = self.text.common_length(from, pos, max_len);
            if length >= MIN_MATCH {
                let saved = self.saved(length, self.costs.of_match(index, length));
                if saved > best.saved {
                    best = Choice { item: Item::matched(length, index as u32), saved };
                }
            }
        }
        if best.is_enough() {
            cursor.skip(pos..pos + 1);
            return best;
        }
        let longer_than = longer_than.max(best.item.length());
        cursor.find_longer(pos, effort.search(max_len, longer_than), |length, offset| {
            let formatted = (offset + OFFSET_BIAS) as u32;
            let slot = slot(formatted);
            let saved = self.saved(length, self.costs.of_match(slot, length) + self.costs.aligned(slot, formatted));
            if saved > best.saved {
                best = Choice { item: Item::matched(length, formatted), saved };
            }
        });
        best
    }

    /// What a match that costs `cost` saves.
    #[inline(always)]
    fn saved(&self, length: usize, cost: u64) -> i32 {
        self.literal * length as i32 - (cost >> COST_SHIFT) as i32
    }
}
