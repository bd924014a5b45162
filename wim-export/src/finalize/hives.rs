//! The registry hives of an image, as steps read and change them.

use wim_hive::Hive;

use super::StepProblem;
use super::run::Run;
use crate::{Error, ImageEditor, ImageHive, Result};

/// Reads a hive, by its name or path.
pub(super) fn open(run: &Run<'_>, name: &str) -> Result<ImageHive> {
    ImageHive::open(run.editor, name).map_err(|error| of_step(run, error))
}

/// Changes a hive. Returns whether it changed; then its logs are gone, too.
pub(super) fn change(
    run: &mut Run<'_>,
    name: &str,
    change: impl FnOnce(&mut Hive) -> wim_hive::Result<()>,
) -> Result<bool> {
    let mut hive = open(run, name)?;
    change(&mut hive.hive).map_err(|error| of_step(run, Error::hive(hive.path())(error)))?;
    hive.save(run.editor).map_err(|error| of_step(run, error))?;
    Ok(hive.hive.is_changed())
}

/// What is wrong with a hive, or with its name, is the step's error.
pub(super) fn of_step(run: &Run<'_>, error: Error) -> Error {
    match error {
        Error::Hive { path, source } => run.fail(StepProblem::Hive { path, source }),
        Error::InvalidArgument { value, expected, .. } => {
            run.invalid("hive", format!("{value} is no hive: {expected}"))
        }
        other => other,
    }
}

/// The first hive of those with names that is there and not clean, and why.
pub(super) fn unclean(editor: &ImageEditor) -> Result<Option<String>> {
    for name in ImageHive::names() {
        match ImageHive::open(editor, name) {
            Err(error @ Error::Hive { .. }) => return Ok(Some(describe(&error))),
            // No image has all of them.
            Ok(_) | Err(Error::Edit { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn describe(error: &Error) -> String {
    match error {
        Error::Hive { path, source } => format!("{path}: {source}"),
        other => other.to_string(),
    }
}
