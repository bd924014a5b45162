//! The new archive, written from front to back.

use std::io;

use super::Target;
use crate::{Error, ReadAt, Result};

/// Writes of less than this are gathered.
const BUFFER: usize = 1 << 20;

/// Writes to a target at a position that moves, and gathers small writes.
pub(crate) struct Output<'a> {
    target: &'a mut dyn Target,
    /// Where the next byte goes.
    position: u64,
    /// The bytes just before `position` that are not written yet.
    buffer: Vec<u8>,
    /// How large the output will be, for messages.
    total: Option<u64>,
}

impl<'a> Output<'a> {
    pub(crate) fn new(target: &'a mut dyn Target, total: Option<u64>) -> Self {
        Self { target, position: 0, buffer: Vec::new(), total }
    }

    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    fn error(&self, offset: u64, size: u64, source: io::Error) -> Error {
        Error::Write { path: None, offset, size, total: self.total, source }
    }

    /// Writes `bytes` at the position, and moves it.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        if bytes.len() >= BUFFER {
            self.write_through(bytes, self.position)?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        self.position += bytes.len() as u64;
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        self.write_through(&buffer, self.position - buffer.len() as u64)?;
        self.buffer = buffer;
        self.buffer.clear();
        Ok(())
    }

    fn write_through(&mut self, bytes: &[u8], offset: u64) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let written = self.target.write_all_at(bytes, offset);
        written.map_err(|source| self.error(offset, bytes.len() as u64, source))
    }

    /// Writes `bytes` over what is at `offset`, without moving.
    pub(crate) fn patch(&mut self, bytes: &[u8], offset: u64) -> Result<()> {
        self.flush()?;
        self.write_through(bytes, offset)
    }

    /// Moves the position, back over bytes that are to be written again, or on over bytes that are to be patched.
    pub(crate) fn seek(&mut self, position: u64) -> Result<()> {
        self.flush()?;
        self.position = position;
        Ok(())
    }

    /// Copies up to `len` bytes of `source` from `from` on to the position, if the system can do that on its own, and moves
    /// the position. Returns how many it copied.
    pub(crate) fn copy(&mut self, source: &dyn ReadAt, from: u64, len: u64) -> Result<u64> {
        self.flush()?;
        let Some(file) = source.as_file() else { return Ok(0) };
        let copied = self.target.copy_from_file(file, from, self.position, len);
        let copied = copied.map_err(|source| self.error(self.position, len, source))?;
        self.position += copied;
        Ok(copied)
    }

    /// Everything is written: cuts off what a longer, earlier version of the last bytes left, and makes the storage keep it.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.flush()?;
        let position = self.position;
        let finished = self.target.set_end(position).and_then(|()| self.target.sync());
        finished.map_err(|source| self.error(position, 0, source))
    }

    pub(crate) fn target(&mut self) -> &mut dyn Target {
        self.target
    }
}
