//! Names and links that are to lead outside.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use testdata::build::{Dentry, Image, Wim};
use wim_export::Error;
use wim_fs::{ExtractOptions, Links, NameRules, OnClash, Selection};

use crate::util::{Entry, Place, content};

fn options(edit: impl FnOnce(&mut ExtractOptions)) -> ExtractOptions {
    let mut options = ExtractOptions::default();
    edit(&mut options);
    options
}

#[test]
fn names_that_lead_elsewhere_are_left_out_and_counted() {
    let place = Place::new();
    let hostile = ["../canary/evil", "/tmp/evil", "a/b"];
    let image = hostile
        .iter()
        .fold(Image::new("x").file("/good", "1"), |image, name| image.add("/", Dentry::file(*name, "EVIL")));
    let report = place.apply(&Wim::new().image(image)).unwrap();
    assert_eq!(report.skipped.len(), hostile.len());
    assert!(report.skipped[0].why.contains("character"), "{:?}", report.skipped);
    assert_eq!(place.tree().keys().collect::<Vec<_>>(), ["good"]);
}

#[test]
fn what_is_below_a_name_that_is_left_out_is_left_out_too() {
    let place = Place::new();
    let image = Image::new("x").dir("/good").add("/", Dentry::dir("..")).add("/", Dentry::dir("a/b"));
    place.apply(&Wim::new().image(image)).unwrap();
    assert_eq!(place.tree().keys().collect::<Vec<_>>(), ["good"]);
}

#[test]
fn odd_names_are_kept_and_survive() {
    let place = Place::new();
    let odd = ["back\\slash", "a:b", "CON", "esc\u{1b}[2J", "trailing.", "ü"];
    let image = odd.iter().fold(Image::new("x"), |image, name| image.add("/", Dentry::file(*name, "1")));
    let unpaired = image.add("/", Dentry::file(vec![0xD800_u16, 0x78], "2"));
    let report = place.apply(&Wim::new().image(unpaired)).unwrap();
    assert!(report.skipped.is_empty(), "{:?}", report.skipped);
    for name in odd {
        assert!(place.destination().join(name).exists(), "{name:?}");
    }
    assert!(place.destination().join(OsStr::from_bytes(b"\xED\xA0\x80x")).exists(), "as wimlib writes it");
}

#[test]
fn windows_rules_can_be_asked_for_and_names_made_fit() {
    let wim = Wim::new().image(Image::new("x").add("/", Dentry::file("a:b", "1")).add("/", Dentry::file("con", "2")));
    let place = Place::new();
    let report = place.extract(&wim, &Selection::All, options(|o| o.names = NameRules::Windows)).unwrap();
    assert_eq!((report.skipped.len(), place.tree().len()), (2, 0));
    let fit = options(|o| (o.names, o.make_names_fit) = (NameRules::Windows, true));
    let report = place.extract(&wim, &Selection::All, fit).unwrap();
    assert_eq!((report.skipped.len(), place.tree().len()), (0, 2));
    assert!(place.tree().keys().all(|name| name.contains("invalid filename #")));
}

#[test]
fn links_are_made_but_never_followed() {
    let place = Place::new();
    let canary = place.canary().display().to_string().replace('/', "\\");
    let image = Image::new("x")
        .add("/", Dentry::junction("out", &format!("C:{canary}")))
        .add("/", Dentry::symlink("up", "..\\canary"))
        .file("/d/f", "1");
    let report = place.apply(&Wim::new().image(image)).unwrap();
    assert_eq!(report.symlinks, 2);
    let tree = place.tree();
    assert_eq!(tree["up"], Entry::Link("../canary".into()));
    assert_eq!(tree["out"], Entry::Link(place.canary().display().to_string()));
}

#[test]
fn a_second_image_does_not_write_through_what_the_first_one_planted() {
    let place = Place::new();
    let planted = Wim::new().image(Image::new("x").add("/", Dentry::symlink("d", "..\\canary")));
    place.apply(&planted).unwrap();
    let error = place.apply(&Wim::new().image(Image::new("x").file("/d/evil", "EVIL"))).unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path.ends_with("out/d")), "{error:?}");
    // A file takes the link's place.
    place.apply(&Wim::new().image(Image::new("x").file("/d", "a file"))).unwrap();
    assert_eq!(content(&place.tree(), "d"), b"a file");
}

#[test]
fn files_that_are_there_are_replaced_not_written_to() {
    let place = Place::new();
    fs::create_dir(place.destination()).unwrap();
    fs::hard_link(place.canary().join("victim"), place.destination().join("a")).unwrap();
    symlink(place.canary().join("victim"), place.destination().join("b")).unwrap();
    place.apply(&Wim::new().image(Image::new("x").file("/a", "new").file("/b", "new too"))).unwrap();
    assert_eq!((content(&place.tree(), "a"), content(&place.tree(), "b")), (&b"new"[..], &b"new too"[..]));
}

#[test]
fn links_can_be_left_out_or_kept_inside() {
    let image = Image::new("x")
        .add("/", Dentry::symlink("inside", "d\\f"))
        .add("/", Dentry::symlink("outside", "..\\canary"))
        .file("/d/f", "1");
    let wim = Wim::new().image(image);
    for (links, made) in [(Links::Keep, 2), (Links::Inside, 1), (Links::Skip, 0)] {
        let place = Place::new();
        let report = place.extract(&wim, &Selection::All, options(|o| o.links = links)).unwrap();
        assert_eq!((report.symlinks, report.skipped.len()), (made, 2 - made as usize), "{links:?}");
    }
}

#[test]
fn absolute_links_lead_into_the_destination_if_asked_for() {
    let place = Place::new();
    let data = testdata::build::reparse::junction(r"\??\X:\sub", r"X:\sub");
    let junction = Dentry::dir("j").reparse(wim_format::ReparseInfo::MOUNT_POINT, 0, data);
    let image = Image::new("x").dir("/sub").add("/", junction);
    place.extract(&Wim::new().image(image), &Selection::All, options(|o| o.fix_links = Some(true))).unwrap();
    let expected = place.destination().canonicalize().unwrap().join("sub");
    assert_eq!(place.tree()["j"], Entry::Link(expected.display().to_string()));
}

#[test]
fn links_whose_data_makes_no_sense_are_left_out() {
    let place = Place::new();
    let tag = wim_format::ReparseInfo::SYMLINK;
    let image = Image::new("x")
        .add("/", Dentry::new("short", 0x400).reparse(tag, 1, [0; 5]))
        .add("/", Dentry::new("wild", 0x400).reparse(tag, 1, [0xFF; 40]))
        .add("/", Dentry::new("long", 0x400).reparse(tag, 1, vec![0; 60_000]))
        .add("/", Dentry::new("unknown", 0x400).reparse(0x1234, 1, [1; 40]))
        .file("/good", "1");
    let report = place.apply(&Wim::new().image(image)).unwrap();
    assert_eq!((report.skipped.len(), report.symlinks), (4, 0), "{:?}", report.skipped);
    assert_eq!(place.tree().len(), 1);
}

#[test]
fn a_deep_tree_is_made_and_finished() {
    let place = Place::new();
    let path = "\\d".repeat(1200);
    let wim = Wim::new().image(Image::new("x").file(&format!("{path}\\f"), "deep"));
    let report = place.apply(&wim).unwrap();
    assert_eq!((report.directories, report.files), (1200, 1));
    fs::remove_dir_all(place.destination()).unwrap();
}

#[test]
fn the_same_name_twice_is_settled_as_asked() {
    let image = Image::new("x").file("/a/f", "first").file("/b/f", "second");
    let wim = Wim::new().image(image);
    let both = Selection::Paths(["/a/f", "/b/f"].map(crate::places::path).into());
    let place = Place::new();
    assert!(matches!(place.extract(&wim, &both, ExtractOptions::default()), Err(Error::InvalidArgument { .. })));
    assert!(!place.destination().exists(), "nothing was touched");
    place.extract(&wim, &both, options(|o| o.on_clash = OnClash::Rename)).unwrap();
    let tree = place.tree();
    assert_eq!((content(&tree, "f"), content(&tree, "f (2)")), (&b"first"[..], &b"second"[..]));
}
