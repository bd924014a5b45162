//! Where output goes, and what becomes of it when it cannot go there.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use testdata::build::{Image, Wim};
use testdata::content::random;

use crate::util::{Folder, Run, boot_wim, fixture};

/// More than a pipe holds.
const MUCH: usize = 1 << 20;

#[test]
#[cfg(unix)]
fn a_reader_that_has_enough_is_no_failure() {
    let folder = Folder::new();
    folder.write("x.wim", Wim::new().image(Image::new("x").file("/a", random(1, MUCH))).to_bytes());
    let mut child =
        folder.command(&["cat", "x.wim", "/a"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    Run::ended("cat into a closed pipe".into(), child.wait_with_output().unwrap()).ok();
    for arguments in [&["info"][..], &["ls", "--recursive"], &["verify", "--json"], &["info", "--help"]] {
        let mut shell = Command::new("sh");
        let words = arguments.join(" ");
        shell.args([
            "-c",
            &format!("'{}' {words} '{}' 2>err | :", env!("CARGO_BIN_EXE_wimsmith"), fixture("wims/none.wim")),
        ]);
        Run::of(shell.current_dir(folder.path(""))).ok();
        assert_eq!(folder.read("err"), b"", "{words}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_standard_output_is_a_failure() {
    let folder = Folder::new();
    for arguments in
        [vec!["info"], vec!["info", "--json"], vec!["ls", "--recursive"], vec!["info", "--xml"], vec!["verify"]]
    {
        let mut command = folder.command(&arguments);
        command.arg(fixture("wims/none.wim")).stdout(fs::File::options().write(true).open("/dev/full").unwrap());
        Run::of(&mut command).fails(9, &["cannot write standard output"]);
    }
    let mut cat = folder.command(&["cat", &fixture("wims/none.wim"), "/hello.txt"]);
    Run::of(cat.stdout(fs::File::options().write(true).open("/dev/full").unwrap())).fails(9, &["standard output"]);
}

#[test]
fn quiet_runs_that_succeed_say_nothing() {
    let folder = Folder::new();
    for arguments in [
        vec!["verify", "-q"],
        vec!["export", "1", "o.wim", "--quiet"],
        vec!["export-boot", "-a", "x64", "-i", "2", "--out", "o.wim", "-q", "--source"],
    ] {
        let mut all = arguments.clone();
        let source = boot_wim();
        let position = if arguments[0] == "export-boot" { all.len() } else { 1 };
        all.insert(position, &source);
        let run = folder.run(&all).ok();
        assert_eq!((run.text(), run.stderr.as_str()), ("", ""), "{all:?}");
    }
    assert!(!folder.run(&["info", &boot_wim(), "-q"]).ok().text().is_empty(), "what was asked for is still printed");
    folder.run(&["verify", "-q", "absent.wim"]).fails(3, &["absent.wim"]);
    let damaged = folder.run(&["verify", "-q", &fixture("hostile/wrong-hash.wim")]).code(6);
    assert!(damaged.text().contains("damaged"));
}

#[test]
fn nothing_is_drawn_where_there_is_no_terminal() {
    let folder = Folder::new();
    let run = folder.run(&["verify", &boot_wim()]).ok();
    assert!(!run.stderr.contains('\r') && !run.stderr.contains('\x1b') && !run.text().contains('\x1b'));
    let failed = folder.run(&["verify", "absent.wim"]).code(3);
    assert!(!failed.stderr.contains('\x1b'));
}

#[test]
#[cfg(unix)]
fn a_limit_on_the_size_of_files_is_an_error_and_not_a_death() {
    let folder = Folder::new();
    folder.write("x.wim", Wim::new().image(Image::new("x").file("/a", random(1, MUCH))).to_bytes());
    folder.write("out.wim", "old");
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_wimsmith");
    shell.args(["-c", &format!("ulimit -f 16; exec '{program}' export x.wim out.wim")]).current_dir(folder.path(""));
    let run = Run::of(&mut shell).fails(9, &["cannot write", "out.wim", "File too large"]);
    assert!(run.stderr.contains("hint: "), "{}", run.stderr);
    assert_eq!((folder.read("out.wim"), folder.names()), (b"old".to_vec(), vec!["out.wim".into(), "x.wim".into()]));
}

#[test]
#[cfg(unix)]
fn what_is_no_regular_file_is_refused_at_once() {
    let folder = Folder::new();
    fs::create_dir(folder.path("folder")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    for source in ["folder", "pipe", "/dev/zero"] {
        for arguments in
            [vec!["info", source], vec!["verify", source], vec!["export", source, "o.wim"], vec!["ls", source]]
        {
            folder.run(&arguments).fails(2, &[source, "cannot read"]);
        }
    }
    // A pipe with nobody at its other end would block forever.
    folder.run(&["export-boot", "-a", "x64", "--source", "pipe", "--out", "o.wim"]).fails(2, &["pipe"]);
    assert_eq!(folder.names(), ["folder", "pipe"]);
}

#[test]
#[cfg(unix)]
fn what_may_not_be_read_or_written_is_told() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    folder.write("x.wim", testdata::read("wims/none.wim"));
    let forbid = |name: &str, mode| fs::set_permissions(folder.path(name), PermissionsExt::from_mode(mode)).unwrap();
    forbid("x.wim", 0o000);
    if fs::read(folder.path("x.wim")).is_ok() {
        // Root may everything.
        return;
    }
    folder.run(&["info", "x.wim"]).fails(9, &["x.wim"]);
    forbid("x.wim", 0o644);
    fs::create_dir(folder.path("folder")).unwrap();
    forbid("folder", 0o555);
    folder.run(&["export", "x.wim", "folder/o.wim"]).fails(9, &["folder"]);
    forbid("folder", 0o755);
}
