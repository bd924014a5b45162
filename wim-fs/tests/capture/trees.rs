//! What is in a folder is in the image, and the other way round.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use wim_export::{Error, verify};
use wim_format::{FileAttributes, ImageIndex, ReparseInfo};
use wim_fs::{Capture, CaptureOptions};

use crate::util::{apply, capture, open, tree};

/// Files of every kind that needs no rights to make.
pub(crate) fn make(root: &std::path::Path) {
    testdata::trees::mixed().write(&root.join("mixed")).unwrap();
    fs::create_dir_all(root.join("empty/deep")).unwrap();
    fs::write(root.join("zero"), "").unwrap();
    fs::write(root.join("large"), testdata::content::code(3, 3 << 20)).unwrap();
    fs::hard_link(root.join("large"), root.join("empty/link")).unwrap();
    fs::write(root.join("sparse"), "").unwrap();
    fs::File::options().write(true).open(root.join("sparse")).unwrap().set_len(1 << 20).unwrap();
    symlink("../large", root.join("empty/relative")).unwrap();
    symlink("/etc/passwd", root.join("absolute")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    symlink("empty", root.join("to folder")).unwrap();
    fs::set_permissions(root.join("zero"), fs::Permissions::from_mode(0o640)).unwrap();
}

#[test]
fn a_folder_survives_capture_and_apply() {
    let folder = tempfile::tempdir().unwrap();
    let (source, copy) = (folder.path().join("source"), folder.path().join("copy"));
    fs::create_dir(&source).unwrap();
    make(&source);
    let mut options = CaptureOptions::default();
    options.unix_data = true;
    let (bytes, report) = capture(&source, &options);
    assert!(report.skipped.is_empty(), "{:?}", report.skipped);
    let archive = open(bytes);
    let verdict = verify(&archive, &wim_export::VerifyOptions::default(), &mut ()).unwrap();
    assert!(verdict.is_ok() && verdict.warnings.is_empty(), "{verdict:?}");
    apply(&archive, &copy, |options| options.unix_data = true);
    let (expected, found) = (tree(&source), tree(&copy));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (path, entry) in &expected {
        assert!(found[path] == *entry, "{path}");
    }
}

#[test]
fn kinds_links_and_counts_are_as_windows_has_them() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let (bytes, report) = capture(folder.path(), &CaptureOptions::default());
    let archive = open(bytes);
    let image = archive.image(ImageIndex::FIRST).unwrap();
    let inode = |path: &str| image.inode_of(image.find(path).unwrap());
    assert_eq!(inode("/zero").attributes, FileAttributes::NORMAL);
    assert_eq!(inode("/sparse").attributes, FileAttributes::SPARSE);
    assert_eq!((inode("/large").link_count, report.hard_links > 0), (2, true));
    let link = inode("/to folder");
    assert!(link.attributes.contains(FileAttributes::DIRECTORY.with(FileAttributes::REPARSE_POINT)));
    assert_eq!(link.reparse.unwrap().tag, ReparseInfo::SYMLINK);
    let xml = archive.xml().image(ImageIndex::FIRST).unwrap();
    assert_eq!(xml.dir_count(), Some(report.directories));
    assert_eq!(xml.file_count(), Some(report.files + report.hard_links + report.symlinks));
    assert_eq!(xml.creation_time(), Some(crate::util::NOW));
}

#[test]
fn absolute_links_into_the_folder_lead_into_whatever_it_is_applied_to() {
    let folder = tempfile::tempdir().unwrap();
    let (source, copy) = (folder.path().join("source"), folder.path().join("copy"));
    fs::create_dir_all(source.join("sub")).unwrap();
    symlink(source.join("sub"), source.join("inside")).unwrap();
    symlink(folder.path(), source.join("outside")).unwrap();
    let archive = open(capture(&source, &CaptureOptions::default()).0);
    apply(&archive, &copy, |options| options.fix_links = Some(true));
    assert_eq!(fs::read_link(copy.join("inside")).unwrap(), copy.canonicalize().unwrap().join("sub"));
    assert_eq!(fs::read_link(copy.join("outside")).unwrap(), folder.path());
}

#[test]
fn what_an_image_cannot_have_is_left_out_and_counted() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a\\b"), "1").unwrap();
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xFF")), "2").unwrap();
    fs::write(folder.path().join("good"), "3").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let (bytes, report) = capture(folder.path(), &CaptureOptions::default());
    assert_eq!((report.files, report.skipped.len()), (1, 3), "{:?}", report.skipped);
    assert_eq!(open(bytes).image(ImageIndex::FIRST).unwrap().entry_count(), 2);
}

#[test]
fn what_is_no_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("f"), "1").unwrap();
    for name in ["f", "absent"] {
        let error = Capture::scan(&folder.path().join(name), &CaptureOptions::default()).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error}");
    }
}
