//! `wimsmith delete`.

use crate::util::{Folder, Run, boot_wim, name};

fn two(folder: &Folder) -> Vec<u8> {
    let bytes = testdata::read("wims/two-images-lzx.wim");
    folder.write("x.wim", &bytes);
    bytes
}

fn info(folder: &Folder) -> serde_json::Value {
    folder.run(&["info", "x.wim", "--json"]).ok().json()["result"].clone()
}

#[test]
fn an_image_goes_with_its_data() {
    let folder = Folder::new();
    let old = two(&folder);
    let run = folder.run(&["delete", "x.wim", "1"]).ok();
    assert!(run.text().contains("image 1: Microsoft Windows PE (x64)"), "{}", run.text());
    let result = info(&folder);
    assert_eq!((&result["image_count"], &result["boot_index"]), (&1.into(), &serde_json::Value::Null));
    assert_eq!(result["images"][0]["name"], "Microsoft Windows Setup (x64)");
    assert!(folder.read("x.wim").len() < old.len());
    let files = |file: &str, image| {
        folder.run(&["ls", file, image, "--recursive", "--json"]).ok().json()["result"]["images"][0]["entries"].clone()
    };
    assert_eq!(files("x.wim", "1"), files(&boot_wim(), "2"));
    folder.run(&["verify", "x.wim"]).ok();
    assert_eq!(folder.names(), ["x.wim"]);
}

#[test]
fn softly_its_data_stays() {
    let folder = Folder::new();
    let old = two(&folder);
    let run = folder.run(&["delete", "x.wim", "Microsoft Windows Setup (x64)", "--soft", "--json"]).ok();
    let result = run.json()["result"].clone();
    assert_eq!((&result["remaining"], &result["boot_index"], &result["soft"]), (&1.into(), &1.into(), &true.into()));
    assert!(folder.read("x.wim").len() > old.len(), "only tables were added");
    folder.run(&["verify", "x.wim"]).ok();
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        Run::of(std::process::Command::new(wimlib).args(["verify", name(&folder.path("x.wim"))])).ok();
    }
    folder.run(&["optimize", "x.wim"]).ok();
    assert!(folder.read("x.wim").len() < old.len());
}

#[test]
fn all_images_go_only_if_that_was_said() {
    let folder = Folder::new();
    let old = two(&folder);
    folder.run(&["delete", "x.wim", "2", "--dry-run"]).ok();
    assert!(folder.read("x.wim") == old);
    folder.run(&["delete", "x.wim", "2"]).ok();
    folder.run(&["delete", "x.wim", "1"]).fails(2, &["the only one", "`all`"]);
    folder.run(&["delete", "x.wim", "all"]).ok();
    assert_eq!(info(&folder)["image_count"], 0);
    folder.run(&["verify", "x.wim"]).ok();
}

#[test]
fn what_cannot_be_deleted_leaves_the_archive_as_it_was() {
    let folder = Folder::new();
    for (file, image, soft, code, words) in [
        ("wims/two-images-lzx.wim", "3", false, 4, "no image 3"),
        ("wims/two-images-lzx.wim", "0", false, 4, "no image 0"),
        ("wims/two-images-lzx.wim", "nobody", true, 4, "no image nobody"),
        ("wims/split.swm", "all", false, 7, "join the parts"),
        ("wims/pipable.wim", "all", true, 7, "--not-pipable"),
        ("hostile/cycle.wim", "2", false, 4, "no image 2"),
    ] {
        let old = testdata::read(file);
        folder.write("x.wim", &old);
        let options: &[&str] = if soft { &["--soft"] } else { &[] };
        folder.run(&[&["delete", "x.wim", image], options].concat()).fails(code, &[words]);
        assert!(folder.read("x.wim") == old, "{file}");
        assert_eq!(folder.names(), ["x.wim"]);
    }
    folder.run(&["delete", "x.wim"]).fails(2, &["required"]);
    folder.run(&["delete", "absent.wim", "1"]).fails(3, &["absent.wim"]);
}

/// A small archive of two images, the data of whose second one is damaged.
#[test]
fn what_is_damaged_is_found_before_it_changes() {
    let folder = Folder::new();
    let old = testdata::read("hostile/wrong-hash.wim");
    for arguments in [
        &["delete", "x.wim", "all", "--soft"][..],
        &["info", "x.wim", "1", "--set", "DESCRIPTION=new"],
        &["info", "x.wim", "0", "--boot", "--integrity"],
        &["edit", "x.wim", "1", "--mkdir", "\\new"],
    ] {
        folder.write("x.wim", &old);
        folder.run(arguments).fails(6, &["SHA-1"]);
        assert!(folder.read("x.wim") == old, "{arguments:?}");
        folder.run(&[arguments, &["--no-verify"]].concat()).ok();
        assert!(folder.read("x.wim") != old, "{arguments:?}");
        assert_eq!(folder.names(), ["x.wim"]);
    }
}

/// Whoever deletes a damaged image softly is not kept from it by the damage.
#[test]
fn a_damaged_image_can_be_deleted() {
    let folder = Folder::new();
    let old = two(&folder);
    let archive = wim_export::Archive::from_source(std::sync::Arc::new(old.clone())).unwrap();
    let metadata = archive.blob_table().all_metadata()[0].resource;
    let mut damaged = old;
    damaged[(metadata.offset + metadata.size_in_wim / 2) as usize] ^= 0x55;
    folder.write("x.wim", &damaged);
    folder.run(&["delete", "x.wim", "2", "--soft"]).code(6);
    assert!(folder.read("x.wim") == damaged);
    folder.run(&["delete", "x.wim", "1", "--soft"]).ok();
    folder.run(&["verify", "x.wim"]).ok();
}
