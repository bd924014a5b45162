//! What a parser asks for, and what it gets.

/// How hard to look at one position, and for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    /// The longest match that the format can express. The finders cut it to what is left of the data.
    pub(crate) max_len: usize,
    /// A match this long ends the search.
    pub(crate) nice_len: usize,
    /// The number of candidates of the four-byte chain or tree that are looked at.
    pub(crate) depth: usize,
    /// Only matches longer than this are reported.
    pub(crate) longer_than: usize,
}

/// A match as parsers keep it: `length` bytes equal to those `offset` bytes before.
#[cfg(feature = "xpress")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Match {
    /// Bytes that are equal; 0 for "no match".
    pub(crate) length: usize,
    /// The distance back, at least 1.
    pub(crate) offset: usize,
}
