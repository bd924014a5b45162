//! `wimsmith capture`, `wimsmith append` and `wimsmith from-tar`: folders of this computer, and tar archives, as images.
//!
//! | file | what |
//! |---|---|
//! | `image` | what was typed, as an image that is in no archive yet |
//! | `outcome` | what was found and written, as JSON and as text |

mod image;
mod outcome;

use std::path::{Path, PathBuf};

use wim_export::{AppendPlan, Archive, BootChoice, Destination, Error, ExportOptions, ExportPlan, OpenOptions};
use wim_format::{Compression, ImageIndex};

use super::outcome::{Appended, Outcome, OutputFacts};
use super::sound;
use crate::args::{
    AppendArgs, CaptureArgs, ChunkArgs, CommonArgs, CompressSpec, DestinationArgs, FromTarArgs, ReadArgs, SolidArgs,
};
use crate::exit_code::Code;
use crate::output::Output;
use crate::source;
use image::Captured;
use outcome::Answer;

pub(super) fn capture(args: &CaptureArgs, output: &mut Output) -> anyhow::Result<Code> {
    let what = &args.what;
    let fresh = Fresh {
        compress: args.compress,
        chunks: Some(&args.chunks),
        solid: &args.solid,
        destination: Some(&args.destination_args),
        common: &args.common,
        delta_from: delta_bases(args)?,
    };
    let captured = Captured::of(what, None, fresh.compress.compression, &args.common, output)?;
    let answer = fresh.write(captured, &what.file, what.image.dry_run, output)?;
    answer.finish(&what.image, output)
}

pub(super) fn append(args: &AppendArgs, output: &mut Output) -> anyhow::Result<Code> {
    let what = &args.what;
    if args.create && !what.file.exists() {
        let compress = CompressSpec { compression: Compression::Lzx, level: None };
        let (solid, common) = (&args.solid, &args.common);
        let fresh = Fresh { compress, chunks: None, solid, destination: None, common, delta_from: Vec::new() };
        let captured = Captured::of(what, None, compress.compression, common, output)?;
        return fresh.write(captured, &what.file, what.image.dry_run, output)?.finish(&what.image, output);
    }
    // What is to be changed is not read through a map.
    let read = ReadArgs { mmap: false, ..args.read.clone() };
    if what.image.dry_run {
        let base = source::open(&what.file, &read, &args.common, output)?;
        let captured = Captured::of(what, Some(&base), base.header().compression(), &args.common, output)?;
        let plan = plan_append(args, &base, &captured)?;
        return Answer::new(captured, appended(&what.file, &base, &plan, true)).finish(&what.image, output);
    }
    let mut file = source::open_for_changes(&what.file, &read, &args.common)?;
    let compression = file.archive().header().compression();
    let captured = Captured::of(what, Some(file.archive()), compression, &args.common, output)?;
    let plan = plan_append(args, file.archive(), &captured)?;
    let mut outcome = appended(&what.file, file.archive(), &plan, false);
    if !args.no_verify {
        sound::require(file.archive(), &args.common, output)?;
    }
    let written = plan.write(file.file(), &mut output.progress());
    let written = written.map_err(|error| error.with_destination(&what.file))?;
    outcome.output = Some(OutputFacts::of_update(&written, &plan.summary(), !args.no_verify));
    Answer::new(captured, outcome).finish(&what.image, output)
}

pub(super) fn from_tar(args: &FromTarArgs, output: &mut Output) -> anyhow::Result<Code> {
    let fresh = Fresh {
        compress: args.compress,
        chunks: Some(&args.chunks),
        solid: &args.solid,
        destination: Some(&args.destination_args),
        common: &args.common,
        delta_from: Vec::new(),
    };
    Destination::check(&args.file, &args.destination_args.options())?;
    let captured = Captured::of_tar(args, output)?;
    fresh.write(captured, &args.file, args.image.dry_run, output)?.finish(&args.image, output)
}

fn plan_append(args: &AppendArgs, base: &Archive, captured: &Captured) -> Result<AppendPlan, Error> {
    let mut options = ExportOptions::default();
    args.solid.apply(&mut options);
    args.common.apply(&mut options);
    options.integrity = args.what.image.integrity;
    options.boot = boot(args.what.image.boot);
    AppendPlan::new(base, &captured.archive, &[ImageIndex::FIRST], options)
}

fn appended(destination: &Path, base: &Archive, plan: &AppendPlan, dry_run: bool) -> Outcome {
    Outcome {
        destination: destination.display().to_string(),
        backup: None,
        dry_run,
        compression: base.header().compression().to_string(),
        chunk_size: base.header().chunk_size,
        appended: Some(Appended { first_image: base.image_count() + 1, old_size: base.file_len() }),
        plan: plan.summary().into(),
        output: None,
    }
}

const fn boot(asked: bool) -> BootChoice {
    if asked { BootChoice::Exported } else { BootChoice::None }
}

/// The archives whose data a new one leaves out.
fn delta_bases(args: &CaptureArgs) -> Result<Vec<Archive>, Error> {
    let open = |path: &PathBuf| OpenOptions::new().limits(args.common.limits()).open(path);
    args.delta_from.iter().map(open).collect()
}

/// How a new archive is written.
struct Fresh<'a> {
    compress: CompressSpec,
    chunks: Option<&'a ChunkArgs>,
    solid: &'a SolidArgs,
    destination: Option<&'a DestinationArgs>,
    common: &'a CommonArgs,
    delta_from: Vec<Archive>,
}

impl Fresh<'_> {
    fn write(&self, captured: Captured, path: &Path, dry_run: bool, output: &mut Output) -> anyhow::Result<Answer> {
        let destination_options = self.destination.map(DestinationArgs::options).unwrap_or_default();
        Destination::check(path, &destination_options)?;
        let mut options = ExportOptions::default();
        if let Some(chunks) = self.chunks {
            chunks.apply(&mut options);
        }
        options.compression = Some(self.compress.compression);
        options.level = self.compress.level.unwrap_or_default();
        options.solid = Some(false);
        self.solid.apply(&mut options);
        self.common.apply(&mut options);
        options.integrity = captured.integrity;
        options.boot = boot(captured.boot);
        let images = [ImageIndex::FIRST];
        let plan = match self.delta_from.as_slice() {
            [] => ExportPlan::new(&captured.archive, &images, options)?,
            bases => ExportPlan::delta(&captured.archive, bases, &images, options)?,
        };
        if let Some(chunks) = self.chunks {
            super::compatible::check(&plan, chunks, Some(self.solid), &path.display().to_string(), output)?;
        }
        let mut outcome = Outcome::planned(path, &plan, dry_run);
        if dry_run {
            return Ok(Answer::new(captured, outcome));
        }
        let mut destination = Destination::create(path, &destination_options)?;
        let written = plan.write(destination.file(), &mut output.progress());
        let summary = written.map_err(|error| error.with_destination(path))?;
        let backup = destination.commit()?;
        outcome.output = Some((&summary).into());
        outcome.backup = backup.map(|path| path.display().to_string());
        Ok(Answer::new(captured, outcome))
    }
}
