//! The kinds of steps, one file each, or one for several that are alike.

mod add;
mod assert;
mod background;
mod component;
mod delete;
mod driver;
mod locale;
mod registry;
mod set_attr;
mod settings;
mod text;
mod wimboot;

use super::host::HostError;
use super::profile::Action;
use super::run::{Done, Run};
use crate::Result;

/// Does a step.
pub(super) fn run(run: &mut Run<'_>, action: &Action) -> Result<Done> {
    match action {
        Action::Assert(step) => assert::run(run, step),
        Action::Delete(step) => delete::run(run, step),
        Action::Add(step) => add::run(run, step),
        Action::Rename(step) => set_attr::rename(run, step),
        Action::SetAttr(step) => set_attr::run(run, step),
        Action::Text(step) => text::run(run, step),
        Action::WinPeShl(step) => text::winpeshl(run, step),
        Action::Registry(step) => registry::run(run, step),
        Action::ScratchSpace(step) => settings::scratch_space(run, step),
        Action::TargetPath(step) => settings::target_path(run, step),
        Action::Locale(step) => locale::run(run, step),
        Action::TimeZone(step) => settings::timezone(run, step),
        Action::Driver(step) => driver::run(run, step),
        Action::Component(step) => component::run(run, step),
        Action::Background(step) => background::run(run, step),
        Action::WimbootReady(step) => wimboot::run(run, step),
        // Whoever writes the archive does it.
        Action::Recompress => Ok(Done { detail: Some("everything is compressed anew".to_owned()), ..Done::default() }),
        Action::Verify => assert::verify(run),
        Action::Note(note) => Ok(Done { detail: Some(note.text.clone()), ..Done::default() }),
    }
}

/// The error of a file of the host.
fn host(run: &Run<'_>) -> impl Fn(HostError) -> crate::Error {
    let label = run.label.clone();
    move |error| match error {
        HostError::Step(problem) => super::run::failed(&label, problem),
        HostError::System(error) => error,
    }
}
