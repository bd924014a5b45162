//! Tar archives in memory.

use std::sync::Arc;

use tar::{Builder, EntryType, Header};
use wim_export::{Archive, Error, Result};
use wim_format::ImageIndex;
use wim_fs::{Capture, TarOptions, TarSource, write_tar};

pub(crate) fn to_tar(archive: &Archive) -> Vec<u8> {
    let mut out = Vec::new();
    let report = write_tar(archive, ImageIndex::FIRST, &mut out, &mut ()).unwrap();
    assert!(report.skipped.is_empty(), "{:?}", report.skipped);
    out
}

/// Reads an archive as a file.
pub(crate) fn read(tar: &[u8], options: &TarOptions) -> Result<Capture> {
    Capture::from_tar(TarSource::file("x.tar", Arc::new(tar.to_vec()))?, options, &mut ())
}

/// Reads an archive as a stream that comes in small pieces.
pub(crate) fn stream(tar: &[u8], options: &TarOptions) -> Result<Capture> {
    struct Dribble<'a>(&'a [u8]);
    impl std::io::Read for Dribble<'_> {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let len = buf.len().min(self.0.len()).min(1000);
            buf[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }
    Capture::from_tar(TarSource::stream("x.tar", Dribble(tar), std::env::temp_dir()), options, &mut ())
}

/// Reads an archive both ways, which must come to the same.
pub(crate) fn both(tar: &[u8], options: &TarOptions) -> Result<Capture> {
    let (file, stream) = (read(tar, options), stream(tar, options));
    match (&file, &stream) {
        (Ok(file), Ok(stream)) => assert_eq!(file.report().bytes, stream.report().bytes),
        (Err(file), Err(stream)) => assert_eq!(file.to_string(), stream.to_string()),
        _ => panic!("{file:?} as a file, {stream:?} as a stream"),
    }
    stream
}

/// A tar archive that is put together entry by entry.
pub(crate) struct Tar(Builder<Vec<u8>>);

impl Tar {
    pub(crate) fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    pub(crate) fn entry(mut self, kind: EntryType, path: &str, link: &str, data: &str) -> Self {
        let mut header = Header::new_ustar();
        let old = header.as_old_mut();
        old.name[..path.len()].copy_from_slice(path.as_bytes());
        old.linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_size(data.len() as u64);
        header.set_mode(0o640);
        header.set_uid(1000);
        header.set_gid(100);
        header.set_mtime(1_700_000_000);
        header.set_cksum();
        self.0.append(&header, data.as_bytes()).unwrap();
        self
    }

    pub(crate) fn file(self, path: &str, data: &str) -> Self {
        self.entry(EntryType::Regular, path, "", data)
    }

    pub(crate) fn records(mut self, records: &[(&str, &[u8])]) -> Self {
        self.0.append_pax_extensions(records.iter().copied()).unwrap();
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

/// Why an archive is refused.
pub(crate) fn refusal(tar: &[u8]) -> String {
    match both(tar, &TarOptions::default()).unwrap_err() {
        error @ Error::Tar { .. } => error.to_string(),
        other => panic!("{other:?}"),
    }
}
