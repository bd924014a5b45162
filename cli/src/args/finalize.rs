//! How an image is finalized, and the reports about it.

use std::path::PathBuf;

use clap::Args;
use wim_export::lint::Consumer;

/// How an image is finalized, and the reports about it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Finalizing")]
pub(crate) struct FinalizeArgs {
    /// What to remove, add and set before the image is exported: a built-in profile (`wimsmith profile list`) or a file.
    /// By default shrink-safe; `none` exports the image as it is
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) profile: Option<String>,

    /// A variable for the profile's `when.env`
    #[arg(long, value_name = "NAME=VALUE", value_parser = definition)]
    pub(crate) define: Vec<(String, String)>,

    /// Let the profile name files outside of its folder
    #[arg(long)]
    pub(crate) allow_host_path: bool,

    /// Let the profile remove what is protected, as far as its `unprotect` says
    #[arg(long)]
    pub(crate) allow_unprotect: bool,

    /// Write what was done as JSON: every step, what it freed and added, warnings, and hashes
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,

    /// Write an HTML page about it, which needs no network: where the bytes are, before and after, what each step did, what
    /// is stored once for many names, and what the check found
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// Whom the new archive is checked for before it takes its place: bootmgr, wimboot, wds, dism, setup, fat32. An error
    /// that keeps it from booting stops the export, unless --any-image is given; the rest is reported
    #[arg(long = "for", value_name = "PROGRAM", value_delimiter = ',', default_value = "bootmgr,wds,dism")]
    pub(crate) consumers: Vec<Consumer>,

    /// Keep a JSON file up to date with how far the run is: Status (0 done, 1 running, 2 failed), Progress, …
    #[arg(long, value_name = "FILE")]
    pub(crate) status_file: Option<PathBuf>,
}

fn definition(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| "it has to be NAME=VALUE".to_owned())
}
