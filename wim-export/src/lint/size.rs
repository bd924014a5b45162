//! Rules about the file's size.

use super::rule::{Check, Consumer, Rule, Severity};

/// The largest file of a FAT32 volume.
const FAT32_MAX: u64 = u32::MAX as u64;
/// What BIOS boot loaders have loaded without trouble.
const BIOS_RAM: u64 = 700 << 20;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "fat32-size",
        severity: Severity::Error,
        consumers: &[Consumer::Fat32],
        reason: "a file on FAT32 has at most 4 GiB less one byte",
        check: Check::Archive(|archive, report| {
            if archive.file_len() > FAT32_MAX {
                report.add(format!("the file has {} bytes; `wimsmith split` makes parts of it", archive.file_len()));
            }
        }),
    },
    Rule {
        id: "memory",
        severity: Severity::Warning,
        consumers: &[Consumer::Bootmgr, Consumer::Wimboot],
        reason: "the whole file is loaded into one stretch of memory; BIOS has failed above some 700 MiB",
        check: Check::Archive(|archive, report| {
            if archive.file_len() > BIOS_RAM {
                report.add(format!("the file has {} bytes", archive.file_len()));
            }
        }),
    },
];
