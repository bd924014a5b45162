//! A new archive on standard output, in the layout for pipes.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use wim_export::{Error, ExportPlan, StreamTarget};

use super::super::outcome::Outcome;
use super::{Answer, Job, compatible};
use crate::output::Output;

pub(super) fn run(job: Job<'_>, output: &mut Output) -> anyhow::Result<Answer> {
    let plan = ExportPlan::new(&job.archive, &job.images, job.options.clone())?;
    compatible::check(&plan, &job.args.write.chunks, None, job.archive.name(), output)?;
    let mut answer = job.answer(Outcome::planned(job.destination, &plan, job.args.write.dry_run));
    if !job.args.write.dry_run {
        let written = plan.write(&mut StreamTarget::new(io::stdout()), &mut output.progress());
        answer.outcome.output = Some((&written.map_err(name_pipe)?).into());
    }
    Ok(answer)
}

/// Of an archive, whoever reads it must have all: a pipe that is closed early is a failure here.
fn name_pipe(error: Error) -> Error {
    match error {
        Error::Write { offset, size, total, source, .. } => {
            let source = match source.kind() {
                ErrorKind::BrokenPipe => io::Error::other("whoever reads it has closed the pipe"),
                _ => source,
            };
            Error::Write { path: Some(PathBuf::from("standard output")), offset, size, total, source }
        }
        other => other,
    }
}
