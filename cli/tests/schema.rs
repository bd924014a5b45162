//! `docs/json.md` names every field that any verb prints.

use std::fs;

use serde_json::Value;

use crate::util::{Folder, boot_wim, fixture};

/// Gives `each` the name of every field.
fn fields(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| {
            each(name);
            fields(value, each);
        }),
        Value::Array(values) => values.iter().for_each(|value| fields(value, each)),
        _ => {}
    }
}

#[test]
fn every_field_is_documented() {
    let documented = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/json.md")).unwrap();
    let folder = Folder::new();
    folder.write("x.wim", testdata::read("wims/two-images-lzx.wim"));
    let (boot, ntfs) = (boot_wim(), fixture("wims/ntfs.wim"));
    let split = fixture("wims/split.swm").replace("split.swm", "split*.swm");
    let bad = fixture("hostile/wrong-hash.wim");
    folder.run(&["verify", &ntfs, "--write-manifest", "m.jsonl"]).ok();
    for arguments in [
        &["export-boot", "-a", "x64", "-i", "1", "--source", &boot, "--out", "b.wim"][..],
        &["info", &boot],
        &["info", &fixture("wims/solid-lzms.wim")],
        &["info", &boot, "--header"],
        &["info", &fixture("wims/solid-lzms.wim"), "--blobs"],
        &["info", "x.wim", "1", "--set", "NAME=x"],
        &["ls", &ntfs, "--recursive"],
        &["cat", &boot, "1", "\\Windows\\System32\\startnet.cmd"],
        &["verify", &boot, &bad],
        &["verify", "x.wim", "--manifest", "m.jsonl"],
        &["export", &boot, "1", "o.wim", "--on-exists", "backup"],
        &["export", &ntfs, "o.wim", "--append"],
        &["edit", "x.wim", "1", "--mkdir", "\\new"],
        &["profile", "show", "none"],
        &["optimize", "x.wim"],
        &["registry", "x.wim", "1", "SYSTEM", "get", "Setup"],
        &["registry", "x.wim", "1", "SYSTEM", "get", "Setup", "CmdLine"],
        &["registry", "x.wim", "1", "SYSTEM", "set", "Setup", "CmdLine", "cmd.exe"],
        &["registry", "x.wim", "1", "SYSTEM", "export", "--out", "x.reg"],
        &["check", &boot, "--for", "setup,wimboot"],
        &["check", "--rules"],
        &["report", &boot, "--html", "r.html"],
        &["diff", &format!("{boot}:1"), &format!("{boot}:2")],
        &["delete", "x.wim", "1", "--soft"],
        &["split", &boot, "p.swm", "--part-size", "64K"],
        &["join", "j.wim", &split],
        &["man", "man1"],
    ] {
        let run = folder.run(&[arguments, &["--json"]].concat());
        let document: Value = serde_json::from_slice(&run.stdout).unwrap_or_else(|_| panic!("{arguments:?}"));
        assert_eq!(document["command"], arguments[0]);
        assert!(!document["result"].is_null(), "{arguments:?} {}", run.stderr);
        fields(&document, &mut |name| {
            assert!(documented.contains(&format!("`{name}`")) || documented.contains(&format!("\"{name}\"")), "{name}");
        });
    }
    let manifest = String::from_utf8(folder.read("m.jsonl")).unwrap();
    for line in manifest.lines() {
        fields(&serde_json::from_str(line).unwrap(), &mut |name| {
            assert!(documented.contains(&format!("`{name}`")), "{name} of a manifest");
        });
    }
}
