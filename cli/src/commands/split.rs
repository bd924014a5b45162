//! `wimsmith split`: an archive into parts.

use std::io::{self, Write};

use serde::Serialize;
use wim_export::{Archive, DestinationOptions, ExportOptions, SplitPlan, SplitSummary, part_path};

use super::compatible;
use crate::args::SplitArgs;
use crate::environment::source_date_epoch;
use crate::exit_code::Code;
use crate::output::text::{Line, Rows, count, full_size, short_size};
use crate::output::{Output, note};
use crate::source;
use crate::space::free_beside;
use crate::warning::Warning;

/// What was done.
#[derive(Serialize)]
struct Answer {
    source: String,
    part_size: u64,
    /// Bytes that the parts take together at most.
    space: u64,
    /// Bytes that were free for them.
    free: Option<u64>,
    dry_run: bool,
    /// None after a dry run.
    parts: Vec<Part>,
}

/// A part.
#[derive(Serialize)]
struct Part {
    file: String,
    size: u64,
}

pub(super) fn run(args: &SplitArgs, output: &mut Output) -> anyhow::Result<Code> {
    let archive = source::open(&args.file, &args.read, &args.common, output)?;
    output.warn_all(archive.warnings().iter().map(|warning| Warning::of_format(archive.name(), None, warning)));
    let plan = SplitPlan::new(&archive, args.part_size.0, export_options(args)?)?;
    compatible::check(plan.export(), &args.chunks, None, archive.name(), output)?;
    let options = destination_options(args);
    plan.check_destination(&args.destination, &options)?;
    let mut answer = Answer::new(args, &plan);
    answer.announce(args, &archive, &plan, output);
    if !args.dry_run {
        answer.add(plan.write(&args.destination, &options, &mut output.progress())?);
        warn_of_others(args, answer.parts.len(), output);
    }
    if output.json() {
        output.answer(&answer)?;
    } else if args.dry_run || !output.quiet() {
        answer.print(output)?;
    }
    Ok(Code::SUCCESS)
}

fn export_options(args: &SplitArgs) -> anyhow::Result<ExportOptions> {
    let mut options = ExportOptions::default();
    args.encode.apply(&mut options);
    args.chunks.apply(&mut options);
    args.common.apply(&mut options);
    options.integrity = args.integrity;
    options.time = source_date_epoch()?;
    Ok(options)
}

fn destination_options(args: &SplitArgs) -> DestinationOptions {
    let mut options = DestinationOptions::default();
    options.on_exists = args.on_exists.into();
    options.mkdirs = args.mkdirs;
    options
}

/// Parts of an older, larger set would be taken for parts of this one by a pattern.
fn warn_of_others(args: &SplitArgs, parts: usize, output: &mut Output) {
    let next = part_path(&args.destination, parts + 1);
    if next.exists() {
        let message = "it is beside the new set and no part of it; remove it, or --ref 'NAME*.swm' fails".to_owned();
        output.warn(Warning { code: "FOREIGN_PART", message, file: next.display().to_string(), image: None });
    }
}

impl Answer {
    fn new(args: &SplitArgs, plan: &SplitPlan) -> Self {
        Self {
            source: args.file.display().to_string(),
            part_size: args.part_size.0,
            space: plan.space(),
            free: free_beside(&args.destination),
            dry_run: args.dry_run,
            parts: Vec::new(),
        }
    }

    /// Says before the work begins what it may come to.
    fn announce(&self, args: &SplitArgs, archive: &Archive, plan: &SplitPlan, output: &mut Output) {
        if !output.quiet() && !args.dry_run {
            let free = self.free.map_or_else(String::new, |free| format!("; {} are free", short_size(free)));
            note(&format!("the parts take up to {} together{free}", short_size(self.space)));
        }
        if self.free.is_some_and(|free| free < self.space) {
            let message = format!("the parts may need {}, and less is free there", short_size(self.space));
            let file = args.destination.display().to_string();
            output.warn(Warning { code: "SPACE_MAY_NOT_SUFFICE", message, file, image: None });
        }
        if let Some(size) = plan.oversize() {
            let message =
                format!("a file in it takes {}, so that its part is larger than was asked for", short_size(size));
            let file = archive.name().to_owned();
            output.warn(Warning { code: "PART_TOO_LARGE", message, file, image: None });
        }
    }

    fn add(&mut self, summary: SplitSummary) {
        let part = |part: wim_export::PartSummary| Part { file: part.path.display().to_string(), size: part.size };
        self.parts = summary.parts.into_iter().map(part).collect();
    }

    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        if self.dry_run {
            writeln!(out, "would split {}", Line(&self.source))?;
            let mut rows = Rows::new(&mut out);
            rows.row("Parts", format_args!("of at most {}", full_size(self.part_size)))?;
            rows.row("Space", format_args!("at most {}", full_size(self.space)))?;
            rows.optional("Free", self.free.map(full_size))?;
        } else {
            writeln!(out, "{}: {}", Line(&self.source), count(self.parts.len() as u64, "part", "parts"))?;
            for part in &self.parts {
                writeln!(out, "  {}  {}", Line(&part.file), full_size(part.size))?;
            }
        }
        out.flush()
    }
}
