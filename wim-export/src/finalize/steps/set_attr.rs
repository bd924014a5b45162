//! `set_attr` and `rename`.

use wim_format::{DentryId, FileAttributes};

use super::add::security;
use crate::finalize::profile::{OnMissing, Rename, SetAttr, Times};
use crate::finalize::run::{Done, Run};
use crate::{Error, Glob, NewSecurity, Result};

pub(super) fn run(run: &mut Run<'_>, step: &SetAttr) -> Result<Done> {
    let (set, clear) = (attributes(run, "set", &step.set)?, attributes(run, "clear", &step.clear)?);
    let time = match (step.times, run.options.time) {
        (Times::Source, _) => None,
        (Times::Epoch, Some(time)) => Some(time),
        (Times::Epoch, None) => {
            return Err(run.invalid("times", "`epoch` is the time of SOURCE_DATE_EPOCH, which is not set"));
        }
    };
    let security = step.security.as_deref().map(|text| security(run, text)).transpose()?;
    if security == Some(NewSecurity::Inherit) {
        return Err(run.invalid("security", "what is there has inherited already; `none` or a descriptor in SDDL is"));
    }
    let mut found: Vec<DentryId> = Vec::new();
    for pattern in &step.paths {
        let pattern = run.expand(pattern)?;
        let glob = Glob::parse(&pattern).map_err(|error| run.invalid("paths", error.to_string()))?;
        let matching = glob.find(run.editor.metadata());
        if matching.is_empty() {
            run.no_match(&pattern, OnMissing::Warn)?;
        }
        found.extend(matching);
    }
    let mut changed = false;
    for id in found {
        let before = run.editor.metadata().inode_of(id).clone();
        run.editor.set_attributes_of(id, set, clear);
        let path = run.editor.metadata().path(id);
        run.editor.set_times(&path, time, time, time)?;
        match &security {
            Some(NewSecurity::Descriptor(descriptor)) => run.editor.set_security(&path, Some(descriptor))?,
            Some(NewSecurity::None) => run.editor.set_security(&path, None)?,
            Some(NewSecurity::Inherit) | None => {}
        }
        changed |= *run.editor.metadata().inode_of(id) != before;
    }
    Ok(Done::changed(changed))
}

pub(super) fn attributes(run: &Run<'_>, key: &'static str, names: &[String]) -> Result<FileAttributes> {
    super::add::named(names).map_err(|why| run.invalid(key, why))
}

pub(super) fn rename(run: &mut Run<'_>, step: &Rename) -> Result<Done> {
    let (from, to) = (run.expand(&step.from)?, run.expand(&step.to)?);
    match run.editor.find(&from) {
        Ok(id) => {
            let check = run.protection.check(run.editor.metadata(), [id]);
            check.map_err(|problem| run.fail(problem))?;
        }
        Err(Error::Edit { .. }) => {
            run.no_match(&from, OnMissing::Error)?;
            return Ok(Done::default());
        }
        Err(error) => return Err(error),
    }
    let before = run.editor.metadata().entry_count();
    run.editor.rename(&from, &to, step.overwrite)?;
    let removed = (before - run.editor.metadata().entry_count()) as u64;
    Ok(Done { removed, changed: true, ..Done::default() })
}
