//! What was extracted, as JSON and as text.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use wim_export::Archive;
use wim_format::ImageIndex;
use wim_fs::ExtractReport;

use crate::output::text::{Line, Rows, count, grouped, short_size};
use crate::output::{Failure, Output};
use crate::warning::Warning;

/// The answer.
#[derive(Serialize)]
pub(super) struct Answer {
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) dry_run: bool,
    pub(super) images: Vec<ImageOutcome>,
    /// What was damaged and put up with.
    pub(super) damaged: Vec<Failure>,
}

/// What was made of an image.
#[derive(Default, Serialize)]
pub(super) struct ImageOutcome {
    index: u32,
    destination: String,
    directories: u64,
    files: u64,
    hard_links: u64,
    symlinks: u64,
    specials: u64,
    bytes: u64,
    skipped: Vec<Skipped>,
    /// For each kind of metadata that the destination could not take, how many files have it.
    not_restored: Vec<(&'static str, u64)>,
    /// The file beside the destination that has what the destination could not take.
    sidecar: Option<String>,
}

/// What was left out.
#[derive(Serialize)]
struct Skipped {
    path: String,
    why: String,
}

impl ImageOutcome {
    pub(super) fn new(image: ImageIndex, destination: &Path) -> Self {
        Self { index: image.get(), destination: destination.display().to_string(), ..Self::default() }
    }

    pub(super) fn count(&mut self, report: &ExtractReport) {
        self.directories = report.directories;
        self.files = report.files;
        self.hard_links = report.hard_links;
        self.symlinks = report.symlinks;
        self.specials = report.specials;
        self.bytes = report.bytes;
        let skipped = report.skipped.iter();
        self.skipped =
            skipped.map(|skipped| Skipped { path: skipped.path.clone(), why: skipped.why.clone() }).collect();
        self.not_restored = report.not_restored.kinds().collect();
        self.sidecar = report.sidecar.as_ref().map(|path| path.display().to_string());
    }

    /// `249 folders, 1,012 files with 230.9 MiB, 3 links`.
    fn text(&self) -> String {
        let mut text = format!(
            "{}, {} with {}",
            count(self.directories, "folder", "folders"),
            count(self.files, "file", "files"),
            short_size(self.bytes)
        );
        for (number, one, many) in [
            (self.hard_links, "hard link", "hard links"),
            (self.symlinks, "symbolic link", "symbolic links"),
            (self.specials, "device or pipe", "devices and pipes"),
        ] {
            if number != 0 {
                text.push_str(&format!(", {}", count(number, one, many)));
            }
        }
        text
    }
}

impl Answer {
    pub(super) fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        let verb = if self.dry_run { "would extract to" } else { "extracted to" };
        writeln!(out, "{verb} {}", Line(&self.destination))?;
        let mut rows = Rows::new(&mut out);
        for image in &self.images {
            rows.row(&format!("Image {}", image.index), image.text())?;
            let skipped = image.skipped.len() as u64;
            rows.optional("Left out", (skipped != 0).then(|| count(skipped, "name", "names")))?;
            let kinds: Vec<String> =
                image.not_restored.iter().map(|(what, number)| format!("{what} of {}", grouped(*number))).collect();
            rows.optional("Sidecar", image.sidecar.clone())?;
            rows.optional("Not restored", (!kinds.is_empty()).then(|| kinds.join(", ")))?;
        }
        for failure in &self.damaged {
            rows.row("Damaged", failure.line())?;
        }
        out.flush()
    }
}

/// What the user should know of an extraction although nothing failed.
pub(super) fn warnings(archive: &Archive, image: ImageIndex, report: &ExtractReport) -> Vec<Warning> {
    let warning = |code, message| Warning { code, message, file: archive.name().to_owned(), image: Some(image.get()) };
    let skipped = report.skipped.iter();
    skipped.map(|skipped| warning("SKIPPED", format!("{} is left out: {}", skipped.path, skipped.why))).collect()
}
