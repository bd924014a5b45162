//! Everything that an image says of its files, and images that say a lot.
#![allow(dead_code, reason = "every test program uses some of it")]

use std::collections::BTreeMap;
use std::sync::Arc;

use testdata::build::tagged::{extended_attribute, item, object_id, unix_data};
use testdata::build::{Dentry, Image, Wim, descriptor, empty_dacl_descriptor, reparse};
use wim_export::{Archive, ArchiveDraft};
use wim_format::{Compression, FileTime, ImageIndex, XmlImage};
use wim_fs::Capture;

pub(crate) fn open(bytes: impl Into<Vec<u8>>) -> Archive {
    Archive::from_source(Arc::new(bytes.into())).unwrap()
}

/// What is captured, as an archive in memory.
pub(crate) fn finish(capture: Capture) -> Archive {
    let mut draft = ArchiveDraft::new(Compression::None);
    let xml = capture.xml().cloned().unwrap_or_else(XmlImage::new);
    capture.add_to(&mut draft, xml, FileTime(0), None, &mut ()).unwrap();
    draft.finish().unwrap()
}

/// Everything about every name of the first image: two images with the same facts are the same.
pub(crate) fn facts(archive: &Archive) -> BTreeMap<String, Vec<String>> {
    let metadata = archive.image(ImageIndex::FIRST).unwrap();
    let mut names_of = vec![Vec::new(); metadata.inodes().len()];
    for (id, dentry) in metadata.walk() {
        names_of[dentry.inode.0 as usize].push(metadata.path(id));
    }
    let mut facts = BTreeMap::new();
    for (id, dentry) in metadata.walk() {
        let inode = metadata.inode(dentry.inode);
        names_of[dentry.inode.0 as usize].sort();
        let mut of_file = vec![
            format!("attributes {:x}", inode.attributes.0),
            format!("times {:?}", [inode.creation_time, inode.last_write_time, inode.last_access_time]),
            format!("unknown {:?}", (inode.unknown_0x54, inode.unused1, inode.unused2)),
            format!("short name {}", dentry.short_name),
            format!("descriptor {:?}", inode.security_id.and_then(|id| metadata.security().get(id))),
            format!("items {:?}", inode.tagged.as_bytes()),
            format!("reparse {:?}", inode.reparse),
            format!("names {:?}", names_of[dentry.inode.0 as usize]),
        ];
        let streams = inode.streams().filter(|stream| stream.name.is_some() || !stream.hash.is_zero());
        let mut streams: Vec<String> =
            streams.map(|stream| format!("{:?} {:?} {}", stream.kind, stream.name, stream.hash)).collect();
        streams.sort();
        of_file.append(&mut streams);
        facts.insert(metadata.path(id), of_file);
    }
    facts
}

/// Compares name by name, so that a difference can be read.
pub(crate) fn assert_same(expected: &Archive, found: &Archive) {
    let (expected_facts, found_facts) = (facts(expected), facts(found));
    for (path, facts) in &expected_facts {
        assert_eq!(Some(facts), found_facts.get(path), "{path}");
    }
    assert_eq!(expected_facts.keys().collect::<Vec<_>>(), found_facts.keys().collect::<Vec<_>>());
    for (hash, _) in found.image(ImageIndex::FIRST).unwrap().blob_references() {
        let read = |archive: &Archive| archive.read_blob(&hash, 0..archive.blob(&hash).unwrap().size).unwrap();
        assert!(read(expected) == read(found), "{hash}");
    }
}

const TIME: u64 = 133_419_078_960_850_944;
const ENCRYPTED: u32 = 0x4000;
const WOF: u32 = 0x8000_0017;
const SYMLINK: u32 = 0xA000_000C;
const REPARSE: u32 = 0x400;
const DIRECTORY: u32 = 0x10;

/// An image with one of everything that an image can have.
pub(crate) fn everything() -> Wim {
    let file = |name: &str, data: &str| Dentry::file(name, data).times(TIME + 1, TIME + 2, TIME + 3);
    let long: Vec<u8> = (0..200_000_u32).map(|i| (i / 7) as u8).collect();
    let odd_link = reparse::symlink(r"\??\Z:\x", "another print name", false);
    let image = Image::new("Everything")
        .description("One of each")
        .edition_flags("Core")
        .security(descriptor(1))
        .security(empty_dacl_descriptor())
        .dir("/folder/deeper")
        .add("/", file("secure", "1").security_id(1).attributes(0x27).short_name("SECURE~1"))
        .add("/", file("streams", "main").stream("Zone.Identifier", "[z]\n").stream("empty", "").stream("a=b", "x"))
        .add("/", file("long stream", "").stream("long/ü", &long).stream("short", "y"))
        .add("/", Dentry::dir("with stream").stream("on a folder", "z").short_name("WITHST~1"))
        .add("/", Dentry::file(vec![0x61, 0xD800], "half a character"))
        .add("/", file("items", "2").trailing(&object_id([7; 64])).trailing(&extended_attribute("EA", b"\x01\n\x02")))
        .add("/", file("unknown item", "3").tagged(0x1234_5678, b"whatever"))
        .add(
            "/",
            file("unix", "4")
                .trailing(&unix_data(1000, 100, 0o100_755, 0))
                .trailing(&extended_attribute("user.a", b"\0=\n")),
        )
        .add("/", file("device", "").trailing(&unix_data(0, 0, 0o020_644, 0x0103)))
        .add("/", file("zeros", "").times(0, 0, 0))
        .add("/", file("linked", "5").hard_link(7).short_name("LINKED~1"))
        .add("/folder", file("also linked", "5").hard_link(7).short_name("ALSOLI~1"))
        .add("/", Dentry::symlink("relative", r"folder\deeper"))
        .add("/", Dentry::junction("junction", r"C:\folder"))
        .add("/", Dentry::new("odd link", REPARSE | DIRECTORY).reparse(SYMLINK, 0, &odd_link))
        .add("/", Dentry::file("overlay", "").reparse(WOF, 1, b"provider"))
        .add("/", Dentry::new("overlay folder", DIRECTORY).reparse(WOF, 1, b"folder"))
        .add("/", Dentry::file("encrypted", "raw export").attributes(ENCRYPTED | 0x20))
        .add("/folder", file("unknown fields", "6").patch(0x54, [1, 2, 3, 4]).patch(0x18, [5, 0, 0, 0, 0, 0, 0, 6]));
    Wim::new().image(image)
}

/// An item of whose kind nothing is known.
pub(crate) fn unknown_item() -> Vec<u8> {
    item(0x7777_7777, b"kept")
}
