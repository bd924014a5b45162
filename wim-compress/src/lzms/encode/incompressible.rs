//! Giving up early on a chunk that cannot shrink.
//!
//! What literals alone take is known exactly: their adaptive code is the same whatever else there is. Where that is more than there
//! is room for, matches would have to make up for it, and what they could save is estimated on the high side:
//!
//! * pairs of bytes that occurred a few bytes before, and runs of equal differences: all positions are counted;
//! * pairs that come from the same distance again and again;
//! * bytes that occurred anywhere before: a sample of positions is looked up, most of it chosen by content, so that both ends of a
//!   match are in the sample or neither is. If many of the bytes behind are equal, too, whether in a row or not, this is *structure*, and is taken
//!   to save more than a match of these bytes does. What remains is counted by length and offset slot. Chance makes
//!   such matches as well, but no more of them than their offsets cost;
//! * the same with differences of bytes instead of bytes.
//!
//! Only when all of this together does not reach what is missing, the chunk is given up. A look at some blocks of literals comes
//! first, which is all that most chunks are looked at.

use core::iter::zip;

use super::delta_finder::POWERS;
use super::text::{Text, differences};
use crate::lzms::code::{Frequencies, LITERALS};
use crate::lzms::tables::{OFFSET_SLOTS, OFFSETS, offset_slot};

/// Shorter chunks are quicker to compress than to judge.
const MIN_LEN: usize = 4096;

/// Bytes of a block, as many as one literal code lasts for, and of how many blocks one is in the sample.
const BLOCK: usize = 1024;
const BLOCKS_PER_SAMPLE: usize = 16;

/// In this many literals, the decisions that they are literals take a bit: with the greatest probability, 63/64, each takes 1/44.
const LITERALS_PER_BIT: u64 = 45;

/// Offsets at which pairs of bytes are looked for.
const NEAR: usize = 16;

/// Recent delta sources, of span 1, that a chunk begins with and that can be referred to.
const FIRST_RAW_OFFSETS: usize = 3;

/// Bytes by which positions are looked up, the shortest match with an explicit offset that is worth it anywhere.
const KEY: usize = 3;
const KEY_MASK: u32 = (1 << (8 * KEY)) - 1;

/// Bytes that are compared, and how many equal ones of them are more than chance.
const COMPARED: usize = 32;
const STRUCTURE: usize = 7;

/// Bits that a sampled position with structure is taken to save for each equal byte. In a match all positions are found, so this is
/// too much by far for a long one. Where other bytes lie between the equal ones, only the few positions are found where these
/// happen to be equal, too; but then once the offset is a recent one every part of it is a match, so all of it counts.
const SAVED_IN_ROW: u64 = 2;
const SAVED_WITH_GAPS: u64 = 4;

/// Bytes that structure with gaps is followed at most, to each side.
const FOLLOWED: usize = 4096;

/// So many times as much as was found may be there: the table loses positions, and samples are small.
const DOUBT: u64 = 4;

/// Places of the table that are used at most: more would miss the cache.
const MAX_PLACES: usize = 1 << 17;

/// For each position, places that there are; else only a part of the positions is looked up. For differences, there are so many
/// keys that fewer have to do.
const PLACES: usize = 1;
const DELTA_PLACES: usize = 8;

/// Positions in a row that are in a sample whatever their keys.
const ROW: usize = 64;

/// Whether the chunk is bound to need more than `limit` bytes. `table` is overwritten; its length is a power of two.
pub(super) fn exceeds(text: Text<'_>, limit: usize, deltas: bool, table: &mut [u32]) -> bool {
    if text.len() < MIN_LEN {
        return false;
    }
    let room = limit as u64 * u64::from(u8::BITS);
    let blocks = || text.bytes().chunks(BLOCK);
    let sampled: usize = blocks().step_by(BLOCKS_PER_SAMPLE).map(<[u8]>::len).sum();
    // As many bits a byte as if this block were the chunk, with some slack: a sample is not sure.
    let needed = u128::from(literal_bits(blocks().step_by(BLOCKS_PER_SAMPLE))) * text.len() as u128;
    if needed + needed / 64 <= u128::from(room) * sampled as u128 {
        return false;
    }
    let needed = literal_bits(blocks()) + text.len() as u64 / LITERALS_PER_BIT;
    let Some(missing) = needed.checked_sub(room).filter(|&missing| missing > 0) else { return false };
    let table_len = table.len().min(MAX_PLACES);
    let table = &mut table[..table_len];
    let mut saved = near_bits(text.bytes());
    let found = |saved: u64| DOUBT * saved >= missing;
    if !found(saved) {
        saved += offset_bits(text, table);
    }
    if !found(saved) {
        saved += match_bits(text, table);
    }
    if deltas && !found(saved) {
        saved += delta_bits(text, table);
    }
    !found(saved)
}

/// The bits of the symbols of these literals.
fn literal_bits<'a>(blocks: impl Iterator<Item = &'a [u8]>) -> u64 {
    let (mut frequencies, mut lengths) = (Frequencies::<LITERALS>::START, [0; LITERALS]);
    frequencies.code(LITERALS, &mut lengths);
    let mut bits = 0;
    for &byte in blocks.flatten() {
        bits += u64::from(lengths[usize::from(byte)]);
        if frequencies.count(byte.into()) {
            frequencies.code(LITERALS, &mut lengths);
            frequencies.fade();
        }
    }
    bits
}

/// What pairs at near offsets save, and runs of equal differences as a chunk's first delta sources have them.
fn near_bits(bytes: &[u8]) -> u64 {
    let len = bytes.len() as u64;
    let pairs = (1..=NEAR).map(|offset| {
        let (now, before) = (&bytes[offset..], bytes);
        let count = count(now.len() - 1, |i| (now[i] == before[i]) & (now[i + 1] == before[i + 1]));
        worth(count, len, 0, 2)
    });
    let runs = (1..=FIRST_RAW_OFFSETS).map(|offset| {
        let (now, before) = (&bytes[offset..], bytes);
        let equal = |i: usize| now[i + 1].wrapping_sub(now[i]) == before[i + 1].wrapping_sub(before[i]);
        let count = count(now.len() - KEY, |i| equal(i) & equal(i + 1) & equal(i + 2));
        worth(count, len, 0, KEY)
    });
    pairs.sum::<u64>() + runs.sum::<u64>()
}

/// How many numbers below `end` are `counted`.
#[inline(always)]
fn count(end: usize, counted: impl Fn(usize) -> bool) -> u64 {
    // Sums of bytes are quick; they must not overflow.
    const SUMMED: usize = 128;
    (0..end)
        .step_by(SUMMED)
        .map(|start| {
            let sum: u8 = (start..end.min(start + SUMMED)).map(|i| u8::from(counted(i))).sum();
            u64::from(sum)
        })
        .sum()
}

/// What pairs of bytes save that come from the same distance again and again, with other bytes between them.
///
/// Once that offset is a recent one each of them is a match, yet longer ones, which can be looked for, are few. So every pair votes
/// for the distance to the latest one like it: by chance all distances get alike many votes.
fn offset_bits(text: Text<'_>, table: &mut [u32]) -> u64 {
    const BALLOTS: usize = 4096;
    let mut votes = [0u32; BALLOTS];
    table.fill(0);
    let (mut all, last_place) = (0, table.len() - 1);
    for at in 1..text.len() - 1 {
        let pair = text.half_word(at) as u16;
        let place = (u32::from(pair).wrapping_mul(0x9E37_79B1) >> 8) as usize & last_place;
        let earlier = core::mem::replace(&mut table[place], at as u32) as usize;
        if earlier != 0 && text.half_word(earlier) as u16 == pair {
            all += 1;
            votes[(at - earlier) % BALLOTS] += 1;
        }
    }
    // Near distances get more votes by chance, up to twice as many as all on average; the rest is for fluctuation.
    let by_chance = 4 * all / BALLOTS as u64;
    let by_chance = by_chance + 8 * by_chance.isqrt() + 8;
    votes.iter().map(|&votes| u64::from(votes).saturating_sub(by_chance)).sum::<u64>() * u64::from(2 * u8::BITS)
}

/// What LZ matches save.
fn match_bits(text: Text<'_>, table: &mut [u32]) -> u64 {
    let sampling = Sampling::new(PLACES * text.len(), table.len());
    let (mut samples, mut structure) = (0, 0);
    // By length, from that of a key to the longest that is no structure.
    let mut counts = [[0u32; OFFSET_SLOTS]; STRUCTURE - KEY];
    table.fill(0);
    for at in 1..=text.len() - KEY {
        let key = text.half_word(at) & KEY_MASK;
        let Some(slot) = sampling.place(key.into(), at) else { continue };
        samples += 1;
        let earlier = core::mem::replace(&mut table[slot], at as u32) as usize;
        if earlier == 0 || text.half_word(earlier) & KEY_MASK != key {
            continue;
        }
        let Equal { all, in_row } = equal_bytes(text.len() - at, |i| text.word(at + i) ^ text.word(earlier + i));
        if all >= STRUCTURE {
            let back = at - earlier;
            structure += saved(all, in_row, || follow(back, at, text.len(), |i| text.word(i) ^ text.word(i - back)));
        } else {
            counts[in_row - KEY][offset_slot((at - earlier) as u32)] += 1;
        }
    }
    let worths = zip(KEY.., &counts).flat_map(|(length, counts)| {
        zip(counts, &OFFSETS).map(move |(&count, slot)| worth(count.into(), samples, slot.extra.into(), length))
    });
    (structure + worths.sum::<u64>()) * sampling.one_of as u64
}

/// What delta matches save: only those that are structure, as short ones cost more than they save.
fn delta_bits(text: Text<'_>, table: &mut [u32]) -> u64 {
    let sampling = Sampling::new(DELTA_PLACES * text.len(), table.len());
    let mut structure = 0;
    table.fill(0);
    for at in 1 << POWERS.end()..=text.len() - KEY {
        for power in POWERS {
            let span = 1 << power;
            let changes = |from: usize| differences(text.word(from), text.word(from - span));
            let key = changes(at) & u64::from(KEY_MASK);
            let salt = u64::from(power) | (at as u64 % span as u64) << 3;
            let Some(slot) = sampling.place(key | salt << (8 * KEY), at) else { continue };
            let earlier = core::mem::replace(&mut table[slot], at as u32) as usize;
            // A run of no differences is an LZ match, and what equals what was before has been counted as one.
            let is_lz = key == 0 || text.half_word(at) == text.half_word(earlier);
            if is_lz || earlier < span || !(at - earlier).is_multiple_of(span) {
                continue;
            }
            let Equal { all, in_row } = equal_bytes(text.len() - at, |i| changes(at + i) ^ changes(earlier + i));
            if all >= STRUCTURE {
                let back = at - earlier;
                structure +=
                    saved(all, in_row, || follow(back + span, at, text.len(), |i| changes(i) ^ changes(i - back)));
            }
        }
    }
    structure * sampling.one_of as u64
}

/// Which positions are looked up: those with some of the keys, and rows of positions, as a few keys may be all that there are.
struct Sampling {
    /// One of so many, a power of two.
    one_of: usize,
    /// The places of the table, a power of two.
    places: usize,
}

impl Sampling {
    fn new(wanted_places: usize, places: usize) -> Self {
        Self { one_of: 1 << (wanted_places / places).max(1).ilog2(), places }
    }

    /// The place of the key of a position, if it is in the sample.
    #[inline(always)]
    fn place(&self, key: u64, at: usize) -> Option<usize> {
        let hash = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize;
        let is_sampled = ((hash & (self.one_of - 1)) == 0) | (((at / ROW) & (self.one_of - 1)) == 0);
        is_sampled.then_some((hash >> 16) & (self.places - 1))
    }
}

/// How many of the bytes that are compared are equal, and how many of them before the first one that is not.
struct Equal {
    all: usize,
    in_row: usize,
}

/// Compares up to `len` bytes, at least those of a key; `unequal` gives eight at once.
fn equal_bytes(len: usize, unequal: impl Fn(usize) -> u64) -> Equal {
    let (mut all, mut in_row) = (0, None);
    for i in (0..COMPARED.min(len)).step_by(size_of::<u64>()) {
        let word = unequal(i);
        let bytes = word.to_le_bytes();
        all += bytes.iter().take(len - i).filter(|&&byte| byte == 0).count();
        if word != 0 && in_row.is_none() {
            in_row = Some(i + (word.trailing_zeros() / u8::BITS) as usize);
        }
    }
    Equal { all, in_row: in_row.unwrap_or(all).min(all) }
}

/// What a position is taken to save where so many bytes are equal; `follow` counts those of structure with gaps.
fn saved(all: usize, in_row: usize, follow: impl FnOnce() -> usize) -> u64 {
    // One more may be chance.
    if in_row + 1 < all { follow() as u64 * SAVED_WITH_GAPS } else { all as u64 * SAVED_IN_ROW }
}

/// Counts the equal bytes around `at` as long as there is structure; `unequal` compares eight bytes at a position from `first` on.
fn follow(first: usize, at: usize, len: usize, unequal: impl Fn(usize) -> u64) -> usize {
    let equal = |start: usize| equal_bytes(len - start, |i| unequal(start + i)).all;
    let is_structure = |equal: &usize| *equal >= STRUCTURE;
    let behind = (at..len.min(at + FOLLOWED)).step_by(COMPARED).map(equal).take_while(is_structure);
    let before = (first..at).rev().skip(COMPARED - 1).step_by(COMPARED).take(FOLLOWED / COMPARED);
    behind.sum::<usize>() + before.map(equal).take_while(is_structure).sum::<usize>()
}

/// The bits that `count` matches of `length` bytes in one slot can save among `samples` positions, with so many raw bits in each.
///
/// Besides its raw bits, a match has to say that there is one, and its slot, which takes the more the rarer it is. Chance makes
/// as many as this cannot save anything; what may be chance is not counted.
fn worth(count: u64, samples: u64, raw_bits: u32, length: usize) -> u64 {
    const FRACTION: u32 = 8;
    let literals = u8::BITS * length as u32;
    if count == 0 || raw_bits >= literals {
        return 0;
    }
    let by_chance = samples << FRACTION >> (literals - raw_bits);
    if count << FRACTION <= 2 * by_chance + 3 * (by_chance << FRACTION).isqrt() {
        return 0;
    }
    let symbol = (samples / count).max(1).ilog2();
    count * u64::from(literals.saturating_sub(raw_bits + symbol))
}

#[cfg(test)]
mod tests;
