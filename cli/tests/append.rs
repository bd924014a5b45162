//! `wimsmith export --append`.

use testdata::build::{Image, Wim};

use crate::util::{Folder, Run, boot_wim, fixture, name};

fn images(folder: &Folder, file: &str) -> Vec<String> {
    let document = folder.run(&["info", file, "--json"]).ok().json();
    let images = document["result"]["images"].as_array().unwrap().clone();
    images.iter().map(|image| image["name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn images_are_added_to_what_is_there() {
    let folder = Folder::new();
    folder.write("base.wim", testdata::read("wims/lzx-32k.wim"));
    let run = folder.run(&["export", &boot_wim(), "2", "base.wim", "--append", "--boot", "--json"]).ok();
    let result = run.json()["result"].clone();
    assert_eq!((&result["appended"]["first_image"], &result["output"]["boot_index"]), (&2.into(), &2.into()));
    assert_eq!(images(&folder, "base.wim"), ["mixed", "Microsoft Windows Setup (x64)"]);
    folder.run(&["verify", "base.wim"]).ok();
    // What is there already is not written again.
    let run = folder.run(&["export", &boot_wim(), "1", "base.wim", "--append", "--dry-run", "--json"]).ok();
    let plan = run.json()["result"]["plan"].clone();
    assert!(plan["present"].as_u64().unwrap() > plan["blobs"].as_u64().unwrap(), "{plan}");
    assert_eq!(images(&folder, "base.wim").len(), 2, "a dry run changes nothing");
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        Run::of(std::process::Command::new(wimlib).args(["verify", name(&folder.path("base.wim"))])).ok();
    }
    if let Some(seven_zip) = testdata::peer("7zz") {
        Run::of(std::process::Command::new(seven_zip).args(["t", name(&folder.path("base.wim"))])).ok();
    }
}

/// Only an LZMS archive took solid data: --solid asked for LZMS.
#[test]
fn solid_data_goes_into_any_archive() {
    let folder = Folder::new();
    folder.write("base.wim", testdata::read("wims/xpress-32k.wim"));
    let run = folder.run(&["export", &boot_wim(), "1", "base.wim", "--append", "--solid", "--json"]).ok();
    let plan = run.json()["result"]["plan"].clone();
    assert!(plan["solid"].as_u64().unwrap() > 0 && plan["solid"] == plan["blobs"], "{plan}");
    folder.run(&["verify", "base.wim"]).ok();
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        Run::of(std::process::Command::new(wimlib).args(["verify", name(&folder.path("base.wim"))])).ok();
    }
}

#[test]
fn an_archive_that_is_not_there_is_made() {
    let folder = Folder::new();
    for image in ["1", "2"] {
        folder.run(&["export", &boot_wim(), image, "new.wim", "--append"]).ok();
    }
    assert_eq!(images(&folder, "new.wim"), images(&folder, &boot_wim()));
    assert_eq!(folder.names(), ["new.wim"]);
}

#[test]
fn what_cannot_be_appended_leaves_the_archive_as_it_was() {
    let folder = Folder::new();
    let cases: [(&str, &[&str], i32, &str); 8] = [
        ("wims/lzx-32k.wim", &[], 2, "an image of that name"),
        ("wims/lzx-32k.wim", &["--name", "x", "--compress", "xpress"], 2, "wimsmith optimize"),
        ("wims/lzx-32k.wim", &["--name", "x", "--chunk-size", "64K"], 2, "chunk size"),
        ("wims/lzx-32k.wim", &["--name", "x", "--pipable"], 2, "cannot be used with"),
        ("wims/pipable.wim", &["--name", "x"], 7, "--not-pipable"),
        ("wims/split.swm", &["--name", "x"], 7, "join the parts"),
        ("hostile/encrypted.wim", &["--name", "x"], 7, "encrypted"),
        ("hostile/metadata-missing.wim", &["--name", "x"], 7, "cannot be changed"),
    ];
    for (base, options, code, words) in cases {
        let old = testdata::read(base);
        folder.write("base.wim", &old);
        let source = fixture("wims/xpress-32k.wim");
        let run = folder.run(&[&["export", &source, "1", "base.wim", "--append"], options].concat());
        run.fails(code, &[words]);
        assert!(folder.read("base.wim") == old, "{base} {options:?}");
        assert_eq!(folder.names(), ["base.wim"]);
    }
    folder.write("base.wim", "no archive");
    folder.run(&["export", &boot_wim(), "1", "base.wim", "--append"]).fails(6, &["base.wim"]);
    folder.run(&["export", &boot_wim(), "7", "base.wim", "--append"]).fails(4, &["no image 7"]);
    assert_eq!(folder.read("base.wim"), b"no archive");
}

#[test]
fn damaged_sources_leave_the_archive_as_it_was() {
    let folder = Folder::new();
    let built = Wim::new().image(Image::new("x").file(r"\one", "some content")).build();
    let offset = built.entry("some content").resource.offset as usize;
    folder.write("bad.wim", built.flip(offset).bytes).write("base.wim", testdata::read("wims/none.wim"));
    folder.run(&["export", "bad.wim", "base.wim", "--append"]).fails(6, &["bad.wim", r"\one"]);
    assert!(folder.read("base.wim") == testdata::read("wims/none.wim"));
}

/// Damage that was there already came out of a run that had succeeded.
#[test]
fn nothing_is_appended_to_a_damaged_archive() {
    let folder = Folder::new();
    let old = testdata::read("hostile/wrong-hash.wim");
    folder.write("base.wim", &old);
    let arguments = ["export", &boot_wim(), "1", "base.wim", "--append"];
    folder.run(&arguments).fails(6, &["base.wim", "SHA-1"]);
    assert!(folder.read("base.wim") == old);
    folder.run(&[&arguments[..], &["--no-verify"]].concat()).ok();
    assert_eq!(images(&folder, "base.wim").len(), 2);
}

#[test]
fn a_delta_archive_takes_images_if_its_base_is_named() {
    let folder = Folder::new();
    folder.write("delta.wim", testdata::read("wims/delta.wim"));
    let base = fixture("wims/lzx-32k.wim");
    let arguments = ["export", &boot_wim(), "1", "delta.wim", "--append"];
    let run = folder.run(&arguments).code(6);
    assert!(run.stderr.contains("--ref"), "{}", run.stderr);
    folder.run(&[&arguments[..], &["--ref", &base]].concat()).ok();
    folder.run(&["verify", "delta.wim", "--ref", &base]).ok();
    assert_eq!(images(&folder, "delta.wim").len(), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn an_archive_that_somebody_else_changes_is_left_alone() {
    let folder = Folder::new();
    folder.write("base.wim", testdata::read("wims/none.wim"));
    let file = std::fs::File::open(folder.path("base.wim")).unwrap();
    file.lock().unwrap();
    for arguments in [
        &["export", &boot_wim(), "1", "base.wim", "--append"][..],
        &["optimize", "base.wim"],
        &["delete", "base.wim", "all"],
        &["info", "base.wim", "1", "--set", "NAME=y"],
    ] {
        folder.run(arguments).fails(8, &["base.wim", "another run"]);
    }
    assert!(folder.read("base.wim") == testdata::read("wims/none.wim"));
}
