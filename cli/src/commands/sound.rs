//! Whether an archive is in order, for the verbs that build on it.

use std::collections::HashMap;

use wim_export::{Archive, Sha256Hash, VerifyOptions};
use wim_format::Sha1Hash;

use crate::args::CommonArgs;
use crate::output::Output;

/// Checks all of `archive`.
///
/// # Errors
/// The first thing that is wrong with it.
pub(crate) fn require(archive: &Archive, common: &CommonArgs, output: &Output) -> anyhow::Result<()> {
    require_as(archive, VerifyOptions::default(), common, output)
}

/// Checks of `archive` what `options` say. Whoever changes an archive in place does so first: what is damaged already shall
/// not look as if the change had done it.
///
/// # Errors
/// The first thing that is wrong with it.
pub(crate) fn require_as(
    archive: &Archive,
    options: VerifyOptions,
    common: &CommonArgs,
    output: &Output,
) -> anyhow::Result<()> {
    check(archive, options, common, output).map(|_| ())
}

/// Checks all of `archive`, and returns the SHA-256 of its blobs.
///
/// # Errors
/// The first thing that is wrong with it.
pub(crate) fn hashes(
    archive: &Archive,
    common: &CommonArgs,
    output: &Output,
) -> anyhow::Result<HashMap<Sha1Hash, Sha256Hash>> {
    let mut options = VerifyOptions::default();
    options.sha256 = true;
    check(archive, options, common, output)
}

fn check(
    archive: &Archive,
    mut options: VerifyOptions,
    common: &CommonArgs,
    output: &Output,
) -> anyhow::Result<HashMap<Sha1Hash, Sha256Hash>> {
    options.threads = common.threads;
    options.memory = common.memory;
    let report = wim_export::verify(archive, &options, &mut output.progress())?;
    match report.problems.into_iter().next() {
        Some(problem) => Err(problem.into()),
        None => Ok(report.sha256),
    }
}
