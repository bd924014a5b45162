//! A new archive, which takes its place when it is complete.

use wim_export::{Destination, ExportPlan};

use super::super::outcome::Outcome;
use super::{Answer, Job, compatible};
use crate::output::Output;

pub(super) fn run(job: Job<'_>, output: &mut Output) -> anyhow::Result<Answer> {
    let Job { args, destination: path, .. } = job;
    let destination_options = args.destination_args.options();
    // Whatever would keep the new archive from its place is found out before any work.
    Destination::check(path, &destination_options)?;
    let loses_images = job.images.len() < job.archive.image_count() as usize;
    destination_options.check_source(path, &args.source, loses_images)?;
    job.references.iter().try_for_each(|reference| destination_options.check_source(path, reference, true))?;
    let plan = ExportPlan::new(&job.archive, &job.images, job.options.clone())?;
    compatible::check(&plan, &args.write.chunks, Some(&args.write.solid), job.archive.name(), output)?;
    let mut answer = job.answer(Outcome::planned(path, &plan, args.write.dry_run));
    if args.write.dry_run {
        return Ok(answer);
    }
    let mut destination = Destination::create(path, &destination_options)?;
    let written = plan.write(destination.file(), &mut output.progress());
    let summary = written.map_err(|error| error.with_destination(path))?;
    // Windows does not rename over a file that is open, as the source is if it is also the destination.
    drop((plan, job));
    let backup = destination.commit()?;
    answer.outcome.output = Some((&summary).into());
    answer.outcome.backup = backup.map(|path| path.display().to_string());
    Ok(answer)
}
