//! `wimsmith check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wim_export::lint::{Consumer, Severity};

use super::{CommonArgs, ReadArgs};

/// Find out what the programs that read an archive will stumble over
///
/// Checks the archive by rules, each with its reason: what boot loaders can read, what DISM and Windows Setup refuse, which
/// boot files are missing. `verify` checks that the data is what it claims to be; this checks that it is of use. Without
/// --for, it is checked for DISM, and for the boot manager if an image is marked bootable.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith check winpe.wim
  wimsmith check boot.wim 1 --for wimboot,fat32 --fail-on never
  wimsmith check --rules
  wimsmith check winpe.wim --for bootmgr,wds --fail-on warning --json")]
pub(crate) struct CheckArgs {
    /// The archive
    #[arg(value_name = "FILE", required_unless_present = "rules")]
    pub(crate) file: Option<PathBuf>,

    /// The image, by number or name; all images where none is given, of which the one that boots is checked as such
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Option<String>,

    /// Whom the archive is for: bootmgr, wimboot, wds, dism, setup, fat32
    #[arg(long = "for", value_name = "PROGRAM", value_delimiter = ',')]
    pub(crate) consumers: Vec<Consumer>,

    /// From which severity on the exit code is 1
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = FailOn::Error)]
    pub(crate) fail_on: FailOn,

    /// List all rules with their reasons, and check nothing
    #[arg(long)]
    pub(crate) rules: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// From which severity on a check fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// It does not work
    Error,
    /// It works for some, or costs something
    Warning,
    /// Anything worth knowing
    Note,
    /// Nothing; the exit code is 0
    Never,
}

impl FailOn {
    /// Whether findings of this severity make the check fail.
    pub(crate) fn includes(self, severity: Severity) -> bool {
        let least = match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Note => Severity::Note,
            Self::Never => return false,
        };
        severity >= least
    }
}
