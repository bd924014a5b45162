//! `to_bytes(parse(b)) == b` for the metadata of images: what other writers wrote and nobody changed is written back byte
//! for byte. And what we wrote, other readers accept.

mod util;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testdata::build::{self, Wim, sha1};
use testdata::cases::{Case, WIMS, Writer};
use util::Archive;
use wim_format::{DentryId, FileTime, ImageMetadata, Inode, Limits, NewStream, ReparseInfo, Sha1Hash, StreamKind};

fn parse(bytes: &[u8]) -> ImageMetadata {
    ImageMetadata::parse(bytes, &Limits::default()).unwrap()
}

/// Asserts that the metadata that is stored uncompressed is written back as it was; gives the number of images.
#[track_caller]
fn assert_identical(file: Vec<u8>, name: &str) -> usize {
    let archive = Archive::new(file).unwrap_or_else(|error| panic!("{name}: {error}"));
    let metadata = archive.stored_metadata().unwrap_or_else(|error| panic!("{name}: {error}"));
    for (i, bytes) in metadata.iter().enumerate() {
        let image = parse(bytes);
        assert_eq!(image.warnings(), [], "{name}, image {}", i + 1);
        assert!(image.to_bytes() == *bytes, "{name}, image {}", i + 1);
    }
    metadata.len()
}

/// The example of the format's description: the root, and `a.txt` with "hello" in it.
#[test]
fn the_golden_vector() {
    let time = FileTime(0x01DA_0000_0000_0000);
    let timed = |inode| Inode { creation_time: time, last_access_time: time, last_write_time: time, ..inode };
    let mut image = ImageMetadata::new();
    *image.inode_mut(wim_format::InodeId(0)) = timed(image.inode_of(image.root()).clone());
    image.add_child(image.root(), "a.txt".into(), timed(Inode::file(Sha1Hash(sha1(b"hello"))))).unwrap();

    let times = [[0, 0, 0, 0, 0, 0, 0xDA, 0x01]; 3].concat();
    let no_security_id = [0xFF; 4];
    let mut golden = vec![8, 0, 0, 0, 0, 0, 0, 0];
    golden.extend([0x68, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0]);
    golden.extend(no_security_id);
    golden.extend([0x78, 0, 0, 0, 0, 0, 0, 0]);
    golden.extend([0; 16]);
    golden.extend(&times);
    golden.extend([0; 20 + 4 + 8 + 2 + 2 + 2 + 2]);
    golden.extend([0; 8]);
    golden.extend([0x78, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0]);
    golden.extend(no_security_id);
    golden.extend([0; 24]);
    golden.extend(&times);
    golden.extend([0xAA, 0xF4, 0xC6, 0x1D, 0xDC, 0xC5, 0xE8, 0xA2, 0xDA, 0xBE]);
    golden.extend([0xDE, 0x0F, 0x3B, 0x48, 0x2C, 0xD9, 0xAE, 0xA9, 0x43, 0x4D]);
    golden.extend([0; 4 + 8 + 2 + 2]);
    golden.extend(b"\x0A\0a\0.\0t\0x\0t\0\0\0");
    golden.extend([0; 6]);
    golden.extend([0; 8]);

    assert_eq!(golden.len(), 0xF8);
    assert_eq!(image.to_bytes(), golden);
    assert_eq!(parse(&golden).to_bytes(), golden);
}

#[test]
fn of_our_fixtures() {
    let ours = WIMS.iter().filter(|case| case.writer != Writer::SevenZip);
    let images: usize = ours.map(|case| assert_identical(testdata::read(case.file), case.file)).sum();
    assert_ne!(images, 0);
}

/// 7-Zip leaves room after some names and not after others, so that the names of a file differ. What it means is kept.
#[test]
fn of_7_zip_but_for_padding() {
    let is_7_zip = |case: &&Case| case.writer == Writer::SevenZip;
    for case in WIMS.iter().filter(is_7_zip) {
        let archive = Archive::new(testdata::read(case.file)).unwrap();
        for bytes in archive.stored_metadata().unwrap() {
            let image = parse(bytes);
            let written = image.to_bytes();
            assert_eq!(image.warnings(), [], "{}", case.file);
            assert_eq!(written.len().abs_diff(bytes.len()) % 8, 0);
            assert!(parse(&written).to_bytes() == written, "{}", case.file);
        }
    }
}

/// The files that Microsoft's software, wimlib and 7-Zip made, and that the project does not carry.
#[test]
fn of_others_files() {
    let mut images = 0;
    for folder in ["hounsell-DecryptESD", "dissect.archive", "pywimparser"] {
        for path in wims_in(&format!("wims/{folder}")).into_iter().filter(|path| !is_damaged(path)) {
            images += assert_identical(fs::read(&path).unwrap(), &path.display().to_string());
        }
    }
    println!("{images} images");
}

/// Files that are no WIM at all.
fn is_damaged(path: &Path) -> bool {
    path.file_name().unwrap().to_str().unwrap().starts_with("Error-")
}

fn wims_in(folder: &str) -> Vec<PathBuf> {
    let Some(folder) = testdata::shared(folder) else { return Vec::new() };
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "wim")).collect()
}

fn run(program: &Path, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {arguments:?}:\n{text}", program.display());
}

/// wimlib decompresses for us: an image that it exports keeps its metadata.
#[test]
fn of_compressed_files() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let work = tempfile::tempdir().unwrap();
    let whole = |case: &&Case| case.references.is_empty() && case.writer != Writer::SevenZip;
    let fixtures = WIMS.iter().filter(whole).map(|case| testdata::path(case.file));
    let microsofts = ["wims/hounsell-DecryptESD", "wims/dissect.archive"].into_iter().flat_map(wims_in);
    for (i, path) in fixtures.chain(microsofts).filter(|path| !is_damaged(path)).enumerate() {
        let exported = work.path().join(format!("{i}.wim"));
        run(&wimlib, &["export", path.to_str().unwrap(), "all", exported.to_str().unwrap(), "--compress=none"]);
        assert_ne!(assert_identical(fs::read(&exported).unwrap(), path.to_str().unwrap()), 0);
    }
}

/// An image that wimlib changed is written by wimlib anew, by its own rules for streams, links and order.
#[test]
fn of_images_that_wimlib_changed() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("new"), "new").unwrap();
    for name in ["ntfs.wim", "none.wim", "7zz.wim"] {
        let changed = work.path().join(name);
        fs::copy(testdata::path(&format!("wims/{name}")), &changed).unwrap();
        let command = format!("--command=add '{}' /new", work.path().join("new").display());
        run(&wimlib, &["update", changed.to_str().unwrap(), "1", &command]);
        assert_ne!(assert_identical(fs::read(&changed).unwrap(), name), 0);
    }
}

/// A tree made by hand, with everything that can be made.
fn made_by_hand(blobs: [Sha1Hash; 3]) -> ImageMetadata {
    let [data, ads, reparse] = blobs;
    let mut image = ImageMetadata::new();
    let root = image.root();
    let security_id = image.security_mut().insert(&build::descriptor(0x001F_01FF));
    let add = |image: &mut ImageMetadata, parent: DentryId, name: &str, inode: Inode| {
        image.add_child(parent, name.into(), Inode { security_id, ..inode }).unwrap()
    };
    let dir = add(&mut image, root, "Windows", Inode::directory());
    let file = add(&mut image, dir, "file.txt", Inode::file(data));
    image.set_short_name(file, "FILE~1.TXT".into()).unwrap();
    image.add_link(root, "link.txt".into(), image.dentry(file).inode).unwrap();
    let streams = add(&mut image, dir, "streams", Inode::file(data));
    let streams = image.dentry(streams).inode;
    let stream = |kind, name: &str, hash| NewStream { kind, name: name.into(), hash };
    let named = vec![stream(StreamKind::Data, "", data), stream(StreamKind::Named, "ads", ads)];
    image.inode_mut(streams).set_streams(named).unwrap();
    let mut link = Inode::file(Sha1Hash::ZERO);
    link.attributes = link.attributes.with(wim_format::FileAttributes::REPARSE_POINT);
    link.reparse = Some(ReparseInfo { tag: ReparseInfo::SYMLINK, reserved: 0, flags: ReparseInfo::NOT_FIXED });
    link.set_streams(vec![stream(StreamKind::Reparse, "", reparse)]).unwrap();
    add(&mut image, root, "symlink", link);
    let moved = add(&mut image, root, "moved", Inode::directory());
    image.rename(moved, dir, "Moved here".into()).unwrap();
    let removed = add(&mut image, dir, "removed", Inode::directory());
    image.remove(removed).unwrap();
    image
}

#[test]
fn what_we_wrote_others_accept() {
    let blobs = [b"data".to_vec(), b"ads".to_vec(), build::reparse::symlink("link.txt", "link.txt", true)];
    let image = made_by_hand([0, 1, 2].map(|i| Sha1Hash(sha1(&blobs[i]))));
    let written = image.to_bytes();
    let parsed = parse(&written);
    assert_eq!(parsed.warnings(), []);
    assert_eq!(parsed.to_bytes(), written);

    let archive = blobs.iter().fold(Wim::new(), |wim, blob| wim.unreferenced(blob));
    let archive = archive.image(build::Image::of_bytes("x", written));
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("x.wim");
    fs::write(&path, archive.to_bytes()).unwrap();
    let path = path.to_str().unwrap();
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        run(&wimlib, &["verify", path]);
        run(&wimlib, &["apply", path, "1", work.path().join("applied").to_str().unwrap()]);
        assert_eq!(fs::read(work.path().join("applied/link.txt")).unwrap(), b"data");
        assert!(work.path().join("applied/Windows/Moved here").is_dir());
    }
    if let Some(seven_zip) = testdata::peer("7zz") {
        run(&seven_zip, &["t", path]);
    }
}
