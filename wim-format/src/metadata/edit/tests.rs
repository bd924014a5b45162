use alloc::string::{String, ToString};
use alloc::vec::Vec;

use testdata::build::{self, MetadataBuilder};

use super::*;
use crate::limits::Limits;
use crate::metadata::FileAttributes;
use crate::resource::Sha1Hash;

const HASH: Sha1Hash = Sha1Hash([1; 20]);

fn add(image: &mut ImageMetadata, parent: &str, name: &str, inode: Inode) -> DentryId {
    let parent = image.find(parent).unwrap();
    image.add_child(parent, name.into(), inode).unwrap()
}

fn paths(image: &ImageMetadata) -> Vec<String> {
    image.walk().map(|(id, _)| image.path(id)).collect()
}

/// An image with files and directories in one sorted list.
fn sample() -> ImageMetadata {
    let mut image = ImageMetadata::new();
    for name in ["b", "a", "C"] {
        add(&mut image, "/", name, Inode::directory());
    }
    for name in ["f2", "F1"] {
        add(&mut image, "/a", name, Inode::file(HASH));
    }
    image
}

#[test]
fn entries_are_added_where_they_belong() {
    let image = sample();
    assert_eq!(paths(&image), [r"\", r"\a", r"\a\F1", r"\a\f2", r"\b", r"\C"]);
    assert_eq!(image.entry_count(), 6);
    let parsed = ImageMetadata::parse(&image.to_bytes(), &Limits::default()).unwrap();
    assert_eq!(paths(&parsed), paths(&image));
    assert_eq!(parsed.warnings(), []);
}

#[test]
fn files_stay_before_directories_where_they_are() {
    let mut tree = MetadataBuilder::new();
    for entry in [build::Dentry::file("b", ""), build::Dentry::file("d", ""), build::Dentry::dir("a")] {
        tree.add(build::ROOT, entry);
    }
    let mut image = ImageMetadata::parse(&tree.to_bytes(), &Limits::default()).unwrap();
    add(&mut image, "/", "c", Inode::file(HASH));
    add(&mut image, "/", "e", Inode::directory());
    add(&mut image, "/", "A", Inode::directory());
    assert_eq!(paths(&image)[1..], [r"\b", r"\c", r"\d", r"\A", r"\a", r"\e"]);
    for name in ["b", "c", "d", "A", "a", "e"] {
        assert_eq!(image.find(name).map(|id| image.path(id)), Some("\\".to_string() + name));
    }
    let removed = image.find("c").unwrap();
    image.remove(removed).unwrap();
    add(&mut image, "/", "z", Inode::file(HASH));
    assert_eq!(paths(&image)[1..], [r"\b", r"\d", r"\z", r"\A", r"\a", r"\e"]);
}

#[test]
fn names_are_found_without_case_but_rather_with_it() {
    let mut image = sample();
    let lower = add(&mut image, "/a", "f1", Inode::file(HASH));
    let upper = image.find(r"\A\F1").unwrap();
    assert_ne!(lower, upper);
    assert_eq!((image.find("a/f1"), image.find(r"//a\\F1/")), (Some(lower), Some(upper)));
    assert_eq!(image.find("c"), image.find("C"));
    assert_eq!((image.find(""), image.find("/")), (Some(image.root()), Some(image.root())));
    for missing in ["x", "a/x", "a/f1/x", "a/..", "."] {
        assert_eq!(image.find(missing), None, "{missing}");
    }
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let mut image = sample();
    let before = image.to_bytes();
    let (root, a, file) = (image.root(), image.find("a").unwrap(), image.find("a/f2").unwrap());
    let long = "x".repeat(Name::MAX_UNITS + 1);
    for name in ["", ".", "..", "x\0", "x/", r"x\y", &long] {
        assert_eq!(image.add_child(root, name.into(), Inode::directory()), Err(EditError::InvalidName));
        assert_eq!(image.rename(file, root, name.into()), Err(EditError::InvalidName));
    }
    assert_eq!(image.add_child(file, "x".into(), Inode::directory()), Err(EditError::NotADirectory));
    assert_eq!(image.add_child(root, "a".into(), Inode::directory()), Err(EditError::NameExists));
    assert_eq!(image.rename(file, root, "b".into()), Err(EditError::NameExists));
    assert_eq!(image.rename(a, a, "x".into()), Err(EditError::IntoItself));
    assert_eq!(image.rename(root, a, "x".into()), Err(EditError::IsRoot));
    assert_eq!(image.remove(root), Err(EditError::IsRoot));
    assert_eq!(image.set_short_name(root, "X".into()), Err(EditError::IsRoot));
    assert_eq!(image.set_short_name(a, "x/".into()), Err(EditError::InvalidName));
    assert_eq!(image.add_link(root, "x".into(), image.dentry(a).inode), Err(EditError::NoHardLinks));
    assert_eq!(image.to_bytes(), before);
}

#[test]
fn entries_move_with_what_is_below_them() {
    let mut image = sample();
    let (a, c) = (image.find("a").unwrap(), image.find("C").unwrap());
    image.set_short_name(a, "A~1".into()).unwrap();
    image.rename(a, c, "moved".into()).unwrap();
    assert_eq!(paths(&image), [r"\", r"\b", r"\C", r"\C\moved", r"\C\moved\F1", r"\C\moved\f2"]);
    assert!(image.dentry(a).short_name.is_empty());
    image.rename(a, c, "MOVED".into()).unwrap();
    assert_eq!(image.path(a), r"\C\MOVED");
    image.remove(c).unwrap();
    assert_eq!(paths(&image), [r"\", r"\b"]);
    assert_eq!((image.entry_count(), image.blob_references().count()), (2, 0));
    assert!(image.dentry(a).is_removed());
}

#[test]
fn hard_links_share_an_inode_and_get_a_group() {
    let mut image = sample();
    let (root, file) = (image.root(), image.find("a/f2").unwrap());
    let inode = image.dentry(file).inode;
    let link = image.add_link(root, "link".into(), inode).unwrap();
    assert_eq!(image.blob_references().collect::<Vec<_>>(), [(HASH, 2), (HASH, 1)]);
    let statistics = image.statistics(|_| 10);
    assert_eq!((statistics.dir_count, statistics.file_count), (3, 3));
    assert_eq!((statistics.total_bytes, statistics.hard_link_bytes), (30, 10));
    let parsed = ImageMetadata::parse(&image.to_bytes(), &Limits::default()).unwrap();
    let linked = parsed.inode_of(parsed.find("link").unwrap());
    assert_eq!((linked.link_count, linked.link_group), (2, 1));
    image.remove(file).unwrap();
    assert_eq!((image.inode(inode).link_count, image.path(link).as_str()), (1, r"\link"));
}

#[test]
fn a_link_group_without_a_free_number_is_numbered_anew() {
    let mut image = sample();
    image.last_link_group = u64::MAX;
    let (root, inode) = (image.root(), image.dentry(image.find("a/f2").unwrap()).inode);
    image.add_link(root, "link".into(), inode).unwrap();
    assert_eq!(image.inode(inode).link_group, 1);
    image.inode_mut(inode).attributes = FileAttributes::REPARSE_POINT;
    assert_eq!(image.add_link(root, "other".into(), inode), Err(EditError::NoHardLinks));
}
