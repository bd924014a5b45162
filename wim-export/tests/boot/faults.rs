//! Every system call that writes fails in turn, by way of strace.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use wim_export::Archive;
use wim_export::boot::{Architecture, BootRequest, BootSource, ReturnCode, export_boot};

use super::workspace::{OLD, Workspace};

/// The files of a child.
const CHILD_SOURCE: &str = "WIMSMITH_TEST_SOURCE";
const CHILD_OUT: &str = "WIMSMITH_TEST_OUT";
/// Where a child notes the number that its export came to.
const CHILD_RESULT: &str = "WIMSMITH_TEST_RESULT";

#[test]
fn child() {
    let variable = |name| std::env::var_os(name);
    let (Some(source), Some(out), Some(result)) = (variable(CHILD_SOURCE), variable(CHILD_OUT), variable(CHILD_RESULT))
    else {
        return;
    };
    let mut request = BootRequest::new(Architecture::X64, out);
    request.source = BootSource::File(source.into());
    let code = match export_boot(&request, &mut ()) {
        Ok(report) => report.return_code(),
        Err(error) => ReturnCode::from(&error),
    };
    fs::write(result, code.hresult.to_string()).unwrap();
}

/// Exports in a process whose `when`-th call of `call` fails with `error`, and returns what the export came to.
fn export_with_fault(strace: &Path, workspace: &Workspace, fault: &str) -> ReturnCode {
    let result = tempfile::NamedTempFile::new().unwrap();
    let call = fault.split(':').next().unwrap();
    let mut command = Command::new(strace);
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &format!("inject={fault}")]);
    command.arg(std::env::current_exe().unwrap()).args(["--exact", "faults::child", "--test-threads=1"]);
    command.env(CHILD_SOURCE, &workspace.source).env(CHILD_OUT, &workspace.out).env(CHILD_RESULT, result.path());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap();
    let hresult: i32 = fs::read_to_string(result.path()).unwrap().parse().expect("the child noted its result");
    *ReturnCode::ALL.iter().find(|code| code.hresult == hresult).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_or_broken_disk_leaves_the_old_file() {
    let Some(strace) = testdata::peer("strace") else { return };
    if !Command::new(&strace).args(["-qq", "-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: strace is not allowed here");
        return;
    }
    for call in ["pwrite64", "ftruncate", "fdatasync", "fchmod", "fsync", "rename"] {
        for (error, code) in [("ENOSPC", ReturnCode::ERROR_DISK_FULL), ("EIO", ReturnCode::ERROR_WRITE_FAULT)] {
            for when in 1.. {
                let workspace = Workspace::usual();
                let fault = format!("{call}:error={error}:when={when}");
                let result = export_with_fault(&strace, &workspace, &fault);
                assert_eq!(workspace.names(), ["boot.wim", "source.wim"], "{fault}: {result}");
                if result == ReturnCode::SUCCESS {
                    assert!(when > 1, "{call} was never called");
                    break;
                }
                assert_eq!(result, code, "{fault}");
                if (call, when) != ("fsync", 2) {
                    assert_eq!(workspace.output_bytes(), OLD, "{fault}");
                    continue;
                }
                // Only the folder was not synced: the new file is in its place.
                assert_eq!(Archive::open(&workspace.out).unwrap().image_count(), 1);
            }
        }
    }
}
