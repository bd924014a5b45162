//! Finding delta matches.
//!
//! A table remembers where three differences in a row occurred last, for each span. A position can only be matched with one that
//! is a multiple of the span away from it, so what is left when it is divided by the span belongs to what is hashed.
//!
//! Nearly all look-ups find nothing, and each may miss the cache. So they are made for some positions at once, without a
//! branch that depends on one of them, and what was found is compared afterwards. Where LZ matches are good enough,
//! nothing is looked up, nor remembered: every LZ match is also a delta match, so the table would be full of them.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::{Range, RangeInclusive};

use super::matches::{DeltaMatch, LzmsBatch, Match};
use super::text::{Text, differences};
use crate::lzms::delta::DeltaSource;
use crate::lzms::tables::offset_slot;
use crate::matchfinder::suffix_array::PAIRS;

/// Powers that are searched: spans from 2 to 32. A span of 1 has been found to gain nothing, and one of 64 next to nothing.
pub(super) const POWERS: RangeInclusive<u8> = 1..=5;
pub(super) const POWER_COUNT: usize = (*POWERS.end() - *POWERS.start()) as usize + 1;

/// The shortest delta match that is found.
pub(super) const MIN_DELTA: usize = 3;

/// The three differences of which the hash is made.
const HASHED: u64 = 0xFF_FFFF;

/// In chunks up to this size, a small table does.
const SMALL_CHUNK: usize = 1 << 20;

/// Positions that are looked up at once.
const AHEAD: usize = 32;

/// The least number of bits that an entry has for a position.
const MIN_POSITION_BITS: u32 = 16;

/// The table of differences.
pub(super) struct DeltaFinder {
    /// The latest position for each hash, with other bits of the hash above it, so that few wrong positions are compared. Zero
    /// for none: no position less than a span can be matched.
    table: Vec<u32>,
    /// Those of its entries that are in use; the others are only lent.
    entries: usize,
    hash_shift: u32,
    position_bits: u32,
    /// For each power, the offset of the latest match and where it ends.
    runs: [Run; POWER_COUNT],
}

#[derive(Clone, Copy, Default)]
struct Run {
    offset: usize,
    end: usize,
}

impl DeltaFinder {
    /// Entries of the table. A larger one finds a little more and misses the cache much more often.
    fn entries(chunk_size: usize) -> usize {
        const MOST: usize = 1 << 17;
        (chunk_size / 4).next_power_of_two().min(if chunk_size <= SMALL_CHUNK { MOST / 4 } else { MOST })
    }

    /// The bytes of memory for chunks of up to `chunk_size` bytes.
    pub(super) fn memory(chunk_size: usize) -> usize {
        Self::entries(chunk_size).max(PAIRS) * size_of::<u32>()
    }

    /// A finder for chunks of up to `chunk_size` bytes.
    pub(super) fn new(chunk_size: usize) -> Self {
        let entries = Self::entries(chunk_size);
        let position_bits = chunk_size.next_power_of_two().ilog2().max(MIN_POSITION_BITS);
        let hash_shift = u64::BITS - entries.ilog2();
        Self { table: vec![0; entries.max(PAIRS)], entries, hash_shift, position_bits, runs: Default::default() }
    }

    /// The table, which is idle until [`DeltaFinder::reset`], as room for others.
    pub(super) fn lend(&mut self) -> &mut [u32] {
        &mut self.table
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.table[..self.entries].fill(0);
        self.runs = Default::default();
    }

    /// Puts the delta matches of these positions into `batch`, which has their LZ matches. Nothing is looked for where one of
    /// those is as long as `long_enough`.
    pub(super) fn sweep(&mut self, text: Text<'_>, positions: Range<usize>, long_enough: usize, batch: &mut LzmsBatch) {
        let mut wanted = [0; AHEAD];
        let mut candidates = [[0; AHEAD]; POWER_COUNT];
        let last =
            if self.table.is_empty() { 0 } else { positions.end.min((text.len() + 1).saturating_sub(MIN_DELTA)) };
        let (mut next, mut listed) = (positions.start, positions.start);
        while next < last {
            let mut count = 0;
            while next < last && count < AHEAD {
                wanted[count] = next;
                count += usize::from(batch.longest_lz(next) < long_enough);
                next += 1;
            }
            let wanted = &wanted[..count];
            for (power, candidates) in POWERS.zip(&mut candidates) {
                self.look_up(text, wanted, power, candidates);
            }
            for (i, &at) in wanted.iter().enumerate() {
                while listed < at {
                    batch.deltas.end_list();
                    listed += 1;
                }
                let candidates = candidates.each_ref().map(|candidates| candidates[i]);
                self.compare(text, at, candidates, |source, length, slot| add(batch, at, source, length, slot));
            }
        }
        while listed < positions.end {
            batch.deltas.end_list();
            listed += 1;
        }
    }

    /// Inserts a position and reports its delta matches as `found(source, length)`.
    #[inline(always)]
    pub(super) fn find(&mut self, text: Text<'_>, at: usize, mut found: impl FnMut(DeltaSource, usize)) {
        if at + MIN_DELTA > text.len() {
            return;
        }
        let mut candidates = [[0]; POWER_COUNT];
        for (power, candidates) in POWERS.zip(&mut candidates) {
            self.look_up(text, &[at], power, candidates);
        }
        self.compare(text, at, candidates.map(|[candidate]| candidate), |source, length, _| found(source, length));
    }

    /// Inserts positions and writes where their differences occurred before, zero for nowhere.
    #[inline(always)]
    fn look_up(&mut self, text: Text<'_>, positions: &[usize], power: u8, candidates: &mut [u32]) {
        let span = 1 << power;
        let table = &mut self.table[..self.entries];
        let mask = table.len() - 1;
        for (&at, candidate) in positions.iter().zip(candidates) {
            *candidate = 0;
            if at < span {
                continue;
            }
            let hashed = differences(text.half_word(at).into(), text.half_word(at - span).into()) & HASHED;
            let salt = u64::from(power) | (at as u64 % span as u64) << 3;
            let hash = (hashed | salt << 24).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let tag = (hash >> 16) as u32 >> self.position_bits << self.position_bits;
            let entry = &mut table[(hash >> self.hash_shift) as usize & mask];
            // Another tag makes this more than any position.
            let found = core::mem::replace(entry, tag | at as u32) ^ tag;
            // A run of no differences is an LZ match.
            *candidate = if (found < at as u32) & (hashed != 0) { found } else { 0 };
        }
    }

    /// Compares what was found for a position, and reports what matches as `found(source, length, slot)`.
    #[inline(always)]
    fn compare(
        &mut self,
        text: Text<'_>,
        at: usize,
        candidates: [u32; POWER_COUNT],
        mut found: impl FnMut(DeltaSource, usize, u16),
    ) {
        if candidates.iter().fold(0, |all, candidate| all | candidate) == 0 {
            return;
        }
        for ((power, candidate), run) in POWERS.zip(candidates).zip(&mut self.runs) {
            let (span, candidate) = (1 << power, candidate as usize);
            let offset = at - candidate;
            if candidate < span || !offset.is_multiple_of(span) {
                continue;
            }
            // Position after position is in the same match.
            if run.offset != offset || at >= run.end {
                *run = Run { offset, end: at + text.delta_length(at, span, offset, text.len() - at) };
            }
            let length = run.end - at;
            if length >= MIN_DELTA {
                let raw_offset = (offset >> power) as u32;
                found(DeltaSource { power, raw_offset }, length, offset_slot(raw_offset) as u16);
            }
        }
    }
}

/// Adds a delta match to a batch, unless an LZ match dominates it: no shorter, and no farther.
#[inline(always)]
fn add(batch: &mut LzmsBatch, at: usize, source: DeltaSource, length: usize, slot: u16) {
    let is_dominating = |found: &Match| found.slot <= slot && usize::from(found.length) >= length;
    if !batch.lz_at(at).iter().any(is_dominating) {
        batch.deltas.push(DeltaMatch { source, length: length as u32, slot: slot.into() });
    }
}
