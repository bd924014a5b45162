//! Compression levels, and what they mean to each codec: its menu, one row a setting.

/// How hard a compressor tries: 1 to 100; 20 is fast, 50 the default, 100 high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    /// A quick pass.
    pub const FAST: Self = Self(20);
    /// The default.
    pub const DEFAULT: Self = Self(50);
    /// The best that is still practical.
    pub const HIGH: Self = Self(100);

    /// The level `value`, or `None` outside 1 to 100.
    pub const fn new(value: u8) -> Option<Self> {
        if value >= 1 && value <= 100 { Some(Self(value)) } else { None }
    }

    /// The level's number, 1 to 100.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for Level {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How a parser chooses among the matches at each position.
#[cfg(feature = "xpress")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum XpressParser {
    /// Takes what saves most at each position.
    Greedy,
    /// Also looks whether a match one position later saves more; searches half as deep there.
    Lazy,
    /// Finds the cheapest sequence of all: of a sample of the chunk, and then `passes` times of the whole chunk, each time
    /// with the costs that follow from the time before.
    NearOptimal {
        /// The number of passes, at least 1.
        passes: u8,
    },
}

/// A setting of the XPRESS compressor.
#[cfg(feature = "xpress")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct XpressSetting {
    /// The highest level that has this setting.
    up_to: u8,
    pub(crate) parser: XpressParser,
    /// Candidates looked at for each position. Time goes up with it, and size down, ever less.
    pub(crate) depth: u16,
    /// A match this long is taken without looking further.
    pub(crate) nice_len: u16,
}

#[cfg(feature = "xpress")]
impl XpressSetting {
    const MENU: [Self; 7] = {
        use XpressParser::{Greedy, Lazy, NearOptimal};
        [
            Self { up_to: 20, parser: Greedy, depth: 8, nice_len: 32 },
            Self { up_to: 35, parser: Lazy, depth: 8, nice_len: 32 },
            Self { up_to: 50, parser: Lazy, depth: 26, nice_len: 32 },
            Self { up_to: 65, parser: NearOptimal { passes: 1 }, depth: 16, nice_len: 32 },
            Self { up_to: 80, parser: NearOptimal { passes: 1 }, depth: 40, nice_len: 80 },
            Self { up_to: 90, parser: NearOptimal { passes: 2 }, depth: 100, nice_len: 120 },
            Self { up_to: 100, parser: NearOptimal { passes: 4 }, depth: 200, nice_len: 120 },
        ]
    };

    /// The setting of `level`.
    pub(crate) fn of(level: Level) -> Self {
        let row = Self::MENU.iter().position(|row| level.0 <= row.up_to);
        Self::MENU[row.unwrap_or(Self::MENU.len() - 1)]
    }
}

/// How a parser chooses among the matches at each position.
#[cfg(feature = "lzx")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LzxParser {
    /// As `Lazy`, but searches only a quarter as deep at the next position, and finds no matches of three bytes with what other
    /// matches cover.
    Quick,
    /// Takes what saves most at a position, unless the next position has something that saves more; searches half as deep there.
    Lazy,
    /// Finds the cheapest sequence of all, `passes` times for each block with the costs that follow from the time before; the first time
    /// from a lazy parse.
    NearOptimal {
        /// The number of passes, at least 1.
        passes: u8,
    },
}

/// What finds the matches.
#[cfg(feature = "lzx")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LzxFinder {
    /// Hash chains: the quickest.
    Chains,
    /// Tables for short matches and chains for long ones, which find nearly what trees do in less time. In chunks beyond 32 KiB
    /// hash chains of twice the depth are used instead.
    Nearest,
    /// Binary trees: the best one at equal depth.
    Trees,
}

/// A setting of the LZX compressor.
#[cfg(feature = "lzx")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct LzxSetting {
    /// The highest level that has this setting.
    up_to: u8,
    pub(crate) parser: LzxParser,
    pub(crate) finder: LzxFinder,
    /// Candidates looked at for each position. Time goes up with it, and size down, ever less.
    pub(crate) depth: u16,
    /// A match this long is taken without looking further.
    pub(crate) nice_len: u16,
    /// Items in the segments that blocks are made of: the fewer, the better blocks fit, and the longer it takes to find them.
    pub(crate) segment: u16,
}

#[cfg(feature = "lzx")]
impl LzxSetting {
    const MENU: [Self; 9] = {
        use LzxFinder::{Chains, Nearest, Trees};
        use LzxParser::{Lazy, NearOptimal, Quick};
        const fn row(
            up_to: u8,
            parser: LzxParser,
            finder: LzxFinder,
            depth: u16,
            nice_len: u16,
            segment: u16,
        ) -> LzxSetting {
            LzxSetting { up_to, parser, finder, depth, nice_len, segment }
        }
        [
            row(10, Quick, Chains, 6, 20, 1600),
            row(20, Lazy, Chains, 6, 22, 2400),
            row(30, Lazy, Chains, 16, 32, 800),
            row(40, Lazy, Chains, 32, 48, 600),
            row(45, NearOptimal { passes: 1 }, Nearest, 4, 32, 600),
            row(50, NearOptimal { passes: 1 }, Nearest, 8, 32, 600),
            row(65, NearOptimal { passes: 1 }, Nearest, 16, 96, 600),
            row(80, NearOptimal { passes: 2 }, Nearest, 24, 96, 600),
            row(100, NearOptimal { passes: 2 }, Trees, 48, 96, 600),
        ]
    };

    /// The setting of `level`.
    pub(crate) fn of(level: Level) -> Self {
        let row = Self::MENU.iter().position(|row| level.0 <= row.up_to);
        Self::MENU[row.unwrap_or(Self::MENU.len() - 1)]
    }
}
