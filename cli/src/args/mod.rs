//! What was typed: one file for each verb, and here what they share.

mod capture;
mod cat;
mod check;
mod coding;
mod common;
mod delete;
mod diff;
mod edit;
mod export;
mod export_boot;
mod extract;
mod finalize;
mod from_tar;
mod generate;
mod info;
mod join;
mod limits;
mod list;
mod mount;
mod optimize;
mod profile;
mod registry;
mod report;
mod split;
mod to_tar;
mod values;
mod verify;
mod write;

use clap::{Parser, Subcommand};

pub(crate) use capture::{AppendArgs, CaptureArgs, CaptureWhat, ImageArgs};
pub(crate) use cat::CatArgs;
pub(crate) use check::{CheckArgs, FailOn};
pub(crate) use coding::{ChunkArgs, DestinationArgs, EncodeArgs, SolidArgs};
pub(crate) use common::{CommonArgs, MetadataArgs, ReadArgs};
pub(crate) use delete::DeleteArgs;
pub(crate) use diff::{DiffArgs, ImageSpec};
pub(crate) use edit::{Edit, EditArgs};
pub(crate) use export::ExportArgs;
pub(crate) use export_boot::ExportBootArgs;
pub(crate) use extract::{ApplyArgs, ExtractArgs, ExtractHow};
pub(crate) use finalize::FinalizeArgs;
pub(crate) use from_tar::FromTarArgs;
pub(crate) use generate::{CompletionsArgs, ManArgs};
pub(crate) use info::InfoArgs;
pub(crate) use join::JoinArgs;
pub(crate) use limits::LimitSpec;
pub(crate) use list::ListArgs;
pub(crate) use mount::{MountArgs, UnmountArgs};
pub(crate) use optimize::OptimizeArgs;
pub(crate) use profile::{ProfileAction, ProfileArgs};
pub(crate) use registry::{ChangeArgs, RegistryAction, RegistryArgs};
pub(crate) use report::ReportArgs;
pub(crate) use split::SplitArgs;
pub(crate) use to_tar::ToTarArgs;
pub(crate) use values::{CompressSpec, GuidSpec, IfExists, PartSize, Switch};
pub(crate) use verify::VerifyArgs;
pub(crate) use write::WriteArgs;

/// Windows images without Windows: list, verify, extract and export WIM, ESD and SWM archives, and make boot images.
#[derive(Debug, Parser)]
#[command(
    name = "wimsmith",
    bin_name = "wimsmith",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 110,
    after_help = "IMAGE is a number, a name or `all`, and may be left out where an archive has one image. A path in an \
                  image starts with `\\` or `/` and is compared as Windows does.\n\n\
                  Exit codes: 0 success; 1 differences found; 2 wrong usage; 3 not found; 4 no such image; 5 wrong architecture; 6 damaged; \
                  7 not supported; 8 destination taken; 9 the system refused; 10 wrong profile; 11 a step failed; 12 cancelled; 70 a bug; 130 Ctrl-C. \
                  docs/json.md describes --json."
)]
pub(crate) struct Cli {
    /// The verb.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    ExportBoot(Box<ExportBootArgs>),
    Info(InfoArgs),
    #[command(name = "ls", visible_alias = "dir")]
    List(ListArgs),
    Cat(CatArgs),
    Verify(VerifyArgs),
    Check(Box<CheckArgs>),
    Diff(Box<DiffArgs>),
    Report(Box<ReportArgs>),
    Extract(Box<ExtractArgs>),
    Apply(Box<ApplyArgs>),
    Capture(Box<CaptureArgs>),
    Append(Box<AppendArgs>),
    Mount(Box<MountArgs>),
    #[command(visible_alias = "umount")]
    Unmount(UnmountArgs),
    ToTar(Box<ToTarArgs>),
    FromTar(Box<FromTarArgs>),
    Export(Box<ExportArgs>),
    Optimize(Box<OptimizeArgs>),
    Edit(Box<EditArgs>),
    Delete(DeleteArgs),
    Split(Box<SplitArgs>),
    Join(Box<JoinArgs>),
    Profile(ProfileArgs),
    Registry(Box<RegistryArgs>),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// What is asked of the output of any verb.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// The verb as JSON documents name it.
    pub(crate) verb: &'static str,
    /// Whether the answer is wanted as JSON.
    pub(crate) json: bool,
    /// Whether only results and errors are wanted.
    pub(crate) quiet: bool,
}

impl Command {
    /// What is asked of the output.
    pub(crate) const fn manner(&self) -> Manner {
        let (verb, json, quiet) = match self {
            Self::ExportBoot(args) => ("export-boot", args.json, args.common.quiet),
            Self::Info(args) => ("info", args.json, args.common.quiet),
            Self::List(args) => ("ls", args.json, args.common.quiet),
            Self::Cat(args) => ("cat", args.json, args.common.quiet),
            Self::Verify(args) => ("verify", args.json, args.common.quiet),
            Self::Check(args) => ("check", args.json, args.common.quiet),
            Self::Diff(args) => ("diff", args.json, args.common.quiet),
            Self::Report(args) => ("report", args.json, args.common.quiet),
            Self::Extract(args) => ("extract", args.how.json, args.common.quiet),
            Self::Apply(args) => ("apply", args.how.json, args.common.quiet),
            Self::Capture(args) => ("capture", args.what.image.json, args.common.quiet),
            Self::Append(args) => ("append", args.what.image.json, args.common.quiet),
            Self::Mount(args) => ("mount", args.json, args.common.quiet),
            Self::Unmount(args) => ("unmount", args.json, args.quiet),
            Self::ToTar(args) => ("to-tar", args.json, args.common.quiet),
            Self::FromTar(args) => ("from-tar", args.image.json, args.common.quiet),
            Self::Export(args) => ("export", args.write.json, args.common.quiet),
            Self::Optimize(args) => ("optimize", args.write.json, args.common.quiet),
            Self::Edit(args) => ("edit", args.json, args.common.quiet),
            Self::Delete(args) => ("delete", args.json, args.common.quiet),
            Self::Split(args) => ("split", args.json, args.common.quiet),
            Self::Join(args) => ("join", args.write.json, args.common.quiet),
            Self::Profile(args) => ("profile", args.json, args.common.quiet),
            Self::Registry(args) => ("registry", args.json, args.common.quiet),
            Self::Completions(_) => ("completions", false, false),
            Self::Man(args) => ("man", args.json, false),
        };
        Manner { verb, json, quiet }
    }

    /// Whether the verb of this name returns a number, as the method does that it stands for.
    pub(crate) fn returns_number(verb: &str) -> bool {
        verb == "export-boot"
    }
}

/// Whether an argument is a path in an image.
pub(crate) fn is_path(argument: &str) -> bool {
    argument.starts_with(['\\', '/'])
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
