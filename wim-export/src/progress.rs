//! How far an operation is, and the way to stop it.

use std::ops::ControlFlow;

/// What an operation is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Hashing new data.
    Hash,
    /// Hashing, compressing and writing new data in one go.
    Add,
    /// Reading and checking data.
    Verify,
    /// Reading data to hand it over: extracting it.
    Read,
    /// Copying or recompressing data into the new archive.
    Write,
    /// Hashing the new archive for its integrity table.
    Integrity,
    /// Waiting for the storage to have it all.
    Sync,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Event {
    /// What is being done.
    pub phase: Phase,
    /// Uncompressed bytes that are done.
    pub done: u64,
    /// Uncompressed bytes in all.
    pub total: u64,
}

impl Event {
    /// So many bytes of `total` are done.
    pub const fn new(phase: Phase, done: u64, total: u64) -> Self {
        Self { phase, done, total }
    }
}

/// Receives events, from one thread only, and says whether to go on.
///
/// Closures implement it, and `()` does for those who do not care.
pub trait Progress {
    /// Called at least once a megabyte. `Break` cancels the operation, which then fails with [`crate::Error::Cancelled`]
    /// and leaves nothing behind.
    fn event(&mut self, event: Event) -> ControlFlow<()>;
}

impl Progress for () {
    fn event(&mut self, _: Event) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl<F: FnMut(Event) -> ControlFlow<()>> Progress for F {
    fn event(&mut self, event: Event) -> ControlFlow<()> {
        self(event)
    }
}

/// Counts bytes of one phase and reports them.
pub(crate) struct Meter<'a> {
    progress: &'a mut dyn Progress,
    event: Event,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(progress: &'a mut dyn Progress, phase: Phase, total: u64) -> Self {
        Self { progress, event: Event { phase, done: 0, total } }
    }

    /// `bytes` more are done.
    pub(crate) fn advance(&mut self, bytes: u64) -> crate::Result<()> {
        self.event.done += bytes;
        match self.progress.event(self.event) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(crate::Error::Cancelled),
        }
    }
}
