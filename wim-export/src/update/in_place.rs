//! The protocol of a change in place, and the way back.

use std::io;

use wim_format::{Header, HeaderFlags};

use super::UpdateSummary;
use super::check::{UpdateProblem, check_in_place, end_of, problem};
use crate::export::Output;
use crate::{Archive, Error, Result, Target};

/// How far a change is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is written.
    Untouched,
    /// The header says that a write is in progress, and something may be appended. The old header's places still stand.
    Appending,
    /// The new header may have been written.
    Switching,
    /// The new archive is complete.
    Done,
}

/// A change in place. Dropped before [`Self::switch`] succeeded, it restores the file: after an error, a panic or a cancelled
/// run.
pub(crate) struct InPlace<'t> {
    target: &'t mut dyn Target,
    header: Header,
    old_size: u64,
    /// Where the archive ends, and what is appended begins.
    end: u64,
    stage: Stage,
}

impl<'t> InPlace<'t> {
    /// Begins to change `archive`, which `target` holds.
    ///
    /// # Errors
    /// If it cannot be changed in place, or `target` holds something else by now.
    pub(crate) fn begin(archive: &Archive, target: &'t mut dyn Target) -> Result<Self> {
        check_in_place(archive)?;
        let (header, old_size) = (archive.header().clone(), archive.file_len());
        let read = |size: usize, source| {
            let (archive, size) = (archive.name().to_owned(), size as u64);
            Error::Read { archive, offset: 0, size, source }
        };
        let mut bytes = [0; Header::SIZE];
        let len = target.len().map_err(|error| read(0, error))?;
        if len == old_size {
            target.read_exact_at(&mut bytes, 0).map_err(|error| read(Header::SIZE, error))?;
        }
        if bytes != header.to_bytes() {
            return Err(problem(archive, UpdateProblem::Changed));
        }
        Ok(Self { target, header, old_size, end: end_of(archive), stage: Stage::Untouched })
    }

    /// Where the archive ends, and what is appended begins.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    fn write_header(&mut self, header: &Header) -> Result<()> {
        let written = self.target.write_all_at(&header.to_bytes(), 0);
        written.map_err(|source| Error::Write { path: None, offset: 0, size: Header::SIZE as u64, total: None, source })
    }

    /// States that a write is in progress, and returns what appends to the archive, from `position` on, which is its
    /// [end](Self::end) or behind what was appended before; about `growth` bytes will be appended, if that is known. It is to be
    /// [finished](Output::finish) before the [switch](Self::switch).
    pub(crate) fn append(&mut self, position: u64, growth: Option<u64>) -> Result<Output<'_>> {
        debug_assert!(position >= self.end, "what is there is not written over");
        if self.stage == Stage::Untouched {
            self.stage = Stage::Appending;
            let flags = self.header.flags.with(HeaderFlags::WRITE_IN_PROGRESS);
            self.write_header(&Header { flags, ..self.header.clone() })?;
        }
        let total = growth.map(|growth| position.saturating_add(growth));
        let mut output = Output::new(&mut *self.target, total);
        output.seek(position)?;
        Ok(output)
    }

    /// Makes the archive the one that `header` describes. The storage must have all that it names.
    ///
    /// # Errors
    /// If writing the header fails; the old one is restored then, as far as the storage allows.
    pub(super) fn switch(mut self, mut header: Header) -> Result<UpdateSummary> {
        header.flags = header.flags.without(HeaderFlags::WRITE_IN_PROGRESS);
        self.stage = Stage::Switching;
        self.write_header(&header)?;
        self.sync()?;
        let old_size = self.old_size;
        let size = self.target.len().unwrap_or(old_size);
        self.stage = Stage::Done;
        Ok(UpdateSummary { header, old_size, size })
    }

    fn sync(&mut self) -> Result<()> {
        let synced = self.target.sync();
        synced.map_err(|source| Error::Write { path: None, offset: 0, size: 0, total: None, source })
    }

    fn roll_back(&mut self) -> io::Result<()> {
        let header = self.header.to_bytes();
        match self.stage {
            Stage::Untouched | Stage::Done => Ok(()),
            Stage::Appending => {
                // Any header that can be there names the old tables only, so what was appended may go in any case.
                let cut = self.target.set_end(self.end);
                self.target.write_all_at(&header, 0)?;
                self.target.sync()?;
                cut
            }
            Stage::Switching => {
                // What was appended may go only when the storage no longer has a header that names it.
                self.target.write_all_at(&header, 0)?;
                self.target.sync()?;
                self.target.set_end(self.end)?;
                self.target.sync()
            }
        }
    }
}

impl Drop for InPlace<'_> {
    fn drop(&mut self) {
        // Whoever dropped it reports why. What cannot be restored is an old or a new archive all the same.
        let _ = self.roll_back();
    }
}
