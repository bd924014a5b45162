//! `delete`: everything that matches, but for what is excepted, protected or to be kept.

use std::collections::BTreeSet;

use wim_format::DentryId;

use crate::finalize::StepProblem;
use crate::finalize::profile::{Delete, Keep, OnMissing};
use crate::finalize::run::{Done, Run};
use crate::{Glob, Result};

pub(super) fn run(run: &mut Run<'_>, step: &Delete) -> Result<Done> {
    let except = globs(run, "except", &step.except)?;
    let mut doomed = BTreeSet::new();
    for pattern in &step.paths {
        let pattern = run.expand(pattern)?;
        let found = matching(run, &pattern, step.keep)?;
        if found.is_empty() {
            run.no_match(&pattern, OnMissing::Ignore)?;
        }
        doomed.extend(found);
    }
    let doomed = entries(run, &doomed, &except, step.keep);
    check(run, step, &doomed)?;
    let mut removed = 0;
    // What is in a directory goes before it, and a directory only if nothing is left in it.
    for &id in doomed.iter().rev() {
        let inode = run.editor.metadata().inode_of(id);
        if !inode.is_directory() || inode.children.is_empty() {
            let path = run.editor.metadata().path(id);
            removed += run.editor.remove_entry(id).map_err(|why| crate::Error::Edit { path, why })? as u64;
        }
    }
    Ok(Done { removed, ..Done::default() })
}

fn globs(run: &Run<'_>, key: &'static str, patterns: &[String]) -> Result<Vec<Glob>> {
    let parse =
        |pattern: &String| Glob::parse(&run.expand(pattern)?).map_err(|error| run.invalid(key, error.to_string()));
    patterns.iter().map(parse).collect()
}

/// What a pattern matches; with the directory before a final `**`, if nothing is to be kept.
fn matching(run: &Run<'_>, pattern: &str, keep: Keep) -> Result<Vec<DentryId>> {
    let parse = |text: &str| Glob::parse(text).map_err(|error| run.invalid("paths", error.to_string()));
    let mut found = parse(pattern)?.find(run.editor.metadata());
    let directory = pattern.strip_suffix("**").map(|directory| directory.trim_end_matches(['\\', '/']));
    if let Some(directory) = directory.filter(|directory| keep == Keep::None && !directory.is_empty()) {
        let metadata = run.editor.metadata();
        let is_directory = |id: &DentryId| metadata.inode_of(*id).is_directory();
        found.extend(parse(directory)?.find(metadata).into_iter().filter(is_directory));
    }
    Ok(found)
}

/// Everything that goes, each directory before what is in it: what matched and what is in it, without what is excepted.
fn entries(run: &Run<'_>, matched: &BTreeSet<DentryId>, except: &[Glob], keep: Keep) -> Vec<DentryId> {
    let metadata = run.editor.metadata();
    let mut found = Vec::new();
    let mut walk = metadata.walk();
    // The levels above the current entry that matched.
    let mut below: Option<usize> = None;
    while let Some((id, dentry)) = walk.next() {
        if below.is_some_and(|level| walk.depth() <= level) {
            below = None;
        }
        if below.is_none() && matched.contains(&id) {
            below = Some(walk.depth());
        }
        let Some(_) = below else { continue };
        if except.iter().any(|glob| glob.matches_entry(metadata, id)) {
            walk.skip_children();
            continue;
        }
        if keep != Keep::Tree || !metadata.inode(dentry.inode).is_directory() {
            found.push(id);
        }
    }
    found
}

fn check(run: &Run<'_>, step: &Delete, doomed: &[DentryId]) -> Result<()> {
    let metadata = run.editor.metadata();
    if let Some(&id) = doomed.iter().find(|&&id| run.protection.is_protected(metadata, id)) {
        return Err(run.fail(StepProblem::Protected(metadata.path(id))));
    }
    match step.max_entries {
        Some(limit) if doomed.len() as u64 > limit => {
            Err(run.fail(StepProblem::TooMany { found: doomed.len() as u64, limit }))
        }
        _ => Ok(()),
    }
}
