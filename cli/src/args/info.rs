//! `wimsmith info`.

use std::path::PathBuf;

use clap::Args;

use super::{CommonArgs, ReadArgs};

/// Show what an archive is and which images it has
///
/// Reads the header, the tables and the XML data, and none of the images. Counts, times and names of images are what the
/// XML data says of them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith info boot.wim
  wimsmith info install.wim 2
  wimsmith info install.wim \"Microsoft Windows Setup (x64)\" --json
  wimsmith info boot.wim --header
  wimsmith info install.swm --ref 'install*.swm'")]
pub(crate) struct InfoArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Only this image: its number, its name, or `all`
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Option<String>,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    /// Print the XML data as it is, in UTF-8
    #[arg(long, conflicts_with_all = ["json", "header", "blobs", "image"])]
    pub(crate) xml: bool,

    /// Show the header, field by field
    #[arg(long, conflicts_with_all = ["blobs", "image"])]
    pub(crate) header: bool,

    /// List the blob table: where each blob lies, how large it is, how often it is used
    #[arg(long, conflicts_with = "image")]
    pub(crate) blobs: bool,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
