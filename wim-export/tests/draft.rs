//! Archives put together from new data: what is written is what was there, once, and nothing that changed meanwhile.

mod util;

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use testdata::content;
use wim_export::{
    AppendPlan, Archive, ArchiveDraft, Error, ExportOptions, ExportPlan, HostFile, NewBlob, NewImage, ReadAt, Result,
};
use wim_format::{Compression, ImageIndex, ImageMetadata, Inode, Sha1Hash, XmlImage};

/// Files of every size that the pipeline treats in its own way: none, small, of several chunks, of several jobs.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("empty", Vec::new()),
        ("a.txt", b"hello".to_vec()),
        ("b.txt", content::text(1, 70_000)),
        ("c.bin", content::random(2, 1_200_000)),
        ("copy of b.txt", content::text(1, 70_000)),
    ]
}

fn blob((name, data): (&'static str, Vec<u8>)) -> NewBlob {
    NewBlob::new(name, Arc::new(data))
}

/// An image whose root has these files.
fn image(names: &[&str], hashes: &[Sha1Hash]) -> NewImage {
    let mut metadata = ImageMetadata::new();
    for (&name, &hash) in names.iter().zip(hashes) {
        metadata.add_child(metadata.root(), name.into(), Inode::file(hash)).unwrap();
    }
    NewImage { metadata, xml: XmlImage::new() }
}

/// A draft with one image of these blobs, on `base`.
fn draft(blobs: Vec<NewBlob>, base: Option<&Archive>) -> Result<Archive> {
    let mut draft = base.map_or_else(|| Ok(ArchiveDraft::new(Compression::Lzx)), ArchiveDraft::of)?;
    let names: Vec<String> = blobs.iter().map(|blob| blob.name().rsplit('/').next().unwrap().to_owned()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let hashes = draft.add_data(blobs, None, &mut ())?;
    draft.push_image(image(&names, &hashes));
    draft.finish()
}

fn export(archive: &Archive, options: ExportOptions) -> Result<Vec<u8>> {
    util::export(archive, &[1], options)
}

fn with(change: impl FnOnce(&mut ExportOptions)) -> ExportOptions {
    let mut options = ExportOptions::default();
    change(&mut options);
    options
}

fn expected() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = files().into_iter().map(|(name, data)| (format!(r"\{name}:None:Data"), data)).collect();
    files.sort();
    files
}

fn contents(archive: &Archive) -> Vec<(String, Vec<u8>)> {
    let mut contents = util::contents(archive, 1);
    contents.sort();
    contents
}

#[test]
fn every_compression_holds_the_new_data_once() {
    let archive = draft(files().into_iter().map(blob).collect(), None).unwrap();
    assert!(util::check(&archive).unwrap().is_ok(), "a draft reads like any archive");
    assert!(contents(&archive) == expected());
    for compression in [Compression::None, Compression::Xpress, Compression::Lzx, Compression::Lzms] {
        for solid in [false, true] {
            let options = with(|options| (options.compression, options.solid) = (Some(compression), Some(solid)));
            let written = util::from_bytes(export(&archive, options).unwrap()).unwrap();
            let report = util::check(&written).unwrap();
            assert!(report.is_ok() && report.warnings.is_empty(), "{compression}: {report:?}");
            assert!(contents(&written) == expected(), "{compression}, solid: {solid}");
            assert_eq!(written.blob_table().blobs().len(), 3, "two files are equal, and one is empty");
            let counts: Vec<u32> = written.blob_table().blobs().iter().map(|blob| blob.reference_count).collect();
            assert_eq!(counts.iter().sum::<u32>(), 4, "{counts:?}");
            let xml = written.xml().image(ImageIndex::FIRST).unwrap();
            assert_eq!((xml.file_count(), xml.dir_count(), xml.total_bytes()), (Some(5), Some(0), Some(1_340_005)));
        }
    }
}

#[test]
fn the_output_is_the_same_for_any_number_of_threads() {
    let archive = draft(files().into_iter().map(blob).collect(), None).unwrap();
    let run = |threads| export(&archive, with(|options| options.threads = NonZeroUsize::new(threads))).unwrap();
    let expected = run(1);
    assert!([2, 8].into_iter().all(|threads| run(threads) == expected));
}

#[test]
fn an_archive_that_has_the_data_is_copied_from() {
    let base = draft(files().into_iter().map(blob).collect(), None).unwrap();
    let base = util::from_bytes(export(&base, ExportOptions::default()).unwrap()).unwrap();
    let blobs = [("same", content::text(1, 70_000)), ("new", b"new".to_vec())].map(blob);
    let archive = draft(blobs.to_vec(), Some(&base)).unwrap();
    let plan = ExportPlan::new(&archive, &[ImageIndex::FIRST], ExportOptions::default()).unwrap();
    let summary = plan.summary();
    assert_eq!((summary.blobs, summary.copied, summary.encoded, summary.dropped), (2, 1, 1, 2), "{summary:?}");
    assert_eq!(plan.compression(), Compression::Lzx);
}

#[test]
fn an_image_of_new_data_is_appended_and_shares_what_is_there() {
    let base = export(&draft(files().into_iter().map(blob).collect(), None).unwrap(), ExportOptions::default());
    let mut target = base.unwrap();
    let base = util::from_bytes(target.clone()).unwrap();
    let blobs = [("same", content::text(1, 70_000)), ("new", b"new".to_vec())].map(blob);
    let archive = draft(blobs.to_vec(), None).unwrap();
    let plan = AppendPlan::new(&base, &archive, &[ImageIndex::FIRST], ExportOptions::default()).unwrap();
    assert_eq!((plan.summary().blobs, plan.summary().present), (1, 1));
    plan.write(&mut target, &mut ()).unwrap();
    let written = util::from_bytes(target).unwrap();
    assert!(util::check(&written).unwrap().is_ok());
    assert_eq!(util::contents(&written, 2), util::contents(&archive, 1));
    assert_eq!(contents(&written), expected());
}

#[test]
fn new_data_that_no_image_needs_is_left_out() {
    let mut draft = ArchiveDraft::new(Compression::None);
    let hashes = draft.add_data([("a", vec![1]), ("b", vec![2]), ("c", vec![3])].map(blob).to_vec(), None, &mut ());
    draft.push_image(image(&["c"], &hashes.unwrap()[2..]));
    let archive = draft.finish().unwrap();
    assert_eq!(archive.blob_table().blobs().len(), 1);
    assert_eq!(util::contents(&archive, 1), [(r"\c:None:Data".to_owned(), vec![3])]);
}

#[test]
fn a_file_that_changed_after_it_was_hashed_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, data: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, data).unwrap();
        NewBlob::new(path.to_str().unwrap(), Arc::new(HostFile::new(&path).unwrap()))
    };
    let large = content::random(5, 1_200_000);
    type Change = fn(&[u8]) -> Vec<u8>;
    let changes: [(&str, Change); 4] = [
        ("shrunk", |data| data[..data.len() - 1].to_vec()),
        ("grown", |data| [data, b"x"].concat()),
        ("empty", |_| Vec::new()),
        ("other", |data| data.iter().map(|byte| byte ^ 1).collect()),
    ];
    for (change, changed) in changes {
        for data in [b"small".as_slice(), &large] {
            let name = format!("{change}-{}", data.len());
            let blobs = vec![write("before", b"before"), write(&name, data), write("after", b"after")];
            let archive = draft(blobs, None).unwrap();
            std::fs::write(folder.path().join(&name), changed(data)).unwrap();
            let error = export(&archive, ExportOptions::default()).unwrap_err();
            assert!(matches!(error, Error::SourceChanged { .. }), "{name}: {error:?}");
            assert!(error.to_string().contains(&name), "{name}: {error}");
        }
    }
    let archive = draft(vec![write("gone", b"gone")], None).unwrap();
    std::fs::remove_file(folder.path().join("gone")).unwrap();
    let error = export(&archive, ExportOptions::default()).unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path.ends_with("gone")), "{error:?}");
}

/// Says something else each time that it is read from the start.
struct Fickle(AtomicUsize);

impl ReadAt for Fickle {
    fn len(&self) -> io::Result<u64> {
        Ok(5)
    }

    fn read_exact_at(&self, buf: &mut [u8], _: u64) -> io::Result<()> {
        buf.fill(self.0.fetch_add(1, Ordering::Relaxed) as u8);
        Ok(())
    }
}

#[test]
fn data_that_changes_without_a_trace_is_found_by_its_hash_even_without_verification() {
    let blobs = vec![NewBlob::new("fickle", Arc::new(Fickle(AtomicUsize::new(0))))];
    let archive = draft(blobs, None).unwrap();
    for compression in [Compression::None, Compression::Lzx] {
        let options = with(|options| (options.verify, options.compression) = (false, Some(compression)));
        let error = export(&archive, options).unwrap_err();
        assert!(matches!(&error, Error::SourceChanged { path } if path.ends_with("fickle")), "{error:?}");
    }
}

#[test]
fn a_folder_and_a_missing_file_are_no_host_files() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(HostFile::new(folder.path()), Err(Error::Source { .. })));
    assert!(matches!(HostFile::new(folder.path().join("none")), Err(Error::Io { .. })));
}

#[test]
fn hashing_can_be_cancelled() {
    let mut draft = ArchiveDraft::new(Compression::None);
    let mut cancel = |_| std::ops::ControlFlow::Break(());
    let error = draft.add_data(vec![blob(("a", vec![1]))], None, &mut cancel).unwrap_err();
    assert!(matches!(error, Error::Cancelled));
}
