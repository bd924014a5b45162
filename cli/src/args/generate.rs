//! `wimsmith completions` and `wimsmith man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Print what a shell needs to complete this program's command line
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith completions bash > wimsmith.bash
  wimsmith completions zsh > _wimsmith")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

/// Write the manual: a page for the program and one for each verb
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith man man1
  wimsmith man man1 --json")]
pub(crate) struct ManArgs {
    /// The folder to write to; it is made if it is missing
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
