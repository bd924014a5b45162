//! What the user sees: results on standard output, everything else on standard error.
//!
//! | file | what |
//! |---|---|
//! | `text` | sizes, aligned rows, and text that does no harm to a terminal |
//! | `json` | the document of `--json` |
//! | `status` | the file of `--status-file` |
//! | `progress` | the bar, and the way in which Ctrl-C stops an operation |

pub(crate) mod json;
mod progress;
mod status;
pub(crate) mod text;

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::Arc;

use serde::Serialize;

pub(crate) use json::Failure;
pub(crate) use progress::Bar;
pub(crate) use status::StatusFile;
use text::Lines;

use crate::environment::allows_colour;
use crate::signals::Interrupt;
use crate::warning::Warning;

/// Bytes of standard output that are gathered before they are written.
const BUFFER: usize = 64 << 10;

/// Warnings of one run that are printed; a JSON document has all of them.
const MAX_PRINTED_WARNINGS: usize = 20;

/// Where a command's answer, its warnings and its progress go.
pub(crate) struct Output {
    command: String,
    json: bool,
    quiet: bool,
    interrupt: Arc<Interrupt>,
    warnings: Vec<Warning>,
}

impl Output {
    /// For one run of `command`.
    pub(crate) fn new(command: &str, json: bool, quiet: bool, interrupt: Arc<Interrupt>) -> Self {
        Self { command: command.to_owned(), json, quiet, interrupt, warnings: Vec::new() }
    }

    /// Whether the answer is wanted as JSON.
    pub(crate) const fn json(&self) -> bool {
        self.json
    }

    /// Whether nothing but results and errors is to be printed.
    pub(crate) const fn quiet(&self) -> bool {
        self.quiet
    }

    /// Something that the user should know, and that is no error.
    pub(crate) fn warn(&mut self, warning: Warning) {
        if !self.quiet {
            match self.warnings.len() {
                ..MAX_PRINTED_WARNINGS => diagnose(&format!("warning: {warning}")),
                MAX_PRINTED_WARNINGS => diagnose("warning: there are more; --json lists all of them"),
                _ => {}
            }
        }
        self.warnings.push(warning);
    }

    /// Warnings that the answer itself has; only the JSON document lists them.
    pub(crate) fn keep_warnings(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        self.warnings.extend(warnings);
    }

    /// Whether the user has asked the run to stop.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.is_set()
    }

    /// Several of these.
    pub(crate) fn warn_all(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        warnings.into_iter().for_each(|warning| self.warn(warning));
    }

    /// Standard output. What is written to it must be flushed.
    pub(crate) fn stdout(&self) -> BufWriter<StdoutLock<'static>> {
        BufWriter::with_capacity(BUFFER, io::stdout().lock())
    }

    /// The progress of an operation.
    pub(crate) fn progress(&self) -> Bar {
        Bar::new(self.interrupt.clone(), !self.quiet && io::stderr().is_terminal())
    }

    /// Prints the JSON document of a run that succeeded.
    pub(crate) fn answer(&self, result: &impl Serialize) -> io::Result<()> {
        self.document(Some(result), None)
    }

    /// Prints the JSON document of a run: what it found, why it failed, or both.
    pub(crate) fn document(&self, result: Option<&impl Serialize>, error: Option<&Failure>) -> io::Result<()> {
        json::print(&mut self.stdout(), &self.command, result, &self.warnings, error)
    }

    /// Prints the JSON document of a run that failed without any result, if one was asked for.
    pub(crate) fn failed(&self, error: &Failure) -> io::Result<()> {
        if self.json { self.document(None::<&()>, Some(error)) } else { Ok(()) }
    }
}

/// Prints a line of diagnostics, prefixed with the program's name.
pub(crate) fn diagnose(message: &str) {
    note(&format!("wimsmith: {message}"));
}

/// Prints an error, with the prefix in bold red where there are colours.
pub(crate) fn diagnose_error(message: &str) {
    let (begin, end) = if io::stderr().is_terminal() && allows_colour() { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    let _ = writeln!(io::stderr(), "{begin}wimsmith:{end} {}", Lines(message));
}

/// Prints a line of diagnostics as it is.
pub(crate) fn note(message: &str) {
    // There is nobody left to tell if standard error is gone.
    let _ = writeln!(io::stderr(), "{}", Lines(message));
}
