//! `wimsmith verify`.

use std::path::PathBuf;

use clap::Args;

use super::{CommonArgs, ReadArgs};

/// Check archives: every structure, every image, the SHA-1 of every byte of data
///
/// Reads the header, the tables, the metadata of every image and all data, and checks the integrity table where there is
/// one. Lists everything that is wrong, not only the first thing. Exit code 6 means damaged.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith verify boot.wim
  wimsmith verify boot.wim install.wim --json
  wimsmith verify install.swm --ref 'install*.swm'")]
pub(crate) struct VerifyArgs {
    /// The archives
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Do not check the integrity table, which only repeats what the SHA-1 of the data says
    #[arg(long)]
    pub(crate) no_integrity: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
