//! `wimsmith export`.

use std::fs::{self, File};

use testdata::build::{Image, Wim};

use crate::util::{Folder, Run, boot_wim, fixture};

/// What `info --json` says of an archive.
fn info(folder: &Folder, file: &str) -> serde_json::Value {
    folder.run(&["info", file, "--json"]).ok().json()["result"].clone()
}

/// The paths and hashes of an image.
fn files(folder: &Folder, file: &str, image: &str) -> serde_json::Value {
    let mut entries = folder.run(&["ls", file, image, "--recursive", "--json"]).ok().json();
    entries["result"]["images"][0]["entries"].take()
}

#[test]
fn an_image_is_the_same_in_its_new_archive() {
    let folder = Folder::new();
    let run = folder.run(&["export", &boot_wim(), "2", "out.wim"]).ok();
    for words in ["out.wim", "image 2", "30 copied", "3 blobs", "every byte was checked"] {
        assert!(run.text().contains(words), "{words}\n{}", run.text());
    }
    assert_eq!((run.stderr.as_str(), folder.names()), ("", vec!["out.wim".to_owned()]));
    folder.run(&["verify", "out.wim"]).ok();
    let result = info(&folder, "out.wim");
    assert_eq!((&result["image_count"], &result["boot_index"]), (&1.into(), &serde_json::Value::Null));
    assert_eq!(result["images"][0]["name"], "Microsoft Windows Setup (x64)");
    assert_eq!(files(&folder, "out.wim", "1"), files(&folder, &boot_wim(), "2"));
}

#[test]
fn options_say_what_the_new_archive_is() {
    let folder = Folder::new();
    let guid = "00112233-4455-6677-8899-aabbccddeeff";
    let source = boot_wim();
    let arguments = [
        "export",
        &source,
        "1",
        "out.wim",
        "--name",
        "My PE",
        "--description",
        "",
        "--boot",
        "--integrity",
        "--guid",
        guid,
        "--compress",
        "none",
    ];
    folder.run(&arguments).ok();
    let result = info(&folder, "out.wim");
    assert_eq!(result["guid"], guid);
    assert_eq!((&result["boot_index"], &result["has_integrity_table"]), (&1.into(), &true.into()));
    assert_eq!((&result["compression"], &result["chunk_size"]), (&"none".into(), &0.into()));
    let image = &result["images"][0];
    assert_eq!((&image["name"], &image["description"]), (&"My PE".into(), &serde_json::Value::Null));
    let verdict = folder.run(&["verify", "out.wim", "--json"]).ok().json();
    assert_eq!(verdict["result"]["files"][0]["integrity_checked"], true);
    folder.run(&["export", &source, "1", "kept.wim", "--guid", "keep"]).ok();
    assert_eq!(info(&folder, "kept.wim")["guid"], info(&folder, &source)["guid"]);
}

#[test]
fn all_images_are_exported_and_the_one_that_boots_boots() {
    let folder = Folder::new();
    folder.run(&["export", &boot_wim(), "all", "out.wim", "--boot", "--no-verify"]).ok();
    let result = info(&folder, "out.wim");
    assert_eq!((&result["image_count"], &result["boot_index"]), (&2.into(), &1.into()));
    folder.run(&["verify", "out.wim"]).ok();
    folder.run(&["export", &boot_wim(), "all", "out.wim", "--name", "x"]).fails(2, &["single image"]);
}

#[test]
fn xpress_is_compressed_anew() {
    let folder = Folder::new();
    let source = fixture("wims/none.wim");
    folder
        .run(&["export", &source, "out.wim", "--compress", "fast:30", "--chunk-size", "4K", "--check-encoded", "on"])
        .ok();
    let result = info(&folder, "out.wim");
    assert_eq!((&result["compression"], &result["chunk_size"]), (&"XPRESS".into(), &4096.into()));
    assert!(result["size"].as_u64() < info(&folder, &source)["size"].as_u64());
    folder.run(&["verify", "out.wim"]).ok();
    assert_eq!(files(&folder, "out.wim", "1"), files(&folder, &source, "1"));
    for (arguments, words) in [
        (["--compress", "xpress", "--chunk-size", "2M"], "chunk size"),
        (["--compress", "none", "--chunk-size", "32K"], "chunk size"),
        (["--compress", "zip", "--chunk-size", "32K"], "xpress"),
        (["--compress", "lzx:0", "--chunk-size", "32K"], "1 (quick) to 100"),
        (["--compress", "lzx", "--chunk-size", "1.5K"], "32K"),
        (["--compress", "lzx", "--guid", "random"], "fresh"),
        (["--compress", "lzx", "--check-encoded", "maybe"], "maybe"),
    ] {
        let all = ["export", &source, "bad.wim"].into_iter().chain(arguments).collect::<Vec<_>>();
        folder.run(&all).fails(2, &[words]);
    }
    assert_eq!(folder.names(), ["out.wim"]);
}

#[test]
fn bytes_depend_on_neither_threads_nor_the_clock() {
    let folder = Folder::new();
    for threads in ["1", "2", "3", "8"] {
        let out = format!("{threads}.wim");
        folder.run(&["export", &boot_wim(), "1", &out, "--compress", "xpress", "--threads", threads]).ok();
        assert!(folder.read(&out) == folder.read("1.wim"), "{threads} threads");
    }
    folder.run(&["export", &boot_wim(), "1", "map.wim", "--compress", "xpress", "--mmap"]).ok();
    assert!(folder.read("map.wim") == folder.read("1.wim"));
}

#[test]
fn bytes_do_not_depend_on_the_memory_either() {
    let folder = Folder::new();
    let source = boot_wim();
    let solid = "--solid --solid-chunk-size 64K --solid-compress lzms:20 --allow-incompatible";
    for (codec, way) in [
        ("xpress", "--compress xpress"),
        ("lzx", "--compress lzx:20"),
        ("lzms", "--compress lzms:20"),
        ("solid", solid),
    ] {
        for run in ["--threads 1", "--threads 2", "--threads 3", "--threads 8", "--memory 64M", "--memory 1G"] {
            let out = format!("{codec}{run}.wim");
            let options: Vec<&str> = way.split(' ').chain(run.split(' ')).collect();
            folder.run(&[&["export", &source, "1", &out, "--recompress"], &options[..]].concat()).ok();
            assert!(folder.read(&out) == folder.read(&format!("{codec}--threads 1.wim")), "{codec} {run}");
        }
    }
}

#[test]
fn what_microsoft_does_not_read_is_written_only_when_allowed() {
    let folder = Folder::new();
    let source = fixture("wims/none.wim");
    for way in [
        "--compress lzx --chunk-size 64K",
        "--compress xpress --chunk-size 64K",
        "--compress lzms --chunk-size 32K",
        "--solid --solid-chunk-size 1M",
        "--solid --solid-compress lzx",
    ] {
        let options: Vec<&str> = way.split(' ').collect();
        let all = [&["export", &source, "1", "out.wim"], &options[..]].concat();
        folder.run(&all).fails(2, &["--allow-incompatible"]);
        assert_eq!(folder.names(), [""; 0]);
        folder.run(&[&all[..], &["--allow-incompatible", "--dry-run"]].concat()).ok();
    }
    // What the source has is kept, and told.
    let run = folder.run(&["export", &fixture("wims/lzx-256k.wim"), "1", "out.wim"]).ok();
    assert!(run.stderr.contains("which Microsoft's software does not read"), "{}", run.stderr);
}

#[test]
fn solid_data_is_lzms_as_in_an_esd() {
    let folder = Folder::new();
    folder.run(&["export", &boot_wim(), "all", "out.esd", "--solid"]).ok();
    let result = info(&folder, "out.esd");
    assert_eq!((&result["compression"], &result["chunk_size"]), (&"LZMS".into(), &131_072.into()));
    assert_eq!(result["solid_resources"][0]["chunk_size"], 64 << 20);
    assert_eq!(files(&folder, "out.esd", "2"), files(&folder, &boot_wim(), "2"));
    // Out of it, and solid once more without compressing anew.
    let run = folder.run(&["export", "out.esd", "all", "again.esd", "--json"]).ok();
    assert_eq!(run.json()["result"]["compression"], "LZMS");
    folder.run(&["export", "out.esd", "2", "out.wim", "--compress", "lzx"]).ok();
    assert_eq!(files(&folder, "out.wim", "1"), files(&folder, &boot_wim(), "2"));
}

#[test]
fn the_time_of_a_reproducible_build_is_taken_from_the_environment() {
    let folder = Folder::new();
    let arguments = ["export", &boot_wim(), "1", "out.wim"];
    Run::of(folder.command(&arguments).env("SOURCE_DATE_EPOCH", "1600000000")).ok();
    assert_eq!(info(&folder, "out.wim")["images"][0]["modified"]["rfc3339"], "2020-09-13T12:26:40Z");
    for wrong in ["", "yesterday", "-1", "1e9", "99999999999999999999"] {
        let run = Run::of(folder.command(&arguments).env("SOURCE_DATE_EPOCH", wrong));
        run.fails(2, &["SOURCE_DATE_EPOCH", "seconds"]);
    }
}

#[test]
fn an_existing_file_is_replaced_kept_or_backed_up() {
    let folder = Folder::new();
    folder.write("out.wim", "old");
    folder.run(&["export", &boot_wim(), "1", "out.wim", "--on-exists", "fail"]).fails(8, &["out.wim", "exists"]);
    assert_eq!(folder.read("out.wim"), b"old");
    let document = folder.run(&["export", &boot_wim(), "1", "out.wim", "--on-exists", "backup", "--json"]).ok().json();
    assert!(document["result"]["backup"].as_str().unwrap().ends_with("out.wim.bak"));
    assert_eq!(folder.read("out.wim.bak"), b"old");
    folder.run(&["export", &boot_wim(), "2", "out.wim"]).ok();
    assert_eq!(info(&folder, "out.wim")["images"][0]["name"], "Microsoft Windows Setup (x64)");
    assert_eq!(folder.names(), ["out.wim", "out.wim.bak"]);
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = Folder::new();
    let run = folder.run(&["export", &boot_wim(), "1", "out.wim", "--dry-run"]).ok();
    assert!(run.text().starts_with("would write out.wim\n") && run.text().contains("26 copied"), "{}", run.text());
    let document = folder.run(&["export", &boot_wim(), "1", "out.wim", "--dry-run", "--json"]).ok().json();
    let result = &document["result"];
    assert_eq!((&result["dry_run"], &result["output"]), (&true.into(), &serde_json::Value::Null));
    assert_eq!((&result["plan"]["copied"], &result["plan"]["dropped"]), (&26.into(), &7.into()));
    folder.run(&["export", &boot_wim(), "1", "no/out.wim", "--dry-run"]).fails(3, &["no/out.wim", "folder"]);
    assert!(folder.names().is_empty());
}

#[test]
fn the_json_document_says_what_was_done() {
    let folder = Folder::new();
    let document = folder.run(&["export", &boot_wim(), "1", "out.wim", "--json"]).ok().json();
    let (result, output) = (&document["result"], &document["result"]["output"]);
    assert_eq!((&document["command"], &result["images"]), (&"export".into(), &serde_json::json!([1])));
    assert_eq!(output["size"], folder.read("out.wim").len());
    assert_eq!((&output["verified"], &output["blobs"]), (&true.into(), &26.into()));
    let fast = folder.run(&["export", &boot_wim(), "1", "out.wim", "--json", "--no-verify"]).ok().json();
    assert_eq!(fast["result"]["output"]["verified"], false);
}

#[test]
fn damage_is_found_while_copying_and_the_old_file_stays() {
    let folder = Folder::new();
    let built = Wim::new().image(Image::new("x").file(r"\docs\a.txt", "some content")).build();
    let offset = built.entry("some content").resource.offset as usize;
    folder.write("x.wim", built.flip(offset).bytes).write("out.wim", "old");
    let run = folder.run(&["export", "x.wim", "out.wim", "--json"]).fails(6, &["x.wim", r"\docs\a.txt", "SHA-1"]);
    assert_eq!(run.json()["error"]["code"], "hash_mismatch");
    assert_eq!((folder.read("out.wim"), folder.names()), (b"old".to_vec(), vec!["out.wim".into(), "x.wim".into()]));
    folder.run(&["export", "x.wim", "out.wim", "--no-verify"]).ok();
    folder.run(&["verify", "out.wim"]).code(6);
}

#[test]
fn what_no_image_needs_is_left_out() {
    let folder = Folder::new();
    let secret = "left over from an image that was deleted";
    folder.write("x.wim", Wim::new().image(Image::new("x").file("/a", "a")).unreferenced(secret).to_bytes());
    let run = folder.run(&["export", "x.wim", "out.wim"]).ok();
    assert!(run.text().contains("1 blob with 40 bytes"), "{}", run.text());
    let bytes = folder.read("out.wim");
    assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
}

#[test]
fn a_split_set_becomes_whole() {
    let folder = Folder::new();
    let pattern = fixture("wims/split.swm").replace("split.swm", "split*.swm");
    folder.run(&["export", &fixture("wims/split.swm"), "out.wim"]).fails(7, &["part 1 of 3", "missing: 2, 3"]);
    folder.run(&["export", &fixture("wims/split.swm"), "1", "out.wim", "--ref", &pattern]).ok();
    assert_eq!(files(&folder, "out.wim", "1"), files(&folder, &fixture("wims/lzx-32k.wim"), "1"));
    let run = folder.run(&["export", &fixture("wims/split2.swm"), "all", "o.wim", "--ref", &fixture("wims/split.swm")]);
    run.fails(7, &["part 2 of 3"]);
}

#[test]
fn the_source_is_not_lost_by_accident() {
    let folder = Folder::new();
    folder.write("x.wim", testdata::read("wims/two-images-lzx.wim"));
    fs::hard_link(folder.path("x.wim"), folder.path("y.wim")).unwrap();
    for out in ["x.wim", "./x.wim", "y.wim"] {
        folder.run(&["export", "x.wim", "1", out]).fails(8, &["--allow-self"]);
    }
    folder.run(&["export", "x.wim", "all", "x.wim"]).ok();
    assert_eq!(info(&folder, "x.wim")["image_count"], 2);
    folder.run(&["export", "x.wim", "2", "x.wim", "--allow-self"]).ok();
    assert_eq!(info(&folder, "x.wim")["image_count"], 1);
    assert_eq!(info(&folder, "y.wim")["image_count"], 2, "another name of the old file keeps it");
}

#[test]
fn a_destination_that_cannot_be_is_refused_before_any_work() {
    let folder = Folder::new();
    fs::create_dir(folder.path("folder")).unwrap();
    folder.run(&["export", &boot_wim(), "1", "absent/out.wim"]).fails(3, &["absent/out.wim", "--mkdirs"]);
    folder.run(&["export", &boot_wim(), "1", "folder"]).fails(2, &["folder", "not a regular file"]);
    folder.run(&["export", &boot_wim(), "1", ""]).code(2);
    folder.run(&["export", &boot_wim(), "1", "folder/"]).code(2);
    assert_eq!(folder.names(), ["folder"]);
    folder.run(&["export", &boot_wim(), "1", "a/b/out.wim", "--mkdirs"]).ok();
    folder.run(&["verify", "a/b/out.wim"]).ok();
}

#[test]
fn two_runs_do_not_write_the_same_file() {
    let folder = Folder::new();
    let lock = File::create(folder.path(".out.wim.wimsmith-lock")).unwrap();
    lock.lock().unwrap();
    folder.run(&["export", &boot_wim(), "1", "out.wim"]).fails(8, &["out.wim", "another run"]);
    drop(lock);
    folder.run(&["export", &boot_wim(), "1", "out.wim"]).ok();
    assert_eq!(folder.names(), ["out.wim"]);
}

#[test]
fn what_is_not_an_archive_is_told() {
    let folder = Folder::new();
    folder.write("text.wim", "this is text, and more than a header long; ".repeat(10)).write("empty.wim", "");
    folder.run(&["export", "absent.wim", "out.wim"]).fails(3, &["absent.wim"]);
    folder.run(&["export", "text.wim", "out.wim"]).fails(6, &["text.wim", "not a WIM"]);
    folder.run(&["export", "empty.wim", "out.wim"]).fails(6, &["empty.wim", "not a WIM"]);
    folder.run(&["export", &fixture("hostile/encrypted.wim"), "out.wim"]).fails(7, &["encrypted"]);
    folder.run(&["export", &boot_wim(), "3", "out.wim"]).fails(4, &["no image 3"]);
    folder.run(&["export", &boot_wim(), "out.wim"]).fails(2, &["2 images"]);
    folder.run(&["export", &boot_wim()]).fails(2, &["where to?", "DEST"]);
    assert_eq!(folder.names(), ["empty.wim", "text.wim"]);
}

/// As wimlib-imagex has it: SRC IMAGE DEST [NAME [DESCRIPTION]].
#[test]
fn name_and_description_may_follow_the_destination() {
    let folder = Folder::new();
    folder.run(&["export", &boot_wim(), "1", "o.wim", "New name", "new words"]).ok();
    let image = info(&folder, "o.wim")["images"][0].clone();
    assert_eq!((&image["name"], &image["description"]), (&"New name".into(), &"new words".into()));
    folder.run(&["info", "o.wim", "1", "Newer name"]).ok();
    let image = info(&folder, "o.wim")["images"][0].clone();
    assert_eq!((&image["name"], &image["description"]), (&"Newer name".into(), &"new words".into()));
    folder.run(&["export", &boot_wim(), "1", "o.wim", "x", "--name", "y"]).fails(2, &["cannot be used with"]);
    folder.run(&["info", "o.wim", "1", "x", "--xml"]).fails(2, &["cannot be used with"]);
}

#[test]
fn threads_and_memory_are_taken_from_the_environment_too() {
    let folder = Folder::new();
    let arguments = ["export", &boot_wim(), "1", "o.wim", "--compress", "lzx"];
    let run = |name: &str, value: &str, more: &[&str]| {
        Run::of(folder.command(&[&arguments[..], more].concat()).env(name, value))
    };
    run("WIM_THREADS", "2", &[]).ok();
    run("WIM_THREADS", "none", &[]).fails(2, &["--threads"]);
    run("WIM_MEMORY", "64M", &[]).ok();
    let refused = run("WIM_MEMORY", "1M", &[]).fails(9, &["--memory"]);
    run("WIM_MEMORY", "1M", &["--memory", "1G"]).ok();
    // What is needed is said as it is to be given.
    let (_, needed) = refused.stderr.split_once("--memory ").unwrap();
    let needed = needed.split_whitespace().next().unwrap();
    folder.run(&[&arguments[..], &["--memory", needed]].concat()).ok();
}
