//! wimlib applies the same tree of what this library captures, and captures the same image.

use std::fs;
use std::path::Path;
use std::process::Command;

use wim_export::Archive;
use wim_format::{ImageIndex, ImageMetadata, Sha1Hash, StreamKind};
use wim_fs::CaptureOptions;

use crate::trees::make;
use crate::util::{apply, capture, open, tree};

fn run(wimlib: &Path, arguments: &[&std::ffi::OsStr]) {
    let run = Command::new(wimlib).args(arguments).output().unwrap();
    assert!(run.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn wimlib_applies_what_is_captured_here() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let folder = tempfile::tempdir().unwrap();
    let [source, copy, file] = ["source", "copy", "x.wim"].map(|name| folder.path().join(name));
    fs::create_dir(&source).unwrap();
    make(&source);
    let mut options = CaptureOptions::default();
    options.unix_data = true;
    fs::write(&file, capture(&source, &options).0).unwrap();
    run(&wimlib, &["verify".as_ref(), file.as_os_str()]);
    run(&wimlib, &["apply".as_ref(), file.as_os_str(), "1".as_ref(), copy.as_os_str(), "--unix-data".as_ref()]);
    assert!(tree(&source) == tree(&copy));
}

/// What two captures of one folder must agree on: path, attributes, times, streams, number of names.
type Facts = (String, u32, u64, u64, Vec<(StreamKind, Sha1Hash)>, u32);

fn facts(archive: &Archive) -> Vec<Facts> {
    let image: ImageMetadata = archive.image(ImageIndex::FIRST).unwrap();
    let facts = image.walk().skip(1).map(|(id, dentry)| {
        let inode = image.inode(dentry.inode);
        // wimlib also lists an empty stream for links to directories.
        let streams = inode.streams().filter(|stream| !stream.hash.is_zero());
        let streams = streams.map(|stream| (stream.kind, stream.hash)).collect();
        let (written, created) = (inode.last_write_time.0, inode.creation_time.0);
        (image.path(id), inode.attributes.0, written, created, streams, inode.link_count)
    });
    facts.collect()
}

#[test]
fn wimlib_captures_the_same_image_and_what_it_captures_is_applied_here() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let folder = tempfile::tempdir().unwrap();
    let [source, copy, file] = ["source", "copy", "x.wim"].map(|name| folder.path().join(name));
    fs::create_dir(&source).unwrap();
    make(&source);
    let arguments = ["capture".as_ref(), source.as_os_str(), file.as_os_str(), "--unix-data".as_ref()];
    run(&wimlib, &[&arguments[..], &["--compress=none".as_ref()]].concat());
    let theirs = Archive::open(&file).unwrap();
    let mut options = CaptureOptions::default();
    options.unix_data = true;
    let ours = open(capture(&source, &options).0);
    let (expected, found) = (facts(&theirs), facts(&ours));
    for (theirs, ours) in expected.iter().zip(&found) {
        assert_eq!(theirs, ours);
    }
    assert_eq!(expected.len(), found.len());
    apply(&theirs, &copy, |options| options.unix_data = true);
    assert!(tree(&source) == tree(&copy));
}
