//! `wimsmith diff`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use wim_export::DiffField;

use super::{CommonArgs, ReadArgs};

/// Tell what differs between two images
///
/// Files that were added, removed, changed, or renamed, which their data tells. An image is FILE:IMAGE, or FILE where there is
/// only one image. The exit code is 1 if anything differs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith diff winpe.wim winpe.wim
  wimsmith diff boot.wim:1 boot.wim:2 || true
  wimsmith diff boot.wim:1 winpe.wim --ignore times,security --json || true")]
pub(crate) struct DiffArgs {
    /// The old image
    #[arg(value_name = "OLD[:IMAGE]")]
    pub(crate) old: ImageSpec,

    /// The new image
    #[arg(value_name = "NEW[:IMAGE]")]
    pub(crate) new: ImageSpec,

    /// What may differ: type, data, streams, reparse, name (its case), short-name, attributes, times, security
    #[arg(long, value_name = "FIELD", value_delimiter = ',', value_enum)]
    pub(crate) ignore: Vec<FieldArg>,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// A file, and an image in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageSpec {
    pub(crate) file: PathBuf,
    pub(crate) image: Option<String>,
}

impl From<&str> for ImageSpec {
    /// What follows the last colon is an image, unless there is a file of the whole name, or it is the rest of a path after a
    /// drive letter.
    fn from(text: &str) -> Self {
        let whole = || Self { file: text.into(), image: None };
        match text.rsplit_once(':') {
            Some((file, image)) if !file.is_empty() && !image.contains(['/', '\\']) && !Path::new(text).exists() => {
                Self { file: file.into(), image: Some(image.to_owned()) }
            }
            _ => whole(),
        }
    }
}

/// Something of a file that can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldArg(pub(crate) DiffField);

impl ValueEnum for FieldArg {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [FieldArg; DiffField::ALL.len()] = {
            let mut all = [FieldArg(DiffField::Type); DiffField::ALL.len()];
            let mut index = 0;
            while index < all.len() {
                all[index] = FieldArg(DiffField::ALL[index]);
                index += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_follows_the_last_colon() {
        let spec = |file: &str, image: Option<&str>| ImageSpec { file: file.into(), image: image.map(str::to_owned) };
        assert_eq!(ImageSpec::from("a.wim"), spec("a.wim", None));
        assert_eq!(ImageSpec::from("a.wim:2"), spec("a.wim", Some("2")));
        assert_eq!(ImageSpec::from(r"C:\a.wim"), spec(r"C:\a.wim", None));
        assert_eq!(ImageSpec::from(r"C:\a.wim:Windows PE (x64)"), spec(r"C:\a.wim", Some("Windows PE (x64)")));
    }
}
