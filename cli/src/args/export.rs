//! `wimsmith export`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Args;
use wim_compress::Level;
use wim_export::{DestinationOptions, OnExists};

use crate::usage::Usage;

use super::{CommonArgs, CompressSpec, GuidSpec, IfExists, ReadArgs, Switch, values};

/// Export images into a new archive
///
/// Writes a new archive with one image or all, and only the data that they need. DEST holds the old file or the complete
/// new one at any time; note that wimlib-imagex export adds to an existing DEST, and this does not. What need not be
/// compressed anew is copied, and decoded and checked on the way.
#[derive(Debug, Args)]
#[command(
    override_usage = "wimsmith export [OPTIONS] <SRC> [IMAGE] <DEST>",
    after_help = "\
Examples:
  wimsmith export install.wim 2 setup.wim
  wimsmith export install.wim \"Microsoft Windows PE (x64)\" pe.wim --name \"My PE\" --boot --integrity
  wimsmith export install.wim all small.wim --compress xpress:50
  wimsmith export winpe.wim raw.wim --compress none --dry-run
  wimsmith export install.swm all whole.wim --ref 'install*.swm' --on-exists backup"
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

    /// Give the image this name; an empty one removes the name
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,

    /// Give the image this description; an empty one removes it
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,

    /// Make the image bootable; of several, the one that is bootable in SRC
    #[arg(long)]
    pub(crate) boot: bool,

    /// The file is only planned and checked, not written
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) write: WriteArgs,

    /// The size of a chunk, such as 32K; by default what SRC has, or what is usual
    #[arg(long, value_name = "SIZE", value_parser = values::chunk_size)]
    pub(crate) chunk_size: Option<u32>,

    /// Decode every chunk that was compressed and compare; by default on for LZX and LZMS
    #[arg(long, value_name = "WHEN", value_enum)]
    pub(crate) check_encoded: Option<Switch>,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// How a new archive is written.
#[derive(Clone, Debug, Args)]
pub(crate) struct WriteArgs {
    /// How to compress: none, xpress (or fast), lzx, max, lzms (or recovery), with a level of 1 to 100 if you like.
    /// By default as the source is
    #[arg(long, value_name = "TYPE[:LEVEL]")]
    pub(crate) compress: Option<CompressSpec>,

    /// Compress anew even what could be copied
    #[arg(long)]
    pub(crate) recompress: bool,

    /// Copy without decoding and checking: faster, but damage goes unnoticed
    #[arg(long)]
    pub(crate) no_verify: bool,

    /// Add an integrity table
    #[arg(long)]
    pub(crate) integrity: bool,

    /// The archive's GUID: fresh (made from the content, so equal content has an equal one), keep, or one of your own
    #[arg(long, value_name = "GUID", default_value = "fresh")]
    pub(crate) guid: GuidSpec,

    /// What becomes of a file that is there already
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = IfExists::Replace)]
    pub(crate) on_exists: IfExists,

    /// Make the folders that the new file is to be in
    #[arg(long)]
    pub(crate) mkdirs: bool,

    /// Allow the new file to replace the one that it is made from, whose other images are lost then
    #[arg(long)]
    pub(crate) allow_self: bool,

    /// Keep the unfinished file if something fails, to look into it
    #[arg(long)]
    pub(crate) keep_temp: bool,
}

impl WriteArgs {
    /// How to treat the destination.
    pub(crate) fn destination_options(&self) -> DestinationOptions {
        let mut options = DestinationOptions::default();
        options.on_exists = match self.on_exists {
            IfExists::Replace => OnExists::Replace,
            IfExists::Fail => OnExists::Fail,
            IfExists::Backup => OnExists::Backup,
        };
        options.mkdirs = self.mkdirs;
        options.allow_self = self.allow_self;
        options.keep_temp = self.keep_temp;
        options
    }

    /// How hard to compress.
    pub(crate) fn level(&self) -> Level {
        self.compress.and_then(|spec| spec.level).unwrap_or_default()
    }
}

impl ExportArgs {
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
