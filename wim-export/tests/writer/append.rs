//! Appending while data is found.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use testdata::build::{Codec, Image, TableEntry, Wim};
use testdata::cases::{Case, WIMS};
use testdata::content;
use wim_export::{
    AppendPlan, Archive, ArchiveDraft, ArchiveWriter, Error, ExportOptions, ExportSummary, HostFile, NewBlob, NewImage,
    PlanSummary, Result,
};
use wim_format::{Compression, Header, HeaderFlags, ImageIndex, Sha1Hash, XmlImage};

use crate::common::{Counted, LARGE, blob, files, image, with};
use crate::util;

const BASE: &str = "wims/lzx-32k.wim";

/// The fixtures that can be appended to alone.
fn bases() -> impl Iterator<Item = &'static Case> {
    WIMS.iter().filter(|case| !case.pipable && case.parts == 1 && case.references.is_empty())
}

type File = (&'static str, Vec<u8>);

/// The files that are appended: without large ones where compressing takes long.
fn files_for(case: &Case) -> Vec<File> {
    let is_fast = case.solid.is_none() && matches!(case.codec, Codec::None | Codec::Xpress);
    files().into_iter().filter(|(_, data)| is_fast || data.len() < LARGE).collect()
}

fn blobs(files: &[File]) -> Vec<NewBlob> {
    files.iter().cloned().map(blob).collect()
}

fn named(files: &[File], hashes: &[Sha1Hash]) -> NewImage {
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let mut xml = XmlImage::new();
    xml.set_name(Some("appended")).unwrap();
    NewImage { xml, ..image(&names, hashes) }
}

/// Appends an image with these files.
fn append(base: &[u8], files: &[File], options: ExportOptions) -> Result<(Vec<u8>, PlanSummary, ExportSummary)> {
    let (archive, mut target) = (util::from_bytes(base.to_vec())?, base.to_vec());
    let mut writer = ArchiveWriter::append(&archive, &mut target, options)?;
    let hashes = writer.add_data(blobs(files), &mut ())?;
    writer.push_image(named(files, &hashes));
    let (plan, written) = writer.finish(&mut ())?;
    Ok((target, plan, written))
}

/// The same in two passes.
fn append_in_two_passes(base: &[u8], files: &[File], options: ExportOptions) -> Archive {
    let (archive, mut target) = (util::from_bytes(base.to_vec()).unwrap(), base.to_vec());
    let mut draft = ArchiveDraft::new(archive.header().compression());
    let hashes = draft.add_data(blobs(files), None, &mut ()).unwrap();
    draft.push_image(named(files, &hashes));
    let source = draft.finish().unwrap();
    AppendPlan::new(&archive, &source, &[ImageIndex::FIRST], options).unwrap().write(&mut target, &mut ()).unwrap();
    util::from_bytes(target).unwrap()
}

/// Every blob, and how often images name it.
fn table(archive: &Archive) -> Vec<(Sha1Hash, u64, u32)> {
    let mut table: Vec<_> =
        archive.blob_table().blobs().iter().map(|blob| (blob.hash, blob.size, blob.reference_count)).collect();
    table.sort_unstable();
    table
}

fn options() -> ExportOptions {
    with(|options| options.solid = None)
}

#[test]
fn every_archive_takes_new_files_as_in_two_passes_and_keeps_all_it_had() {
    for case in bases() {
        let (base, files) = (testdata::read(case.file), files_for(case));
        let (bytes, plan, written) = append(&base, &files, options()).unwrap();
        assert!(bytes[Header::SIZE..base.len()] == base[Header::SIZE..], "{}", case.file);
        let (old, new) = (util::from_bytes(base.clone()).unwrap(), util::from_bytes(bytes.clone()).unwrap());
        assert!(util::check(&new).unwrap().is_ok(), "{}", case.file);
        for image in 1..=old.image_count() {
            assert!(util::contents(&new, image) == util::contents(&old, image), "{}", case.file);
        }
        let mut contents = util::contents(&new, new.image_count());
        contents.sort();
        let path = |(name, data): &File| (format!(r"\{name}:None:Data"), data.clone());
        let mut expected: Vec<_> = files.iter().map(path).collect();
        expected.sort();
        assert!(contents == expected, "{}", case.file);
        let again = append_in_two_passes(&base, &files, options());
        assert_eq!(table(&new), table(&again), "{}", case.file);
        assert_eq!(new.xml(), again.xml(), "{}", case.file);
        let (header, expected) = (new.header(), again.header());
        assert_eq!((header.flags, header.guid), (expected.flags, expected.guid), "{}", case.file);
        assert_eq!((header.boot_index, header.image_count), (expected.boot_index, expected.image_count));
        assert_eq!(header.integrity.is_none(), old.header().integrity.is_none(), "{}", case.file);
        assert_eq!((written.size, written.verified), (bytes.len() as u64, true));
        assert_eq!((plan.dropped, plan.dropped_bytes), (0, 0), "{}", case.file);
        let new = table(&again).len() - table(&old).len();
        assert_eq!((plan.blobs, plan.present, written.blobs), (new as u64, 0, new as u64), "{}: {plan:?}", case.file);
    }
}

#[test]
fn a_file_is_read_once_and_what_the_archive_has_is_not_written_again() {
    let base = testdata::read("wims/xpress-32k.wim");
    let (bytes, ..) = append(&base, &files(), options()).unwrap();
    let counted = |(name, data): (&'static str, Vec<u8>)| {
        let read = Arc::<AtomicU64>::default();
        (NewBlob::new(name, Arc::new(Counted { data, read: read.clone() })), read)
    };
    let new = ("new", content::text(9, 90_000));
    let (blobs, counts): (Vec<_>, Vec<_>) = files().into_iter().chain([new]).map(counted).unzip();
    let (archive, mut target) = (util::from_bytes(bytes.clone()).unwrap(), bytes.clone());
    let mut writer = ArchiveWriter::append(&archive, &mut target, options()).unwrap();
    let hashes = writer.add_data(blobs, &mut ()).unwrap();
    let names: Vec<&str> = files().iter().map(|(name, _)| *name).chain(["new"]).collect();
    writer.push_image(image(&names, &hashes));
    let (plan, written) = writer.finish(&mut ()).unwrap();
    assert_eq!((plan.blobs, plan.present, written.blobs), (1, 9, 1), "{plan:?}");
    assert!(target.len() < bytes.len() + 60_000, "{} to {}", bytes.len(), target.len());
    let new = util::from_bytes(target).unwrap();
    assert!(util::check(&new).unwrap().is_ok());
    let sizes = files().into_iter().map(|(_, data)| data.len() as u64).chain([90_000]);
    for (read, size) in counts.iter().zip(sizes) {
        assert_eq!(read.load(Ordering::Relaxed), size);
    }
}

/// Whatever ends a run, the archive is what it was.
fn assert_restored(run: impl FnOnce(ArchiveWriter<'_>)) {
    let base = testdata::read(BASE);
    let (archive, mut target) = (util::from_bytes(base.clone()).unwrap(), base.clone());
    run(ArchiveWriter::append(&archive, &mut target, options()).unwrap());
    assert!(target == base, "{} to {}", base.len(), target.len());
}

#[test]
fn a_run_that_fails_leaves_the_archive_as_it_was() {
    let files = files_for(WIMS.iter().find(|case| case.file == BASE).unwrap());
    assert_restored(|mut writer| drop(writer.add_data(blobs(&files), &mut ()).unwrap()));
    assert_restored(|mut writer| {
        let error = writer.add_data(blobs(&files), &mut |_| ControlFlow::Break(())).unwrap_err();
        assert!(matches!(error, Error::Cancelled));
    });
    assert_restored(|mut writer| {
        let hashes = writer.add_data(blobs(&files), &mut ()).unwrap();
        writer.push_image(named(&files, &hashes));
        let error = writer.finish(&mut |_| ControlFlow::Break(())).unwrap_err();
        assert!(matches!(error, Error::Cancelled));
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed");
    std::fs::write(&path, b"what was found").unwrap();
    let changed = NewBlob::new("changed", Arc::new(HostFile::new(&path).unwrap()));
    std::fs::write(&path, b"what is there now").unwrap();
    assert_restored(|mut writer| {
        let error = writer.add_data([blobs(&files), vec![changed]].concat(), &mut ()).unwrap_err();
        assert!(matches!(error, Error::SourceChanged { .. }));
    });
}

#[test]
fn until_the_end_the_archive_says_that_a_write_is_in_progress_and_is_what_it_was() {
    let base = testdata::read(BASE);
    let (archive, mut target) = (util::from_bytes(base.clone()).unwrap(), base.clone());
    let mut writer = ArchiveWriter::append(&archive, &mut target, options()).unwrap();
    writer.add_data(blobs(&files()[..3]), &mut ()).unwrap();
    // As if the run was killed.
    std::mem::forget(writer);
    assert!(target.len() > base.len());
    let killed = util::from_bytes(target).unwrap();
    assert!(killed.header().flags.contains(HeaderFlags::WRITE_IN_PROGRESS));
    assert!(util::contents(&killed, 1) == util::contents(&archive, 1));
}

#[test]
fn a_name_that_is_taken_shows_before_anything_is_read() {
    let base = testdata::read("wims/boot-x86.wim");
    let (archive, mut target) = (util::from_bytes(base.clone()).unwrap(), base);
    let writer = ArchiveWriter::append(&archive, &mut target, options()).unwrap();
    let error = writer.check_image(archive.xml().image(ImageIndex::FIRST).unwrap()).unwrap_err();
    assert!(matches!(error, Error::InvalidArgument { what: "image name", .. }), "{error:?}");
    writer.check_image(&XmlImage::new()).unwrap();
}

#[test]
fn what_the_archive_cannot_take_is_refused() {
    let refused = |file: &str, options| append(&testdata::read(file), &[], options).unwrap_err();
    let error = refused(BASE, with(|options| options.compression = Some(Compression::Xpress)));
    assert!(matches!(error, Error::InvalidArgument { what: "compression", .. }), "{error:?}");
    let pipable = WIMS.iter().find(|case| case.pipable).unwrap();
    assert!(matches!(refused(pipable.file, options()), Error::Update { .. }));
}

/// A hash alone does not make data what it claims to be: it was taken for what the new image needs.
#[test]
fn data_that_the_archive_has_in_another_size_is_an_error() {
    let data = b"the same data";
    let hash = testdata::build::sha1(data);
    let lie = move |entries: &mut Vec<TableEntry>| {
        for entry in entries.iter_mut().filter(|entry| entry.hash == hash) {
            entry.resource.size_in_wim -= 1;
            entry.resource.uncompressed_size -= 1;
        }
    };
    let base = Wim::new().image(Image::new("old").file(r"\a.txt", data)).edit_table(lie).to_bytes();
    let error = append(&base, &[("a.txt", data.to_vec())], options()).unwrap_err();
    assert!(matches!(error, Error::Format { .. }), "{error:?}");
}
