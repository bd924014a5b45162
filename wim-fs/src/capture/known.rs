//! Files of which a sidecar says what the folder cannot hold.

use std::fs::Metadata;
use std::path::Path;

use wim_export::Result;
use wim_format::{DentryId, Inode, InodeId, Name, StreamKind, TaggedItems};

use super::folder::{Directory, Seen};
use super::scan::{Scan, edit_error};
use super::{Data, NewStreamOf, copy_inode, entry};
use crate::host::{has_links, identity_of_metadata};
use crate::reparse::is_link;
use crate::sidecar::{Sidecar, is_unchanged};

impl Scan<'_> {
    /// What the sidecar knows of the root goes into the image's.
    pub(super) fn set_known_root(&mut self, here: &Inode) {
        let Some(sidecar) = &self.folder.sidecar else { return };
        let root = sidecar.metadata.root();
        if sidecar.is_bare(root) {
            return;
        }
        let inode = self.known_inode(sidecar, root, here);
        *self.metadata.inode_mut(InodeId(0)) = Inode { link_count: 1, ..inode };
        self.push_streams(InodeId(0), streams(sidecar, root, |_| true));
    }

    /// Adds an entry of the folder that the sidecar knows. `None` if it is something else now, and is to be added as what it
    /// is.
    pub(super) fn add_known(&mut self, parent: &Directory, name: &Name, seen: &Seen) -> Result<Option<DentryId>> {
        let Some((sidecar, known)) = self.folder.sidecar.as_ref().zip(seen.known) else { return Ok(None) };
        let found = &seen.found;
        if sidecar.is_bare(known) || !is_same_kind(sidecar.metadata.inode_of(known), found) {
            return Ok(None);
        }
        self.report.known += 1;
        if !found.is_dir() && !found.is_symlink() {
            return self.add_known_file(parent, name, seen, (sidecar, known)).map(Some);
        }
        let inode = self.known_inode(sidecar, known, &seen.inode);
        let dentry = self.add_child(parent, name.clone(), inode, &seen.path)?;
        if found.is_dir() {
            self.report.directories += 1;
        } else {
            self.report.symlinks += 1;
        }
        self.finish_known(dentry, (sidecar, known), streams(sidecar, known, |_| true));
        Ok(Some(dentry))
    }

    fn add_known_file(
        &mut self,
        parent: &Directory,
        name: &Name,
        seen: &Seen,
        (sidecar, known): (&Sidecar, DentryId),
    ) -> Result<DentryId> {
        let identity = identity_of_metadata(&seen.found);
        if let Some(&first) = self.links.get(&identity) {
            self.report.hard_links += 1;
            let added = self.metadata.add_link(parent.dentry, name.clone(), first);
            let added = added.map_err(|why| edit_error(&seen.path, why))?;
            self.finish_known(added, (sidecar, known), Vec::new());
            return Ok(added);
        }
        let inode = self.known_inode(sidecar, known, &seen.inode);
        let dentry = self.add_child(parent, name.clone(), inode, &seen.path)?;
        let data = self.file_data(&seen.path, &seen.found)?;
        let mut all = vec![NewStreamOf { kind: StreamKind::Data, name: Name::default(), data }];
        all.extend(streams(sidecar, known, |kind| kind != StreamKind::Data));
        self.report.files += 1;
        self.finish_known(dentry, (sidecar, known), all);
        let inode = self.metadata.dentry(dentry).inode;
        // Further names of the file need not be in the folder.
        self.known_inodes.insert(sidecar.metadata.dentry(known).inode, inode);
        if has_links(&seen.found) {
            self.links.insert(identity, inode);
        }
        Ok(dentry)
    }

    /// Adds an entry that is not in the folder, with everything below it.
    pub(super) fn add_absent(&mut self, parent: &Directory, start: DentryId) -> Result<()> {
        let Some(sidecar) = &self.folder.sidecar else { return Ok(()) };
        let mut path: Vec<DentryId> = Vec::new();
        let mut walk = sidecar.metadata.walk_from(start);
        while let Some((known, _)) = walk.next() {
            path.truncate(walk.depth());
            let parent = path.last().copied().unwrap_or(parent.dentry);
            path.push(self.add_absent_entry(sidecar, parent, known)?);
        }
        Ok(())
    }

    fn add_absent_entry(&mut self, sidecar: &Sidecar, parent: DentryId, known: DentryId) -> Result<DentryId> {
        let (old, name) = (sidecar.metadata.dentry(known), sidecar.metadata.dentry(known).name.clone());
        let refused = |why| edit_error(Path::new(&sidecar.metadata.path(known)), why);
        self.report.known += 1;
        if let Some(&inode) = self.known_inodes.get(&old.inode) {
            self.report.hard_links += 1;
            let added = self.metadata.add_link(parent, name, inode).map_err(refused)?;
            self.set_short_name(added, Some(old.short_name.clone()));
            return Ok(added);
        }
        let source = sidecar.metadata.inode(old.inode);
        let inode = copy_inode(&sidecar.metadata, source, &mut self.metadata);
        let (is_directory, is_reparse_point) = (source.is_directory(), source.is_reparse_point());
        let added = self.metadata.add_child(parent, name, inode).map_err(refused)?;
        self.set_short_name(added, Some(old.short_name.clone()));
        let inode = self.metadata.dentry(added).inode;
        self.push_streams(inode, streams(sidecar, known, |_| true));
        match (is_directory, is_reparse_point) {
            (true, _) => self.report.directories += 1,
            (_, true) => self.report.symlinks += 1,
            _ => {
                self.report.files += 1;
                self.known_inodes.insert(old.inode, inode);
            }
        }
        Ok(added)
    }

    /// What the sidecar says of a file, with what the folder knows better: times of what changed since, and with
    /// `--unix-data` owners, modes and attributes.
    fn known_inode(&mut self, sidecar: &Sidecar, known: DentryId, here: &Inode) -> Inode {
        let mut inode = copy_inode(&sidecar.metadata, sidecar.metadata.inode_of(known), &mut self.metadata);
        if !is_unchanged(here.last_write_time, inode.last_write_time) {
            self.is_changed = true;
            inode.last_write_time = here.last_write_time;
            inode.last_access_time = here.last_access_time;
        }
        if self.folder.options.unix_data {
            let replaced = [TaggedItems::UNIX_DATA, TaggedItems::EXTENDED_ATTRIBUTES];
            let mut tagged = here.tagged.clone();
            for (tag, item) in inode.tagged.iter().filter(|(tag, _)| !replaced.contains(tag)) {
                tagged.push(tag, item);
            }
            inode.tagged = tagged;
        }
        inode
    }

    /// Notes the streams and the short name of an entry.
    fn finish_known(&mut self, added: DentryId, (sidecar, known): (&Sidecar, DentryId), streams: Vec<NewStreamOf>) {
        self.set_short_name(added, Some(sidecar.metadata.dentry(known).short_name.clone()));
        let inode = self.metadata.dentry(added).inode;
        self.push_streams(inode, streams);
    }

    fn push_streams(&mut self, inode: InodeId, streams: Vec<NewStreamOf>) {
        if !streams.is_empty() {
            self.streams.push((inode, streams));
        }
    }
}

/// Whether what the folder has is the file that the sidecar means.
fn is_same_kind(old: &Inode, found: &Metadata) -> bool {
    let is_link_here = old.reparse.is_some_and(|reparse| is_link(reparse.tag)) && old.is_reparse_point();
    match (old.is_directory(), is_link_here) {
        (true, _) => found.is_dir(),
        (_, true) => found.is_symlink() && is_unchanged(entry::last_write_time(found), old.last_write_time),
        _ => !found.is_dir() && !found.is_symlink(),
    }
}

/// The streams of an entry whose data is in the sidecar.
fn streams(sidecar: &Sidecar, known: DentryId, is_wanted: impl Fn(StreamKind) -> bool) -> Vec<NewStreamOf> {
    let streams = sidecar.metadata.inode_of(known).streams().filter(|stream| is_wanted(stream.kind));
    let streams = streams.map(|stream| NewStreamOf {
        kind: stream.kind,
        name: stream.name.cloned().unwrap_or_default(),
        data: if stream.hash.is_zero() { Data::None } else { Data::Known(stream.hash) },
    });
    streams.collect()
}
