//! Matches from the tree of LCP intervals.
//!
//! An *LCP interval* is a largest range of the suffix array whose suffixes share a first so many bytes, its *LCP*. The intervals are
//! a tree (that of suffixes, without its leaves): on the way from the smallest interval with some position to the root, the
//! LCP falls. If each interval knew the latest position of it that has been passed, then the intervals on this way
//! would give the nearest match of every length at once.
//!
//! # Walking
//!
//! A position that is passed becomes the latest one of *all* intervals on its way. So the intervals that still have `p` as theirs are
//! always the lower end of the way of `p`: some later position has taken over all above. This is used to skip them:
//!
//! * `links[p]` is the first interval on the way of `p` that is not `p`'s any more; for a position not passed yet, its smallest interval;
//! * an interval that was never passed has its parent stored, the others the latest position that *came in by it*.
//!
//! From an interval, the latest position is found by going on through links as long as they lead to an interval within (larger LCP).
//! The next longer offset is the one where the link of that position leads. What a walk passes becomes its own, which shortens the
//! ways of others; a walk takes a handful of steps.
//!
//! # Memory
//!
//! Two arrays with an entry a position hold first suffix array and workspace, then the LCPs, then the tree. An LCP is cut to [`MAX_LCP`],
//! so that it fits in one `u32` with a position of up to 26 bits; larger chunks keep the LCPs beside the positions.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::suffix_array::{DEPTH, SuffixSorter};

/// The longest common prefix that is told from longer ones.
pub(crate) const MAX_LCP: usize = DEPTH - 1;

/// An LCP with a position or the number of an interval. An LCP of zero stands for the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    lcp: u32,
    index: u32,
}

/// An array of cells, which also serves as one of plain `u32`s before any cell is stored.
pub(crate) trait Cells: Send {
    /// Bytes a cell.
    const SIZE: usize;

    /// An array of `len` cells.
    fn new(len: usize) -> Self;

    /// The array as plain numbers.
    fn words(&mut self) -> &mut [u32];

    fn get(&self, at: usize) -> Cell;

    fn set(&mut self, at: usize, cell: Cell);
}

/// Cells in 32 bits, for up to [`Packed::MAX_LEN`] positions.
pub(crate) struct Packed(Vec<u32>);

impl Packed {
    const INDEX_BITS: u32 = 26;

    /// The longest text.
    pub(crate) const MAX_LEN: usize = 1 << Self::INDEX_BITS;
}

const _: () = assert!(MAX_LCP < 1 << (u32::BITS - Packed::INDEX_BITS));

impl Cells for Packed {
    const SIZE: usize = 4;

    fn new(len: usize) -> Self {
        Self(vec![0; len])
    }

    fn words(&mut self) -> &mut [u32] {
        &mut self.0
    }

    #[inline(always)]
    fn get(&self, at: usize) -> Cell {
        let word = self.0[at];
        Cell { lcp: word >> Self::INDEX_BITS, index: word & ((1 << Self::INDEX_BITS) - 1) }
    }

    #[inline(always)]
    fn set(&mut self, at: usize, cell: Cell) {
        self.0[at] = cell.lcp << Self::INDEX_BITS | cell.index;
    }
}

/// Cells for any number of positions.
pub(crate) struct Wide {
    indices: Vec<u32>,
    lcps: Vec<u8>,
}

impl Cells for Wide {
    const SIZE: usize = 5;

    fn new(len: usize) -> Self {
        Self { indices: vec![0; len], lcps: vec![0; len] }
    }

    fn words(&mut self) -> &mut [u32] {
        &mut self.indices
    }

    #[inline(always)]
    fn get(&self, at: usize) -> Cell {
        Cell { lcp: self.lcps[at].into(), index: self.indices[at] }
    }

    #[inline(always)]
    fn set(&mut self, at: usize, cell: Cell) {
        self.indices[at] = cell.index;
        self.lcps[at] = cell.lcp as u8;
    }
}

/// The tree of a text's LCP intervals, and the state of the walk through it.
pub(crate) struct Intervals<C> {
    /// By number. Never passed: the parent. Otherwise the latest position that came in here, and the interval's own LCP: which of the
    /// two it is shows when the LCP is compared with that of the interval.
    intervals: C,
    /// By position.
    links: C,
}

/// Positions that are looked ahead for at once.
pub(crate) const AHEAD: usize = 32;

/// Steps that are looked ahead, each with two look-ups. More have been found to gain nothing.
const STEPS_AHEAD: usize = 2;

/// The number of the root.
const ROOT: Cell = Cell { lcp: 0, index: 0 };

impl<C: Cells> Intervals<C> {
    /// The bytes of memory for texts of up to `len` bytes.
    pub(crate) const fn memory(len: usize) -> usize {
        2 * len * C::SIZE
    }

    /// Room for texts of up to `len` bytes.
    pub(crate) fn new(len: usize) -> Self {
        Self { intervals: C::new(len), links: C::new(len) }
    }

    /// The first stage: sorts the suffixes of `text`; `pairs` as for [`SuffixSorter::sort`].
    pub(crate) fn sort(&mut self, text: &[u8], sorter: &mut SuffixSorter, pairs: &mut [u32]) {
        sorter.sort(text, &mut self.intervals.words()[..text.len()], self.links.words(), pairs);
    }

    /// The second stage: makes the tree of all intervals whose LCP is at least `min_len`.
    pub(crate) fn build(&mut self, text: &[u8], min_len: usize) {
        if !text.is_empty() {
            self.find_lcps(text);
            self.build_tree(text.len(), min_len as u32);
        }
    }

    /// Adds to each entry of the suffix array the LCP with the one before it.
    fn find_lcps(&mut self, text: &[u8]) {
        let suffixes = &self.intervals.words()[..text.len()];
        let before = self.links.words();
        let mut last = NONE;
        for &pos in suffixes {
            before[pos as usize] = last;
            last = pos;
        }
        lcps_by_position(text, before);
        for i in 0..text.len() {
            let pos = self.intervals.words()[i];
            let lcp = self.links.words()[pos as usize / PER_WORD] >> (8 * (pos as usize % PER_WORD)) & 0xFF;
            self.intervals.set(i, Cell { lcp, index: pos });
        }
    }

    /// Turns the suffix array with LCPs into the tree. An interval gets its number when it is opened; by then, no fewer suffixes have
    /// been read, so the tree can take the place of the array.
    fn build_tree(&mut self, len: usize, min_len: u32) {
        let mut open = Open::new();
        let mut last = self.intervals.get(0).index;
        for i in 1..len {
            let Cell { lcp, index } = self.intervals.get(i);
            let smallest = open.go_to(if lcp < min_len { 0 } else { lcp }, &mut self.intervals);
            self.links.set(last as usize, smallest);
            last = index;
        }
        let smallest = open.go_to(0, &mut self.intervals);
        self.links.set(last as usize, smallest);
    }

    /// Takes the first steps from each of these positions, at most [`AHEAD`], only to load what is there: passing them one after
    /// another waits for every miss of the cache, but here the waits overlap.
    #[inline(always)]
    pub(crate) fn look_ahead(&self, positions: Range<usize>) {
        let mut steps = [(ROOT, ROOT); AHEAD];
        let steps = &mut steps[..positions.len()];
        for ((at, _), pos) in steps.iter_mut().zip(positions) {
            *at = self.links.get(pos);
        }
        for _ in 0..STEPS_AHEAD {
            for (at, entry) in &mut *steps {
                *entry = self.intervals.get(at.index as usize);
            }
            for (at, entry) in &mut *steps {
                let is_parent = entry.lcp != at.lcp;
                let link = self.links.get(if is_parent { 0 } else { entry.index as usize });
                *at = if is_parent { *entry } else { link };
            }
        }
        core::hint::black_box(steps);
    }

    /// Passes `pos`, which must be the position after the one passed last. Reports matches as `found(length, offset)`: the longest first,
    /// then shorter and nearer ones; for every length of at least `min_len` that occurs before, the nearest match of that
    /// length or more is among them. Lengths are cut to [`MAX_LCP`].
    #[inline(always)]
    pub(crate) fn pass(&mut self, pos: usize, mut found: impl FnMut(usize, usize)) {
        let mut at = self.links.get(pos);
        self.links.set(pos, ROOT);
        // Up through the intervals that are new.
        let mut entry = loop {
            if at.lcp == 0 {
                return;
            }
            let entry = self.intervals.get(at.index as usize);
            self.intervals.set(at.index as usize, Cell { lcp: at.lcp, index: pos as u32 });
            if entry.lcp == at.lcp {
                break entry;
            }
            at = entry;
        };
        loop {
            // The latest position of the interval.
            let mut latest = entry.index as usize;
            let mut link = self.links.get(latest);
            while link.lcp >= at.lcp {
                latest = self.intervals.get(link.index as usize).index as usize;
                link = self.links.get(latest);
            }
            found(at.lcp as usize, pos - latest);
            self.links.set(latest, at);
            at = link;
            if at.lcp == 0 {
                return;
            }
            entry = self.intervals.get(at.index as usize);
            self.intervals.set(at.index as usize, Cell { lcp: at.lcp, index: pos as u32 });
        }
    }
}

/// Stands for "no position" before the first suffix.
const NONE: u32 = u32::MAX;

/// LCPs in a word.
const PER_WORD: usize = size_of::<u32>();

/// Replaces the array of preceding suffixes by that of LCPs with them, one byte each, in the front of the array: the LCP of a
/// position is written when the entries of it and the three after it have been read.
///
/// When position `p` shares `n` bytes with the suffix before it, then `p + 1` shares at least `n - 1` with the one before *it*
/// (Kasai and others), so all LCPs take linear time. For that the suffixes must be sorted beyond the bytes in question.
fn lcps_by_position(text: &[u8], before: &mut [u32]) {
    let mut last = NONE;
    let mut last_lcp = 0;
    let mut is_bound = false;
    let mut packed = 0;
    for pos in 0..text.len() {
        if pos % AHEAD == 0 {
            load_others(text, &before[pos..], last_lcp);
        }
        let other = before[pos];
        let mut lcp = 0;
        if other != NONE {
            let max = MAX_LCP.min(text.len() - pos.max(other as usize));
            let follows = last != NONE && other == last + 1;
            let known = if follows || is_bound { usize::min(last_lcp, max + 1).saturating_sub(1) } else { 0 };
            lcp = common_length(text, other as usize, pos, known, max);
            // Suffixes that are equal as far as they are sorted, or to the end of the text, may be in the wrong order.
            is_bound = lcp < max;
        }
        (last, last_lcp) = (other, lcp);
        packed = packed >> 8 | (lcp as u32) << 24;
        if pos % PER_WORD == PER_WORD - 1 {
            before[pos / PER_WORD] = packed;
        } else if pos == text.len() - 1 {
            before[pos / PER_WORD] = packed >> (8 * (PER_WORD - 1 - pos % PER_WORD));
        }
    }
}

/// Loads the bytes that the next positions will probably be compared with, so that the waits for them overlap.
#[inline(always)]
fn load_others(text: &[u8], before: &[u32], lcp: usize) {
    let load = |other: u32| text.get((other as usize).saturating_add(lcp)).copied().unwrap_or(0);
    core::hint::black_box(before.iter().take(AHEAD).fold(0, |seen, &other| seen ^ load(other)));
}

/// How many bytes at `earlier` and `later` are equal, up to `max`, where `known` of them are already known to be.
#[inline(always)]
pub(crate) fn common_length(text: &[u8], earlier: usize, later: usize, known: usize, max: usize) -> usize {
    const WORD: usize = size_of::<u64>();
    let (a, a_rest) = text[earlier + known..earlier + max].as_chunks::<WORD>();
    let (b, b_rest) = text[later + known..later + max].as_chunks::<WORD>();
    let mut length = known;
    for (x, y) in a.iter().zip(b) {
        let difference = u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y);
        if difference != 0 {
            return length + (difference.trailing_zeros() / u8::BITS) as usize;
        }
        length += WORD;
    }
    length + a_rest.iter().zip(b_rest).take_while(|(x, y)| x == y).count()
}

/// The intervals that are open while the suffix array is read from the left, each within the one before it.
struct Open {
    stack: [Cell; MAX_LCP + 2],
    top: usize,
    /// The number of the next interval.
    next: u32,
}

impl Open {
    fn new() -> Self {
        Self { stack: [ROOT; MAX_LCP + 2], top: 0, next: ROOT.index + 1 }
    }

    fn open(&mut self, lcp: u32) -> Cell {
        let cell = Cell { lcp, index: self.next };
        self.next += 1;
        self.top += 1;
        self.stack[self.top] = cell;
        cell
    }

    /// Goes from one suffix to the next one, with which it shares `lcp` bytes. Returns the smallest interval that the former is in.
    #[inline(always)]
    fn go_to(&mut self, lcp: u32, intervals: &mut impl Cells) -> Cell {
        let smallest = self.stack[self.top];
        if lcp > smallest.lcp {
            return self.open(lcp);
        }
        while lcp < self.stack[self.top].lcp {
            let closed = self.stack[self.top];
            self.top -= 1;
            let below = self.stack[self.top];
            let parent = if lcp > below.lcp { self.open(lcp) } else { below };
            intervals.set(closed.index as usize, parent);
        }
        smallest
    }
}

#[cfg(test)]
mod tests {
    use super::super::suffix_array::PAIRS;
    use super::*;

    /// For each length of `min_len` or more, the nearest earlier position that shares so many bytes, by trying all.
    fn nearest(text: &[u8], pos: usize, min_len: usize) -> Vec<(usize, usize)> {
        let mut matches: Vec<(usize, usize)> = Vec::new();
        for earlier in (0..pos).rev() {
            let max = MAX_LCP.min(text.len() - pos);
            let length = common_length(text, earlier, pos, 0, max);
            if length >= min_len && matches.last().is_none_or(|last| length > last.0) {
                matches.push((length, pos - earlier));
            }
        }
        matches.reverse();
        matches
    }

    fn check<C: Cells>(text: &[u8], min_len: usize) {
        let mut intervals = Intervals::<C>::new(text.len());
        let mut sorter = SuffixSorter::new();
        for _ in 0..2 {
            intervals.sort(text, &mut sorter, &mut vec![0; PAIRS]);
            intervals.build(text, min_len);
            for pos in 0..text.len() {
                let mut matches = Vec::new();
                intervals.pass(pos, |length, offset| matches.push((length, offset)));
                assert_eq!(matches, nearest(text, pos, min_len), "at {pos} of {}", text.len());
            }
        }
    }

    fn sample(len: usize, symbols: u32) -> Vec<u8> {
        let mut state = len as u32;
        let mut text: Vec<u8> = Vec::new();
        while text.len() < len {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 28 < 3 && !text.is_empty() {
                let from = (state >> 8) as usize % text.len();
                let count = (state >> 20) as usize % 100;
                (from..from + count).for_each(|at| text.push(text[at]));
            } else {
                text.push(1 + ((state >> 16) % symbols) as u8);
            }
        }
        text.truncate(len);
        text
    }

    #[test]
    fn the_nearest_match_of_every_length_is_found() {
        for symbols in [1, 2, 4, 250] {
            for len in [0, 1, 2, 3, 4, 5, 7, 63, 64, 65, 300, 1000] {
                check::<Packed>(&sample(len, symbols), 2);
                check::<Wide>(&sample(len, symbols), 3);
            }
        }
    }

    #[test]
    fn runs_and_periods_are_matched_at_the_period() {
        check::<Packed>(&[7; 500], 2);
        check::<Packed>(&b"abc".repeat(200), 2);
        check::<Wide>(&b"abcd\x01".repeat(100), 4);
    }

    /// Behind the end of a text the sort sees zeros, which the text itself may have. What is found must match all the same.
    #[test]
    fn zeros_at_the_end_cost_no_more_than_a_match() {
        let text = [&sample(200, 3)[..], &[0; 100], &sample(50, 3), &[0; 90]].concat();
        let mut intervals = Intervals::<Packed>::new(text.len());
        intervals.sort(&text, &mut SuffixSorter::new(), &mut vec![0; PAIRS]);
        intervals.build(&text, 2);
        for pos in 0..text.len() {
            let mut last = usize::MAX;
            intervals.pass(pos, |length, offset| {
                assert!(length < last && offset <= pos && pos + length <= text.len());
                assert_eq!(text[pos..pos + length], text[pos - offset..pos - offset + length]);
                last = length;
            });
        }
    }
}
