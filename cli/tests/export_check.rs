//! What `export-boot` finds in the new archive before it takes its place, and the page about it.

use testdata::build::Wim;
use testdata::pe::Machine;
use testdata::winpe::{Edition, image};

use crate::util::{Folder, Run};

/// A folder with a boot image that has some junk.
fn folder() -> Folder {
    let image = image(Machine::X64, Edition::Pe).file("Windows/CbsTemp/junk.tmp", "some junk");
    let folder = Folder::new();
    folder.write("pe.wim", Wim::new().image(image).boot_index(1).to_bytes());
    folder
}

fn export(folder: &Folder, more: &[&str]) -> Run {
    folder.run(&[&["export-boot", "-a", "x64", "--source", "pe.wim", "--out", "boot.wim"], more].concat())
}

#[test]
fn the_page_shows_before_after_steps_and_what_the_check_found() {
    let folder = folder();
    let run = export(&folder, &["--html", "r.html", "--report", "r.json", "--json"]).ok();
    let html = String::from_utf8(folder.read("r.html")).unwrap();
    assert_eq!(html.matches("<svg").count(), 2, "before and after");
    for words in ["<strong>shrink-safe</strong>", "cbs-temp", "secure-boot-2023", "SHA-256 of the new file"] {
        assert!(html.contains(words), "{words}");
    }
    let check = &run.json()["result"]["check"];
    let report: serde_json::Value = serde_json::from_slice(&folder.read("r.json")).unwrap();
    assert_eq!(check, &report["result"]["check"]);
    assert_eq!((&check["errors"], &check["consumers"][0]), (&0.into(), &"bootmgr".into()));
    // The check of the finished file is the one of `check`.
    let again = folder.run(&["check", "boot.wim", "--for", "bootmgr,wds,dism", "--json"]).ok().json();
    assert_eq!(check["findings"], again["result"]["findings"]);
}

#[test]
fn a_dry_run_finds_what_the_check_of_the_file_would() {
    let folder = folder();
    let dry = export(&folder, &["--dry-run", "--html", "r.html", "--json"]).ok().json();
    let html = String::from_utf8(folder.read("r.html")).unwrap();
    assert!(html.contains("not written yet") && html.matches("<svg").count() == 2);
    let wet = export(&folder, &["--json"]).ok().json();
    assert_eq!(dry["result"]["check"], wet["result"]["check"]);
    let none = export(&folder, &["--dry-run", "--for", "fat32", "--json"]).ok().json();
    assert_eq!(none["result"]["check"]["findings"], serde_json::json!([]));
}

#[test]
fn what_would_not_boot_does_not_take_the_place_of_what_does() {
    let folder = folder();
    folder.write("SYSTEM", "regf, but cut off");
    folder.run(&["edit", "pe.wim", "--add", r"SYSTEM:\Windows\System32\config\SYSTEM"]).ok();
    folder.write("boot.wim", "what was there");
    for more in [&["--dry-run"][..], &[]] {
        export(&folder, more).fails(7, &["would not boot", "system-hive", "--any-image"]);
        assert_eq!(folder.read("boot.wim"), b"what was there");
    }
    let run = export(&folder, &["--any-image", "--json"]).ok().json();
    assert_eq!(run["result"]["check"]["findings"][0]["rule"], "system-hive");
}
