//! `make-tree NAME FOLDER` writes one of the fixtures' trees into a new folder, the same on every run.

use std::path::Path;
use std::process::ExitCode;

use testdata::pe::Machine;
use testdata::tree::Tree;
use testdata::trees;
use testdata::winpe::{self, Edition, Size};

/// The trees by name.
fn tree(name: &str) -> Option<Tree> {
    Some(match name {
        "small" => trees::small(),
        "mixed" => trees::mixed(),
        "mixed-changed" => trees::mixed_changed(),
        "winpe" => winpe::tree(Machine::X64, Size::Sample, Edition::Pe),
        "winpe-setup" => winpe::tree(Machine::X64, Size::Sample, Edition::Setup),
        _ => return None,
    })
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, folder] = arguments.as_slice() else {
        return fail("usage: make-tree small|mixed|mixed-changed|winpe|winpe-setup FOLDER");
    };
    let Some(tree) = tree(name) else {
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
