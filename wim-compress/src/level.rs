//! Compression levels.

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
