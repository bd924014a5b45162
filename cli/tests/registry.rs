//! `wimsmith registry`.

use std::fs;
use std::process::Command;

use testdata::build::Wim;
use testdata::pe::Machine;
use testdata::winpe::{self, Edition};

use crate::util::Folder;

/// A folder with a boot image whose SYSTEM hive has logs beside it.
fn folder() -> Folder {
    let image = winpe::image(Machine::X64, Edition::Pe)
        .file(r"\Windows\System32\config\SYSTEM.LOG1", "log")
        .file(r"\Windows\System32\config\SYSTEM.LOG2", "log");
    let folder = Folder::new();
    folder.write("boot.wim", Wim::new().image(image).boot_index(1).to_bytes());
    folder
}

/// The arguments of `registry boot.wim 1 SYSTEM …`.
fn system<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["registry", "boot.wim", "1", "SYSTEM"], arguments].concat()
}

#[test]
fn keys_and_values_are_printed() {
    let folder = folder();
    let run = folder.run(&system(&["get", "setup"])).ok();
    assert!(run.text().starts_with("CmdLine  REG_SZ  winpeshl.exe\n"), "{}", run.text());
    assert!(run.text().contains("SetupType  REG_DWORD  0x1 (1)\n"));
    let run = folder.run(&system(&["get"])).ok();
    assert_eq!(run.text(), "ControlSet001\\\nSelect\\\nSetup\\\n");
    let run = folder.run(&system(&["get", r"CurrentControlSet\Services", "--recursive"])).ok();
    assert!(run.text().contains("\n[ControlSet001\\Services\\FBWF]\nWinPECacheThreshold  REG_DWORD  0x200 (512)\n"));
    assert_eq!(folder.run(&system(&["get", "Setup", "CMDLINE"])).ok().text(), "winpeshl.exe\n");
    assert_eq!(folder.run(&system(&["get", r"\Select", "Current"])).ok().text(), "1\n");
    let json = folder.run(&system(&["get", "Setup", "--json"])).ok().json();
    assert_eq!(json["result"]["keys"][0]["values"][0]["data"], "winpeshl.exe");
    assert_eq!(json["result"]["root"], r"HKEY_LOCAL_MACHINE\SYSTEM");
}

#[test]
fn a_value_that_was_set_is_there_and_the_logs_are_gone() {
    let folder = folder();
    let key = r"CurrentControlSet\Services\FBWF";
    let run = folder.run(&system(&["set", key, "WinPECacheThreshold", "1024"])).ok();
    assert!(run.text().contains("2 stale logs"), "{}", run.text());
    let get = |value: &str| folder.run(&system(&["get", key, value])).ok().text().to_owned();
    assert_eq!(get("WinPECacheThreshold"), "1024\n", "the type stays what it was");
    folder.run(&system(&["set", key, "New", "a", "b", "--type", "multi_sz"])).ok();
    folder.run(&system(&["set", key, "@", "-1", "--type", "sz"])).ok();
    folder.run(&system(&["set", key, "Bytes", "01,ff", "-t", "binary"])).ok();
    assert_eq!((get("New"), get("@"), get("bytes")), ("a\nb\n".into(), "-1\n".into(), "01ff\n".into()));
    let names = folder.run(&["ls", "boot.wim", "1", r"\Windows\System32\config"]).ok();
    assert!(!names.text().contains("LOG"), "{}", names.text());
    folder.run(&["verify", "boot.wim"]).ok();
}

#[test]
fn keys_and_values_are_deleted() {
    let folder = folder();
    folder.run(&system(&["delete", "Setup", "CmdLine"])).ok();
    folder.run(&system(&["get", "Setup", "CmdLine"])).fails(3, &["CmdLine"]);
    folder.run(&system(&["delete", r"ControlSet001\Services"])).ok();
    folder.run(&system(&["get", r"ControlSet001\Services\FBWF"])).fails(3, &["no key"]);
    folder.run(&system(&["delete", r"ControlSet001\Services"])).fails(3, &["no key"]);
    folder.run(&system(&["delete", "Setup", "CmdLine"])).fails(3, &["no value"]);
}

#[test]
fn an_export_is_imported_into_another_image() {
    let folder = folder();
    folder.run(&system(&["set", "Setup", "CmdLine", "cmd.exe"])).ok();
    folder.run(&system(&["export", "Setup", "--out", "setup.reg"])).ok();
    let piped = folder.run(&system(&["export", "Setup"])).ok();
    assert_eq!(piped.stdout, folder.read("setup.reg"));
    let other = self::folder();
    other.write("setup.reg", piped.stdout);
    other.run(&system(&["import", "setup.reg"])).ok();
    assert_eq!(other.run(&system(&["get", "Setup", "CmdLine"])).ok().text(), "cmd.exe\n");
}

#[test]
fn what_is_refused_leaves_the_archive_as_it_was() {
    let folder = folder();
    folder.write("bad.reg", "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup]\n\"a\"=\"C:\\Windows\"\n");
    folder.write("elsewhere.reg", "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\x]\n");
    let before = folder.read("boot.wim");
    folder.run(&system(&["import", "bad.reg"])).fails(2, &["bad.reg", "line 4"]);
    folder.run(&system(&["import", "elsewhere.reg"])).fails(2, &["line 3", "HKEY_LOCAL_MACHINE\\SYSTEM"]);
    folder.run(&system(&["import", "missing.reg"])).fails(3, &["missing.reg"]);
    folder.run(&system(&["set", "Setup", "CmdLine", "1", "-t", "dwrod"])).fails(2, &["dwrod"]);
    folder.run(&system(&["set", "Setup", "SetupType", "many"])).fails(2, &["many"]);
    folder.run(&system(&["delete", ""])).fails(2, &["root"]);
    folder.run(&["registry", "boot.wim", "1", "SYSTM", "get"]).fails(2, &["SYSTM", "SYSTEM, SOFTWARE"]);
    folder.run(&["registry", "boot.wim", "1", r"\Windows\win.ini", "get"]).fails(11, &["not a registry hive"]);
    folder.run(&["registry", "boot.wim", "2", "SYSTEM", "get"]).fails(4, &["no image 2"]);
    folder.run(&system(&["set", "Setup", "CmdLine", "winpeshl.exe"])).ok();
    let run = folder.run(&system(&["set", "Setup", "CmdLine", "cmd.exe", "--dry-run", "--json"])).ok();
    assert_eq!(run.json()["result"]["changed"], true);
    assert_eq!(folder.read("boot.wim"), before);
}

#[test]
fn hivexsh_reads_what_was_set() {
    let Some(hivexsh) = testdata::peer("hivexsh") else { return };
    let folder = folder();
    folder.run(&system(&["set", r"Setup\LabConfig", "BypassTPMCheck", "1", "-t", "dword"])).ok();
    folder.run(&system(&["set", "Setup", "CmdLine", r"%SystemRoot%\a much longer command.exe"])).ok();
    let hive = folder.run(&["cat", "boot.wim", r"\Windows\System32\config\SYSTEM"]).ok().stdout;
    folder.write("SYSTEM", hive);
    fs::write(folder.path("commands"), "cd \\Setup\nlsval CmdLine\ncd LabConfig\nlsval\n").unwrap();
    let output = Command::new(hivexsh).arg(folder.path("SYSTEM")).arg("-f").arg(folder.path("commands")).output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    assert_eq!(text, "%SystemRoot%\\a much longer command.exe\n\"BypassTPMCheck\"=dword:00000001\n");
}

#[test]
fn damage_elsewhere_is_found_before_the_registry_changes() {
    let folder = Folder::new();
    let image = winpe::image(Machine::X64, Edition::Pe).file(r"\damaged", "what it was");
    let built = Wim::new().image(image).boot_index(1).build();
    let offset = built.entry("what it was").resource.offset as usize;
    let damaged = built.flip(offset).bytes;
    folder.write("boot.wim", &damaged);
    let set = system(&["set", "Setup", "New", "1"]);
    folder.run(&set).fails(6, &["SHA-1"]);
    assert!(folder.read("boot.wim") == damaged);
    folder.run(&[&set[..], &["--no-verify"]].concat()).ok();
}
