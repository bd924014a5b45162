//! `wimsmith optimize`.

use std::path::PathBuf;

use clap::Args;

use super::{CommonArgs, GuidSpec, ReadArgs, WriteArgs};

/// Rebuild an archive in its place
///
/// Writes the archive anew without what nothing refers to any more: data of deleted images, gaps that appending left. The
/// images, what the XML says, boot image, GUID, and the file's mode, owner and extended attributes stay. FILE holds the old
/// archive or the complete new one at any time.
///
/// With --recompress, or another --compress than the archive has, all data is compressed again, which makes most archives
/// of other software smaller.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith optimize install.wim
  wimsmith optimize install.wim --recompress --compress max
  wimsmith optimize winpe.wim --solid --dry-run
  wimsmith optimize boot.wim --integrity --manifest boot.jsonl")]
pub(crate) struct OptimizeArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Write the layout for pipes; an archive that has it keeps it
    #[arg(long, conflicts_with_all = ["solid", "not_pipable"])]
    pub(crate) pipable: bool,

    /// Write the usual layout, even if the archive has the one for pipes
    #[arg(long)]
    pub(crate) not_pipable: bool,

    /// The archive's GUID, which stays by default: keep, or one of your own
    #[arg(long, value_name = "GUID", default_value = "keep")]
    pub(crate) guid: GuidSpec,

    /// Also write a list of everything in the new archive, with SHA-256 hashes: JSON lines, which `verify --manifest`
    /// compares
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) write: WriteArgs,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
