//! `wimsmith info`.

use std::path::PathBuf;

use clap::Args;

use super::{CommonArgs, ReadArgs, values};

/// Show what an archive is and which images it has, or change what it says of them
///
/// Reads the header, the tables and the XML data, and, but for --packages, none of the images. Counts, times and names of images are what the
/// XML data says of them.
///
/// With --set, --boot, --integrity or --no-integrity, what the archive says of itself is changed in place, in one step: the
/// old archive is there or the new one. All of the archive is checked first, unless --no-verify says otherwise. A property is a path in the XML of an image: NAME, DESCRIPTION, FLAGS, WINDOWS/ARCH,
/// `WINDOWS/LANGUAGES/LANGUAGE[2]`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith info boot.wim
  wimsmith info install.wim 2
  wimsmith info install.wim \"Microsoft Windows Setup (x64)\" --json
  wimsmith info boot.wim --header
  wimsmith info boot.wim 1 --packages
  wimsmith info install.swm --ref 'install*.swm'")]
pub(crate) struct InfoArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Only this image: its number, its name, or `all`; 0 is no image, for --boot
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Option<String>,

    /// As --set NAME=..., for whoever knows it from wimlib-imagex
    #[arg(value_name = "NEW_NAME", conflicts_with_all = ["xml", "header", "blobs", "packages"])]
    new_name: Option<String>,

    /// As --set DESCRIPTION=...
    #[arg(value_name = "NEW_DESCRIPTION")]
    new_description: Option<String>,

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

    /// List the packages that are installed in the image, as Windows' own list in it says
    #[arg(long, conflicts_with_all = ["blobs", "header", "xml"])]
    pub(crate) packages: bool,

    #[command(flatten)]
    pub(crate) edit: EditArgs,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// What is to be changed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Changes")]
#[group(id = "changes", multiple = true, conflicts_with_all = ["xml", "header", "blobs", "packages"])]
pub(crate) struct EditArgs {
    /// Set a property of the image; without a value it is removed
    #[arg(long, value_name = "PROPERTY=VALUE", alias = "image-property", value_parser = values::property)]
    pub(crate) set: Vec<(String, String)>,

    /// Make the image the one that boots; with 0 for the image, none boots any more
    #[arg(long)]
    pub(crate) boot: bool,

    /// Add an integrity table
    #[arg(long, alias = "check", conflicts_with = "no_integrity")]
    pub(crate) integrity: bool,

    /// Remove the integrity table
    #[arg(long, alias = "nocheck")]
    pub(crate) no_integrity: bool,

    /// Do not decode the data and check its SHA-1 first: faster, and damage goes unnoticed
    #[arg(long)]
    pub(crate) no_verify: bool,

    /// Say what would be changed, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl InfoArgs {
    /// Whether anything is to be changed.
    pub(crate) fn changes(&self) -> bool {
        let edit = &self.edit;
        !edit.set.is_empty() || self.new_name.is_some() || edit.boot || edit.integrity || edit.no_integrity
    }

    /// The properties of the image that are to be set, and to what.
    pub(crate) fn properties(&self) -> Vec<(&str, &str)> {
        let named = [("NAME", &self.new_name), ("DESCRIPTION", &self.new_description)];
        let named = named.into_iter().filter_map(|(path, value)| Some((path, value.as_deref()?)));
        named.chain(self.edit.set.iter().map(|(path, value)| (path.as_str(), value.as_str()))).collect()
    }
}
