//! Help, its examples, and wrong usage.

use std::fs;
use std::path::Path;
use std::process::Command;

use testdata::build::Wim;
use testdata::pe::Machine;
use testdata::winpe::{Edition, image};

use crate::util::{Folder, Run, boot_wim};

const VERBS: [&str; 18] = [
    "export-boot",
    "info",
    "ls",
    "cat",
    "verify",
    "check",
    "diff",
    "report",
    "export",
    "optimize",
    "delete",
    "edit",
    "split",
    "join",
    "profile",
    "registry",
    "completions",
    "man",
];

/// The files that the examples name.
fn example_files() -> Folder {
    let folder = Folder::new();
    for (name, fixture) in [
        ("boot.wim", "wims/two-images-lzx.wim"),
        ("install.wim", "wims/two-images-lzx.wim"),
        ("install.esd", "wims/solid-lzms.wim"),
        ("install.swm", "wims/split.swm"),
        ("install2.swm", "wims/split2.swm"),
        ("install3.swm", "wims/split3.swm"),
    ] {
        folder.write(name, testdata::read(fixture));
    }
    folder.write("winpe.wim", Wim::new().image(image(Machine::X64, Edition::Pe)).boot_index(1).to_bytes());
    folder.write("tweaks.reg", "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup]\n\"CmdLine\"=\"cmd.exe\"\n");
    let adk = "adk/Windows Preinstallation Environment/amd64/en-us/winpe.wim";
    folder.write(adk, testdata::read("wims/two-images-lzx.wim"));
    folder
}

#[test]
#[cfg(unix)]
fn every_example_of_the_help_works() {
    let program = Path::new(env!("CARGO_BIN_EXE_wimsmith"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    for verb in VERBS {
        let folder = example_files();
        let help = folder.run(&[verb, "--help"]).ok();
        let examples: Vec<&str> = help.text().lines().filter_map(|line| line.strip_prefix("  wimsmith ")).collect();
        assert!(examples.len() >= 2, "{verb} has examples");
        for example in examples {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("wimsmith {example}")]).current_dir(folder.path(""));
            shell.env("PATH", &path);
            Run::of(&mut shell).ok();
        }
    }
}

#[test]
fn there_is_help_for_everything() {
    let folder = Folder::new();
    let help = folder.run(&["--help"]).ok();
    for verb in VERBS {
        assert!(help.text().contains(verb), "{verb}");
        assert!(folder.run(&["help", verb]).ok().text().contains("Usage: "), "{verb}");
        assert!(folder.run(&[verb, "-h"]).ok().text().contains("Examples:"), "{verb}");
    }
    assert!(folder.run(&["--version"]).ok().text().starts_with("wimsmith "));
    let nothing: [&str; 0] = [];
    assert!(folder.run(&nothing).code(2).stderr.contains("Usage: "));
}

#[test]
fn a_slip_of_the_finger_is_recognised() {
    let folder = Folder::new();
    let run = folder.run(&["verfy", "x.wim"]).fails(2, &["verfy"]);
    assert!(run.stderr.contains("'verify'"), "{}", run.stderr);
    let run = folder.run(&["info", "x.wim", "--jsn"]).fails(2, &["--jsn"]);
    assert!(run.stderr.contains("'--json'"), "{}", run.stderr);
    folder.run(&["info"]).fails(2, &["required"]);
    folder.run(&["info", "x.wim", "--xml", "--json"]).fails(2, &["cannot be used with"]);
}

#[test]
fn wrong_usage_is_a_json_document_too() {
    let folder = Folder::new();
    let run = folder.run(&["verify", "--json", "--frobnicate"]).code(2);
    let document = run.json();
    assert_eq!((&document["command"], &document["error"]["code"]), (&"verify".into(), &"usage".into()));
    assert!(document["error"]["message"].as_str().unwrap().contains("--frobnicate"));
    assert_eq!(document["error"]["hresult"]["hex"], "0x80070057");
    let run = folder.run(&["ls", &boot_wim(), "1", "Windows", "--json"]).code(2);
    assert_eq!(run.json()["error"]["code"], "usage");
}

#[test]
fn the_documented_schema_names_every_error_code() {
    // Whatever code a script may see is in the list that its author has read.
    let source = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/diagnostics.rs")).unwrap();
    let documented = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/json.md")).unwrap();
    let (codes, _hints) = source.split_once("/// What to try").unwrap();
    let codes =
        codes.lines().filter_map(|line| line.trim().split_once("=> \"")).map(|(_, code)| code.trim_end_matches("\","));
    let mut count = 0;
    for code in codes.chain(["manifest_differs", "rules_broken", "images_differ"]) {
        assert!(documented.contains(&format!("`{code}`")), "{code} is not in docs/json.md");
        count += 1;
    }
    assert!(count > 25, "{count}");
}
