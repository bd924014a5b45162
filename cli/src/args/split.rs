//! `wimsmith split`.

use std::path::PathBuf;

use clap::Args;

use super::{ChunkArgs, CommonArgs, EncodeArgs, IfExists, PartSize, ReadArgs};

/// Split an archive into parts that fit where the whole does not
///
/// Writes OUT.swm, OUT2.swm and so on, each no larger than the part size. An ESD can be split, too: its data is compressed
/// anew on the way, with LZX unless --compress says otherwise. One file whose data alone is larger than the part size makes
/// its part larger. Before it starts it says how much space the parts may take.
///
/// The parts appear when all of them are complete: the old set is there or the new one. If a run is killed while it gives
/// them their names, the next command that reads or writes the set gives it the rest. Windows Setup reads a set whose first
/// part is called install.swm.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith split install.wim parts.swm --part-size fat32
  wimsmith split install.esd usb/install.swm --part-size 3800M --mkdirs
  wimsmith split winpe.wim small.swm --part-size 1M --dry-run")]
pub(crate) struct SplitArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The first part; the others are beside it
    #[arg(value_name = "OUT.swm")]
    pub(crate) destination: PathBuf,

    /// How large a part may be: a size such as 3800M, or fat32 (4000 MiB, which every FAT file system holds)
    #[arg(long, value_name = "SIZE")]
    pub(crate) part_size: PartSize,

    /// Add an integrity table to each part
    #[arg(long, alias = "check")]
    pub(crate) integrity: bool,

    /// What becomes of parts that are there already. Parts of the set that is replaced go, too, if it has more of them
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = IfExists::Fail)]
    pub(crate) on_exists: IfExists,

    /// Make the folders that the parts are to be in
    #[arg(long)]
    pub(crate) mkdirs: bool,

    /// Only say how much space the parts may take
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) encode: EncodeArgs,

    #[command(flatten)]
    pub(crate) chunks: ChunkArgs,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
