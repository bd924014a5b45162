//! What an export was to do and has done, for all commands that write an archive.

use std::io;
use std::path::Path;

use serde::Serialize;
use wim_export::{ExportPlan, ExportSummary, PlanSummary, UpdateSummary};
use wim_format::{Compression, ImageIndex};

use crate::output::text::{Rows, count, grouped, short_size};

/// What an export was to do and has done.
#[derive(Serialize)]
pub(super) struct Outcome {
    pub(super) destination: String,
    /// Where the file is that was there before.
    pub(super) backup: Option<String>,
    pub(super) dry_run: bool,
    pub(super) compression: String,
    pub(super) chunk_size: u32,
    /// To what the images were appended, if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) appended: Option<Appended>,
    pub(super) plan: PlanFacts,
    /// Nothing after a dry run.
    pub(super) output: Option<OutputFacts>,
}

/// To what images were appended.
#[derive(Serialize)]
pub(super) struct Appended {
    /// The number that the first new image has.
    pub(super) first_image: u32,
    /// Bytes that the archive had.
    pub(super) old_size: u64,
}

/// What is to be done.
#[derive(Serialize)]
pub(super) struct PlanFacts {
    pub(super) images: u32,
    pub(super) blobs: u64,
    /// Uncompressed bytes of the blobs.
    pub(super) bytes: u64,
    pub(super) copied: u64,
    pub(super) encoded: u64,
    pub(super) stored: u64,
    /// Blobs that go into a solid resource.
    pub(super) solid: u64,
    /// Blobs that the archive has already to which the images are appended.
    pub(super) present: u64,
    /// Blobs of the source that no exported image needs.
    pub(super) dropped: u64,
    pub(super) dropped_bytes: u64,
    /// Bytes that what is copied takes in the file.
    pub(super) copied_size: u64,
}

/// What was written.
#[derive(Serialize)]
pub(super) struct OutputFacts {
    pub(super) size: u64,
    pub(super) guid: String,
    pub(super) boot_index: Option<u32>,
    pub(super) blobs: u64,
    pub(super) bytes: u64,
    /// Whether every byte was decoded and its SHA-1 checked.
    pub(super) verified: bool,
}

impl From<PlanSummary> for PlanFacts {
    fn from(plan: PlanSummary) -> Self {
        Self {
            images: plan.images,
            blobs: plan.blobs,
            bytes: plan.bytes,
            copied: plan.copied,
            encoded: plan.encoded,
            stored: plan.stored,
            solid: plan.solid,
            present: plan.present,
            dropped: plan.dropped,
            dropped_bytes: plan.dropped_bytes,
            copied_size: plan.copied_size,
        }
    }
}

impl From<&ExportSummary> for OutputFacts {
    fn from(summary: &ExportSummary) -> Self {
        Self {
            size: summary.size,
            guid: summary.header.guid.to_string(),
            boot_index: summary.header.boot_index.map(ImageIndex::get),
            blobs: summary.blobs,
            bytes: summary.bytes,
            verified: summary.verified,
        }
    }
}

impl OutputFacts {
    /// What was appended of a plan.
    pub(super) fn of_update(summary: &UpdateSummary, plan: &PlanSummary, verified: bool) -> Self {
        Self {
            size: summary.size,
            guid: summary.header.guid.to_string(),
            boot_index: summary.header.boot_index.map(ImageIndex::get),
            blobs: plan.blobs,
            bytes: plan.bytes,
            verified,
        }
    }
}

impl Outcome {
    /// What a plan will make at `destination`.
    pub(super) fn planned(destination: &Path, plan: &ExportPlan, dry_run: bool) -> Self {
        Self::new(destination, (plan.compression(), plan.chunk_size()), plan.summary(), dry_run)
    }

    /// What is planned for `destination`, compressed so and in chunks of this size.
    pub(super) fn new(
        destination: &Path,
        (compression, chunk_size): (Compression, u32),
        plan: PlanSummary,
        dry_run: bool,
    ) -> Self {
        Self {
            destination: destination.display().to_string(),
            backup: None,
            dry_run,
            compression: compression.to_string(),
            chunk_size,
            appended: None,
            plan: plan.into(),
            output: None,
        }
    }

    /// The headline: what was written, or would be.
    pub(super) fn headline(&self) -> String {
        let what = match (self.dry_run, &self.appended) {
            (false, _) => "",
            (true, None) => "would write ",
            (true, Some(_)) => "would append to ",
        };
        format!("{what}{}", self.destination)
    }

    /// How it is compressed, what is in it, how large it is.
    pub(super) fn print(&self, rows: &mut Rows<'_>) -> io::Result<()> {
        rows.row("Compression", format_text(&self.compression, self.chunk_size))?;
        rows.row("Blobs", self.plan.blobs_text())?;
        rows.optional("Left out", self.plan.dropped_text())?;
        if let Some(Appended { first_image, old_size }) = &self.appended {
            rows.row("Appended", format_args!("as image {first_image}, to {}", short_size(*old_size)))?;
        }
        match &self.output {
            Some(written) => rows.row("Size", written.text())?,
            None => {
                let copied = (self.plan.copied_size != 0).then(|| short_size(self.plan.copied_size));
                rows.optional("Size", copied.map(|size| format!("at least {size}")))?;
            }
        }
        rows.optional("Backup", self.backup.as_ref())
    }
}

impl PlanFacts {
    /// `47: 45 copied, 2 compressed anew`.
    fn blobs_text(&self) -> String {
        let kinds = [
            (self.copied, "copied"),
            (self.encoded, "compressed anew"),
            (self.stored, "stored"),
            (self.solid, "made solid"),
            (self.present, "there already"),
        ];
        let kinds = kinds.iter().filter(|(number, _)| *number != 0);
        let kinds: Vec<String> = kinds.map(|(number, what)| format!("{} {what}", grouped(*number))).collect();
        let colon = if kinds.is_empty() { "" } else { ": " };
        format!("{} with {}{colon}{}", grouped(self.blobs), short_size(self.bytes), kinds.join(", "))
    }

    /// `3 blobs with 12 KiB`, if any are left out.
    fn dropped_text(&self) -> Option<String> {
        let blobs = count(self.dropped, "blob", "blobs");
        (self.dropped != 0)
            .then(|| format!("{blobs} with {} that nothing exported needs", short_size(self.dropped_bytes)))
    }
}

impl OutputFacts {
    /// `113.7 KiB for 47 blobs with 572.2 KiB; every byte was checked`.
    fn text(&self) -> String {
        let checked = if self.verified { "every byte was checked" } else { "NOT checked" };
        let blobs = count(self.blobs, "blob", "blobs");
        format!("{} for {blobs} with {}; {checked}", short_size(self.size), short_size(self.bytes))
    }
}

/// `LZX, chunks of 32 KiB`.
fn format_text(compression: &str, chunk_size: u32) -> String {
    match chunk_size {
        0 => "none".to_owned(),
        size => format!("{compression}, chunks of {}", short_size(u64::from(size))),
    }
}
