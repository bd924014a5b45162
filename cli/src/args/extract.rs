//! `wimsmith extract` and `wimsmith apply`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wim_fs::{ExtractOptions, Links, NameRules, OnClash};

use super::{CommonArgs, MetadataArgs, ReadArgs, is_path};
use crate::usage::Usage;

/// Extract files and folders of an image
///
/// What a path names is put right into DIR; with --keep-paths, or from a list, below its path. Nothing is ever written
/// outside DIR, and a file whose SHA-1 is wrong never gets its name. Existing files are replaced.
#[derive(Debug, Args)]
#[command(
    override_usage = "wimsmith extract [OPTIONS] <FILE> [IMAGE] [PATH|GLOB|@LIST]...",
    after_help = "\
Examples:
  wimsmith extract boot.wim 1 '\\Windows\\System32\\drivers' --dest drivers
  wimsmith extract boot.wim 1 '/Windows/Fonts/*.ttf' /setup.exe --dest out
  wimsmith extract install.wim Professional @wanted.txt --dest out
  wimsmith extract boot.wim --dest everything"
)]
pub(crate) struct ExtractArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image, by number or name; may be left out where there is only one
    #[arg(value_name = "IMAGE")]
    image: Option<String>,

    /// Paths in the image, which start with `\` or `/`, with `*` and `?` in names; or `@` and a file with one path a line.
    /// By default all of the image
    #[arg(value_name = "PATH")]
    paths: Vec<String>,

    /// The folder to extract to; it is made if need be
    #[arg(long, value_name = "DIR", default_value = ".", visible_alias = "dest-dir")]
    pub(crate) dest: PathBuf,

    /// Put everything below its path in the image, not right into DIR
    #[arg(long, visible_alias = "preserve-dir-structure")]
    pub(crate) keep_paths: bool,

    /// `*` and `?` in paths stand for themselves
    #[arg(long)]
    pub(crate) no_globs: bool,

    #[command(flatten)]
    pub(crate) how: ExtractHow,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Apply an image to a folder: the folder becomes the image's root
///
/// `all` applies every image, each to a folder of its name in DIR. Nothing is ever written outside DIR, whatever the
/// archive says, and a file whose SHA-1 is wrong never gets its name. Existing files are replaced.
#[derive(Debug, Args)]
#[command(
    override_usage = "wimsmith apply [OPTIONS] <FILE> [IMAGE] <DIR>",
    after_help = "\
Examples:
  wimsmith apply boot.wim 1 pe
  wimsmith apply install.swm 1 root --ref 'install*.swm' --staged
  wimsmith apply backup.wim / --unix-data
  wimsmith apply boot.wim 1 pe --metadata sidecar && wimsmith capture pe new.wim --metadata sidecar
  wimsmith apply damaged.wim 1 rescue --recover"
)]
pub(crate) struct ApplyArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image: its number, its name, or `all`; may be left out where there is only one
    #[arg(value_name = "IMAGE")]
    image: Option<OsString>,

    /// The folder; it is made if need be
    #[arg(value_name = "DIR")]
    directory: Option<OsString>,

    #[command(flatten)]
    pub(crate) how: ExtractHow,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// How to extract.
#[derive(Clone, Debug, Args)]
pub(crate) struct ExtractHow {
    /// Show nothing in DIR, which must be new or empty, before all of it is there
    #[arg(long)]
    pub(crate) staged: bool,

    /// Go on where data is damaged or missing; what is left of a damaged file is kept as NAME.corrupt
    #[arg(long, visible_alias = "recover-data")]
    pub(crate) recover: bool,

    /// Restore owners, modes, devices and extended attributes, where the image has them
    #[arg(long)]
    pub(crate) unix_data: bool,

    #[command(flatten)]
    metadata: MetadataArgs,

    /// Let absolute links that lead into the image lead into DIR. By default where the image was captured for that, and all
    /// of it is extracted
    #[arg(long, visible_alias = "rpfix", overrides_with = "no_fix_links")]
    fix_links: bool,

    /// Leave links as they were captured
    #[arg(long, visible_alias = "norpfix")]
    no_fix_links: bool,

    /// What becomes of symbolic links and junctions
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = LinkPolicy::Keep)]
    links: LinkPolicy,

    /// What becomes of the second of two names that DIR does not tell apart
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = ClashPolicy::Fail)]
    on_clash: ClashPolicy,

    /// Leave out names that Windows does not allow, too: for a folder that Windows will read
    #[arg(long)]
    windows_names: bool,

    /// Give files with names that cannot be a similar name, rather than leave them out
    #[arg(long)]
    include_invalid_names: bool,

    /// Nothing is written; what would be made is counted
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LinkPolicy {
    /// Made, wherever they lead; nothing is ever written through one
    Keep,
    /// Made if they are relative and lead nowhere outside
    Inside,
    /// Left out
    Skip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ClashPolicy {
    /// Nothing is extracted
    Fail,
    /// It gets a number
    Rename,
    /// It is left out
    Skip,
}

impl ExtractHow {
    /// The library's options.
    pub(crate) fn options(&self, common: &CommonArgs) -> ExtractOptions {
        let mut options = ExtractOptions::default();
        options.staged = self.staged;
        options.recover = self.recover;
        options.unix_data = self.unix_data;
        options.fix_links = (self.fix_links || self.no_fix_links).then_some(self.fix_links);
        options.links = match self.links {
            LinkPolicy::Keep => Links::Keep,
            LinkPolicy::Inside => Links::Inside,
            LinkPolicy::Skip => Links::Skip,
        };
        options.on_clash = match self.on_clash {
            ClashPolicy::Fail => OnClash::Fail,
            ClashPolicy::Rename => OnClash::Rename,
            ClashPolicy::Skip => OnClash::Skip,
        };
        if self.windows_names {
            options.names = NameRules::Windows;
        }
        options.make_names_fit = self.include_invalid_names;
        options.metadata = self.metadata.place();
        options.sidecar = self.metadata.sidecar();
        options.threads = common.threads;
        options.memory = common.memory;
        options
    }
}

impl ExtractArgs {
    /// The image, where it was given, and the paths. What looks like a path or a list is one, even in the image's place.
    pub(crate) fn image_and_paths(&self) -> (Option<&str>, Vec<&str>) {
        let paths = self.paths.iter().map(String::as_str);
        match self.image.as_deref() {
            Some(path) if is_path(path) || path.starts_with('@') => {
                (None, std::iter::once(path).chain(paths).collect())
            }
            image => (image, paths.collect()),
        }
    }
}

impl ApplyArgs {
    /// The image, where it was given, and the folder. A single argument is the folder.
    ///
    /// # Errors
    /// If there is no folder, or the image's name is no text.
    pub(crate) fn image_and_directory(&self) -> Result<(Option<&str>, PathBuf), Usage> {
        match (&self.image, &self.directory) {
            (Some(image), Some(directory)) => {
                let image = image.to_str().ok_or_else(|| Usage::new("an image's name is valid text"))?;
                Ok((Some(image), directory.into()))
            }
            (Some(directory), None) => Ok((None, directory.into())),
            (None, _) => Err(Usage::new("apply where to? wimsmith apply FILE [IMAGE] DIR")),
        }
    }
}
