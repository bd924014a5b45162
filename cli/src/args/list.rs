//! `wimsmith ls`.

use std::path::PathBuf;

use clap::Args;

use super::{CommonArgs, ReadArgs, is_path};

/// List the files of an image
///
/// Lists what is in a directory of an image, by default the root, one level deep. `dir` is the same command; note that
/// wimlib-imagex dir lists all levels, which is --recursive here. Paths are complete, so that each can be given to `cat`;
/// a directory's ends in `\`. What would harm a terminal is shown as <U+001B>, and understood in that form.
///
/// With --long, each line has the attributes, the size, the time of the last change (UTC), the path, and where a link
/// leads. Attributes are d directory, a archive, r read-only, h hidden, s system, l link or other reparse point,
/// c compressed, e encrypted, p sparse, o offline. Named streams follow on lines of their own.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith ls boot.wim 1
  wimsmith ls boot.wim 1 '\\Windows\\System32' --long
  wimsmith ls install.wim \"Microsoft Windows Setup (x64)\" /sources --recursive
  wimsmith dir winpe.wim / --recursive --json")]
pub(crate) struct ListArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image: its number, its name, or `all`; may be left out where there is only one
    #[arg(value_name = "IMAGE")]
    image: Option<String>,

    /// A path in the image, which starts with `\` or `/`
    #[arg(value_name = "PATH")]
    path: Option<String>,

    /// Show attributes, size, time, link target and streams
    #[arg(long, short)]
    pub(crate) long: bool,

    /// Show the SHA-1 of each file's data
    #[arg(long)]
    pub(crate) hash: bool,

    /// List all levels
    #[arg(long, short)]
    pub(crate) recursive: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl ListArgs {
    /// The image and the path, where they were given. What looks like a path is one, even in the image's place.
    pub(crate) fn image_and_path(&self) -> (Option<&str>, Option<&str>) {
        match (self.image.as_deref(), self.path.as_deref()) {
            (Some(path), None) if is_path(path) => (None, Some(path)),
            given => given,
        }
    }
}
