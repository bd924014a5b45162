//! What was found and written, as JSON and as text.

use std::io::{self, Write};

use serde::Serialize;
use wim_fs::CaptureReport;

use super::super::outcome::Outcome;
use crate::args::ImageArgs;
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::{Line, Rows, count};
use crate::warning::Warning;

/// The answer.
#[derive(Serialize)]
pub(super) struct Answer {
    name: String,
    captured: Found,
    #[serde(flatten)]
    outcome: Outcome,
    #[serde(skip)]
    report: CaptureReport,
}

/// What was found.
#[derive(Serialize)]
struct Found {
    directories: u64,
    files: u64,
    hard_links: u64,
    symlinks: u64,
    /// Bytes that were read.
    bytes: u64,
    /// Files that are as they were, and were not read.
    unchanged: u64,
    /// Names of which the sidecar knew more than the folder.
    known: u64,
    /// Names that the configuration leaves out.
    excluded: u64,
    /// Names that an image cannot have.
    skipped: u64,
}

impl Answer {
    pub(super) fn new(name: String, report: CaptureReport, outcome: Outcome) -> Self {
        let captured = Found {
            directories: report.directories,
            files: report.files,
            hard_links: report.hard_links,
            symlinks: report.symlinks,
            bytes: report.bytes,
            unchanged: report.unchanged,
            known: report.known,
            excluded: report.excluded,
            skipped: report.skipped.len() as u64,
        };
        Self { name, captured, outcome, report }
    }

    /// Says what was done.
    pub(super) fn finish(&self, image: &ImageArgs, output: &mut Output) -> anyhow::Result<Code> {
        let file = &self.outcome.destination;
        for skipped in &self.report.skipped {
            let message = format!("{} is left out: {}", skipped.path, skipped.why);
            output.warn(Warning { code: "SKIPPED", message, file: file.clone(), image: None });
        }
        if output.json() {
            output.answer(self)?;
        } else if image.dry_run || !output.quiet() {
            self.print(output)?;
        }
        Ok(Code::SUCCESS)
    }

    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        writeln!(out, "{}", Line(&self.outcome.headline()))?;
        let mut rows = Rows::new(&mut out);
        rows.row("Image", &self.name)?;
        rows.row("Captured", self.captured.text())?;
        self.outcome.print(&mut rows)?;
        out.flush()
    }
}

impl Found {
    /// `249 folders, 1,012 files, 3 symbolic links; 2 names left out`.
    fn text(&self) -> String {
        let mut text =
            format!("{}, {}", count(self.directories, "folder", "folders"), count(self.files, "file", "files"));
        for (number, one, many) in [
            (self.hard_links, "hard link", "hard links"),
            (self.symlinks, "symbolic link", "symbolic links"),
            (self.unchanged, "of them unchanged", "of them unchanged"),
            (self.known, "known to the sidecar", "known to the sidecar"),
        ] {
            if number != 0 {
                text.push_str(&format!(", {}", count(number, one, many)));
            }
        }
        let left_out = self.excluded + self.skipped;
        if left_out != 0 {
            text.push_str(&format!("; {} left out", count(left_out, "name", "names")));
        }
        text
    }
}
