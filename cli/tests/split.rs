//! `wimsmith split` and `wimsmith join`.

use std::process::Command;

use crate::util::{Folder, Run, boot_wim, fixture, name};

/// The paths and hashes of all images.
fn files(folder: &Folder, file: &str) -> serde_json::Value {
    folder.run(&["ls", file, "all", "--recursive", "--json"]).ok().json()["result"]["images"].clone()
}

#[test]
fn the_parts_together_are_what_the_whole_was() {
    let folder = Folder::new();
    let run = folder.run(&["split", &boot_wim(), "p.swm", "--part-size", "40K"]).ok();
    assert!(run.stderr.contains("the parts take up to"), "{}", run.stderr);
    assert_eq!(folder.names(), ["p.swm", "p2.swm", "p3.swm", "p4.swm"]);
    assert!(folder.names().iter().all(|part| folder.read(part).len() <= 40 << 10));
    folder.run(&["verify", "p.swm", "--ref", "p*.swm"]).ok();
    folder.run(&["cat", "p.swm", "2", r"\Windows\System32\config\SYSTEM", "--ref", "p*.swm"]).ok();
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        let glob = format!("--ref={}", folder.path("p*.swm").display());
        Run::of(Command::new(wimlib).args(["verify", name(&folder.path("p.swm")), &glob])).ok();
    }
    if let Some(seven_zip) = testdata::peer("7zz") {
        Run::of(Command::new(seven_zip).args(["t", name(&folder.path("p.swm"))])).ok();
    }
    // In any order, by name or by pattern.
    for parts in [&["p3.swm", "p.swm", "p4.swm", "p2.swm"][..], &["p*.swm"], &["p.swm", "p*.swm"]] {
        folder.run(&[&["join", "whole.wim"], parts].concat()).ok();
        let result = folder.run(&["info", "whole.wim", "--json"]).ok().json()["result"].clone();
        let source = folder.run(&["info", "p.swm", "--json"]).ok().json()["result"].clone();
        assert_eq!((&result["guid"], &result["boot_index"]), (&source["guid"], &1.into()));
        assert_eq!(files(&folder, "whole.wim"), files(&folder, &boot_wim()));
        folder.run(&["verify", "whole.wim"]).ok();
    }
}

#[test]
fn solid_archives_are_split_too() {
    let folder = Folder::new();
    let source = fixture("wims/solid-lzms.wim");
    let run = folder.run(&["split", &source, "out/p.swm", "--part-size", "fat32", "--mkdirs", "--json"]).ok();
    let result = run.json()["result"].clone();
    assert_eq!((&result["part_size"], result["parts"].as_array().unwrap().len()), (&4_194_304_000_u64.into(), 1));
    assert!(result["space"].as_u64() >= result["parts"][0]["size"].as_u64());
    folder.run(&["verify", "out/p.swm"]).ok();
    let info = folder.run(&["info", "out/p.swm", "--json"]).ok().json()["result"].clone();
    assert_eq!((&info["compression"], info["solid_resources"].as_array().unwrap().len()), (&"LZX".into(), 0));
}

#[test]
fn sets_of_other_programs_are_joined() {
    let folder = Folder::new();
    let pattern = fixture("wims/split.swm").replace("split.swm", "split*.swm");
    folder.run(&["join", "whole.wim", &pattern, "--integrity"]).ok();
    folder.run(&["verify", "whole.wim"]).ok();
    folder.run(&["join", "whole.wim", &pattern, "--on-exists", "fail"]).fails(8, &["whole.wim"]);
    let esd = folder.run(&["join", "whole.esd", &pattern, "--compress", "lzms", "--solid", "--dry-run", "--json"]).ok();
    assert!(esd.json()["result"]["plan"]["solid"].as_u64().unwrap() > 0);
    assert_eq!(folder.names(), ["whole.wim"]);
}

#[test]
fn parts_that_are_there_stay() {
    let folder = Folder::new();
    folder.write("p3.swm", "mine");
    let split = ["split", &boot_wim(), "p.swm", "--part-size", "40K"].map(str::to_owned);
    folder.run(&split).fails(8, &["p3.swm", "exists"]);
    assert_eq!(folder.names(), ["p3.swm"], "found out before anything is written");
    folder.run(&[&split[..], &["--on-exists".into(), "backup".into()]].concat()).ok();
    assert_eq!(folder.read("p3.swm.bak"), b"mine");
    folder.write("p5.swm", "of another set");
    let run = folder.run(&[&split[..], &["--on-exists".into(), "replace".into()]].concat()).ok();
    assert!(run.stderr.contains("p5.swm"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_split_or_joined_leaves_nothing() {
    let folder = Folder::new();
    let source = boot_wim();
    for (arguments, code, words) in [
        (&["split", &source, "p.swm"][..], 2, "required"),
        (&["split", &source, "p.swm", "--part-size", "1K"], 2, "part size"),
        (&["split", &source, "p.swm", "--part-size", "fat16"], 2, "fat32"),
        (&["split", &source, "no/p.swm", "--part-size", "1M"], 3, "--mkdirs"),
        (&["split", &fixture("wims/split.swm"), "p.swm", "--part-size", "1M"], 7, "--ref"),
        (&["split", &fixture("hostile/wrong-hash.wim"), "p.swm", "--part-size", "1M"], 6, "SHA-1"),
        (&["join", "o.wim", &fixture("wims/split.swm"), &fixture("wims/split3.swm")], 7, "missing: 2"),
        (&["join", "o.wim", &fixture("wims/split2.swm"), &fixture("wims/split3.swm")], 7, "missing: 1"),
        (&["join", "o.wim", &fixture("wims/split.swm"), &source], 2, "does not belong"),
        (&["join", "o.wim", "absent*.swm"], 3, "absent"),
        (&["join", "o.wim"], 2, "required"),
    ] {
        let run = folder.run(arguments).code(code);
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
        assert_eq!(folder.names(), [""; 0], "{arguments:?}");
    }
}

#[test]
fn a_dry_run_says_what_space_is_needed() {
    let folder = Folder::new();
    let run = folder.run(&["split", &boot_wim(), "p.swm", "--part-size", "64K", "--dry-run"]).ok();
    for words in ["would split", "Space", "Free"] {
        assert!(run.text().contains(words), "{}", run.text());
    }
    assert_eq!(folder.names(), [""; 0]);
}
