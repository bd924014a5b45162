//! A cursor over bytes without a way to panic.

use crate::error::{Error, ErrorKind, Section};
use crate::raw::Record;

/// Reads a slice from front to back. An error names the section of the file and the offset within it.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
    section: Section,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8], section: Section) -> Self {
        Self { bytes, position: 0, section }
    }

    /// A cursor at `position`, which may lie past the end: the first read then fails.
    pub(crate) const fn at(bytes: &'a [u8], position: usize, section: Section) -> Self {
        Self { bytes, position, section }
    }

    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.position)
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let end = self.position.checked_add(len).ok_or_else(|| self.error(ErrorKind::Truncated))?;
        let taken = self.bytes.get(self.position..end).ok_or_else(|| self.error(ErrorKind::Truncated))?;
        self.position = end;
        Ok(taken)
    }

    pub(crate) fn read<T: Record>(&mut self) -> Result<T, Error> {
        self.take(T::SIZE).map(bytemuck::pod_read_unaligned)
    }

    /// An error at the cursor.
    pub(crate) const fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.section, self.position as u64)
    }
}

/// `n` rounded up to a multiple of 8, or `None` if that does not fit.
pub(crate) fn align8(n: usize) -> Option<usize> {
    n.checked_next_multiple_of(8)
}
