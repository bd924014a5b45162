//! `wimsmith extract` and `wimsmith apply`.
#![cfg(unix)]

use std::fs;

use testdata::build::{Dentry, Image, Wim};

use crate::util::{Folder, fixture};

#[test]
fn an_image_is_applied_and_counted() {
    let folder = Folder::new();
    let answer = folder.run(&["apply", &fixture("wims/lzx-32k.wim"), "1", "out", "--json"]).ok().json();
    let image = &answer["result"]["images"][0];
    assert_eq!((&image["index"], &image["destination"]), (&1.into(), &"out".into()));
    assert!(image["files"].as_u64().unwrap() > 1 && image["skipped"].as_array().unwrap().is_empty());
    let run = folder.run(&["apply", &fixture("wims/lzx-32k.wim"), "again"]).ok();
    assert!(run.text().starts_with("extracted to again\n"), "{}", run.text());
    assert_eq!(fs::read_dir(folder.path("out")).unwrap().count(), fs::read_dir(folder.path("again")).unwrap().count());
}

#[test]
fn all_images_have_folders_of_their_own() {
    let folder = Folder::new();
    let image = |name| Image::new(name).file("/f", name);
    folder.write("x.wim", Wim::new().image(image("One")).image(image("../Two")).image(image("one")).to_bytes());
    folder.run(&["apply", "x.wim", "all", "out"]).ok();
    for (name, text) in [("One", "One"), ("2", "../Two"), ("3", "one")] {
        assert_eq!(folder.read(&format!("out/{name}/f")), text.as_bytes());
    }
    folder.run(&["apply", "x.wim", "out2"]).fails(2, &["3 images"]);
    folder.run(&["apply", "x.wim"]).fails(2, &["where"]);
}

#[test]
fn paths_patterns_and_lists_are_extracted() {
    let folder = Folder::new();
    let image = Image::new("x").file("/a/b.txt", "b").file("/a/c.dll", "c").file("/d", "d");
    folder.write("x.wim", Wim::new().image(image).to_bytes()).write("list", "# these\n\\a\\b.txt\n");
    folder.run(&["extract", "x.wim", "/a/*.txt", "--dest", "one"]).ok();
    assert_eq!(folder.read("one/b.txt"), b"b");
    folder.run(&["extract", "x.wim", "1", "@list", "/d", "--dest", "two"]).ok();
    assert_eq!((folder.read("two/a/b.txt"), folder.read("two/d")), (b"b".to_vec(), b"d".to_vec()));
    folder.run(&["extract", "x.wim", "/absent", "--dest", "three"]).fails(3, &["/absent"]);
    folder.run(&["extract", "x.wim", "1", "d", "--dest", "three"]).fails(2, &["starts with"]);
    assert!(!folder.path("three").exists());
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = Folder::new();
    let run = folder.run(&["apply", &fixture("wims/lzx-32k.wim"), "out", "--dry-run"]).ok();
    assert!(run.text().starts_with("would extract to out\n"));
    assert!(folder.names().is_empty());
}

#[test]
fn what_is_left_out_is_a_warning_and_damage_is_an_error() {
    let folder = Folder::new();
    let image = Image::new("x").add("/", Dentry::file("a/b", "1")).file("/bad", "bad data");
    let wim = Wim::new().image(image).build();
    folder.write("good.wim", &wim.bytes);
    let offset = wim.entry("bad data").resource.offset as usize;
    folder.write("bad.wim", wim.flip(offset).bytes);
    let run = folder.run(&["apply", "good.wim", "out", "--json"]).ok();
    assert!(run.stderr.contains("left out"), "{}", run.stderr);
    assert_eq!(run.json()["warnings"][0]["code"], "SKIPPED");
    folder.run(&["apply", "bad.wim", "bad"]).fails(6, &["\\bad", "SHA-1"]);
    let run = folder.run(&["apply", "bad.wim", "bad", "--recover", "--json"]).code(6);
    assert_eq!(run.json()["result"]["damaged"].as_array().unwrap().len(), 1);
    assert!(folder.path("bad/bad.corrupt").exists() && !folder.path("bad/bad").exists());
}
