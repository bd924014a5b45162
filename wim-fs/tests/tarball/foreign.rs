//! Archives of other programs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use tar::EntryType;
use wim_format::{FileAttributes, FileTime, ImageIndex, ReparseInfo, TaggedItems};
use wim_fs::{Capture, CaptureOptions, OnDuplicate, TarOptions};

use crate::common::{facts, finish};
use crate::util::{Tar, both, read, stream};

fn unix() -> TarOptions {
    let mut options = TarOptions::default();
    options.unix_data = true;
    options
}

/// Files that need no rights to make, with long names, holes and links.
fn make(root: &Path) {
    let deep = root.join("d".repeat(120)).join("e".repeat(130));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("f".repeat(200)), "deep").unwrap();
    fs::hard_link(deep.join("f".repeat(200)), root.join("second name")).unwrap();
    fs::write(root.join("ü"), "two\nlines").unwrap();
    fs::write(root.join("empty"), "").unwrap();
    let sparse = fs::File::create(root.join("sparse")).unwrap();
    sparse.set_len(3 << 20).unwrap();
    for at in [0, 1 << 20, (3 << 20) - 5] {
        std::os::unix::fs::FileExt::write_all_at(&sparse, b"data!", at).unwrap();
    }
    symlink("second name", root.join("link")).unwrap();
    symlink("/etc/passwd", root.join("outside")).unwrap();
    symlink(format!("{}/../{}", "d".repeat(120), "d".repeat(120)), root.join("to folder")).unwrap();
    fs::set_permissions(root.join("empty"), fs::Permissions::from_mode(0o4751)).unwrap();
}

#[test]
fn what_gnu_tar_packs_is_what_a_capture_finds() {
    let Some(tar) = testdata::peer("tar") else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir(&root).unwrap();
    make(&root);
    let mut options = CaptureOptions::default();
    options.unix_data = true;
    let expected = facts(&finish(Capture::scan(&root, &options).unwrap()));
    for format in [
        &["--format=pax"][..],
        &["--format=gnu"],
        &["--format=gnu", "--sparse"],
        &["--format=pax", "--sparse"],
        &["--format=pax", "--sparse", "--sparse-version=0.0"],
        &["--format=pax", "--sparse", "--sparse-version=0.1"],
    ] {
        let mut command = Command::new(&tar);
        // The order is that of the folder, and times of access are changed by reading.
        let packed =
            command.args(format).args(["-c", "--sort=name", "--numeric-owner", "-C"]).arg(&root).arg(".").output();
        let packed = packed.unwrap();
        assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
        let capture = both(&packed.stdout, &unix()).unwrap();
        assert!(capture.report().skipped.is_empty(), "{:?}", capture.report().skipped);
        let found = facts(&finish(capture));
        for (path, facts) in &expected {
            let of = |facts: &[String]| -> Vec<String> {
                let kept = |fact: &&String| !fact.starts_with("times") && !fact.starts_with("attributes");
                facts.iter().filter(kept).cloned().collect()
            };
            assert_eq!(Some(of(facts)), found.get(path).map(|facts| of(facts)), "{format:?} {path}");
        }
        assert_eq!(expected.len(), found.len());
    }
}

#[test]
fn owners_modes_devices_and_attributes_are_kept_if_asked_for() {
    let tar = Tar::new()
        .records(&[("SCHILY.xattr.user.a", b"1\n2"), ("LIBARCHIVE.xattr.user.b%3D", b"eA"), ("mtime", b"1.5")])
        .file("f", "data")
        .entry(EntryType::Fifo, "pipe", "", "")
        .entry(EntryType::Char, "null", "", "")
        .finish();
    let without = both(&tar, &TarOptions::default()).unwrap();
    assert_eq!((without.report().files, without.report().skipped.len()), (1, 2));
    let archive = finish(both(&tar, &unix()).unwrap());
    let image = archive.image(ImageIndex::FIRST).unwrap();
    let inode = |path: &str| image.inode_of(image.find(path).unwrap());
    let mode = |path: &str| {
        u32::from_le_bytes(inode(path).tagged.get(TaggedItems::UNIX_DATA).unwrap()[8..12].try_into().unwrap())
    };
    assert_eq!([mode("/f"), mode("/pipe"), mode("/null")], [0o100_640, 0o010_640, 0o020_640]);
    let attributes = inode("/f").tagged.get(TaggedItems::EXTENDED_ATTRIBUTES).unwrap();
    assert_eq!(attributes, b"\x03\0\x06\0user.a\x001\n2\x01\0\x07\0user.b=\x00x");
    assert_eq!(inode("/f").last_write_time, FileTime(FileTime::UNIX_EPOCH.0 + 15_000_000));
}

#[test]
fn folders_may_follow_what_is_in_them_or_be_missing() {
    let tar = Tar::new().file("a/b/c", "1").entry(EntryType::Directory, "a/", "", "").entry(
        EntryType::Directory,
        "./",
        "",
        "",
    );
    let archive = finish(both(&tar.finish(), &unix()).unwrap());
    let image = archive.image(ImageIndex::FIRST).unwrap();
    let inode = |path: &str| image.inode_of(image.find(path).unwrap());
    assert!(inode("/a").tagged.get(TaggedItems::UNIX_DATA).is_some(), "it has an entry of its own");
    assert!(inode("/a/b").tagged.is_empty(), "it has none");
    assert_eq!(inode("/a/b").last_write_time, FileTime::from_unix_seconds(1_700_000_000));
    assert!(image.inode_of(image.root()).tagged.get(TaggedItems::UNIX_DATA).is_some());
}

#[test]
fn of_a_name_that_comes_twice_the_last_counts_if_asked_for() {
    let tar = Tar::new().file("f", "old").entry(EntryType::Link, "g", "f", "").file("f", "new").finish();
    let mut options = TarOptions::default();
    options.on_duplicate = OnDuplicate::Last;
    let archive = finish(both(&tar, &options).unwrap());
    let image = archive.image(ImageIndex::FIRST).unwrap();
    let data = |path: &str| archive.read_blob(&image.inode_of(image.find(path).unwrap()).data_hash(), 0..3).unwrap();
    assert_eq!((data("/f"), data("/g")), (b"new".to_vec(), b"old".to_vec()));
}

#[test]
fn links_to_folders_are_links_to_folders() {
    let tar = Tar::new()
        .entry(EntryType::Symlink, "before", "d", "")
        .entry(EntryType::Directory, "d", "", "")
        .entry(EntryType::Symlink, "d/up", "../d", "")
        .entry(EntryType::Symlink, "file", "f", "")
        .file("f", "")
        .entry(EntryType::Link, "again", "before", "");
    let archive = finish(both(&tar.finish(), &TarOptions::default()).unwrap());
    let image = archive.image(ImageIndex::FIRST).unwrap();
    for (path, is_to_folder) in [("/before", true), ("/d/up", true), ("/file", false), ("/again", true)] {
        let attributes = image.inode_of(image.find(path).unwrap()).attributes;
        assert_eq!(attributes.contains(FileAttributes::DIRECTORY), is_to_folder, "{path}");
        assert!(attributes.contains(FileAttributes::REPARSE_POINT), "{path}");
    }
}

/// As the layers of Windows' containers are: attributes and descriptors as records, streams as entries, junctions as links.
#[test]
fn layers_of_windows_containers_are_understood() {
    let descriptor = testdata::build::descriptor(1);
    let base64 = "AQAEgBQAAAAkAAAAAAAAADQAAAABAgAAAAAABSAAAAAgAgAAAQIAAAAAAAUgAAAAIAIAAAIAIAABAAAAAAAYAAEAAAABAgAAAAAABSAAAAAgAgAA";
    let tar = Tar::new()
        .records(&[("MSWINDOWS.fileattr", b"33"), ("MSWINDOWS.rawsd", base64.as_bytes())])
        .file("Files/x.txt", "main")
        .file("Files/x.txt:Zone.Identifier", "zone")
        .records(&[("MSWINDOWS.fileattr", b"1040"), ("MSWINDOWS.mountpoint", b"1")])
        .entry(EntryType::Symlink, "Files/junction", "C:/target", "")
        .records(&[("MSWINDOWS.fileattr", b"32"), ("MSWINDOWS.xattr.EA", b"AQI=")])
        .file("Files/ea", "")
        .file("Files/a:b", "no stream: its name begins with no other's")
        .finish();
    let archive = finish(both(&tar, &unix()).unwrap());
    let image = archive.image(ImageIndex::FIRST).unwrap();
    let inode = |path: &str| image.inode_of(image.find(path).unwrap());
    let file = inode("/Files/x.txt");
    assert_eq!((file.attributes.0, file.streams().count()), (0x21, 2));
    assert_eq!(image.security().get(file.security_id.unwrap()), Some(&descriptor[..]));
    assert!(file.tagged.is_empty(), "its owner and mode mean nothing");
    let junction = inode("/Files/junction");
    assert_eq!((junction.attributes.0, junction.reparse.unwrap().tag), (0x410, ReparseInfo::MOUNT_POINT));
    assert!(inode("/Files/ea").tagged.get(TaggedItems::EXTENDED_ATTRIBUTES).is_some());
    assert!(image.find("/Files/a:b").is_some());
}

#[test]
fn times_are_clamped_if_asked_for() {
    let mut options = TarOptions::default();
    options.reproducible = Some(FileTime::from_unix_seconds(1_600_000_000));
    let archive = finish(read(&Tar::new().file("f", "1").finish(), &options).unwrap());
    let image = archive.image(ImageIndex::FIRST).unwrap();
    let inode = image.inode_of(image.find("/f").unwrap());
    assert_eq!(inode.last_write_time, FileTime::from_unix_seconds(1_600_000_000));
}

#[test]
fn data_of_a_stream_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let tar = Tar::new().file("f", "some data").finish();
    let source = wim_fs::TarSource::stream("x", &tar[..], folder.path());
    let archive = finish(Capture::from_tar(source, &TarOptions::default(), &mut ()).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
    let image = archive.image(ImageIndex::FIRST).unwrap();
    let hash = image.inode_of(image.find("/f").unwrap()).data_hash();
    assert_eq!(archive.read_blob(&hash, 0..9).unwrap(), b"some data");
    assert!(stream(&tar, &TarOptions::default()).is_ok());
}
