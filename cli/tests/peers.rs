//! What this program writes is read by others, and means the same to them as its source.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use testdata::build::{Image, Wim};

use crate::util::{Folder, Run, boot_wim, fixture, name};

/// What is at a path of an applied tree.
#[derive(Debug, PartialEq, Eq)]
enum Entry {
    Folder,
    Link(String),
    /// Its content, its time, and under how many names it is known.
    File(Vec<u8>, i64, u64),
}

/// Everything below a folder.
fn tree(root: &Path) -> BTreeMap<String, Entry> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let entry = if metadata.is_symlink() {
                Entry::Link(fs::read_link(&path).unwrap().to_string_lossy().into_owned())
            } else if metadata.is_dir() {
                folders.push(path.clone());
                Entry::Folder
            } else {
                Entry::File(fs::read(&path).unwrap(), metadata.mtime(), metadata.nlink())
            };
            found.insert(path.strip_prefix(root).unwrap().to_string_lossy().into_owned(), entry);
        }
    }
    found
}

/// Runs another program to success.
fn peer(program: &Path, arguments: &[&str]) {
    Run::of(Command::new(program).args(arguments)).ok();
}

/// The tree that wimlib makes of an image.
fn applied(wimlib: &Path, folder: &Folder, archive: &str, image: &str, references: &[&str]) -> BTreeMap<String, Entry> {
    let out = folder.path("applied");
    let mut arguments = vec!["apply", archive, image, name(&out)];
    let references: Vec<String> = references.iter().map(|reference| format!("--ref={reference}")).collect();
    arguments.extend(references.iter().map(String::as_str));
    peer(wimlib, &arguments);
    let tree = tree(&out);
    fs::remove_dir_all(&out).unwrap();
    tree
}

/// Checks that wimlib and 7-Zip accept an archive of one image, which applies to the same tree as its source.
fn check(folder: &Folder, out: &str, source: &str, image: &str, references: &[&str]) {
    let out = folder.path(out);
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        peer(&wimlib, &["verify", name(&out)]);
        let expected = applied(&wimlib, folder, source, image, references);
        assert!(applied(&wimlib, folder, name(&out), "1", &[]) == expected, "{}", out.display());
        assert!(!expected.is_empty());
    }
    // It knows nothing of the layout for pipes.
    if let Some(seven_zip) = testdata::peer("7zz").filter(|_| !is_pipable(&out)) {
        peer(&seven_zip, &["t", name(&out)]);
    }
}

fn is_pipable(archive: &Path) -> bool {
    fs::read(archive).unwrap().starts_with(b"WLPWM")
}

#[test]
fn boot_images_are_accepted() {
    let folder = Folder::new();
    for (index, options) in [("1", &[][..]), ("2", &["--integrity"]), ("1", &["--compress", "xpress", "--recompress"])]
    {
        let source = boot_wim();
        let arguments = ["export-boot", "-a", "x64", "-i", index, "--source", &source, "--out", "boot.wim"];
        folder.run(&[&arguments[..], options].concat()).ok();
        check(&folder, "boot.wim", &source, index, &[]);
    }
}

#[test]
fn exports_of_every_kind_of_archive_are_accepted() {
    let folder = Folder::new();
    for file in [
        "none",
        "xpress-4k",
        "lzx-32k",
        "lzx-256k",
        "lzms-32k",
        "solid-lzms",
        "solid-lzx",
        "links",
        "pipable",
        "7zz",
        "ntfs",
        "unix-data",
    ] {
        let source = fixture(&format!("wims/{file}.wim"));
        for compress in ["none", "xpress"] {
            folder.run(&["export", &source, "1", "out.wim", "--compress", compress, "--boot"]).ok();
            check(&folder, "out.wim", &source, "1", &[]);
        }
    }
}

#[test]
fn copies_in_the_source_s_own_format_are_accepted() {
    let folder = Folder::new();
    for file in ["none", "xpress-64k", "lzx-32k", "lzx-256k", "lzms-32k", "integrity"] {
        let source = fixture(&format!("wims/{file}.wim"));
        for options in [&[][..], &["--no-verify"], &["--integrity"]] {
            folder.run(&[&["export", &source, "out.wim"], options].concat()).ok();
            check(&folder, "out.wim", &source, "1", &[]);
        }
    }
}

#[test]
fn every_way_to_write_an_archive_is_accepted() {
    let folder = Folder::new();
    let source = fixture("wims/lzx-256k.wim");
    let ways = [
        "--compress none --integrity",
        "--compress xpress:80",
        "--compress xpress --chunk-size 8K --integrity",
        "--compress lzx:20",
        "--compress max --integrity",
        "--compress lzx --chunk-size 2M --allow-incompatible",
        "--compress lzms",
        "--compress lzms --chunk-size 1M --allow-incompatible",
        "--solid",
        "--solid --compress xpress --integrity",
        "--solid --solid-compress lzx --allow-incompatible",
        "--solid --solid-chunk-size 32K --allow-incompatible",
        "--pipable --compress lzx",
        "--pipable --compress xpress --integrity",
    ];
    for way in ways {
        let options: Vec<&str> = way.split(' ').collect();
        folder.run(&[&["export", &source, "1", "out.wim", "--recompress"], &options[..]].concat()).ok();
        check(&folder, "out.wim", &source, "1", &[]);
        // And the way back, from each of them.
        folder.run(&["optimize", "out.wim", "--not-pipable", "--compress", "lzx", "--recompress"]).ok();
        check(&folder, "out.wim", &source, "1", &[]);
    }
}

#[test]
fn archives_changed_in_place_are_accepted() {
    let folder = Folder::new();
    let source = fixture("wims/lzx-32k.wim");
    folder.run(&["export", &boot_wim(), "1", "out.wim", "--integrity"]).ok();
    folder.run(&["export", &source, "1", "out.wim", "--append"]).ok();
    folder.run(&["info", "out.wim", "2", "--set", "NAME=second", "--boot"]).ok();
    folder.run(&["delete", "out.wim", "1", "--soft"]).ok();
    check(&folder, "out.wim", &source, "1", &[]);
    folder.run(&["delete", "out.wim", "all", "--dry-run"]).ok();
    folder.run(&["optimize", "out.wim", "--solid"]).ok();
    check(&folder, "out.wim", &source, "1", &[]);
}

#[test]
fn parts_and_deltas_become_whole() {
    let folder = Folder::new();
    let (delta, base) = (fixture("wims/delta.wim"), fixture("wims/lzx-32k.wim"));
    folder.run(&["export", &delta, "out.wim", "--ref", &base]).ok();
    check(&folder, "out.wim", &delta, "1", &[&base]);
    let (first, all) = (fixture("wims/split.swm"), fixture("wims/split.swm").replace("split.swm", "split*.swm"));
    folder.run(&["export", &first, "out.wim", "--ref", &all]).ok();
    check(&folder, "out.wim", &first, "1", &[&all]);
}

/// The XML of some archives is ill-formed UTF-16. wimlib reads none of it, so a new archive must not have it.
#[test]
fn ill_formed_names_become_readable() {
    let folder = Folder::new();
    let wim = Wim::new().image(Image::new("half?").file("/a", "a")).edit_xml(|text| {
        let units = text.encode_utf16().map(|unit| if unit == u16::from(b'?') { 0xD800 } else { unit });
        [0xFEFF].into_iter().chain(units).flat_map(u16::to_le_bytes).collect()
    });
    folder.write("x.wim", wim.to_bytes());
    let run = folder.run(&["export", "x.wim", "out.wim"]).ok();
    assert!(run.stderr.contains("UTF-16 is ill-formed"), "{}", run.stderr);
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        peer(&wimlib, &["verify", name(&folder.path("out.wim"))]);
    }
    assert!(folder.run(&["info", "out.wim"]).ok().text().contains("half\u{FFFD}"));
}

#[test]
fn the_boot_index_is_what_wimlib_takes_it_to_be() {
    let folder = Folder::new();
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    folder.run(&["export-boot", "-a", "x64", "-i", "2", "--source", &boot_wim(), "--out", "boot.wim"]).ok();
    let info = Run::of(Command::new(wimlib).args(["info", name(&folder.path("boot.wim"))])).ok();
    for line in
        ["Boot Index:     1", "Image Count:    1", "Flags:                  9", "Architecture:           x86_64"]
    {
        assert!(info.text().contains(line), "{line}\n{}", info.text());
    }
}
