//! What is shown: the same as what is applied, and Windows' metadata beside.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};

use testdata::build::{Dentry, Image, Wim};
use testdata::cases::WIMS;
use testdata::content::text;
use wim_export::{Archive, ArchiveDraft, Error, ImageDiff};
use wim_format::{Compression, FileTime, ImageIndex, XmlImage};
use wim_fs::{Capture, CaptureOptions, ExtractOptions, ExtractPlan, MountOptions, Selection};

use crate::util::{Kind, Mounted, open, tree, without_place, xattr};

#[test]
fn every_image_is_shown_as_it_is_applied() {
    if !testdata::fuse() {
        return;
    }
    for case in WIMS {
        let Ok(archive) = open(case) else { continue };
        for number in 1..=archive.image_count() {
            let mounted = Mounted::new(&archive, number, &MountOptions::default()).unwrap();
            let place = tempfile::tempdir().unwrap();
            let image = ImageIndex::new(number).unwrap();
            let plan = ExtractPlan::new(&archive, image, &Selection::All, place.path(), ExtractOptions::default());
            let report = plan.unwrap().run(&mut ()).unwrap();
            let mut ours = without_place(mounted.tree(), mounted.path());
            let mut applied = without_place(tree(place.path()), place.path());
            for skipped in &report.skipped {
                // What only Windows knows is shown as a file, and not applied.
                ours.remove(skipped.path.trim_start_matches('\\'));
            }
            ours.values_mut().chain(applied.values_mut()).for_each(|shown| shown.xattrs.clear());
            assert!(ours == applied, "{} image {number}\n{ours:?}\n{applied:?}", case.file);
            assert_eq!(mounted.messages(), [""; 0], "{}", case.file);
        }
    }
}

#[test]
fn windows_metadata_is_there_for_whoever_asks() {
    if !testdata::fuse() {
        return;
    }
    let archive = Archive::open(testdata::path("wims/ntfs.wim")).unwrap();
    let mounted = Mounted::new(&archive, 1, &MountOptions::default()).unwrap();
    let get = |file: &str, name: &str| xattr(&mounted.path().join(file), OsStr::new(name));
    assert_eq!(get("hidden.sys", "system.ntfs_attrib_be").unwrap().len(), 4);
    assert_eq!(get("plain.txt", "system.ntfs_times_be").unwrap().len(), 32);
    assert!(get("Long Name.txt", "system.ntfs_dos_name").is_some());
    assert!(get("object id.txt", "system.ntfs_object_id").is_some());
    assert!(get("junction", "system.ntfs_reparse_data").is_some());
    assert!(get("wof.dll", "system.ntfs_reparse_data").is_some());
    assert_eq!(get("plain.txt", "system.ntfs_reparse_data"), None);
    assert_eq!(get("folder", "user.on a folder").unwrap(), b"ads");
    assert_eq!(get("plain.txt", "user.no such stream"), None);
}

#[test]
fn what_is_captured_of_a_mount_is_what_was_mounted() {
    if !testdata::fuse() {
        return;
    }
    let archive = Archive::open(testdata::path("wims/ntfs.wim")).unwrap();
    let mounted = Mounted::new(&archive, 1, &MountOptions::default()).unwrap();
    let mut draft = ArchiveDraft::new(Compression::None);
    let capture = Capture::scan(mounted.path(), &CaptureOptions::default()).unwrap();
    capture.add_to(&mut draft, XmlImage::new(), FileTime(1), None, &mut ()).unwrap();
    let captured = draft.finish().unwrap();
    let (old, new) = ((&archive, ImageIndex::FIRST), (&captured, ImageIndex::FIRST));
    let differences = ImageDiff::new(old, new, &[]).unwrap();
    // The kernel does not let anybody see the named streams of a link.
    let changed: Vec<&str> = differences.changed.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(changed, [r"\folder\link with stream"]);
    assert!(differences.added.is_empty() && differences.removed.is_empty() && differences.renamed.is_empty());
}

#[test]
fn any_part_of_a_file_can_be_read() {
    if !testdata::fuse() {
        return;
    }
    let data = text(5, 700_000);
    let wim = Wim::new().codec(testdata::build::Codec::Lzx).image(Image::new("x").file("/f", &data)).to_bytes();
    let archive = Archive::from_source(std::sync::Arc::new(wim)).unwrap();
    for memory in [None, Some(1 << 17)] {
        let mut options = MountOptions::default();
        options.memory = memory;
        let mounted = Mounted::new(&archive, 1, &options).unwrap();
        let file = File::open(mounted.path().join("f")).unwrap();
        for offset in [650_000, 10, 400_001, 0, 699_999] {
            let mut buffer = [0; 1000];
            let len = file.read_at(&mut buffer, offset).unwrap();
            assert!(buffer[..len] == data[offset as usize..][..len] && len >= 1, "{offset}");
        }
        assert!(fs::read(mounted.path().join("f")).unwrap() == data);
    }
}

#[test]
fn owners_and_modes_are_shown_if_asked_for() {
    if !testdata::fuse() {
        return;
    }
    let archive = Archive::open(testdata::path("wims/unix-data.wim")).unwrap();
    let mut options = MountOptions::default();
    let mode = |options: &MountOptions| {
        let mounted = Mounted::new(&archive, 1, options).unwrap();
        fs::metadata(mounted.path().join("hello.txt")).unwrap().mode() & 0o7777
    };
    assert_eq!(mode(&options), 0o777);
    options.unix_data = true;
    assert_eq!(mode(&options), 0o644);
}

#[test]
fn hard_links_are_one_file_and_links_lead_into_the_mount() {
    if !testdata::fuse() {
        return;
    }
    let archive = Archive::open(testdata::path("wims/links.wim")).unwrap();
    let mounted = Mounted::new(&archive, 1, &MountOptions::default()).unwrap();
    let inode = |name: &str| fs::metadata(mounted.path().join(name)).unwrap().ino();
    assert_eq!(inode("docs/hard.txt"), inode("links/hard.txt"));
    assert_eq!(inode("links/soft.txt"), inode("links/target.txt"));
    let link = fs::symlink_metadata(mounted.path().join("links/soft.txt")).unwrap();
    assert_eq!(link.len(), "target.txt".len() as u64);
}

#[test]
fn what_no_file_can_be_called_is_not_shown_and_counted() {
    if !testdata::fuse() {
        return;
    }
    let image = Image::new("x").file("/a", "a").file("/A", "A").add("/", Dentry::file("../evil", "EVIL"));
    let archive = Archive::from_source(std::sync::Arc::new(Wim::new().image(image).to_bytes())).unwrap();
    let mounted = Mounted::new(&archive, 1, &MountOptions::default()).unwrap();
    let names: Vec<String> = mounted.tree().into_keys().collect();
    assert_eq!(names, ["A", "a"]);
    assert_eq!(mounted.mount().hidden().len(), 1);
    assert_eq!(mounted.tree()["A"].kind, Kind::File(b"A".to_vec()));
}

#[test]
fn a_mount_point_is_an_empty_folder() {
    if !testdata::fuse() {
        return;
    }
    let archive = Archive::open(testdata::path("wims/links.wim")).unwrap();
    let mounted = Mounted::new(&archive, 1, &MountOptions::default()).unwrap();
    let again = |path: &std::path::Path| {
        wim_fs::Mount::read_only(&archive, ImageIndex::FIRST, path, &MountOptions::default(), Box::new(|_| {}))
    };
    let Err(Error::InvalidArgument { expected, .. }) = again(mounted.path()) else { panic!("mounted twice") };
    assert!(expected.contains("mounted there already"), "{expected}");
    let full = tempfile::tempdir().unwrap();
    fs::write(full.path().join("x"), "x").unwrap();
    assert!(matches!(again(full.path()), Err(Error::InvalidArgument { .. })));
    assert!(matches!(again(&full.path().join("x")), Err(Error::Io { .. })));
    assert!(matches!(again(&full.path().join("missing")), Err(Error::Io { .. })));
}
