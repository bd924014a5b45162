//! `wimsmith mount` and `wimsmith unmount`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CommonArgs, ReadArgs};
#[cfg(all(target_os = "linux", feature = "mount"))]
use crate::usage::Usage;

/// Show an image as a file system (Linux)
///
/// The image can be looked at by any program until `wimsmith unmount`. A file's data is decoded when it is read, and compared
/// with its SHA-1 before its end is given: damaged files give an error of reading, and `unmount` says which and why. Names
/// are told apart by case. Named streams are extended attributes `user.NAME`; Windows' metadata has the names that it has
/// on NTFS-3G, such as `system.ntfs_acl`, so that `wimsmith capture` of the mount point loses nothing.
///
/// With --rw the image can be changed. What is written is kept in a folder beside the archive until `wimsmith unmount --commit`
/// puts the changed image in the place of the old one, by an append: the archive is the old or the new one at any time. It is
/// locked meanwhile. Names that differ from another one in case only exist already, unless there is --unix-data.
///
/// The command returns when all is there, and a process in the background goes on; with --foreground it stays itself.
#[derive(Debug, Args)]
#[command(
    override_usage = "wimsmith mount [OPTIONS] <FILE> [IMAGE] <MOUNTPOINT>",
    after_help = "\
Examples:
  wimsmith mount install.wim 1 /mnt
  wimsmith mount boot.wim 2 /mnt --rw; cp a.cmd /mnt; wimsmith unmount /mnt --commit
  wimsmith mount install.swm 1 /mnt --ref 'install*.swm' --log mount.log"
)]
pub(crate) struct MountArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image: its number or its name; may be left out where there is only one
    #[arg(value_name = "IMAGE")]
    image: Option<OsString>,

    /// An empty folder
    #[arg(value_name = "MOUNTPOINT")]
    mountpoint: Option<OsString>,

    /// Let the image be changed; `wimsmith unmount --commit` writes the changes
    #[arg(long, visible_alias = "read-write")]
    pub(crate) rw: bool,

    /// Where the folder goes that holds what is written until then; beside the archive by default
    #[arg(long, value_name = "DIR", requires = "rw")]
    pub(crate) staging_dir: Option<PathBuf>,

    /// Show owners, modes, devices and extended attributes, where the image has them. Otherwise everything is yours, and
    /// everybody may do everything
    #[arg(long)]
    pub(crate) unix_data: bool,

    /// Let absolute links that lead into the image lead below MOUNTPOINT. By default where the image was captured for that
    #[arg(long, visible_alias = "rpfix", overrides_with = "no_fix_links")]
    fix_links: bool,

    /// Leave links as they were captured
    #[arg(long, visible_alias = "norpfix")]
    no_fix_links: bool,

    /// How named streams are shown
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Streams::Xattr, visible_alias = "streams-interface")]
    streams: Streams,

    /// Let other users in, too; /etc/fuse.conf has to say user_allow_other
    #[arg(long)]
    pub(crate) allow_other: bool,

    /// Stay in the foreground; Ctrl-C unmounts
    #[arg(long, short)]
    pub(crate) foreground: bool,

    /// Where the process in the background writes what goes wrong, such as files that are damaged; appended to
    #[arg(long, value_name = "FILE", conflicts_with = "foreground")]
    pub(crate) log: Option<PathBuf>,

    /// The process in the background, as the one in the foreground starts it
    #[arg(long, hide = true)]
    pub(crate) serve: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// How named streams are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Streams {
    /// As extended attributes user.NAME
    Xattr,
    /// Not at all
    None,
}

/// Take a mounted image away
///
/// Waits until the process that served it is gone, so that the archive is free. What went wrong while the image was mounted is
/// said. What was changed is discarded, unless --commit writes it into the archive first; if that fails, the mount stays.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith unmount /mnt
  wimsmith unmount /mnt --commit")]
pub(crate) struct UnmountArgs {
    /// Where the image is mounted
    #[arg(value_name = "MOUNTPOINT")]
    pub(crate) mountpoint: PathBuf,

    /// Write what was changed into the archive
    #[arg(long)]
    pub(crate) commit: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    /// Print neither warnings nor that all went well
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[cfg(all(target_os = "linux", feature = "mount"))]
impl MountArgs {
    /// The image, where it was given, and the mount point. A single argument is the latter.
    ///
    /// # Errors
    /// If there is no mount point, or the image's name is no text.
    pub(crate) fn image_and_mountpoint(&self) -> Result<(Option<&str>, PathBuf), Usage> {
        match (&self.image, &self.mountpoint) {
            (Some(image), Some(mountpoint)) => {
                let image = image.to_str().ok_or_else(|| Usage::new("an image's name is valid text"))?;
                Ok((Some(image), mountpoint.into()))
            }
            (Some(mountpoint), None) => Ok((None, mountpoint.into())),
            (None, _) => Err(Usage::new("mount where? wimsmith mount FILE [IMAGE] MOUNTPOINT")),
        }
    }

    /// Whether links are fixed, if that was said.
    pub(crate) fn fix_links(&self) -> Option<bool> {
        (self.fix_links || self.no_fix_links).then_some(self.fix_links)
    }

    /// Whether named streams are shown.
    pub(crate) fn shows_streams(&self) -> bool {
        self.streams == Streams::Xattr
    }
}
