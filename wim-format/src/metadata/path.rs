//! Paths: from a path to a directory entry, and back.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::ImageMetadata;
use super::dentry::DentryId;
use crate::name::Name;

impl ImageMetadata {
    /// Finds the entry with a path such as `\Windows\System32`, from the root. Separators are `\` and `/`, and may be
    /// doubled, leading or trailing. The names are looked up by [`Self::find_child`]; escapes as [`Name`] shows them are
    /// understood.
    ///
    /// `.` and `..` have no meaning here, and links are not followed.
    pub fn find(&self, path: &str) -> Option<DentryId> {
        let names = path.split(['\\', '/']).filter(|name| !name.is_empty());
        names.map(Name::parse_escaped).try_fold(self.root(), |directory, name| self.find_child(directory, &name))
    }

    /// Finds the entry of a directory with this name, or else with this name in other case, as Windows does. Short names
    /// do not count.
    ///
    /// # Panics
    /// If the image has no entry `directory`.
    pub fn find_child(&self, directory: DentryId, name: &Name) -> Option<DentryId> {
        let children = &self.inode_of(directory).children;
        let name_of = |id: &DentryId| &self.dentry(*id).name;
        let Some(runs) = children.sorted_runs() else {
            let exact = children.iter().find(|id| name_of(id) == name);
            return exact.or_else(|| children.iter().find(|id| name_of(id).eq_ignore_case(name))).copied();
        };
        let matches = runs.into_iter().flat_map(|run| {
            let run = &children[run];
            let first = run.partition_point(|id| name_of(id).cmp_ignore_case(name).is_lt());
            run[first..].iter().take_while(|id| name_of(id).eq_ignore_case(name))
        });
        matches.clone().find(|id| name_of(id) == name).or_else(|| matches.clone().next()).copied()
    }

    /// The path of an entry, from the root, with `\` before each name; the root's is `\`. [`Self::find`] finds it again.
    ///
    /// # Panics
    /// If the image has no such entry, or it was removed.
    pub fn path(&self, id: DentryId) -> String {
        let ancestors: Vec<_> = self.ancestors(id).collect();
        let mut path = String::new();
        for &id in ancestors.iter().rev() {
            // Writing to a string cannot fail.
            let _ = write!(path, "\\{}", self.dentry(id).name);
        }
        if path.is_empty() {
            path.push('\\');
        }
        path
    }

    /// The entry and the directories that it is in, without the root.
    pub(super) fn ancestors(&self, id: DentryId) -> impl Iterator<Item = DentryId> {
        core::iter::successors(Some(id), |&id| Some(self.dentry(id).parent)).take_while(|&id| id != self.root())
    }
}
