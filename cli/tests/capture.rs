//! `wimsmith capture` and `wimsmith append`.
#![cfg(unix)]

use crate::util::Folder;

/// A folder with some files in it.
fn source() -> Folder {
    let folder = Folder::new();
    folder.write("src/a/one.txt", "one").write("src/two.txt", "two").write("src/pagefile.sys", "left out");
    folder
}

#[test]
fn a_folder_becomes_an_image_and_the_image_a_folder() {
    let folder = source();
    let run = folder.run(&["capture", "src", "x.wim", "Name", "Description", "--boot", "--integrity", "--json"]).ok();
    let result = &run.json()["result"];
    assert_eq!((&result["name"], &result["captured"]["files"]), (&"Name".into(), &2.into()));
    assert_eq!((&result["captured"]["excluded"], &result["output"]["boot_index"]), (&1.into(), &1.into()));
    folder.run(&["verify", "x.wim"]).ok();
    folder.run(&["apply", "x.wim", "out"]).ok();
    assert_eq!(folder.read("out/a/one.txt"), b"one");
    assert!(!folder.path("out/pagefile.sys").exists());
    let info = folder.run(&["info", "x.wim", "--json"]).ok().json();
    assert_eq!(info["result"]["images"][0]["description"], "Description");
}

#[test]
fn images_are_appended_and_share_data() {
    let folder = source();
    folder.run(&["append", "src", "x.wim"]).fails(3, &["x.wim"]);
    folder.run(&["append", "src", "x.wim", "--create"]).ok();
    let run = folder.run(&["append", "src", "x.wim", "--update-of", "-1", "--json"]).ok();
    let result = &run.json()["result"];
    assert_eq!((&result["name"], &result["appended"]["first_image"]), (&"src (1)".into(), &2.into()));
    assert_eq!((&result["captured"]["unchanged"], &result["plan"]["blobs"]), (&2.into(), &0.into()));
    folder.run(&["append", "src", "x.wim", "src"]).fails(2, &["src"]);
    folder.run(&["verify", "x.wim"]).ok();
}

#[test]
fn a_delta_needs_its_base() {
    let folder = source();
    folder.run(&["capture", "src", "base.wim"]).ok();
    folder.write("src/three.txt", "three");
    let run = folder.run(&["capture", "src", "delta.wim", "--delta-from", "base.wim", "--json"]).ok();
    assert_eq!(run.json()["result"]["plan"]["blobs"], 1);
    folder.run(&["apply", "delta.wim", "out"]).fails(6, &["--ref"]);
    folder.run(&["apply", "delta.wim", "out", "--ref", "base.wim"]).ok();
    assert_eq!((folder.read("out/two.txt"), folder.read("out/three.txt")), (b"two".to_vec(), b"three".to_vec()));
}

#[test]
fn the_same_folder_makes_the_same_archive_if_asked_for() {
    let folder = source();
    let capture = |name: &str| {
        let mut command = folder.command(&["capture", "src", name, "--compress", "xpress"]);
        crate::util::Run::of(command.env("SOURCE_DATE_EPOCH", "1700000000")).ok();
        folder.read(name)
    };
    assert!(capture("a.wim") == capture("b.wim"));
}

#[test]
fn the_archive_may_lie_in_the_folder() {
    let folder = source();
    folder.run(&["capture", "src", "src/self.wim"]).ok();
    let run = folder.run(&["capture", "src", "src/self.wim", "--json"]).ok();
    assert_eq!(run.json()["result"]["captured"]["skipped"], 1);
    folder.run(&["verify", "src/self.wim"]).ok();
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_written() {
    let folder = source();
    folder.write("bad.ini", "[Nonsense]\n");
    folder.run(&["capture", "src", "x.wim", "--config", "bad.ini"]).fails(2, &["[Nonsense]"]);
    folder.run(&["capture", "absent", "x.wim"]).fails(3, &["absent"]);
    folder.run(&["capture", "src", "x.wim", "--image-property", "NAME"]).fails(2, &["PATH=TEXT"]);
    folder.run(&["capture", "src", "x.wim", "--update-of", "1"]).fails(2, &["FILE:IMAGE"]);
    assert!(!folder.path("x.wim").exists());
    let run = folder.run(&["capture", "src", "x.wim", "--dry-run"]).ok();
    assert!(run.text().starts_with("would write x.wim\n") && !folder.path("x.wim").exists(), "{}", run.text());
}
