//! The file of `--status-file`: how far a run is, for whoever watches it. Its fields are those of Configuration Manager's
//! `QueryOSDBinaryInjectionStatus`.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;
use wim_export::{Event, Progress};

use super::{Bar, Failure};
use crate::profiles::write_atomically;

/// How often the file is written at most.
const INTERVAL: Duration = Duration::from_millis(500);

#[derive(Clone, Copy)]
enum Status {
    Done = 0,
    Running = 1,
    Failed = 2,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Content<'a> {
    #[serde(rename = "ContextID")]
    context_id: &'a str,
    status: u32,
    progress: u64,
    max_progress: u64,
    progress_text: &'a str,
    error_code: i32,
    extended_error_info: Option<&'a Failure>,
}

/// A bar whose progress also goes into a file, if there is to be one.
pub(crate) struct StatusFile {
    bar: Bar,
    path: Option<PathBuf>,
    context_id: String,
    last: Option<Instant>,
    done: u64,
    total: u64,
}

impl StatusFile {
    /// Says in the file at `path` that the run has begun.
    ///
    /// # Errors
    /// If the file cannot be written, which is found out before anything else is done.
    pub(crate) fn begin(path: Option<PathBuf>, bar: Bar) -> wim_export::Result<Self> {
        let context_id = std::process::id().to_string();
        let mut status = Self { bar, path, context_id, last: None, done: 0, total: 0 };
        status.write(Status::Running, "starting", None)?;
        Ok(status)
    }

    /// Says how the run ended.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn end(mut self, failure: Option<&Failure>) -> wim_export::Result<()> {
        match failure {
            None => {
                self.done = self.total;
                self.write(Status::Done, "done", None)
            }
            Some(failure) => self.write(Status::Failed, "failed", Some(failure)),
        }
    }

    fn write(&mut self, status: Status, text: &str, failure: Option<&Failure>) -> wim_export::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        self.last = Some(Instant::now());
        let content = Content {
            context_id: &self.context_id,
            status: status as u32,
            progress: self.done,
            max_progress: self.total,
            progress_text: text,
            error_code: failure.map_or(0, |failure| failure.hresult.number()),
            extended_error_info: failure,
        };
        let bytes = serde_json::to_vec(&content).expect("a status is JSON");
        write_atomically(path, &bytes)
    }
}

impl Progress for StatusFile {
    fn event(&mut self, event: Event) -> ControlFlow<()> {
        (self.done, self.total) = (event.done, event.total);
        if self.last.is_none_or(|last| last.elapsed() >= INTERVAL) {
            // A status that cannot be written is no reason to stop; its end is written again, and checked.
            let _ = self.write(Status::Running, super::progress::phase_name(event.phase), None);
        }
        self.bar.event(event)
    }
}
