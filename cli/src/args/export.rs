//! `wimsmith export`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::usage::Usage;

use super::{CommonArgs, DestinationArgs, GuidSpec, ReadArgs, WriteArgs};

/// What cannot be said of an archive to which images are appended.
const NOT_WITH_APPEND: [&str; 6] = ["pipable", "guid", "mkdirs", "allow_self", "keep_temp", "on_exists"];

/// Export images into a new archive, or append them to one
///
/// Writes a new archive with one image or all, and only the data that they need. DEST holds the old file or the complete
/// new one at any time; note that wimlib-imagex export adds to an existing DEST, and this does so only with --append. What
/// need not be compressed anew is copied, and decoded and checked on the way.
///
/// `-` as SRC is standard input, `-` as DEST standard output; the latter needs --pipable, a layout that only wimlib and
/// this program read.
#[derive(Debug, Args)]
#[command(
    override_usage = "wimsmith export [OPTIONS] <SRC> [IMAGE] <DEST> [NAME [DESCRIPTION]]",
    after_help = "\
Examples:
  wimsmith export install.wim 2 setup.wim
  wimsmith export install.wim \"Microsoft Windows PE (x64)\" pe.wim --name \"My PE\" --boot --integrity
  wimsmith export install.wim all small.wim --compress xpress:50
  wimsmith export install.wim all install.esd --solid --manifest install.jsonl
  wimsmith export winpe.wim setup.wim --append --name \"A second one\"
  wimsmith export winpe.wim 1 raw.wim \"Raw PE\" \"for tests\" --compress none --dry-run
  wimsmith export install.swm all whole.wim --ref 'install*.swm' --on-exists backup
  wimsmith export install.wim 1 - --pipable | wimsmith verify -"
)]
pub(crate) struct ExportArgs {
    /// The archive to export from
    #[arg(value_name = "SRC")]
    pub(crate) source: PathBuf,

    /// The image: its number, its name, or `all`; may be left out where there is only one
    #[arg(value_name = "IMAGE")]
    image: Option<OsString>,

    /// The file to write
    #[arg(value_name = "DEST")]
    destination: Option<OsString>,

    /// As --name, for whoever knows it from wimlib-imagex
    #[arg(value_name = "NAME", conflicts_with = "name")]
    new_name: Option<String>,

    /// As --description
    #[arg(value_name = "DESCRIPTION", conflicts_with = "description")]
    new_description: Option<String>,

    /// Give the image this name; an empty one removes the name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,

    /// Give the image this description; an empty one removes it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// Make the image bootable; of several, the one that is bootable in SRC
    #[arg(long)]
    pub(crate) boot: bool,

    /// Add the images to DEST, which keeps its own, its compression and its GUID; if there is none it is made. All of DEST
    /// is checked first, unless --no-verify says otherwise
    #[arg(long, conflicts_with_all = NOT_WITH_APPEND)]
    pub(crate) append: bool,

    /// Write the layout for pipes
    #[arg(long, conflicts_with = "solid")]
    pub(crate) pipable: bool,

    /// The archive's GUID: fresh (made from the content, so equal content has an equal one), keep, or one of your own
    #[arg(long, value_name = "GUID", default_value = "fresh")]
    pub(crate) guid: GuidSpec,

    /// Also write a list of everything in DEST, with SHA-256 hashes: JSON lines, which `verify --manifest` compares
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) write: WriteArgs,

    #[command(flatten)]
    pub(crate) destination_args: DestinationArgs,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl ExportArgs {
    /// The image's new name, if it is to have one.
    pub(crate) fn name(&self) -> Option<&String> {
        self.name.as_ref().or(self.new_name.as_ref())
    }

    /// The image's new description, if it is to have one.
    pub(crate) fn description(&self) -> Option<&String> {
        self.description.as_ref().or(self.new_description.as_ref())
    }

    /// The image, where it was given, and the destination. A single argument is the destination.
    ///
    /// # Errors
    /// If there is no destination.
    pub(crate) fn image_and_destination(&self) -> Result<(Option<&OsStr>, &Path), Usage> {
        match (&self.image, &self.destination) {
            (Some(image), Some(destination)) => Ok((Some(image), Path::new(destination))),
            (Some(destination), None) => Ok((None, Path::new(destination))),
            (None, _) => Err(Usage::new("export where to? wimsmith export SRC [IMAGE] DEST")),
        }
    }
}
