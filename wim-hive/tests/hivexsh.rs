//! hivexsh reads what this library writes, and this library what hivexsh writes.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use common::{parse, reopened, sample, tree};
use wim_hive::{Hive, Value, ValueType};

/// Runs commands on the hive at `path`, and gives what hivexsh printed.
fn hivexsh(program: &Path, path: &Path, commands: &str) -> String {
    let script = path.with_extension("txt");
    fs::write(&script, commands).unwrap();
    let output = Command::new(program).arg("-w").arg(path).arg("-f").arg(&script).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A value as hivexsh lists it.
fn listed(name: &str, value: &Value) -> String {
    let name = if name.is_empty() { "@" } else { name };
    let bytes: Vec<String> = value.data.iter().map(|byte| format!("{byte:02x}")).collect();
    let escaped = value.text().map(|text| text.replace('\\', r"\\").replace('"', "\\\""));
    match (value.kind, escaped) {
        (ValueType::SZ, Some(text)) => format!("\"{name}\"=\"{text}\""),
        (ValueType::EXPAND_SZ, Some(text)) => format!("\"{name}\"=str(2):\"{text}\""),
        (ValueType::DWORD, _) => format!("\"{name}\"=dword:{:08x}", value.number().unwrap()),
        (kind, _) => format!("\"{name}\"=hex({}):{}", kind.0, bytes.join(",")),
    }
}

/// Checks that hivexsh sees every key and value of a hive as this library does.
fn assert_read_alike(program: &Path, folder: &Path, hive: &Hive) {
    let path = folder.join("ours.hive");
    fs::write(&path, hive.to_bytes().unwrap()).unwrap();
    let (mut commands, mut expected) = (String::new(), String::new());
    for (key, values) in tree(hive) {
        // A last backslash would go on in the next line.
        let key = if key.is_empty() { "\\ " } else { &key };
        write!(commands, "cd {key}\nlsval\n").unwrap();
        let node = hive.key(key.trim()).unwrap();
        for (name, _) in node.values() {
            writeln!(expected, "{}", listed(&name.to_string(), &values[&name.to_string()])).unwrap();
        }
        commands.push_str("ls\n");
        node.subkeys().for_each(|key| writeln!(expected, "{}", key.name()).unwrap());
    }
    let printed = hivexsh(program, &path, &commands);
    let differing = printed.lines().zip(expected.lines()).find(|(theirs, ours)| theirs != ours);
    assert_eq!(differing, None);
    assert_eq!(printed.lines().count(), expected.lines().count());
}

#[test]
fn hivexsh_reads_the_values_of_edited_hives() {
    let Some(program) = testdata::peer("hivexsh") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut hive = parse(&sample());
    assert_read_alike(&program, folder.path(), &hive);
    for i in 0..1500 {
        hive.set_value(&format!(r"Many\key {i:04}"), "", &Value::sz(&format!("value {i}"))).unwrap();
    }
    for size in [0, 1, 4, 5, 5000, 16_344, 16_345, 70_000] {
        hive.set_value("Sizes", &format!("v{size}"), &Value::binary(vec![size as u8; size])).unwrap();
    }
    hive.set_value("Sizes", "v5000", &Value::multi_sz(["a", "b"])).unwrap();
    hive.set_value("Setup", "CmdLine", &Value::expand_sz(r"%SystemRoot%\longer\than\before.exe")).unwrap();
    hive.delete_value("Setup", "Binary").unwrap();
    hive.delete_key(r"ControlSet001\Services\disk").unwrap();
    for i in (0..1500).step_by(2) {
        hive.delete_key(&format!(r"Many\key {i:04}")).unwrap();
    }
    assert_read_alike(&program, folder.path(), &hive);
}

#[test]
fn what_hivexsh_wrote_is_read_edited_and_read_by_hivexsh() {
    let Some(program) = testdata::peer("hivexsh") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.hive");
    fs::write(&path, sample()).unwrap();
    let mut commands = String::new();
    for i in 0..700 {
        write!(commands, "cd \\Setup\nadd n{i:03}\ncd n{i:03}\nsetval 2\n@\nstring:text {i}\nN\ndword:{i}\n").unwrap();
    }
    commands.push_str("cd \\Setup\\n500\ndel\ncd \\Select\nsetval 1\nData\nhex:3:");
    commands.push_str(&["5a"; 1000].join(","));
    commands.push_str("\ncommit\n");
    hivexsh(&program, &path, &commands);

    let mut hive = parse(&fs::read(&path).unwrap());
    let setup = hive.key("Setup").unwrap();
    assert_eq!((setup.subkeys().len(), setup.values().len()), (699, 5));
    let key = hive.key(r"Setup\N123").unwrap();
    assert_eq!(key.value(&"".into()).unwrap().text().as_deref(), Some("text 123"));
    assert_eq!(key.value(&"n".into()).unwrap().number(), Some(123));
    let data = hive.key("Select").unwrap().value(&"data".into());
    assert_eq!(data, Some(Value::binary(vec![0x5A; 1000])));

    for i in (0..700).step_by(3) {
        hive.delete_key(&format!(r"Setup\n{i:03}")).unwrap();
        hive.set_value(&format!(r"Setup\m{i:03}"), "v", &Value::dword(i)).unwrap();
    }
    assert_read_alike(&program, folder.path(), &reopened(&hive));
}
