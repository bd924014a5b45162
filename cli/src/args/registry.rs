//! `wimsmith registry`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use wim_hive::ValueType;

use super::CommonArgs;

/// Read and change the registry of an image
///
/// HIVE is SYSTEM, SOFTWARE, SAM, SECURITY, DRIVERS, COMPONENTS, DEFAULT, NTUSER, or the path of a hive in the image, such as
/// '\Windows\Boot\DVD\EFI\BCD'. Paths of keys begin below the hive's root, and case does not count; CurrentControlSet is the
/// control set that is selected. A changed hive is checked before it is put back, and its stale logs go. The archive is
/// changed in place, and holds the old image or the new one at any time. Hives that were not written to their end are
/// refused: only Windows can finish them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith registry boot.wim 1 SYSTEM get 'Setup' CmdLine
  wimsmith registry boot.wim 1 SYSTEM get 'CurrentControlSet\\Services' --recursive
  wimsmith registry boot.wim 1 SYSTEM set 'CurrentControlSet\\Services\\FBWF' WinPECacheThreshold 512 --type dword
  wimsmith registry boot.wim 2 SYSTEM set 'Setup\\LabConfig' BypassTPMCheck 1 --type dword --dry-run
  wimsmith registry boot.wim 1 SYSTEM delete 'ControlSet001\\Services\\disk'
  wimsmith registry boot.wim 1 SOFTWARE export 'Microsoft\\Windows NT' --out nt.reg
  wimsmith registry boot.wim 1 SYSTEM import tweaks.reg")]
pub(crate) struct RegistryArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image, by number or name
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,

    /// The hive: its name, or its path in the image
    #[arg(value_name = "HIVE")]
    pub(crate) hive: String,

    #[command(subcommand)]
    pub(crate) action: RegistryAction,

    /// Print one JSON document
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// What to do with a hive.
#[derive(Debug, Subcommand)]
pub(crate) enum RegistryAction {
    /// Print a key's values and the names of the keys below it, or one value
    Get {
        /// The key; the hive's root where none is given
        #[arg(value_name = "KEY", default_value = "")]
        key: String,
        /// The value; @ is the default value
        #[arg(value_name = "VALUE")]
        value: Option<String>,
        /// All keys below it, too
        #[arg(long, short, conflicts_with = "value")]
        recursive: bool,
    },
    /// Make a key, or set one of its values
    Set {
        /// The key, which is made with all above it where it is missing
        #[arg(value_name = "KEY")]
        key: String,
        /// The value; @ is the default value
        #[arg(value_name = "VALUE")]
        value: Option<String>,
        /// The data: a text, texts (multi_sz), a number (dword, qword; decimal or 0x…), or bytes in hexadecimal
        #[arg(value_name = "DATA", allow_negative_numbers = true)]
        data: Vec<String>,
        /// The type: sz, expand_sz, multi_sz, dword, qword, binary, none, or a number such as 0x10. By default that of the
        /// value that is there, else sz
        #[arg(long = "type", short = 't', value_name = "TYPE", value_parser = value_type)]
        kind: Option<ValueType>,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Delete a key with all below it, or one of its values
    Delete {
        /// The key
        #[arg(value_name = "KEY")]
        key: String,
        /// The value; @ is the default value
        #[arg(value_name = "VALUE")]
        value: Option<String>,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Write a registration file (.reg) with a key and all below it
    Export {
        /// The key; the whole hive where none is given
        #[arg(value_name = "KEY", default_value = "")]
        key: String,
        /// Where to; standard output where nothing is given
        #[arg(long, short, value_name = "REG")]
        out: Option<PathBuf>,
    },
    /// Do what registration files (.reg) say, all of it or nothing
    Import {
        /// The files, in this order
        #[arg(value_name = "REG", required = true)]
        files: Vec<PathBuf>,
        /// The hive's place in the registry as the files name it, such as HKEY_LOCAL_MACHINE\OFFLINE
        #[arg(long, value_name = "KEY")]
        root: Option<String>,
        #[command(flatten)]
        change: ChangeArgs,
    },
}

/// What changes have in common.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ChangeArgs {
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Do not check first that the rest of the archive is sound
    #[arg(long)]
    pub(crate) no_verify: bool,
}

fn value_type(name: &str) -> Result<ValueType, String> {
    ValueType::from_name(name).ok_or_else(|| {
        "a type is sz, expand_sz, multi_sz, dword, qword, binary, none, or a number such as 0x10".to_owned()
    })
}
