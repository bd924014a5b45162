//! What each level does.

use crate::Level;

/// How the near-optimal parser goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NearOptimalSetting {
    /// A match this long is taken at once.
    pub(super) nice: usize,
    /// The shortest LZ match with an explicit offset.
    pub(super) min_len: usize,
    /// Delta matches are tried where no LZ match is this long.
    pub(super) delta_below: usize,
    /// Whether a match, a literal and the same offset again are tried as one.
    pub(super) tail_after_match: bool,
    /// The same after a match with a recent offset, or none.
    pub(super) tail_after_recent: bool,
}

/// In chunks up to this size, matches of two bytes are worth their offsets.
const SMALL_CHUNK: usize = 1 << 20;

impl NearOptimalSetting {
    pub(super) fn of(level: Level, chunk_size: usize) -> Self {
        let level = level.get();
        Self {
            nice: 63,
            min_len: if chunk_size <= SMALL_CHUNK { 2 } else { 3 },
            delta_below: 12,
            tail_after_match: true,
            tail_after_recent: level >= 60,
        }
    }
}
