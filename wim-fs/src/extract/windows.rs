//! What only Windows' file systems take, on a volume that takes it.

use std::path::Path;

/// Whether a destination takes Windows' metadata.
#[cfg(unix)]
pub(super) fn takes_metadata(destination: &Path) -> bool {
    crate::ntfs::is_ntfs(destination)
}

/// Whether a destination takes Windows' metadata: not yet by this system's own interfaces.
#[cfg(not(unix))]
pub(super) fn takes_metadata(_: &Path) -> bool {
    false
}

/// Named streams that are longer cannot be restored.
#[cfg(unix)]
pub(super) const MAX_STREAM: u64 = crate::ntfs::MAX_VALUE;
#[cfg(not(unix))]
pub(super) const MAX_STREAM: u64 = 1 << 16;

#[cfg(unix)]
mod restore {
    use std::collections::HashMap;
    use std::fs::File;

    use wim_export::{Error, Result};
    use wim_format::{DentryId, FileAttributes, Sha1Hash, StreamKind};

    use super::super::plan::{ExtractPlan, Link, Place};
    use super::super::report::NotRestored;
    use super::super::tree::Tree;
    use crate::ntfs;

    /// Makes a reparse point of any kind.
    pub(in crate::extract) fn make_reparse(
        plan: &ExtractPlan,
        tree: &Tree<'_>,
        link: &Link,
        data: &HashMap<Sha1Hash, Vec<u8>>,
        lost: &mut NotRestored,
    ) -> Result<()> {
        let inode = plan.metadata.inode_of(link.dentry);
        let reparse = data.get(&inode.reparse_hash()).map(Vec::as_slice).unwrap_or_default();
        let place = &link.place;
        let dir = tree.get(place.directory)?;
        let is_directory = inode.attributes.contains(FileAttributes::DIRECTORY);
        let made = if is_directory {
            dir.make(&place.name).and_then(|dir| dir.as_file().try_clone())
        } else {
            dir.create(&place.name)
        };
        let set = made.and_then(|file| {
            restore(plan, link.dentry, &file, data, lost);
            ntfs::set_reparse(&file, inode.reparse.unwrap_or_default(), reparse)
        });
        // The kernel knows it as a file or a directory, and says once that this is no longer so.
        let _ = dir.identity_of(&place.name);
        set.map_err(|source| error(tree, place, source))
    }

    /// Gives all files what they have beside their data.
    pub(in crate::extract) fn restore_files(
        plan: &ExtractPlan,
        tree: &Tree<'_>,
        data: &HashMap<Sha1Hash, Vec<u8>>,
        lost: &mut NotRestored,
    ) -> Result<()> {
        for file in &plan.files {
            let place = &file.places[0];
            // A file whose data was damaged is not there.
            let Ok(open) = tree.get(place.directory)?.open_file(&place.name) else { continue };
            if file.places.len() == 1 {
                name(plan, file.dentries[0], &open, lost);
            }
            restore_beside(plan, file.dentries[0], &open, data, lost);
        }
        Ok(())
    }

    /// Gives the names of files that have several short names: only a file that has no other name yet takes one.
    pub(in crate::extract) fn name_linked_files(
        plan: &ExtractPlan,
        tree: &Tree<'_>,
        lost: &mut NotRestored,
    ) -> Result<()> {
        for file in plan.files.iter().filter(|file| file.places.len() > 1) {
            let place = &file.places[0];
            let Ok(open) = tree.get(place.directory)?.open_file(&place.name) else { continue };
            name(plan, file.dentries[0], &open, lost);
            let others = file.dentries[1..].iter().filter(|&&dentry| has_short_name(plan, dentry));
            lost.short_names += others.count() as u64;
        }
        Ok(())
    }

    /// Makes directories in which files are compressed such ones, as long as they are empty.
    pub(in crate::extract) fn compress_directories(plan: &ExtractPlan, tree: &Tree<'_>) -> Result<()> {
        let is_compressed = |dentry: Option<DentryId>| {
            let attributes = dentry.map(|dentry| plan.metadata.inode_of(dentry).attributes);
            attributes.is_some_and(|attributes| attributes.contains(FileAttributes::COMPRESSED))
        };
        if !plan.directories.iter().any(|directory| is_compressed(directory.dentry)) {
            return Ok(());
        }
        for (number, directory) in plan.directories.iter().enumerate() {
            let dir = tree.get(number as u32)?;
            // What could not be set is counted when all else is.
            let _ = ntfs::set_compressed(dir.as_file(), is_compressed(directory.dentry));
        }
        Ok(())
    }

    fn has_short_name(plan: &ExtractPlan, dentry: DentryId) -> bool {
        !plan.metadata.dentry(dentry).short_name.is_empty()
    }

    fn name(plan: &ExtractPlan, dentry: DentryId, file: &File, lost: &mut NotRestored) {
        if has_short_name(plan, dentry) {
            let short_name = &plan.metadata.dentry(dentry).short_name;
            lost.short_names += u64::from(ntfs::set_short_name(file, short_name).is_err());
        }
    }

    /// Gives an open file or directory its short name, and what it has beside its data.
    pub(in crate::extract) fn restore(
        plan: &ExtractPlan,
        dentry: DentryId,
        file: &File,
        data: &HashMap<Sha1Hash, Vec<u8>>,
        lost: &mut NotRestored,
    ) {
        name(plan, dentry, file, lost);
        restore_beside(plan, dentry, file, data, lost);
    }

    fn restore_beside(
        plan: &ExtractPlan,
        dentry: DentryId,
        file: &File,
        data: &HashMap<Sha1Hash, Vec<u8>>,
        lost: &mut NotRestored,
    ) {
        let inode = plan.metadata.inode_of(dentry);
        let nothing = Vec::new();
        let mut lost_stream = false;
        for stream in inode.streams().filter(|stream| stream.kind == StreamKind::Named) {
            let content = if stream.hash.is_zero() { Some(&nothing) } else { data.get(&stream.hash) };
            let set = stream.name.zip(content).map(|(name, content)| ntfs::set_stream(file, name, content));
            lost_stream |= !matches!(set, Some(Ok(())));
        }
        lost.streams += u64::from(lost_stream);
        let descriptor = inode.security_id.and_then(|id| plan.metadata.security().get(id));
        let failed = ntfs::set_metadata(file, inode, descriptor);
        lost.security += u64::from(failed.security);
        lost.attributes += u64::from(failed.attributes);
        lost.object_ids += u64::from(failed.object_id);
        lost.extended_attributes += u64::from(failed.extended);
    }

    fn error(tree: &Tree<'_>, place: &Place, source: std::io::Error) -> Error {
        Error::Io { action: "create", path: tree.path(place.directory).join(&place.name), source }
    }
}

#[cfg(unix)]
pub(super) use restore::{compress_directories, make_reparse, name_linked_files, restore, restore_files};
