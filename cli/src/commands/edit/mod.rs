//! `wimsmith edit`: files of an image, added, removed, renamed.
//!
//! | file | what |
//! |---|---|
//! | `script` | scripts as wimlib-imagex update takes them |
//! | `change` | each change, on the image in memory |
//! | `host` | files and folders to add |

mod change;
mod host;
mod script;

use std::io::{self, Write};
use std::time::SystemTime;

use serde::Serialize;
use wim_export::{Archive, ExportOptions, ExportPlan, ImageEditor, ReplacePlan};
use wim_format::{FileTime, ImageIndex};

use super::sound;
use crate::args::EditArgs;
use crate::environment::source_date_epoch;
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::{Line, Rows, count, full_size, short_size};
use crate::source;
use crate::usage::Usage;
use change::Change;

/// What was done.
#[derive(Serialize)]
struct Answer {
    file: String,
    image: u32,
    dry_run: bool,
    rebuilt: bool,
    changes: usize,
    entries_before: u64,
    entries: u64,
    /// Blobs that are written because the archive lacks them, and their uncompressed bytes; nothing if all is written.
    new_blobs: Option<u64>,
    new_bytes: Option<u64>,
    old_size: u64,
    /// Nothing after a dry run.
    size: Option<u64>,
}

pub(super) fn run(args: &EditArgs, output: &mut Output) -> anyhow::Result<Code> {
    source::refuse_all(args.image.as_deref())?;
    let changes = changes(args)?;
    let mut answer;
    if args.dry_run {
        let archive = source::open(&args.file, &args.read, &args.common, output)?;
        let image = source::select_image(&archive, args.image.as_deref())?;
        let edited = edit(args, &archive, image, &changes, output)?;
        answer = Answer::new(args, &archive, image, &edited, changes.len());
    } else {
        let mut file = source::open_for_changes(&args.file, &args.read, &args.common)?;
        let image = source::select_image(file.archive(), args.image.as_deref())?;
        if !args.rebuild {
            ReplacePlan::check(file.archive())?;
            if !args.encode.no_verify {
                sound::require(file.archive(), &args.common, output)?;
            }
        }
        let edited = edit(args, file.archive(), image, &changes, output)?;
        answer = Answer::new(args, file.archive(), image, &edited, changes.len());
        let editor = edited.editor;
        let options = options(args)?;
        let size = if args.rebuild {
            let edited = editor.into_archive(args.common.threads, &mut output.progress())?;
            let images: Vec<ImageIndex> = edited.images().collect();
            let integrity = options.integrity || !file.archive().header().integrity.is_none();
            let plan = ExportPlan::rebuild(&edited, &images, with_integrity(options, integrity))?;
            file.replace(plan, &mut output.progress()).map(|summary| summary.size)
        } else {
            let plan = ReplacePlan::new(file.archive(), image, editor, options, &mut output.progress())?;
            let summary = plan.summary();
            (answer.new_blobs, answer.new_bytes) = (Some(summary.blobs), Some(summary.bytes));
            plan.write(file.file(), &mut output.progress()).map(|summary| summary.size)
        };
        answer.size = Some(size.map_err(|error| error.with_destination(&args.file))?);
    }
    if output.json() {
        output.answer(&answer)?;
    } else if args.dry_run || !output.quiet() {
        answer.print(output)?;
    }
    Ok(Code::SUCCESS)
}

/// The changes that were typed, then those of the script.
fn changes(args: &EditArgs) -> anyhow::Result<Vec<Change>> {
    let mut changes: Vec<Change> = args.edits.0.iter().map(|edit| Change::of(edit, args)).collect();
    if let Some(path) = &args.script {
        changes.extend(script::read(path, args)?);
    }
    if changes.is_empty() {
        return Err(Usage::new(
            "nothing is to be changed: --add, --rm, --mv, --set-attr, --mkdir or --script say what",
        )
        .into());
    }
    Ok(changes)
}

/// An image with the changes in memory.
struct Edited {
    editor: ImageEditor,
    entries_before: usize,
}

/// Makes the changes in memory.
fn edit(
    args: &EditArgs,
    archive: &Archive,
    image: ImageIndex,
    changes: &[Change],
    output: &mut Output,
) -> anyhow::Result<Edited> {
    let mut editor = ImageEditor::new(archive, image)?;
    let entries_before = editor.metadata().entry_count();
    editor.set_default_time(source_date_epoch()?);
    for change in changes {
        change.make(&mut editor, &args.file.display().to_string(), image, output)?;
    }
    Ok(Edited { editor, entries_before })
}

fn options(args: &EditArgs) -> anyhow::Result<ExportOptions> {
    let mut options = ExportOptions::default();
    args.encode.apply(&mut options);
    args.common.apply(&mut options);
    options.time = Some(source_date_epoch()?.unwrap_or_else(|| file_time(SystemTime::now())));
    Ok(options)
}

fn with_integrity(mut options: ExportOptions, integrity: bool) -> ExportOptions {
    options.integrity = integrity;
    options
}

/// A time of the host as the format has it.
fn file_time(time: SystemTime) -> FileTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let ticks = since.as_secs().saturating_mul(FileTime::TICKS_PER_SECOND) + u64::from(since.subsec_nanos() / 100);
    FileTime(FileTime::UNIX_EPOCH.0.saturating_add(ticks))
}

impl Answer {
    fn new(args: &EditArgs, archive: &Archive, image: ImageIndex, edited: &Edited, changes: usize) -> Self {
        Self {
            file: args.file.display().to_string(),
            image: image.get(),
            dry_run: args.dry_run,
            rebuilt: args.rebuild,
            changes,
            entries_before: edited.entries_before as u64,
            entries: edited.editor.metadata().entry_count() as u64,
            new_blobs: None,
            new_bytes: None,
            old_size: archive.file_len(),
            size: None,
        }
    }

    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        let what = if self.dry_run { "would change" } else { "changed" };
        writeln!(out, "{what} {}: image {}", Line(&self.file), self.image)?;
        let mut rows = Rows::new(&mut out);
        rows.row("Changes", self.changes)?;
        let difference = self.entries.cast_signed() - self.entries_before.cast_signed();
        rows.row("Entries", format_args!("{} ({difference:+})", self.entries))?;
        if let Some(size) = self.size {
            let new = self.new_blobs.zip(self.new_bytes);
            let new = new.map(|(blobs, bytes)| format!("{} with {}", count(blobs, "blob", "blobs"), short_size(bytes)));
            rows.optional("New data", new.as_ref())?;
            rows.row("Was", full_size(self.old_size))?;
            rows.row("Size", full_size(size))?;
        }
        out.flush()
    }
}
