//! The matches of all positions of a stretch, as near-optimal parsing looks them up.
//!
//! Matches of three bytes and more come from a [`Finder`](super::finder::Finder). Those of two, which are worth their code only when
//! they are near, come from a table of latest positions.

use alloc::boxed::Box;
use alloc::vec;
use core::ops::Range;

use super::finder::{Cursor, matched};
use super::item::Item;
use super::parser::Effort;
use super::text::Text;
use crate::boxed::zeroed;
use crate::lzx::tables::{MAX_MATCH, MIN_MATCH};
use crate::matchfinder::binary_tree::MAX_MATCHES;

/// Room for the matches of one position: those of a finder, and one of two bytes.
const MAX_AT_ONCE: usize = MAX_MATCHES + 1;

/// Matches kept for a position on average, at most; when there are more, later positions go without.
const MATCHES_PER_POSITION: usize = 8;

/// Slots of the table of two bytes.
const PAIRS: usize = 1 << 12;

/// Matches of two bytes from farther away cost more than their bytes.
const MAX_PAIR_OFFSET: usize = 256;

/// The matches of all positions of a stretch.
pub(super) struct Matches {
    /// Position by position, in ascending lengths, none at a recent offset.
    items: Box<[Item]>,
    /// Where the matches of each position end.
    ends: Box<[u32]>,
    /// The first position of the stretch.
    start: usize,
    /// The latest position of the two bytes of each hash value, plus one.
    pairs: Box<[u32; PAIRS]>,
}

impl Matches {
    /// Room for stretches of up to `stretch` bytes.
    pub(super) fn new(stretch: usize) -> Self {
        Self {
            items: vec![Item::LITERAL; stretch * MATCHES_PER_POSITION + MAX_AT_ONCE].into(),
            ends: vec![0; stretch].into(),
            start: 0,
            pairs: zeroed(),
        }
    }

    /// The bytes of memory that it takes.
    pub(super) const fn memory(stretch: usize) -> usize {
        let items = (stretch * MATCHES_PER_POSITION + MAX_AT_ONCE) * size_of::<Item>();
        items + (stretch + PAIRS) * size_of::<u32>()
    }

    /// Forgets all positions.
    pub(super) fn reset(&mut self) {
        self.pairs.fill(0);
    }

    /// Finds the matches of the stretch `start..end`. When one has the nice length, the positions that it covers have none.
    #[inline(always)]
    pub(super) fn find<const TEXT: usize>(
        &mut self,
        mut cursor: impl Cursor,
        text: &Text<TEXT>,
        range: Range<usize>,
        effort: Effort,
    ) {
        self.start = range.start;
        let search = effort.search(MAX_MATCH, MIN_MATCH);
        let (mut count, mut pos) = (0, range.start);
        while pos < range.end {
            let mut longest = 0;
            if let Some(room) = self.items[count..].first_chunk_mut::<MAX_AT_ONCE>() {
                let pair = find_pair(&mut self.pairs, text, pos, &mut room[0]);
                count += usize::from(pair);
                let room = if pair { room.last_chunk_mut() } else { room.first_chunk_mut() };
                let found;
                (found, longest) = cursor.find(pos, search, room.expect("room for the pair besides"));
                count += found;
            } else {
                cursor.skip(pos..pos + 1, search);
            }
            self.ends[pos - range.start] = count as u32;
            pos += 1;
            if longest >= effort.nice_len {
                let skipped = (pos - 1 + longest).min(range.end);
                cursor.skip(pos..skipped, search);
                self.ends[pos - range.start..skipped - range.start].fill(count as u32);
                pos = skipped;
            }
        }
    }

    /// Where the matches of `start..end` end, by position, and where the first one begins.
    pub(super) fn ends(&self, range: Range<usize>) -> (&[u32], usize) {
        let first = range.start - self.start;
        let begin = first.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        (&self.ends[first..range.end - self.start], begin)
    }

    /// The matches of the position `pos`.
    #[inline(always)]
    pub(super) fn at(&self, pos: usize) -> &[Item] {
        let (ends, begin) = self.ends(pos..pos + 1);
        self.get(begin, ends[0] as usize)
    }

    /// The matches from `begin` to `end`.
    #[inline(always)]
    pub(super) fn get(&self, begin: usize, end: usize) -> &[Item] {
        &self.items[begin..end]
    }
}

/// Inserts the two bytes at `pos` and writes a match of them to `out`; whether there is one.
#[inline(always)]
fn find_pair<const TEXT: usize>(pairs: &mut [u32; PAIRS], text: &Text<TEXT>, pos: usize, out: &mut Item) -> bool {
    let bytes = text.load16(pos);
    let head = &mut pairs[usize::from(bytes.wrapping_mul(0x9E37)) >> (u16::BITS - PAIRS.ilog2())];
    let latest = core::mem::replace(head, pos as u32 + 1) as usize;
    let offset = (pos + 1).wrapping_sub(latest);
    *out = matched(MIN_MATCH, offset);
    // No short-circuit: one branch is hard enough to predict.
    (latest != 0)
        & (offset <= MAX_PAIR_OFFSET)
        & (text.load16(pos.wrapping_sub(offset)) == bytes)
        & (pos + 1 < text.len())
}
