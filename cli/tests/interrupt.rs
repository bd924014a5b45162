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
    let arguments = ["export", "x.wim", "out.wim", "--compress", "xpress:100", "--threads", "1"];
    let mut command = folder.command(&arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while !folder.names().iter().any(|name| name.ends_with(".tmp")) {
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
