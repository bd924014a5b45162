//! What each level does.

use super::chains::Effort;
use crate::Level;
use crate::matchfinder::lcp_interval::MAX_LCP;

/// How a chunk is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// One pass that takes what is best at each position.
    Lazy(LazySetting),
    /// Finding the cheapest way through a block of positions.
    NearOptimal(NearOptimalSetting),
}

/// How the lazy parser goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LazySetting {
    pub(super) effort: Effort,
    /// Whether a match is put off when the next position has a better one.
    pub(super) lazy: bool,
    /// Whether delta matches are looked for.
    pub(super) deltas: bool,
}

/// How the near-optimal parser goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NearOptimalSetting {
    /// How far chains are searched for LZ matches; without them, all are found by sorting.
    pub(super) chains: Option<Effort>,
    /// A match this long is taken at once.
    pub(super) nice: usize,
    /// The shortest LZ match with an explicit offset.
    pub(super) min_len: usize,
    /// Delta matches are looked for where no LZ match is this long.
    pub(super) deltas_found_below: usize,
    /// They are tried, as are recent ones, where no match with a recent offset is this long either.
    pub(super) deltas_tried_below: usize,
    /// Whether a match, a literal and the same offset again are tried as one.
    pub(super) tail_after_match: bool,
    /// The same after a match with a recent offset, or none.
    pub(super) tail_after_recent: bool,
}

/// In chunks up to this size, matches of two bytes are worth their offsets.
const SMALL_CHUNK: usize = 1 << 20;

/// The greatest useful length of a match that is taken at once: longer ones are not told apart.
const MAX_NICE: usize = MAX_LCP;

/// A row of the menu: the highest level that has the setting, and the setting for a small chunk.
type Row = (u8, Setting);

const fn lazy(depth: usize, nice: usize, lazy: bool, deltas: bool) -> Setting {
    Setting::Lazy(LazySetting { effort: Effort { depth, nice }, lazy, deltas })
}

const fn near_optimal(nice: usize, deltas: [usize; 2], tail_after_match: bool, tail_after_recent: bool) -> Setting {
    Setting::NearOptimal(NearOptimalSetting {
        chains: None,
        nice,
        min_len: 2,
        deltas_found_below: deltas[0],
        deltas_tried_below: deltas[1],
        tail_after_match,
        tail_after_recent,
    })
}

/// The near-optimal parser with fewer matches, and without steps of several items.
const fn near_optimal_of_chains(depth: usize, nice: usize, deltas_below: usize) -> Setting {
    Setting::NearOptimal(NearOptimalSetting {
        chains: Some(Effort { depth, nice }),
        nice,
        min_len: 3,
        deltas_found_below: deltas_below,
        deltas_tried_below: deltas_below,
        tail_after_match: false,
        tail_after_recent: false,
    })
}

/// The menu, from the fastest to the smallest. Each row is faster than those below it and smaller than those above.
const MENU: [Row; 10] = [
    (8, lazy(2, 24, false, false)),
    (16, lazy(6, 32, true, false)),
    (22, lazy(6, 32, true, true)),
    (30, lazy(24, 64, true, true)),
    (38, lazy(128, 128, true, true)),
    (42, near_optimal_of_chains(32, 24, 3)),
    (45, near_optimal(24, [6, 6], false, false)),
    (55, near_optimal(56, [6, 8], true, false)),
    (75, near_optimal(MAX_NICE, [8, 12], true, true)),
    (100, near_optimal(MAX_NICE, [16, 24], true, true)),
];

impl Setting {
    pub(super) fn of(level: Level, chunk_size: usize) -> Self {
        let row = MENU.iter().position(|row| level.get() <= row.0).unwrap_or(MENU.len() - 1);
        let mut setting = MENU[row].1;
        if chunk_size > SMALL_CHUNK {
            setting.suit_large_chunk();
        }
        setting
    }

    /// Changes what is good for a small chunk only. Links of chains over many megabytes miss every cache, so that sorting is quicker than
    /// following many of them; and offsets are dear, so delta matches, whose offsets are small, are worth more.
    fn suit_large_chunk(&mut self) {
        match self {
            Self::Lazy(LazySetting { effort, .. }) => effort.depth = effort.depth.min(8 + effort.depth / 16),
            Self::NearOptimal(setting) => {
                setting.chains = None;
                setting.min_len = 3;
                if setting.tail_after_match {
                    setting.nice = MAX_NICE;
                }
                setting.deltas_found_below = setting.deltas_found_below.max(8);
                setting.deltas_tried_below = setting.deltas_tried_below.max(12);
            }
        }
    }
}
