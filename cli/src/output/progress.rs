//! The progress bar, and the way in which Ctrl-C stops an operation.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wim_export::{Event, Phase, Progress};

use crate::signals::Interrupt;

/// Runs shorter than this show no bar.
const PATIENCE: Duration = Duration::from_secs(1);

const TEMPLATE: &str =
    "{msg:9} [{bar:30}] {percent:>3}%  {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}";

/// Draws a bar on a terminal, and cancels once the user has interrupted.
pub(crate) struct Bar {
    interrupt: Arc<Interrupt>,
    visible: bool,
    started: Instant,
    bar: Option<ProgressBar>,
    phase: Option<Phase>,
}

impl Bar {
    /// A bar that is drawn only if it is `visible`, and only once the run has taken a while.
    pub(super) fn new(interrupt: Arc<Interrupt>, visible: bool) -> Self {
        Self { interrupt, visible, started: Instant::now(), bar: None, phase: None }
    }

    fn draw(&mut self, event: Event) {
        let bar = self.bar.get_or_insert_with(|| {
            let style =
                ProgressStyle::with_template(TEMPLATE).expect("the template is well-formed").progress_chars("=> ");
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style)
        });
        if self.phase != Some(event.phase) {
            self.phase = Some(event.phase);
            bar.set_message(phase_name(event.phase));
            bar.reset();
        }
        bar.set_length(event.total);
        bar.set_position(event.done);
    }
}

impl Progress for Bar {
    fn event(&mut self, event: Event) -> ControlFlow<()> {
        if self.visible && self.started.elapsed() >= PATIENCE {
            self.draw(event);
        }
        if self.interrupt.is_set() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Verify => "verify",
        Phase::Write => "write",
        Phase::Integrity => "integrity",
        Phase::Sync => "sync",
        _ => "work",
    }
}
