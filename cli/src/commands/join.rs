//! `wimsmith join`: the parts of a split set into one archive.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use wim_export::{Destination, ExportOptions, ExportPlan, complete_set};

use super::compatible;
use super::outcome::Outcome;
use crate::args::{JoinArgs, ReadArgs};
use crate::exit_code::Code;
use crate::glob::expand;
use crate::output::Output;
use crate::output::text::{Line, Rows};
use crate::source;
use crate::warning::Warning;

/// What was done.
#[derive(Serialize)]
struct Answer {
    /// The first part first.
    parts: Vec<String>,
    #[serde(flatten)]
    outcome: Outcome,
}

pub(super) fn run(args: &JoinArgs, output: &mut Output) -> anyhow::Result<Code> {
    let parts = parts(args, output)?;
    let (first, others) = parts.split_first().expect("the parser wants a part at least");
    let read = ReadArgs { references: others.iter().map(Into::into).collect(), mmap: args.mmap };
    let archive = source::open(first, &read, &args.common, output)?;
    output.warn_all(archive.warnings().iter().map(|warning| Warning::of_format(archive.name(), None, warning)));
    let destination_options = args.destination_args.options();
    Destination::check(&args.destination, &destination_options)?;
    parts.iter().try_for_each(|part| destination_options.check_source(&args.destination, part, true))?;
    let plan = ExportPlan::join(&archive, export_options(args)?)?;
    compatible::check(&plan, &args.write.chunks, Some(&args.write.solid), archive.name(), output)?;
    let mut answer = Answer {
        parts: parts.iter().map(|part| part.display().to_string()).collect(),
        outcome: Outcome::planned(&args.destination, &plan, args.write.dry_run),
    };
    if !args.write.dry_run {
        let mut destination = Destination::create(&args.destination, &destination_options)?;
        let written = plan.write(destination.file(), &mut output.progress());
        let summary = written.map_err(|error| error.with_destination(&args.destination))?;
        drop((plan, archive));
        answer.outcome.backup = destination.commit()?.map(|path| path.display().to_string());
        answer.outcome.output = Some((&summary).into());
    }
    if output.json() {
        output.answer(&answer)?;
    } else if args.write.dry_run || !output.quiet() {
        answer.print(output)?;
    }
    Ok(Code::SUCCESS)
}

fn export_options(args: &JoinArgs) -> anyhow::Result<ExportOptions> {
    let mut options = args.write.options(&args.common)?;
    options.guid = args.guid.0;
    Ok(options)
}

/// The files that were named, by the number that each says it has in the set. If there is no first one, opening the set
/// says so.
fn parts(args: &JoinArgs, output: &Output) -> anyhow::Result<Vec<PathBuf>> {
    let alone = ReadArgs { references: Vec::new(), mmap: args.mmap };
    let mut parts = Vec::new();
    for pattern in args.parts.iter().map(Path::new) {
        // What a pattern finds is the set as it is meant to be.
        expand(pattern)?.iter().try_for_each(|part| complete_set(part).map(drop))?;
        for path in expand(pattern)? {
            let number = source::open(&path, &alone, &args.common, output)?.header().part;
            if parts.iter().all(|(_, known)| *known != path) {
                parts.push((number, path));
            }
        }
    }
    parts.sort_by_key(|(number, _)| *number);
    Ok(parts.into_iter().map(|(_, path)| path).collect())
}

impl Answer {
    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        writeln!(out, "{}", Line(&self.outcome.headline()))?;
        let mut rows = Rows::new(&mut out);
        rows.row("From", self.parts.join(", "))?;
        self.outcome.print(&mut rows)?;
        out.flush()
    }
}
