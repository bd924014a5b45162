//! Manifests: written by `export`, `optimize` and `verify`, compared by `verify`.

use serde_json::Value;

use crate::util::{Folder, boot_wim, fixture};

fn lines(folder: &Folder, file: &str) -> Vec<Value> {
    let text = String::from_utf8(folder.read(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_manifest_lists_everything() {
    let folder = Folder::new();
    folder.run(&["export", &fixture("wims/ntfs.wim"), "o.wim", "--manifest", "o.jsonl"]).ok();
    let lines = lines(&folder, "o.jsonl");
    let (wim, image) = (&lines[0], &lines[1]);
    assert_eq!((&wim["type"], &wim["size"]), (&"wim".into(), &folder.read("o.wim").len().into()));
    assert_eq!((&wim["codec"], &wim["source"][0]["name"]), (&"none/0".into(), &"ntfs.wim".into()));
    assert_eq!((&image["type"], &image["index"]), (&"image".into(), &1.into()));
    let listed = folder.run(&["ls", "o.wim", "--recursive", "--json"]).ok().json();
    // The root is no entry of a listing.
    assert_eq!(lines.len() - 3, listed["result"]["images"][0]["entries"].as_array().unwrap().len());
    let paths: Vec<&str> = lines[2..].iter().map(|line| line["path"].as_str().unwrap()).collect();
    assert!(paths.is_sorted() && paths[0] == "/");
    for field in ["sha1", "sha256", "sd_sha256", "streams", "short_name", "reparse_tag", "mtime", "attrs"] {
        assert!(lines[2..].iter().any(|line| !line[field].is_null()), "{field}");
    }
    folder.run(&["export", &fixture("wims/links.wim"), "l.wim", "--manifest", "l.jsonl"]).ok();
    assert!(self::lines(&folder, "l.jsonl").iter().any(|line| line["link"].is_string()));
}

#[test]
fn sha256_is_that_of_the_data() {
    // From the standard: the hash of "abc".
    let image = testdata::build::Image::new("x").file("/a", "abc");
    let folder = Folder::new();
    folder.write("x.wim", testdata::build::Wim::new().image(image).to_bytes());
    folder.run(&["verify", "x.wim", "--write-manifest", "x.jsonl"]).ok();
    let file = lines(&folder, "x.jsonl").into_iter().find(|line| line["path"] == "/a").unwrap();
    assert_eq!(file["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(file["sha1"], "a9993e364706816aba3e25717850c26c9cd0d89d");
}

#[test]
fn the_same_archive_has_the_same_manifest() {
    let folder = Folder::new();
    for threads in ["1", "3"] {
        let (out, manifest) = (format!("{threads}.wim"), format!("{threads}.jsonl"));
        let arguments = ["export", &boot_wim(), "all", &out, "--manifest", &manifest, "--compress", "lzms", "--solid"];
        folder.run(&[&arguments[..], &["--threads", threads]].concat()).ok();
    }
    assert!(folder.read("1.jsonl") == folder.read("3.jsonl"));
    folder.run(&["verify", "3.wim", "--manifest", "1.jsonl"]).ok();
    folder.run(&["verify", "3.wim", "--write-manifest", "v.jsonl"]).ok();
    folder.run(&["verify", "1.wim", "--manifest", "v.jsonl"]).ok();
}

#[test]
fn what_differs_is_told_with_code_one() {
    let folder = Folder::new();
    folder.run(&["export", &boot_wim(), "all", "o.wim", "--manifest", "o.jsonl"]).ok();
    let run = folder.run(&["verify", "o.wim", "--manifest", "o.jsonl"]).ok();
    assert!(run.text().contains("the manifest matches"), "{}", run.text());
    folder.run(&["info", "o.wim", "2", "--set", "NAME=x"]).ok();
    let run = folder.run(&["verify", "o.wim", "--manifest", "o.jsonl"]).code(1);
    assert!(run.text().contains("image 2: name is x, the manifest says Microsoft Windows Setup"), "{}", run.text());
    folder.run(&["delete", "o.wim", "1"]).ok();
    let document = folder.run(&["verify", "o.wim", "--manifest", "o.jsonl", "--json"]).code(1).json();
    assert_eq!(document["error"]["code"], "manifest_differs");
    let differences = document["result"]["files"][0]["differences"].as_array().unwrap().clone();
    for what in ["missing", "changed"] {
        assert!(differences.iter().any(|difference| difference["what"] == what), "{what}");
    }
    folder.run(&["export", &boot_wim(), "1", "o.wim", "--append"]).ok();
    folder.run(&["export", &boot_wim(), "1", "one.wim", "--manifest", "one.jsonl"]).ok();
    let run = folder.run(&["verify", "o.wim", "--manifest", "one.jsonl"]).code(1);
    assert!(run.text().contains("image 2 is not in the manifest"), "{}", run.text());
}

#[test]
fn damage_is_worse_than_a_difference() {
    let folder = Folder::new();
    folder.run(&["verify", &fixture("wims/none.wim"), "--write-manifest", "n.jsonl"]).ok();
    folder.run(&["verify", &fixture("hostile/wrong-hash.wim"), "--manifest", "n.jsonl"]).code(6);
    folder.run(&["verify", &fixture("hostile/wrong-hash.wim"), "--write-manifest", "w.jsonl"]).code(6);
    assert_eq!(folder.names(), ["n.jsonl"], "of what is damaged there is no manifest");
}

#[test]
fn what_is_no_manifest_is_refused_before_the_work() {
    let folder = Folder::new();
    let source = fixture("wims/none.wim");
    for text in ["", "hello\n", "{}\n", "[1]\n", "{\"type\":\"file\"}\n", "{\"type\":\"image\",\"index\":1}\n"] {
        folder.write("m.jsonl", text);
        folder.run(&["verify", &source, "--manifest", "m.jsonl"]).fails(2, &["m.jsonl, line 1"]);
    }
    folder.run(&["verify", &source, "--manifest", "absent.jsonl"]).fails(3, &["absent.jsonl"]);
    folder.run(&["verify", &source, &source, "--manifest", "m.jsonl"]).fails(2, &["one at a time"]);
    folder.run(&["verify", &source, "--manifest", "m.jsonl", "--write-manifest", "n.jsonl"]).fails(2, &["cannot be"]);
    folder.run(&["export", &source, "o.wim", "--manifest", "no/m.jsonl"]).fails(3, &["no/m.jsonl"]);
    assert!(!folder.names().contains(&"o.wim".to_owned()), "nothing is written before the manifest has a place");
}

/// A manifest was written over the archive that it was about.
#[test]
fn a_manifest_never_takes_the_place_of_an_archive() {
    let folder = Folder::new();
    let old = testdata::read("wims/none.wim");
    folder.write("x.wim", &old);
    for arguments in [
        &["verify", "x.wim", "--write-manifest", "x.wim"][..],
        &["verify", "x.wim", "--write-manifest", "./x.wim"],
        &["optimize", "x.wim", "--manifest", "x.wim"],
        &["export", "x.wim", "1", "o.wim", "--manifest", "x.wim"],
        &["export", "x.wim", "1", "o.wim", "--manifest", "o.wim"],
    ] {
        folder.run(arguments).fails(2, &["the archive itself"]);
        assert!(folder.read("x.wim") == old, "{arguments:?}");
        assert_eq!(folder.names(), ["x.wim"]);
    }
}
