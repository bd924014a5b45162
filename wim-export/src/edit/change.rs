//! Removing, renaming, and setting what a file says about itself.

use wim_format::{DentryId, FileAttributes, FileTime, Name};

use super::{EditProblem, Glob, ImageEditor, path, problem};
use crate::Result;

/// Attributes that say what an entry is, and so are not for a caller to set.
const STRUCTURE: FileAttributes =
    FileAttributes::DIRECTORY.with(FileAttributes::REPARSE_POINT).with(FileAttributes::ENCRYPTED);

impl ImageEditor {
    /// Removes what is at `path`, a directory with everything in it. Returns how many entries went.
    ///
    /// # Errors
    /// If there is nothing, or it is the root.
    pub fn remove(&mut self, path: &str) -> Result<usize> {
        let id = self.find(path)?;
        self.remove_entry(id).map_err(|why| problem(path, why))
    }

    /// Removes every entry that matches, directories with everything in them. Returns how many entries went.
    ///
    /// # Errors
    /// None so far: a pattern never matches the root, and may match nothing.
    pub fn remove_matching(&mut self, pattern: &Glob) -> Result<usize> {
        let mut removed = 0;
        for id in pattern.find(&self.metadata) {
            // What is in a directory that matched went with it.
            if !self.metadata.dentry(id).is_removed() {
                removed += self.remove_entry(id).map_err(|why| problem(pattern.as_str(), why))?;
            }
        }
        Ok(removed)
    }

    /// Removes an entry, a directory with everything in it. Returns how many entries went.
    pub(crate) fn remove_entry(&mut self, id: DentryId) -> Result<usize, EditProblem> {
        let before = self.metadata.entry_count();
        self.metadata.remove(id)?;
        Ok(before - self.metadata.entry_count())
    }

    /// Moves what is at `from` to `to`, whose directory exists. The name may change in its case only. Its 8.3 name goes.
    ///
    /// With `overwrite`, a file takes the place of a file and a directory that of an empty directory.
    ///
    /// # Errors
    /// If there is nothing at `from`, something at `to` that is to stay, or a directory would be moved into itself.
    pub fn rename(&mut self, from: &str, to: &str, overwrite: bool) -> Result<()> {
        let id = self.find(from)?;
        let names = path::parse(to)?;
        let fail = |why: EditProblem| problem(to, why);
        let (name, directories) = names.split_last().ok_or_else(|| fail(EditProblem::Exists))?;
        let parent = directories.iter().try_fold(self.metadata.root(), |at, name| self.metadata.find_child(at, name));
        let parent = parent.ok_or_else(|| fail(EditProblem::NoSuchPath))?;
        if self.is_within(parent, id) {
            return Err(fail(EditProblem::Format(wim_format::EditError::IntoItself)));
        }
        let existing = self.metadata.find_child(parent, name).filter(|&existing| existing != id);
        if let Some(existing) = existing {
            self.check_overwrite(id, existing, overwrite).map_err(fail)?;
            self.remove_entry(existing).map_err(fail)?;
        }
        self.metadata.rename(id, parent, name.clone()).map_err(|why| fail(why.into()))
    }

    /// Whether `entry` is `directory` or below it.
    fn is_within(&self, entry: DentryId, directory: DentryId) -> bool {
        let up = |&at: &DentryId| (at != self.metadata.root()).then(|| self.metadata.dentry(at).parent);
        std::iter::successors(Some(entry), up).any(|at| at == directory)
    }

    fn check_overwrite(&self, id: DentryId, existing: DentryId, overwrite: bool) -> Result<(), EditProblem> {
        let (new, there) = (self.metadata.inode_of(id), self.metadata.inode_of(existing));
        match (new.is_directory(), there.is_directory()) {
            _ if !overwrite => Err(EditProblem::Exists),
            (false, true) => Err(EditProblem::IsADirectory),
            (true, false) => Err(EditProblem::NotADirectory),
            (true, true) if !there.children.is_empty() => Err(EditProblem::NotEmpty),
            _ => Ok(()),
        }
    }

    /// Sets some attributes of what is at `path`, and clears others. What an entry is stays: a directory, a reparse point,
    /// an encrypted file.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn set_attributes(&mut self, path: &str, set: FileAttributes, clear: FileAttributes) -> Result<()> {
        let id = self.find(path)?;
        self.set_attributes_of(id, set, clear);
        Ok(())
    }

    /// The same of an entry.
    pub(crate) fn set_attributes_of(&mut self, id: DentryId, set: FileAttributes, clear: FileAttributes) {
        let inode = self.metadata.inode_mut(self.metadata.dentry(id).inode);
        let changed = inode.attributes.without(clear.without(STRUCTURE)).with(set.without(STRUCTURE));
        // NORMAL means that there is nothing else.
        let others = changed.without(FileAttributes::NORMAL);
        inode.attributes = if others == FileAttributes(0) { FileAttributes::NORMAL } else { others };
    }

    /// Sets the times of what is at `path`; `None` leaves one as it is.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn set_times(
        &mut self,
        path: &str,
        created: Option<FileTime>,
        accessed: Option<FileTime>,
        written: Option<FileTime>,
    ) -> Result<()> {
        let id = self.find(path)?;
        let inode = self.metadata.inode_mut(self.metadata.dentry(id).inode);
        inode.creation_time = created.unwrap_or(inode.creation_time);
        inode.last_access_time = accessed.unwrap_or(inode.last_access_time);
        inode.last_write_time = written.unwrap_or(inode.last_write_time);
        Ok(())
    }

    /// Gives what is at `path` this security descriptor, self-relative, or none.
    ///
    /// # Errors
    /// If there is nothing, or the image has no room for more descriptors.
    pub fn set_security(&mut self, path: &str, descriptor: Option<&[u8]>) -> Result<()> {
        let id = self.find(path)?;
        let security_id = descriptor.map(|descriptor| self.security_id(descriptor)).transpose();
        let security_id = security_id.map_err(|why| problem(path, why))?;
        self.metadata.inode_mut(self.metadata.dentry(id).inode).security_id = security_id;
        Ok(())
    }

    /// Gives what is at `path` this 8.3 name; an empty one takes it away.
    ///
    /// # Errors
    /// If there is nothing, or no file can have this name.
    pub fn set_short_name(&mut self, path: &str, short_name: Name) -> Result<()> {
        let id = self.find(path)?;
        self.metadata.set_short_name(id, short_name).map_err(|why| problem(path, why.into()))
    }
}
