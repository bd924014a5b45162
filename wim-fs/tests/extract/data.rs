//! Data: all of it, holes, and what becomes of damage.

use std::fs;
use std::os::unix::fs::MetadataExt;

use testdata::build::{Dentry, Image, Wim};
use testdata::cases::WIMS;
use wim_export::{Archive, Error, OpenOptions};
use wim_format::StreamKind;
use wim_fs::{ExtractOptions, ExtractPlan, Selection};

use crate::util::{Entry, Place, content, tree};

#[test]
fn every_file_of_every_fixture_is_as_the_image_has_it() {
    for case in WIMS {
        let references = case.references.iter().map(|name| testdata::path(name));
        let open = references.fold(OpenOptions::new(), |options, path| options.reference(path));
        let archive = open.open(testdata::path(case.file)).unwrap();
        for image in archive.images() {
            let place = Place::new();
            let options = ExtractOptions::default();
            let plan = ExtractPlan::new(&archive, image, &Selection::All, &place.destination(), options).unwrap();
            let report = plan.run(&mut ()).unwrap();
            let (metadata, tree) = (archive.image(image).unwrap(), place.tree());
            assert_eq!(tree.len(), metadata.entry_count() - 1 - report.skipped.len(), "{}", case.file);
            for (id, dentry) in metadata.walk().skip(1) {
                let path = metadata.path(id)[1..].replace('\\', "/");
                if path.contains("<U+") {
                    // A name that is no text, which this test has no way to write.
                    continue;
                }
                let inode = metadata.inode(dentry.inode);
                let data = inode.streams().find(|stream| stream.kind == StreamKind::Data);
                match (tree.get(&path), data) {
                    (Some(Entry::File(found, time, links)), Some(data)) => {
                        let size = archive.blob(&data.hash).map_or(0, |blob| blob.size);
                        let expected = archive.read_blob(&data.hash, 0..size).unwrap_or_default();
                        assert!(*found == expected, "{}: {path}", case.file);
                        assert_eq!((*time, *links), (inode.last_write_time.to_unix().0, u64::from(inode.link_count)));
                    }
                    (Some(Entry::Folder(time)), _) => assert_eq!(*time, inode.last_write_time.to_unix().0, "{path}"),
                    (Some(Entry::Link(_)), _) => assert!(inode.is_reparse_point()),
                    (other, _) => {
                        assert!(report.skipped.iter().any(|s| s.path == metadata.path(id)), "{path}: {other:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn large_files_are_whole_wherever_they_are_and_zeros_take_no_room() {
    let place = Place::new();
    let mut large = testdata::content::random(1, 5 << 20);
    large[1 << 20..4 << 20].fill(0);
    let wim = Wim::new().image(Image::new("x").file("/a", &large).file("/d/b", &large).file("/e", vec![0; 3 << 20]));
    let report = place.apply(&wim).unwrap();
    assert_eq!((report.files, report.bytes), (3, 13 << 20));
    let tree = place.tree();
    assert!(content(&tree, "a") == large && content(&tree, "d/b") == large);
    assert!(content(&tree, "e").iter().all(|&byte| byte == 0) && content(&tree, "e").len() == 3 << 20);
    let used = |name: &str| fs::metadata(place.destination().join(name)).unwrap().blocks() * 512;
    assert!(used("a") < 3 << 20 && used("e") < 1 << 20, "{} {}", used("a"), used("e"));
    assert_eq!(tree.len(), 4, "nothing is left of what was gathered: {:?}", tree.keys());
}

/// An archive with a good file, and a damaged one of `len` bytes.
fn damaged(len: usize) -> (Vec<u8>, Vec<u8>) {
    let data = testdata::content::random(7, len);
    let image = Image::new("x").file("/good", "good").file("/d/bad", &data).file("/later", "later");
    let wim = Wim::new().image(image).build();
    let offset = wim.entry(&data).resource.offset as usize;
    (wim.flip(offset + len - 1).bytes, data)
}

fn run(bytes: Vec<u8>, place: &Place, options: ExtractOptions) -> wim_fs::Result<wim_fs::ExtractReport> {
    let archive = Archive::from_source(std::sync::Arc::new(bytes)).unwrap();
    let image = archive.find_image("1")?;
    ExtractPlan::new(&archive, image, &Selection::All, &place.destination(), options)?.run(&mut ())
}

#[test]
fn damaged_data_never_gets_its_name() {
    for len in [1000, 3 << 20] {
        let (bytes, _) = damaged(len);
        let place = Place::new();
        let error = run(bytes, &place, ExtractOptions::default()).unwrap_err();
        assert!(matches!(error, Error::HashMismatch { .. }) && error.to_string().contains(r"\d\bad"), "{error}");
        let found = place.tree();
        assert!(!found.keys().any(|name| name.contains("bad") || name.contains(".part")), "{:?}", found.keys());
    }
}

#[test]
fn recovery_keeps_what_is_left_under_a_name_that_says_so() {
    for len in [1000, 3 << 20] {
        let (bytes, data) = damaged(len);
        let place = Place::new();
        let mut options = ExtractOptions::default();
        options.recover = true;
        let report = run(bytes, &place, options).unwrap();
        assert_eq!(report.damaged.len(), 1);
        let found = place.tree();
        assert_eq!(content(&found, "d/bad.corrupt")[..len - 1], data[..len - 1]);
        assert_eq!((content(&found, "good"), content(&found, "later")), (&b"good"[..], &b"later"[..]));
        assert!(!found.contains_key("d/bad"));
    }
}

#[test]
fn missing_data_is_missed_before_anything_is_touched() {
    let place = Place::new();
    let wim = Wim::new().image(Image::new("x").file("/there", "there").file("/gone", "gone")).omit("gone");
    let error = place.apply(&wim).unwrap_err();
    assert!(error.to_string().contains(r"\gone"), "{error}");
    assert!(!place.destination().exists());
    let mut options = ExtractOptions::default();
    options.recover = true;
    let report = place.extract(&wim, &Selection::All, options).unwrap();
    assert_eq!((report.damaged.len(), place.tree().len()), (1, 1));
}

#[test]
fn staged_shows_all_or_nothing() {
    let place = Place::new();
    let parent = place.destination().parent().unwrap().to_path_buf();
    let mut options = ExtractOptions::default();
    options.staged = true;
    let (bytes, _) = damaged(1000);
    run(bytes, &place, options.clone()).unwrap_err();
    assert_eq!(fs::read_dir(&parent).unwrap().count(), 1, "only the canary is there");
    let good = Wim::new().image(Image::new("x").file("/f", "1"));
    place.extract(&good, &Selection::All, options.clone()).unwrap();
    assert_eq!(tree(&parent).keys().filter(|name| name.contains("staging")).count(), 0);
    assert_eq!(content(&place.tree(), "f"), b"1");
    let error = place.extract(&good, &Selection::All, options).unwrap_err();
    assert!(matches!(error, Error::Destination { .. }), "it is not empty: {error}");
}

#[test]
fn hard_links_are_one_file() {
    let place = Place::new();
    let image = Image::new("x")
        .dir("/d")
        .add("/", Dentry::file("a", "same").hard_link(5))
        .add("/d", Dentry::file("b", "same").hard_link(5))
        .add("/", Dentry::file("c", "same"));
    let report = place.apply(&Wim::new().image(image)).unwrap();
    assert_eq!((report.files, report.hard_links), (2, 1));
    let inode = |name: &str| fs::metadata(place.destination().join(name)).unwrap().ino();
    assert!(inode("a") == inode("d/b") && inode("a") != inode("c"), "equal data is not one file by itself");
}

#[test]
fn a_cancelled_run_is_cancelled_and_leaves_nothing_if_staged() {
    let place = Place::new();
    let wim = Wim::new().image(Image::new("x").file("/f", testdata::content::random(3, 4 << 20)));
    let archive = Archive::from_source(std::sync::Arc::new(wim.to_bytes())).unwrap();
    let mut options = ExtractOptions::default();
    options.staged = true;
    let image = archive.find_image("1").unwrap();
    let plan = ExtractPlan::new(&archive, image, &Selection::All, &place.destination(), options).unwrap();
    let stop = &mut |_: wim_export::Event| std::ops::ControlFlow::Break(());
    assert!(matches!(plan.run(stop), Err(Error::Cancelled)));
    assert!(!place.destination().exists());
}
