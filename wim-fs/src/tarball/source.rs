//! Where a tar archive comes from: a file, in which its data can stay, or a stream, whose data is put aside in a file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use wim_export::{Error, ReadAt, Result};

/// Bytes that are copied at a time.
const PIECE: usize = 256 << 10;

/// A tar archive that is to be read once, from front to back.
pub struct TarSource<'a> {
    name: String,
    /// What comes next.
    position: u64,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// A file of that length.
    File { file: Arc<dyn ReadAt>, len: u64 },
    Stream {
        reader: Box<dyn Read + 'a>,
        /// Data of files, one after another; nothing, before there is any.
        aside: Option<Arc<File>>,
        len: u64,
        folder: PathBuf,
    },
}

/// Data of an archive that was read already, and where it is.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) source: Arc<dyn ReadAt>,
    pub(super) range: Range<u64>,
}

impl<'a> TarSource<'a> {
    /// A file, or whatever else can be read at any place. Its data stays there until it is needed.
    ///
    /// # Errors
    /// If its length cannot be found out.
    pub fn file(name: impl Into<String>, file: Arc<dyn ReadAt>) -> Result<Self> {
        let name = name.into();
        let len = file.len().map_err(|source| Error::Io { action: "read", path: PathBuf::from(&name), source })?;
        Ok(Self { name, position: 0, kind: Kind::File { file, len } })
    }

    /// A stream. The data of files is put aside in a file without a name in `folder`.
    pub fn stream(name: impl Into<String>, reader: impl Read + 'a, folder: impl Into<PathBuf>) -> Self {
        let kind = Kind::Stream { reader: Box::new(reader), aside: None, len: 0, folder: folder.into() };
        Self { name: name.into(), position: 0, kind }
    }

    /// What messages call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// How long it is, where that is known.
    pub(super) fn len(&self) -> Option<u64> {
        match &self.kind {
            Kind::File { len, .. } => Some(*len),
            Kind::Stream { .. } => None,
        }
    }

    /// Fills the front of `buf` with as much as there is, and says how much that is.
    pub(super) fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buf.len() {
            let read = match &mut self.kind {
                Kind::File { file, len } => {
                    let here = (*len - self.position).min((buf.len() - filled) as u64) as usize;
                    file.read_exact_at(&mut buf[filled..filled + here], self.position).map(|()| here)
                }
                Kind::Stream { reader, .. } => reader.read(&mut buf[filled..]),
            };
            match read {
                Ok(0) => break,
                Ok(len) => {
                    filled += len;
                    self.position += len as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.read_error(source)),
            }
        }
        Ok(filled)
    }

    /// Passes over bytes. `false` if there are not so many.
    pub(super) fn skip(&mut self, bytes: u64, pause: &mut dyn FnMut(u64) -> Result<()>) -> Result<bool> {
        if let Kind::File { len, .. } = &self.kind {
            let there = bytes <= *len - self.position;
            self.position += if there { bytes } else { 0 };
            return Ok(there);
        }
        self.for_each_piece(bytes, pause, |_, _| Ok(()))
    }

    /// Keeps bytes for later. `None` if there are not so many.
    pub(super) fn hold(&mut self, bytes: u64, pause: &mut dyn FnMut(u64) -> Result<()>) -> Result<Option<Held>> {
        let start = match &mut self.kind {
            Kind::File { file, .. } => {
                let (source, start) = (file.clone(), self.position);
                let range = start..start.saturating_add(bytes);
                return Ok(self.skip(bytes, pause)?.then_some(Held { source, range }));
            }
            Kind::Stream { aside, len, folder, .. } => {
                if aside.is_none() {
                    let created = tempfile::tempfile_in(&*folder);
                    let path = folder.clone();
                    let created = created.map_err(|source| Error::Io { action: "create a file in", path, source })?;
                    *aside = Some(Arc::new(created));
                }
                *len
            }
        };
        let write = |kind: &mut Kind<'_>, piece: &[u8]| {
            let Kind::Stream { aside: Some(aside), len, folder, .. } = kind else { return Ok(()) };
            let written = (&**aside).write_all(piece);
            *len += piece.len() as u64;
            let path = folder.clone();
            written.map_err(|source| Error::Io { action: "write to a file in", path, source })
        };
        if !self.for_each_piece(bytes, pause, write)? {
            return Ok(None);
        }
        let Kind::Stream { aside: Some(aside), .. } = &self.kind else { return Ok(None) };
        Ok(Some(Held { source: aside.clone(), range: start..start + bytes }))
    }

    /// Reads bytes piece by piece. `false` if there are not so many.
    fn for_each_piece(
        &mut self,
        bytes: u64,
        pause: &mut dyn FnMut(u64) -> Result<()>,
        mut act: impl FnMut(&mut Kind<'a>, &[u8]) -> Result<()>,
    ) -> Result<bool> {
        let mut buffer = vec![0; usize::try_from(bytes).unwrap_or(PIECE).min(PIECE)];
        let mut left = bytes;
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            if self.read(&mut buffer[..wanted])? < wanted {
                return Ok(false);
            }
            act(&mut self.kind, &buffer[..wanted])?;
            left -= wanted as u64;
            pause(self.position)?;
        }
        Ok(true)
    }

    fn read_error(&self, source: io::Error) -> Error {
        Error::Io { action: "read", path: PathBuf::from(&self.name), source }
    }
}

impl ReadAt for Held {
    fn len(&self) -> io::Result<u64> {
        Ok(self.range.end - self.range.start)
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        if offset.saturating_add(buf.len() as u64) > self.range.end - self.range.start {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.source.read_exact_at(buf, self.range.start + offset)
    }
}

impl std::fmt::Debug for TarSource<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TarSource").field("name", &self.name).field("position", &self.position).finish_non_exhaustive()
    }
}
