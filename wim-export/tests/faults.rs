//! Every read and every write may fail, and each failure is an error: no panic, no hang, no success with less.

mod util;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wim_export::{Archive, Error, ExportOptions, ExportPlan, ReadAt, Result, Target, VerifyOptions, verify};
use wim_format::{Compression, ImageIndex};

/// Reads that fail from the `fail_at`-th on.
struct FailingSource {
    bytes: Vec<u8>,
    reads: AtomicUsize,
    fail_at: usize,
    kind: io::ErrorKind,
}

impl ReadAt for FailingSource {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        if self.reads.fetch_add(1, Ordering::SeqCst) >= self.fail_at {
            return Err(self.kind.into());
        }
        self.bytes.read_exact_at(buf, offset)
    }
}

/// Runs `operation` with reads that fail from the n-th on, for every n until none fails.
fn fail_every_read(file: &str, operation: impl Fn(&Archive) -> Result<()>) {
    for kind in [io::ErrorKind::Other, io::ErrorKind::UnexpectedEof] {
        for fail_at in 0.. {
            let (bytes, reads) = (testdata::read(file), AtomicUsize::new(0));
            let source = Arc::new(FailingSource { bytes, reads, fail_at, kind });
            let result = Archive::from_source(source.clone()).and_then(|archive| operation(&archive));
            if source.reads.load(Ordering::SeqCst) <= fail_at {
                result.unwrap();
                assert!(fail_at > 3, "only {fail_at} reads were tried");
                break;
            }
            let error = result.expect_err("a read failed, and nobody noticed");
            assert!(matches!(error, Error::Read { .. }), "{file}, read {fail_at}: {error}");
        }
    }
}

fn verify_all(archive: &Archive) -> Result<()> {
    let report = verify(archive, &VerifyOptions::default(), &mut ())?;
    assert!(report.is_ok());
    Ok(())
}

fn export_first(archive: &Archive, target: &mut dyn Target, options: ExportOptions) -> Result<()> {
    let plan = ExportPlan::new(archive, &[ImageIndex::FIRST], options)?;
    plan.write(target, &mut ()).map(|_| ())
}

#[test]
fn every_read_of_verify_may_fail() {
    for file in ["wims/none.wim", "wims/two-images.wim", "wims/solid-lzms-64k.wim", "wims/integrity.wim"] {
        fail_every_read(file, verify_all);
    }
}

#[test]
fn every_read_of_an_export_may_fail() {
    for file in ["wims/none.wim", "wims/two-images-lzx.wim"] {
        fail_every_read(file, |archive| export_first(archive, &mut Vec::new(), ExportOptions::default()));
    }
}

/// Writes, and the final sync, that fail from the `fail_at`-th on.
struct FailingTarget {
    bytes: Vec<u8>,
    calls: usize,
    fail_at: usize,
}

impl FailingTarget {
    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        if self.calls > self.fail_at { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl ReadAt for FailingTarget {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.bytes.read_exact_at(buf, offset)
    }
}

impl Target for FailingTarget {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.call()?;
        self.bytes.write_all_at(bytes, offset)
    }

    fn set_end(&mut self, len: u64) -> io::Result<()> {
        self.call()?;
        self.bytes.set_end(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.call()
    }
}

#[test]
fn every_write_of_an_export_may_fail() {
    let archive = Archive::open(testdata::path("wims/two-images-lzx.wim")).unwrap();
    for compression in [None, Some(Compression::None), Some(Compression::Xpress)] {
        for fail_at in 0.. {
            let mut target = FailingTarget { bytes: Vec::new(), calls: 0, fail_at };
            let mut options = ExportOptions::default();
            options.compression = compression;
            options.integrity = true;
            let result = export_first(&archive, &mut target, options);
            if target.calls <= fail_at {
                result.unwrap();
                verify_all(&util::from_bytes(target.bytes).unwrap()).unwrap();
                break;
            }
            let error = result.expect_err("a write failed, and nobody noticed");
            let full = matches!(&error, Error::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull);
            assert!(full, "write {fail_at}: {error}");
        }
    }
}

#[test]
fn an_archive_that_shrinks_while_it_is_read_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), testdata::read("wims/two-images-lzx.wim")).unwrap();
    let archive = Archive::open(file.path()).unwrap();
    file.as_file().set_len(archive.file_len() / 2).unwrap();
    assert!(matches!(verify_all(&archive), Err(Error::Read { .. })));
}

#[test]
fn cancelling_ends_an_export_with_an_error() {
    let archive = Archive::open(testdata::path("wims/two-images-lzx.wim")).unwrap();
    let plan = ExportPlan::new(&archive, &[ImageIndex::FIRST], ExportOptions::default()).unwrap();
    let mut cancel = |_: wim_export::Event| std::ops::ControlFlow::Break(());
    assert!(matches!(plan.write(&mut Vec::new(), &mut cancel), Err(Error::Cancelled)));
}
