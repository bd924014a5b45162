//! `wimsmith cat`.

use std::path::PathBuf;

use clap::Args;

use super::{CommonArgs, ReadArgs, is_path};

/// Write files of an image to standard output
///
/// The data's SHA-1 is checked; if it is wrong, the exit code says so after the data was written. A path such as
/// `\file.txt:stream` names a named stream, unless there is a file of that very name.
#[derive(Debug, Args)]
#[command(
    override_usage = "wimsmith cat [OPTIONS] <FILE> [IMAGE] <PATH>...",
    after_help = "\
Examples:
  wimsmith cat boot.wim 1 '\\Windows\\System32\\startnet.cmd'
  wimsmith cat winpe.wim /Windows/win.ini /Windows/System32/drivers/etc/hosts
  wimsmith cat winpe.wim /Windows/win.ini --json"
)]
pub(crate) struct CatArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image, by number or name; may be left out where there is only one
    #[arg(value_name = "IMAGE")]
    image: Option<String>,

    /// Paths in the image, which start with `\` or `/`
    #[arg(value_name = "PATH")]
    paths: Vec<String>,

    /// Print one JSON document, with the data in Base64
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl CatArgs {
    /// The image, where it was given, and the paths. What looks like a path is one, even in the image's place.
    pub(crate) fn image_and_paths(&self) -> (Option<&str>, Vec<&str>) {
        let paths = self.paths.iter().map(String::as_str);
        match self.image.as_deref() {
            Some(path) if is_path(path) => (None, std::iter::once(path).chain(paths).collect()),
            image => (image, paths.collect()),
        }
    }
}
