//! Edited images, written: rebuilt and in place, with nothing left that nothing needs, and as other software reads it.

use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::Arc;

use testdata::build::{Image, Wim};
use testdata::peer;
use wim_export::{
    Archive, BootChoice, Error, ExportOptions, ExportPlan, Glob, HostFile, ImageEditor, NewBlob, NewEntry, OnConflict,
    ReplacePlan, Result,
};
use wim_format::{Compression, ImageIndex};

use crate::ops::{file, ntfs};
use crate::util;

/// Two images that share data, the first of which boots, and data that nobody needs.
fn two_images() -> Vec<u8> {
    let first = Image::new("first").file(r"\a\shared.txt", "shared").file(r"\a\own.txt", "only the first");
    let second = Image::new("second").file(r"\shared.txt", "shared").file(r"\b.txt", "second");
    Wim::new().image(first).image(second).boot_index(1).unreferenced("nobody").to_bytes()
}

fn edit(archive: &Archive, image: u32) -> ImageEditor {
    ImageEditor::new(archive, ImageIndex::new(image).unwrap()).unwrap()
}

fn change(editor: &mut ImageEditor) -> Result<()> {
    editor.remove(r"\a\own.txt")?;
    editor.add(r"\A\new.txt", file("new"), OnConflict::Replace)?;
    editor.add(r"\a\same.txt", file("second"), OnConflict::Replace)?;
    editor.add(r"\gone.txt", file("added and removed"), OnConflict::Replace)?;
    editor.remove(r"\gone.txt").map(|_| ())
}

fn files(archive: &Archive, image: u32) -> Vec<(String, String)> {
    let contents = util::contents(archive, image).into_iter();
    let files = contents.filter(|(path, _)| path.ends_with(":None:Data"));
    files.map(|(path, data)| (path.split(':').next().unwrap().to_owned(), String::from_utf8(data).unwrap())).collect()
}

const CHANGED: [(&str, &str); 3] = [(r"\a\new.txt", "new"), (r"\a\same.txt", "second"), (r"\a\shared.txt", "shared")];

fn assert_changed(archive: &Archive) {
    let report = util::check(archive).unwrap();
    assert!(report.is_ok() && report.warnings.is_empty(), "{report:?}");
    let expected = CHANGED.map(|(path, data)| (path.to_owned(), data.to_owned()));
    assert_eq!(files(archive, 1), expected);
    assert_eq!(files(archive, 2).len(), 2, "the other image is as it was");
    let names: Vec<_> = archive.images().map(|image| archive.image_name(image).unwrap()).collect();
    assert_eq!(names, ["first", "second"]);
    assert_eq!(archive.boot_index(), Some(ImageIndex::FIRST));
    let boot = archive.blob_table().metadata(ImageIndex::FIRST).unwrap().resource;
    assert_eq!(archive.header().boot_metadata, boot);
    let xml = archive.xml().image(ImageIndex::FIRST).unwrap();
    assert_eq!((xml.file_count(), xml.dir_count(), xml.total_bytes()), (Some(3), Some(1), Some(15)));
    let counts = |data: &str| {
        let mut blobs = archive.blob_table().blobs().iter();
        blobs
            .find(|blob| archive.read_blob(&blob.hash, 0..blob.size).unwrap() == data.as_bytes())
            .map(|b| b.reference_count)
    };
    assert_eq!([counts("shared"), counts("second"), counts("new")], [Some(2), Some(2), Some(1)]);
    assert!(counts("only the first").unwrap_or(0) == 0);
}

#[test]
fn a_rebuild_has_nothing_that_nothing_needs() {
    let base = util::from_bytes(two_images()).unwrap();
    let mut editor = edit(&base, 1);
    change(&mut editor).unwrap();
    let edited = editor.into_archive(None, &mut ()).unwrap();
    let images: Vec<_> = edited.images().collect();
    let mut out = Vec::new();
    let plan = ExportPlan::rebuild(&edited, &images, ExportOptions::default()).unwrap();
    plan.write(&mut out, &mut ()).unwrap();
    let written = util::from_bytes(out).unwrap();
    assert_changed(&written);
    assert_eq!(written.blob_table().blobs().len(), 3);
    assert_eq!(written.header().guid, base.header().guid);
    let second = ImageIndex::new(2).unwrap();
    assert_eq!(written.metadata_bytes(second).unwrap(), base.metadata_bytes(second).unwrap());
}

#[test]
fn in_place_only_what_is_new_is_written() {
    let mut target = two_images();
    let base = util::from_bytes(target.clone()).unwrap();
    let mut editor = edit(&base, 1);
    change(&mut editor).unwrap();
    let plan = ReplacePlan::new(&base, ImageIndex::FIRST, editor, ExportOptions::default(), &mut ()).unwrap();
    assert_eq!((plan.summary().blobs, plan.summary().present), (1, 2), "{:?}", plan.summary());
    plan.write(&mut target, &mut ()).unwrap();
    assert_changed(&util::from_bytes(target).unwrap());
}

#[test]
fn counts_that_were_too_small_are_made_anew() {
    let mut target = two_images();
    let base = util::from_bytes(target.clone()).unwrap();
    // The reference counts of all blobs become 0: a field of each entry of the blob table.
    let table = base.header().blob_table;
    for entry in 0..table.size_in_wim / 50 {
        let at = (table.offset + entry * 50 + 26) as usize;
        target[at..at + 4].fill(0);
    }
    for metadata in 0..2 {
        target[table.offset as usize + metadata * 50 + 26] = 1;
    }
    let base = util::from_bytes(target.clone()).unwrap();
    let mut editor = edit(&base, 1);
    change(&mut editor).unwrap();
    let plan = ReplacePlan::new(&base, ImageIndex::FIRST, editor, ExportOptions::default(), &mut ()).unwrap();
    plan.write(&mut target, &mut ()).unwrap();
    assert_changed(&util::from_bytes(target).unwrap());
}

#[test]
fn the_archive_is_as_it_was_if_new_data_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.txt");
    std::fs::write(&path, "one").unwrap();
    let mut target = two_images();
    let before = target.clone();
    let base = util::from_bytes(target.clone()).unwrap();
    let mut editor = edit(&base, 1);
    let data = NewBlob::new("new.txt", Arc::new(HostFile::new(&path).unwrap()));
    editor.add("x", NewEntry::file(data), OnConflict::Replace).unwrap();
    let plan = ReplacePlan::new(&base, ImageIndex::FIRST, editor, ExportOptions::default(), &mut ()).unwrap();
    std::fs::write(&path, "other").unwrap();
    let error = plan.write(&mut target, &mut ()).unwrap_err();
    assert!(matches!(error, Error::SourceChanged { .. }), "{error:?}");
    assert!(target == before);
}

#[test]
fn streams_links_short_names_and_descriptors_survive() {
    let base = ntfs();
    let edited = edit(&base, 1).into_archive(None, &mut ()).unwrap();
    assert_eq!(edited.metadata_bytes(ImageIndex::FIRST).unwrap(), base.image(ImageIndex::FIRST).unwrap().to_bytes());
    let mut editor = edit(&base, 1);
    editor.remove_matching(&Glob::parse(r"\plain.txt").unwrap()).unwrap();
    let edited = editor.into_archive(None, &mut ()).unwrap();
    let without: Vec<_> =
        util::contents(&base, 1).into_iter().filter(|(path, _)| !path.starts_with(r"\plain")).collect();
    assert!(util::contents(&edited, 1) == without);
    let written = util::from_bytes(util::export(&edited, &[1], ExportOptions::default()).unwrap()).unwrap();
    assert!(util::contents(&written, 1) == without);
    assert_eq!(written.image(ImageIndex::FIRST).unwrap().security(), base.image(ImageIndex::FIRST).unwrap().security());
}

#[test]
fn the_bytes_do_not_depend_on_the_threads() {
    let run = |threads| {
        let base = util::from_bytes(two_images()).unwrap();
        let mut editor = edit(&base, 1);
        change(&mut editor).unwrap();
        let edited = editor.into_archive(NonZeroUsize::new(threads), &mut ()).unwrap();
        let mut options = ExportOptions::default();
        (options.compression, options.threads) = (Some(Compression::Lzx), NonZeroUsize::new(threads));
        options.boot = BootChoice::Keep;
        util::export(&edited, &[1, 2], options).unwrap()
    };
    let expected = run(1);
    assert!([2, 5].into_iter().all(|threads| run(threads) == expected));
}

#[test]
fn other_software_reads_what_was_edited() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edited.wim");
    let mut target = two_images();
    let base = util::from_bytes(target.clone()).unwrap();
    let mut editor = edit(&base, 1);
    change(&mut editor).unwrap();
    let plan = ReplacePlan::new(&base, ImageIndex::FIRST, editor, ExportOptions::default(), &mut ()).unwrap();
    plan.write(&mut target, &mut ()).unwrap();
    std::fs::write(&path, &target).unwrap();
    if let Some(wimlib) = peer("wimlib-imagex") {
        let out = folder.path().join("out");
        let run =
            |args: &[&std::ffi::OsStr]| assert!(Command::new(&wimlib).args(args).output().unwrap().status.success());
        run(&["verify".as_ref(), path.as_ref()]);
        run(&["apply".as_ref(), path.as_ref(), "1".as_ref(), out.as_ref()]);
        for (path, data) in CHANGED {
            let path = out.join(path[1..].replace('\\', "/"));
            assert_eq!(std::fs::read_to_string(path).unwrap(), data);
        }
        run(&["optimize".as_ref(), path.as_ref()]);
    }
    if let Some(seven_zip) = peer("7zz") {
        assert!(Command::new(seven_zip).arg("t").arg(&path).output().unwrap().status.success());
    }
}
