//! Lists of keys, as they lie in a cell.

use crate::raw::{self, ListHead, Record};

/// The kinds of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `li`: keys.
    Index,
    /// `lf`: keys, each with the first characters of its name.
    Fast,
    /// `lh`: keys, each with the hash of its name.
    Hash,
    /// `ri`: lists of the other kinds, in order.
    Root,
}

impl Kind {
    pub(crate) const fn magic(self) -> [u8; 2] {
        match self {
            Self::Index => *b"li",
            Self::Fast => *b"lf",
            Self::Hash => *b"lh",
            Self::Root => *b"ri",
        }
    }

    /// Bytes of an entry.
    pub(crate) const fn width(self) -> usize {
        match self {
            Self::Index | Self::Root => 4,
            Self::Fast | Self::Hash => 8,
        }
    }
}

/// A list of any kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<'a> {
    pub(crate) kind: Kind,
    entries: &'a [u8],
}

impl<'a> List<'a> {
    /// A list without keys.
    pub(crate) const EMPTY: Self = Self { kind: Kind::Hash, entries: &[] };

    /// The list in a cell, if one is there that fits it.
    pub(crate) fn parse(content: &'a [u8]) -> Option<Self> {
        let head: ListHead = raw::read(content);
        let all = [Kind::Index, Kind::Fast, Kind::Hash, Kind::Root];
        let kind = all.into_iter().find(|kind| kind.magic() == head.magic)?;
        let len = usize::from(head.count.get()) * kind.width();
        Some(Self { kind, entries: content.get(ListHead::SIZE..)?.get(..len)? })
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len() / self.kind.width()
    }

    /// The cell that an entry names.
    pub(crate) fn cell(&self, index: usize) -> u32 {
        raw::number(self.entries, index * self.kind.width() / 4)
    }

    /// The cells of all entries.
    pub(crate) fn cells(self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        (0..self.len()).map(move |index| self.cell(index))
    }

    /// The bytes of all entries.
    pub(crate) fn entries(&self) -> &'a [u8] {
        self.entries
    }
}
