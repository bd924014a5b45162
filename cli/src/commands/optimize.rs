//! `wimsmith optimize`: an archive anew, in its place.

use std::io::{self, Write};

use serde::Serialize;
use wim_export::{Archive, ExportPlan};

use super::compatible;
use super::outcome::Outcome;
use crate::args::OptimizeArgs;
use crate::exit_code::Code;
use crate::manifest;
use crate::output::Output;
use crate::output::text::{Line, Rows, full_size};
use crate::source;
use crate::usage::Usage;
use crate::warning::Warning;

/// What was done.
#[derive(Serialize)]
struct Answer {
    old_size: u64,
    #[serde(flatten)]
    outcome: Outcome,
}

pub(super) fn run(args: &OptimizeArgs, output: &mut Output) -> anyhow::Result<Code> {
    manifest::check_place(args.manifest.as_deref(), &[&args.file])?;
    let mut answer;
    if args.write.dry_run {
        let archive = source::open(&args.file, &args.read, &args.common, output)?;
        let plan = plan(args, &archive, output)?;
        answer = Answer::new(args, &archive, &plan);
    } else {
        let file = source::open_for_changes(&args.file, &args.read, &args.common)?;
        let plan = plan(args, file.archive(), output)?;
        answer = Answer::new(args, file.archive(), &plan);
        let summary = file.replace(plan, &mut output.progress());
        answer.outcome.output = Some((&summary.map_err(|error| error.with_destination(&args.file))?).into());
        if let Some(path) = &args.manifest {
            manifest::write_of_file(&args.file, &[], path, &args.common, output)?;
        }
    }
    if output.json() {
        output.answer(&answer)?;
    } else if args.write.dry_run || !output.quiet() {
        answer.print(output)?;
    }
    Ok(Code::SUCCESS)
}

fn plan(args: &OptimizeArgs, archive: &Archive, output: &mut Output) -> anyhow::Result<ExportPlan> {
    output.warn_all(archive.warnings().iter().map(|warning| Warning::of_format(archive.name(), None, warning)));
    let mut options = args.write.options(&args.common)?;
    options.guid = args.guid.0;
    options.pipable = args.pipable || (archive.header().pipable && !args.not_pipable);
    if options.pipable && args.write.solid.solid {
        return Err(Usage::new(
            "the archive has the layout for pipes, in which nothing is solid: add --not-pipable, or leave out --solid",
        )
        .into());
    }
    let images: Vec<_> = archive.images().collect();
    let plan = ExportPlan::rebuild(archive, &images, options)?;
    compatible::check(&plan, &args.write.chunks, Some(&args.write.solid), archive.name(), output)?;
    Ok(plan)
}

impl Answer {
    fn new(args: &OptimizeArgs, archive: &Archive, plan: &ExportPlan) -> Self {
        Self { old_size: archive.file_len(), outcome: Outcome::planned(&args.file, plan, args.write.dry_run) }
    }

    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        writeln!(out, "{}", Line(&self.outcome.headline()))?;
        let mut rows = Rows::new(&mut out);
        rows.row("Was", full_size(self.old_size))?;
        self.outcome.print(&mut rows)?;
        out.flush()
    }
}
