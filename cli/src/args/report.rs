//! `wimsmith report`.

use std::path::PathBuf;

use clap::Args;
use wim_export::lint::Consumer;

use super::{CommonArgs, ImageSpec, ReadArgs};

/// Show where the bytes of an image are
///
/// Writes one HTML file, which needs no network: a picture of the directories by the bytes that they take of the file, the
/// largest directories and files, what is stored once for several names, and what a check finds. With --before, another image
/// stands beside it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith report winpe.wim --html size.html
  wimsmith report boot.wim 2 --html size.html --for wimboot
  wimsmith report winpe.wim --before boot.wim:1 --html size.html --json")]
pub(crate) struct ReportArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image, by number or name; where none is given, the one that boots, or the only one
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Option<String>,

    /// The HTML file to write
    #[arg(long, value_name = "HTML")]
    pub(crate) html: PathBuf,

    /// An image to compare with
    #[arg(long, value_name = "FILE[:IMAGE]")]
    pub(crate) before: Option<ImageSpec>,

    /// Whom the archive is checked for: bootmgr, wimboot, wds, dism, setup, fat32
    #[arg(long = "for", value_name = "PROGRAM", value_delimiter = ',')]
    pub(crate) consumers: Vec<Consumer>,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
