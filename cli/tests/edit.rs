//! `wimsmith info` with changes.

use serde_json::{Value, json};

use crate::util::{Folder, Run, name};

fn archive(file: &str) -> Folder {
    let folder = Folder::new();
    folder.write("x.wim", testdata::read(file));
    folder
}

fn info(folder: &Folder) -> Value {
    folder.run(&["info", "x.wim", "--json"]).ok().json()["result"].clone()
}

#[test]
fn properties_and_the_boot_image_are_changed_in_place() {
    let folder = archive("wims/two-images-lzx.wim");
    let arguments =
        ["info", "x.wim", "2", "--set", "NAME=Setup", "--set", "WINDOWS/ARCH=12", "--set", "DESCRIPTION=", "--boot"];
    let result = folder.run(&[&arguments[..], &["--json"]].concat()).ok().json()["result"].clone();
    let changed: Vec<&str> =
        result["changes"].as_array().unwrap().iter().map(|change| change["property"].as_str().unwrap()).collect();
    assert_eq!(changed, ["NAME", "WINDOWS/ARCH", "DESCRIPTION", "boot index"]);
    assert_eq!((&result["changes"][0]["new"], &result["changes"][2]["new"]), (&json!("Setup"), &Value::Null));
    let now = info(&folder);
    assert_eq!((&now["boot_index"], &now["images"][1]["name"]), (&json!(2), &json!("Setup")));
    assert_eq!(now["images"][1]["architecture"], "arm64");
    folder.run(&["verify", "x.wim"]).ok();
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        let run = Run::of(std::process::Command::new(wimlib).args(["info", name(&folder.path("x.wim"))])).ok();
        assert!(run.text().contains("Boot Index:     2"), "{}", run.text());
    }
    let before = folder.read("x.wim");
    let run = folder.run(&arguments).ok();
    assert!(run.text().contains("it is so already"), "{}", run.text());
    assert!(folder.read("x.wim") == before);
}

#[test]
fn no_image_boots_any_more() {
    let folder = archive("wims/two-images-lzx.wim");
    folder.run(&["info", "x.wim", "0", "--boot", "--dry-run"]).ok();
    assert_eq!(info(&folder)["boot_index"], 1);
    folder.run(&["info", "x.wim", "0", "--boot"]).ok();
    assert_eq!(info(&folder)["boot_index"], Value::Null);
    folder.run(&["info", "x.wim", "0", "--set", "NAME=x"]).fails(2, &["0 is none"]);
}

#[test]
fn integrity_tables_come_and_go() {
    let folder = archive("wims/none.wim");
    folder.run(&["info", "x.wim", "--integrity"]).ok();
    assert_eq!(info(&folder)["has_integrity_table"], true);
    folder.run(&["info", "x.wim", "--no-integrity", "--set", "NAME=x"]).ok();
    let now = info(&folder);
    assert_eq!((&now["has_integrity_table"], &now["images"][0]["name"]), (&json!(false), &json!("x")));
    folder.run(&["info", "x.wim", "--integrity", "--no-integrity"]).fails(2, &["cannot be used with"]);
}

#[test]
fn changes_that_make_no_sense_change_nothing() {
    let folder = archive("wims/two-images-lzx.wim");
    let old = folder.read("x.wim");
    for (arguments, code, words) in [
        (&["--set", "NAME=x"][..], 2, "say which one"),
        (&["all", "--set", "NAME=x"], 2, "one image"),
        (&["3", "--set", "NAME=x"], 4, "no image 3"),
        (&["2", "--set", "NAME=Microsoft Windows PE (x64)"], 2, "an image of that name"),
        (&["2", "--set", "NAME"], 2, "PATH=TEXT"),
        (&["2", "--set", "WINDOWS=x"], 2, "WINDOWS=x"),
        (&["2", "--set", "A[0]=x"], 2, "A[0]"),
        (&["2", "--set", "NAME=a\u{1}b"], 2, "property"),
        (&["2", "--boot", "--header"], 2, "cannot be used with"),
        (&["2", "--dry-run"], 2, "--dry-run of what"),
    ] {
        folder.run(&[&["info", "x.wim"], arguments].concat()).fails(code, &[words]);
        assert!(folder.read("x.wim") == old, "{arguments:?}");
    }
    for (file, words) in [("wims/pipable.wim", "--not-pipable"), ("wims/split.swm", "join the parts")] {
        folder.write("x.wim", testdata::read(file));
        folder.run(&["info", "x.wim", "1", "--set", "NAME=x"]).fails(7, &[words]);
    }
}
