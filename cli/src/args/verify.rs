//! `wimsmith verify`.

use std::path::PathBuf;

use clap::Args;

use super::{CommonArgs, ReadArgs};

/// Check archives: every structure, every image, the SHA-1 of every byte of data
///
/// Reads the header, the tables, the metadata of every image and all data, and checks the integrity table where there is
/// one. Lists everything that is wrong, not only the first thing. Exit code 6 means damaged.
///
/// With --manifest, the archive is also compared with a list that was made of it before: by this command, `export` or
/// `optimize`. Exit code 1 means that the archive is in order but differs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith verify boot.wim
  wimsmith verify boot.wim install.wim --json
  wimsmith verify install.swm --ref 'install*.swm'
  wimsmith verify install.wim --write-manifest install.jsonl
  wimsmith verify install.wim --manifest install.jsonl")]
pub(crate) struct VerifyArgs {
    /// The archives
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Do not check the integrity table, which only repeats what the SHA-1 of the data says
    #[arg(long)]
    pub(crate) no_integrity: bool,

    /// Compare the archive with this list of what is in it, and say what differs
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,

    /// Write a list of everything in the archive, with SHA-256 hashes: JSON lines, which --manifest compares
    #[arg(long, value_name = "FILE", conflicts_with = "manifest")]
    pub(crate) write_manifest: Option<PathBuf>,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
