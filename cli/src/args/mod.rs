//! What was typed: one file for each verb, and here what they share.

mod cat;
mod export;
mod export_boot;
mod info;
mod list;
mod values;
mod verify;

use std::ffi::OsString;
use std::num::NonZeroUsize;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use cat::CatArgs;
pub(crate) use export::ExportArgs;
pub(crate) use export_boot::ExportBootArgs;
pub(crate) use info::InfoArgs;
pub(crate) use list::ListArgs;
pub(crate) use values::{CompressSpec, GuidSpec, IfExists, Switch};
pub(crate) use verify::VerifyArgs;

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
                  Exit codes: 0 success; 2 wrong usage; 3 not found; 4 no such image; 5 wrong architecture; 6 damaged; \
                  7 not supported; 8 destination taken; 9 the system refused; 12 cancelled; 70 a bug; 130 Ctrl-C. \
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
    Export(Box<ExportArgs>),
}

impl Command {
    /// The verb as JSON documents name it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::ExportBoot(_) => "export-boot",
            Self::Info(_) => "info",
            Self::List(_) => "ls",
            Self::Cat(_) => "cat",
            Self::Verify(_) => "verify",
            Self::Export(_) => "export",
        }
    }

    /// Whether the answer is wanted as JSON.
    pub(crate) const fn json(&self) -> bool {
        match self {
            Self::ExportBoot(args) => args.json,
            Self::Info(args) => args.json,
            Self::List(args) => args.json,
            Self::Cat(_) => false,
            Self::Verify(args) => args.json,
            Self::Export(args) => args.json,
        }
    }

    /// Whether the verb of this name returns a number, as the method does that it stands for.
    pub(crate) fn returns_number(verb: &str) -> bool {
        verb == "export-boot"
    }

    /// What every verb has.
    pub(crate) const fn common(&self) -> &CommonArgs {
        match self {
            Self::ExportBoot(args) => &args.common,
            Self::Info(args) => &args.common,
            Self::List(args) => &args.common,
            Self::Cat(args) => &args.common,
            Self::Verify(args) => &args.common,
            Self::Export(args) => &args.common,
        }
    }
}

/// What every verb has.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct CommonArgs {
    /// How many threads work; as many as there are cores by default. The output never depends on it
    #[arg(long, value_name = "N", value_parser = values::threads)]
    pub(crate) threads: Option<NonZeroUsize>,

    /// How much memory buffers and codecs may take, such as 512M. If it does not suffice for all threads, fewer work; the
    /// output never depends on it
    #[arg(long, value_name = "SIZE", value_parser = values::byte_size)]
    pub(crate) memory: Option<u64>,

    /// Print neither progress nor warnings nor that all went well; errors and what was asked for are still printed
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// How much to accept of an archive: `untrusted` refuses what takes a lot of memory
    #[arg(long, value_name = "SET", value_enum, default_value_t = LimitSet::Default)]
    pub(crate) limits: LimitSet,
}

/// Which limits an archive is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LimitSet {
    /// Accepts every archive known
    Default,
    /// For archives from strangers: at most 64 MiB a chunk and two million files
    Untrusted,
}

/// Where else an archive's data may be, and how it is read.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ReadArgs {
    /// Other files with data of the archive, `*` and `?` allowed: the parts of a split set, the base of a delta archive
    #[arg(long = "ref", value_name = "GLOB")]
    pub(crate) references: Vec<OsString>,

    /// Read through a memory map. Only for files that nobody changes meanwhile: if one is cut short, the run dies
    #[arg(long)]
    pub(crate) mmap: bool,
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
