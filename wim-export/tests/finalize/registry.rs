//! Steps that change hives: what they set is there, clean, and read by others.

use std::process::Command;

use testdata::hive::{Key, Value as TestValue};
use testdata::peer;
use wim_export::ImageEditor;
use wim_export::boot::ReturnCode;
use wim_export::finalize::{Outcome, StepProblem};
use wim_hive::{Hive, Value};

use crate::common::{in_folder, pe, problem, run, run_with};

const SYSTEM: &str = r"\Windows\System32\config\SYSTEM";
const SOFTWARE: &str = r"\Windows\System32\config\SOFTWARE";
const DEFAULT: &str = r"\Windows\System32\config\DEFAULT";

fn hive(editor: &ImageEditor, path: &str) -> Hive {
    Hive::parse(&editor.read(path, 1 << 20).unwrap()).unwrap()
}

fn value(editor: &ImageEditor, path: &str, key: &str, name: &str) -> Option<Value> {
    hive(editor, path).find(key)?.value(&name.into())
}

fn registry(rest: &str) -> String {
    format!("[[step]]\nkind = \"registry\"\nhive = \"SYSTEM\"\n{rest}\n")
}

fn set(kind: &str, value: &str) -> String {
    registry(&format!("op = \"set\"\nkey = 'CurrentControlSet\\Test'\nname = 'v'\ntype = '{kind}'\n{value}"))
}

#[test]
fn values_of_every_type_are_set() {
    for (kind, given, expected) in [
        ("sz", "value = 'text'", Value::sz("text")),
        ("expand_sz", "value = '%x%'", Value::expand_sz("%x%")),
        ("multi_sz", "value = ['a', 'b']", Value::multi_sz(["a", "b"])),
        ("dword", "value = 5", Value::dword(5)),
        ("REG_DWORD", "value = '0xFFFFFFFF'", Value::dword(u32::MAX)),
        ("qword", "value = '0xFFFFFFFFFFFFFFFF'", Value::qword(u64::MAX)),
        ("binary", "value = '0a 1B,ff'", Value::binary([10, 27, 255])),
        ("binary", "value = [1, 2]", Value::binary([1, 2])),
        ("none", "", Value::new(wim_hive::ValueType::NONE, Vec::new())),
    ] {
        let (editor, report) = run(pe(), &set(kind, given)).unwrap();
        assert_eq!(value(&editor, SYSTEM, r"ControlSet001\Test", "v"), Some(expected), "{kind} {given}");
        assert_eq!(report.steps[0].outcome, Outcome::Applied);
    }
}

#[test]
fn values_that_do_not_fit_are_refused() {
    for (kind, given) in [
        ("dword", "value = -1"),
        ("dword", "value = 4294967296"),
        ("dword", "value = 'many'"),
        ("sz", "value = 3"),
        ("sz", ""),
        ("multi_sz", "value = 'a'"),
        ("binary", "value = 'abc'"),
        ("binary", "value = 'xx'"),
    ] {
        let problem = problem(run(pe(), &set(kind, given)));
        assert!(matches!(problem, StepProblem::Invalid { key: "value", .. }), "{kind} {given}: {problem}");
    }
    assert!(matches!(problem(run(pe(), &set("text", "value = 'x'"))), StepProblem::Invalid { key: "type", .. }));
}

#[test]
fn keys_and_values_are_made_and_deleted() {
    let fbwf = r"ControlSet001\Services\FBWF";
    let (editor, _) = run(pe(), &registry(&format!("op = \"delete-value\"\nkey = '{fbwf}'\nname = 'Start'"))).unwrap();
    assert_eq!(value(&editor, SYSTEM, fbwf, "Start"), None);
    let (editor, _) = run(pe(), &registry(&format!("op = \"delete-key\"\nkey = '{fbwf}'"))).unwrap();
    assert!(hive(&editor, SYSTEM).find(fbwf).is_none());
    let (editor, _) = run(pe(), &registry("op = \"ensure-key\"\nkey = 'Setup\\LabConfig'")).unwrap();
    assert!(hive(&editor, SYSTEM).find(r"Setup\LabConfig").is_some());
    for nothing in [
        "op = \"delete-value\"\nkey = 'none'\nname = 'x'",
        "op = \"delete-key\"\nkey = 'none'",
        "op = \"ensure-key\"\nkey = 'Setup'",
    ] {
        assert_eq!(run(pe(), &registry(nothing)).unwrap().1.steps[0].outcome, Outcome::Unchanged, "{nothing}");
    }
}

#[test]
fn a_registry_step_says_what_it_needs() {
    for (rest, expected) in [
        ("key = 'x'", "op"),
        ("op = \"set\"", "key"),
        ("op = \"set\"\nkey = 'x'\nvalue = 1", "type"),
        ("op = \"delete-key\"\nkey = 'x'\nvalue = 1", "value"),
    ] {
        let problem = problem(run(pe(), &registry(rest)));
        assert!(matches!(&problem, StepProblem::Invalid { key, .. } if *key == expected), "{rest}: {problem}");
    }
    let reg_file = run(pe(), &registry("reg_file = 'x.reg'\nkey = 'x'"));
    assert!(matches!(problem(reg_file), StepProblem::Invalid { key: "reg_file", .. }));
    let hive = run(pe(), "[[step]]\nkind = \"registry\"\nhive = \"SISTEM\"\nop = \"ensure-key\"\nkey = 'x'\n");
    assert!(matches!(problem(hive), StepProblem::Invalid { key: "hive", .. }));
    let root = problem(run(pe(), &registry("op = \"delete-key\"\nkey = ''")));
    assert!(matches!(root, StepProblem::Hive { .. }), "{root}");
}

#[test]
fn a_registration_file_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup]\r\n\"New\"=dword:00000007\r\n";
    std::fs::write(folder.path().join("a.reg"), text).unwrap();
    std::fs::write(folder.path().join("b.reg"), text.replace("SYSTEM", "SOFTWARE")).unwrap();
    std::fs::write(folder.path().join("c.reg"), "nothing").unwrap();
    let import = |file: &str| run_with(pe(), &registry(&format!("reg_file = '{file}'")), &in_folder(folder.path()));
    let (editor, _) = import("a.reg").unwrap();
    assert_eq!(value(&editor, SYSTEM, "Setup", "New"), Some(Value::dword(7)));
    for file in ["b.reg", "c.reg"] {
        assert!(matches!(problem(import(file)), StepProblem::Hive { .. }), "{file}");
    }
}

#[test]
fn a_dirty_hive_is_refused() {
    let mut bytes = Key::new().key("Setup").encode();
    bytes[4] ^= 1;
    bytes[508] ^= 1;
    let image = pe().file("dirty", bytes);
    let step = "[[step]]\nkind = \"registry\"\nhive = '\\dirty'\nop = \"ensure-key\"\nkey = 'x'\n";
    let error = run(image, step).unwrap_err();
    assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_BADDB);
    assert_eq!(ReturnCode::from(&error).exit, 11);
}

#[test]
fn the_logs_of_a_changed_hive_go() {
    let image = pe()
        .file("Windows/System32/config/SYSTEM.LOG1", "log")
        .file("Windows/System32/config/SYSTEM.LOG2", "")
        .file("Windows/System32/config/SOFTWARE.LOG1", "log");
    let (editor, _) = run(image, &registry("op = \"ensure-key\"\nkey = 'New'")).unwrap();
    let exists = |name: &str| editor.exists(&format!(r"\Windows\System32\config\{name}"));
    assert!(!exists("SYSTEM.LOG1") && !exists("SYSTEM.LOG2") && exists("SOFTWARE.LOG1") && exists("SYSTEM"));
}

#[test]
fn scratch_space() {
    let step = |mb: u32| format!("[[step]]\nkind = \"scratch_space\"\nmb = {mb}\n");
    let (editor, _) = run(pe(), &step(256)).unwrap();
    let key = r"ControlSet001\Services\FBWF";
    assert_eq!(value(&editor, SYSTEM, key, "WinPECacheThreshold"), Some(Value::dword(256)));
    assert_eq!(run(pe(), &step(512)).unwrap().1.steps[0].outcome, Outcome::Unchanged);
    assert_eq!(run(pe(), &step(1000)).unwrap().1.warnings[0].code, "SCRATCH_SPACE_SIZE");
    for mb in [0, 31, 4095] {
        assert!(matches!(problem(run(pe(), &step(mb))), StepProblem::Invalid { key: "mb", .. }), "{mb}");
    }
}

#[test]
fn target_path() {
    let step = |rest: &str| format!("[[step]]\nkind = \"target_path\"\n{rest}\n");
    let (editor, _) = run(pe(), &step("path = 'Y:\\pe'\nsync_systemroot = true")).unwrap();
    let version = r"Microsoft\Windows NT\CurrentVersion";
    assert_eq!(value(&editor, SOFTWARE, &format!(r"{version}\WinPE"), "InstRoot"), Some(Value::sz(r"Y:\pe")));
    assert_eq!(value(&editor, SOFTWARE, version, "SystemRoot"), Some(Value::sz(r"Y:\pe\Windows")));
    let (editor, _) = run(pe(), &step("path = 'Y:\\'")).unwrap();
    assert_eq!(value(&editor, SOFTWARE, version, "SystemRoot"), Some(Value::sz(r"X:\Windows")));
    assert!(matches!(problem(run(pe(), &step("path = 'Y'"))), StepProblem::Invalid { key: "path", .. }));
}

#[test]
fn locale() {
    let step = |rest: &str| format!("[[step]]\nkind = \"locale\"\n{rest}\n");
    let (editor, report) = run(pe(), &step("ui = 'de-DE'\ninput = '0407:00000407'")).unwrap();
    assert_eq!(value(&editor, SYSTEM, r"ControlSet001\Control\Nls\Language", "Default"), Some(Value::sz("0407")));
    assert_eq!(value(&editor, SYSTEM, r"ControlSet001\Control\Nls\Locale", ""), Some(Value::sz("00000407")));
    assert_eq!(value(&editor, DEFAULT, r"Keyboard Layout\Preload", "1"), Some(Value::sz("00000407")));
    assert_eq!(value(&editor, DEFAULT, r"Control Panel\International", "LocaleName"), Some(Value::sz("de-DE")));
    assert_eq!(report.warnings[0].code, "LANGUAGE_NOT_INSTALLED");
    assert!(run(pe(), &step("ui = 'en-US'\nlcid = '0809'")).unwrap().1.warnings.is_empty());
    for (rest, expected) in
        [("", "ui"), ("ui = 'Klingon'", "ui"), ("lcid = 'xyz'", "lcid"), ("input = 'qwertz'", "input")]
    {
        let problem = problem(run(pe(), &step(rest)));
        assert!(matches!(&problem, StepProblem::Invalid { key, .. } if *key == expected), "{rest}: {problem}");
    }
}

#[test]
fn timezone() {
    let mut tzi = Vec::new();
    for number in [-60_i32, 0, -60] {
        tzi.extend(number.to_le_bytes());
    }
    tzi.extend([1; 16]);
    tzi.extend([2; 16]);
    let zone = r"Microsoft\Windows NT\CurrentVersion\Time Zones\W. Europe Standard Time";
    let software = Key::new()
        .set(zone, "TZI", TestValue::Binary(tzi))
        .set(zone, "Std", TestValue::sz("W. Europe Standard Time"))
        .set(zone, "Dlt", TestValue::sz("W. Europe Daylight Time"))
        .encode();
    let image = || {
        let fresh = testdata::build::Image::new("x").file("Windows/System32/config/SOFTWARE", software.clone());
        fresh.file(
            "Windows/System32/config/SYSTEM",
            Key::new().set("Select", "Current", TestValue::Dword(1)).key("ControlSet001").encode(),
        )
    };
    let step = |id: &str| format!("[[step]]\nkind = \"timezone\"\nwindows_id = '{id}'\n");
    let (editor, _) = run(image(), &step("W. Europe Standard Time")).unwrap();
    let key = r"ControlSet001\Control\TimeZoneInformation";
    let value = |name: &str| value(&editor, SYSTEM, key, name);
    assert_eq!(value("Bias"), Some(Value::dword((-60_i32).cast_unsigned())));
    assert_eq!(value("DaylightStart"), Some(Value::binary([2; 16])));
    assert_eq!(value("DaylightName"), Some(Value::sz("W. Europe Daylight Time")));
    assert!(matches!(problem(run(image(), &step("Mars"))), StepProblem::Invalid { key: "windows_id", .. }));
}

#[test]
fn another_reader_of_hives_finds_the_same() {
    let Some(hivexget) = peer("hivexget") else { return };
    let steps = set("sz", "value = 'from a profile'") + "[[step]]\nkind = \"scratch_space\"\nmb = 64\n";
    let (editor, _) = run(pe(), &steps).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SYSTEM");
    std::fs::write(&path, editor.read(SYSTEM, 1 << 20).unwrap()).unwrap();
    let get = |key: &str, name: &str| {
        let output = Command::new(&hivexget).arg(&path).arg(key).arg(name).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(get(r"\ControlSet001\Test", "v"), "from a profile");
    assert_eq!(get(r"\ControlSet001\Services\FBWF", "WinPECacheThreshold"), "64");
}
