//! Finding delta matches.
//!
//! For each power, a table remembers where three differences in a row occurred last. A position can only be matched with one that it is a
//! multiple of the span away from, so what is left when it is divided by the span belongs to what is hashed.

use alloc::vec;
use alloc::vec::Vec;

use super::text::{Text, differences};
use crate::lzms::delta::DeltaSource;

/// Powers that are searched at most: spans from 1 to 32.
pub(super) const POWERS_SEARCHED: usize = 6;

/// The shortest delta match that is found.
pub(super) const MIN_DELTA: usize = 3;

/// The three differences of which the hash is made.
const HASHED: u64 = 0xFF_FFFF;

/// Below the tag, an entry has a position of so many bits.
const MIN_POSITION_BITS: u32 = 16;

/// The table of differences.
pub(super) struct DeltaFinder {
    /// The latest position for each hash, with other bits of the hash above it, so that few wrong positions are looked at.
    table: Vec<u32>,
    hash_shift: u32,
    position_bits: u32,
    powers: usize,
}

impl DeltaFinder {
    /// Entries of the largest table.
    const MAX_ENTRIES: usize = 1 << 17;

    fn entries(chunk_size: usize) -> usize {
        (chunk_size * 2).next_power_of_two().min(Self::MAX_ENTRIES)
    }

    /// The bytes of memory for chunks of up to `chunk_size` bytes.
    pub(super) fn memory(chunk_size: usize) -> usize {
        Self::entries(chunk_size) * size_of::<u32>()
    }

    /// A finder for chunks of up to `chunk_size` bytes that looks for the first `powers` powers.
    pub(super) fn new(chunk_size: usize, powers: usize) -> Self {
        let entries = if powers == 0 { 1 } else { Self::entries(chunk_size) };
        let position_bits = chunk_size.next_power_of_two().ilog2().max(MIN_POSITION_BITS);
        let hash_shift = u64::BITS - entries.ilog2();
        Self { table: vec![0; entries], hash_shift, position_bits, powers: powers.min(POWERS_SEARCHED) }
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.table.fill(0);
    }

    /// Inserts `at` and reports its matches as `found(source, length)`, at most `max` bytes long, which must not reach past the end.
    #[inline(always)]
    pub(super) fn find(&mut self, text: Text<'_>, at: usize, max: usize, mut found: impl FnMut(DeltaSource, usize)) {
        if max < MIN_DELTA {
            return;
        }
        let here = text.half_word(at);
        for power in 0..self.powers {
            let span = 1 << power;
            if at < span {
                return;
            }
            let hashed = differences(here.into(), text.half_word(at - span).into()) & HASHED;
            if hashed == 0 {
                // A run of what was there before is an LZ match.
                continue;
            }
            let salt = (power | (at % span) << 3) as u64;
            let hash = (hashed | salt << 24).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let index = (hash >> self.hash_shift) as usize;
            let tag = (hash >> 16) as u32 >> self.position_bits << self.position_bits;
            let Some(entry) = self.table.get_mut(index) else { return };
            let earlier = core::mem::replace(entry, tag | at as u32);
            let candidate = (earlier ^ tag) as usize;
            // Another tag makes this more than any position.
            if candidate >= at || candidate < span {
                continue;
            }
            let offset = at - candidate;
            if !offset.is_multiple_of(span) {
                continue;
            }
            let length = text.delta_length(at, span, offset, max);
            if length >= MIN_DELTA {
                found(DeltaSource { power: power as u8, raw_offset: (offset >> power) as u32 }, length);
            }
        }
    }
}
