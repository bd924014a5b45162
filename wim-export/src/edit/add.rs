//! Adding to a tree, and merging into what is there.

use wim_format::{DentryId, FileTime, Inode, Name};

use super::{EditProblem, ImageEditor, NewEntry, NewSecurity, path, problem};
use crate::Result;

/// What to do with a file that has a new one's name. Directories are merged in any case; a file never takes a directory's
/// place, nor the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Replace it. It keeps its name as it is spelled, its 8.3 name and its security descriptor, unless the new one has its
    /// own. Of a file with several names this one gets a file of its own.
    #[default]
    Replace,
    /// Keep it, and leave the new one out.
    Keep,
    /// Refuse.
    Refuse,
}

impl ImageEditor {
    /// Adds a file or directory at `path`, with the directories above it that are missing. Returns its entry, or the one
    /// that is there and stays: a directory that is merged into is not changed.
    ///
    /// # Errors
    /// If the path cannot be, leads through a file, or something is in the way; see [`OnConflict`].
    pub fn add(&mut self, path: &str, entry: NewEntry, conflict: OnConflict) -> Result<DentryId> {
        let names = path::parse(path)?;
        let Some((name, directories)) = names.split_last() else {
            let is_directory = entry.inode.is_directory();
            return if is_directory { Ok(self.metadata.root()) } else { Err(problem(path, EditProblem::IsADirectory)) };
        };
        let fail = |why: EditProblem| problem(path, why);
        if !entry.has_names() {
            return Err(fail(EditProblem::InvalidPath));
        }
        // What is in the way is found before anything is changed.
        let existing = self.look_up(directories).map_err(fail)?.and_then(|dir| self.metadata.find_child(dir, name));
        if let Some(existing) = existing {
            let (there, new) = (self.metadata.inode_of(existing), &entry.inode);
            return match (there.is_directory(), new.is_directory(), conflict) {
                (true, true, _) | (false, false, OnConflict::Keep) => Ok(existing),
                (true, false, _) => Err(fail(EditProblem::IsADirectory)),
                (false, true, _) => Err(fail(EditProblem::NotADirectory)),
                (false, false, OnConflict::Refuse) => Err(fail(EditProblem::Exists)),
                (false, false, OnConflict::Replace) => self.replace(existing, entry).map_err(fail),
            };
        }
        let parent = self.make_directories(directories).map_err(fail)?;
        let short_name = entry.short_name.clone();
        let security = self.metadata.inode_of(parent).security_id;
        let inode = self.inode(entry, parent, security).map_err(fail)?;
        let id = self.metadata.add_child(parent, name.clone(), inode).map_err(|why| fail(why.into()))?;
        self.set_new_short_name(id, short_name).map_err(fail)?;
        Ok(id)
    }

    /// Adds the directory at `path`, and those above it that are missing.
    ///
    /// # Errors
    /// If the path cannot be, or leads through a file.
    pub fn create_directories(&mut self, path: &str) -> Result<DentryId> {
        let names = path::parse(path)?;
        self.make_directories(&names).map_err(|why| problem(path, why))
    }

    /// Adds another name for the file at `of`: a hard link.
    ///
    /// # Errors
    /// If there is no such file, it is a directory or a reparse point, or the new name exists.
    pub fn add_link(&mut self, path: &str, of: &str) -> Result<DentryId> {
        let fail = |why: EditProblem| problem(path, why);
        let names = path::parse(path)?;
        let (name, directories) = names.split_last().ok_or_else(|| fail(EditProblem::Exists))?;
        let file = self.find(of)?;
        let inode = self.metadata.inode_of(file);
        if inode.is_directory() || inode.is_reparse_point() {
            return Err(problem(of, wim_format::EditError::NoHardLinks.into()));
        }
        let parent = self.look_up(directories).map_err(fail)?;
        if parent.and_then(|parent| self.metadata.find_child(parent, name)).is_some() {
            return Err(fail(EditProblem::Exists));
        }
        let parent = self.make_directories(directories).map_err(fail)?;
        let inode = self.metadata.dentry(file).inode;
        self.metadata.add_link(parent, name.clone(), inode).map_err(|why| fail(why.into()))
    }

    /// The directory that `names` lead to, if it is there.
    fn look_up(&self, names: &[Name]) -> Result<Option<DentryId>, EditProblem> {
        let mut at = self.metadata.root();
        for name in names {
            let Some(next) = self.metadata.find_child(at, name) else { return Ok(None) };
            if !self.metadata.inode_of(next).is_directory() {
                return Err(EditProblem::NotADirectory);
            }
            at = next;
        }
        Ok(Some(at))
    }

    fn make_directories(&mut self, names: &[Name]) -> Result<DentryId, EditProblem> {
        self.look_up(names)?;
        let mut at = self.metadata.root();
        for name in names {
            at = match self.metadata.find_child(at, name) {
                Some(next) => next,
                None => {
                    let security = self.metadata.inode_of(at).security_id;
                    let inode = self.inode(NewEntry::directory(), at, security)?;
                    self.metadata.add_child(at, name.clone(), inode)?
                }
            };
        }
        Ok(at)
    }

    /// Puts a new file in the place of `existing`.
    fn replace(&mut self, existing: DentryId, entry: NewEntry) -> Result<DentryId, EditProblem> {
        let (parent, short_name) = (self.metadata.dentry(existing).parent, entry.short_name.clone());
        let security = self.metadata.inode_of(existing).security_id;
        let inode = self.inode(entry, parent, security)?;
        let id = self.unshare(existing)?;
        let there = self.metadata.inode_mut(self.metadata.dentry(id).inode);
        let (link_count, link_group) = (there.link_count, there.link_group);
        let link_group = if inode.is_reparse_point() { 0 } else { link_group };
        *there = Inode { link_count, link_group, ..inode };
        self.set_new_short_name(id, short_name)?;
        Ok(id)
    }

    /// Gives an entry of a file with several names a file of its own, which is the same otherwise.
    pub(super) fn unshare(&mut self, id: DentryId) -> Result<DentryId, EditProblem> {
        let inode = self.metadata.inode_of(id);
        if inode.link_count == 1 {
            return Ok(id);
        }
        let (inode, dentry) = (inode.clone(), self.metadata.dentry(id).clone());
        self.metadata.remove(id)?;
        let new = self.metadata.add_child(dentry.parent, dentry.name, inode)?;
        self.metadata.set_short_name(new, dentry.short_name)?;
        Ok(new)
    }

    /// The inode of `entry` in the directory `parent`; `security` is what it inherits.
    fn inode(&mut self, entry: NewEntry, parent: DentryId, security: Option<u32>) -> Result<Inode, EditProblem> {
        let NewEntry { mut inode, streams, security: wanted, .. } = entry;
        let directory = self.metadata.inode_of(parent);
        for (time, default) in [
            (&mut inode.creation_time, directory.creation_time),
            (&mut inode.last_access_time, directory.last_access_time),
            (&mut inode.last_write_time, directory.last_write_time),
        ] {
            if *time == FileTime(0) {
                *time = self.time.unwrap_or(default);
            }
        }
        inode.security_id = match wanted {
            NewSecurity::Inherit => security,
            NewSecurity::None => None,
            NewSecurity::Descriptor(descriptor) => Some(self.security_id(&descriptor)?),
        };
        let streams = self.pend(streams);
        inode.set_streams(streams)?;
        Ok(inode)
    }

    /// The number of a security descriptor, which the image has from now on.
    pub(super) fn security_id(&mut self, descriptor: &[u8]) -> Result<u32, EditProblem> {
        let id = self.metadata.security_mut().insert(descriptor);
        id.ok_or(EditProblem::Format(wim_format::EditError::TooMany))
    }

    fn set_new_short_name(&mut self, id: DentryId, short_name: Name) -> Result<(), EditProblem> {
        if short_name.is_empty() { Ok(()) } else { Ok(self.metadata.set_short_name(id, short_name)?) }
    }
}
