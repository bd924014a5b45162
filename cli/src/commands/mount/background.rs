//! A process that goes on when the command is done.
//!
//! The command runs itself once more, and waits for what that one has to say on its standard output: that the image is
//! mounted, or why it is not. Nothing is forked: both processes begin at the beginning.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use wim_export::Error;

use crate::exit_code::Code;

/// What the process in the background says first, if the image is mounted.
const READY: u8 = 0;
/// This very program, even if another one has taken its place meanwhile.
const SELF: &str = "/proc/self/exe";

/// Runs this command in the background, until the image is mounted.
pub(super) fn run() -> anyhow::Result<Code> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // After the verb, where it is an option whatever follows.
    arguments.insert(1.min(arguments.len()), "--serve".into());
    let failed = |source| Error::Io { action: "run", path: SELF.into(), source };
    let mut command = Command::new(SELF);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let mut said = Vec::new();
    if let Some(mut output) = child.stdout.take() {
        output.read_to_end(&mut said).map_err(failed)?;
    }
    let answer = said.strip_prefix(&[READY]);
    let mut out = io::stdout().lock();
    out.write_all(answer.unwrap_or(&said)).and_then(|()| out.flush())?;
    if answer.is_some() {
        return Ok(Code::SUCCESS);
    }
    let status = child.wait().map_err(failed)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map(Code::of_process)
        .ok_or_else(|| Error::Internal(format!("the process in the background ended: {status}")).into())
}

/// Says, in the background, that the image is mounted; what is printed next is the command's answer.
pub(super) fn announce() -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(&[READY])?;
    out.flush()
}

/// Lets go of the terminal, the folder, and the command that waits. What is printed from now on goes to `log`, or nowhere.
pub(super) fn detach(log: Option<File>) -> io::Result<()> {
    let nowhere = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    // Whoever leads a group of processes already cannot leave it, and need not.
    let _ = rustix::process::setsid();
    std::env::set_current_dir("/")?;
    rustix::stdio::dup2_stderr(log.as_ref().unwrap_or(&nowhere))?;
    // Last, for then the command ends.
    rustix::stdio::dup2_stdout(&nowhere)?;
    Ok(())
}

/// Opens what messages are appended to.
pub(super) fn open_log(path: &Path) -> Result<File, Error> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map_err(|source| Error::Io { action: "open", path: path.to_path_buf(), source })
}
