//! `wimsmith capture`, `wimsmith append` and `wimsmith from-tar`: folders of this computer, and tar archives, as images.
//!
//! | file | what |
//! |---|---|
//! | `image` | what was typed, as an image that is in no archive yet |
//! | `outcome` | what was found and written, as JSON and as text |

mod image;
mod outcome;

use std::path::{Path, PathBuf};

use wim_export::{
    AppendPlan, Archive, ArchiveDraft, ArchiveWriter, BootChoice, Destination, Error, ExportOptions, ExportPlan,
    OpenOptions, PlanSummary,
};
use wim_format::{Compression, ImageIndex};

use super::outcome::{Appended, Outcome, OutputFacts};
use super::sound;
use crate::args::{
    AppendArgs, CaptureArgs, ChunkArgs, CommonArgs, CompressSpec, DestinationArgs, FromTarArgs, ReadArgs, SolidArgs,
};
use crate::exit_code::Code;
use crate::output::Output;
use crate::source;
use crate::usage::Usage;
use image::Found;
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
    let found = Found::of(what, None, &args.common, output)?;
    fresh.make(found, &what.file, what.image.dry_run, output)?.finish(&what.image, output)
}

pub(super) fn append(args: &AppendArgs, output: &mut Output) -> anyhow::Result<Code> {
    let what = &args.what;
    if args.create && !what.file.exists() {
        let compress = CompressSpec { compression: Compression::Lzx, level: None };
        let (solid, common) = (&args.solid, &args.common);
        let fresh = Fresh { compress, chunks: None, solid, destination: None, common, delta_from: Vec::new() };
        let found = Found::of(what, None, common, output)?;
        return fresh.make(found, &what.file, what.image.dry_run, output)?.finish(&what.image, output);
    }
    // What is to be changed is not read through a map.
    let read = ReadArgs { mmap: false, ..args.read.clone() };
    if what.image.dry_run {
        let base = source::open(&what.file, &read, &args.common, output)?;
        let found = Found::of(what, Some(&base), &args.common, output)?;
        let (name, hashed) = (found.name(), found.hash(base.header().compression(), &args.common, output)?);
        let plan = AppendPlan::new(&base, &hashed.archive, &[ImageIndex::FIRST], append_options(args))?;
        let outcome = appended(&what.file, &base, plan.summary(), true);
        return Answer::new(name, hashed.report, outcome).finish(&what.image, output);
    }
    let mut file = source::open_for_changes(&what.file, &read, &args.common)?;
    let base = file.archive().clone();
    let found = Found::of(what, Some(&base), &args.common, output)?;
    let name = found.name();
    if !args.no_verify {
        sound::require(&base, &args.common, output)?;
    }
    let located = |error: Error| error.with_destination(&what.file);
    let mut writer = ArchiveWriter::append(&base, file.file(), append_options(args)).map_err(located)?;
    let report = found.write(&mut writer, output).map_err(located)?;
    let (plan, written) = writer.finish(&mut output.progress()).map_err(located)?;
    let mut outcome = appended(&what.file, &base, plan, false);
    outcome.output = Some(OutputFacts { verified: !args.no_verify, ..(&written).into() });
    Answer::new(name, report, outcome).finish(&what.image, output)
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
    let found = Found::of_tar(args, output)?;
    fresh.make(found, &args.file, args.image.dry_run, output)?.finish(&args.image, output)
}

fn append_options(args: &AppendArgs) -> ExportOptions {
    let mut options = ExportOptions::default();
    args.solid.apply_to_existing(&mut options);
    args.common.apply(&mut options);
    options.integrity = args.what.image.integrity;
    options.boot = boot(args.what.image.boot);
    options
}

fn appended(destination: &Path, base: &Archive, plan: PlanSummary, dry_run: bool) -> Outcome {
    Outcome {
        destination: destination.display().to_string(),
        backup: None,
        dry_run,
        compression: base.header().compression().to_string(),
        chunk_size: base.header().chunk_size,
        appended: Some(Appended { first_image: base.image_count() + 1, old_size: base.file_len() }),
        plan: plan.into(),
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
    /// Makes the archive, or says what it would be.
    fn make(&self, found: Found, path: &Path, dry_run: bool, output: &mut Output) -> anyhow::Result<Answer> {
        let destination_options = self.destination.map(DestinationArgs::options).unwrap_or_default();
        Destination::check(path, &destination_options)?;
        let options = self.options(&found);
        if dry_run {
            return self.plan(found, path, options, output);
        }
        let name = found.name();
        let mut destination = Destination::create(path, &destination_options)?;
        let draft = ArchiveDraft::new(self.compress.compression);
        let located = |error: Error| error.with_destination(path);
        let mut writer = ArchiveWriter::new(destination.file(), draft, &self.delta_from, options).map_err(located)?;
        let (compression, chunk_size) = (writer.compression(), writer.chunk_size());
        self.check_compatible(compression, chunk_size, path, output)?;
        let report = found.write(&mut writer, output).map_err(located)?;
        let (plan, written) = writer.finish(&mut output.progress()).map_err(located)?;
        let mut outcome = Outcome::new(path, (compression, chunk_size), plan, false);
        let backup = destination.commit()?;
        outcome.output = Some((&written).into());
        outcome.backup = backup.map(|path| path.display().to_string());
        Ok(Answer::new(name, report, outcome))
    }

    /// Says what the archive would be.
    fn plan(&self, found: Found, path: &Path, options: ExportOptions, output: &mut Output) -> anyhow::Result<Answer> {
        let (name, hashed) = (found.name(), found.hash(self.compress.compression, self.common, output)?);
        let images = [ImageIndex::FIRST];
        let plan = match self.delta_from.as_slice() {
            [] => ExportPlan::new(&hashed.archive, &images, options)?,
            bases => ExportPlan::delta(&hashed.archive, bases, &images, options)?,
        };
        self.check_compatible(plan.compression(), plan.chunk_size(), path, output)?;
        Ok(Answer::new(name, hashed.report, Outcome::planned(path, &plan, true)))
    }

    fn options(&self, found: &Found) -> ExportOptions {
        let mut options = ExportOptions::default();
        if let Some(chunks) = self.chunks {
            chunks.apply(&mut options);
        }
        options.compression = Some(self.compress.compression);
        options.level = self.compress.level.unwrap_or_default();
        options.solid = Some(false);
        self.solid.apply(&mut options);
        self.common.apply(&mut options);
        options.integrity = found.integrity;
        options.boot = boot(found.boot);
        options
    }

    fn check_compatible(
        &self,
        compression: Compression,
        chunk_size: u32,
        path: &Path,
        output: &mut Output,
    ) -> Result<(), Usage> {
        let Some(chunks) = self.chunks else { return Ok(()) };
        super::compatible::check_coding(
            (compression, chunk_size),
            chunks,
            Some(self.solid),
            &path.display().to_string(),
            output,
        )
    }
}
