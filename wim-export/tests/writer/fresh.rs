//! New archives.

use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use testdata::content;
use wim_export::{
    Archive, ArchiveDraft, ArchiveWriter, Error, ExportOptions, ExportPlan, ExportSummary, HostFile, NewBlob,
    PlanSummary, ReadAt, Result,
};
use wim_format::{Compression, ImageIndex};

use crate::common::{Counted, LARGE, blob, files, image, with};
use crate::util;

/// Writes an archive of one image with these files, on `base`.
fn write_on(
    base: Option<&Archive>,
    bases: &[Archive],
    blobs: Vec<NewBlob>,
    options: ExportOptions,
) -> Result<(Vec<u8>, PlanSummary, ExportSummary)> {
    let mut out = Vec::new();
    let mut draft = ArchiveDraft::new(options.compression.unwrap_or(Compression::Lzx));
    if let Some(base) = base {
        draft.add_base(base)?;
    }
    let names: Vec<String> = blobs.iter().map(|blob| blob.name().rsplit('/').next().unwrap().to_owned()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut writer = ArchiveWriter::new(&mut out, draft, bases, options)?;
    let hashes = writer.add_data(blobs, &mut ())?;
    writer.push_image(image(&names, &hashes));
    let (plan, written) = writer.finish(&mut ())?;
    Ok((out, plan, written))
}

fn write(blobs: Vec<NewBlob>, options: ExportOptions) -> Result<Vec<u8>> {
    write_on(None, &[], blobs, options).map(|(bytes, ..)| bytes)
}

fn expected() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = files().into_iter().map(|(name, data)| (format!(r"\{name}:None:Data"), data)).collect();
    files.sort();
    files
}

fn check(bytes: Vec<u8>) -> Archive {
    let archive = util::from_bytes(bytes).unwrap();
    let report = util::check(&archive).unwrap();
    assert!(report.is_ok() && report.warnings.is_empty(), "{report:?}");
    let mut contents = util::contents(&archive, 1);
    contents.sort();
    assert!(contents == expected());
    archive
}

#[test]
fn every_compression_and_layout_holds_the_new_data_once() {
    for compression in [Compression::None, Compression::Xpress, Compression::Lzx, Compression::Lzms] {
        for (solid, pipable) in [(false, false), (true, false), (false, true)] {
            let options = with(|options| {
                (options.compression, options.solid, options.pipable) = (Some(compression), Some(solid), pipable);
                options.solid_compression = Some(Compression::Xpress);
            });
            let blobs = files().into_iter().map(blob).collect();
            let (bytes, plan, written) = write_on(None, &[], blobs, options).unwrap();
            assert_eq!(written.size, bytes.len() as u64);
            let archive = check(bytes);
            let table = archive.blob_table().blobs();
            assert_eq!(table.len(), 9, "two files have copies, and one is empty");
            assert_eq!(table.iter().map(|blob| blob.reference_count).sum::<u32>(), 11);
            let bytes: u64 = table.iter().map(|blob| blob.size).sum();
            assert_eq!((written.blobs, written.bytes, written.verified), (9, bytes, true));
            assert_eq!((plan.blobs, plan.bytes, plan.present, plan.dropped), (9, bytes, 0, 0), "{plan:?}");
            assert_eq!(plan.encoded + plan.stored + plan.solid, 9, "{plan:?}");
            assert_eq!(archive.xml().image(ImageIndex::FIRST).unwrap().file_count(), Some(12));
        }
    }
}

#[test]
fn a_file_is_read_once() {
    for compression in [Compression::None, Compression::Xpress] {
        let (mut counts, mut blobs) = (Vec::new(), Vec::new());
        for (name, data) in files() {
            let (size, read) = (data.len() as u64, Arc::<AtomicU64>::default());
            blobs.push(NewBlob::new(name, Arc::new(Counted { data, read: read.clone() })));
            counts.push((name, size, read));
        }
        check(write(blobs, with(|options| options.compression = Some(compression))).unwrap());
        for (name, size, read) in counts {
            let times = match name {
                // They may be copies of each other, so they are hashed first; those that are not are read again.
                "g.txt" | "other of its size" => 2,
                // It is written while it is compressed, and then did not shrink.
                "f.bin" if compression != Compression::None => 2,
                _ => 1,
            };
            assert_eq!(read.load(Ordering::Relaxed), times * size, "{name}, {compression}");
        }
    }
}

#[test]
fn the_output_is_the_same_for_any_number_of_threads_and_as_large_as_in_two_passes() {
    let blobs = || files().into_iter().map(blob).collect::<Vec<_>>();
    let run = |threads| write(blobs(), with(|options| options.threads = NonZeroUsize::new(threads))).unwrap();
    let expected = run(1);
    assert!([2, 8].into_iter().all(|threads| run(threads) == expected));

    let mut draft = ArchiveDraft::new(Compression::Lzx);
    let hashes = draft.add_data(blobs(), None, &mut ()).unwrap();
    let names: Vec<&str> = files().iter().map(|(name, _)| *name).collect();
    draft.push_image(image(&names, &hashes));
    let two_passes = util::export(&draft.finish().unwrap(), &[1], with(|_| ())).unwrap();
    assert_eq!(expected.len(), two_passes.len());
}

#[test]
fn data_may_come_in_several_parts() {
    let mut out = Vec::new();
    let options = with(|options| options.integrity = true);
    let mut writer = ArchiveWriter::new(&mut out, ArchiveDraft::new(Compression::Xpress), &[], options).unwrap();
    let names: Vec<&str> = files().iter().map(|(name, _)| *name).collect();
    let mut hashes = Vec::new();
    for file in files() {
        hashes.extend(writer.add_data(vec![blob(file)], &mut ()).unwrap());
    }
    writer.push_image(image(&names, &hashes));
    writer.finish(&mut ()).unwrap();
    assert_eq!(check(out).blob_table().blobs().len(), 9);
}

#[test]
fn data_that_no_image_needs_is_not_in_the_table() {
    let mut out = Vec::new();
    let draft = ArchiveDraft::new(Compression::Xpress);
    let mut writer = ArchiveWriter::new(&mut out, draft, &[], with(|_| ())).unwrap();
    let blobs = [("a", b"aaaa".to_vec()), ("b", b"bbbb".to_vec())].map(blob).to_vec();
    let hashes = writer.add_data(blobs, &mut ()).unwrap();
    writer.push_image(image(&["b"], &hashes[1..]));
    let (plan, written) = writer.finish(&mut ()).unwrap();
    assert_eq!((plan.blobs, written.blobs), (1, 1));
    let archive = util::from_bytes(out).unwrap();
    assert!(util::check(&archive).unwrap().is_ok());
    assert_eq!(util::contents(&archive, 1), [(r"\b:None:Data".to_owned(), b"bbbb".to_vec())]);
}

#[test]
fn what_a_base_has_is_copied_from_it() {
    let base = write(files().into_iter().map(blob).collect(), with(|_| ())).unwrap();
    let base = util::from_bytes(base).unwrap();
    let blobs = || [("b.txt", content::text(1, 70_000)), ("new", b"new".to_vec())].map(blob).to_vec();
    let (bytes, plan, _) = write_on(Some(&base), &[], blobs(), with(|_| ())).unwrap();
    assert_eq!((plan.blobs, plan.copied), (2, 1), "{plan:?}");
    let archive = util::from_bytes(bytes).unwrap();
    assert!(util::check(&archive).unwrap().is_ok());
    assert_eq!(archive.blob_table().blobs().len(), 2);

    let (_, plan, written) = write_on(None, std::slice::from_ref(&base), blobs(), with(|_| ())).unwrap();
    assert_eq!((plan.blobs, plan.present, written.blobs), (1, 1, 1), "a delta archive leaves it out");
}

/// Says something else each time that it is read.
struct Fickle(AtomicU64);

impl ReadAt for Fickle {
    fn len(&self) -> io::Result<u64> {
        Ok(5_000_001)
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let seed = if offset == 0 { self.0.fetch_add(1, Ordering::Relaxed) } else { self.0.load(Ordering::Relaxed) };
        buf.copy_from_slice(&content::random(seed << 32 | offset, buf.len()));
        Ok(())
    }
}

#[test]
fn a_large_file_that_is_read_again_must_be_as_it_was() {
    let error = write(vec![NewBlob::new("fickle", Arc::new(Fickle(AtomicU64::new(0))))], with(|_| ())).unwrap_err();
    assert!(matches!(&error, Error::SourceChanged { path } if path.ends_with("fickle")), "{error:?}");
}

#[test]
fn a_file_that_is_not_as_it_was_found_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    for size in [100, LARGE, 6_000_000] {
        let path = folder.path().join(format!("changed-{size}"));
        std::fs::write(&path, content::text(1, size)).unwrap();
        let file = NewBlob::new(path.to_str().unwrap(), Arc::new(HostFile::new(&path).unwrap()));
        std::fs::write(&path, content::text(1, size - 1)).unwrap();
        let error = write(vec![file], with(|_| ())).unwrap_err();
        assert!(matches!(&error, Error::SourceChanged { path: named } if *named == path), "{error:?}");
    }
}

#[test]
fn a_run_can_be_cancelled_and_has_a_budget() {
    let blobs = || files().into_iter().map(blob).collect::<Vec<_>>();
    let mut out = Vec::new();
    let draft = ArchiveDraft::new(Compression::Lzx);
    let mut writer = ArchiveWriter::new(&mut out, draft, &[], with(|_| ())).unwrap();
    let error = writer.add_data(blobs(), &mut |_| ControlFlow::Break(())).unwrap_err();
    assert!(matches!(error, Error::Cancelled));
    let error = write(blobs(), with(|options| options.memory = Some(1 << 20))).unwrap_err();
    assert!(matches!(error, Error::Memory { .. }), "{error:?}");
    // What is cut off says so.
    drop(writer);
    let header = wim_format::Header::parse(out.first_chunk().unwrap()).unwrap();
    assert!(header.flags.contains(wim_format::HeaderFlags::WRITE_IN_PROGRESS));
}

#[test]
fn a_plan_of_the_same_image_writes_the_same_blobs() {
    let archive = check(write(files().into_iter().map(blob).collect(), with(|_| ())).unwrap());
    let plan = ExportPlan::new(&archive, &[ImageIndex::FIRST], ExportOptions::default()).unwrap();
    assert_eq!(plan.summary().copied, 9, "all of it can be copied as it is");
}
