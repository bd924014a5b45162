//! `wimsmith cat`.

use testdata::build::{Dentry, Image, Wim, attributes};

use crate::util::{Folder, boot_wim, fixture};

#[test]
fn a_file_comes_out_byte_for_byte() {
    let folder = Folder::new();
    let tree = testdata::trees::by_name("mixed").unwrap();
    for file in
        ["wims/lzx-32k.wim", "wims/xpress-4k.wim", "wims/lzms-128k.wim", "wims/solid-lzms.wim", "wims/pipable.wim"]
    {
        for path in ["text/long.txt", "data/zeros.bin", "data/random.bin", "tiny", "empty"] {
            let run = folder.run(&["cat", &fixture(file), &format!("/{path}")]).ok();
            assert!(run.stdout == tree.data(path).unwrap(), "{file}: {path}");
        }
    }
}

#[test]
fn several_files_come_one_after_the_other() {
    let folder = Folder::new();
    let run = folder.run(&["cat", &fixture("wims/none.wim"), "1", r"\hello.txt", "/one-byte", "/Hello.TXT"]).ok();
    assert_eq!(run.text(), "hello\r\n1hello\r\n");
}

#[test]
fn an_image_is_named_by_number_or_name() {
    let folder = Folder::new();
    let path = r"\Windows\System32\startnet.cmd";
    assert_eq!(folder.run(&["cat", &boot_wim(), "1", path]).ok().text(), "wpeinit\r\n");
    let run = folder.run(&["cat", &boot_wim(), "Microsoft Windows Setup (x64)", path]).ok();
    assert_eq!(run.text(), "wpeinit\r\nrem Setup follows\r\n");
    folder.run(&["cat", &boot_wim(), path]).fails(2, &["has 2 images"]);
    folder.run(&["cat", &boot_wim(), "all", path]).fails(2, &["one image"]);
}

#[test]
fn named_streams_are_files_too() {
    let folder = Folder::new();
    let file = fixture("wims/ntfs.wim");
    let run = folder.run(&["cat", &file, "/streams.txt:zone.identifier"]).ok();
    assert_eq!(run.text(), "[ZoneTransfer]\r\nZoneId=3\r\n");
    assert_eq!(folder.run(&["cat", &file, "/folder:on a folder"]).ok().text(), "ads");
    assert_eq!(folder.run(&["cat", &file, "/no main data.txt"]).ok().text(), "");
    folder.run(&["cat", &file, "/streams.txt:absent"]).fails(3, &["has no /streams.txt:absent"]);
}

#[test]
fn the_parts_of_a_split_set_and_the_base_of_a_delta_are_read() {
    let folder = Folder::new();
    let tree = testdata::trees::by_name("mixed").unwrap();
    let pattern = fixture("wims/split.swm").replace("split.swm", "split*.swm");
    let run = folder.run(&["cat", &fixture("wims/split.swm"), "/data/zeros.bin", "--ref", &pattern]).ok();
    assert!(run.stdout == tree.data("data/zeros.bin").unwrap());
    let (delta, base) = (fixture("wims/delta.wim"), fixture("wims/lzx-32k.wim"));
    let run = folder.run(&["cat", &delta, "/data/delta.bin", "--ref", &base]).ok();
    assert!(run.stdout == tree.data("data/delta.bin").unwrap());
    folder.run(&["cat", &delta, "/data/delta.bin"]).fails(6, &["data/delta.bin", "missing", "--ref"]);
    folder.run(&["cat", &delta, "/tiny", "--ref", "absent*.wim"]).fails(3, &["absent*.wim"]);
    folder.run(&["cat", &delta, "/tiny", "--ref", "absent.wim"]).fails(3, &["absent.wim"]);
}

#[test]
fn damage_is_told_with_the_path() {
    let folder = Folder::new();
    let built = Wim::new().image(Image::new("x").file(r"\docs\a.txt", "some content")).build();
    let offset = built.entry("some content").resource.offset as usize;
    folder.write("x.wim", built.flip(offset).bytes);
    let run = folder.run(&["cat", "x.wim", "/docs/a.txt"]).fails(6, &["x.wim", "/docs/a.txt", "SHA-1"]);
    assert!(run.stderr.contains("hint: `wimsmith verify"), "{}", run.stderr);
}

#[test]
fn everything_is_looked_up_before_anything_is_written() {
    let folder = Folder::new();
    let run = folder.run(&["cat", &fixture("wims/none.wim"), "/hello.txt", "/absent"]).fails(3, &["/absent"]);
    assert!(run.stdout.is_empty());
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = Folder::new();
    let image = Image::new("x")
        .dir("d")
        .add("", Dentry::symlink("link", "target"))
        .add("", Dentry::file("secret", "ciphertext").attributes(attributes::ENCRYPTED));
    folder.write("x.wim", Wim::new().image(image).to_bytes());
    folder.run(&["cat", "x.wim", "/d"]).fails(2, &["/d is not a file"]);
    folder.run(&["cat", "x.wim", "/"]).fails(2, &["/ is not a file"]);
    folder.run(&["cat", "x.wim", "/link"]).fails(2, &["/link is not a file"]);
    folder.run(&["cat", "x.wim", "/secret"]).fails(7, &["/secret", "EFS", "not supported"]);
    folder.run(&["cat", "x.wim", "1"]).fails(2, &["which file?"]);
    folder.run(&["cat", "x.wim", "Windows\\win.ini"]).fails(2, &[r"'\Windows\win.ini'"]);
    folder.run(&["cat", "x.wim"]).fails(2, &["which file?"]);
}

#[test]
fn a_map_reads_the_same() {
    let folder = Folder::new();
    let plain = folder.run(&["cat", &boot_wim(), "1", "/Windows/System32/ntoskrnl.exe"]).ok();
    let mapped = folder.run(&["cat", &boot_wim(), "1", "/Windows/System32/ntoskrnl.exe", "--mmap"]).ok();
    assert!(plain.stdout == mapped.stdout);
}

#[test]
fn a_json_document_has_the_data() {
    let folder = Folder::new();
    let run = folder.run(&["cat", &fixture("wims/none.wim"), "1", r"\hello.txt", "/empty", "--json"]).ok();
    let result = run.json()["result"].clone();
    let files = result["files"].as_array().unwrap();
    assert_eq!(
        (&files[0]["path"], &files[0]["size"], &files[0]["data"]),
        (&r"\hello.txt".into(), &7.into(), &"aGVsbG8NCg==".into())
    );
    assert_eq!(files[0]["sha1"].as_str().unwrap().len(), 40);
    assert_eq!(
        (&files[1]["size"], &files[1]["sha1"], &files[1]["data"]),
        (&0.into(), &serde_json::Value::Null, &"".into())
    );
    // Damage is found before the document begins.
    let (bad, path) = (fixture("hostile/wrong-hash.wim"), r"\file.txt");
    let listed = folder.run(&["ls", &bad, "--json"]).ok().json()["result"]["images"][0]["entries"].clone();
    let path = listed.as_array().unwrap().iter().find_map(|entry| entry["path"].as_str()).unwrap_or(path).to_owned();
    let run = folder.run(&["cat", &bad, &path, "--json"]).code(6);
    assert_eq!((&run.json()["ok"], &run.json()["error"]["code"]), (&false.into(), &"hash_mismatch".into()));
}
