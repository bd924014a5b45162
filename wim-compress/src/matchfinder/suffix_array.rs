//! Suffix arrays by induced sorting (SA-IS of Nong, Zhang and Chan), in linear time.
//!
//! A suffix is of type S if it is less than the one after it, otherwise of type L; an S suffix behind an L suffix is an *LMS* suffix. When
//! the LMS suffixes are sorted, all others follow in two sweeps over the array: suffix `j - 1` of type L belongs to the front of the
//! bucket of its first symbol, in the order in which the `j` come from the left; those of type S to the end of it, from the right.
//!
//! The LMS suffixes are sorted like this: the same two sweeps, begun with the LMS suffixes in any order, sort the *LMS substrings* (up
//! to the next LMS position). Each different substring gets a number as its name; the names in text order are a text of at
//! most half the length, whose suffix array is the order of the LMS suffixes.
//!
//! Nearly all the time goes into looking up symbols at positions in suffix order, which miss every cache. The sweeps gather the symbols
//! of [`AHEAD`] entries at once before they act on them, so that the misses overlap.

/// Set in an entry that the present sweep must not induce from.
const DONE: u32 = 1 << 31;

/// Entries whose symbols are gathered at once.
const AHEAD: usize = 32;

/// The longest text.
pub(crate) const MAX_TEXT: usize = DONE as usize - 1;

/// Places that `work` must have at least in [`sort_suffixes`].
pub(crate) const MIN_WORK: usize = 2 * (1 << u8::BITS);

/// A symbol of a text: bytes at first, names in the recursion.
trait Symbol: Copy + Ord + Default {
    fn bucket(self) -> usize;
}

impl Symbol for u8 {
    #[inline(always)]
    fn bucket(self) -> usize {
        usize::from(self)
    }
}

impl Symbol for u32 {
    #[inline(always)]
    fn bucket(self) -> usize {
        self as usize
    }
}

/// Sorts the suffixes of `text`, of which a shorter one comes before those that it begins, into `suffixes`, as their positions.
///
/// `work` is room for intermediate results; what it holds before and after is meaningless.
///
/// # Panics
/// If `suffixes` is not as long as `text`, `work` shorter than that or than [`MIN_WORK`], or `text` longer than [`MAX_TEXT`].
pub(crate) fn sort_suffixes(text: &[u8], suffixes: &mut [u32], work: &mut [u32]) {
    assert!(text.len() <= MAX_TEXT && suffixes.len() == text.len());
    assert!(work.len() >= text.len().max(MIN_WORK));
    sort(text, suffixes, 1 << u8::BITS, work);
}

/// One level of the recursion, for a text of symbols less than `alphabet`.
fn sort<T: Symbol>(text: &[T], suffixes: &mut [u32], alphabet: usize, work: &mut [u32]) {
    suffixes.fill(0);
    if text.len() < 2 {
        return;
    }
    let mut buckets = Buckets::new(text, alphabet, work);
    let count = sort_lms_substrings(text, suffixes, &mut buckets);
    if count > 1 {
        let names = name_substrings(text, suffixes, count);
        order_lms(text, suffixes, count, names, work);
        buckets = Buckets::new(text, alphabet, work);
    }
    place_lms(text, suffixes, count, &mut buckets);
    induce_l::<T, true>(text, suffixes, &mut buckets);
    induce_s::<T, true>(text, suffixes, &mut buckets);
}

/// The places of suffixes that begin with the same symbol.
struct Buckets<'a> {
    sizes: &'a mut [u32],
    /// Where the next suffix of each bucket goes.
    next: &'a mut [u32],
}

impl<'a> Buckets<'a> {
    fn new<T: Symbol>(text: &[T], alphabet: usize, work: &'a mut [u32]) -> Self {
        let (sizes, next) = work[..2 * alphabet].split_at_mut(alphabet);
        sizes.fill(0);
        for symbol in text {
            sizes[symbol.bucket()] += 1;
        }
        Self { sizes, next }
    }

    /// Goes to the start of every bucket.
    fn go_to_starts(&mut self) {
        let mut start = 0;
        for (next, &mut size) in self.next.iter_mut().zip(&mut *self.sizes) {
            *next = start;
            start += size;
        }
    }

    /// Goes to the end of every bucket.
    fn go_to_ends(&mut self) {
        let mut end = 0;
        for (next, &mut size) in self.next.iter_mut().zip(&mut *self.sizes) {
            end += size;
            *next = end;
        }
    }

    /// Puts an entry at the front of what is left of a bucket.
    #[inline(always)]
    fn push_front<T: Symbol>(&mut self, suffixes: &mut [u32], symbol: T, entry: u32) {
        let next = &mut self.next[symbol.bucket()];
        suffixes[*next as usize] = entry;
        *next += 1;
    }

    /// Puts an entry at the end of what is left of a bucket.
    #[inline(always)]
    fn push_back<T: Symbol>(&mut self, suffixes: &mut [u32], symbol: T, entry: u32) {
        let next = &mut self.next[symbol.bucket()];
        *next -= 1;
        suffixes[*next as usize] = entry;
    }
}

/// Calls `found` with every LMS position, from the last to the first.
#[inline(always)]
fn for_each_lms<T: Symbol>(text: &[T], mut found: impl FnMut(usize)) {
    let Some((&last, rest)) = text.split_last() else { return };
    let (mut after, mut after_is_s) = (last, false);
    for (pos, &symbol) in rest.iter().enumerate().rev() {
        let is_s = symbol < after || (symbol == after && after_is_s);
        if after_is_s && !is_s {
            found(pos + 1);
        }
        (after, after_is_s) = (symbol, is_s);
    }
}

/// Sorts the LMS substrings. Leaves their positions in the front of `suffixes` and zeros in the rest; returns how many there are.
fn sort_lms_substrings<T: Symbol>(text: &[T], suffixes: &mut [u32], buckets: &mut Buckets<'_>) -> usize {
    buckets.go_to_ends();
    for_each_lms(text, |pos| buckets.push_back(suffixes, text[pos], pos as u32));
    induce_l::<T, false>(text, suffixes, buckets);
    induce_s::<T, false>(text, suffixes, buckets);
    // Now exactly the LMS positions are marked.
    let mut count = 0;
    for i in 0..suffixes.len() {
        let entry = suffixes[i];
        suffixes[count] = entry & !DONE;
        count += (entry >> 31) as usize;
    }
    suffixes[count..].fill(0);
    count
}

/// What is known of a block of entries before the sweep comes to them.
struct Gathered<T> {
    entries: [u32; AHEAD],
    /// For an entry `j`: the symbol at `j - 1`, and the mark of `j - 1` as an entry.
    symbols: [T; AHEAD],
    marks: [u32; AHEAD],
}

impl<T: Symbol> Gathered<T> {
    fn new() -> Self {
        Self { entries: [0; AHEAD], symbols: [T::default(); AHEAD], marks: [0; AHEAD] }
    }

    /// Looks up what the entries will need, for the sweep whose [`mark`] this is.
    #[inline(always)]
    fn gather(&mut self, text: &[T], entries: &[u32], mark: impl Fn(&[T], u32) -> u32) {
        for (i, &entry) in entries.iter().enumerate() {
            // An entry that induces nothing looks at the start of the text, which is cached.
            let pos = if entry.wrapping_sub(1) < DONE - 1 { entry - 1 } else { 0 };
            self.entries[i] = entry;
            self.symbols[i] = text[pos as usize];
            self.marks[i] = mark(text, pos);
        }
    }

    /// What `gather` found for the entry number `i`, unless it has been written since.
    #[inline(always)]
    fn get(&self, text: &[T], i: usize, entry: u32, mark: impl Fn(&[T], u32) -> u32) -> (T, u32) {
        if self.entries[i] == entry {
            (self.symbols[i], self.marks[i])
        } else {
            (text[entry as usize - 1], mark(text, entry - 1))
        }
    }
}

/// The mark of a position of type L: the one before is not, so the sweep of L suffixes has nothing to induce from it.
#[inline(always)]
fn mark_l<T: Symbol>(text: &[T], pos: u32) -> u32 {
    let pos = pos as usize;
    u32::from(pos == 0 || text[pos - 1] < text[pos]) << 31
}

/// The mark of a position of type S. Position 0 is no LMS position, but in the end nothing is induced from it either.
#[inline(always)]
fn mark_s<T: Symbol, const FINAL: bool>(text: &[T], pos: u32) -> u32 {
    let pos = pos as usize;
    (if pos == 0 { u32::from(FINAL) } else { u32::from(text[pos - 1] > text[pos]) }) << 31
}

/// The sweep from the left, which puts the L suffixes in order. Afterwards those with an S suffix before them are unmarked.
///
/// All entries that are no longer needed become zero, unless this is the `FINAL` run, where all stay.
fn induce_l<T: Symbol, const FINAL: bool>(text: &[T], suffixes: &mut [u32], buckets: &mut Buckets<'_>) {
    buckets.go_to_starts();
    let last = text.len() - 1;
    // It comes before the empty suffix, the least of all.
    buckets.push_front(suffixes, text[last], last as u32 | mark_l(text, last as u32));
    let mut gathered = Gathered::new();
    for block in (0..suffixes.len()).step_by(AHEAD) {
        let end = suffixes.len().min(block + AHEAD);
        gathered.gather(text, &suffixes[block..end], mark_l);
        for i in block..end {
            let entry = suffixes[i];
            if entry >= DONE {
                suffixes[i] = entry & !DONE;
            } else if entry > 0 {
                let (symbol, mark) = gathered.get(text, i - block, entry, mark_l);
                suffixes[i] = if FINAL { entry | DONE } else { 0 };
                buckets.push_front(suffixes, symbol, (entry - 1) | mark);
            }
        }
    }
}

/// The sweep from the right, which puts the S suffixes in order. Afterwards the LMS suffixes are marked, and all others zero; in the
/// `FINAL` run, all are there without marks.
fn induce_s<T: Symbol, const FINAL: bool>(text: &[T], suffixes: &mut [u32], buckets: &mut Buckets<'_>) {
    buckets.go_to_ends();
    let mut gathered = Gathered::new();
    for block in (0..suffixes.len()).step_by(AHEAD).rev() {
        let end = suffixes.len().min(block + AHEAD);
        gathered.gather(text, &suffixes[block..end], mark_s::<T, FINAL>);
        for i in (block..end).rev() {
            let entry = suffixes[i];
            if entry >= DONE {
                if FINAL {
                    suffixes[i] = entry & !DONE;
                }
            } else if entry > 0 {
                let (symbol, mark) = gathered.get(text, i - block, entry, mark_s::<T, FINAL>);
                if !FINAL {
                    suffixes[i] = 0;
                }
                buckets.push_back(suffixes, symbol, (entry - 1) | mark);
            }
        }
    }
}

/// Names the `count` sorted LMS substrings in the front of `suffixes`: equal ones have equal names, 1 being the least. Leaves
/// the names in text order at the end of `suffixes`, and returns how many different ones there are.
fn name_substrings<T: Symbol>(text: &[T], suffixes: &mut [u32], count: usize) -> usize {
    let (sorted, by_position) = suffixes.split_at_mut(count);
    // LMS positions are at least two apart, so half of them is an index without collisions.
    let mut next = None;
    for_each_lms(text, |pos| {
        let ends_before = next.map_or(text.len() + 1, |next: usize| next + 1);
        by_position[pos / 2] = (ends_before - pos) as u32;
        next = Some(pos);
    });
    let mut names = 0;
    let (mut last_pos, mut last_len) = (0, 0);
    let mut lengths = [0; AHEAD];
    for block in sorted.chunks(AHEAD) {
        for (length, &pos) in lengths.iter_mut().zip(block) {
            *length = by_position[pos as usize / 2] as usize;
        }
        for (&pos, &len) in block.iter().zip(&lengths) {
            let pos = pos as usize;
            // The one that ends behind the text equals no other.
            let end = pos + len;
            if len != last_len || end > text.len() || text[pos..end] != text[last_pos..last_pos + len] {
                names += 1;
            }
            by_position[pos / 2] = names;
            (last_pos, last_len) = (pos, if end > text.len() { 0 } else { len });
        }
    }
    let mut to = by_position.len();
    for from in (0..by_position.len()).rev() {
        let name = by_position[from];
        if name > 0 {
            to -= 1;
            by_position[to] = name - 1;
        }
    }
    names as usize
}

/// Sorts the `count` LMS suffixes by the names at the end of `suffixes`. Leaves their positions in the front of it.
fn order_lms<T: Symbol>(text: &[T], suffixes: &mut [u32], count: usize, names: usize, work: &mut [u32]) {
    let names_at = suffixes.len() - count;
    let (order, in_text) = suffixes.split_at_mut(names_at);
    let order = &mut order[..count];
    if names == count {
        for (index, &name) in in_text.iter().enumerate() {
            order[name as usize] = index as u32;
        }
    } else {
        sort(in_text, order, names, work);
    }
    let mut at = count;
    for_each_lms(text, |pos| {
        at -= 1;
        in_text[at] = pos as u32;
    });
    for entry in order {
        *entry = in_text[*entry as usize];
    }
}

/// Moves the `count` sorted LMS suffixes from the front to the ends of their buckets.
fn place_lms<T: Symbol>(text: &[T], suffixes: &mut [u32], count: usize, buckets: &mut Buckets<'_>) {
    suffixes[count..].fill(0);
    buckets.go_to_ends();
    for i in (0..count).rev() {
        let pos = suffixes[i];
        suffixes[i] = 0;
        buckets.push_back(suffixes, text[pos as usize], pos);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    fn sorted(text: &[u8]) -> Vec<u32> {
        let mut suffixes = vec![7; text.len()];
        let mut work = vec![9; text.len().max(MIN_WORK)];
        sort_suffixes(text, &mut suffixes, &mut work);
        suffixes
    }

    fn check(text: &[u8]) {
        let mut expected: Vec<u32> = (0..text.len() as u32).collect();
        expected.sort_by_key(|&pos| &text[pos as usize..]);
        assert_eq!(sorted(text), expected, "{} bytes", text.len());
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
    fn texts_of_few_symbols_are_sorted_through_several_levels() {
        let mut state = 1u32;
        for symbols in [1, 2, 3, 5, 200] {
            for len in [2, 3, 5, 31, 32, 33, 100, 1000, 5000] {
                let text: Vec<u8> = (0..len)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        ((state >> 16) % symbols) as u8
                    })
                    .collect();
                check(&text);
            }
        }
    }

    /// The words of Fibonacci are as repetitive as a text can be without being periodic.
    #[test]
    fn fibonacci_words_are_sorted() {
        let (mut a, mut b) = (Vec::from(*b"a"), Vec::from(*b"ab"));
        while b.len() < 5000 {
            let next = [&b[..], &a[..]].concat();
            a = core::mem::replace(&mut b, next);
        }
        check(&b);
    }
}
