//! `wimsmith check`.

use testdata::build::Wim;
use testdata::pe::Machine;
use testdata::winpe::{self, Edition};

use crate::util::{Folder, fixture};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("boot.wim", Wim::new().image(winpe::image(Machine::X64, Edition::Pe)).boot_index(1).to_bytes());
    folder
}

#[test]
fn a_boot_image_is_fit_for_who_will_likely_read_it() {
    let run = folder().run(&["check", "boot.wim"]).ok();
    assert!(run.text().contains("note: secure-boot-2023: image 1: missing: \\Windows\\Boot\\EFI_EX"), "{}", run.text());
    assert!(run.text().ends_with("boot.wim: 0 errors, 0 warnings, 1 note, for dism, bootmgr\n"));
}

#[test]
fn the_exit_code_follows_the_severity() {
    let folder = folder();
    folder.run(&["check", "boot.wim", "--for", "bootmgr", "--fail-on", "warning"]).ok();
    folder.run(&["check", "boot.wim", "--for", "bootmgr", "--fail-on", "note"]).code(1);
    let esd = fixture("wims/solid-lzms.wim");
    folder.run(&["check", &esd]).ok();
    let run = folder.run(&["check", &esd, "--for", "wimboot,fat32"]).code(1);
    for rule in ["version", "codec", "solid", "boot-index"] {
        assert!(run.text().contains(&format!("error: {rule}: ")), "{rule}\n{}", run.text());
    }
    folder.run(&["check", &esd, "--for", "wimboot", "--fail-on", "never"]).ok();
    folder.run(&["check", "boot.wim", "--for", "grub"]).fails(2, &["grub", "bootmgr, wimboot"]);
    folder.run(&["check"]).code(2);
}

#[test]
fn json_has_every_finding_and_every_rule() {
    let folder = folder();
    let run = folder.run(&["check", &fixture("wims/solid-lzms.wim"), "--for", "bootmgr", "--json"]).code(1);
    let json = run.json();
    assert_eq!(json["error"]["code"], "rules_broken");
    assert_eq!(json["result"]["consumers"][0], "bootmgr");
    assert!(json["result"]["errors"].as_u64().unwrap() >= 3);
    let rules = folder.run(&["check", "--rules", "--json"]).ok().json();
    assert!(rules["result"]["rules"].as_array().unwrap().len() > 30);
    assert!(folder.run(&["check", "--rules"]).ok().text().contains("codec (error; bootmgr, wimboot, wds)"));
}
