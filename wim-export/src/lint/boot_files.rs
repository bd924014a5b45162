//! Rules about what a boot image and its loaders need.

use super::Image;
use super::container::BOOT;
use super::rule::{Check, Consumer, Report, Rule, Severity};
use crate::Result;
use crate::boot_paths::{BOOT_FILES, KERNEL, LOADERS, SMS_SDI, WDS_LOADER};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "loader",
        severity: Severity::Error,
        consumers: BOOT,
        reason: "the boot manager starts winload, by BIOS or by UEFI",
        check: Check::BootImage(|image, report| {
            if !LOADERS.iter().any(|path| has_file(image, path)) {
                report.add(format!("missing: {}", LOADERS.join(" and ")));
            }
            Ok(())
        }),
    },
    Rule {
        id: "kernel",
        severity: Severity::Error,
        consumers: BOOT,
        reason: "winload starts the kernel",
        check: Check::BootImage(|image, report| missing(image, report, &[KERNEL])),
    },
    Rule {
        id: "wimboot-bios",
        severity: Severity::Warning,
        consumers: &[Consumer::Wimboot],
        reason: "wimboot takes these out of the image to boot by BIOS, or they have to be served beside it",
        check: Check::BootImage(|image, report| {
            missing(image, report, &[r"\Windows\Boot\PXE\bootmgr.exe", r"\Windows\Boot\DVD\PCAT\BCD"])?;
            missing_sdi(image, report, r"\Windows\Boot\DVD\PCAT\boot.sdi");
            Ok(())
        }),
    },
    Rule {
        id: "wimboot-uefi",
        severity: Severity::Warning,
        consumers: &[Consumer::Wimboot],
        reason: "wimboot takes these out of the image to boot by UEFI, or they have to be served beside it",
        check: Check::BootImage(|image, report| {
            missing(image, report, &[r"\Windows\Boot\EFI\bootmgfw.efi", r"\Windows\Boot\DVD\EFI\BCD"])?;
            missing_sdi(image, report, r"\Windows\Boot\DVD\EFI\boot.sdi");
            Ok(())
        }),
    },
    Rule {
        id: "wimboot-fonts",
        severity: Severity::Note,
        consumers: &[Consumer::Wimboot],
        reason: "the boot manager shows no menu and no message without its fonts",
        check: Check::BootImage(|image, report| {
            missing(image, report, &[r"\Windows\Boot\Fonts\segmono_boot.ttf", r"\Windows\Boot\Fonts\wgl4_boot.ttf"])
        }),
    },
    Rule {
        id: "wimboot-streams",
        severity: Severity::Error,
        consumers: &[Consumer::Wimboot],
        reason: "wimboot does not find data that lies in stream entries",
        check: Check::BootImage(|image, report| {
            let with_entries = BOOT_FILES.iter().filter(|path| {
                let inode = image.metadata.find(path).map(|id| image.metadata.inode_of(id));
                inode.is_some_and(|inode| !inode.stored_streams.entries.is_empty())
            });
            let paths: Vec<String> = with_entries.map(|&path| path.to_owned()).collect();
            if !paths.is_empty() {
                report.add_paths("boot files have stream entries", paths.len() as u64, paths);
            }
            Ok(())
        }),
    },
    Rule {
        id: "network-boot-programs",
        severity: Severity::Warning,
        consumers: &[Consumer::Wds],
        reason: "WDS and Configuration Manager take the programs of network boot out of the image",
        check: Check::BootImage(|image, report| {
            let needed = [WDS_LOADER, r"\Windows\Boot\EFI\bootmgfw.efi"];
            missing(image, report, &needed)
        }),
    },
    Rule {
        id: "secure-boot-2023",
        severity: Severity::Note,
        consumers: BOOT,
        reason: "computers that trust the 2023 certificate alone start boot managers of EFI_EX",
        check: Check::BootImage(|image, report| missing(image, report, &[r"\Windows\Boot\EFI_EX\bootmgfw_EX.efi"])),
    },
    Rule {
        id: "pending-operations",
        severity: Severity::Warning,
        consumers: &[Consumer::Dism, Consumer::Bootmgr, Consumer::Wds],
        reason: "servicing was not finished; DISM refuses to clean up, and the image may not start",
        check: Check::Image(|image, report| {
            const PENDING: &str = r"\Windows\WinSxS\pending.xml";
            if has_file(image, PENDING) {
                report.add_paths("operations are pending", 1, vec![PENDING.to_owned()]);
            }
            Ok(())
        }),
    },
];

/// Whether there is a file with something in it.
fn has_file(image: &Image<'_>, path: &str) -> bool {
    let inode = image.metadata.find(path).map(|id| image.metadata.inode_of(id));
    inode.is_some_and(|inode| !inode.is_directory() && !inode.data_hash().is_zero())
}

/// Reports those of these files that are not there.
fn missing(image: &Image<'_>, report: &mut Report<'_>, paths: &[&str]) -> Result<()> {
    let paths: Vec<String> = paths.iter().filter(|path| !has_file(image, path)).map(|&path| path.to_owned()).collect();
    if !paths.is_empty() {
        report.add_paths(format!("missing: {}", paths.join(", ")), paths.len() as u64, paths);
    }
    Ok(())
}

/// Reports that neither this RAM disk image is there nor Configuration Manager's.
fn missing_sdi(image: &Image<'_>, report: &mut Report<'_>, path: &str) {
    if !has_file(image, path) && !has_file(image, SMS_SDI) {
        report.add_paths(format!("missing: {path} or {SMS_SDI}"), 1, vec![path.to_owned()]);
    }
}
