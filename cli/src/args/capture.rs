//! `wimsmith capture` and `wimsmith append`.

use std::path::PathBuf;

use clap::Args;

use super::{ChunkArgs, CommonArgs, CompressSpec, DestinationArgs, MetadataArgs, ReadArgs, SolidArgs};

/// Capture a folder as the image of a new archive
///
/// Files are read in the order in which Windows sorts names, and equal data is stored once. The archive takes its place
/// when it is complete; a file that changes while it is captured is an error that names it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith capture pe boot.wim \"My PE\" --boot
  wimsmith capture / backup.wim --unix-data --compress xpress
  wimsmith capture root install.esd Professional \"Windows 11\" --solid --flags Professional
  wimsmith capture root new.wim --update-of old.wim:1 --delta-from old.wim
  wimsmith capture pe boot.wim --metadata sidecar
  printf 'pe /\ndrivers /Drivers\n' | wimsmith capture --source-list - boot.wim \"My PE\"
  SOURCE_DATE_EPOCH=1700000000 wimsmith capture pe boot.wim --reproducible")]
pub(crate) struct CaptureArgs {
    #[command(flatten)]
    pub(crate) what: CaptureWhat,

    /// How to compress: none, xpress (or fast), lzx, max, lzms (or recovery), with a level of 1 to 100 if you like
    #[arg(long, value_name = "TYPE[:LEVEL]", default_value = "lzx")]
    pub(crate) compress: CompressSpec,

    /// Leave out data that this archive has; both are needed to read the new one then. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) delta_from: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) chunks: ChunkArgs,

    #[command(flatten)]
    pub(crate) solid: SolidArgs,

    #[command(flatten)]
    pub(crate) destination_args: DestinationArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Capture a folder as one more image of an archive
///
/// Only data that the archive lacks is written, after what it has; until all of it is there, the archive is as it was. What is
/// there is checked before, so that exit code 0 means a sound archive; --no-verify leaves that out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith append pe boot.wim \"Another PE\"
  wimsmith append /home backup.wim \"$(date +%F)\" --unix-data --update-of -1")]
pub(crate) struct AppendArgs {
    #[command(flatten)]
    pub(crate) what: CaptureWhat,

    /// Make the archive if there is none
    #[arg(long)]
    pub(crate) create: bool,

    /// Do not check what the archive holds already
    #[arg(long)]
    pub(crate) no_verify: bool,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) solid: SolidArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// What is captured, and how.
#[derive(Clone, Debug, Args)]
pub(crate) struct CaptureWhat {
    /// The folder; with --source-list, a list of what goes where
    #[arg(value_name = "DIR")]
    pub(crate) source: PathBuf,

    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image's name; by default the folder's
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// The image's description
    #[arg(value_name = "DESCRIPTION")]
    pub(crate) description: Option<String>,

    /// Leave out what this configuration file says, in wimlib's and Microsoft's format, rather than what Windows makes anew;
    /// with a sidecar, nothing is left out by default
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// DIR is a text file, or - for standard input: on each line a folder or file, and its place in the image, / for the root.
    /// Later lines are laid over earlier ones; paths with blanks stand between quotes, comments begin with #
    #[arg(long)]
    pub(crate) source_list: bool,

    /// Leave nothing out
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,

    /// Keep owners, modes, devices, pipes and extended attributes
    #[arg(long)]
    pub(crate) unix_data: bool,

    #[command(flatten)]
    pub(crate) metadata: MetadataArgs,

    /// Capture what links lead to, rather than the links
    #[arg(long)]
    pub(crate) dereference: bool,

    /// Leave absolute links as they are; by default those that lead into DIR lead into the image
    #[arg(long, visible_alias = "norpfix")]
    pub(crate) no_fix_links: bool,

    /// Do not read files that are as they were in this image, by path, times and size. A number below 0 counts from the last
    #[arg(long, value_name = "[FILE:]IMAGE", allow_hyphen_values = true)]
    pub(crate) update_of: Option<String>,

    #[command(flatten)]
    pub(crate) image: ImageArgs,
}

/// What the new image is to say of itself, and of the run.
#[derive(Clone, Debug, Args)]
pub(crate) struct ImageArgs {
    /// Make the image bootable
    #[arg(long)]
    pub(crate) boot: bool,

    /// The image's FLAGS, which name an edition; by default as the captured Windows says
    #[arg(long, value_name = "EDITION")]
    pub(crate) flags: Option<String>,

    /// Another element of the image's XML, such as DISPLAYNAME=Text or WINDOWS/VERSION/BRANCH=ge_release
    #[arg(long = "image-property", value_name = "PATH=TEXT")]
    pub(crate) properties: Vec<String>,

    /// The same files make the same archive: no times of access, no time of this run. SOURCE_DATE_EPOCH says so, too, and
    /// no time is later than it then
    #[arg(long)]
    pub(crate) reproducible: bool,

    /// Add an integrity table
    #[arg(long)]
    pub(crate) integrity: bool,

    /// Nothing is written; what would be captured is counted
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
