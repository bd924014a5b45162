//! `make-tree NAME FOLDER` writes one of the fixtures' trees into a new folder, the same on every run.

use std::path::Path;
use std::process::ExitCode;

use testdata::trees;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, folder] = arguments.as_slice() else {
        return fail(&format!("usage: make-tree {} FOLDER", trees::NAMES.join("|")));
    };
    let Some(tree) = trees::by_name(name) else {
        return fail(&format!("no tree {name}"));
    };
    match tree.write(Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{folder}: {error}")),
    }
}

#[expect(clippy::print_stderr, reason = "the program's only way to say what is wrong")]
fn fail(text: &str) -> ExitCode {
    eprintln!("make-tree: {text}");
    ExitCode::FAILURE
}
