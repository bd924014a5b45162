//! `wimsmith export-boot`.

use std::path::PathBuf;

use clap::Args;
use wim_export::boot::Architecture;

use super::{CommonArgs, DestinationArgs, EncodeArgs, FinalizeArgs, GuidSpec, ReadArgs, values};

/// Export one image of a boot image file as a bootable archive of its own
///
/// Does what Configuration Manager's ExportDefaultBootImage does: takes one image of a boot image file, or of the
/// Windows PE that an ADK has, checks that it is a boot image of that architecture and is complete, and writes it as a
/// bootable archive with a single image. OUT holds the old file or the complete new one at any time.
///
/// Without --source, the boot image is looked for in an ADK: in --adk-root, then in the folders that WIMSMITH_ADK_ROOT,
/// WinPERoot and KitsRoot name, then where Windows installs it. Layouts known are those of the ADK, of a copype
/// workspace, of installation media and of the WAIK.
///
/// On the way the image is finalized by a profile. The default, shrink-safe, removes what servicing left, logs and caches;
/// `--profile none` exports the image as it is.
///
/// Before the new archive takes its place, it is checked by the rules of `wimsmith check`.
///
/// The result is printed to standard error as result=0x00000000 (sint32 0), as the method would return it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith export-boot -a x64 -i 1 --source install.wim --out boot.wim
  wimsmith export-boot --architecture x64 --source install.wim --out boot.wim --on-exists backup --integrity
  wimsmith export-boot -a amd64 --adk-root adk --lang en-us --out out/boot.wim --mkdirs
  wimsmith export-boot -a x64 -i 2 --source install.wim --out boot.wim --dry-run --json
  wimsmith export-boot -a x64 --source install.wim --out pe.wim --profile none --report r.json
  wimsmith export-boot -a x64 --source winpe.wim --out pe.wim --html pe.html --for wimboot")]
pub(crate) struct ExportBootArgs {
    /// The processor: x86, x64, arm64, arm or ia64; i386, amd64, x86_64 and aarch64 are understood
    #[arg(long, short, visible_alias = "arch", value_name = "ARCH", value_parser = values::architecture)]
    pub(crate) architecture: Architecture,

    /// The image's number in the source; by default the one that boots, or the only one
    #[arg(long, short, value_name = "N")]
    pub(crate) index: Option<u32>,

    /// The boot image file to take the image from
    #[arg(long, value_name = "FILE")]
    pub(crate) source: Option<PathBuf>,

    /// The folder of an ADK, a copype workspace or installation media; with --source, where a profile's components are
    #[arg(long, value_name = "DIR")]
    pub(crate) adk_root: Option<PathBuf>,

    /// Which language of an ADK's boot images; by default en-us, or the only one
    #[arg(long, value_name = "LANG", conflicts_with = "source")]
    pub(crate) lang: Option<String>,

    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,

    /// Give the image this name; by default it keeps its own
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,

    /// Give the image this description; by default it keeps its own
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,

    #[command(flatten)]
    pub(crate) encode: EncodeArgs,

    /// Add an integrity table
    #[arg(long)]
    pub(crate) integrity: bool,

    /// The archive's GUID: fresh (made from the content, so equal content has an equal one), keep, or one of your own
    #[arg(long, value_name = "GUID", default_value = "fresh")]
    pub(crate) guid: GuidSpec,

    #[command(flatten)]
    pub(crate) destination: DestinationArgs,

    /// Check the source's integrity table first, if it has one
    #[arg(long)]
    pub(crate) check_integrity: bool,

    /// Read the new file once more and check all of it
    #[arg(long)]
    pub(crate) verify_output: bool,

    /// Accept an image that is no boot image
    #[arg(long)]
    pub(crate) any_image: bool,

    /// Accept an image of another architecture
    #[arg(long)]
    pub(crate) allow_arch_mismatch: bool,

    /// Refuse an image that is not the one that boots in the source
    #[arg(long)]
    pub(crate) require_boot_index: bool,

    /// Only check, and say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    /// Exit with the result itself, an HRESULT
    #[cfg(windows)]
    #[arg(long)]
    pub(crate) hresult: bool,

    #[command(flatten)]
    pub(crate) finalize: FinalizeArgs,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
