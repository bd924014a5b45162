//! `wimsmith to-tar`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::{CommonArgs, DestinationArgs, ReadArgs};
use crate::usage::Usage;

/// Write an image as a tar archive
///
/// `-` as OUT is standard output. Times are exact, and Windows' metadata is kept in records that other programs pass over:
/// attributes and security descriptors as Windows' container layers have them.
#[derive(Debug, Args)]
#[command(
    override_usage = "wimsmith to-tar [OPTIONS] <FILE> [IMAGE] <OUT>",
    after_help = "\
Examples:
  wimsmith to-tar boot.wim 1 boot.tar
  wimsmith to-tar boot.wim 1 - | tar -t
  wimsmith to-tar nano.wim - | docker import - nano"
)]
pub(crate) struct ToTarArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image, by number or name; may be left out where there is only one
    #[arg(value_name = "IMAGE")]
    image: Option<OsString>,

    /// The tar archive
    #[arg(value_name = "OUT")]
    out: Option<OsString>,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) destination_args: DestinationArgs,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl ToTarArgs {
    /// The image, where it was given, and the tar archive. A single argument is the latter.
    ///
    /// # Errors
    /// If there is no tar archive, or the image's name is no text.
    pub(crate) fn image_and_out(&self) -> Result<(Option<&str>, PathBuf), Usage> {
        match (&self.image, &self.out) {
            (Some(image), Some(out)) => {
                let image = image.to_str().ok_or_else(|| Usage::new("an image's name is valid text"))?;
                Ok((Some(image), out.into()))
            }
            (Some(out), None) => Ok((None, out.into())),
            (None, _) => Err(Usage::new("to which file? wimsmith to-tar FILE [IMAGE] OUT")),
        }
    }
}
