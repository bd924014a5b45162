//! Changes to a tree.

use alloc::vec::Vec;
use core::fmt;

use super::ImageMetadata;
use super::children::Children;
use super::dentry::{Dentry, DentryId};
use super::inode::{Inode, InodeId};
use super::parse::MAX_ENTRIES;
use crate::name::Name;

/// Why a tree cannot be changed as asked; it is then as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// The parent is not a directory, or a reparse point.
    NotADirectory,
    /// The directory already has an entry with exactly this name.
    NameExists,
    /// No file can have this name: empty, `.`, `..`, too long, or with a NUL, `\` or `/`.
    InvalidName,
    /// The root can neither be moved nor removed.
    IsRoot,
    /// A directory cannot be moved into itself.
    IntoItself,
    /// Neither directories nor reparse points can have more than one name.
    NoHardLinks,
    /// More than the format can count.
    TooMany,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotADirectory => "not a directory",
            Self::NameExists => "the name exists already",
            Self::InvalidName => "no file can have this name",
            Self::IsRoot => "the root can neither be moved nor removed",
            Self::IntoItself => "a directory cannot be moved into itself",
            Self::NoHardLinks => "directories and reparse points cannot have more than one name",
            Self::TooMany => "more than an image can hold",
        })
    }
}

impl core::error::Error for EditError {}

impl ImageMetadata {
    /// Adds a file or directory, with one name, no link group and no children, to a directory. Where that one's entries
    /// are sorted, the new one is put where it belongs.
    ///
    /// # Errors
    /// If `parent` is not a directory or has an entry with exactly this name, if the name cannot be, or the image is full.
    ///
    /// # Panics
    /// If the image has no entry `parent`.
    pub fn add_child(&mut self, parent: DentryId, name: Name, inode: Inode) -> Result<DentryId, EditError> {
        self.check_new_name(parent, &name)?;
        let id = self.next_dentry_id()?;
        // The arena of inodes is never longer than that of entries.
        let inode_id = InodeId(self.inodes.len() as u32);
        self.inodes.push(Inode { link_count: 1, link_group: 0, children: Children::default(), ..inode });
        self.push_dentry(Dentry { name, short_name: Name::default(), inode: inode_id, parent }, id);
        Ok(id)
    }

    /// Adds a name for a file that is in the image already: a hard link.
    ///
    /// # Errors
    /// As [`Self::add_child`]; also if the inode has no name any more, is a directory or a reparse point.
    ///
    /// # Panics
    /// If the image has no entry `parent` or no such inode.
    pub fn add_link(&mut self, parent: DentryId, name: Name, inode: InodeId) -> Result<DentryId, EditError> {
        self.check_new_name(parent, &name)?;
        let linked = self.inode(inode);
        if linked.is_directory() || linked.is_reparse_point() || linked.link_count == 0 {
            return Err(EditError::NoHardLinks);
        }
        let id = self.next_dentry_id()?;
        self.inode_mut(inode).link_count += 1;
        if self.inode(inode).link_count == 2 {
            // The number that a single name carries may be anything, even another group's after an edit.
            self.assign_link_group(inode);
        }
        self.push_dentry(Dentry { name, short_name: Name::default(), inode, parent }, id);
        Ok(id)
    }

    /// Removes an entry and everything below it. Its number is not used again.
    ///
    /// # Errors
    /// If it is the root.
    ///
    /// # Panics
    /// If the image has no such entry, or it was removed before.
    pub fn remove(&mut self, id: DentryId) -> Result<(), EditError> {
        if id == self.root() {
            return Err(EditError::IsRoot);
        }
        let removed: Vec<_> = self.walk_from(id).map(|(id, dentry)| (id, dentry.inode)).collect();
        let parent = self.dentry(id).parent;
        self.inode_of_mut(parent).children.remove(id);
        self.entry_count -= removed.len();
        for (id, inode) in removed {
            self.dentries[id.0 as usize].mark_removed();
            let inode = self.inode_mut(inode);
            inode.link_count -= 1;
            if inode.link_count == 0 {
                *inode = Inode::default();
            }
        }
        Ok(())
    }

    /// Gives an entry another name, or another directory, or both. Its short name goes, for it may be taken there.
    ///
    /// # Errors
    /// If `parent` is not a directory, or has another entry with exactly this name; if the name cannot be; if the entry
    /// is the root, or a directory that `parent` is in.
    ///
    /// # Panics
    /// If the image has no such entries, or they were removed.
    pub fn rename(&mut self, id: DentryId, parent: DentryId, name: Name) -> Result<(), EditError> {
        if id == self.root() {
            return Err(EditError::IsRoot);
        }
        if self.ancestors(parent).any(|ancestor| ancestor == id) {
            return Err(EditError::IntoItself);
        }
        let dentry = self.dentry(id);
        if dentry.parent == parent && dentry.name == name {
            return Ok(());
        }
        self.check_new_name(parent, &name)?;
        let old_parent = dentry.parent;
        self.inode_of_mut(old_parent).children.remove(id);
        let dentry = &mut self.dentries[id.0 as usize];
        *dentry = Dentry { name, short_name: Name::default(), inode: dentry.inode, parent };
        self.insert_into_parent(id);
        Ok(())
    }

    /// Sets an entry's 8.3 name, or takes it away where `short_name` is empty.
    ///
    /// # Errors
    /// If the name is longer than a name can be, or has a NUL, `\` or `/`; if the entry is the root.
    ///
    /// # Panics
    /// If the image has no such entry.
    pub fn set_short_name(&mut self, id: DentryId, short_name: Name) -> Result<(), EditError> {
        if id == self.root() {
            return Err(EditError::IsRoot);
        }
        if !short_name.is_empty() {
            check_name(&short_name)?;
        }
        self.dentries[id.0 as usize].short_name = short_name;
        Ok(())
    }

    fn check_new_name(&self, parent: DentryId, name: &Name) -> Result<(), EditError> {
        if self.dentry(parent).is_removed() || !self.inode_of(parent).is_directory() {
            return Err(EditError::NotADirectory);
        }
        check_name(name)?;
        match self.find_child(parent, name) {
            Some(found) if self.dentry(found).name == *name => Err(EditError::NameExists),
            _ => Ok(()),
        }
    }

    fn next_dentry_id(&self) -> Result<DentryId, EditError> {
        let next = self.dentries.len();
        if next as u64 >= MAX_ENTRIES { Err(EditError::TooMany) } else { Ok(DentryId(next as u32)) }
    }

    fn push_dentry(&mut self, dentry: Dentry, id: DentryId) {
        self.dentries.push(dentry);
        self.entry_count += 1;
        self.insert_into_parent(id);
    }

    /// Gives an inode a link group of its own.
    fn assign_link_group(&mut self, inode: InodeId) {
        match self.last_link_group.checked_add(1) {
            Some(group) => {
                self.last_link_group = group;
                self.inode_mut(inode).link_group = group;
            }
            None => self.renumber_link_groups(),
        }
    }

    /// Puts an entry among its parent's: where it belongs if they are sorted, else last. Where directories follow the
    /// files, a new one does, too.
    fn insert_into_parent(&mut self, id: DentryId) {
        let Dentry { name, parent, .. } = self.dentry(id);
        let children = &self.inode_of(*parent).children;
        let (position, run) = match children.sorted_runs() {
            None => (children.len(), 0),
            Some([first, second]) => {
                let run = usize::from(!second.is_empty() && self.inode_of(id).is_directory());
                let range = if run == 0 { first } else { second };
                let before = |other: &DentryId| self.dentry(*other).name.cmp_sorted(name).is_lt();
                (range.start + children[range].partition_point(before), run)
            }
        };
        let parent = *parent;
        self.inode_of_mut(parent).children.insert(position, run, id);
    }
}

fn check_name(name: &Name) -> Result<(), EditError> {
    const SEPARATORS: [u16; 2] = [b'\\' as u16, b'/' as u16];
    let has_separator = name.units().iter().any(|unit| SEPARATORS.contains(unit));
    if name.is_impossible() || has_separator || name.units().len() > Name::MAX_UNITS {
        return Err(EditError::InvalidName);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
