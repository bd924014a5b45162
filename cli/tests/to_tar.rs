//! `wimsmith to-tar`: what it writes, tar reads.
#![cfg(unix)]

use std::fs;
use std::process::Command;

use testdata::build::{Dentry, Image, Wim};

use crate::util::{Folder, Run, fixture};

#[test]
fn tar_makes_the_same_tree_as_apply() {
    let folder = Folder::new();
    let Some(tar) = testdata::peer("tar") else { return };
    for file in ["wims/links.wim", "wims/solid-lzms.wim", "wims/unix-data.wim"] {
        folder.run(&["apply", &fixture(file), "1", "applied", "--no-fix-links"]).ok();
        let run = folder.run(&["to-tar", &fixture(file), "1", "x.tar", "--json"]).ok();
        assert!(run.json()["result"]["entries"].as_u64().unwrap() > 5);
        fs::create_dir(folder.path("unpacked")).unwrap();
        let mut unpack = Command::new(&tar);
        unpack.args(["-xf", "x.tar", "-C", "unpacked", "--no-same-owner", "--no-same-permissions"]);
        let unpacked = Run::of(unpack.current_dir(folder.path(""))).ok();
        assert!(!unpacked.stderr.contains("rror"), "{}", unpacked.stderr);
        let mut compare = Command::new("diff");
        Run::of(compare.args(["-r", "--no-dereference", "applied", "unpacked"]).current_dir(folder.path(""))).ok();
        let modified = |name: &str| fs::metadata(folder.path(name)).unwrap().modified().unwrap();
        assert_eq!(modified("applied"), modified("unpacked"), "to the fraction of a second");
        for name in ["applied", "unpacked"] {
            fs::remove_dir_all(folder.path(name)).unwrap();
        }
    }
}

#[test]
fn long_names_go_through_a_pipe_and_hostile_ones_do_not() {
    let folder = Folder::new();
    let Some(tar) = testdata::peer("tar") else { return };
    let long = format!("/{}/{}", "d".repeat(120), "f".repeat(200));
    let image = Image::new("x").file(&long, "deep").add("/", Dentry::file("../evil", "EVIL"));
    folder.write("x.wim", Wim::new().image(image).to_bytes());
    let run = folder.run(&["to-tar", "x.wim", "-"]).ok();
    assert!(run.stderr.contains("left out"), "{}", run.stderr);
    folder.write("x.tar", &run.stdout);
    let listed = Run::of(Command::new(&tar).args(["-tf", "x.tar"]).current_dir(folder.path(""))).ok();
    assert!(listed.text().contains(&long[1..]) && !listed.text().contains("evil"), "{}", listed.text());
    folder.run(&["to-tar", "x.wim", "-", "--json"]).fails(2, &["name a file"]);
}

#[test]
fn damaged_data_leaves_no_tar() {
    let folder = Folder::new();
    let wim = Wim::new().image(Image::new("x").file("/f", "some data")).build();
    let offset = wim.entry("some data").resource.offset as usize;
    folder.write("x.wim", wim.flip(offset).bytes);
    folder.run(&["to-tar", "x.wim", "x.tar"]).fails(6, &["SHA-1"]);
    assert!(!folder.path("x.tar").exists());
}
