//! `assert` and `verify`: what stops a run.

use crate::Result;
use crate::boot_paths::{KERNEL, LOADERS, SYSTEM_HIVE};
use crate::finalize::StepProblem;
use crate::finalize::profile::Assert;
use crate::finalize::run::{Done, Run};

/// What an image needs to boot, however small it is made; of the two loaders one suffices.
const CRITICAL: [&str; 2] = [SYSTEM_HIVE, KERNEL];

pub(super) fn run(run: &mut Run<'_>, step: &Assert) -> Result<Done> {
    let fail =
        |run: &Run<'_>, what: String| Err(run.fail(StepProblem::Assertion(step.message.clone().unwrap_or(what))));
    if step.exists.is_empty() && step.absent.is_empty() {
        return Err(run.invalid("exists", "an assertion needs `exists` or `absent`"));
    }
    for path in &step.exists {
        let path = run.expand(path)?;
        if !run.editor.exists(&path) {
            return fail(run, format!("there is no {path}"));
        }
        if let Some(least) = step.min_size {
            let inode = run.editor.metadata().inode_of(run.editor.find(&path)?);
            let size = run.editor.data_size(&inode.data_hash());
            if size < least {
                return fail(run, format!("{path} has {size} bytes, less than {least}"));
            }
        }
    }
    for path in &step.absent {
        let path = run.expand(path)?;
        if run.editor.exists(&path) {
            return fail(run, format!("there is a {path}"));
        }
    }
    Ok(Done::default())
}

/// Checks that the image has what it needs to boot.
pub(super) fn verify(run: &mut Run<'_>) -> Result<Done> {
    let missing = CRITICAL.iter().find(|path| !run.editor.exists(path)).copied();
    let loader = LOADERS.iter().any(|path| run.editor.exists(path));
    let missing = missing.or((!loader).then_some(r"\Windows\System32\winload.exe or winload.efi"));
    match missing {
        Some(path) => {
            Err(run.fail(StepProblem::Assertion(format!("there is no {path}: the image would not boot any more"))))
        }
        None => Ok(Done { detail: Some("everything is there that it needs to boot".to_owned()), ..Done::default() }),
    }
}
