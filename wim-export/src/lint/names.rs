//! Rules about names that Windows cannot use.

use std::collections::HashSet;

use wim_format::{DentryId, Inode, Name};

use super::Image;
use super::container::MICROSOFT;
use super::rule::{Check, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "case-duplicate",
        severity: Severity::Warning,
        consumers: MICROSOFT,
        reason: "names that differ in case alone are one to Windows; ImageX stops half way",
        check: Check::Image(|image, report| {
            let duplicates = case_duplicates(image);
            let message = "names differ from another of their directory in case alone";
            report.add_entries(image, message, |id, _| duplicates.contains(&id));
            Ok(())
        }),
    },
    Rule {
        id: "windows-name",
        severity: Severity::Warning,
        consumers: MICROSOFT,
        reason: "Windows cannot make files of such names",
        check: Check::Entries("names are none that Windows allows", |image, id, _| {
            id != image.metadata.root() && !is_windows_name(&image.metadata.dentry(id).name)
        }),
    },
];

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
