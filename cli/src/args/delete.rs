//! `wimsmith delete`.

use std::path::PathBuf;

use clap::Args;

use super::CommonArgs;

/// Delete images of an archive
///
/// Writes the archive anew without the image and the data that only it needs, and gives the other images numbers without
/// gaps. With --soft the image only disappears from the tables, which takes no space; `optimize` frees its data later. What
/// stays is checked in either case, unless --no-verify says otherwise. FILE holds the old archive or the complete new one at any time.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith delete install.wim 1 --dry-run --json
  wimsmith delete install.wim 2
  wimsmith delete boot.wim \"Microsoft Windows Setup (x64)\" --soft")]
pub(crate) struct DeleteArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image: its number, its name, or `all`, which leaves an archive without images
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,

    /// Leave the image's data in the file, to be freed later
    #[arg(long)]
    pub(crate) soft: bool,

    /// Do not decode what stays and check its SHA-1: faster, and damage goes unnoticed
    #[arg(long)]
    pub(crate) no_verify: bool,

    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
