//! Files of which a sidecar says what the folder cannot hold.

use std::ffi::OsString;
use std::fs::Metadata;
use std::path::Path;

use wim_export::Result;
use wim_format::{DentryId, Inode, InodeId, Name, StreamKind, TaggedItems};

use super::scan::{Pending, Scan, edit_error};
use super::{Data, NewStreamOf, copy_inode, entry};
use crate::host::identity_of_metadata;
use crate::reparse::is_link;
use crate::sidecar::{Sidecar, is_unchanged};

/// What a directory has: what is there, or what only the sidecar has.
pub(super) enum Listed {
    /// A name of the host, and the entry of the sidecar, if it knows of one.
    Host(OsString, Option<DentryId>),
    Absent(DentryId),
}

impl Scan<'_> {
    /// The entries of a directory that are not in the folder.
    pub(super) fn list_absent(&self, directory: &Pending) -> Vec<(Name, Listed)> {
        let Some((sidecar, dentry)) = self.sidecar.as_ref().zip(directory.known) else { return Vec::new() };
        let absent = sidecar.absent(dentry);
        absent.map(|dentry| (sidecar.metadata.dentry(dentry).name.clone(), Listed::Absent(dentry))).collect()
    }

    /// What the sidecar knows of the root goes into the image's.
    pub(super) fn set_known_root(&mut self, path: &Path, found: &Metadata) {
        let Some(sidecar) = &self.sidecar else { return };
        let root = sidecar.metadata.root();
        if sidecar.is_bare(root) {
            return;
        }
        let inode = self.known_inode(root, path, found);
        *self.metadata.inode_mut(InodeId(0)) = Inode { link_count: 1, ..inode };
        let streams = self.known_streams(root, |_| true);
        self.push_streams(InodeId(0), streams);
    }

    /// Adds an entry of the folder that the sidecar knows. `None` if it is something else now, and is to be added as what it
    /// is.
    pub(super) fn add_known(
        &mut self,
        parent: &Pending,
        (name, known): (&Name, DentryId),
        (path, found): (&Path, &Metadata),
    ) -> Result<Option<DentryId>> {
        let Some(sidecar) = self.sidecar.as_ref().filter(|sidecar| !sidecar.is_bare(known)) else { return Ok(None) };
        let old = sidecar.metadata.inode_of(known);
        let is_link_here = old.reparse.is_some_and(|reparse| is_link(reparse.tag)) && old.is_reparse_point();
        let is_same_kind = match (old.is_directory(), is_link_here) {
            (true, _) => found.is_dir(),
            (_, true) => found.is_symlink() && is_unchanged(entry::last_write_time(found), old.last_write_time),
            _ => !found.is_dir() && !found.is_symlink(),
        };
        if !is_same_kind {
            return Ok(None);
        }
        self.report.known += 1;
        if !found.is_dir() && !found.is_symlink() {
            return self.add_known_file(parent, (name, known), (path, found)).map(Some);
        }
        let inode = self.known_inode(known, path, found);
        let dentry = self.add_child(parent, name.clone(), inode, path)?;
        if found.is_dir() {
            self.report.directories += 1;
        } else {
            self.report.symlinks += 1;
        }
        let streams = self.known_streams(known, |_| true);
        self.finish_known(dentry, known, streams);
        Ok(Some(dentry))
    }

    fn add_known_file(
        &mut self,
        parent: &Pending,
        (name, known): (&Name, DentryId),
        (path, found): (&Path, &Metadata),
    ) -> Result<DentryId> {
        let identity = identity_of_metadata(found);
        if let Some(&first) = self.links.get(&identity) {
            self.report.hard_links += 1;
            let added = self.metadata.add_link(parent.dentry, name.clone(), first);
            let added = added.map_err(|why| edit_error(path, why))?;
            self.finish_known(added, known, Vec::new());
            return Ok(added);
        }
        let inode = self.known_inode(known, path, found);
        let dentry = self.add_child(parent, name.clone(), inode, path)?;
        let data = self.file_data(path, found)?;
        let mut streams = vec![NewStreamOf { kind: StreamKind::Data, name: Name::default(), data }];
        streams.extend(self.known_streams(known, |kind| kind != StreamKind::Data));
        self.report.files += 1;
        self.finish_known(dentry, known, streams);
        let inode = self.metadata.dentry(dentry).inode;
        self.remember(known, inode);
        if crate::host::has_links(found) {
            self.links.insert(identity, inode);
        }
        Ok(dentry)
    }

    /// Adds an entry that is not in the folder, with everything below it.
    pub(super) fn add_absent(&mut self, parent: &Pending, start: DentryId) -> Result<()> {
        let Some(sidecar) = self.sidecar.take() else { return Ok(()) };
        let mut path: Vec<DentryId> = Vec::new();
        let mut walk = sidecar.metadata.walk_from(start);
        let mut added = Ok(());
        while let Some((known, _)) = walk.next() {
            path.truncate(walk.depth());
            let parent = path.last().copied().unwrap_or(parent.dentry);
            match self.add_absent_entry(&sidecar, parent, known) {
                Ok(dentry) => path.push(dentry),
                Err(error) => {
                    added = Err(error);
                    break;
                }
            }
        }
        drop(walk);
        self.sidecar = Some(sidecar);
        added
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
    fn known_inode(&mut self, known: DentryId, path: &Path, found: &Metadata) -> Inode {
        let Some(sidecar) = &self.sidecar else { return Inode::default() };
        let mut inode = copy_inode(&sidecar.metadata, sidecar.metadata.inode_of(known), &mut self.metadata);
        let mut here = Inode::default();
        entry::describe(&mut here, path, found, self.options);
        if !is_unchanged(entry::last_write_time(found), inode.last_write_time) {
            self.is_changed = true;
            inode.last_write_time = here.last_write_time;
            inode.last_access_time = here.last_access_time;
        }
        if self.options.unix_data {
            let replaced = [TaggedItems::UNIX_DATA, TaggedItems::EXTENDED_ATTRIBUTES];
            for (tag, item) in inode.tagged.iter().filter(|(tag, _)| !replaced.contains(tag)) {
                here.tagged.push(tag, item);
            }
            inode.tagged = here.tagged;
        }
        inode
    }

    fn known_streams(&self, known: DentryId, is_wanted: impl Fn(StreamKind) -> bool) -> Vec<NewStreamOf> {
        self.sidecar.as_ref().map(|sidecar| streams(sidecar, known, is_wanted)).unwrap_or_default()
    }

    /// Notes the streams and the short name of an entry.
    fn finish_known(&mut self, added: DentryId, known: DentryId, streams: Vec<NewStreamOf>) {
        let short_name = self.sidecar.as_ref().map(|sidecar| sidecar.metadata.dentry(known).short_name.clone());
        self.set_short_name(added, short_name);
        let inode = self.metadata.dentry(added).inode;
        self.push_streams(inode, streams);
    }

    /// Further names of the file need not be in the folder.
    fn remember(&mut self, known: DentryId, inode: InodeId) {
        if let Some(sidecar) = &self.sidecar {
            self.known_inodes.insert(sidecar.metadata.dentry(known).inode, inode);
        }
    }

    fn push_streams(&mut self, inode: InodeId, streams: Vec<NewStreamOf>) {
        if !streams.is_empty() {
            self.streams.push((inode, streams));
        }
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
