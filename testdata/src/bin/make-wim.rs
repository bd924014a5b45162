//! `make-wim NAME FILE` writes an archive with the builder: what no capture on a Unix system can give.

use std::process::ExitCode;

use testdata::build::Wim;
use testdata::pe::Machine;
use testdata::{trees, winpe};

/// The archives by name.
fn archive(name: &str) -> Option<Wim> {
    Some(match name {
        "ntfs" => trees::ntfs(),
        "boot-x86" => winpe::boot_wim(Machine::X86),
        _ => return None,
    })
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, file] = arguments.as_slice() else {
        return fail("usage: make-wim ntfs|boot-x86 FILE");
    };
    let Some(wim) = archive(name) else {
        return fail(&format!("no archive {name}"));
    };
    match std::fs::write(file, wim.to_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{file}: {error}")),
    }
}

#[expect(clippy::print_stderr, reason = "the program's only way to say what is wrong")]
fn fail(text: &str) -> ExitCode {
    eprintln!("make-wim: {text}");
    ExitCode::FAILURE
}
