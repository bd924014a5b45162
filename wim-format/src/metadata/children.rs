//! The entries of a directory, in the order in which they are stored.

use alloc::vec::Vec;
use core::ops::{Deref, Range};
use core::slice;

use super::DentryId;

/// The entries of a directory, in the order in which they are stored: a slice of ids that remembers how it is sorted.
///
/// wimlib sorts all entries by name; Microsoft's software sorts files and directories apart, files first. Both orders are
/// kept, and both can be searched without looking at every name. Any other order is kept, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Children {
    ids: Vec<DentryId>,
    order: Order,
}

/// How the entries of a directory are sorted; always by name without case, and then with case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// All in one.
    #[default]
    Sorted,
    /// In two runs, of which the first has this length.
    TwoRuns(u32),
    /// Not at all.
    Unsorted,
}

impl Children {
    pub(super) fn new(ids: Vec<DentryId>, order: Order) -> Self {
        Self { ids, order }
    }

    /// The runs that are sorted, or none if the entries are not sorted at all. The second may be empty.
    pub(super) fn sorted_runs(&self) -> Option<[Range<usize>; 2]> {
        let len = self.ids.len();
        let first = match self.order {
            Order::Sorted => len,
            Order::TwoRuns(first) => (first as usize).min(len),
            Order::Unsorted => return None,
        };
        Some([0..first, first..len])
    }

    /// Puts an entry before the one at `position`, which must lie within the run `run` or at its end.
    pub(super) fn insert(&mut self, position: usize, run: usize, id: DentryId) {
        self.ids.insert(position, id);
        if let (Order::TwoRuns(first), 0) = (&mut self.order, run) {
            *first += 1;
        }
    }

    /// Takes an entry out.
    pub(super) fn remove(&mut self, id: DentryId) {
        let Some(position) = self.ids.iter().position(|&child| child == id) else { return };
        self.ids.remove(position);
        if let Order::TwoRuns(first) = &mut self.order
            && position < *first as usize
        {
            *first -= 1;
        }
    }
}

impl Deref for Children {
    type Target = [DentryId];

    fn deref(&self) -> &[DentryId] {
        &self.ids
    }
}

impl<'a> IntoIterator for &'a Children {
    type Item = &'a DentryId;
    type IntoIter = slice::Iter<'a, DentryId>;

    fn into_iter(self) -> Self::IntoIter {
        self.ids.iter()
    }
}
