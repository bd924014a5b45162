//! `wimsmith delete`: images out of an archive.

use std::io::{self, Write};

use serde::Serialize;
use wim_export::{Archive, DeletePlan, ExportOptions, ExportPlan, SoftDelete, VerifyOptions};
use wim_format::ImageIndex;

use super::sound;
use crate::args::{DeleteArgs, ReadArgs};
use crate::environment::source_date_epoch;
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::{Line, Rows, count, full_size};
use crate::source;
use crate::usage::Usage;

/// What was done.
#[derive(Serialize)]
struct Answer {
    file: String,
    deleted: Vec<Image>,
    remaining: u32,
    boot_index: Option<u32>,
    soft: bool,
    dry_run: bool,
    old_size: u64,
    /// Nothing after a dry run.
    size: Option<u64>,
}

/// An image that is gone.
#[derive(Serialize)]
struct Image {
    index: u32,
    name: Option<String>,
}

/// How the images go.
enum Way {
    /// The archive is written anew.
    Rebuild(Box<ExportPlan>),
    InPlace(Box<SoftDelete>),
}

pub(super) fn run(args: &DeleteArgs, output: &mut Output) -> anyhow::Result<Code> {
    let nothing = ReadArgs::default();
    let mut answer;
    if args.dry_run {
        let archive = source::open(&args.file, &nothing, &args.common, output)?;
        answer = plan(args, &archive)?.0;
    } else {
        let mut file = source::open_for_changes(&args.file, &nothing, &args.common)?;
        let (planned, remaining, way) = plan(args, file.archive())?;
        answer = planned;
        if args.soft && !args.no_verify {
            let mut options = VerifyOptions::default();
            options.images = Some(remaining);
            sound::require_as(file.archive(), options, &args.common, output)?;
        }
        let size = match way {
            Way::Rebuild(plan) => file.replace(*plan, &mut output.progress()).map(|summary| summary.size),
            Way::InPlace(change) => change.write(file.file(), &mut output.progress()).map(|summary| summary.size),
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

/// What is to be done, which images remain, and how.
fn plan(args: &DeleteArgs, archive: &Archive) -> anyhow::Result<(Answer, Vec<ImageIndex>, Way)> {
    let all = source::is_all(&args.image);
    let images = source::select_images(archive, Some(&args.image))?;
    if !all && images.len() == archive.image_count() as usize {
        return Err(Usage::new(format!(
            "image {} is the only one of {}; `all` in its place leaves an archive without images",
            args.image,
            args.file.display()
        ))
        .into());
    }
    let plan = DeletePlan::new(archive, &images, all)?;
    let way = if args.soft {
        Way::InPlace(Box::new(plan.soft()?))
    } else {
        let mut options = ExportOptions::default();
        args.common.apply(&mut options);
        options.verify = !args.no_verify;
        options.time = source_date_epoch()?;
        Way::Rebuild(Box::new(plan.rebuild(options)?))
    };
    let remaining = plan.remaining().to_vec();
    Ok((Answer::new(args, archive, &images, &remaining), remaining, way))
}

impl Answer {
    fn new(args: &DeleteArgs, archive: &Archive, deleted: &[ImageIndex], remaining: &[ImageIndex]) -> Self {
        let boot = archive.boot_index().and_then(|boot| remaining.iter().position(|&image| image == boot));
        let image = |&image: &ImageIndex| Image { index: image.get(), name: archive.image_name(image) };
        Self {
            file: args.file.display().to_string(),
            deleted: deleted.iter().map(image).collect(),
            remaining: remaining.len() as u32,
            boot_index: boot.map(|position| ImageIndex::from_position(position).get()),
            soft: args.soft,
            dry_run: args.dry_run,
            old_size: archive.file_len(),
            size: None,
        }
    }

    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        let would = if self.dry_run { "would change " } else { "" };
        writeln!(out, "{}", Line(&format!("{would}{}", self.file)))?;
        let mut rows = Rows::new(&mut out);
        for Image { index, name } in &self.deleted {
            rows.row("Deleted", format_args!("image {index}: {}", name.as_deref().unwrap_or("without a name")))?;
        }
        rows.row("Remaining", count(self.remaining.into(), "image", "images"))?;
        rows.optional("Bootable", self.boot_index.map(|image| format!("image {image}")))?;
        rows.row("Was", full_size(self.old_size))?;
        rows.optional("Size", self.size.map(full_size))?;
        if self.soft {
            rows.row("Data", "still there; `wimsmith optimize` frees what nothing needs")?;
        }
        out.flush()
    }
}
