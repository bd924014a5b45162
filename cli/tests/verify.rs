//! `wimsmith verify`.

use testdata::build::{Image, Wim};
use testdata::cases::{Case, Expect, HOSTILE_WIMS, WIMS};

use crate::util::{Folder, Run, fixture};

fn verify(folder: &Folder, case: &Case) -> Run {
    let mut arguments = vec!["verify".to_owned(), fixture(case.file), "--json".to_owned()];
    for reference in case.references {
        arguments.extend(["--ref".to_owned(), fixture(reference)]);
    }
    folder.run(&arguments)
}

#[test]
fn every_valid_archive_is_in_order() {
    let folder = Folder::new();
    for case in WIMS {
        let document = verify(&folder, case).ok().json();
        let verdict = &document["result"]["files"][0];
        assert_eq!(verdict["ok"], true, "{}", case.file);
        assert_eq!(verdict["images"], case.images.len(), "{}", case.file);
        assert_eq!(verdict["integrity_checked"], case.integrity, "{}", case.file);
        assert!(verdict["problems"].as_array().unwrap().is_empty());
    }
}

#[test]
fn every_hostile_archive_is_found_out() {
    let folder = Folder::new();
    for case in HOSTILE_WIMS {
        let run = verify(&folder, case);
        let expected: &[i32] = match case.expect {
            Expect::Valid | Expect::Warns => &[0],
            // Encrypted, parts missing, or more than the limits allow.
            _ => &[6, 7, 9],
        };
        assert!(expected.contains(&run.code), "{}: {}\n{}", case.file, run.code, run.stderr);
        let document = run.json();
        if case.expect == Expect::Warns {
            assert!(!document["warnings"].as_array().unwrap().is_empty(), "{}", case.file);
        }
        assert_eq!(document["result"]["files"][0]["ok"], run.code == 0, "{}", case.file);
    }
}

#[test]
fn the_code_and_the_error_tell_what_is_wrong() {
    let folder = Folder::new();
    for (file, code, name) in [
        ("hostile/encrypted.wim", 7, "encrypted"),
        ("hostile/split-first.swm", 7, "split_set"),
        ("hostile/missing-blob.wim", 6, "missing_blob"),
        ("hostile/wrong-hash.wim", 6, "hash_mismatch"),
        ("hostile/integrity-hash.wim", 6, "integrity_mismatch"),
        ("hostile/metadata-missing.wim", 6, "missing_metadata"),
        ("hostile/cycle.wim", 6, "malformed"),
    ] {
        let document = folder.run(&["verify", &fixture(file), "--json"]).code(code).json();
        assert_eq!(document["error"]["code"], name, "{file}");
    }
}

#[test]
fn text_says_what_was_checked_or_what_is_wrong() {
    let folder = Folder::new();
    let run = folder.run(&["verify", &fixture("wims/integrity.wim")]).ok();
    assert!(run.text().ends_with(": ok: 1 image, 25 entries, 12 blobs with 4.1 KiB; the integrity table matches\n"));
    let run = folder.run(&["verify", &fixture("wims/integrity.wim"), "--no-integrity"]).ok();
    assert!(!run.text().contains("integrity table"));
    let run = folder.run(&["verify", &fixture("hostile/wrong-hash.wim")]).code(6);
    let lines: Vec<&str> = run.text().lines().collect();
    assert!(lines[0].ends_with(": damaged: 1 problem") && lines[1].starts_with("  blob "), "{lines:?}");
    assert!(lines[1].contains("(\\"), "the file that is damaged is named: {lines:?}");
}

#[test]
fn everything_wrong_is_listed_and_not_only_the_first_thing() {
    let folder = Folder::new();
    let image = ["one", "two", "three"]
        .iter()
        .fold(Image::new("x"), |image, name| image.file(&format!(r"\{name}"), format!("content of {name}")));
    let built = Wim::new().image(image).build();
    let offsets = ["one", "three"].map(|name| built.entry(format!("content of {name}")).resource.offset as usize);
    folder.write("x.wim", offsets.into_iter().fold(built, |built, offset| built.flip(offset)).bytes);
    let document = folder.run(&["verify", "x.wim", "--json"]).code(6).json();
    let problems = document["result"]["files"][0]["problems"].as_array().unwrap();
    let messages: Vec<&str> = problems.iter().map(|problem| problem["message"].as_str().unwrap()).collect();
    assert_eq!(messages.len(), 2);
    assert!(messages[0].contains(r"\one") && messages[1].contains(r"\three"), "{messages:?}");
    assert_eq!(document["result"]["files"][0]["blobs"], 3);
}

#[test]
fn one_bad_archive_does_not_keep_the_others_from_being_checked() {
    let folder = Folder::new();
    let (good, bad) = (fixture("wims/none.wim"), fixture("hostile/wrong-hash.wim"));
    let run = folder.run(&["verify", "absent.wim", &bad, &good]).fails(3, &["absent.wim"]);
    assert!(run.text().contains("wrong-hash.wim: damaged") && run.text().contains("none.wim: ok"), "{}", run.text());
    let document = folder.run(&["verify", &good, &bad, "--json"]).code(6).json();
    assert_eq!(
        (&document["result"]["files"][0]["ok"], &document["result"]["files"][1]["ok"]),
        (&true.into(), &false.into())
    );
}

#[test]
fn limits_are_enforced_when_asked_for() {
    let folder = Folder::new();
    // 18 MiB of XML: allowed, but not of a stranger.
    let image = Image::new("x").description(&"x".repeat(9 << 20));
    folder.write("x.wim", Wim::new().image(image).to_bytes());
    folder.run(&["verify", "x.wim"]).ok();
    let run = folder.run(&["verify", "x.wim", "--limits", "untrusted", "--json"]);
    assert_eq!((run.code, run.json()["error"]["code"].as_str()), (9, Some("over_limit")), "{}", run.stderr);
    // Each limit can be set, for every verb that goes through the data.
    let boot = fixture("wims/two-images-lzx.wim");
    for limits in ["default,total=1K", "untrusted,total=1K", "embedded,total=1K", "default,blob=10"] {
        for arguments in [
            &["verify", &boot][..],
            &["export", &boot, "1", "o.wim"],
            &["apply", &boot, "1", "tree"],
            &["to-tar", &boot, "1", "x.tar"],
            &["split", &boot, "o.swm", "--part-size", "1M"],
        ] {
            let run = folder.run(&[arguments, &["--limits", limits]].concat()).code(9);
            assert!(run.stderr.contains("limit"), "{arguments:?}: {}", run.stderr);
            assert_eq!(folder.names(), ["x.wim"], "{arguments:?}");
        }
    }
    folder.run(&["verify", &boot, "--limits", "default,memory=1M"]).fails(9, &["--memory"]);
    // What is said of the memory twice is what --memory says.
    folder.run(&["verify", &boot, "--limits", "default,memory=1M", "--memory", "64M"]).ok();
}

#[test]
fn the_answer_does_not_depend_on_the_threads() {
    let folder = Folder::new();
    let answer = |threads: &str| {
        let file = fixture("hostile/wrong-hash.wim");
        folder.run(&["verify", &file, "--json", "--threads", threads]).code(6).json()
    };
    let one = answer("1");
    for threads in ["2", "3", "8"] {
        assert_eq!(answer(threads), one);
    }
    folder.run(&["verify", "x.wim", "--threads", "0"]).fails(2, &["1 to 1024"]);
}

#[test]
fn memory_is_bounded_when_asked_for() {
    let folder = Folder::new();
    // Solid, so that a decoder needs some memory.
    let file = fixture("wims/solid-lzms.wim");
    folder.run(&["verify", &file, "--memory", "1G"]).ok();
    let run = folder.run(&["verify", &file, "--memory", "64K", "--json"]).fails(9, &["64K", "--memory"]);
    assert_eq!(run.json()["error"]["code"], "memory");
    folder.run(&["verify", &file, "--memory", "lots"]).fails(2, &["32K"]);
}

#[test]
fn a_file_cut_off_anywhere_is_not_in_order() {
    let folder = Folder::new();
    let whole = Wim::new().image(Image::new("x").file("/a", "some content").dir("/b")).to_bytes();
    folder.write("x.wim", &whole);
    folder.run(&["verify", "x.wim"]).ok();
    for len in (0..whole.len()).step_by(97).chain([1, 207, 208, 209, whole.len() - 1]) {
        folder.write("x.wim", &whole[..len]);
        folder.run(&["verify", "x.wim"]).fails(6, &["x.wim"]);
    }
}
