//! `wimsmith optimize`.

use std::fs;

use serde_json::Value;
use testdata::cases::WIMS;

use crate::util::{Folder, boot_wim};

fn info(folder: &Folder, file: &str) -> Value {
    folder.run(&["info", file, "--json"]).ok().json()["result"].clone()
}

/// The paths and hashes of all images.
fn files(folder: &Folder, file: &str) -> Value {
    folder.run(&["ls", file, "all", "--recursive", "--json"]).ok().json()["result"]["images"].clone()
}

#[test]
fn what_nothing_needs_is_gone_and_all_else_stays() {
    let folder = Folder::new();
    folder.write("x.wim", testdata::read("wims/two-images-lzx.wim"));
    let before = info(&folder, "x.wim");
    folder.run(&["export", &boot_wim(), "1", "x.wim", "--append", "--name", "twice"]).ok();
    folder.run(&["delete", "x.wim", "3", "--soft"]).ok();
    let run = folder.run(&["optimize", "x.wim", "--json"]).ok();
    let result = run.json()["result"].clone();
    assert!(result["output"]["size"].as_u64() < result["old_size"].as_u64(), "{result}");
    let after = info(&folder, "x.wim");
    for field in ["guid", "boot_index", "images", "compression", "chunk_size", "blobs"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    folder.run(&["verify", "x.wim"]).ok();
    assert_eq!(folder.names(), ["x.wim"]);
}

#[test]
fn every_kind_of_archive_keeps_its_images_and_its_layout() {
    let folder = Folder::new();
    for case in WIMS.iter().filter(|case| case.parts == 1 && case.references.is_empty()) {
        folder.write("x.wim", testdata::read(case.file));
        let (before, listed) = (info(&folder, "x.wim"), files(&folder, "x.wim"));
        folder.run(&["optimize", "x.wim", "--integrity"]).ok();
        let after = info(&folder, "x.wim");
        assert_eq!((&after["pipable"], &after["guid"]), (&before["pipable"], &before["guid"]), "{}", case.file);
        assert_eq!(after["has_integrity_table"], true, "{}", case.file);
        assert_eq!(files(&folder, "x.wim"), listed, "{}", case.file);
        folder.run(&["verify", "x.wim"]).ok();
    }
}

#[test]
fn all_of_it_can_be_compressed_otherwise() {
    let folder = Folder::new();
    for (options, compression, solid) in [
        (&["--compress", "lzms", "--solid"][..], "LZMS", 1),
        (&["--compress", "xpress", "--recompress"], "XPRESS", 0),
        (&["--compress", "lzx:20", "--chunk-size", "64K", "--allow-incompatible"], "LZX", 0),
        (&["--compress", "none"], "none", 0),
    ] {
        folder.write("x.wim", testdata::read("wims/two-images-lzx.wim"));
        let listed = files(&folder, "x.wim");
        folder.run(&[&["optimize", "x.wim"], options].concat()).ok();
        let result = info(&folder, "x.wim");
        assert_eq!(result["compression"], compression);
        assert_eq!(result["solid_resources"].as_array().unwrap().len(), solid, "{options:?}");
        assert_eq!(files(&folder, "x.wim"), listed);
        folder.run(&["verify", "x.wim"]).ok();
    }
}

#[test]
fn the_layout_for_pipes_goes_if_it_is_not_wanted() {
    let folder = Folder::new();
    folder.write("x.wim", testdata::read("wims/pipable.wim"));
    folder.run(&["optimize", "x.wim", "--solid"]).fails(2, &["--not-pipable"]);
    folder.run(&["optimize", "x.wim", "--not-pipable"]).ok();
    assert_eq!(info(&folder, "x.wim")["pipable"], false);
    folder.run(&["optimize", "x.wim", "--pipable"]).ok();
    assert_eq!(info(&folder, "x.wim")["pipable"], true);
    folder.run(&["verify", "x.wim"]).ok();
}

#[test]
#[cfg(unix)]
fn the_file_keeps_its_rights_and_links_lead_to_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = Folder::new();
    folder.write("x.wim", testdata::read("wims/none.wim"));
    fs::set_permissions(folder.path("x.wim"), PermissionsExt::from_mode(0o640)).unwrap();
    symlink("x.wim", folder.path("link.wim")).unwrap();
    folder.run(&["optimize", "link.wim", "--compress", "lzx"]).ok();
    let metadata = fs::symlink_metadata(folder.path("link.wim")).unwrap();
    assert!(metadata.is_symlink());
    assert_eq!(fs::metadata(folder.path("x.wim")).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(info(&folder, "x.wim")["compression"], "LZX");
}

#[test]
fn what_cannot_be_optimized_stays_as_it_was() {
    let folder = Folder::new();
    for (file, options, code, words) in [
        ("wims/split.swm", &[][..], 7, "join"),
        ("wims/delta.wim", &[], 6, "--ref"),
        ("hostile/wrong-hash.wim", &[], 6, "SHA-1"),
        ("hostile/encrypted.wim", &[], 7, "encrypted"),
        ("wims/none.wim", &["--compress", "lzx", "--chunk-size", "64K"], 2, "--allow-incompatible"),
        ("wims/none.wim", &["--solid", "--solid-compress", "xpress"], 2, "--allow-incompatible"),
        ("wims/none.wim", &["--solid-compress", "lzms"], 2, "--solid"),
        ("wims/none.wim", &["--compress", "lzms", "--solid", "--memory", "20M"], 9, "--memory"),
    ] {
        folder.write("x.wim", testdata::read(file));
        let run = folder.run(&[&["optimize", "x.wim"], options].concat()).code(code);
        assert!(run.stderr.contains(words), "{file} {options:?}: {}", run.stderr);
        assert!(folder.read("x.wim") == testdata::read(file));
        assert_eq!(folder.names(), ["x.wim"]);
    }
    folder.run(&["optimize", "absent.wim"]).fails(3, &["absent.wim"]);
}

/// Nobody changes a file that a map of is read, not even this program: the new one takes its name.
#[test]
fn an_archive_can_be_read_through_a_map() {
    let folder = Folder::new();
    folder.write("x.wim", testdata::read("wims/two-images-lzx.wim"));
    let old = files(&folder, "x.wim");
    folder.run(&["optimize", "x.wim", "--mmap", "--compress", "xpress"]).ok();
    assert_eq!(files(&folder, "x.wim"), old);
    folder.run(&["verify", "x.wim"]).ok();
}

#[test]
fn a_dry_run_only_tells() {
    let folder = Folder::new();
    folder.write("x.wim", testdata::read("wims/two-images.wim"));
    let run = folder.run(&["optimize", "x.wim", "--recompress", "--dry-run"]).ok();
    assert!(run.text().starts_with("would write x.wim\n"), "{}", run.text());
    assert!(folder.read("x.wim") == testdata::read("wims/two-images.wim"));
}
