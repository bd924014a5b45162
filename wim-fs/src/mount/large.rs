//! A large blob: read piece by piece, hashed on the way.

use std::io::Read;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use wim_export::{Archive, BlobReader, Result};
use wim_format::Sha1Hash;

use super::blobs::is_solid;

/// How far ahead of what was hashed a read may begin, and still be taken for one of a row: the kernel's reads come from
/// several threads, and so not quite in their order.
const MAX_GAP: u64 = 4 << 20;
/// Bytes that are hashed at a time where nobody wants them.
const PIECE: usize = 256 << 10;

/// A large blob. Whoever reads it from front to back decodes it once; the hash is compared before the end is given, and what
/// was not read in a row by then is hashed first.
pub(super) struct Large {
    archive: Archive,
    hash: Sha1Hash,
    state: Mutex<State>,
}

struct State {
    /// From front to back, hashed.
    ///
    /// Nothing, once the hash was right.
    sequential: Option<BlobReader<'static>>,
    position: u64,
    /// For anything else. A reader of a solid resource is not kept, as it would keep a chunk.
    random: Option<BlobReader<'static>>,
}

impl Large {
    pub(super) fn new(archive: Archive, hash: Sha1Hash) -> Result<Self> {
        let sequential = Some(archive.blob_reader(&hash)?.into_owned());
        Ok(Self { archive, hash, state: Mutex::new(State { sequential, position: 0, random: None }) })
    }

    /// The bytes `range`, which lie within the blob.
    ///
    /// # Errors
    /// If they cannot be read; or if they are the last ones, and the blob's hash is wrong.
    pub(super) fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { position, .. } = *state;
        let in_row = state.sequential.is_some() && range.start >= position && range.start - position <= MAX_GAP;
        let mut data = vec![0; (range.end - range.start) as usize];
        let read = if in_row {
            self.hash_to(&mut state, range.start).and_then(|()| self.next(&mut state, &mut data))
        } else {
            self.read_anywhere(&mut state, &range, &mut data)
        };
        read?;
        self.check_end(&mut state, range.end)?;
        Ok(data)
    }

    /// Hashes up to `end`.
    fn hash_to(&self, state: &mut State, end: u64) -> Result<()> {
        let mut buffer = vec![0; PIECE.min((end - state.position.min(end)) as usize)];
        while state.position < end {
            let len = buffer.len().min((end - state.position) as usize);
            self.next(state, &mut buffer[..len])?;
        }
        Ok(())
    }

    /// The next bytes of the row.
    fn next(&self, state: &mut State, data: &mut [u8]) -> Result<()> {
        let Some(reader) = &mut state.sequential else { return Ok(()) };
        match reader.read_exact(data) {
            Ok(()) => {
                state.position += data.len() as u64;
                Ok(())
            }
            Err(error) => {
                // From the front next time: what was hashed of it is lost.
                self.rewind(state)?;
                Err(of_reading(error, &self.hash))
            }
        }
    }

    fn rewind(&self, state: &mut State) -> Result<()> {
        state.sequential = Some(self.archive.blob_reader(&self.hash)?.into_owned());
        state.position = 0;
        Ok(())
    }

    fn read_anywhere(&self, state: &mut State, range: &Range<u64>, data: &mut [u8]) -> Result<()> {
        let mut reader = match state.random.take() {
            Some(reader) => reader,
            None => self.archive.blob_reader(&self.hash)?.into_owned(),
        };
        let mut at = 0;
        reader.read_range(range.clone(), |piece| {
            data[at..at + piece.len()].copy_from_slice(piece);
            at += piece.len();
            Ok(())
        })?;
        state.random = (!is_solid(&self.archive, &self.hash)).then_some(reader);
        Ok(())
    }

    /// Compares the hash, if what was read ends where the blob does.
    fn check_end(&self, state: &mut State, end: u64) -> Result<()> {
        let Some(size) = state.sequential.as_ref().map(BlobReader::size).filter(|&size| size == end) else {
            return Ok(());
        };
        self.hash_to(state, size)?;
        let Some(reader) = &mut state.sequential else { return Ok(()) };
        // The read past the end is where the hash is compared.
        if let Err(error) = reader.read(&mut [0]) {
            self.rewind(state)?;
            return Err(of_reading(error, &self.hash));
        }
        state.sequential = None;
        Ok(())
    }
}

/// The error that a reader met.
fn of_reading(error: std::io::Error, hash: &Sha1Hash) -> wim_export::Error {
    error.downcast().unwrap_or_else(|source| wim_export::Error::Io {
        action: "read",
        path: format!("blob {hash}").into(),
        source,
    })
}
