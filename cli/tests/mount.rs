//! `wimsmith mount` and `unmount`: a command that returns when the image is there, and another that returns when it is gone.
#![cfg(all(target_os = "linux", feature = "mount"))]

use std::fs;
use std::process::{Command, Stdio};

use testdata::build::{Image, Wim};

use crate::util::{Folder, Run, fixture};

/// A folder with a mount point, which is unmounted at the end of the test, however that comes.
struct Place(Folder);

impl Place {
    /// Nothing, with a notice, where nothing can be mounted.
    fn new() -> Option<Self> {
        if !testdata::fuse() {
            return None;
        }
        let folder = Folder::new();
        fs::create_dir(folder.path("mnt")).unwrap();
        Some(Self(folder))
    }

    fn mount(&self, arguments: &[&str]) -> Run {
        self.0.run(&[&["mount"], arguments].concat())
    }

    fn is_mounted(&self) -> bool {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        mounts.contains(
            self.0.path("mnt").canonicalize().map_or(String::new(), |path| path.display().to_string()).as_str(),
        )
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.0.command(&["unmount", "mnt"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

#[test]
fn an_image_is_there_until_it_is_unmounted() {
    let Some(place) = Place::new() else { return };
    let run = place.mount(&[&fixture("wims/links.wim"), "1", "mnt"]).ok();
    assert!(run.text().starts_with("mounted on ") && run.text().contains("image 1"), "{}", run.text());
    assert_eq!(fs::read(place.0.path("mnt/hello.txt")).unwrap().len(), 7);
    assert!(fs::write(place.0.path("mnt/hello.txt"), "x").is_err(), "it is read-only");
    assert!(place.is_mounted());
    place.0.run(&["unmount", "mnt"]).ok();
    assert!(!place.is_mounted() && !place.0.path("mnt/hello.txt").exists());
    place.0.run(&["unmount", "mnt"]).fails(2, &["no image is mounted"]);
}

#[test]
fn both_answer_in_json() {
    let Some(place) = Place::new() else { return };
    let mounted = place.mount(&[&fixture("wims/two-images.wim"), "2", "mnt", "--json"]).ok().json();
    let result = &mounted["result"];
    assert_eq!((&result["image"], &result["skipped"]), (&2.into(), &0.into()));
    assert!(result["entries"].as_u64() > Some(5) && result["pid"].as_u64() > Some(1));
    let unmounted = place.0.run(&["unmount", "mnt", "--json"]).ok().json();
    assert_eq!(unmounted["result"]["source"], result["source"]);
    assert!(unmounted["warnings"].as_array().unwrap().is_empty());
}

#[test]
fn what_cannot_be_mounted_is_said_by_the_command_itself() {
    let Some(place) = Place::new() else { return };
    let file = fixture("wims/two-images.wim");
    place.mount(&[&file, "mnt"]).fails(2, &["has 2 images"]);
    place.mount(&[&file, "7", "mnt"]).fails(4, &["no image 7"]);
    place.mount(&["missing.wim", "1", "mnt"]).fails(3, &["missing.wim"]);
    place.mount(&[&file, "1", "missing"]).fails(3, &["missing"]);
    place.mount(&["-", "1", "mnt"]).fails(2, &["only a file"]);
    place.mount(&[&file]).fails(2, &["mount where?"]);
    place.mount(&[&fixture("wims/split.swm"), "1", "mnt"]).fails(7, &["--ref"]);
    let run = place.mount(&["missing.wim", "1", "mnt", "--json"]).code(3);
    assert_eq!(run.json()["command"], "mount");
    assert!(!place.is_mounted());
    place.mount(&[&file, "1", "mnt"]).ok();
    place.mount(&[&file, "2", "mnt"]).fails(2, &["mounted there already"]);
}

#[test]
fn what_went_wrong_is_in_the_log_and_said_in_the_end() {
    let Some(place) = Place::new() else { return };
    let wim = Wim::new().image(Image::new("x").file("/bad", "some data")).build();
    let offset = wim.entry("some data").resource.offset as usize;
    place.0.write("x.wim", wim.flip(offset).bytes);
    place.mount(&["x.wim", "mnt", "--log", "log"]).ok();
    assert!(fs::read(place.0.path("mnt/bad")).is_err());
    let run = place.0.run(&["unmount", "mnt"]).ok();
    for text in [&run.stderr, &String::from_utf8(place.0.read("log")).unwrap()] {
        assert!(text.contains("SHA-1") && text.contains("bad"), "{text}");
    }
}

#[test]
fn a_signal_unmounts_and_a_killed_process_can_be_cleaned_up_after() {
    let Some(place) = Place::new() else { return };
    let file = fixture("wims/links.wim");
    let kill = |signal: &str, pid: &str| assert!(Command::new("kill").args([signal, pid]).status().unwrap().success());
    let pid = |run: Run| run.ok().json()["result"]["pid"].to_string();
    kill("-KILL", &pid(place.mount(&[&file, "mnt", "--json"])));
    let run = place.0.run(&["unmount", "mnt"]).ok();
    assert!(run.stderr.contains("gone already"), "{}", run.stderr);
    let mut foreground = place.0.command(&["mount", &file, "mnt", "--foreground"]);
    let mut child = foreground.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut line).unwrap();
    assert!(line.contains("mounted on"), "{line}");
    kill("-TERM", &child.id().to_string());
    assert!(child.wait().unwrap().success());
    assert!(!place.is_mounted());
}

#[test]
fn what_is_changed_is_committed_or_discarded() {
    let Some(place) = Place::new() else { return };
    place.0.write("x.wim", testdata::read("wims/links.wim"));
    place.mount(&["x.wim", "mnt", "--rw"]).ok();
    fs::write(place.0.path("mnt/new.txt"), "new").unwrap();
    let run = place.0.run(&["unmount", "mnt"]).ok();
    assert!(run.text().contains("discarded"), "{}", run.text());
    assert_eq!(place.0.read("x.wim"), testdata::read("wims/links.wim"));
    place.mount(&["x.wim", "mnt", "--rw"]).ok();
    fs::write(place.0.path("mnt/new.txt"), "new").unwrap();
    fs::rename(place.0.path("mnt/docs"), place.0.path("mnt/papers")).unwrap();
    let run = place.0.run(&["unmount", "mnt", "--commit", "--json"]).ok().json();
    assert!(run["result"]["committed"].as_u64() > Some(1) && run["result"]["discarded"] == 0, "{run}");
    assert_eq!(place.0.run(&["cat", "x.wim", "1", "/new.txt"]).ok().stdout, b"new");
    place.0.run(&["verify", "x.wim"]).ok();
    assert_eq!(place.0.names(), ["mnt", "x.wim"]);
}

#[test]
fn a_commit_that_fails_leaves_the_mount_as_it_is() {
    let Some(place) = Place::new() else { return };
    place.0.write("x.wim", testdata::read("wims/links.wim"));
    place.mount(&["x.wim", "mnt"]).ok();
    place.0.run(&["unmount", "mnt", "--commit"]).fails(2, &["read-only", "--rw"]);
    place.0.run(&["unmount", "mnt"]).ok();
    place.mount(&["x.wim", "mnt", "--rw"]).ok();
    place.mount(&["x.wim", "mnt", "--rw"]).fails(8, &["x.wim"]);
    let open = fs::File::create(place.0.path("mnt/new.txt")).unwrap();
    let run = place.0.run(&["unmount", "mnt", "--commit", "--json"]).code(8);
    assert_eq!(run.json()["error"]["code"], "commit_failed");
    assert!(run.stderr.contains("open for writing"), "{}", run.stderr);
    place.0.run(&["unmount", "mnt"]).fails(9, &["in use"]);
    drop(open);
    fs::write(place.0.path("mnt/later.txt"), "later").unwrap();
    // The archive is cut off behind the mount's back.
    fs::write(place.0.path("x.wim"), &testdata::read("wims/links.wim")[..1000]).unwrap();
    let run = place.0.run(&["unmount", "mnt", "--commit"]);
    assert_ne!(run.code, 0);
    assert_eq!(fs::read(place.0.path("mnt/later.txt")).unwrap(), b"later");
    assert_eq!(place.0.read("x.wim").len(), 1000);
}

#[test]
fn a_killed_session_changes_nothing_and_is_cleaned_up_after() {
    let Some(place) = Place::new() else { return };
    place.0.write("x.wim", testdata::read("wims/links.wim"));
    let mounted = place.mount(&["x.wim", "mnt", "--rw", "--json"]).ok().json();
    fs::write(place.0.path("mnt/new.txt"), "new").unwrap();
    let pid = mounted["result"]["pid"].to_string();
    assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
    place.0.run(&["unmount", "mnt"]).ok();
    assert_eq!(place.0.read("x.wim"), testdata::read("wims/links.wim"));
    assert_eq!(place.0.names().len(), 3, "the staging folder is left");
    let run = place.mount(&["x.wim", "mnt", "--rw"]).ok();
    assert!(run.stderr.contains("a mount that was killed left") && run.stderr.contains(".x.wim.wimsmith-staging-"));
    assert_eq!(place.0.names().len(), 3, "only that of the new session");
    place.0.run(&["unmount", "mnt"]).ok();
    assert_eq!(place.0.names(), ["mnt", "x.wim"]);
}
