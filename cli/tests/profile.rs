//! `wimsmith profile`, and `export-boot --profile` with its reports.

use testdata::build::Wim;
use testdata::component;
use testdata::pe::Machine;
use testdata::winpe::{Edition, image};

use crate::util::{Folder, Run, boot_wim, fixture};

/// A folder with a boot image that has some junk.
fn folder() -> Folder {
    let image =
        image(Machine::X64, Edition::Pe).file("Windows/Temp/junk.tmp", "some junk").file("Windows/a.log", "log");
    let folder = Folder::new();
    folder.write("pe.wim", Wim::new().image(image).boot_index(1).to_bytes());
    folder
}

fn export(folder: &Folder, more: &[&str]) -> Run {
    folder.run(&[&["export-boot", "-a", "x64", "--source", "pe.wim", "--out", "boot.wim"], more].concat())
}

fn has(folder: &Folder, path: &str) -> bool {
    folder.run(&["ls", "boot.wim", "1", "--recursive"]).ok().text().contains(path)
}

#[test]
fn built_in_profiles_are_listed_shown_and_checked() {
    let folder = Folder::new();
    let list = folder.run(&["profile", "list"]).ok();
    for name in ["none", "shrink-safe", "shrink-aggressive", "wimboot-ready"] {
        assert!(list.text().contains(name), "{name}");
        let shown = folder.run(&["profile", "show", name]).ok();
        folder.write("copy.toml", &shown.stdout);
        folder.run(&["profile", "check", "copy.toml"]).ok();
    }
    let json = folder.run(&["profile", "check", "shrink-safe", "--json"]).ok().json();
    assert_eq!(json["result"]["profiles"][0]["name"], "shrink-safe");
    folder.run(&["profile", "show", "shrink"]).fails(2, &["shrink-safe"]);
    folder.write("wrong.toml", "[meta]\nschema = 1\nname = \"x\"\n\n[[step]]\nkind = \"delte\"\n");
    folder.run(&["profile", "check", "wrong.toml"]).fails(10, &["wrong.toml", "line 6", "delete"]);
    folder.run(&["profile", "check", "none.toml"]).fails(3, &["none.toml"]);
}

#[test]
fn the_default_is_to_shrink_safely() {
    let folder = folder();
    let run = export(&folder, &[]).ok();
    assert!(run.text().contains("by shrink-safe: 2 entries removed, 12 bytes freed"), "{}", run.text());
    assert!(!has(&folder, "junk.tmp") && has(&folder, "Windows\\Temp"));
    folder.run(&["verify", "boot.wim"]).ok();
    export(&folder, &["--profile", "none"]).ok();
    assert!(has(&folder, "junk.tmp"));
}

#[test]
fn an_image_that_is_no_boot_image_is_left_as_it_is() {
    let folder = folder();
    let source = fixture("wims/ntfs.wim");
    let any =
        ["export-boot", "-a", "x64", "--any-image", "--allow-arch-mismatch", "--source", &source, "--out", "x.wim"];
    folder.run(&any).ok();
    folder.run(&[&any[..], &["--profile", "shrink-safe"]].concat()).fails(11, &["Windows PE only"]);
}

#[test]
fn a_profile_of_ones_own_has_files_and_variables() {
    let folder = folder();
    folder.write("p/go.cmd", "go\n").write(
        "p/my.toml",
        "[meta]\nschema = 1\nname = \"mine\"\n[output]\nname = \"My PE\"\ncompress = \"xpress\"\n\
         [[step]]\nkind = \"add\"\nfrom = \"go.cmd\"\nto = '\\Windows\\System32\\'\n[step.when]\nenv = \"WITH=go\"\n",
    );
    export(&folder, &["--profile", "p/my.toml"]).ok();
    assert!(!has(&folder, "go.cmd"));
    export(&folder, &["--profile", "p/my.toml", "--define", "WITH=go"]).ok();
    assert!(has(&folder, r"\Windows\System32\go.cmd"));
    let info = folder.run(&["info", "boot.wim", "--json"]).ok().json();
    assert_eq!(
        (&info["result"]["images"][0]["name"], &info["result"]["compression"]),
        (&"My PE".into(), &"XPRESS".into())
    );
    export(&folder, &["--profile", "p/my.toml", "--define", "WITH"]).fails(2, &["NAME=VALUE"]);
}

#[test]
fn the_report_says_what_was_done_and_the_dry_run_says_the_same() {
    let folder = folder();
    let dry = export(&folder, &["--report", "dry.json", "--dry-run"]).ok();
    assert!(dry.text().contains("would write"));
    assert_eq!(folder.names(), ["dry.json", "pe.wim"]);
    export(&folder, &["--report", "r.json", "--status-file", "s.json"]).ok();
    let read = |name: &str| serde_json::from_slice::<serde_json::Value>(&folder.read(name)).unwrap();
    let (dry, report, status) = (read("dry.json"), read("r.json"), read("s.json"));
    assert_eq!((&report["schema_version"], &report["ok"]), (&1.into(), &true.into()));
    assert_eq!(dry["result"]["finalize"], report["result"]["finalize"]);
    let steps = report["result"]["finalize"]["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["id"] == "logs" && step["bytes_freed"] == 3), "{steps:?}");
    let sha256 = wim_export::Sha256Hash::of(&folder.read("boot.wim")).to_string();
    assert_eq!(report["result"]["sha256"], sha256.as_str());
    assert_eq!((&status["Status"], &status["ErrorCode"]), (&0.into(), &0.into()));
    assert!(status["ContextID"].is_string() && status["MaxProgress"].as_u64() > Some(0));
}

#[test]
fn a_failure_is_reported_and_nothing_is_written() {
    let folder = folder();
    folder.write("p.toml", "[meta]\nschema = 1\nname = \"p\"\n[[step]]\nkind = \"delete\"\nid = \"boot\"\npaths = ['\\Windows\\Boot\\**']\n");
    let more = ["--profile", "p.toml", "--report", "r.json", "--status-file", "s.json"];
    export(&folder, &more).fails(11, &["boot", "protected"]);
    let report: serde_json::Value = serde_json::from_slice(&folder.read("r.json")).unwrap();
    assert_eq!((&report["ok"], &report["error"]["code"]), (&false.into(), &"step".into()));
    let status: serde_json::Value = serde_json::from_slice(&folder.read("s.json")).unwrap();
    assert_eq!(status["Status"], 2);
    assert!(status["ErrorCode"].as_i64() < Some(0) && status["ExtendedErrorInfo"]["message"].is_string());
    assert_eq!(folder.names(), ["p.toml", "pe.wim", "r.json", "s.json"]);
    export(&folder, &["--status-file", "none/s.json"]).fails(3, &["s.json"]);
    assert!(!folder.path("boot.wim").exists());
}

#[test]
fn exporting_again_with_none_changes_nothing() {
    let folder = Folder::new();
    let source = boot_wim();
    folder.run(&["export-boot", "-a", "x64", "--source", &source, "--out", "a.wim"]).ok();
    for (from, to) in [("a.wim", "b.wim"), ("b.wim", "c.wim")] {
        folder.run(&["export-boot", "-a", "x64", "--source", from, "--out", to, "--profile", "none"]).ok();
        assert!(folder.read(from) == folder.read(to), "{to}");
    }
}

#[test]
fn a_kit_has_the_components_that_a_profile_names() {
    const KIT: &str = "adk/Windows Preinstallation Environment/amd64";
    const PROFILE: &str = "[meta]\nschema = 1\nname = \"p\"\n[policy]\nmax_class = \"experimental\"\n\
                           [[step]]\nkind = \"component\"\nclass = \"experimental\"\nname = \"WinPE-HTA\"\n";
    let folder = folder();
    folder.write("p.toml", PROFILE);
    let scripting = component::cabinet(&[("update.mum", &component::mum("WinPE-Scripting-Package", &[]))]);
    folder.write(&format!("{KIT}/WinPE_OCs/WinPE-Scripting.cab"), scripting);
    folder.write(&format!("{KIT}/WinPE_OCs/WinPE-HTA.cab"), component::tool("WinPE-HTA-Package"));
    folder.write(&format!("{KIT}/en-us/winpe.wim"), folder.read("pe.wim"));
    let order = "WinPE-Scripting.cab: 0 files, 0 registry values; WinPE-HTA.cab";
    let detail = |run: Run| run.ok().json()["result"]["finalize"]["steps"][0]["detail"].as_str().unwrap().to_owned();
    // The kit that the image comes from, however it was found, or the one that is named beside a source.
    let of_kit = ["export-boot", "-a", "x64", "--out", "boot.wim", "--profile", "p.toml", "--json"];
    assert!(detail(folder.run(&[&of_kit[..], &["--adk-root", "adk"]].concat())).starts_with(order));
    let found = Run::of(folder.command(&of_kit).env("WIMSMITH_ADK_ROOT", folder.path("adk")));
    assert!(detail(found).starts_with(order));
    let mine = export(&folder, &["--profile", "p.toml", "--adk-root", "adk", "--json"]);
    assert!(detail(mine).starts_with(order) && has(&folder, r"\Windows\System32\tool.exe"));
    export(&folder, &["--profile", "p.toml"]).fails(10, &["WinPE_OCs", "--adk-root"]);
}
