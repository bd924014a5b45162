//! The first parse of a near-optimal parser: a lazy one with the matches that have been found anyway.
//!
//! It is quick, and it shows where the data changes and how often each symbol will be about used: enough to cut the
//! stretch into blocks and to give each of them its own costs. The cheapest parse by these costs is a lot better than
//! the cheapest parse by an average chunk's.
//!
//! A match at a recent offset that is long enough is taken without a look at others, although another one may save more: in
//! tables of numbers everything hangs on staying with an offset, and the parses that follow do as this one has done. Relocations
//! become a tenth smaller.

use alloc::vec::Vec;
use core::ops::Range;

use super::cost::Costs;
use super::item::{Item, Recent};
use super::matches::Matches;
use super::scale::{Choice, Scale};
use super::text::Text;
use crate::lzx::tables::{MIN_MATCH, REPEATS};

/// Appends to `items` a parse of `stretch`, of which all `matches` are known, where `recent` are the recent offsets before it. A match
/// of `nice_len` is taken at once.
pub(super) fn sketch<const TEXT: usize>(
    matches: &Matches,
    text: &Text<TEXT>,
    stretch: Range<usize>,
    nice_len: usize,
    mut recent: Recent,
    costs: &Costs,
    items: &mut Vec<Item>,
) {
    let scale = Scale::new(text, stretch.end, costs);
    let mut pos = stretch.start;
    let mut offsets = recent.all();
    while pos < stretch.end {
        let mut choice = choose(matches, &scale, pos, offsets);
        if choice.is_literal() {
            items.push(Item::LITERAL);
            pos += 1;
            continue;
        }
        while choice.item.length() < nice_len && pos + 1 < stretch.end && !choice.is_enough() {
            let next = choose(matches, &scale, pos + 1, offsets);
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
    }
}

/// The best of the matches at the recent offsets and the longest other one.
#[inline(always)]
fn choose<const TEXT: usize>(
    matches: &Matches,
    scale: &Scale<'_, TEXT>,
    pos: usize,
    offsets: [usize; REPEATS],
) -> Choice {
    let max_len = scale.max_len(pos);
    let mut best = scale.best_repeat(pos, max_len, offsets);
    if best.is_enough() {
        return best;
    }
    if let [.., longest] = matches.at(pos) {
        let length = longest.length().min(max_len);
        if length >= MIN_MATCH {
            scale.offer(length, longest.formatted(), &mut best);
        }
    }
    best
}
