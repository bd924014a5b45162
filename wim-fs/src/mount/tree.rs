//! The tree of a mounted image: inode numbers, names, directories.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use wim_format::{DentryId, ImageMetadata, Inode, InodeId, Name};

use super::staged::Staged;
use crate::extract::names::to_host;
use crate::extract::{NameRules, Skipped};

/// The kernel's number of the root.
pub(super) const ROOT: u64 = 1;

/// The tree of an image, as the kernel asks for it: files by number, names in directories by bytes.
///
/// A file's number is that of its inode in the image, past the root's, and so is never used for another one.
pub(super) struct Tree {
    pub(super) metadata: ImageMetadata,
    /// For each inode, an entry that names it; a directory has no other.
    entry_of: Vec<DentryId>,
    /// Whether names that differ in case only can be given.
    pub(super) tells_case: bool,
    /// Data that was written.
    pub(super) staged: Staged,
    /// How often files are open, where that is counted: for anything, for writing.
    open: HashMap<InodeId, (u32, u32)>,
    /// Open files that have no name any more.
    pub(super) orphans: HashMap<InodeId, Inode>,
}

impl Tree {
    pub(super) fn new(metadata: ImageMetadata) -> Self {
        let mut entry_of = vec![metadata.root(); metadata.inodes().len()];
        // From the end, so that the first name of a file stays.
        for (number, dentry) in metadata.dentries().iter().enumerate().rev().filter(|(_, entry)| !entry.is_removed()) {
            entry_of[dentry.inode.0 as usize] = DentryId(number as u32);
        }
        let (staged, open, orphans) = (Staged::new(), HashMap::new(), HashMap::new());
        Self { metadata, entry_of, tells_case: true, staged, open, orphans }
    }

    /// The inode of the root.
    pub(super) fn root(&self) -> InodeId {
        self.metadata.dentry(self.metadata.root()).inode
    }

    /// The kernel's number of an inode.
    pub(super) fn number(&self, id: InodeId) -> u64 {
        if id == self.root() { ROOT } else { u64::from(id.0) + ROOT + 1 }
    }

    /// The inode of that number, if there is one that has a name or is open.
    pub(super) fn find(&self, number: u64) -> Option<InodeId> {
        let id = match number.checked_sub(ROOT + 1) {
            None if number == ROOT => self.root(),
            None => return None,
            Some(number) => InodeId(u32::try_from(number).ok()?),
        };
        let inode = self.metadata.inodes().get(id.0 as usize)?;
        (inode.link_count > 0 || self.orphans.contains_key(&id)).then_some(id)
    }

    pub(super) fn inode(&self, id: InodeId) -> &Inode {
        self.orphans.get(&id).unwrap_or_else(|| self.metadata.inode(id))
    }

    pub(super) fn inode_mut(&mut self, id: InodeId) -> &mut Inode {
        match self.orphans.get_mut(&id) {
            Some(orphan) => orphan,
            None => self.metadata.inode_mut(id),
        }
    }

    /// Notes a new entry, and returns its inode.
    pub(super) fn entry_added(&mut self, entry: DentryId) -> InodeId {
        let id = self.metadata.dentry(entry).inode;
        self.entry_of.resize(self.metadata.inodes().len(), entry);
        id
    }

    /// Finds another entry of an inode that lost one of several.
    pub(super) fn entry_removed(&mut self, id: InodeId, entry: DentryId) {
        if self.entry(id) == entry {
            let mut entries = self.metadata.dentries().iter();
            let other = entries.position(|dentry| dentry.inode == id && !dentry.is_removed());
            self.entry_of[id.0 as usize] = other.map_or(entry, |number| DentryId(number as u32));
        }
    }

    /// Notes that a file was opened.
    pub(super) fn opened(&mut self, id: InodeId, writes: bool) {
        let (all, writing) = self.open.entry(id).or_default();
        (*all, *writing) = (*all + 1, *writing + u32::from(writes));
    }

    /// Notes that a file was closed. If that was the last of it, returns what it was.
    pub(super) fn closed(&mut self, id: InodeId, writes: bool) -> Option<Inode> {
        let (all, writing) = self.open.get_mut(&id)?;
        (*all, *writing) = (all.saturating_sub(1), writing.saturating_sub(u32::from(writes)));
        if *all > 0 {
            return None;
        }
        self.open.remove(&id);
        self.orphans.remove(&id)
    }

    pub(super) fn is_open(&self, id: InodeId) -> bool {
        self.open.contains_key(&id)
    }

    /// How many files are open for writing.
    pub(super) fn writers(&self) -> usize {
        self.open.values().filter(|(_, writing)| *writing > 0).count()
    }

    /// An entry that names an inode.
    pub(super) fn entry(&self, id: InodeId) -> DentryId {
        self.entry_of[id.0 as usize]
    }

    /// The directory that a directory is in.
    pub(super) fn parent(&self, id: InodeId) -> InodeId {
        self.metadata.dentry(self.metadata.dentry(self.entry(id)).parent).inode
    }

    /// The entry of a directory that has exactly this name.
    pub(super) fn lookup(&self, directory: InodeId, name: &OsStr) -> Option<DentryId> {
        let name = image_name(name)?;
        let found = self.metadata.find_child(self.entry(directory), &name)?;
        (self.metadata.dentry(found).name == name && self.shown_name(found).is_some()).then_some(found)
    }

    /// What an entry is called here; nothing, if no file can be called that.
    pub(super) fn shown_name(&self, entry: DentryId) -> Option<OsString> {
        to_host(&self.metadata.dentry(entry).name, NameRules::Unix).ok()
    }

    /// The path of an inode in the image, for messages.
    pub(super) fn path(&self, id: InodeId) -> String {
        let entry = self.entry(id);
        let dentry = self.metadata.dentry(entry);
        if dentry.is_removed() || dentry.inode != id { format!("file {}", id.0) } else { self.metadata.path(entry) }
    }

    /// The entries that are not shown, without those below them.
    pub(super) fn hidden(&self) -> Vec<Skipped> {
        let mut hidden = Vec::new();
        let mut walk = self.metadata.walk();
        walk.next();
        while let Some((id, dentry)) = walk.next() {
            if let Err(why) = to_host(&dentry.name, NameRules::Unix) {
                hidden.push(Skipped { path: self.metadata.path(id), why: why.to_string() });
                walk.skip_children();
            }
        }
        hidden
    }
}

/// The name in an image that is shown as these bytes, if there can be one.
pub(super) fn image_name(name: &OsStr) -> Option<Name> {
    crate::wtf8::decode(name.as_bytes()).map(Name::from_units)
}

#[cfg(test)]
mod tests {
    use testdata::build::{Dentry, MetadataBuilder, ROOT as TOP};
    use wim_format::Limits;

    use super::*;

    fn tree() -> Tree {
        let mut image = MetadataBuilder::new();
        image.make_dir(r"\a\b");
        image.add(TOP, Dentry::file("e", ""));
        image.add(TOP, Dentry::file("E", ""));
        image.add(TOP, Dentry::file("../evil", ""));
        Tree::new(ImageMetadata::parse(&image.to_bytes(), &Limits::default()).unwrap())
    }

    fn look(tree: &Tree, directory: InodeId, name: &str) -> Option<InodeId> {
        tree.lookup(directory, OsStr::new(name)).map(|entry| tree.metadata.dentry(entry).inode)
    }

    #[test]
    fn numbers_lead_back_to_inodes_and_nowhere_else() {
        let tree = tree();
        assert_eq!((tree.number(tree.root()), tree.find(ROOT)), (ROOT, Some(tree.root())));
        let a = look(&tree, tree.root(), "a").unwrap();
        assert_eq!(tree.find(tree.number(a)), Some(a));
        for number in [0, 1000, u64::MAX] {
            assert_eq!(tree.find(number), None);
        }
        assert_eq!(tree.parent(look(&tree, a, "b").unwrap()), a);
        assert_eq!(tree.parent(tree.root()), tree.root());
    }

    #[test]
    fn names_are_told_apart_by_case() {
        let tree = tree();
        let (lower, upper) = (look(&tree, tree.root(), "e"), look(&tree, tree.root(), "E"));
        assert!(lower.is_some() && upper.is_some() && lower != upper);
        assert_eq!(look(&tree, tree.root(), "A"), None);
    }

    #[test]
    fn what_no_file_can_be_called_is_not_there() {
        let tree = tree();
        let hidden = tree.hidden();
        assert_eq!(hidden.len(), 1);
        assert_eq!(look(&tree, tree.root(), "../evil"), None);
        assert_eq!(tree.lookup(tree.root(), OsStr::from_bytes(b"\xFF")), None);
    }
}
