//! `wimsmith export-boot`.

use std::fs;

use testdata::build::{Image, Wim};
use testdata::pe::Machine;
use testdata::winpe::{Edition, boot_wim as built_boot_wim, image};

use crate::util::{Folder, Run, boot_wim, fixture};

/// Where an ADK has its boot image.
const ADK_WINPE: &str = "adk/Windows Preinstallation Environment/amd64/en-us/winpe.wim";

/// A run that exports the fixture to `boot.wim`, with more arguments.
fn export(folder: &Folder, more: &[&str]) -> Run {
    let source = boot_wim();
    let arguments: Vec<&str> = ["export-boot", "-a", "x64", "--source", &source, "--out", "boot.wim"]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    folder.run(&arguments)
}

#[test]
fn the_image_of_the_readme_is_exported() {
    let folder = Folder::new();
    let source = boot_wim();
    let arguments = ["export-boot", "--architecture", "x64", "--index", "1", "--source", &source, "--out", "boot.wim"];
    let run = folder.run(&arguments).ok();
    assert_eq!(run.stderr, "result=0x00000000 (sint32 0)\n");
    for words in ["boot.wim", "image 1", "Microsoft Windows PE (x64)", "x64, 10.0.22621.1", "every byte was checked"] {
        assert!(run.text().contains(words), "{words}\n{}", run.text());
    }
    assert_eq!(folder.names(), ["boot.wim"]);
    folder.run(&["verify", "boot.wim"]).ok();
    let info = folder.run(&["info", "boot.wim", "--json"]).ok().json();
    assert_eq!((&info["result"]["image_count"], &info["result"]["boot_index"]), (&1.into(), &1.into()));
    let header = folder.run(&["info", "boot.wim", "--header", "--json"]).ok().json();
    assert!(header["result"]["boot_metadata"]["offset"].as_u64() > Some(0));
}

#[test]
fn the_json_document_has_the_result_and_the_report() {
    let folder = Folder::new();
    let document = export(&folder, &["-i", "1", "--json"]).ok().json();
    let result = &document["result"];
    assert_eq!((&document["command"], &result["return_code"]["sint32"]), (&"export-boot".into(), &0.into()));
    assert_eq!(
        (&result["architecture"], &result["image"], &result["version"]),
        (&"x64".into(), &1.into(), &"10.0.22621.1".into())
    );
    assert_eq!(result["metadata_sha1"].as_str().unwrap().len(), 40);
    assert!(result["boot_files"].as_array().unwrap().iter().any(|file| file.as_str().unwrap().contains("boot.sdi")));
    assert_eq!(result["output"]["size"], folder.read("boot.wim").len());
    assert_eq!(result["output"]["verified"], true);
}

#[test]
fn every_failure_has_its_result() {
    let folder = Folder::new();
    folder.write("x.wim", Wim::new().image(Image::new("x").file("/a", "a")).to_bytes());
    let (source, x86) = (boot_wim(), fixture("wims/boot-x86.wim"));
    let none = fixture("wims/none.wim");
    let encrypted = fixture("hostile/encrypted.wim");
    for (arguments, code, hresult, name) in [
        (vec!["-a", "x64", "-i", "0", "--source", &source], 2, 0x8007_0057_u32, "invalid_argument"),
        (vec!["-a", "x64", "-i", "3", "--source", &source], 4, 0xC151_0113, "no_such_image"),
        (vec!["-a", "x64", "--source", "absent.wim"], 3, 0x8007_0002, "not_found"),
        (vec!["-a", "x64", "--source", "absent/absent.wim"], 3, 0x8007_0003, "not_found"),
        (vec!["-a", "arm64", "-i", "1", "--source", &source], 5, 0x8007_00D8, "not_the_boot_image_wanted"),
        (vec!["-a", "x64", "-i", "1", "--source", &x86], 5, 0x8007_00D8, "not_the_boot_image_wanted"),
        (vec!["-a", "x64", "-i", "1", "--source", &none], 5, 0x8007_00D8, "not_the_boot_image_wanted"),
        (
            vec!["-a", "x64", "-i", "1", "--source", &none, "--allow-arch-mismatch"],
            7,
            0x8007_0032,
            "not_the_boot_image_wanted",
        ),
        (
            vec!["-a", "x64", "-i", "2", "--source", &source, "--require-boot-index"],
            7,
            0x8007_0032,
            "not_the_boot_image_wanted",
        ),
        (vec!["-a", "x64", "-i", "1", "--source", &encrypted], 7, 0x8007_0032, "encrypted"),
        (vec!["-a", "x64", "-i", "1", "--source", &source, "--compress", "lzms"], 2, 0x8007_0057, "invalid_argument"),
        (vec!["-a", "x64", "--adk-root", "absent"], 3, 0x8007_0003, "adk_not_found"),
        (vec!["-a", "x64", "--source", "."], 2, 0x8007_0057, "source_not_a_file"),
    ] {
        let all: Vec<&str> = ["export-boot", "--json", "--out", "boot.wim"].into_iter().chain(arguments).collect();
        let run = folder.run(&all).code(code);
        let error = run.json()["error"].clone();
        assert_eq!(error["code"], name, "{all:?}");
        assert_eq!(error["hresult"]["sint32"], hresult.cast_signed(), "{all:?}");
        assert!(
            run.stderr.contains(&format!("result={hresult:#010x} (sint32 {})\n", hresult.cast_signed())),
            "{}",
            run.stderr
        );
        assert_eq!(folder.names(), ["x.wim"], "{all:?}");
    }
}

#[test]
fn an_unknown_architecture_is_wrong_usage() {
    let folder = Folder::new();
    for architecture in ["", "mips", "x64 "] {
        let run = folder.run(&["export-boot", "-a", architecture, "--source", &boot_wim(), "--out", "boot.wim"]);
        let run = run.fails(2, &["an architecture is x86"]);
        assert!(run.stderr.ends_with("result=0x80070057 (sint32 -2147024809)\n"), "{}", run.stderr);
    }
    let source = boot_wim();
    for (number, architecture) in ["x64", "AMD64", "x86_64"].into_iter().enumerate() {
        let out = format!("{number}.wim");
        folder.run(&["export-boot", "--arch", architecture, "-i", "1", "--source", &source, "--out", &out]).ok();
    }
}

#[test]
fn the_image_that_boots_is_taken_unless_another_is_asked_for() {
    let folder = Folder::new();
    assert_eq!(export(&folder, &["--json"]).ok().json()["result"]["image"], 1);
    let second = export(&folder, &["-i", "2", "--json"]).ok().json();
    assert_eq!(second["result"]["image"], 2);
    let codes: Vec<_> = second["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].clone()).collect();
    assert_eq!(codes, ["NOT_BOOT_INDEX"]);
    let run = export(&folder, &["-i", "2"]).ok();
    assert!(
        run.stderr.contains("warning: ") && run.stderr.contains("image 2: the image that boots in the source is 1")
    );
    let none_boots = Wim::new().image(image(Machine::X64, Edition::Pe)).image(image(Machine::X64, Edition::Setup));
    folder.write("two.wim", none_boots.to_bytes());
    folder.run(&["export-boot", "-a", "x64", "--source", "two.wim", "--out", "out.wim"]).code(2);
}

#[test]
fn options_say_what_the_boot_image_is() {
    let folder = Folder::new();
    let guid = "00112233-4455-6677-8899-aabbccddeeff";
    let more =
        ["-i", "1", "--name", "PE", "--description", "mine", "--integrity", "--guid", guid, "--compress", "xpress:20"];
    export(&folder, &more).ok();
    let info = folder.run(&["info", "boot.wim", "--json"]).ok().json()["result"].clone();
    assert_eq!(
        (&info["guid"], &info["compression"], &info["has_integrity_table"]),
        (&guid.into(), &"XPRESS".into(), &true.into())
    );
    assert_eq!((&info["images"][0]["name"], &info["images"][0]["description"]), (&"PE".into(), &"mine".into()));
    export(
        &folder,
        &[
            "-i",
            "1",
            "--mmap",
            "--memory",
            "1G",
            "--verify-output",
            "--check-integrity",
            "--threads",
            "2",
            "--on-exists",
            "backup",
        ],
    )
    .ok();
    assert_eq!(folder.names(), ["boot.wim", "boot.wim.bak"]);
    export(&folder, &["-i", "1", "--on-exists", "fail"]).fails(8, &["boot.wim", "exists"]);
    let unchecked = export(&folder, &["-i", "1", "--no-verify"]).ok();
    assert!(unchecked.text().contains("NOT checked"), "{}", unchecked.text());
    assert!(unchecked.stderr.contains("--no-verify"), "{}", unchecked.stderr);
}

#[test]
fn what_is_no_boot_image_is_exported_when_that_is_wanted() {
    let folder = Folder::new();
    let none = fixture("wims/none.wim");
    let arguments =
        ["export-boot", "-a", "x64", "--source", &none, "--out", "o.wim", "--any-image", "--allow-arch-mismatch"];
    let run = folder.run(&[&arguments[..], &["--compress", "none"]].concat()).ok();
    assert!(run.stderr.contains("no Windows PE"), "{}", run.stderr);
    folder.run(&["verify", "o.wim"]).ok();
}

#[test]
fn an_adk_is_searched() {
    let folder = Folder::new();
    folder.write(ADK_WINPE, testdata::read("wims/two-images-lzx.wim"));
    let document =
        folder.run(&["export-boot", "-a", "x64", "--adk-root", "adk", "--out", "a.wim", "--json"]).ok().json();
    assert_eq!(document["result"]["source"], ADK_WINPE);
    assert_eq!(document["result"]["language"], "en-us");
    let arguments = ["export-boot", "-a", "x64", "--out", "b.wim"];
    Run::of(folder.command(&arguments).env("WIMSMITH_ADK_ROOT", folder.path("adk"))).ok();
    assert!(folder.read("a.wim") == folder.read("b.wim"));
    let run = folder
        .run(&["export-boot", "-a", "x86", "--adk-root", "adk", "--out", "c.wim"])
        .fails(3, &["no boot image for x86"]);
    assert!(run.stderr.contains("amd64"), "what is there is listed: {}", run.stderr);
    let other = ["export-boot", "-a", "x64", "--adk-root", "adk", "--lang", "de-de", "--out", "c.wim", "--json"];
    assert_eq!(folder.run(&other).ok().json()["warnings"][0]["code"], "OTHER_LANGUAGE");
    folder
        .run(&["export-boot", "-a", "x64", "--adk-root", "adk", "--ref", "x", "--out", "c.wim"])
        .fails(2, &["--source"]);
    folder.run(&["export-boot", "-a", "x64", "--adk-root", "adk", "--source", "x", "--out", "c.wim"]).code(3);
}

#[test]
fn a_dry_run_checks_everything_and_writes_nothing() {
    let folder = Folder::new();
    let run = export(&folder, &["-i", "1", "--dry-run"]).ok();
    assert!(run.text().starts_with("would write boot.wim\n"), "{}", run.text());
    assert!(folder.names().is_empty());
    let source = boot_wim();
    let absent = ["export-boot", "-a", "x64", "--source", &source, "--out", "absent/boot.wim", "--dry-run"];
    folder.run(&absent).fails(3, &["absent/boot.wim"]);
    folder.run(&[&absent[..], &["--mkdirs"]].concat()).ok();
    assert!(folder.names().is_empty());
}

#[test]
fn the_source_is_not_lost_by_accident() {
    let folder = Folder::new();
    folder.write("x.wim", testdata::read("wims/two-images-lzx.wim"));
    let arguments = ["export-boot", "-a", "x64", "-i", "2", "--source", "x.wim", "--out", "x.wim"];
    folder.run(&arguments).fails(8, &["--allow-self"]);
    folder.run(&[&arguments[..], &["--allow-self"]].concat()).ok();
    assert_eq!(folder.run(&["info", "x.wim", "--json"]).ok().json()["result"]["image_count"], 1);
}

#[test]
fn a_run_that_fails_leaves_its_unfinished_file_only_if_asked_to() {
    let folder = Folder::new();
    let built = built_boot_wim(Machine::X64).build();
    let offset = built.table.iter().find(|entry| !entry.is_metadata()).unwrap().resource.offset as usize;
    folder.write("x.wim", built.flip(offset + 600).bytes).write("boot.wim", "old");
    let compress = ["--compress", "none", "--profile", "none"];
    let arguments =
        [&["export-boot", "-a", "x64", "-i", "1", "--source", "x.wim", "--out", "boot.wim"][..], &compress].concat();
    folder.run(&arguments).code(6);
    assert_eq!(folder.names(), ["boot.wim", "x.wim"]);
    folder.run(&[&arguments[..], &["--keep-temp"]].concat()).code(6);
    assert!(folder.names().iter().any(|name| name.ends_with(".tmp")), "{:?}", folder.names());
    assert_eq!(folder.read("boot.wim"), b"old");
    fs::copy(boot_wim(), folder.path("x.wim")).unwrap();
    folder.run(&arguments).ok();
    assert_eq!(folder.names(), ["boot.wim", "x.wim"], "the next run cleans up");
}
