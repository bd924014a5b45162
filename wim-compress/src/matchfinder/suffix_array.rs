//! Suffix arrays, sorted only as deep as matches are looked for.
//!
//! A suffix is of type S if it is less than the one after it, otherwise of type L; an S suffix behind an L suffix is an *LMS* suffix. When
//! the LMS suffixes, a third of all, are sorted, the others follow in two sweeps over the array: suffix `j - 1` of type L belongs at the
//! front of the bucket of its first byte, in the order in which the `j` are met from the left; those of type S at the end of it,
//! from the right. (This is the second half of SA-IS, by Nong, Zhang and Chan.)
//!
//! The usual way to sort the LMS suffixes is to do so for their substrings and to recurse. Here only the first [`DEPTH`] bytes of a
//! suffix count, as nobody asks for longer common prefixes, so comparing eight bytes at a time is bounded and several times
//! faster. Suffixes that are equal up to there are in no particular order, but next to each other.
//!
//! What time is left goes into looking up bytes at positions in suffix order, which miss every cache. The sweeps gather what they need
//! for [`AHEAD`] entries at once before they act on it, so that the misses overlap.

use alloc::vec;
use alloc::vec::Vec;

/// Suffixes are sorted by so many first bytes.
pub(crate) const DEPTH: usize = 64;

/// The longest text.
pub(crate) const MAX_TEXT: usize = DONE as usize - 1;

/// Set in an entry from which the present sweep has nothing to induce.
const DONE: u32 = 1 << 31;

/// Entries that are looked up at once.
const AHEAD: usize = 32;

/// Values of the two bytes that LMS suffixes are first sorted by.
pub(crate) const PAIRS: usize = 1 << 16;

/// Suffixes whose keys are sorted at once; a larger group is split by single bytes first.
const MAX_KEYED: usize = 1 << 11;

/// The bytes of a key.
const KEY: usize = size_of::<u64>();

/// Sorts suffixes. Keeps only its tables from one text to the next.
pub(crate) struct SuffixSorter {
    keyed: Vec<Keyed>,
}

/// A suffix and the bytes of it that are being compared, as a big-endian number.
#[derive(Clone, Copy, Default)]
struct Keyed {
    key: u64,
    pos: u32,
}

impl SuffixSorter {
    /// The bytes of memory that a sorter takes.
    pub(crate) const MEMORY: usize = MAX_KEYED * size_of::<Keyed>();

    pub(crate) fn new() -> Self {
        Self { keyed: vec![Keyed::default(); MAX_KEYED] }
    }

    /// Sorts the suffixes of `text` by their first [`DEPTH`] bytes into `suffixes`, as positions. Behind the end of the text come zeros.
    ///
    /// `work` and `pairs` are room for intermediate results; what they hold before and after is meaningless.
    ///
    /// # Panics
    /// If `suffixes` is not as long as `text`, `work` shorter, `pairs` shorter than [`PAIRS`], or `text` longer than [`MAX_TEXT`].
    pub(crate) fn sort(&mut self, text: &[u8], suffixes: &mut [u32], work: &mut [u32], pairs: &mut [u32]) {
        assert!(text.len() <= MAX_TEXT && suffixes.len() == text.len() && work.len() >= text.len());
        if text.len() < 2 {
            suffixes.fill(0);
            return;
        }
        let count = self.sort_lms(text, suffixes, work, pairs);
        let mut buckets = Buckets::new(text);
        place_lms(text, suffixes, count, &mut buckets);
        induce_l(text, suffixes, &mut buckets);
        induce_s(text, suffixes, &mut buckets);
    }

    /// Sorts the LMS suffixes into the front of `suffixes`; returns how many there are.
    fn sort_lms(&mut self, text: &[u8], suffixes: &mut [u32], work: &mut [u32], pairs: &mut [u32]) -> usize {
        // For each two first bytes, where the LMS suffixes that begin with them are.
        let pairs = &mut pairs[..PAIRS];
        let pair = |pos: usize| usize::from(text[pos]) << 8 | usize::from(text[pos + 1]);
        pairs.fill(0);
        for_each_lms(text, |pos| pairs[pair(pos)] += 1);
        let mut end = 0;
        for place in &mut *pairs {
            end += *place;
            *place = end;
        }
        for_each_lms(text, |pos| {
            let place = &mut pairs[pair(pos)];
            *place -= 1;
            suffixes[*place as usize] = pos as u32;
        });
        let mut rest = &mut suffixes[..end as usize];
        for i in 0..PAIRS {
            let group_end = pairs.get(i + 1).map_or(end, |&next| next);
            let group = rest.split_off_mut(..(group_end - pairs[i]) as usize).unwrap_or_default();
            sort_group(text, group, 2, &mut self.keyed, work);
        }
        end as usize
    }
}

/// The eight bytes of `text` at `at`, zeros behind its end.
#[inline(always)]
fn key(text: &[u8], at: usize) -> u64 {
    match text.get(at..at + KEY) {
        Some(bytes) => u64::from_le_bytes(bytes.try_into().expect("eight bytes")).swap_bytes(),
        None => key_at_end(text, at),
    }
}

#[cold]
fn key_at_end(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    let mut bytes = [0; KEY];
    bytes[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(bytes).swap_bytes()
}

/// Sorts suffixes whose first `depth` bytes are equal.
fn sort_group(text: &[u8], group: &mut [u32], depth: usize, keyed: &mut [Keyed], work: &mut [u32]) {
    if group.len() <= keyed.len() {
        sort_by_keys(text, group, depth, keyed);
    } else {
        split_by_byte(text, group, depth, keyed, work);
    }
}

/// Sorts a group by the next eight bytes, and so on. The first entries of `keyed`, as many as the group has, are used.
fn sort_by_keys(text: &[u8], group: &mut [u32], mut depth: usize, keyed: &mut [Keyed]) {
    let keyed = &mut keyed[..group.len()];
    loop {
        if depth >= DEPTH || group.len() < 2 {
            return;
        }
        let first = key(text, group[0] as usize + depth);
        let mut difference = 0;
        for (entry, &pos) in keyed.iter_mut().zip(&*group) {
            *entry = Keyed { key: key(text, pos as usize + depth), pos };
            difference |= entry.key ^ first;
        }
        depth += KEY;
        if difference != 0 {
            break;
        }
    }
    keyed.sort_unstable_by_key(|entry| entry.key);
    let mut start = 0;
    while start < keyed.len() {
        let key = keyed[start].key;
        let len = keyed[start..].iter().take_while(|entry| entry.key == key).count();
        let (group, keyed) = (&mut group[start..start + len], &mut keyed[start..start + len]);
        group.iter_mut().zip(&*keyed).for_each(|(pos, entry)| *pos = entry.pos);
        sort_by_keys(text, group, depth, keyed);
        start += len;
    }
}

/// Sorts a group by the next byte that is not the same in all of its suffixes, and then the groups that this gives.
fn split_by_byte(text: &[u8], group: &mut [u32], mut depth: usize, keyed: &mut [Keyed], work: &mut [u32]) {
    loop {
        if depth >= DEPTH {
            return;
        }
        let first = key(text, group[0] as usize + depth);
        let difference = group.iter().fold(0, |sum, &pos| sum | (key(text, pos as usize + depth) ^ first));
        depth += difference.leading_zeros() as usize / 8;
        if difference != 0 {
            break;
        }
    }
    let byte = |pos: u32| usize::from(text.get(pos as usize + depth).copied().unwrap_or(0));
    let mut places = [0u32; 1 << u8::BITS];
    group.iter().for_each(|&pos| places[byte(pos)] += 1);
    let sizes = places;
    let mut start = 0;
    places.iter_mut().for_each(|place| start += core::mem::replace(place, start));
    let sorted = &mut work[..group.len()];
    for &pos in &*group {
        let place = &mut places[byte(pos)];
        sorted[*place as usize] = pos;
        *place += 1;
    }
    group.copy_from_slice(sorted);
    let mut rest = group;
    for size in sizes {
        let group = rest.split_off_mut(..size as usize).unwrap_or_default();
        sort_group(text, group, depth + 1, keyed, work);
    }
}

/// Calls `found` with every LMS position, from the last to the first.
#[inline(always)]
fn for_each_lms(text: &[u8], mut found: impl FnMut(usize)) {
    let Some((&last, rest)) = text.split_last() else { return };
    let (mut after, mut after_is_s) = (last, false);
    for (pos, &byte) in rest.iter().enumerate().rev() {
        let is_s = byte < after || (byte == after && after_is_s);
        if after_is_s && !is_s {
            found(pos + 1);
        }
        (after, after_is_s) = (byte, is_s);
    }
}

/// The places of suffixes that begin with the same byte.
struct Buckets {
    sizes: [u32; 1 << u8::BITS],
    /// Where the next suffix of each bucket goes.
    next: [u32; 1 << u8::BITS],
}

impl Buckets {
    fn new(text: &[u8]) -> Self {
        let mut sizes = [0; 1 << u8::BITS];
        text.iter().for_each(|&byte| sizes[usize::from(byte)] += 1);
        Self { sizes, next: sizes }
    }

    /// Goes to the start of every bucket.
    fn go_to_starts(&mut self) {
        let mut start = 0;
        for (next, &size) in self.next.iter_mut().zip(&self.sizes) {
            *next = start;
            start += size;
        }
    }

    /// Goes to the end of every bucket.
    fn go_to_ends(&mut self) {
        let mut end = 0;
        for (next, &size) in self.next.iter_mut().zip(&self.sizes) {
            end += size;
            *next = end;
        }
    }

    /// Puts an entry at the front of what is left of a bucket.
    #[inline(always)]
    fn push_front(&mut self, suffixes: &mut [u32], byte: u8, entry: u32) {
        let next = &mut self.next[usize::from(byte)];
        suffixes[*next as usize] = entry;
        *next += 1;
    }

    /// Puts an entry at the end of what is left of a bucket.
    #[inline(always)]
    fn push_back(&mut self, suffixes: &mut [u32], byte: u8, entry: u32) {
        let next = &mut self.next[usize::from(byte)];
        *next -= 1;
        suffixes[*next as usize] = entry;
    }
}

/// Moves the `count` sorted LMS suffixes from the front to the ends of their buckets.
fn place_lms(text: &[u8], suffixes: &mut [u32], count: usize, buckets: &mut Buckets) {
    suffixes[count..].fill(0);
    buckets.go_to_ends();
    for i in (0..count).rev() {
        let pos = suffixes[i];
        suffixes[i] = 0;
        buckets.push_back(suffixes, text[pos as usize], pos);
    }
}

/// What an entry induces: the position before it as an entry, and that one's first byte.
#[derive(Clone, Copy, Default)]
struct Induced {
    entry: u32,
    byte: u8,
}

/// What the entry `from` induces; nothing of interest if it is zero or done.
#[inline(always)]
fn induced(text: &[u8], from: u32, done: impl Fn(u8, u8) -> bool) -> Induced {
    // An entry that induces nothing looks at the start of the text, which is cached.
    let pos = if from.wrapping_sub(1) < DONE - 1 { from - 1 } else { 0 };
    let byte = text[pos as usize];
    let before = text[pos.saturating_sub(1) as usize];
    let done = (pos == 0) | done(before, byte);
    Induced { entry: pos | u32::from(done) << 31, byte }
}

/// From an L suffix, only another L suffix is induced in the sweep from the left.
#[inline(always)]
fn done_l(before: u8, byte: u8) -> bool {
    before < byte
}

/// From an S suffix, only another S suffix is induced in the sweep from the right.
#[inline(always)]
fn done_s(before: u8, byte: u8) -> bool {
    before > byte
}

/// The sweep from the left, which puts the L suffixes in order. Afterwards exactly those with an S suffix before them are not done.
fn induce_l(text: &[u8], suffixes: &mut [u32], buckets: &mut Buckets) {
    buckets.go_to_starts();
    // The last suffix comes before the empty one, the least of all.
    let last = induced(text, text.len() as u32, done_l);
    buckets.push_front(suffixes, last.byte, last.entry);
    let mut known = [(0, Induced::default()); AHEAD];
    for start in (0..suffixes.len()).step_by(AHEAD) {
        let entries = suffixes[start..].iter().take(AHEAD);
        known.iter_mut().zip(entries).for_each(|(known, &entry)| *known = (entry, induced(text, entry, done_l)));
        for i in start..suffixes.len().min(start + AHEAD) {
            let entry = suffixes[i];
            if entry >= DONE {
                suffixes[i] = entry & !DONE;
            } else if entry > 0 {
                suffixes[i] = entry | DONE;
                let (from, induced_then) = known[i - start];
                let Induced { entry, byte } = if from == entry { induced_then } else { induced(text, entry, done_l) };
                buckets.push_front(suffixes, byte, entry);
            }
        }
    }
}

/// The sweep from the right, which puts the S suffixes in order and leaves nothing but positions.
fn induce_s(text: &[u8], suffixes: &mut [u32], buckets: &mut Buckets) {
    buckets.go_to_ends();
    let mut known = [(0, Induced::default()); AHEAD];
    for start in (0..suffixes.len()).step_by(AHEAD).rev() {
        let entries = suffixes[start..].iter().take(AHEAD);
        known.iter_mut().zip(entries).for_each(|(known, &entry)| *known = (entry, induced(text, entry, done_s)));
        for i in (start..suffixes.len().min(start + AHEAD)).rev() {
            let entry = suffixes[i];
            if entry >= DONE {
                suffixes[i] = entry & !DONE;
            } else if entry > 0 {
                let (from, induced_then) = known[i - start];
                let Induced { entry, byte } = if from == entry { induced_then } else { induced(text, entry, done_s) };
                buckets.push_back(suffixes, byte, entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that the entries are all positions, and sorted as far as it matters.
    fn check(text: &[u8]) {
        let mut suffixes = vec![7; text.len()];
        let mut work = vec![9; text.len()];
        SuffixSorter::new().sort(text, &mut suffixes, &mut work, &mut vec![5; PAIRS]);
        let mut seen = vec![false; text.len()];
        suffixes
            .iter()
            .for_each(|&pos| assert!(!core::mem::replace(&mut seen[pos as usize], true), "{pos} is there twice"));
        let padded = [text, &[0; DEPTH]].concat();
        let start = |pos: u32| &padded[pos as usize..][..DEPTH];
        assert!(suffixes.windows(2).all(|pair| start(pair[0]) <= start(pair[1])), "{} bytes", text.len());
    }

    fn noise(len: usize, symbols: u32) -> Vec<u8> {
        let mut state = len as u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 16) % symbols) as u8
        };
        (0..len).map(|_| next()).collect()
    }

    #[test]
    fn short_and_regular_texts_are_sorted() {
        for text in
            [&b""[..], b"a", b"ab", b"ba", b"aa", b"banana", b"mississippi", b"abababab", b"zyxzyxzyx", b"\0\0\xFF\0"]
        {
            check(text);
        }
        check(&[0; 300]);
        check(&(0..=255).collect::<Vec<u8>>());
        check(&(0..=255).rev().collect::<Vec<u8>>());
    }

    #[test]
    fn texts_of_few_and_many_symbols_are_sorted() {
        for symbols in [1, 2, 3, 5, 200] {
            for len in [2, 3, 5, 31, 32, 33, 100, 1000, 5000] {
                check(&noise(len, symbols));
            }
        }
    }

    #[test]
    fn long_repetitions_are_sorted() {
        let piece = noise(700, 4);
        check(&[&piece[..], &piece, b"x", &piece, &piece[10..]].concat());
        check(&b"ab".repeat(1000));
    }

    #[test]
    fn groups_that_are_too_large_for_keys_are_split() {
        let mut text = b"an".repeat(MAX_KEYED + 100);
        text.extend(b"and another ".repeat(MAX_KEYED));
        for i in (0..text.len()).step_by(1000) {
            text[i] = i as u8;
        }
        check(&text);
    }
}
