//! Rules about directory entries and streams.

use wim_format::{FileAttributes, FileTime};

use super::container::{BOOT, MICROSOFT, READERS};
use super::rule::{Check, Consumer, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "missing-blob",
        severity: Severity::Error,
        consumers: READERS,
        reason: "a file whose data is not there cannot be read",
        check: Check::Entries("the archive lacks the data of files", |image, _, inode| {
            inode.streams().any(|stream| !stream.hash.is_zero() && image.archive.blob(&stream.hash).is_none())
        }),
    },
    Rule {
        id: "zero-times",
        severity: Severity::Warning,
        consumers: BOOT,
        reason: "Windows complains of boot files without times",
        check: Check::BootEntries("files have no time", |image, id, inode| {
            id != image.metadata.root() && [inode.creation_time, inode.last_write_time].contains(&FileTime(0))
        }),
    },
    Rule {
        id: "directory-data",
        severity: Severity::Error,
        consumers: MICROSOFT,
        reason: "DISM refuses an image with an unnamed stream of a directory",
        check: Check::Entries("directories have unnamed streams", |_, _, inode| {
            let streams = &inode.stored_streams;
            inode.is_directory()
                && (!streams.main_hash.is_zero() || streams.entries.iter().any(|entry| entry.name.is_empty()))
        }),
    },
    Rule {
        id: "directory-link-stream",
        severity: Severity::Error,
        consumers: &[Consumer::Setup],
        reason: "Windows Setup finds where a directory's link leads by the entry itself alone, if it has no named streams",
        check: Check::Entries("links of directories have their data in a stream entry", |_, _, inode| {
            let is_link = inode.is_reparse_point() && inode.attributes.contains(FileAttributes::DIRECTORY);
            let entries = &inode.stored_streams.entries;
            is_link && !entries.is_empty() && entries.iter().all(|entry| entry.name.is_empty())
        }),
    },
    Rule {
        id: "mixed-streams",
        severity: Severity::Error,
        consumers: READERS,
        reason: "Windows PE misreads a file with a hash in its entry and stream entries, too",
        check: Check::Entries("files have a hash in their entry and stream entries", |_, _, inode| {
            !inode.stored_streams.main_hash.is_zero() && !inode.stored_streams.entries.is_empty()
        }),
    },
    Rule {
        id: "plain-file-stream",
        severity: Severity::Warning,
        consumers: BOOT,
        reason: "boot loaders look for a plain file's hash in its entry, as Windows writes it",
        check: Check::BootEntries("plain files have their hash in a stream entry", |_, _, inode| {
            let is_plain = !inode.is_directory() && !inode.is_reparse_point();
            is_plain && matches!(&inode.stored_streams.entries[..], [only] if only.name.is_empty())
        }),
    },
    Rule {
        id: "stream-order",
        severity: Severity::Warning,
        consumers: MICROSOFT,
        reason: "DISM misreads unnamed streams that follow named ones",
        check: Check::Entries("files have unnamed streams behind named ones", |_, _, inode| {
            !inode.stored_streams.entries.is_sorted_by_key(|entry| !entry.name.is_empty())
        }),
    },
    Rule {
        id: "encrypted-streams",
        severity: Severity::Warning,
        consumers: MICROSOFT,
        reason: "the data of an encrypted file holds its named streams already",
        check: Check::Entries("encrypted files have named streams", |_, _, inode| {
            let entries = &inode.stored_streams.entries;
            inode.attributes.contains(FileAttributes::ENCRYPTED) && entries.iter().any(|entry| !entry.name.is_empty())
        }),
    },
];
