//! More images for an archive that is there.

use wim_export::{AppendPlan, Archive};

use super::super::outcome::{Appended, Outcome, OutputFacts};
use super::super::sound;
use super::{Answer, Job};
use crate::args::ReadArgs;
use crate::output::Output;
use crate::source;

pub(super) fn run(mut job: Job<'_>, output: &mut Output) -> anyhow::Result<Answer> {
    let Job { args, destination, .. } = job;
    // What is not solid is compressed as it is in the archive, unless the user says that it is another way.
    job.options.compression = args.write.encode.compress.map(|spec| spec.compression);
    // What a delta archive lacks is where the user says, as it is for the source.
    let read = ReadArgs { references: args.read.references.clone(), mmap: false };
    if args.write.dry_run {
        let base = source::open(destination, &read, &args.common, output)?;
        let plan = AppendPlan::new(&base, &job.archive, &job.images, job.options.clone())?;
        return Ok(job.answer(outcome(&job, &base, &plan)));
    }
    let mut file = source::open_for_changes(destination, &read, &args.common)?;
    let plan = AppendPlan::new(file.archive(), &job.archive, &job.images, job.options.clone())?;
    let mut answer = job.answer(outcome(&job, file.archive(), &plan));
    if !args.write.encode.no_verify {
        // What is damaged already shall be found before it looks as if this run had done it.
        sound::require(file.archive(), &args.common, output)?;
    }
    let written = plan.write(file.file(), &mut output.progress());
    let written = written.map_err(|error| error.with_destination(destination))?;
    answer.outcome.output = Some(OutputFacts::of_update(&written, &plan.summary(), !args.write.encode.no_verify));
    Ok(answer)
}

fn outcome(job: &Job<'_>, base: &Archive, plan: &AppendPlan) -> Outcome {
    Outcome {
        destination: job.destination.display().to_string(),
        backup: None,
        dry_run: job.args.write.dry_run,
        compression: base.header().compression().to_string(),
        chunk_size: base.header().chunk_size,
        appended: Some(Appended { first_image: base.image_count() + 1, old_size: base.file_len() }),
        plan: plan.summary().into(),
        output: None,
    }
}
