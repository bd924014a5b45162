//! Rules about the registry of a boot image.

use wim_format::{DentryId, Sha1Hash};
use wim_hive::{Error, Hive, is_log_of};

use super::Image;
use super::container::BOOT;
use super::rule::{Check, Consumer, Report, Rule, Severity};
use crate::{ImageHive, Result};

const SYSTEM: &str = r"\Windows\System32\config\SYSTEM";
/// No boot image has a larger hive.
const MAX_HIVE: u64 = 256 << 20;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "system-hive",
        severity: Severity::Error,
        consumers: BOOT,
        reason: "winload reads this registry hive, and repairs it from its logs at most",
        check: Check::BootImage(system_hive),
    },
    Rule {
        id: "dirty-hive",
        severity: Severity::Warning,
        consumers: &[Consumer::Bootmgr, Consumer::Dism],
        reason: "its last changes are in its logs, without which they are lost; only Windows can apply them",
        check: Check::BootImage(dirty_hives),
    },
];

/// The hash of a file's data, and the entry; none if there is no such file, or nothing in it.
fn file(image: &Image<'_>, path: &str) -> Option<(DentryId, Sha1Hash)> {
    let id = image.metadata.find(path)?;
    let hash = image.metadata.inode_of(id).data_hash();
    (!hash.is_zero()).then_some((id, hash))
}

fn system_hive(image: &Image<'_>, report: &mut Report<'_>) -> Result<()> {
    let Some((id, hash)) = file(image, SYSTEM) else {
        report.add(format!("missing: {SYSTEM}"));
        return Ok(());
    };
    let size = image.archive.blob(&hash).map_or(0, |blob| blob.size);
    let Some(bytes) = (size <= MAX_HIVE).then(|| read(image, &hash, size)).flatten() else { return Ok(()) };
    match Hive::parse(&bytes) {
        Ok(_) => {}
        // That is the business of the other rule.
        Err(Error::Dirty { .. }) if has_log(image, id) => {}
        Err(error) => report.add_paths(error.to_string(), 1, vec![SYSTEM.to_owned()]),
    }
    Ok(())
}

/// Whether a hive has a log beside it, with something in it.
fn has_log(image: &Image<'_>, hive: DentryId) -> bool {
    let hive = image.metadata.dentry(hive);
    let siblings = &image.metadata.inode_of(hive.parent).children;
    siblings.iter().any(|&id| {
        let is_empty = image.metadata.inode_of(id).data_hash().is_zero();
        let (hive, log) = (hive.name.to_string(), image.metadata.dentry(id).name.to_string());
        !is_empty && is_log_of(&hive, &log)
    })
}

fn dirty_hives(image: &Image<'_>, report: &mut Report<'_>) -> Result<()> {
    let is_dirty = |path: &str| {
        let front = file(image, path).and_then(|(_, hash)| read(image, &hash, Hive::BASE_BLOCK as u64));
        front.is_some_and(|bytes| matches!(Hive::check_base_block(&bytes), Err(Error::Dirty { .. })))
    };
    let paths: Vec<String> = ImageHive::paths().filter(|path| is_dirty(path)).map(str::to_owned).collect();
    if !paths.is_empty() {
        report.add_paths(format!("dirty: {}", paths.join(", ")), paths.len() as u64, paths);
    }
    Ok(())
}

/// The first bytes of a blob. Data that is missing or damaged is the business of other rules.
fn read(image: &Image<'_>, hash: &Sha1Hash, len: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut reader = image.archive.blob_reader(hash).ok()?;
    let len = len.min(reader.size());
    let take = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    };
    reader.read_range(0..len, take).ok()?;
    Some(bytes)
}
