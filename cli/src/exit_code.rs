//! Every exit code of every command.
//!
//! | code | means | what to do |
//! |---|---|---|
//! | 0 | success; there may be warnings. Also when whoever reads standard output has enough | |
//! | 1 | a comparison found differences | |
//! | 2 | the arguments make no sense | read the help |
//! | 3 | an archive, a path in it, a folder or an ADK is not there | look where it is |
//! | 4 | the archive has no such image | `info` lists them |
//! | 5 | the image is for another architecture | ask for the right one |
//! | 6 | an archive is damaged | get it again |
//! | 7 | not supported: encrypted, parts missing, not a boot image | |
//! | 8 | the destination exists and shall stay, or another run writes it | |
//! | 9 | the system refuses: access, space, memory, input and output | |
//! | 11 | a registry hive is dirty, damaged or not supported | load it once in Windows |
//! | 12 | cancelled, but not by a signal | |
//! | 70 | a bug | report it |
//! | 130 | Ctrl-C or a request to terminate | |
//!
//! Which error has which code is decided by [`ReturnCode`]; what only a program has is decided here.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use wim_export::Error;
use wim_export::boot::ReturnCode;

use crate::usage::Usage;

/// The code of a run that a signal ended.
pub(crate) const INTERRUPTED: u8 = 130;

/// What the program exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code(u8);

impl Code {
    /// It worked.
    pub(crate) const SUCCESS: Self = Self(ReturnCode::SUCCESS.exit);
    /// A comparison found differences.
    pub(crate) const DIFFERENT: Self = Self(1);
    /// The arguments make no sense.
    pub(crate) const USAGE: Self = Self(ReturnCode::ERROR_INVALID_PARAMETER.exit);
    /// A bug.
    pub(crate) const BUG: Self = Self(ReturnCode::E_UNEXPECTED.exit);

    /// The code that another run of this program exited with.
    #[cfg(all(target_os = "linux", feature = "mount"))]
    pub(crate) const fn of_process(code: u8) -> Self {
        Self(code)
    }

    /// The code of a run that failed, `interrupted` by a signal or not.
    pub(crate) fn of(error: &anyhow::Error, interrupted: bool) -> Self {
        let code = return_code(error);
        if code == ReturnCode::ERROR_CANCELLED && interrupted { Self(INTERRUPTED) } else { code.into() }
    }
}

impl From<ReturnCode> for Code {
    fn from(code: ReturnCode) -> Self {
        Self(code.exit)
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code.0)
    }
}

/// The numbers of any error of a run.
pub(crate) fn return_code(error: &anyhow::Error) -> ReturnCode {
    if let Some(error) = error.downcast_ref::<Error>() {
        error.into()
    } else if error.is::<Usage>() {
        ReturnCode::ERROR_INVALID_PARAMETER
    } else {
        ReturnCode::E_UNEXPECTED
    }
}

/// An error of standard output as one that says so: no other input or output of this program has bare errors.
pub(crate) fn name_output(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<io::Error>() {
        Ok(source) => Error::Io { action: "write", path: PathBuf::from("standard output"), source }.into(),
        Err(error) => error,
    }
}

/// Whether the run failed because whoever reads standard output has enough, which is no failure.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_codes_of_the_table() {
        let missing = Error::Io { action: "open", path: "x".into(), source: io::ErrorKind::NotFound.into() };
        assert_eq!(Code::of(&missing.into(), false), Code(3));
        assert_eq!(Code::of(&Usage::new("x").into(), false), Code::USAGE);
        assert_eq!(Code::of(&Error::Cancelled.into(), false), Code(12));
        assert_eq!(Code::of(&Error::Cancelled.into(), true), Code(130));
        assert_eq!(Code::of(&anyhow::anyhow!("what?"), true), Code::BUG);
        let context = anyhow::Error::from(Error::Internal(String::new())).context("boot.wim");
        assert_eq!(Code::of(&context, false), Code::BUG);
    }

    #[test]
    fn output_that_nobody_reads_is_no_failure() {
        let broken = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(is_broken_pipe(&broken));
        assert!(is_broken_pipe(&name_output(broken)));
        let full = name_output(io::Error::from(io::ErrorKind::StorageFull).into());
        assert!(!is_broken_pipe(&full));
        assert_eq!(Code::of(&full, false), Code(9));
    }
}
