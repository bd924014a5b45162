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
fn a_list_names_several_sources() {
    let folder = source();
    folder.write("more/a/two.txt", "2").write("a file.txt", "file").write("empty.list", "# nothing\n");
    folder.write("x.list", "src /\nmore /\n'a file.txt' /deep/below/file.txt\n");
    let run = folder.run(&["capture", "x.list", "x.wim", "--source-list", "--json"]).ok();
    let result = &run.json()["result"];
    assert_eq!((&result["name"], &result["captured"]["files"]), (&"x.list".into(), &4.into()));
    folder.run(&["verify", "x.wim"]).ok();
    folder.run(&["apply", "x.wim", "out"]).ok();
    assert_eq!(folder.read("out/a/two.txt"), b"2");
    assert_eq!(folder.read("out/deep/below/file.txt"), b"file");
    folder.run(&["append", "x.list", "x.wim", "again", "--source-list"]).ok();
    folder.run(&["capture", "empty.list", "y.wim", "--source-list"]).fails(2, &["at least one source"]);
    folder.write("bad.list", "src / x\n");
    folder.run(&["capture", "bad.list", "y.wim", "--source-list"]).fails(2, &["1: src / x", "quotes"]);
    assert!(!folder.path("y.wim").exists());
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

/// Only an LZMS archive took solid data: --solid asked for LZMS.
#[test]
fn what_is_appended_may_be_solid_in_any_archive() {
    let folder = source();
    for base in ["wims/xpress-32k.wim", "wims/lzx-32k.wim", "wims/none.wim"] {
        folder.write("base.wim", testdata::read(base));
        folder.run(&["append", "src", "base.wim", "--solid", "--dry-run"]).ok();
        let run = folder.run(&["append", "src", "base.wim", "--solid", "--json"]).ok();
        let plan = &run.json()["result"]["plan"];
        assert_eq!((&plan["solid"], &plan["blobs"], &plan["dropped"]), (&2.into(), &2.into(), &0.into()), "{base}");
        folder.run(&["verify", "base.wim"]).ok();
    }
}

/// Damage that was there already came out of a run that had succeeded.
#[test]
fn no_folder_is_appended_to_a_damaged_archive() {
    let folder = source();
    let old = testdata::read("hostile/wrong-hash.wim");
    folder.write("base.wim", &old);
    folder.run(&["append", "src", "base.wim"]).fails(6, &["base.wim", "SHA-1"]);
    assert!(folder.read("base.wim") == old);
    folder.run(&["append", "src", "base.wim", "--no-verify"]).ok();
    assert!(folder.read("base.wim").len() > old.len());
}

#[test]
fn a_folder_is_appended_to_a_delta_if_its_base_is_named() {
    let folder = source();
    folder.run(&["capture", "src", "base.wim"]).ok();
    folder.write("src/three.txt", "three");
    folder.run(&["capture", "src", "delta.wim", "--delta-from", "base.wim"]).ok();
    folder.run(&["append", "src", "delta.wim", "again"]).fails(6, &["--ref"]);
    folder.run(&["append", "src", "delta.wim", "again", "--ref", "base.wim"]).ok();
    folder.run(&["verify", "delta.wim", "--ref", "base.wim"]).ok();
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

#[test]
fn a_sidecar_keeps_what_the_folder_cannot() {
    let folder = Folder::new();
    let ntfs = crate::util::fixture("wims/ntfs.wim");
    let run = folder.run(&["apply", &ntfs, "1", "out", "--json"]).ok();
    let lost = run.json()["result"]["images"][0]["not_restored"].as_array().unwrap().len();
    assert!(lost >= 4, "without a sidecar the run says what is not restored: {}", run.text());
    let text = folder.run(&["apply", &ntfs, "1", "out"]).ok();
    assert_eq!(text.text().matches("Not restored").count(), 1, "{}", text.text());
    let run = folder.run(&["apply", &ntfs, "1", "out", "--metadata", "sidecar", "--json"]).ok();
    let image = &run.json()["result"]["images"][0];
    assert!(image["sidecar"].as_str().unwrap().ends_with("out.metadata.wim"));
    assert_eq!(image["not_restored"].as_array().unwrap().len(), 0);
    let run = folder.run(&["capture", "out", "x.wim", "--metadata", "sidecar", "--json"]).ok();
    assert!(run.json()["result"]["captured"]["known"].as_u64().unwrap() > 10);
    folder.run(&["diff", &format!("{ntfs}:1"), "x.wim:1"]).ok();
    let run = folder.run(&["capture", "out", "plain.wim"]).ok();
    assert!(run.stderr.contains("--metadata sidecar reads it"), "{}", run.stderr);
    folder.run(&["diff", &format!("{ntfs}:1"), "plain.wim:1"]).code(1);
    folder.run(&["apply", &ntfs, "1", "other", "--sidecar", "side.wim"]).ok();
    folder.run(&["capture", "other", "y.wim", "--sidecar", "side.wim"]).ok();
    folder.run(&["diff", "x.wim:1", "y.wim:1"]).ok();
    folder.run(&["capture", "other", "y.wim", "--sidecar", "absent.wim"]).fails(3, &["absent.wim"]);
    folder.run(&["capture", "other", "y.wim", "--sidecar", "x.wim"]).fails(2, &["no sidecar"]);
}

#[test]
fn a_delta_may_have_several_bases() {
    let folder = source();
    folder.run(&["capture", "src/a", "a.wim"]).ok();
    folder.write("b/two.txt", "two").run(&["capture", "b", "b.wim"]).ok();
    let both = ["capture", "src", "delta.wim", "--delta-from", "a.wim", "--delta-from", "b.wim", "--json"];
    assert_eq!(folder.run(&both).ok().json()["result"]["plan"]["blobs"], 0);
    folder.run(&["apply", "delta.wim", "out", "--ref", "a.wim"]).fails(6, &["--ref"]);
    folder.run(&["apply", "delta.wim", "out", "--ref", "?.wim"]).ok();
    assert_eq!(folder.read("out/two.txt"), b"two");
}
