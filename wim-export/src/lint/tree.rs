//! Rules about directory entries and streams.

use std::collections::HashSet;

use wim_format::{DentryId, FileTime, Inode, Name};

use super::Image;
use super::rule::{Check, Consumer, Report, Rule, Severity};
use crate::Result;

const BOOT: &[Consumer] = &[Consumer::Bootmgr, Consumer::Wimboot, Consumer::Wds];
const WINDOWS: &[Consumer] = &[Consumer::Dism, Consumer::Setup, Consumer::Wds];
const READERS: &[Consumer] = &[Consumer::Bootmgr, Consumer::Wimboot, Consumer::Wds, Consumer::Dism, Consumer::Setup];
/// Paths that a finding shows.
const SHOWN: usize = 10;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "missing-blob",
        severity: Severity::Error,
        consumers: READERS,
        reason: "a file whose data is not there cannot be read",
        check: Check::Image(|image, report| {
            files(image, report, "the archive lacks the data of files", |image, id| {
                let mut streams = image.metadata.inode_of(id).streams();
                streams.any(|stream| !stream.hash.is_zero() && image.archive.blob(&stream.hash).is_none())
            })
        }),
    },
    Rule {
        id: "zero-times",
        severity: Severity::Warning,
        consumers: BOOT,
        reason: "Windows complains of boot files without times",
        check: Check::BootImage(|image, report| {
            files(image, report, "files have no time", |image, id| {
                let inode = image.metadata.inode_of(id);
                id != image.metadata.root() && [inode.creation_time, inode.last_write_time].contains(&FileTime(0))
            })
        }),
    },
    Rule {
        id: "directory-data",
        severity: Severity::Error,
        consumers: WINDOWS,
        reason: "DISM refuses an image with unnamed data of a directory",
        check: Check::Image(|image, report| {
            files(image, report, "directories have unnamed data", |image, id| {
                let inode = image.metadata.inode_of(id);
                let mut entries = inode.stored_streams.entries.iter();
                inode.is_directory()
                    && (!inode.stored_streams.main_hash.is_zero()
                        || entries.any(|entry| entry.name.is_empty() && !entry.hash.is_zero()))
            })
        }),
    },
    Rule {
        id: "mixed-streams",
        severity: Severity::Error,
        consumers: READERS,
        reason: "Windows PE misreads a file with a hash in its entry and stream entries, too",
        check: Check::Image(|image, report| {
            files(image, report, "files have a hash in their entry and stream entries", |image, id| {
                let streams = &image.metadata.inode_of(id).stored_streams;
                !streams.main_hash.is_zero() && !streams.entries.is_empty()
            })
        }),
    },
    Rule {
        id: "stream-order",
        severity: Severity::Warning,
        consumers: WINDOWS,
        reason: "DISM misreads unnamed streams that follow named ones",
        check: Check::Image(|image, report| {
            files(image, report, "files have unnamed streams behind named ones", |image, id| {
                !image.metadata.inode_of(id).stored_streams.entries.is_sorted_by_key(|entry| !entry.name.is_empty())
            })
        }),
    },
    Rule {
        id: "case-duplicate",
        severity: Severity::Warning,
        consumers: WINDOWS,
        reason: "names that differ in case alone are one to Windows; ImageX stops half way",
        check: Check::Image(|image, report| {
            let duplicates = case_duplicates(image);
            files(image, report, "names differ from another of their directory in case alone", |_, id| {
                duplicates.contains(&id)
            })
        }),
    },
    Rule {
        id: "windows-name",
        severity: Severity::Warning,
        consumers: WINDOWS,
        reason: "Windows cannot make files of such names",
        check: Check::Image(|image, report| {
            files(image, report, "names are none that Windows allows", |image, id| {
                id != image.metadata.root() && !is_windows_name(&image.metadata.dentry(id).name)
            })
        }),
    },
];

/// Reports all entries that `is_wrong` says are.
fn files(
    image: &Image<'_>,
    report: &mut Report<'_>,
    message: &str,
    is_wrong: impl Fn(&Image<'_>, DentryId) -> bool,
) -> Result<()> {
    let wrong: Vec<DentryId> = image.metadata.walk().map(|(id, _)| id).filter(|&id| is_wrong(image, id)).collect();
    if !wrong.is_empty() {
        let paths = wrong.iter().take(SHOWN).map(|&id| image.metadata.path(id)).collect();
        report.add_paths(message, wrong.len() as u64, paths);
    }
    Ok(())
}

/// The second and later ones of names that are the same but for case.
fn case_duplicates(image: &Image<'_>) -> HashSet<DentryId> {
    let mut duplicates = HashSet::new();
    let inodes = image.metadata.walk().map(|(id, _)| image.metadata.inode_of(id));
    for directory in inodes.filter(|inode| Inode::is_directory(inode)) {
        let mut names = HashSet::new();
        for &child in directory.children.iter() {
            let name: Vec<u16> = image.metadata.dentry(child).name.upper_units().collect();
            if !names.insert(name) {
                duplicates.insert(child);
            }
        }
    }
    duplicates
}

/// Whether Windows can make a file of this name.
fn is_windows_name(name: &Name) -> bool {
    const FORBIDDEN: &str = "<>:\"/\\|?*";
    const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];
    let Ok(text) = String::from_utf16(name.units()) else { return true };
    let stem = text.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_port = |kind: &str| stem.strip_prefix(kind).is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']));
    let is_device = DEVICES.contains(&stem.as_str()) || is_port("COM") || is_port("LPT");
    !is_device && !text.ends_with(['.', ' ']) && !text.chars().any(|c| c < ' ' || FORBIDDEN.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_allows() {
        for name in ["a", "con1", "COM", "com10", "a.con", ".x", "a b", "Ж"] {
            assert!(is_windows_name(&name.into()), "{name}");
        }
        for name in ["con", "NUL.txt", "com1", "lpt9.a", "a.", "a ", "a:b", "x\u{1}", "a?"] {
            assert!(!is_windows_name(&name.into()), "{name}");
        }
    }
}
