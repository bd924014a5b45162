//! What a choice saves.
//!
//! A match saves what its bytes would cost as literals, less its own cost, by the costs of an average chunk and an average
//! literal of this one. This weighs recent offsets, far short matches and everything else by one rule. (The literals' own
//! costs, summed up in a table, make the result smaller by less than their sum takes.)

use super::cost::{BIT, COST_SHIFT, Costs};
use super::item::{Item, slot};
use super::text::Text;
use crate::lzx::tables::{MAX_MATCH, MIN_MATCH, REPEATS};

/// What a match must save more than the one before it to be worth a literal between them: such gains are often undone by what
/// follows.
const LAZY_MARGIN: i32 = 2 * BIT as i32;

/// The length of a match at a recent offset that is taken without looking for others.
const ENOUGH: usize = 4;

/// What to do at a position, and what it saves against literals.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    pub(super) item: Item,
    saved: i32,
}

impl Choice {
    pub(super) const LITERAL: Self = Self { item: Item::LITERAL, saved: 0 };

    /// Whether it is a literal, as nothing saves anything.
    #[inline(always)]
    pub(super) fn is_literal(self) -> bool {
        self.saved <= 0
    }

    /// Whether it is worth a literal before it, instead of `before`.
    #[inline(always)]
    pub(super) fn beats(self, before: Self) -> bool {
        self.saved > before.saved + LAZY_MARGIN
    }

    /// Whether it is so good that nothing else needs to be looked at.
    #[inline(always)]
    pub(super) fn is_enough(self) -> bool {
        self.item.length() >= ENOUGH && (self.item.formatted() as usize) < REPEATS
    }
}

/// What the matches in a part of a chunk are weighed with.
pub(super) struct Scale<'s, const TEXT: usize> {
    text: &'s Text<TEXT>,
    /// The end of the part.
    end: usize,
    costs: &'s Costs,
    /// What a literal costs.
    literal: i32,
}

impl<'s, const TEXT: usize> Scale<'s, TEXT> {
    #[inline(always)]
    pub(super) fn new(text: &'s Text<TEXT>, end: usize, costs: &'s Costs) -> Self {
        Self { text, end, costs, literal: costs.average_literal() as i32 }
    }

    /// The longest match at `pos`.
    #[inline(always)]
    pub(super) fn max_len(&self, pos: usize) -> usize {
        (self.end - pos).min(MAX_MATCH)
    }

    /// The match of up to `max_len` bytes at one of the recent offsets that saves most.
    #[inline(always)]
    pub(super) fn best_repeat(&self, pos: usize, max_len: usize, offsets: [usize; REPEATS]) -> Choice {
        let mut best = Choice::LITERAL;
        let [r0, r1, r2] = offsets;
        self.offer_repeat(pos, max_len, 0, r0, &mut best);
        self.offer_repeat(pos, max_len, 1, r1, &mut best);
        self.offer_repeat(pos, max_len, 2, r2, &mut best);
        best
    }

    /// Takes a match at the recent offset number `index` for `best` if there is one and it saves more.
    #[inline(always)]
    fn offer_repeat(&self, pos: usize, max_len: usize, index: usize, offset: usize, best: &mut Choice) {
        let from = pos.wrapping_sub(offset);
        if self.text.load16(from) != self.text.load16(pos) || from >= pos {
            return;
        }
        let length = self.text.common_length(from, pos, max_len);
        if length >= MIN_MATCH {
            let saved = self.saved(length, self.costs.of_match(index, length));
            if saved > best.saved {
                *best = Choice { item: Item::matched(length, index as u32), saved };
            }
        }
    }

    /// Takes a match at an offset that is not a recent one for `best` if it saves more.
    #[inline(always)]
    pub(super) fn offer(&self, length: usize, formatted: u32, best: &mut Choice) {
        let slot = slot(formatted);
        let saved = self.saved(length, self.costs.of_match(slot, length) + self.costs.aligned(slot, formatted));
        if saved > best.saved {
            *best = Choice { item: Item::matched(length, formatted), saved };
        }
    }

    #[inline(always)]
    fn saved(&self, length: usize, cost: u64) -> i32 {
        self.literal * length as i32 - (cost >> COST_SHIFT) as i32
    }
}
