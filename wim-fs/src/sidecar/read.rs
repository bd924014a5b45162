//! Reading a sidecar before a capture.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use wim_export::{Archive, Error, OpenOptions, Result};
use wim_format::{DentryId, FileTime, HeaderFlags, ImageIndex, ImageMetadata, InodeId, Limits, XmlImage};

use super::write::usual_name;
use super::{Note, Notes, without_notes};

/// What an image had that the folder it was extracted to does not have.
#[derive(Debug)]
pub(crate) struct Sidecar {
    pub(crate) archive: Archive,
    pub(crate) metadata: ImageMetadata,
    notes: Notes,
}

impl Sidecar {
    /// Opens the sidecar at `path`.
    ///
    /// # Errors
    /// If it cannot be read, or is another archive.
    pub(crate) fn open(path: &Path, limits: &Limits) -> Result<Self> {
        let archive = OpenOptions::new().limits(limits.clone()).open(path)?;
        let mut metadata = archive.image(archive.only_image()?)?;
        let root = InodeId(0);
        let (items, notes) = without_notes(&metadata.inode(root).tagged, &metadata).ok_or_else(|| Error::Source {
            path: PathBuf::from(path),
            why: "it is an archive, but no sidecar; apply --metadata sidecar writes those",
        })?;
        metadata.inode_mut(root).tagged = items;
        Ok(Self { archive, metadata, notes })
    }

    /// What the XML says of the image.
    pub(crate) fn xml(&self) -> Option<&XmlImage> {
        self.archive.xml().image(ImageIndex::FIRST)
    }

    /// Whether links that lead into the image lead there from its root.
    pub(crate) fn fixes_links(&self) -> bool {
        self.archive.header().flags.contains(HeaderFlags::RP_FIX)
    }

    /// Whether something is known of an entry beside its name.
    pub(crate) fn is_bare(&self, dentry: DentryId) -> bool {
        self.notes.get(&dentry) == Some(&Note::Bare)
    }

    /// The entries of a directory that are in the folder, by their names there.
    pub(crate) fn present(&self, directory: DentryId) -> HashMap<OsString, DentryId> {
        let children = &self.metadata.inode_of(directory).children;
        let named = children.iter().filter_map(|&child| {
            let name = match self.notes.get(&child) {
                Some(Note::Absent) => return None,
                Some(Note::Renamed(name)) => name.clone(),
                Some(Note::Bare) | None => usual_name(&self.metadata.dentry(child).name)?,
            };
            Some((name, child))
        });
        named.collect()
    }

    /// The entries of a directory that are not in the folder.
    pub(crate) fn absent(&self, directory: DentryId) -> impl Iterator<Item = DentryId> {
        let children = &self.metadata.inode_of(directory).children;
        children.iter().copied().filter(|child| self.notes.get(child) == Some(&Note::Absent))
    }
}

/// Whether a file that was given the time `then` and has the time `now` was not changed since, as far as times tell. File
/// systems may have whole seconds only, or no times before or after some year.
pub(crate) fn is_unchanged(now: FileTime, then: FileTime) -> bool {
    /// 1901, 2038, 2446 and 2486: the first and last seconds of ext4 and XFS, with and without extra bits.
    const ENDS: [i64; 4] = [-(1 << 31), (1 << 31) - 1, 15_032_385_535, 16_299_260_424];
    let (seconds, fraction) = now.to_unix();
    let is_cut_off = fraction == 0 && now <= then && then.0 - now.0 < 2 * FileTime::TICKS_PER_SECOND;
    now == then || is_cut_off || ENDS.contains(&seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_a_file_system_cannot_have_count_as_unchanged() {
        let at = |seconds: i64, ticks: u64| FileTime(FileTime::from_unix_seconds(seconds).0 + ticks);
        assert!(is_unchanged(at(5, 7), at(5, 7)));
        assert!(is_unchanged(at(5, 0), at(5, 7)), "whole seconds");
        assert!(is_unchanged(at(4, 0), at(5, 7)), "FAT counts in twos");
        assert!(is_unchanged(at(-(1 << 31), 0), FileTime(0)), "ext4 begins in 1901");
        for (now, then) in [(at(5, 8), at(5, 7)), (at(6, 0), at(5, 7)), (at(3, 0), at(5, 7)), (at(5, 1), at(5, 2))] {
            assert!(!is_unchanged(now, then), "{now} {then}");
        }
    }
}
