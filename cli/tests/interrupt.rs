//! Signals: a run that is interrupted cleans up.
#![cfg(unix)]

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use testdata::build::{Image, Wim};
use testdata::content::text;

use crate::util::{Folder, Run};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with an archive that takes a while to compress, and an old file in the way.
fn folder_with_work() -> Folder {
    let folder = Folder::new();
    let files = (0..24).fold(Image::new("x"), |image, seed| image.file(&format!("/{seed}"), text(seed, 1 << 20)));
    folder.write("x.wim", Wim::new().image(files).to_bytes()).write("out.wim", "old");
    folder
}

/// A run that is at work.
fn start(folder: &Folder) -> Child {
    let is_at_work = || folder.names().iter().any(|name| name.ends_with(".tmp"));
    start_with(folder, &["export", "x.wim", "out.wim", "--compress", "xpress:100", "--threads", "1"], is_at_work)
}

/// A run of any verb that is at work.
fn start_with(folder: &Folder, arguments: &[&str], is_at_work: impl Fn() -> bool) -> Child {
    let mut command = folder.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while !is_at_work() {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it was interrupted");
        assert!(started.elapsed() < PATIENCE, "the run does not begin to write");
        sleep(Duration::from_millis(5));
    }
    child
}

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn an_interrupted_run_leaves_nothing_and_keeps_the_old_file() {
    let folder = folder_with_work();
    for signal in ["-INT", "-TERM"] {
        let child = start(&folder);
        send(&child, signal);
        let run = Run::ended(format!("export {signal}"), child.wait_with_output().unwrap());
        run.fails(130, &["cancelled"]);
        assert_eq!(folder.names(), ["out.wim", "x.wim"], "{signal}");
        assert_eq!(folder.read("out.wim"), b"old");
    }
}

#[test]
fn every_verb_that_writes_can_be_interrupted() {
    let folder = folder_with_work();
    folder.write("base.wim", Wim::new().image(Image::new("base")).to_bytes());
    let (old, old_base) = (folder.read("x.wim"), folder.read("base.wim"));
    let has_temp = || folder.names().iter().any(|name| name.ends_with(".tmp"));
    let grows = || folder.read("base.wim") != old_base;
    let max = ["--compress", "xpress:100", "--threads", "1"];
    let cases: [(Vec<&str>, &dyn Fn() -> bool); 4] = [
        ([&["optimize", "x.wim"], &max[..]].concat(), &has_temp),
        ([&["split", "x.wim", "p.swm", "--part-size", "4M"], &max[..]].concat(), &has_temp),
        ([&["join", "j.wim", "x.wim"], &max[..]].concat(), &has_temp),
        (vec!["export", "x.wim", "base.wim", "--append", "--threads", "1"], &grows),
    ];
    for (arguments, is_at_work) in cases {
        let child = start_with(&folder, &arguments, is_at_work);
        send(&child, "-INT");
        let run = Run::ended(format!("{arguments:?}"), child.wait_with_output().unwrap());
        // Appending takes so little time that it may be over.
        if run.code != 0 || arguments[0] != "export" {
            run.fails(130, &["cancelled"]);
            assert!(folder.read("base.wim") == old_base);
        }
        assert_eq!(folder.names(), ["base.wim", "out.wim", "x.wim"], "{arguments:?}");
        assert!(folder.read("x.wim") == old, "{arguments:?}");
    }
}

#[test]
fn a_killed_run_keeps_the_old_file_and_the_next_one_cleans_up() {
    let folder = folder_with_work();
    let mut child = start(&folder);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(folder.read("out.wim"), b"old");
    assert_eq!(folder.names().len(), 4, "a lock and an unfinished file are left: {:?}", folder.names());
    folder.run(&["export", "x.wim", "out.wim"]).ok();
    assert_eq!(folder.names(), ["out.wim", "x.wim"]);
}
