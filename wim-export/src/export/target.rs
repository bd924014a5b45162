//! Where an archive is written.

use std::fs::File;
use std::io;

use crate::ReadAt;

/// Bytes that can be written at any position. Implement it to write elsewhere than into a file.
pub trait Target: ReadAt {
    /// Writes all of `bytes` from `offset` on.
    ///
    /// # Errors
    /// What the system says.
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes `len` bytes of it, cutting off what is more.
    ///
    /// # Errors
    /// What the system says.
    fn set_end(&mut self, len: u64) -> io::Result<()>;

    /// Returns when the storage has all that was written.
    ///
    /// # Errors
    /// What the system says.
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Copies `len` bytes of `source` from `from` on to `to`, without their passing through this process, if the system
    /// can do that. Returns how many it copied, which may be fewer, or none.
    ///
    /// # Errors
    /// What the system says.
    fn copy_from_file(&mut self, source: &File, from: u64, to: u64, len: u64) -> io::Result<u64> {
        let _ = (source, from, to, len);
        Ok(0)
    }
}

impl Target for File {
    fn set_end(&mut self, len: u64) -> io::Result<()> {
        Self::set_len(self, len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    #[cfg(unix)]
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, offset)
    }

    #[cfg(windows)]
    fn write_all_at(&mut self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match std::os::windows::fs::FileExt::seek_write(self, bytes, offset) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    bytes = &bytes[n..];
                    offset += n as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn copy_from_file(&mut self, source: &File, mut from: u64, mut to: u64, len: u64) -> io::Result<u64> {
        use rustix::io::Errno;

        let mut done = 0;
        while done < len {
            let want = usize::try_from(len - done).unwrap_or(usize::MAX).min(1 << 30);
            match rustix::fs::copy_file_range(source, Some(&mut from), &*self, Some(&mut to), want) {
                Ok(0) => break,
                Ok(n) => done += n as u64,
                Err(Errno::INTR) => {}
                // Not between these two file systems, or not by this kernel: the caller copies the rest itself.
                Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(done)
    }
}

impl Target for Vec<u8> {
    fn set_end(&mut self, len: u64) -> io::Result<()> {
        self.resize(usize::try_from(len).map_err(io::Error::other)?, 0);
        Ok(())
    }

    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let end = start.checked_add(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        if self.len() < end {
            self.resize(end, 0);
        }
        self[start..end].copy_from_slice(bytes);
        Ok(())
    }
}

/// A target that takes bytes from front to back only: a pipe, a socket, standard output. Only the layout for pipes can be
/// written to it, and without an integrity table.
#[derive(Debug)]
pub struct StreamTarget<W> {
    writer: W,
    position: u64,
}

impl<W: io::Write> StreamTarget<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer, position: 0 }
    }
}

impl<W: io::Write + Send + Sync> ReadAt for StreamTarget<W> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.position)
    }

    fn read_exact_at(&self, _: &mut [u8], _: u64) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "what went into a pipe cannot be read back"))
    }
}

impl<W: io::Write + Send + Sync> Target for StreamTarget<W> {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if offset != self.position {
            return Err(io::Error::new(io::ErrorKind::NotSeekable, "a pipe takes bytes from front to back only"));
        }
        self.writer.write_all(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    fn set_end(&mut self, _: u64) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_grows_as_it_is_written() {
        let mut target = Vec::new();
        target.write_all_at(b"world", 6).unwrap();
        target.write_all_at(b"hello ", 0).unwrap();
        assert_eq!(target, b"hello world");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernel_copies_between_files() {
        let (mut from, mut to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        from.write_all_at(b"0123456789", 0).unwrap();
        let copied = to.copy_from_file(&from, 2, 1, 5).unwrap();
        // Some file systems cannot: then nothing was copied, and nothing is wrong.
        if copied > 0 {
            let mut bytes = vec![0; copied as usize];
            to.read_exact_at(&mut bytes, 1).unwrap();
            assert_eq!(bytes, b"23456"[..copied as usize]);
        }
    }
}
