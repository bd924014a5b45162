//! `wimsmith join`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::{CommonArgs, DestinationArgs, GuidSpec, WriteArgs};

/// Join the parts of a split set into one archive
///
/// All parts are needed, in any order. The images, what the XML says, the boot image and the GUID are those of the set. OUT
/// holds the old file or the complete new one at any time.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith join whole.wim install.swm install2.swm install3.swm
  wimsmith join whole.wim 'install*.swm' --integrity
  wimsmith join whole.esd 'install*.swm' --solid --dry-run")]
pub(crate) struct JoinArgs {
    /// The file to write
    #[arg(value_name = "OUT")]
    pub(crate) destination: PathBuf,

    /// The parts, `*` and `?` allowed
    #[arg(value_name = "PART", required = true)]
    pub(crate) parts: Vec<OsString>,

    /// The archive's GUID: keep, fresh (made from the content, so equal content has an equal one), or one of your own
    #[arg(long, value_name = "GUID", default_value = "keep")]
    pub(crate) guid: GuidSpec,

    /// Read through a memory map. Only for files that nobody changes meanwhile: if one is cut short, the run dies
    #[arg(long)]
    pub(crate) mmap: bool,

    #[command(flatten)]
    pub(crate) write: WriteArgs,

    #[command(flatten)]
    pub(crate) destination_args: DestinationArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
