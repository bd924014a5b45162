//! `wimsmith export`: images into a new archive.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use wim_export::{
    Archive, BootChoice, Destination, DestinationOptions, Error, ExportOptions, ExportPlan, ExportSummary,
};
use wim_format::ImageIndex;

use super::outcome::Outcome;
use crate::args::{ExportArgs, Switch};
use crate::environment::source_date_epoch;
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::{Line, Rows};
use crate::source;
use crate::usage::Usage;
use crate::warning::Warning;

/// What was done.
#[derive(Serialize)]
struct Answer {
    source: String,
    images: Vec<u32>,
    #[serde(flatten)]
    outcome: Outcome,
}

pub(super) fn run(args: &ExportArgs, output: &mut Output) -> anyhow::Result<Code> {
    let (image, destination) = args.image_and_destination()?;
    let image = image.map(|image| image.to_str().ok_or_else(|| Usage::new("an image's name is valid text")));
    let options = export_options(args)?;
    let destination_options = args.write.destination_options();
    let archive = source::open(&args.source, &args.read, &args.common)?;
    let images = source::select_images(&archive, image.transpose()?)?;
    let references = source::references(&args.source, &args.read)?;
    check_destination(destination, &destination_options, args, &archive, &images, &references)?;
    let plan = ExportPlan::new(&archive, &images, options)?;
    output.warn_all(archive.warnings().iter().map(|warning| Warning::of_format(archive.name(), None, warning)));
    let mut answer = Answer::new(args, destination, &images, &plan);
    if !args.dry_run {
        let (summary, backup) = write(plan, archive, destination, &destination_options, output)?;
        answer.outcome.output = Some((&summary).into());
        answer.outcome.backup = backup.map(|path| path.display().to_string());
    }
    if output.json() {
        output.answer(&answer)?;
    } else if args.dry_run || !output.quiet() {
        answer.print(output)?;
    }
    Ok(Code::SUCCESS)
}

fn export_options(args: &ExportArgs) -> Result<ExportOptions, Usage> {
    let mut options = ExportOptions::default();
    options.compression = args.write.compress.map(|spec| spec.compression);
    options.level = args.write.level();
    options.chunk_size = args.chunk_size;
    options.recompress = args.write.recompress;
    options.integrity = args.write.integrity;
    options.boot = if args.boot { BootChoice::Exported } else { BootChoice::None };
    options.name.clone_from(&args.name);
    options.description.clone_from(&args.description);
    options.verify = !args.write.no_verify;
    options.check_encoded = args.check_encoded.map(|switch| switch == Switch::On);
    options.guid = args.write.guid.0;
    options.time = source_date_epoch()?;
    options.threads = args.common.threads;
    options.memory = args.common.memory;
    Ok(options)
}

/// Finds out before any work what would keep the new archive from its place.
fn check_destination(
    destination: &Path,
    options: &DestinationOptions,
    args: &ExportArgs,
    archive: &Archive,
    images: &[ImageIndex],
    references: &[PathBuf],
) -> Result<(), Error> {
    Destination::check(destination, options)?;
    options.check_source(destination, &args.source, images.len() < archive.image_count() as usize)?;
    references.iter().try_for_each(|reference| options.check_source(destination, reference, true))
}

/// Writes what is planned, and puts it in its place. Returns where the file is that was there before.
fn write(
    plan: ExportPlan,
    archive: Archive,
    path: &Path,
    options: &DestinationOptions,
    output: &Output,
) -> Result<(ExportSummary, Option<PathBuf>), Error> {
    let mut destination = Destination::create(path, options)?;
    let written = plan.write(destination.file(), &mut output.progress());
    let summary = written.map_err(|error| error.with_destination(path))?;
    // Windows does not rename over a file that is open, as the source is if it is also the destination.
    drop((plan, archive));
    let backup = destination.commit()?;
    Ok((summary, backup))
}

impl Answer {
    fn new(args: &ExportArgs, destination: &Path, images: &[ImageIndex], plan: &ExportPlan) -> Self {
        Self {
            source: args.source.display().to_string(),
            images: images.iter().map(|image| image.get()).collect(),
            outcome: Outcome {
                destination: destination.display().to_string(),
                backup: None,
                dry_run: args.dry_run,
                compression: plan.compression().to_string(),
                chunk_size: plan.chunk_size(),
                plan: plan.summary().into(),
                output: None,
            },
        }
    }

    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        writeln!(out, "{}", Line(&self.outcome.headline()))?;
        let images: Vec<String> = self.images.iter().map(ToString::to_string).collect();
        let noun = if images.len() == 1 { "image" } else { "images" };
        let mut rows = Rows::new(&mut out);
        rows.row("From", format_args!("{}, {noun} {}", self.source, images.join(", ")))?;
        self.outcome.print(&mut rows)?;
        out.flush()
    }
}
