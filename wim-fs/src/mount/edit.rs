//! Changes to the tree of a mounted image: making, naming, removing. All of it in memory.

use std::ffi::OsStr;
use std::time::SystemTime;

use fuser::Errno;
use wim_format::{DentryId, EditError, FileTime, Inode, InodeId, Name, NewStream, Sha1Hash, StreamKind};

use super::tree::{Tree, image_name};
use crate::extract::NameRules;
use crate::extract::names::to_host;
use crate::host::file_time;

/// A file that lost its last name.
#[derive(Debug)]
pub(super) struct Gone(pub(super) Inode);

impl Tree {
    /// Makes a file or directory. Its times become now, and it gets its directory's security descriptor.
    pub(super) fn create(&mut self, directory: InodeId, name: &OsStr, inode: Inode) -> Result<InodeId, Errno> {
        let name = self.new_name(directory, name, None)?;
        let time = now();
        let security_id = self.inode(directory).security_id;
        let inode = Inode { creation_time: time, last_write_time: time, last_access_time: time, security_id, ..inode };
        let entry = self.metadata.add_child(self.entry(directory), name, inode).map_err(of_edit)?;
        self.touch(directory);
        Ok(self.entry_added(entry))
    }

    /// Gives a file another name.
    pub(super) fn link(&mut self, id: InodeId, directory: InodeId, name: &OsStr) -> Result<(), Errno> {
        if self.inode(id).link_count == 0 {
            return Err(Errno::ENOENT);
        }
        let name = self.new_name(directory, name, None)?;
        self.metadata.add_link(self.entry(directory), name, id).map_err(of_edit)?;
        self.touch(directory);
        Ok(())
    }

    /// Takes a name away, of a directory if `is_directory`, which has to be empty.
    pub(super) fn unlink(
        &mut self,
        directory: InodeId,
        name: &OsStr,
        is_directory: bool,
    ) -> Result<Option<Gone>, Errno> {
        let entry = self.lookup(directory, name).ok_or(Errno::ENOENT)?;
        let inode = self.metadata.inode_of(entry);
        match (inode.is_directory(), is_directory) {
            (true, false) => return Err(Errno::EISDIR),
            (false, true) => return Err(Errno::ENOTDIR),
            (true, true) if !inode.children.is_empty() => return Err(Errno::ENOTEMPTY),
            _ => {}
        }
        let gone = self.take_away(entry)?;
        self.touch(directory);
        Ok(gone)
    }

    /// Moves what has a name to another one. What has that one goes, if that can be.
    pub(super) fn rename(
        &mut self,
        (from, name): (InodeId, &OsStr),
        (to, new_name): (InodeId, &OsStr),
        replace: bool,
    ) -> Result<Option<Gone>, Errno> {
        let entry = self.lookup(from, name).ok_or(Errno::ENOENT)?;
        let existing = self.lookup(to, new_name);
        let id = self.metadata.dentry(entry).inode;
        let name = match existing {
            Some(_) if !replace => return Err(Errno::EEXIST),
            // Two names of one file stay as they are.
            Some(existing) if self.metadata.dentry(existing).inode == id => return Ok(None),
            Some(existing) => self.metadata.dentry(existing).name.clone(),
            None => self.new_name(to, new_name, Some(entry))?,
        };
        if self.is_within(to, id) {
            return Err(Errno::EINVAL);
        }
        let gone = match existing {
            Some(existing) => {
                self.check_replace(id, existing)?;
                self.take_away(existing)?
            }
            None => None,
        };
        self.metadata.rename(entry, self.entry(to), name).map_err(of_edit)?;
        self.touch(from);
        self.touch(to);
        Ok(gone)
    }

    fn check_replace(&self, id: InodeId, existing: DentryId) -> Result<(), Errno> {
        let (new, old) = (self.inode(id), self.metadata.inode_of(existing));
        match (new.is_directory(), old.is_directory()) {
            (true, false) => Err(Errno::ENOTDIR),
            (false, true) => Err(Errno::EISDIR),
            (true, true) if !old.children.is_empty() => Err(Errno::ENOTEMPTY),
            _ => Ok(()),
        }
    }

    /// Whether a directory is `id` or below it.
    fn is_within(&self, directory: InodeId, id: InodeId) -> bool {
        let up = |&at: &InodeId| (at != self.root()).then(|| self.parent(at));
        std::iter::successors(Some(directory), up).any(|at| at == id)
    }

    /// A name that is new in a directory, but for `except`.
    ///
    /// Windows does not tell names apart by case: where that matters, a name that differs from another one in case only
    /// exists already.
    fn new_name(&self, directory: InodeId, name: &OsStr, except: Option<DentryId>) -> Result<Name, Errno> {
        let name = image_name(name).ok_or(Errno::EILSEQ)?;
        if to_host(&name, NameRules::Unix).is_err() {
            return Err(Errno::EINVAL);
        }
        if !self.inode(directory).is_directory() {
            return Err(Errno::ENOTDIR);
        }
        let found = self.metadata.find_child(self.entry(directory), &name).filter(|found| Some(*found) != except);
        match found {
            Some(found) if !self.tells_case || self.metadata.dentry(found).name == name => Err(Errno::EEXIST),
            _ => Ok(name),
        }
    }

    /// Removes an entry. A file without names that is open goes on until it is closed.
    fn take_away(&mut self, entry: DentryId) -> Result<Option<Gone>, Errno> {
        let id = self.metadata.dentry(entry).inode;
        let inode = self.metadata.inode(id).clone();
        self.metadata.remove(entry).map_err(of_edit)?;
        if inode.link_count > 1 {
            self.entry_removed(id, entry);
            return Ok(None);
        }
        if self.is_open(id) {
            self.orphans.insert(id, Inode { link_count: 0, ..inode });
            return Ok(None);
        }
        Ok(Some(Gone(inode)))
    }

    pub(super) fn touch(&mut self, id: InodeId) {
        self.inode_mut(id).last_write_time = now();
    }
}

/// The time, as the format has it.
pub(super) fn now() -> FileTime {
    file_time(SystemTime::now())
}

/// Replaces a stream, or takes it away.
pub(super) fn set_stream(
    inode: &mut Inode,
    kind: StreamKind,
    name: &Name,
    hash: Option<Sha1Hash>,
) -> Result<(), Errno> {
    let unnamed = Name::default();
    let of_stream = |stream: wim_format::Stream<'_>| NewStream {
        kind: stream.kind,
        name: stream.name.unwrap_or(&unnamed).clone(),
        hash: stream.hash,
    };
    let mut streams: Vec<NewStream> = inode.streams().map(of_stream).collect();
    match (streams.iter().position(|stream| stream.kind == kind && stream.name == *name), hash) {
        (Some(position), Some(hash)) => streams[position].hash = hash,
        (Some(position), None) => {
            streams.remove(position);
        }
        (None, Some(hash)) => streams.push(NewStream { kind, name: name.clone(), hash }),
        (None, None) => {}
    }
    inode.set_streams(streams).map_err(of_edit)
}

/// The system's number for why a tree cannot be changed.
pub(super) fn of_edit(error: EditError) -> Errno {
    match error {
        EditError::NotADirectory => Errno::ENOTDIR,
        EditError::NameExists => Errno::EEXIST,
        EditError::IsRoot => Errno::EBUSY,
        EditError::NoHardLinks => Errno::EPERM,
        EditError::TooMany => Errno::ENOSPC,
        _ => Errno::EINVAL,
    }
}

#[cfg(test)]
mod tests;
