//! `wimsmith from-tar`: tar archives as images.
#![cfg(unix)]

use std::process::{Command, Stdio};

use crate::util::{Folder, Run, fixture};

#[test]
fn an_image_goes_through_a_pipe_and_is_the_same() {
    let folder = Folder::new();
    for file in ["wims/ntfs.wim", "wims/unix-data.wim", "wims/solid-lzms.wim"] {
        let mut from = folder.command(&["to-tar", &fixture(file), "1", "-"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut to = folder.command(&["from-tar", "-", "x.wim", "--compress", "xpress"]);
        Run::of(to.stdin(from.stdout.take().unwrap())).ok();
        assert!(from.wait().unwrap().success());
        folder.run(&["diff", &format!("{}:1", fixture(file)), "x.wim:1"]).ok();
        folder.run(&["verify", "x.wim"]).ok();
    }
}

#[test]
fn a_tree_that_tar_packed_is_applied_again() {
    let folder = Folder::new();
    let Some(tar) = testdata::peer("tar") else { return };
    folder.write("tree/a/one.txt", "one").write("tree/two.txt", "two");
    Run::of(Command::new(tar).args(["-cf", "tree.tar", "-C", "tree", "."]).current_dir(folder.path(""))).ok();
    let run = folder.run(&["from-tar", "tree.tar", "x.wim", "--json", "--boot"]).ok();
    let result = &run.json()["result"];
    assert_eq!((&result["name"], &result["captured"]["files"]), (&"tree".into(), &2.into()));
    assert_eq!(result["output"]["boot_index"], 1);
    folder.run(&["apply", "x.wim", "out"]).ok();
    assert_eq!((folder.read("out/a/one.txt"), folder.read("out/two.txt")), (b"one".to_vec(), b"two".to_vec()));
}

#[test]
fn what_is_refused_leaves_the_old_archive() {
    let folder = Folder::new();
    folder.write("x.wim", testdata::read("wims/none.wim"));
    folder.run(&["to-tar", "x.wim", "1", "x.tar"]).ok();
    let tar = folder.read("x.tar");
    folder.write("cut.tar", &tar[..tar.len() / 2]).write("x.tar.gz", b"\x1f\x8b\x08\0");
    folder.run(&["from-tar", "cut.tar", "x.wim"]).fails(6, &["cut.tar", "cut off"]);
    folder.run(&["from-tar", "x.tar.gz", "x.wim"]).fails(6, &["gzip -dc"]);
    folder.run(&["from-tar", "absent.tar", "x.wim"]).fails(3, &["absent.tar"]);
    folder.run(&["from-tar", "x.tar", "x.wim", "--on-exists", "fail"]).fails(8, &["x.wim"]);
    assert!(folder.read("x.wim") == testdata::read("wims/none.wim"));
    assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 4, "nothing else is left");
    folder.run(&["from-tar", "x.tar", "new.wim", "--dry-run"]).ok();
    assert!(!folder.path("new.wim").exists());
}
