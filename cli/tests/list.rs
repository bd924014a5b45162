//! `wimsmith ls`.

use testdata::build::{Dentry, Image, Wim};

use crate::util::{Folder, boot_wim, fixture};

#[test]
fn a_directory_is_listed_one_level_deep() {
    let folder = Folder::new();
    let root = folder.run(&["ls", &boot_wim(), "1"]).ok();
    assert_eq!(root.text(), "\\Program Files\\\n\\Users\\\n\\Windows\\\n");
    let drivers = folder.run(&["dir", &boot_wim(), "1", "/windows/SYSTEM32/drivers"]).ok();
    let lines: Vec<&str> = drivers.text().lines().collect();
    assert_eq!(lines[0], r"\Windows\System32\drivers\disk.sys");
    assert!(lines.contains(&r"\Windows\System32\drivers\etc\"), "{lines:?}");
}

#[test]
fn all_levels_are_as_many_as_the_image_has_entries() {
    let folder = Folder::new();
    let run = folder.run(&["ls", &boot_wim(), "1", "--recursive"]).ok();
    // 39 files, and 29 directories with the root, which is not listed.
    assert_eq!(run.text().lines().count(), 39 + 28);
    assert!(run.text().lines().all(|line| line.starts_with('\\')));
    let part = folder.run(&["ls", &boot_wim(), "1", r"\Windows\Boot", "-r"]).ok();
    assert!(part.text().lines().all(|line| line.starts_with(r"\Windows\Boot\")), "{}", part.text());
}

#[test]
fn a_file_is_listed_itself() {
    let folder = Folder::new();
    let run = folder.run(&["ls", &fixture("wims/none.wim"), r"\HELLO.TXT", "--long"]).ok();
    assert_eq!(run.text(), "----------             7 2023-10-16 07:11:37 \\hello.txt\n");
}

#[test]
fn the_long_form_shows_links_and_streams() {
    let folder = Folder::new();
    let run = folder.run(&["ls", &fixture("wims/ntfs.wim"), "-lr"]).ok();
    for line in [
        r"-a---l----             0 2023-10-16 07:11:36 \folder\file link -> ..\plain.txt",
        r"                       9                     \folder\link with stream:s",
        r"d----l----             0 2023-10-16 07:11:36 \junction -> C:\folder",
        r"---hs-----             1 2023-10-16 07:11:36 \hidden.sys",
        r"                      26                     \streams.txt:Zone.Identifier",
    ] {
        assert!(run.text().lines().any(|found| found == line), "{line}\n{}", run.text());
    }
    assert!(run.text().contains("wof.dll [reparse point 0x80000017]"), "{}", run.text());
}

#[test]
fn hashes_are_shown_when_asked_for() {
    let folder = Folder::new();
    let run = folder.run(&["ls", &fixture("wims/none.wim"), "/hello.txt", "--hash"]).ok();
    let hash: String = testdata::build::sha1(b"hello\r\n").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(run.text(), format!("{hash} \\hello.txt\n"));
    let directory = folder.run(&["ls", &fixture("wims/none.wim"), "--hash"]).ok();
    assert!(directory.text().lines().any(|line| line.starts_with('-') && line.ends_with(r"\docs\")));
}

#[test]
fn all_images_are_listed_one_after_the_other() {
    let folder = Folder::new();
    let run = folder.run(&["ls", &boot_wim(), "all", r"\sources"]);
    // Image 1 has no such folder.
    run.fails(3, &["image 1 has no \\sources"]);
    let run = folder.run(&["ls", &boot_wim(), "all"]).ok();
    assert!(run.text().starts_with("Image 1: Microsoft Windows PE (x64)\n"), "{}", run.text());
    assert!(run.text().contains("\n\nImage 2: Microsoft Windows Setup (x64)\n"), "{}", run.text());
    let document = folder.run(&["ls", &boot_wim(), "all", "--json"]).ok().json();
    assert_eq!(document["result"]["images"].as_array().unwrap().len(), 2);
}

#[test]
fn the_json_document_has_everything_of_an_entry() {
    let folder = Folder::new();
    let document = folder.run(&["ls", &fixture("wims/ntfs.wim"), "--recursive", "--json"]).ok().json();
    let entries = document["result"]["images"][0]["entries"].as_array().unwrap().clone();
    let entry = |path: &str| entries.iter().find(|entry| entry["path"] == path).unwrap_or_else(|| panic!("{path}"));
    let plain = entry(r"\plain.txt");
    assert_eq!((&plain["type"], &plain["size"], &plain["link_count"]), (&"file".into(), &900.into(), &1.into()));
    assert_eq!(plain["sha1"].as_str().unwrap().len(), 40);
    assert_eq!(plain["modified"]["filetime"], 0x01DA_0000_0000_0000_u64);
    assert_eq!(plain["attribute_names"], serde_json::json!(["ARCHIVE"]));
    assert_eq!(entry(r"\Long Name.txt")["short_name"]["name"], "LONGNA~1.TXT");
    assert_eq!(entry(r"\folder")["type"], "directory");
    assert_eq!(
        (&entry(r"\folder\hard1.txt")["link_count"], &entry(r"\folder\hard1.txt")["link_group"]),
        (&2.into(), &9.into())
    );
    let link = &entry(r"\folder\file link")["reparse"];
    assert_eq!((&link["kind"], &link["target"]), (&"symlink".into(), &r"..\plain.txt".into()));
    assert_eq!(entry(r"\streams.txt")["streams"][0]["name"], "Zone.Identifier");
    let broken = entry(r"\x<U+D800>y");
    assert_eq!(
        (&broken["name"], &broken["name_utf16"]),
        (&"x\u{FFFD}y".into(), &serde_json::json!([0x78, 0xD800, 0x79]))
    );
    assert!(plain.get("name_utf16").is_none());
}

#[test]
fn names_do_no_harm_and_every_path_can_be_given_back() {
    let folder = Folder::new();
    let names: [&[u16]; 6] = [
        &[0x1B, 0x5B, 0x32, 0x4A],
        &[0x61, 0x0A, 0x62],
        &[0x61, 0x202E, 0x62],
        &[0x3C, 0x55, 0x2B, 0x30, 0x30, 0x34, 0x31, 0x3E],
        &[0xDC00, 0xD800],
        &[0x61, 0x3A, 0x62],
    ];
    let image = names.iter().enumerate().fold(Image::new("x"), |image, (number, name)| {
        image.add(r"\dir", Dentry::file(name.to_vec(), format!("content {number}")))
    });
    folder.write("x.wim", Wim::new().image(image).to_bytes());
    let run = folder.run(&["ls", "x.wim", "-r"]).ok();
    assert!(run.stdout.iter().all(|byte| *byte >= 0x20 || *byte == b'\n'), "{}", run.text());
    let paths: Vec<&str> = run.text().lines().filter(|line| !line.ends_with('\\')).collect();
    assert_eq!(paths.len(), names.len(), "a name breaks no line");
    assert!(paths.contains(&r"\dir\<U+001B>[2J"), "{paths:?}");
    for (number, path) in paths.iter().enumerate() {
        assert_eq!(folder.run(&["cat", "x.wim", path]).ok().text(), format!("content {number}"), "{path}");
    }
}

#[test]
fn what_is_ignored_is_warned_of() {
    let folder = Folder::new();
    let file = fixture("hostile/names.wim");
    let run = folder.run(&["ls", &file]).ok();
    assert!(run.stderr.contains("warning: ") && run.stderr.contains("image 1"), "{}", run.stderr);
    assert_eq!(folder.run(&["ls", &file, "--quiet"]).ok().stderr, "");
    let document = folder.run(&["ls", &file, "--json"]).ok().json();
    let warnings = document["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["code"] == "BAD_NAME" && warning["image"] == 1), "{warnings:?}");
}

#[test]
fn bad_input_is_told() {
    let folder = Folder::new();
    folder.run(&["ls", &boot_wim()]).fails(2, &["has 2 images", "1 to 2"]);
    folder.run(&["ls", &boot_wim(), "/"]).fails(2, &["has 2 images"]);
    folder.run(&["ls", &boot_wim(), "1", "Windows"]).fails(2, &["starts with \\ or /", r"'\Windows'"]);
    let run = folder.run(&["ls", &boot_wim(), "1", r"\Windows\absent"]).fails(3, &[r"image 1 has no \Windows\absent"]);
    assert!(run.stderr.contains("hint: "), "{}", run.stderr);
    folder.run(&["ls", &boot_wim(), "1", r"\a", r"\b"]).fails(2, &["unexpected"]);
    folder.run(&["ls", &fixture("hostile/cycle.wim")]).fails(6, &["cycle"]);
    folder.run(&["ls", &fixture("hostile/split-second.swm")]).fails(7, &["part 2 of 2"]);
}
