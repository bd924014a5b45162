//! `wimsmith from-tar`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wim_fs::OnDuplicate;

use super::{ChunkArgs, CommonArgs, CompressSpec, DestinationArgs, ImageArgs, SolidArgs};

/// Make a tar archive the image of a new archive
///
/// What to-tar wrote becomes the image that it was, with all that Windows has beside data. `-` as TAR is standard input: data
/// is put aside in the folder of FILE then, and takes no memory. Sparse files, hard links and long names of GNU tar, bsdtar
/// and Docker are understood. An archive that is cut off, has names that lead out of it, or names something twice is
/// refused, and FILE stays as it was.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith from-tar rootfs.tar rootfs.wim \"Root file system\" --unix-data
  wimsmith to-tar boot.wim 1 - | wimsmith from-tar - copy.wim
  docker export container | wimsmith from-tar - container.wim Container --compress xpress
  gzip -dc layer.tar.gz | wimsmith from-tar - layer.wim")]
pub(crate) struct FromTarArgs {
    /// The tar archive
    #[arg(value_name = "TAR")]
    pub(crate) source: PathBuf,

    /// The new archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image's name; by default the one that it had, or that of the tar archive
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// The image's description
    #[arg(value_name = "DESCRIPTION")]
    pub(crate) description: Option<String>,

    /// Keep owners, modes, devices, pipes and extended attributes of entries without Windows' metadata
    #[arg(long)]
    pub(crate) unix_data: bool,

    /// What becomes of a name that is used twice. Of a folder, the last entry always counts
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Duplicates::Fail)]
    duplicates: Duplicates,

    /// How to compress: none, xpress (or fast), lzx, max, lzms (or recovery), with a level of 1 to 100 if you like
    #[arg(long, value_name = "TYPE[:LEVEL]", default_value = "lzx")]
    pub(crate) compress: CompressSpec,

    #[command(flatten)]
    pub(crate) image: ImageArgs,

    #[command(flatten)]
    pub(crate) chunks: ChunkArgs,

    #[command(flatten)]
    pub(crate) solid: SolidArgs,

    #[command(flatten)]
    pub(crate) destination_args: DestinationArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Duplicates {
    /// The tar archive is refused
    Fail,
    /// The last one counts
    Last,
}

impl FromTarArgs {
    pub(crate) const fn on_duplicate(&self) -> OnDuplicate {
        match self.duplicates {
            Duplicates::Fail => OnDuplicate::Fail,
            Duplicates::Last => OnDuplicate::Last,
        }
    }
}
