//! Rules about what readers tolerate, and the format does not allow: each is a warning of the parsers, and what it leads to.

use wim_format::WarningKind;

use super::container::{MICROSOFT, READERS};
use super::rule::{Check, Consumer, Rule, Severity};

/// A rule that is broken where the parsers warn of `kind`.
const fn rule(
    id: &'static str,
    severity: Severity,
    consumers: &'static [Consumer],
    kind: WarningKind,
    reason: &'static str,
) -> Rule {
    Rule { id, severity, consumers, reason, check: Check::Format(kind) }
}

pub(super) const RULES: &[Rule] = &[
    rule(
        "stale-metadata",
        Severity::Error,
        &[Consumer::Wimboot],
        WarningKind::StaleMetadata,
        "wimboot counts metadata resources that no image uses, too, and takes the wrong image",
    ),
    rule(
        "write-in-progress",
        Severity::Warning,
        READERS,
        WarningKind::WriteInProgress,
        "its writer is at work or died; WIMGAPI does not open it for writing",
    ),
    rule(
        "blob-table-length",
        Severity::Warning,
        MICROSOFT,
        WarningKind::BlobTableTail,
        "software that checks the table's length refuses the archive, as 7-Zip does",
    ),
    rule(
        "duplicate-blob",
        Severity::Warning,
        MICROSOFT,
        WarningKind::DuplicateBlob,
        "some readers refuse an archive that lists a hash twice, as 7-Zip does",
    ),
    rule(
        "empty-blob",
        Severity::Warning,
        MICROSOFT,
        WarningKind::EmptyBlob,
        "an empty file has no blob; nothing of Microsoft's writes one",
    ),
    rule(
        "overlap",
        Severity::Warning,
        READERS,
        WarningKind::Overlap,
        "of two resources that share bytes, one is not what it claims to be",
    ),
    rule(
        "xml-byte-order-mark",
        Severity::Error,
        MICROSOFT,
        WarningKind::XmlWithoutBom,
        "imagex.exe refuses XML data that does not begin with a byte order mark",
    ),
    rule(
        "xml-encoding",
        Severity::Warning,
        MICROSOFT,
        WarningKind::XmlIllFormed,
        "XML parsers refuse text with halves of characters",
    ),
    rule(
        "xml-image-count",
        Severity::Error,
        MICROSOFT,
        WarningKind::XmlCountMismatch,
        "the XML has to describe as many images as the header counts",
    ),
    rule(
        "gaps",
        Severity::Warning,
        MICROSOFT,
        WarningKind::TrailingBytes,
        "software that checks metadata and XML to their ends refuses the archive, as 7-Zip does",
    ),
    rule(
        "security-id",
        Severity::Warning,
        MICROSOFT,
        WarningKind::BadSecurityId,
        "software that checks the number refuses the image, as 7-Zip does",
    ),
    rule(
        "security-length",
        Severity::Error,
        READERS,
        WarningKind::SecurityLength,
        "readers find the tree behind the security data, by its length",
    ),
    rule(
        "entry-name",
        Severity::Error,
        MICROSOFT,
        WarningKind::BadName,
        "software that trusts such names writes outside of the folder that it extracts to",
    ),
    rule(
        "duplicate-name",
        Severity::Warning,
        READERS,
        WarningKind::DuplicateName,
        "which of two entries of one name is meant, every reader decides for itself",
    ),
    rule(
        "children-of-file",
        Severity::Warning,
        MICROSOFT,
        WarningKind::ChildrenOfNonDirectory,
        "what lies in something that is no directory is not found",
    ),
    rule(
        "hard-links",
        Severity::Warning,
        MICROSOFT,
        WarningKind::InconsistentLinks,
        "names of one file that differ in their data become one file, with the data of any of them",
    ),
    rule(
        "surplus-stream",
        Severity::Warning,
        MICROSOFT,
        WarningKind::SurplusStream,
        "a file has one unnamed stream; readers take the first or the last",
    ),
];
