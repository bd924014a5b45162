//! `wimsmith edit`.

use std::fs;
use std::process::Command;

use testdata::build::{Image, Wim};
use testdata::peer;

use crate::util::{Folder, Run};

/// A folder with an archive of two images, and files to add.
fn folder() -> Folder {
    let first = Image::new("first").file("docs/a.txt", "a").file("docs/b.log", "b").file("Windows/win.ini", "ini");
    let second = Image::new("second").file("other.txt", "a");
    let folder = Folder::new();
    folder.write("x.wim", Wim::new().image(first).image(second).boot_index(1).to_bytes());
    folder.write("new/one.txt", "one").write("new/sub/two.txt", "two").write("three.txt", "three");
    folder
}

fn edit(folder: &Folder, more: &[&str]) -> Run {
    folder.run(&[&["edit", "x.wim", "1"], more].concat())
}

/// The paths of an image, without the root.
fn paths(folder: &Folder, image: &str) -> Vec<String> {
    let list = folder.run(&["ls", "x.wim", image, "--recursive"]).ok();
    let mut paths: Vec<String> = list.text().lines().map(|line| line.trim_end_matches('\\').to_owned()).collect();
    paths.retain(|path| !path.is_empty());
    paths.sort();
    paths
}

#[test]
fn changes_are_made_in_order_and_in_place() {
    for rebuild in [&[][..], &["--rebuild"]] {
        let folder = folder();
        let changes = [
            "--add",
            "new:\\WINDOWS\\new",
            "--add",
            "three.txt:\\docs\\",
            "--mv",
            "\\docs\\a.txt",
            "\\docs\\moved.txt",
            "--rm",
            "\\docs\\*.log",
            "--set-attr",
            "\\Windows\\*.ini",
            "+hidden,-archive",
            "--mkdir",
            "/empty/folder",
        ];
        let run = edit(&folder, &[&changes[..], rebuild].concat()).ok();
        assert!(run.text().starts_with("changed x.wim: image 1"), "{}", run.text());
        let expected = [
            r"\Windows",
            r"\Windows\new",
            r"\Windows\new\one.txt",
            r"\Windows\new\sub",
            r"\Windows\new\sub\two.txt",
            r"\Windows\win.ini",
            r"\docs",
            r"\docs\moved.txt",
            r"\docs\three.txt",
            r"\empty",
            r"\empty\folder",
        ];
        assert_eq!(paths(&folder, "1"), expected, "{rebuild:?}");
        assert_eq!(paths(&folder, "2"), [r"\other.txt"]);
        folder.run(&["verify", "x.wim"]).ok();
        assert_eq!(folder.run(&["cat", "x.wim", "1", r"\windows\NEW\sub\two.txt"]).ok().stdout, b"two");
    }
}

#[test]
fn scripts_are_those_of_wimlib() {
    let folder = folder();
    folder.write(
        "script",
        "# comment\nadd new '/new files'\r\ndelete --force /none\ndelete --recursive \"/docs\"\nrename /Windows/win.ini /win.ini\n",
    );
    folder.write(
        "wide",
        "\u{feff}add --unix-data three.txt /Windows/three.txt\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>(),
    );
    edit(&folder, &["--script", "wide"]).ok();
    let archive = wim_export::Archive::open(folder.path("x.wim")).unwrap();
    let image = archive.image(wim_format::ImageIndex::FIRST).unwrap();
    let added = image.inode_of(image.find(r"\Windows\three.txt").unwrap());
    assert_eq!(added.tagged.get(wim_format::TaggedItems::UNIX_DATA).is_some(), cfg!(unix));
    edit(&folder, &["--rm", r"\Windows\three.txt"]).ok();
    edit(&folder, &["--script", "script"]).ok();
    let expected =
        [r"\Windows", r"\new files", r"\new files\one.txt", r"\new files\sub", r"\new files\sub\two.txt", r"\win.ini"];
    assert_eq!(paths(&folder, "1"), expected);
    for (script, words) in [
        ("delete /Windows", &["Windows", "directory"][..]),
        ("delete /none", &["none"]),
        ("add new", &["line 1", "add SRC DEST"]),
        ("\nmove a b", &["line 2", "move"]),
        ("add --unix new /x", &["--unix"]),
        ("add --no-replace three.txt /win.ini", &["win.ini", "exists already"]),
        ("rename 'a b", &["line 1", "not closed"]),
    ] {
        let before = folder.read("x.wim");
        folder.write("bad", script);
        let run = edit(&folder, &["--script", "bad"]);
        assert!([2, 3].contains(&run.code), "{script}: {}", run.code);
        for word in words {
            assert!(run.stderr.contains(word), "{script}: {}", run.stderr);
        }
        assert!(folder.read("x.wim") == before, "{script}");
    }
}

#[test]
fn what_cannot_be_leaves_the_archive_as_it_was() {
    let folder = folder();
    let before = folder.read("x.wim");
    edit(&folder, &[]).fails(2, &["nothing"]);
    edit(&folder, &["--add", "new"]).fails(2, &["SRC:DEST"]);
    edit(&folder, &["--add", "none:\\x"]).fails(3, &["none"]);
    edit(&folder, &["--rm", "\\none"]).fails(3, &["none"]);
    edit(&folder, &["--mv", "\\docs", "\\docs\\x"]).fails(2, &["into itself"]);
    edit(&folder, &["--add", "three.txt:\\docs\\..\\x"]).fails(2, &["path"]);
    edit(&folder, &["--set-attr", "\\docs", "+round"]).fails(2, &["round"]);
    folder.run(&["edit", "x.wim", "3", "--rm", "\\docs"]).fails(4, &["3"]);
    folder.run(&["edit", "x.wim", "all", "--rm", "\\docs"]).fails(2, &["one image"]);
    let dry = edit(&folder, &["--rm", "\\docs", "--dry-run"]).ok();
    assert!(dry.text().starts_with("would change"), "{}", dry.text());
    assert!(folder.read("x.wim") == before);
    let warned = edit(&folder, &["--rm", "\\docs\\*.none", "--dry-run"]).ok();
    assert!(warned.stderr.contains("matches nothing"), "{}", warned.stderr);
}

#[test]
fn files_that_are_there_are_replaced_or_kept() {
    let folder = folder();
    edit(&folder, &["--add", "three.txt:\\docs\\a.txt", "--no-replace"]).ok();
    assert_eq!(folder.run(&["cat", "x.wim", "1", r"\docs\a.txt"]).ok().stdout, b"a");
    edit(&folder, &["--add", "three.txt:\\docs\\A.TXT"]).ok();
    assert_eq!(folder.run(&["cat", "x.wim", "1", r"\docs\a.txt"]).ok().stdout, b"three");
    assert!(paths(&folder, "1").contains(&r"\docs\a.txt".to_owned()), "what exists keeps its name");
}

#[test]
fn the_answer_is_json_if_asked_for() {
    let folder = folder();
    let json = edit(&folder, &["--add", "new:\\new", "--json"]).ok().json();
    let result = &json["result"];
    assert_eq!((&result["changes"], &result["new_blobs"], &result["new_bytes"]), (&1.into(), &2.into(), &6.into()));
    assert_eq!(result["entries"].as_u64().unwrap() - result["entries_before"].as_u64().unwrap(), 4);
}

#[test]
#[cfg(unix)]
fn links_of_the_host_are_links_in_the_image_and_wimlib_agrees() {
    let folder = folder();
    fs::hard_link(folder.path("new/one.txt"), folder.path("new/hard.txt")).unwrap();
    std::os::unix::fs::symlink("sub/two.txt", folder.path("new/soft.txt")).unwrap();
    edit(&folder, &["--add", "new:\\new", "--rm", "\\docs"]).ok();
    let Some(wimlib) = peer("wimlib-imagex") else { return };
    let run = |arguments: &[&str]| Run::of(Command::new(&wimlib).args(arguments).current_dir(folder.path(""))).ok();
    run(&["verify", "x.wim"]);
    run(&["apply", "x.wim", "1", "out"]);
    assert_eq!(fs::read_to_string(folder.path("out/new/soft.txt")).unwrap(), "two");
    assert_eq!(fs::read_link(folder.path("out/new/soft.txt")).unwrap().to_str(), Some("sub/two.txt"));
    use std::os::unix::fs::MetadataExt;
    let inode = |name: &str| fs::metadata(folder.path(name)).unwrap().ino();
    assert_eq!(inode("out/new/one.txt"), inode("out/new/hard.txt"));
    if let Some(seven_zip) = peer("7zz") {
        Run::of(Command::new(seven_zip).arg("t").arg(folder.path("x.wim"))).ok();
    }
    edit(&folder, &["--add", "new:\\followed", "--dereference"]).ok();
    assert_eq!(folder.run(&["cat", "x.wim", "1", r"\followed\soft.txt"]).ok().stdout, b"two");
}

#[test]
fn security_is_given_in_words() {
    let folder = folder();
    edit(&folder, &["--set-security", r"\docs\*", "O:BAG:BAD:(A;;FA;;;BA)", "--set-security", r"\docs\b.log", "none"])
        .ok();
    let archive = wim_export::Archive::open(folder.path("x.wim")).unwrap();
    let image = archive.image(wim_format::ImageIndex::FIRST).unwrap();
    let descriptor = |path: &str| {
        let id = image.inode_of(image.find(path).unwrap()).security_id?;
        image.security().get(id).map(<[u8]>::to_vec)
    };
    assert_eq!(descriptor(r"\docs\a.txt"), Some(testdata::build::descriptor(0x001F_01FF)));
    assert_eq!((descriptor(r"\docs\b.log"), descriptor(r"\docs")), (None, None));
    let before = folder.read("x.wim");
    edit(&folder, &["--set-security", r"\docs", "O:XX"]).fails(2, &["O:XX", "nobody"]);
    edit(&folder, &["--set-security", r"\none", "O:BA"]).fails(3, &["none"]);
    assert!(folder.read("x.wim") == before);
}
