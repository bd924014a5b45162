//! The verbs. Each turns what was typed into a call of the library, and what comes back into output.

mod cat;
mod export;
mod export_boot;
mod info;
mod list;
mod outcome;
mod reparse;
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
        Command::Export(args) => export::run(args, output),
    }
}
