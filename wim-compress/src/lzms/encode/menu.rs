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

/// The largest chunk of the first menu: up to here, matches of two bytes are worth their offsets.
const SMALL_CHUNK: usize = 1 << 20;

/// The greatest useful length of a match that is taken at once: longer ones are not told apart.
const MAX_NICE: usize = MAX_LCP;

/// A row of a menu: the highest level that has the setting, and the setting.
type Row = (u8, Setting);

const fn lazy(depth: usize, nice: usize, lazy: bool, deltas: bool) -> Setting {
    Setting::Lazy(LazySetting { effort: Effort { depth, nice }, lazy, deltas })
}

/// The near-optimal parser with all matches of `min_len` bytes and more.
const fn near_optimal(min_len: usize, nice: usize, deltas: [usize; 2], tails: [bool; 2]) -> NearOptimalSetting {
    NearOptimalSetting {
        chains: None,
        nice,
        min_len,
        deltas_found_below: deltas[0],
        deltas_tried_below: deltas[1],
        tail_after_match: tails[0],
        tail_after_recent: tails[1],
    }
}

/// In a small chunk.
const fn small(nice: usize, deltas: [usize; 2], tails: [bool; 2]) -> Setting {
    Setting::NearOptimal(near_optimal(2, nice, deltas, tails))
}

/// In a large chunk.
const fn large(nice: usize, deltas: [usize; 2], tails: [bool; 2]) -> Setting {
    Setting::NearOptimal(near_optimal(3, nice, deltas, tails))
}

/// The near-optimal parser with the matches of chains only, and without steps of several items.
const fn near_optimal_of_chains(depth: usize, nice: usize, deltas: [usize; 2]) -> Setting {
    let chains = Some(Effort { depth, nice });
    Setting::NearOptimal(NearOptimalSetting { chains, ..near_optimal(3, nice, deltas, [false, false]) })
}

/// A menu, from the fastest to the smallest. Each row is faster than those below it and smaller than those above.
type Menu = &'static [Row];

const SMALL: Menu = &[
    (8, lazy(2, 24, false, false)),
    (16, lazy(6, 32, true, false)),
    (22, lazy(6, 32, true, true)),
    (30, lazy(24, 64, true, true)),
    (38, lazy(128, 128, true, true)),
    (40, near_optimal_of_chains(4, 24, [3, 3])),
    (42, near_optimal_of_chains(32, 24, [3, 3])),
    (45, small(24, [6, 6], [false, false])),
    (55, small(56, [6, 8], [true, false])),
    (75, small(MAX_NICE, [8, 12], [true, true])),
    (100, small(MAX_NICE, [16, 24], [true, true])),
];

/// Links of chains over many megabytes miss every cache, so that sorting is quicker than following many of them; and offsets are
/// dear, so that delta matches, whose offsets are small, are worth more.
const LARGE: Menu = &[
    (8, lazy(2, 24, false, false)),
    (16, lazy(6, 32, true, false)),
    (22, lazy(6, 32, true, true)),
    (30, near_optimal_of_chains(4, 24, [3, 3])),
    (38, large(16, [3, 3], [false, false])),
    (42, large(24, [5, 6], [false, false])),
    (45, large(24, [8, 12], [false, false])),
    (55, large(MAX_NICE, [8, 12], [true, false])),
    (75, large(MAX_NICE, [8, 12], [true, true])),
    (100, large(MAX_NICE, [16, 24], [true, true])),
];

impl Setting {
    pub(super) fn of(level: Level, chunk_size: usize) -> Self {
        let menu = if chunk_size > SMALL_CHUNK { LARGE } else { SMALL };
        let row = menu.iter().position(|row| level.get() <= row.0).unwrap_or(menu.len() - 1);
        menu[row].1
    }
}
