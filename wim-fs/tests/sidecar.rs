//! What is extracted with a sidecar is captured again without a difference.
#![cfg(unix)]

#[path = "common/mod.rs"]
mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use testdata::build::{Dentry, Image, Wim};
use wim_export::{Archive, Error};
use wim_format::{HeaderFlags, ImageIndex, StreamKind};
use wim_fs::{
    Capture, CaptureConfig, CaptureOptions, ExtractOptions, ExtractPlan, ExtractReport, Links, Metadata, OnClash,
    PathPattern, Selection,
};

use common::{assert_same, everything, facts, finish, open};

/// The places where folders can be: what holds temporary files, and memory, where there is such a place.
fn places() -> Vec<TempDir> {
    let memory = Path::new("/dev/shm");
    let memory = memory.is_dir().then(|| tempfile::tempdir_in(memory).unwrap());
    std::iter::once(tempfile::tempdir().unwrap()).chain(memory).collect()
}

fn extract(
    archive: &Archive,
    selection: &Selection,
    destination: &Path,
    edit: impl FnOnce(&mut ExtractOptions),
) -> ExtractReport {
    let mut options = ExtractOptions::default();
    options.metadata = Metadata::Sidecar;
    edit(&mut options);
    let plan = ExtractPlan::new(archive, ImageIndex::FIRST, selection, destination, options).unwrap();
    plan.run(&mut ()).unwrap()
}

fn apply(archive: &Archive, destination: &Path) -> ExtractReport {
    extract(archive, &Selection::All, destination, |_| {})
}

fn scan(folder: &Path) -> Capture {
    let mut options = CaptureOptions::default();
    options.metadata = Metadata::Sidecar;
    options.config = CaptureConfig::NOTHING;
    Capture::scan(folder, &options).unwrap()
}

fn capture(folder: &Path) -> Archive {
    finish(scan(folder))
}

fn root(place: &TempDir) -> PathBuf {
    place.path().join("root")
}

#[test]
fn an_image_with_one_of_everything_survives() {
    for place in places() {
        let archive = open(everything().to_bytes());
        let report = apply(&archive, &root(&place));
        assert_eq!(report.sidecar, Some(place.path().canonicalize().unwrap().join("root.metadata.wim")));
        assert_eq!(report.not_restored.kinds().count(), 0, "{:?}", report.not_restored);
        assert_eq!(report.skipped.len(), 3, "what only Windows can make is in the sidecar alone: {:?}", report.skipped);
        let captured = scan(&root(&place));
        assert_eq!(captured.report().known, archive.image(ImageIndex::FIRST).unwrap().entry_count() as u64 - 1);
        let captured = finish(captured);
        assert_same(&archive, &captured);
        let xml = |archive: &Archive| {
            let xml = archive.xml().image(ImageIndex::FIRST).unwrap();
            let times = (xml.creation_time(), xml.last_modification_time());
            (
                xml.name().map(|name| name.into_owned()),
                xml.property("DESCRIPTION"),
                times,
                xml.total_bytes(),
                xml.file_count(),
            )
        };
        assert_eq!(xml(&archive).0, xml(&captured).0);
        assert_eq!((xml(&archive).1, xml(&archive).2), (xml(&captured).1, xml(&captured).2));
    }
}

#[test]
fn images_of_other_programs_survive() {
    for place in places() {
        for file in ["links", "ntfs", "unix-data", "solid-lzms", "boot-x86"] {
            let archive = open(testdata::read(&format!("wims/{file}.wim")));
            let folder = place.path().join(file);
            apply(&archive, &folder);
            let captured = capture(&folder);
            assert_same(&archive, &captured);
            let fixed = |archive: &Archive| archive.header().flags.contains(HeaderFlags::RP_FIX);
            assert_eq!(fixed(&archive), fixed(&captured), "{file}");
        }
    }
}

#[test]
fn the_sidecar_has_no_data_that_the_folder_has() {
    let place = tempfile::tempdir().unwrap();
    let archive = open(everything().to_bytes());
    let report = apply(&archive, &root(&place));
    let sidecar = Archive::open(report.sidecar.unwrap()).unwrap();
    let image = archive.image(ImageIndex::FIRST).unwrap();
    let hash = |path: &str| image.inode_of(image.find(path).unwrap()).data_hash();
    assert!(sidecar.blob(&hash("/secure")).is_none());
    let streams = image.inode_of(image.find("/long stream").unwrap()).streams();
    let named = streams.filter(|stream| stream.kind == StreamKind::Named).map(|stream| stream.hash);
    assert!(named.into_iter().all(|hash| sidecar.blob(&hash).is_some()));
}

#[test]
fn what_changed_since_is_captured_as_it_is_and_keeps_the_rest() {
    let place = tempfile::tempdir().unwrap();
    let archive = open(everything().to_bytes());
    let folder = root(&place);
    apply(&archive, &folder);
    let later = SystemTime::now() + Duration::from_secs(100);
    fs::write(folder.join("secure"), "changed").unwrap();
    fs::File::options().write(true).open(folder.join("secure")).unwrap().set_modified(later).unwrap();
    fs::remove_file(folder.join("streams")).unwrap();
    fs::write(folder.join("new"), "new").unwrap();
    fs::remove_file(folder.join("zeros")).unwrap();
    fs::create_dir(folder.join("zeros")).unwrap();
    fs::remove_file(folder.join("relative")).unwrap();
    std::os::unix::fs::symlink("elsewhere", folder.join("relative")).unwrap();
    let captured = capture(&folder);
    let (before, after) = (facts(&archive), facts(&captured));
    let secure = |facts: &[String], what: &str| facts.iter().find(|fact| fact.starts_with(what)).cloned();
    let [old, new] = [&before[r"\secure"], &after[r"\secure"]];
    for what in ["attributes", "short name", "descriptor", "items"] {
        assert_eq!(secure(old, what), secure(new, what));
    }
    assert_ne!(secure(old, "times"), secure(new, "times"));
    let image = captured.image(ImageIndex::FIRST).unwrap();
    let data = image.inode_of(image.find("/secure").unwrap()).data_hash();
    assert_eq!(captured.read_blob(&data, 0..7).unwrap(), b"changed");
    assert!(image.find("/streams").is_none() && image.find("/new").is_some());
    assert!(image.inode_of(image.find("/zeros").unwrap()).is_directory());
    let link = image.inode_of(image.find("/relative").unwrap()).reparse_hash();
    let text = captured.read_blob(&link, 0..captured.blob(&link).unwrap().size).unwrap();
    assert!(String::from_utf8_lossy(&text).replace('\0', "").contains("elsewhere"));
    assert_eq!(before[r"\folder\unknown fields"], after[r"\folder\unknown fields"]);
    let modified = |archive: &Archive| archive.xml().image(ImageIndex::FIRST).unwrap().last_modification_time();
    assert_ne!(modified(&archive), modified(&captured));
}

#[test]
fn names_that_the_host_cannot_have_survive() {
    let place = tempfile::tempdir().unwrap();
    let image = Image::new("x").file(&"n".repeat(300), "long").dir(&"d".repeat(256)).dir("/folder");
    let archive = open(Wim::new().image(image).to_bytes());
    apply(&archive, &root(&place));
    assert_eq!(fs::read_dir(root(&place)).unwrap().count(), 1);
    assert_same(&archive, &capture(&root(&place)));
}

#[test]
fn names_that_no_file_ever_had_are_left_out_for_good() {
    let place = tempfile::tempdir().unwrap();
    let image = Image::new("x")
        .add("/", Dentry::file("a/b", "slash"))
        .add("/", Dentry::file("back\\slash", "only here"))
        .file("/good", "stays");
    let report = apply(&open(Wim::new().image(image).to_bytes()), &root(&place));
    assert_eq!(report.skipped.len(), 1, "{:?}", report.skipped);
    let captured = scan(&root(&place));
    assert_eq!((captured.report().files, captured.report().skipped.len()), (1, 1));
}

#[test]
fn links_that_were_left_out_and_names_that_were_changed_survive() {
    let place = tempfile::tempdir().unwrap();
    let archive = open(everything().to_bytes());
    let folder = root(&place);
    extract(&archive, &Selection::All, &folder, |options| {
        options.links = Links::Skip;
        options.make_names_fit = true;
        options.unix_data = false;
    });
    assert!(!folder.join("relative").exists());
    assert_same(&archive, &capture(&folder));
}

#[test]
fn parts_of_an_image_have_a_sidecar_of_their_own() {
    let place = tempfile::tempdir().unwrap();
    let archive = open(everything().to_bytes());
    let pattern = |path: &str, keep_path| PathPattern { path: path.to_owned(), keep_path, literal: false };
    let parts = [pattern("/secure", false), pattern("/folder/unknown fields", true), pattern("/encrypted", false)];
    extract(&archive, &Selection::Paths(parts.to_vec()), &root(&place), |options| options.on_clash = OnClash::Rename);
    let (before, after) = (facts(&archive), facts(&capture(&root(&place))));
    for path in [r"\secure", r"\folder\unknown fields", r"\encrypted"] {
        assert_eq!(before[path], after[path], "{path}");
    }
    assert_eq!(after.len(), 5, "{:?}", after.keys());
}

#[test]
fn what_is_staged_appears_with_its_sidecar() {
    let place = tempfile::tempdir().unwrap();
    let archive = open(everything().to_bytes());
    extract(&archive, &Selection::All, &root(&place), |options| options.staged = true);
    assert_same(&archive, &capture(&root(&place)));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2, "the folder and the sidecar");
}

#[test]
fn other_archives_are_no_sidecars() {
    let place = tempfile::tempdir().unwrap();
    let folder = root(&place);
    fs::create_dir(&folder).unwrap();
    let scan = || {
        let mut options = CaptureOptions::default();
        options.metadata = Metadata::Sidecar;
        Capture::scan(&folder, &options).unwrap_err()
    };
    assert!(matches!(scan(), Error::Io { .. }), "there is none");
    fs::write(place.path().join("root.metadata.wim"), testdata::read("wims/none.wim")).unwrap();
    assert!(scan().to_string().contains("no sidecar"));
}
