//! Environment variables.

use std::env;

use wim_format::FileTime;

use crate::usage::Usage;

/// Seconds since 1970 that stand for the time of a build: <https://reproducible-builds.org/specs/source-date-epoch/>.
const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

/// The modification time that a new archive is to state, if the environment says one.
///
/// # Errors
/// If the variable is no number, which a build that depends on it must not find out too late.
pub(crate) fn source_date_epoch() -> Result<Option<FileTime>, Usage> {
    let Some(value) = env::var_os(SOURCE_DATE_EPOCH) else { return Ok(None) };
    let seconds = value.to_str().and_then(|value| value.parse::<i64>().ok()).filter(|seconds| *seconds >= 0);
    let invalid =
        || Usage::new(format!("{SOURCE_DATE_EPOCH} is {value:?}, but must be a number of seconds since 1970"));
    seconds.map(|seconds| Some(FileTime::from_unix_seconds(seconds))).ok_or_else(invalid)
}

/// Whether messages may be coloured, which <https://no-color.org> has a variable against.
pub(crate) fn allows_colour() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb")
}
