//! Giving up early on a chunk that cannot shrink.
//!
//! Two things can make a chunk smaller. Literals alone save what their order-0 entropy says. As every block has a code of its
//! own, the chunk is halved again and again, and each half counts as one block or as its two halves, whichever takes less. What
//! matches save is estimated from a greedy parse with the latest position of each three bytes: on the high side, but for those
//! matches that the table loses. Only when both together cannot make up for what has to be said of a block's codes, the
//! chunk is given up.
//!
//! In chunks of archives of compressed data, the estimate of matches is above 890 bits where a chunk shrinks by a byte or more and
//! literals alone do not shrink it, and mostly below 400 where it does not shrink.
//!
//! Most chunks have a lower entropy, and that is all that is looked at.

use alloc::vec;
use alloc::vec::Vec;

use super::cost::BIT;
use super::log2::x_log2_x;
use crate::lzx::tables::{LITERALS, MAX_MATCH};

/// Chunks below this are not looked at: they are parsed in no time, and what their headers take is hard to tell.
const SHORTEST: usize = 4096;

/// The shortest part of a chunk that may be a block with a code of its own.
const SHORTEST_PART: usize = 1024;

/// What a block's header takes, in bytes, where a code for literals saves something: three pretrees of ten, and what is written with
/// them. It may be a bit less.
const HEADER: u64 = 56;

/// What a block's codes take more, in bits, if it has any matches: half of what was seen.
const MATCH_CODES: u64 = 400;

/// The shortest match that is looked for.
const MIN_LENGTH: usize = 3;

/// Tells chunks that cannot shrink.
pub(super) struct Incompressible {
    /// The latest position of the three bytes of each hash value. As many as a chunk has positions.
    latest: Vec<u32>,
}

impl Incompressible {
    /// For chunks of up to `chunk_size` bytes, a power of two.
    pub(super) fn new(chunk_size: usize) -> Self {
        Self { latest: vec![0; chunk_size] }
    }

    /// The bytes of memory beside the object itself.
    pub(super) const fn memory(chunk_size: usize) -> usize {
        chunk_size * size_of::<u32>()
    }

    /// Whether a chunk of `data`, whose bytes occur `counts` times, would shrink by a few bytes at most.
    pub(super) fn is_unlikely_to_shrink(&mut self, data: &[u8], counts: &[u32; LITERALS]) -> bool {
        let limit = (data.len() * u8::BITS as usize) as u64;
        if data.len() < SHORTEST || block_bits(counts) <= limit {
            return false;
        }
        let (needed, _) = literal_bits(data);
        needed > limit && needed - limit + MATCH_CODES > self.match_bits(data)
    }

    /// An estimate of the bits that matches can save.
    fn match_bits(&mut self, data: &[u8]) -> u64 {
        self.latest.fill(0);
        let bits = self.latest.len().ilog2();
        let mut octaves = [Octave::default(); u32::BITS as usize];
        let mut covered = 0;
        for (pos, window) in data.windows(MIN_LENGTH).enumerate() {
            let &[a, b, c] = window else { continue };
            let hash = u32::from_le_bytes([a, b, c, 0]).wrapping_mul(0x9E37_79B1) >> (u32::BITS - bits);
            let earlier = core::mem::replace(&mut self.latest[hash as usize], pos as u32) as usize;
            if pos < covered || earlier == pos {
                continue;
            }
            let equal = data[earlier..].iter().zip(&data[pos..]).take(MAX_MATCH).take_while(|(x, y)| x == y).count();
            if equal >= MIN_LENGTH {
                octaves[(pos - earlier).ilog2() as usize].add(equal);
                covered = pos + equal;
            }
        }
        (0..).zip(octaves).map(|(octave, matches)| matches.saved_bits(octave, data.len())).sum()
    }
}

/// Matches whose offsets have the same logarithm.
#[derive(Clone, Copy, Default)]
struct Octave {
    count: u32,
    /// The bytes that they cover.
    covered: u64,
}

impl Octave {
    fn add(&mut self, length: usize) {
        self.count += 1;
        self.covered += length as u64;
    }

    /// The most bits that matches with offsets of 2^`octave` and more save among `len` bytes: their symbols share what is rare.
    fn saved_bits(self, octave: u32, len: usize) -> u64 {
        let symbol = (len as u32 / self.count.max(1)).max(1).ilog2();
        (self.covered * u64::from(u8::BITS)).saturating_sub(u64::from(self.count) * u64::from(octave + symbol))
    }
}

/// The bits of a block of literals that occur `counts` times, in an ideal code.
fn block_bits(counts: &[u32; LITERALS]) -> u64 {
    let total: u32 = counts.iter().sum();
    // Logarithms are rounded, so that bytes that are all the same may come out below zero.
    let bits = x_log2_x(total).saturating_sub(counts.iter().map(|&count| x_log2_x(count)).sum());
    bits / u64::from(BIT) + HEADER * u64::from(u8::BITS)
}

/// The bits of `data` as blocks of literals, in ideal codes; and how often each byte occurs.
fn literal_bits(data: &[u8]) -> (u64, [u32; LITERALS]) {
    if data.len() < 2 * SHORTEST_PART {
        let counts = byte_counts(data);
        return (block_bits(&counts), counts);
    }
    let (first, second) = data.split_at(data.len() / 2);
    let ((first, mut counts), (second, more)) = (literal_bits(first), literal_bits(second));
    for (count, more) in counts.iter_mut().zip(more) {
        *count += more;
    }
    (block_bits(&counts).min(first + second), counts)
}

/// Counts the bytes of `data`.
pub(super) fn byte_counts(data: &[u8]) -> [u32; LITERALS] {
    // Four tables, as runs of a byte would wait for one counter.
    let mut rows = [[0u32; LITERALS]; 4];
    let (quads, rest) = data.as_chunks::<4>();
    for quad in quads {
        for (row, &byte) in rows.iter_mut().zip(quad) {
            row[usize::from(byte)] += 1;
        }
    }
    for &byte in rest {
        rows[0][usize::from(byte)] += 1;
    }
    core::array::from_fn(|byte| rows.iter().map(|row| row[byte]).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1u32;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect()
    }

    fn is_given_up(data: &[u8]) -> bool {
        Incompressible::new(data.len().next_power_of_two()).is_unlikely_to_shrink(data, &byte_counts(data))
    }

    #[test]
    fn noise_is_given_up_unless_it_is_short() {
        for len in [5000, 32768, 1 << 18] {
            assert!(is_given_up(&noise(len)), "{len}");
        }
        for len in [0, 1, 100, 4095] {
            assert!(!is_given_up(&noise(len)), "{len}");
        }
    }

    /// Archives of compressed data are such. They were parsed as carefully as anything, and then stored as they are.
    #[test]
    fn noise_is_given_up_although_a_little_of_it_repeats() {
        let mut data = noise(32768);
        for at in (2000..32000).step_by(1000) {
            data.copy_within(at - 2000..at - 1996, at);
        }
        assert!(is_given_up(&data));
    }

    #[test]
    fn what_literals_or_matches_can_shrink_is_not_given_up() {
        let mut repeated = noise(32768);
        repeated.copy_within(100..400, 30000);
        assert!(!is_given_up(&repeated));
        let narrow: Vec<u8> = noise(32768).iter().map(|byte| byte % 230).collect();
        assert!(!is_given_up(&narrow));
        // As a whole this has all values equally often.
        for part in [16384, 4096] {
            let half = |i: usize| (i / part % 2 * 128) as u8;
            let changing: Vec<u8> = noise(32768).iter().enumerate().map(|(i, byte)| byte / 2 + half(i)).collect();
            assert!(!is_given_up(&changing), "{part}");
        }
    }
}
