//! The trees in the fixtures.

use crate::build::reparse::{NOT_FIXED, TAG_WOF};
use crate::build::{Dentry, Image, Wim, attributes, descriptor, empty_dacl_descriptor, tagged};
use crate::content::{code, delta_table, random, text};
use crate::pe::Machine;
use crate::tree::Tree;
use crate::winpe::{self, Edition, Size};

/// The names of the trees, for [`by_name`].
pub const NAMES: [&str; 5] = ["small", "mixed", "mixed-changed", "winpe", "winpe-setup"];

/// A tree by its name.
pub fn by_name(name: &str) -> Option<Tree> {
    Some(match name {
        "small" => small(),
        "mixed" => mixed(),
        "mixed-changed" => mixed_changed(),
        "winpe" => winpe::tree(Machine::X64, Size::Sample, Edition::Pe),
        "winpe-setup" => winpe::tree(Machine::X64, Size::Sample, Edition::Setup),
        _ => return None,
    })
}

/// A few kilobytes: every shape of a tree, little data.
pub fn small() -> Tree {
    let long_name = "long-".repeat(40);
    Tree::new()
        .file("hello.txt", "hello\r\n")
        .file("empty", "")
        .file("one-byte", "1")
        .file("docs/text.txt", text(1, 3_000))
        .file("docs/copy of text.txt", text(1, 3_000))
        .dir("docs/empty folder")
        .file("docs/a/b/c/d/deep.bin", random(2, 500))
        .file("names/\u{fc}n\u{ef}c\u{f6}de \u{4e2d}\u{6587}.txt", "umlauts and Han characters")
        .file("names/\u{1f600}.txt", "a character outside the basic plane")
        .file("names/Case.txt", "upper case C")
        .file(&format!("names/{long_name}.txt"), "a name of 204 characters")
        .file("links/target.txt", text(3, 400))
        .hard_link("links/hard.txt", "links/target.txt")
        .hard_link("docs/hard.txt", "links/target.txt")
        .symlink("links/soft.txt", "target.txt")
        .symlink("links/soft folder", "../docs")
        .symlink("links/dangling", "no/such/file")
}

/// A quarter of a megabyte that compresses to a tenth or so: files of one chunk and of many, of every kind of data.
pub fn mixed() -> Tree {
    let exactly_32k: Vec<u8> = (0..32u8 << 2).flat_map(|i| [i; 256]).collect();
    Tree::new()
        .file("text/short.txt", text(10, 700))
        .file("text/long.txt", text(11, 66_000))
        .file("code/program.bin", code(13, 24_000))
        .file("data/delta.bin", delta_table(3_000))
        .file("data/exactly-32k.bin", exactly_32k)
        .file("data/random.bin", random(14, 3_000))
        .file("data/zeros.bin", vec![0; 70_000])
        .file("data/zeros-and-random.bin", [vec![0; 33_000], random(15, 1_000), vec![0; 7]].concat())
        .file("data/ff.bin", vec![0xFF; 5_000])
        .file("empty", "")
        .file("tiny", "x")
        .file("\u{fc}n\u{ef}c\u{f6}de.txt", text(16, 100))
        .hard_link("text/hard.txt", "text/short.txt")
}

/// [`mixed`] after some work on it: for second images and for delta archives.
pub fn mixed_changed() -> Tree {
    Tree::new()
        .file("text/short.txt", text(10, 700))
        .file("text/long.txt", text(11, 66_000))
        .file("code/program.bin", code(17, 9_000))
        .file("data/delta.bin", delta_table(3_000))
        .file("data/new.txt", text(18, 2_500))
        .file("tiny", "y")
        .dir("nothing here")
}

/// What only Windows has: security descriptors, named streams, short names, reparse points of three kinds, object ids,
/// extended attributes. Written by the builder, because no folder of a Unix system can hold it.
pub fn ntfs() -> Wim {
    let mut wof = vec![1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0];
    wof.extend([0; 4]);
    let mut image = Image::new("ntfs")
        .security(descriptor(0x001F_01FF))
        .security(descriptor(0x0012_0089))
        .security(empty_dacl_descriptor())
        .description("security descriptors, named streams, short names, reparse points")
        .dir("Program Files")
        .add("", Dentry::file("plain.txt", text(30, 900)).security_id(0))
        .add("", Dentry::file("Long Name.txt", text(31, 800)).short_name("LONGNA~1.TXT").security_id(1))
        .add("", Dentry::file("streams.txt", "main").stream("Zone.Identifier", "[ZoneTransfer]\r\nZoneId=3\r\n"))
        .add("", Dentry::file("no main data.txt", "").stream("only", text(32, 600)).stream("empty", ""))
        .add("", Dentry::dir("folder").stream("on a folder", "ads").security_id(2).short_name("FOLDER~1"))
        .add("folder", Dentry::file("hard1.txt", text(33, 700)).hard_link(9).security_id(1))
        .add("folder", Dentry::file("hard2.txt", text(33, 700)).hard_link(9).security_id(1))
        .add("folder", Dentry::symlink("file link", r"..\plain.txt").security_id(0))
        .add("folder", Dentry::symlink("link with stream", r"..\plain.txt").stream("s", "on a link"))
        .add("", Dentry::junction("junction", r"C:\folder").security_id(0))
        .add("", Dentry::file("wof.dll", "").reparse(TAG_WOF, NOT_FIXED, wof))
        .add("", Dentry::file("object id.txt", "o").trailing(&tagged::object_id(std::array::from_fn(|i| i as u8))))
        .add("", Dentry::file("ea.txt", "e").trailing(&tagged::extended_attribute("NAME", b"value")))
        .add("", Dentry::file("hidden.sys", "h").attributes(attributes::HIDDEN | attributes::SYSTEM))
        .add("", Dentry::file(vec![u16::from(b'x'), 0xD800, u16::from(b'y')], "a lone surrogate"));
    image.metadata.dentry_mut(crate::build::ROOT).security_id = 0;
    Wim::new().image(image).boot_index(1)
}
