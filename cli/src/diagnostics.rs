//! What is said of an error: what, where and why, a stable name for scripts, and what to try.

use std::io::ErrorKind;
use std::iter::successors;

use wim_export::boot::ReturnCode;
use wim_export::{DestinationProblem, EditProblem, Error, Subject};
use wim_format::ErrorKind as FormatErrorKind;
use wim_hive::Error as HiveError;

use crate::exit_code::return_code;
use crate::output::{Failure, diagnose_error, note};
use crate::usage::Usage;

/// The stable name of what `verify --manifest` finds.
const MANIFEST_DIFFERS: &str = "manifest_differs";
/// The stable name of what `check` finds.
const RULES_BROKEN: &str = "rules_broken";
/// The stable name of what `diff` finds.
const IMAGES_DIFFER: &str = "images_differ";

impl Failure {
    /// What is said of an error that ended a run.
    pub(crate) fn new(error: &anyhow::Error) -> Self {
        let known = error.downcast_ref::<Error>();
        Self {
            code: match known {
                Some(error) => code(error),
                None if error.is::<Usage>() => "usage",
                None => "internal",
            },
            message: error.to_string(),
            causes: error.chain().skip(1).map(ToString::to_string).collect(),
            hint: known.and_then(hint),
            hresult: return_code(error).into(),
        }
    }

    /// What is said of an error that a check found, and that ended nothing.
    pub(crate) fn of(error: &Error) -> Self {
        let causes = successors(std::error::Error::source(error), |cause| cause.source());
        Self {
            code: code(error),
            message: error.to_string(),
            causes: causes.map(ToString::to_string).collect(),
            hint: None,
            hresult: ReturnCode::from(error).into(),
        }
    }

    /// What is said of an archive that is in order, but not what it should be.
    pub(crate) fn differs(message: String, causes: Vec<String>) -> Self {
        Self { code: MANIFEST_DIFFERS, message, causes, hint: None, hresult: ReturnCode::ERROR_INVALID_DATA.into() }
    }

    /// What is said of an archive that breaks rules.
    pub(crate) fn check(message: String, causes: Vec<String>) -> Self {
        Self { code: RULES_BROKEN, message, causes, hint: None, hresult: ReturnCode::ERROR_INVALID_DATA.into() }
    }

    /// What is said of two images that differ.
    pub(crate) fn different(message: String) -> Self {
        let hresult = ReturnCode::ERROR_INVALID_DATA.into();
        Self { code: IMAGES_DIFFER, message, causes: Vec::new(), hint: None, hresult }
    }

    /// Everything in a line: `boot.wim: blob 1f3a… (\Windows\x.dll): chunk 17 at 0x12f3a0: match before the start`.
    pub(crate) fn line(&self) -> String {
        let mut line = self.message.clone();
        for cause in &self.causes {
            line.push_str(": ");
            line.push_str(cause);
        }
        line
    }

    /// Tells the user.
    pub(crate) fn print(&self) {
        diagnose_error(&self.line());
        if let Some(hint) = &self.hint {
            note(&format!("hint: {hint}"));
        }
    }
}

/// A stable name for scripts.
fn code(error: &Error) -> &'static str {
    match error {
        Error::Io { source, .. } => match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => "not_found",
            ErrorKind::PermissionDenied => "access_denied",
            _ => "io",
        },
        Error::Read { .. } => "read_failed",
        Error::Write { .. } => "write_failed",
        Error::Format { source, .. } => format_code(source.kind()),
        Error::Decompress { .. } => "decompression_failed",
        Error::HashMismatch { .. } => "hash_mismatch",
        Error::Integrity { .. } => "integrity_mismatch",
        Error::MissingBlob { .. } => "missing_blob",
        Error::MissingMetadata { .. } => "missing_metadata",
        Error::NoSuchImage { .. } => "no_such_image",
        Error::AmbiguousImage { .. } => "ambiguous_image",
        Error::NoSuchPath { .. } => "no_such_path",
        Error::NotAFile { .. } => "not_a_file",
        Error::SplitSet { .. } => "split_set",
        Error::ForeignPart { .. } => "foreign_part",
        Error::Unsupported { .. } => "unsupported",
        Error::InvalidArgument { .. } => "invalid_argument",
        Error::Memory { .. } => "memory",
        Error::Edit { why: EditProblem::NoSuchPath, .. } => "no_such_path",
        Error::Edit { .. } => "not_to_be_edited",
        Error::Hive { source, .. } => hive_code(source),
        Error::SourceChanged { .. } => "source_changed",
        Error::Profile { .. } => "profile",
        Error::Step { .. } => "step",
        Error::Update { .. } => "not_to_be_changed",
        Error::Destination { why, .. } => destination_code(*why),
        Error::Source { .. } => "source_not_a_file",
        Error::BootImage { .. } => "not_the_boot_image_wanted",
        Error::AdkNotFound { .. } => "adk_not_found",
        Error::Component { .. } => "component",
        Error::Remote { .. } => "commit_failed",
        Error::Tar { .. } => "tar",
        Error::Cancelled => "cancelled",
        Error::Internal(_) => "internal",
        _ => "other",
    }
}

const fn format_code(kind: FormatErrorKind) -> &'static str {
    match kind {
        FormatErrorKind::NotAWim => "not_a_wim",
        FormatErrorKind::UnsupportedVersion(_) => "unsupported_version",
        FormatErrorKind::Incomplete => "incomplete",
        FormatErrorKind::Encrypted => "encrypted",
        FormatErrorKind::Limit { .. } => "over_limit",
        _ => "malformed",
    }
}

const fn hive_code(error: &HiveError) -> &'static str {
    match error {
        HiveError::NoSuchKey(_) => "no_such_key",
        HiveError::NoSuchValue(_) => "no_such_value",
        HiveError::RegFile { .. } => "reg_file",
        HiveError::Dirty { .. } | HiveError::Checksum { .. } => "hive_dirty",
        HiveError::Limit { .. } => "over_limit",
        HiveError::Root | HiveError::Name(_) => "invalid_argument",
        _ => "hive_damaged",
    }
}

const fn destination_code(why: DestinationProblem) -> &'static str {
    match why {
        DestinationProblem::InvalidName => "destination_name_invalid",
        DestinationProblem::NoParent => "destination_folder_missing",
        DestinationProblem::NotAFile => "destination_not_a_file",
        DestinationProblem::Exists => "destination_exists",
        DestinationProblem::Locked => "destination_locked",
        DestinationProblem::IsSource => "destination_is_source",
        DestinationProblem::Unfinished => "destination_unfinished",
        _ => "destination",
    }
}

/// What to try, where the message itself does not say it.
fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Decompress { archive, .. } | Error::HashMismatch { archive, .. } | Error::Integrity { archive, .. } => {
            return Some(format!(
                "`wimsmith verify '{archive}'` lists all that is damaged; get the file again if you can"
            ));
        }
        Error::NoSuchPath { archive, image, .. } => {
            return Some(format!("`wimsmith ls '{archive}' {image} --recursive` lists what there is"));
        }
        Error::MissingBlob { subject: Subject::Blob { .. }, .. } => {
            "if the archive came from a download or a copy, compare its size with the original's"
        }
        Error::Format { source, .. } => return format_hint(source.kind()).map(str::to_owned),
        Error::Write { source, .. } | Error::Io { source, .. } => match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room, or write to another disk",
            ErrorKind::FileTooLarge => "the file system, or a limit of the shell (ulimit -f), has no larger files",
            ErrorKind::PermissionDenied => "look at the permissions of the file and of its folder",
            ErrorKind::ReadOnlyFilesystem => "write somewhere else",
            _ => return None,
        },
        Error::Source { .. } => "name a .wim, .esd or .swm file; a pipe's data must be copied into a file first",
        _ => return None,
    };
    Some(hint.to_owned())
}

const fn format_hint(kind: FormatErrorKind) -> Option<&'static str> {
    match kind {
        FormatErrorKind::NotAWim => {
            Some("archives have names like .wim, .esd and .swm; an .iso has them inside, in sources")
        }
        FormatErrorKind::OutOfBounds { .. } | FormatErrorKind::Truncated => {
            Some("the file may have been cut off; compare its size with the original's")
        }
        FormatErrorKind::Limit { .. } => {
            Some("--limits default accepts more, if you trust where the archive comes from")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;
    use wim_format::Section;

    use super::*;

    #[test]
    fn an_error_says_what_where_why_and_what_to_try() {
        let source = wim_format::Error::new(FormatErrorKind::NotAWim, Section::Header, 0);
        let error = Error::Format { archive: "x.iso".into(), subject: None, source };
        let failure = Failure::new(&anyhow::Error::from(error));
        assert_eq!(failure.code, "not_a_wim");
        assert_eq!(failure.line(), "x.iso: header at 0x0: not a WIM archive (the magic does not match)");
        assert_eq!(failure.causes.len(), 1);
        assert!(failure.hint.is_some());
    }

    #[test]
    fn context_hides_nothing() {
        let error = Err::<(), _>(Error::Cancelled).context("boot.wim").unwrap_err();
        let failure = Failure::new(&error);
        assert_eq!((failure.code, failure.line().as_str()), ("cancelled", "boot.wim: cancelled"));
    }
}
