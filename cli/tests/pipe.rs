//! `-`: archives through standard input and output.

use std::io::Write;
use std::process::Stdio;

use crate::util::{Folder, Run, boot_wim, fixture};

/// Runs the program with an archive as its standard input.
fn with_input(folder: &Folder, arguments: &[&str], input: &[u8]) -> Run {
    let mut command = folder.command(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a child");
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // Whoever has refused the arguments reads nothing.
        scope.spawn(move || drop(stdin.write_all(input)));
        Run::ended(format!("{arguments:?} < archive"), child.wait_with_output().unwrap())
    })
}

#[test]
fn an_archive_goes_through_standard_output() {
    let folder = Folder::new();
    let run = folder.run(&["export", &boot_wim(), "all", "-", "--pipable", "--boot"]).ok();
    assert_eq!(run.stderr, "");
    folder.write("out.wim", &run.stdout);
    let info = folder.run(&["info", "out.wim", "--json"]).ok().json()["result"].clone();
    assert_eq!((&info["pipable"], &info["boot_index"]), (&true.into(), &1.into()));
    folder.run(&["verify", "out.wim"]).ok();
    folder.run(&["export", &boot_wim(), "all", "file.wim", "--pipable", "--boot"]).ok();
    assert!(folder.read("file.wim") == run.stdout, "the same bytes as in a file");
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        let path = folder.path("out.wim");
        Run::of(std::process::Command::new(wimlib).args(["verify", crate::util::name(&path)])).ok();
    }
}

#[test]
fn archives_come_through_standard_input() {
    let folder = Folder::new();
    for file in ["wims/pipable.wim", "wims/lzx-32k.wim", "wims/solid-lzms.wim"] {
        let bytes = testdata::read(file);
        assert!(with_input(&folder, &["verify", "-"], &bytes).ok().text().starts_with("-: ok: "));
        let listed = with_input(&folder, &["ls", "-", "1", "--recursive"], &bytes).ok();
        assert_eq!(listed.text(), folder.run(&["ls", &fixture(file), "1", "--recursive"]).ok().text());
        with_input(&folder, &["export", "-", "1", "out.wim"], &bytes).ok();
        folder.run(&["verify", "out.wim"]).ok();
        with_input(&folder, &["info", "-"], &bytes).ok();
    }
    with_input(&folder, &["verify", "-"], b"no archive").fails(6, &["standard input"]);
    with_input(&folder, &["verify", "-"], b"").fails(6, &["standard input"]);
    let cut = &testdata::read("wims/pipable.wim")[..20_000];
    with_input(&folder, &["export", "-", "1", "cut.wim"], cut).fails(6, &["standard input"]);
    assert_eq!(folder.names(), ["out.wim"]);
}

#[test]
fn what_does_not_go_through_a_pipe_is_told_with_what_to_do() {
    let folder = Folder::new();
    let source = boot_wim();
    for (options, words) in [
        (&[][..], "add --pipable"),
        (&["--append"], "name a file"),
        (&["--pipable", "--integrity"], "leave out --integrity"),
        (&["--pipable", "--json"], "leave out --json"),
        (&["--pipable", "--manifest", "m.jsonl"], "--write-manifest"),
        (&["--pipable", "--solid"], "cannot be used with"),
    ] {
        let run = folder.run(&[&["export", &source, "1", "-"], options].concat()).fails(2, &[words]);
        if !options.contains(&"--json") {
            assert_eq!(run.stdout, b"", "{options:?}");
        }
    }
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
#[cfg(unix)]
fn an_archive_that_nobody_reads_to_its_end_is_a_failure() {
    use std::io::Read;

    let folder = Folder::new();
    let data = testdata::content::random(1, 1 << 20);
    let image = testdata::build::Image::new("x").file("/a", data);
    folder.write("x.wim", testdata::build::Wim::new().image(image).to_bytes());
    let mut command = folder.command(&["export", "x.wim", "-", "--pipable"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 10]).unwrap();
    Run::ended("export into a closed pipe".into(), child.wait_with_output().unwrap()).fails(9, &["closed the pipe"]);
}
