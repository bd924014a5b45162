//! The `wimsmith` command.
//!
//! ```text
//!  args/       what was typed                        source     archives, images and --ref files it names
//!     │
//!  commands/   one verb each: arguments → library call → output
//!     │
//!  html/       the report as a page
//!  output/     text, JSON, progress                  manifest/  lists of what is in an archive
//!                                                    diagnostics, exit_code   what is said of an error, and its code
//! ```

mod args;
mod commands;
mod diagnostics;
mod environment;
mod exit_code;
mod glob;
mod html;
mod manifest;
mod output;
mod profiles;
mod signals;
mod source;
mod space;
mod usage;
mod warning;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use wim_export::Error;

use crate::args::{Cli, Command};
use crate::exit_code::Code;
use crate::output::{Failure, Output};
use crate::signals::Interrupt;
use crate::usage::Usage;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let code = match Cli::try_parse_from(&arguments) {
        Ok(cli) => run(&cli.command),
        Err(error) => refuse(&error, &arguments),
    };
    code.into()
}

/// Runs a verb, and tells how it ended.
fn run(command: &Command) -> Code {
    let interrupt = match Interrupt::install() {
        Ok(interrupt) => Arc::new(interrupt),
        Err(error) => {
            output::diagnose_error(&format!("cannot handle signals: {error}"));
            return Code::BUG;
        }
    };
    let manner = command.manner();
    let mut output = Output::new(manner.verb, manner.json, manner.quiet, interrupt.clone());
    let outcome = catch_unwind(AssertUnwindSafe(|| commands::run(command, &mut output)));
    let outcome = outcome.unwrap_or_else(|_| Err(Error::Internal("the program panicked".to_owned()).into()));
    let error = match outcome {
        Ok(code) => return code,
        Err(error) => exit_code::name_output(error),
    };
    if exit_code::is_broken_pipe(&error) {
        return Code::SUCCESS;
    }
    let failure = Failure::new(&error);
    failure.print();
    print_number(manner.verb, &error);
    // What went wrong has been said; standard output may be the very thing that is broken.
    let _ = output.failed(&failure);
    #[cfg(windows)]
    if let Command::ExportBoot(args) = command
        && args.hresult
    {
        std::process::exit(exit_code::return_code(&error).hresult);
    }
    Code::of(&error, interrupt.is_set())
}

/// Prints the number that stands for `error`, if `verb` is one that returns a number.
fn print_number(verb: &str, error: &anyhow::Error) {
    if Command::returns_number(verb) {
        commands::print_return_code(exit_code::return_code(error));
    }
}

/// Tells why the arguments were refused; or the help or the version, if that is what was asked for.
fn refuse(error: &clap::Error, arguments: &[OsString]) -> Code {
    // There is nobody left to tell if the output is gone.
    let _ = error.print();
    if !error.use_stderr() {
        return Code::SUCCESS;
    }
    let message = error.render().to_string();
    let message = message.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let error = Usage::new(message).into();
    let verb = arguments.get(1).and_then(|verb| verb.to_str()).unwrap_or_default();
    print_number(verb, &error);
    let json = arguments.iter().any(|argument| argument == "--json");
    let _ = Output::new(verb, json, false, Arc::default()).failed(&Failure::new(&error));
    Code::USAGE
}
