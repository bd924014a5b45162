//! The progress bar, and the way in which Ctrl-C stops an operation.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wim_export::{Event, Phase, Progress};

use super::text::short_size;
use crate::signals::Interrupt;

/// Runs shorter than this show no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// What, how much, and how fast; the prefix has the rate.
const TEMPLATE: &str = "{msg:9} [{bar:20}] {percent:>3}%  {binary_bytes} of {binary_total_bytes}, {prefix}/s";

/// Draws a bar on a terminal, and cancels once the user has interrupted.
pub(crate) struct Bar {
    interrupt: Arc<Interrupt>,
    visible: bool,
    started: Instant,
    /// What is being done, and since when.
    phase: Option<(Phase, Instant)>,
    bar: Option<ProgressBar>,
}

impl Bar {
    /// A bar that is drawn only if it is `visible`, and only once the run has taken a while.
    pub(super) fn new(interrupt: Arc<Interrupt>, visible: bool) -> Self {
        Self { interrupt, visible, started: Instant::now(), phase: None, bar: None }
    }

    /// When the phase of `event` began.
    fn since(&mut self, event: Event) -> Instant {
        match self.phase {
            Some((phase, since)) if phase == event.phase => since,
            _ => self.phase.insert((event.phase, Instant::now())).1,
        }
    }

    fn draw(&mut self, event: Event, since: Instant) {
        let rate = event.done as f64 / since.elapsed().as_secs_f64().max(0.001);
        let update = |bar: &ProgressBar| {
            bar.set_message(phase_name(event.phase));
            bar.set_prefix(short_size(rate as u64));
            bar.set_length(event.total);
            bar.set_position(event.done);
        };
        match &self.bar {
            Some(bar) => update(bar),
            None => {
                let style = ProgressStyle::with_template(TEMPLATE).expect("the template is well-formed");
                // Hidden at first: it shall not be drawn before it has something to show.
                let bar = ProgressBar::hidden().with_style(style.progress_chars("=> "));
                update(&bar);
                bar.set_draw_target(ProgressDrawTarget::stderr());
                self.bar = Some(bar);
            }
        }
    }
}

impl Progress for Bar {
    fn event(&mut self, event: Event) -> ControlFlow<()> {
        let since = self.since(event);
        if self.visible && self.started.elapsed() >= PATIENCE {
            self.draw(event, since);
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

pub(super) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Hash => "hash",
        Phase::Add => "add",
        Phase::Verify => "verify",
        Phase::Read => "extract",
        Phase::Write => "write",
        Phase::Integrity => "integrity",
        Phase::Sync => "sync",
        _ => "work",
    }
}
