//! The verbs. Each turns what was typed into a call of the library, and what comes back into output.

mod capture;
mod cat;
mod check;
mod compatible;
mod delete;
mod diff;
mod edit;
mod export;
mod export_boot;
mod extract;
mod findings;
mod generate;
mod info;
mod join;
mod list;
mod mount;
mod optimize;
mod outcome;
mod page;
mod profile;
mod registry;
mod reparse;
mod report;
pub(crate) mod sound;
mod split;
mod to_tar;
mod verify;

pub(crate) use export_boot::print_return_code;

use crate::args::Command;
use crate::exit_code::Code;
use crate::output::Output;

/// Runs a verb. The code says how it ended where nothing stopped it, which need not be well.
pub(crate) fn run(command: &Command, output: &mut Output) -> anyhow::Result<Code> {
    match command {
        Command::ExportBoot(args) => export_boot::run(args, output),
        Command::Info(args) => info::run(args, output),
        Command::List(args) => list::run(args, output),
        Command::Cat(args) => cat::run(args, output),
        Command::Verify(args) => verify::run(args, output),
        Command::Check(args) => check::run(args, output),
        Command::Diff(args) => diff::run(args, output),
        Command::Report(args) => report::run(args, output),
        Command::Extract(args) => extract::extract(args, output),
        Command::Apply(args) => extract::apply(args, output),
        Command::Capture(args) => capture::capture(args, output),
        Command::Append(args) => capture::append(args, output),
        Command::Mount(args) => mount::mount(args, output),
        Command::Unmount(args) => mount::unmount(args, output),
        Command::ToTar(args) => to_tar::run(args, output),
        Command::FromTar(args) => capture::from_tar(args, output),
        Command::Export(args) => export::run(args, output),
        Command::Optimize(args) => optimize::run(args, output),
        Command::Edit(args) => edit::run(args, output),
        Command::Delete(args) => delete::run(args, output),
        Command::Split(args) => split::run(args, output),
        Command::Join(args) => join::run(args, output),
        Command::Profile(args) => profile::run(args, output),
        Command::Registry(args) => registry::run(args, output),
        Command::Completions(args) => generate::completions(args, output),
        Command::Man(args) => generate::man(args, output),
    }
}
