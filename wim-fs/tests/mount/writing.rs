//! What can be changed, and what becomes of it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use testdata::build::{Image, Wim};
use wim_export::{Archive, DestinationProblem, Error, ImageDiff};
use wim_format::{FileAttributes, ImageIndex, TaggedItems};
use wim_fs::{ExtractOptions, ExtractPlan, MountInfo, MountOptions, Selection};

use crate::util::{Mounted, xattr};

/// An archive in a folder of its own.
fn archive(wim: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.wim");
    fs::write(&file, wim).unwrap();
    (folder, file)
}

fn small() -> (TempDir, PathBuf) {
    let image = Image::new("x").file("/Windows/System32/a.dll", "dll").file("/b.txt", "text");
    archive(&Wim::new().image(image).to_bytes())
}

#[test]
fn what_is_not_committed_is_discarded_and_nothing_is_left() {
    if !testdata::fuse() {
        return;
    }
    let (folder, file) = small();
    let before = fs::read(&file).unwrap();
    let mounted = Mounted::writable(&file, &MountOptions::default()).unwrap();
    fs::write(mounted.path().join("new"), "new").unwrap();
    fs::remove_file(mounted.path().join("b.txt")).unwrap();
    assert!(MountInfo::of(mounted.path()).unwrap().changes > Some(1));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the staging folder is beside the archive");
    drop(mounted);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn after_a_commit_nothing_can_be_changed() {
    if !testdata::fuse() {
        return;
    }
    let (_folder, file) = small();
    let mounted = Mounted::writable(&file, &MountOptions::default()).unwrap();
    let open = File::create(mounted.path().join("new")).unwrap();
    let info = MountInfo::of(mounted.path()).unwrap();
    let Err(Error::Remote { message, .. }) = wim_fs::commit(&info) else { panic!("a file is open for writing") };
    assert!(message.contains("open for writing"), "{message}");
    drop(open);
    fs::write(mounted.path().join("new"), "data").unwrap();
    // The kernel tells of a closed file when it has the time.
    while wim_fs::commit(&info).is_err() {
        std::thread::yield_now();
    }
    let error = fs::write(mounted.path().join("b.txt"), "late").unwrap_err();
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::ROFS.raw_os_error()));
    assert_eq!(fs::read(mounted.path().join("new")).unwrap(), b"data");
    drop(mounted);
    let archive = Archive::open(&file).unwrap();
    let image = archive.image(ImageIndex::FIRST).unwrap();
    assert!(image.find("/new").is_some());
}

#[test]
fn the_archive_is_locked_meanwhile() {
    if !testdata::fuse() {
        return;
    }
    let (_folder, file) = small();
    let _mounted = Mounted::writable(&file, &MountOptions::default()).unwrap();
    let Err(Error::Destination { why, .. }) = Mounted::writable(&file, &MountOptions::default()).map(drop) else {
        panic!("mounted twice")
    };
    assert_eq!(why, DestinationProblem::Locked);
    let archive = Archive::open(&file).unwrap();
    assert!(Mounted::new(&archive, 1, &MountOptions::default()).is_ok(), "it can still be looked at");
}

#[test]
fn what_cannot_be_changed_in_place_cannot_be_mounted_so() {
    if !testdata::fuse() {
        return;
    }
    for fixture in ["wims/pipable.wim", "wims/split.swm"] {
        let (_folder, file) = archive(&testdata::read(fixture));
        assert!(Mounted::writable(&file, &MountOptions::default()).is_err(), "{fixture}");
    }
    let (_folder, file) = small();
    let mut options = MountOptions::default();
    let staging = tempfile::tempdir().unwrap();
    options.staging = Some(staging.path().to_path_buf());
    let mounted = Mounted::writable(&file, &options).unwrap();
    assert_eq!(fs::read_dir(staging.path()).unwrap().count(), 1);
    drop(mounted);
    assert_eq!(fs::read_dir(staging.path()).unwrap().count(), 0);
    options.staging = Some(staging.path().join("missing"));
    assert!(Mounted::writable(&file, &options).is_err());
}

#[test]
fn a_file_without_a_name_goes_on_until_it_is_closed() {
    if !testdata::fuse() {
        return;
    }
    let (_folder, file) = small();
    let mounted = Mounted::writable(&file, &MountOptions::default()).unwrap();
    let path = mounted.path().join("b.txt");
    let mut open = OpenOptions::new().read(true).write(true).open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    open.seek(SeekFrom::End(0)).unwrap();
    open.write_all(b" and more").unwrap();
    open.rewind().unwrap();
    let mut text = String::new();
    open.read_to_string(&mut text).unwrap();
    assert_eq!(text, "text and more");
    assert_eq!(open.metadata().unwrap().nlink(), 0);
    drop(open);
    fs::write(&path, "another").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"another");
}

#[test]
fn names_are_compared_as_windows_does_where_something_is_made() {
    if !testdata::fuse() {
        return;
    }
    let (_folder, file) = small();
    let mounted = Mounted::writable(&file, &MountOptions::default()).unwrap();
    let path = |name: &str| mounted.path().join(name);
    assert!(!path("windows").exists());
    let error = fs::create_dir(path("windows")).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    fs::rename(path("b.txt"), path("B.TXT")).unwrap();
    assert_eq!(fs::read(path("B.TXT")).unwrap(), b"text");
    assert!(fs::write(path("back\\slash"), "x").is_err());
}

#[test]
fn times_attributes_streams_and_links_are_kept() {
    if !testdata::fuse() {
        return;
    }
    let (_folder, file) = small();
    let mounted = Mounted::writable(&file, &MountOptions::default()).unwrap();
    let path = mounted.path().join("new");
    fs::write(&path, "new").unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_700);
    let open = File::options().write(true).open(&path).unwrap();
    open.set_times(fs::FileTimes::new().set_modified(time).set_accessed(time)).unwrap();
    let set = |name: &str, value: &[u8]| rustix::fs::setxattr(&path, name, value, rustix::fs::XattrFlags::empty());
    set("user.stream", b"data").unwrap();
    set("user.gone", b"data").unwrap();
    rustix::fs::removexattr(&path, "user.gone").unwrap();
    set("system.ntfs_attrib_be", &[0, 0, 0, 2]).unwrap();
    assert!(set("system.ntfs_attrib_be", &[0]).is_err());
    assert!(set("trusted.x", b"x").is_err());
    let extended = b"\x10\0\0\0\0\x02\x03\0AA\x00123\0\0\x18\0\0\0\x80\x06\x06\0LONGER\0xyzxyz\0\0\0";
    set("system.ntfs_ea", extended).unwrap();
    assert!(set("system.ntfs_ea", b"nonsense").is_err());
    assert_eq!(xattr(&path, OsStr::new("system.ntfs_ea")).unwrap(), extended);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("Windows", mounted.path().join("link")).unwrap();
    assert_eq!(xattr(&path, OsStr::new("user.stream")).unwrap(), b"data");
    drop(open);
    close(mounted);

    let archive = Archive::open(&file).unwrap();
    let image = archive.image(ImageIndex::FIRST).unwrap();
    let new = image.inode_of(image.find("/new").unwrap());
    assert_eq!(new.attributes, FileAttributes::HIDDEN);
    let extended = new.tagged.get(TaggedItems::EXTENDED_ATTRIBUTES).unwrap();
    assert_eq!(extended, b"\x03\0\x02\0AA\x00123\x06\0\x06\x80LONGER\0xyzxyz");
    assert_eq!(new.last_write_time.to_unix(), (1_700_000_000, 123_456_700));
    let named: Vec<String> = new.streams().filter_map(|stream| Some(stream.name?.to_string())).collect();
    assert_eq!(named, ["stream"]);
    let link = image.inode_of(image.find("/link").unwrap());
    assert!(link.is_reparse_point() && link.attributes.contains(FileAttributes::DIRECTORY));
}

/// Commits, once the kernel has told of all files that were closed.
fn close(mounted: Mounted) {
    let info = MountInfo::of(mounted.path()).unwrap();
    while wim_fs::commit(&info).is_err_and(|error| error.to_string().contains("open for writing")) {
        std::thread::yield_now();
    }
    mounted.commit();
}

#[test]
fn owners_and_modes_are_kept_if_asked_for() {
    if !testdata::fuse() {
        return;
    }
    let (_folder, file) = archive(&testdata::read("wims/unix-data.wim"));
    let mut options = MountOptions::default();
    options.unix_data = true;
    let mounted = Mounted::writable(&file, &options).unwrap();
    let path = mounted.path().join("hello.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir(mounted.path().join("HELLO.txt")).unwrap();
    close(mounted);
    let archive = Archive::open(&file).unwrap();
    let mounted = Mounted::new(&archive, 1, &options).unwrap();
    assert_eq!(fs::metadata(mounted.path().join("hello.txt")).unwrap().mode() & 0o7777, 0o640);
    assert!(mounted.path().join("HELLO.txt").is_dir());
}

#[test]
fn an_image_applied_to_a_mount_is_the_same_image() {
    if !testdata::fuse() {
        return;
    }
    let (_folder, file) = archive(&Wim::new().image(Image::new("x")).to_bytes());
    let source = Archive::open(testdata::path("wims/ntfs.wim")).unwrap();
    let mounted = Mounted::writable(&file, &MountOptions::default()).unwrap();
    let options = ExtractOptions::default();
    let plan = ExtractPlan::new(&source, ImageIndex::FIRST, &Selection::All, mounted.path(), options).unwrap();
    let report = plan.run(&mut ()).unwrap();
    assert!(report.skipped.is_empty(), "{:?}", report.skipped);
    close(mounted);
    let applied = Archive::open(&file).unwrap();
    let differences = ImageDiff::new((&source, ImageIndex::FIRST), (&applied, ImageIndex::FIRST), &[]).unwrap();
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn a_folder_can_be_emptied_while_it_is_listed() {
    if !testdata::fuse() {
        return;
    }
    let (_folder, file) = small();
    let mounted = Mounted::writable(&file, &MountOptions::default()).unwrap();
    let many = mounted.path().join("many");
    fs::create_dir(&many).unwrap();
    for number in 0..3000 {
        File::create(many.join(number.to_string())).unwrap();
    }
    assert_eq!(fs::read_dir(&many).unwrap().count(), 3000);
    fs::remove_dir_all(&many).unwrap();
    assert!(!Path::new(&many).exists());
}
