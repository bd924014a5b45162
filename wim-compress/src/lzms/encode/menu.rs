//! What each level does.

use crate::Level;

/// How the near-optimal parser goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NearOptimalSetting {
    /// A match this long is taken at once.
    pub(super) nice: usize,
    /// The shortest LZ match with an explicit offset.
    pub(super) min_len: usize,
    /// How many powers delta matches are looked for with.
    pub(super) delta_powers: usize,
    /// Delta matches are looked for where no LZ match is this long.
    pub(super) delta_below: usize,
    /// Whether a match, a literal and the same offset again are tried as one.
    pub(super) tail_after_match: bool,
    /// The same after a match with a recent offset, or none.
    pub(super) tail_after_recent: bool,
}

impl NearOptimalSetting {
    pub(super) fn of(level: Level) -> Self {
        let level = level.get();
        Self {
            nice: 63,
            min_len: 3,
            delta_powers: 6,
            delta_below: 64,
            tail_after_match: true,
            tail_after_recent: level >= 60,
        }
    }
}
