//! `wimsmith profile`.

use clap::{Args, Subcommand};

use super::CommonArgs;

/// Look at profiles, which say how `export-boot` finalizes an image
///
/// A profile is a TOML file with steps: what to assert, delete, add and set in an image. Some are built in; `show` prints
/// them, with the reason for each line, to be copied and changed. docs/profiles.md describes all kinds of steps.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith profile list
  wimsmith profile show shrink-safe
  wimsmith profile check shrink-safe")]
pub(crate) struct ProfileArgs {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: ProfileAction,

    /// Print one JSON document
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileAction {
    /// List the built-in profiles
    List,
    /// Print a profile
    Show {
        /// A built-in profile, or a file
        #[arg(value_name = "NAME|FILE")]
        profile: String,
    },
    /// Check that a profile can be read, and say what it is
    Check {
        /// A built-in profile, or a file
        #[arg(value_name = "NAME|FILE")]
        profile: String,
    },
}
