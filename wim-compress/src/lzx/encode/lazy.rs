//! Lazy parsing: the match that saves most at a position, unless the one at the next position saves more (see
//! [`super::scale`]).

use alloc::vec::Vec;
use core::ops::Range;

use super::cost::Costs;
use super::item::{Item, Recent};
use super::parser::{Effort, Parser};
use super::scale::{Choice, Scale};
use super::text::Text;
use crate::lzx::tables::{MIN_MATCH, OFFSET_BIAS, REPEATS};
use crate::matchfinder::Position;
use crate::matchfinder::hash_chain::{ChainCursor, HashChains};

/// A lazy parser with its match finder. A quick one finds less: see [`crate::level::LzxParser`].
pub(super) struct LazyParser<const QUICK: bool, P, const TEXT: usize, const HEADS4: usize, const HEADS3: usize> {
    finder: HashChains<P, TEXT, HEADS4, HEADS3>,
    effort: Effort,
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
    fn reset(&mut self, text: &Text<TEXT>) {
        self.finder.load(text.data());
    }

    fn parse(
        &mut self,
        text: &Text<TEXT>,
        stretch: Range<usize>,
        mut recent: Recent,
        costs: &Costs,
        items: &mut Vec<Item>,
    ) -> Recent {
        let Self { finder, effort } = self;
        let ahead = Effort { depth: effort.depth.div_ceil(if QUICK { 4 } else { 2 }), ..*effort };
        let scale = Scale::new(text, stretch.end, costs);
        let mut cursor = finder.cursor(stretch.start);
        let mut pos = stretch.start;
        let mut offsets = recent.all();
        while pos < stretch.end {
            let mut choice = choose(&mut cursor, &scale, pos, offsets, *effort, MIN_MATCH);
            if choice.is_literal() {
                items.push(Item::LITERAL);
                pos += 1;
                continue;
            }
            // The first position that is not in the finder's tables.
            let mut fresh = pos + 1;
            while choice.item.length() < effort.nice_len && fresh < stretch.end && !choice.is_enough() {
                let longer_than = (choice.item.length() - 1).max(MIN_MATCH);
                let next = choose(&mut cursor, &scale, fresh, offsets, ahead, longer_than);
                fresh += 1;
                if !next.beats(choice) {
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

    fn passes(&self) -> u8 {
        0
    }

    fn parse_again(&mut self, _: &Text<TEXT>, _: Range<usize>, _: Recent, _: &Costs, _: &mut Vec<Item>) -> Recent {
        unreachable!("a lazy parser has no further passes")
    }
}

/// Inserts `pos` and returns what saves most there. Matches at other than recent offsets are looked at if they are longer than
/// `longer_than`.
#[inline(always)]
fn choose<P: Position, const TEXT: usize, const HEADS4: usize, const HEADS3: usize>(
    cursor: &mut ChainCursor<'_, P, TEXT, HEADS4, HEADS3>,
    scale: &Scale<'_, TEXT>,
    pos: usize,
    offsets: [usize; REPEATS],
    effort: Effort,
    longer_than: usize,
) -> Choice {
    let max_len = scale.max_len(pos);
    let mut best = scale.best_repeat(pos, max_len, offsets);
    if best.is_enough() {
        cursor.skip(pos..pos + 1);
        return best;
    }
    let search = effort.search(max_len, longer_than.max(best.item.length()));
    cursor.find_longer(pos, search, |length, offset| scale.offer(length, (offset + OFFSET_BIAS) as u32, &mut best));
    best
}
