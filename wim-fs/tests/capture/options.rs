//! What is left out, reproducible images, updates of earlier ones.

use std::fs;
use std::time::{Duration, SystemTime};

use wim_export::{Archive, ArchiveDraft, Error};
use wim_format::{Compression, FileTime, ImageIndex, XmlImage};
use wim_fs::{Capture, CaptureConfig, CaptureOptions};

use crate::util::{NOW, capture, open};

fn paths(archive: &Archive) -> Vec<String> {
    let image = archive.image(ImageIndex::FIRST).unwrap();
    image.walk().skip(1).map(|(id, _)| image.path(id)).collect()
}

#[test]
fn the_configuration_says_what_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pagefile.sys", "a.tmp", "logs/x.log", "logs/keep.log", "sub/pagefile.sys"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    let mut options = CaptureOptions::default();
    let (bytes, report) = capture(folder.path(), &options);
    assert_eq!(report.excluded, 1);
    assert!(!paths(&open(bytes)).contains(&r"\pagefile.sys".to_owned()));
    options.config =
        CaptureConfig::parse("[ExclusionList]\n*.tmp\n\\logs\n[ExclusionException]\n\\logs\\keep.log").unwrap();
    let found = paths(&open(capture(folder.path(), &options).0));
    assert_eq!(found, [r"\logs", r"\logs\keep.log", r"\pagefile.sys", r"\sub", r"\sub\pagefile.sys"]);
}

#[test]
fn the_archive_that_is_written_is_not_captured() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("x.wim");
    fs::write(&archive, "an old archive").unwrap();
    let mut options = CaptureOptions::default();
    options.exclude = vec![archive];
    let (_, report) = capture(folder.path(), &options);
    assert_eq!((report.files, report.skipped.len()), (0, 1));
}

#[test]
fn equal_folders_make_equal_archives_if_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let names: Vec<String> = (0..40).map(|number| format!("file {number}")).collect();
    for (root, names) in [(&one, names.clone()), (&two, names.into_iter().rev().collect())] {
        fs::create_dir(root).unwrap();
        for name in names {
            fs::write(root.join(&name), name.repeat(50)).unwrap();
            fs::File::options().write(true).open(root.join(&name)).unwrap().set_modified(time).unwrap();
        }
        fs::File::open(root).unwrap().set_modified(time).unwrap();
    }
    let mut options = CaptureOptions::default();
    options.reproducible = Some(FileTime(u64::MAX));
    let first = capture(&one, &options).0;
    std::thread::sleep(Duration::from_millis(20));
    fs::read(two.join("file 1")).unwrap();
    assert!(first == capture(&two, &options).0);
    options.reproducible = Some(FileTime::from_unix_seconds(1_600_000_000));
    let image = open(capture(&one, &options).0).image(ImageIndex::FIRST).unwrap();
    assert!(image.inodes().iter().all(|inode| inode.last_write_time == options.reproducible.unwrap()));
}

#[test]
fn unchanged_files_are_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["same", "changed", "touched"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let mut options = CaptureOptions::default();
    let earlier = open(capture(folder.path(), &options).0);
    fs::write(folder.path().join("changed"), "longer than it was").unwrap();
    let touched = fs::File::options().write(true).open(folder.path().join("touched")).unwrap();
    touched.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    options.template = Some((earlier, ImageIndex::FIRST));
    let (bytes, report) = capture(folder.path(), &options);
    assert_eq!((report.files, report.unchanged), (3, 1));
    let archive = open(bytes);
    let image = archive.image(ImageIndex::FIRST).unwrap();
    for (name, content) in [("same", "same"), ("changed", "longer than it was"), ("touched", "touched")] {
        let hash = image.inode_of(image.find(name).unwrap()).data_hash();
        assert_eq!(archive.read_blob(&hash, 0..content.len() as u64).unwrap(), content.as_bytes());
    }
}

#[test]
fn a_file_that_changes_meanwhile_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("f"), "one").unwrap();
    let capture = Capture::scan(folder.path(), &CaptureOptions::default()).unwrap();
    fs::write(folder.path().join("f"), "another").unwrap();
    let mut draft = ArchiveDraft::new(Compression::None);
    let error = capture.add_to(&mut draft, XmlImage::new(), NOW, None, &mut ()).unwrap_err();
    assert!(matches!(&error, Error::SourceChanged { path } if path.ends_with("f")), "{error:?}");
}
