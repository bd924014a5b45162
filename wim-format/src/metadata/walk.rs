//! The walk over a tree: every other part of the library that visits entries uses it.

use alloc::vec;
use alloc::vec::Vec;
use core::slice;

use super::ImageMetadata;
use super::dentry::{Dentry, DentryId};

/// A walk over a directory entry and everything below it, each directory before its entries, those in the order in which
/// they are stored. It keeps its own stack, so no tree is too deep for it.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    metadata: &'a ImageMetadata,
    /// Where the walk begins, until it has begun.
    start: Option<DentryId>,
    /// For each level below the start, the entries still to be visited.
    levels: Vec<slice::Iter<'a, DentryId>>,
    depth: usize,
}

impl Walk<'_> {
    /// How many levels below the start the entry is that [`next`](Iterator::next) gave last; 0 is the start itself.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Leaves out what is below the entry that [`next`](Iterator::next) gave last. Call it at most once an entry.
    pub fn skip_children(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            *level = [].iter();
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = (DentryId, &'a Dentry);

    fn next(&mut self) -> Option<Self::Item> {
        let id = match self.start.take() {
            Some(start) => start,
            None => loop {
                if let Some(&id) = self.levels.last_mut()?.next() {
                    break id;
                }
                self.levels.pop();
            },
        };
        self.depth = self.levels.len();
        self.levels.push(self.metadata.inode_of(id).children.iter());
        Some((id, self.metadata.dentry(id)))
    }
}

impl ImageMetadata {
    /// A walk over the whole image, which begins with the root.
    pub fn walk(&self) -> Walk<'_> {
        self.walk_from(self.root())
    }

    /// A walk over `start` and everything below it.
    ///
    /// # Panics
    /// In its first step, if the image has no such entry.
    pub fn walk_from(&self, start: DentryId) -> Walk<'_> {
        Walk { metadata: self, start: Some(start), levels: vec![], depth: 0 }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use testdata::build::{Dentry, MetadataBuilder, ROOT};

    use super::*;
    use crate::limits::Limits;

    fn image() -> ImageMetadata {
        let mut tree = MetadataBuilder::new();
        tree.make_dir(r"\a\b\c");
        tree.make_dir(r"\a\d");
        tree.add(ROOT, Dentry::file("e", ""));
        ImageMetadata::parse(&tree.to_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn a_walk_visits_everything_and_knows_how_deep_it_is() {
        let image = image();
        let mut walk = image.walk();
        let mut visited = Vec::new();
        while let Some((id, _)) = walk.next() {
            visited.push((image.path(id), walk.depth()));
        }
        let expected = [(r"\", 0), (r"\a", 1), (r"\a\b", 2), (r"\a\b\c", 3), (r"\a\d", 2), (r"\e", 1)];
        assert_eq!(visited, expected.map(|(path, depth)| (path.into(), depth)));
    }

    #[test]
    fn a_walk_can_begin_anywhere_and_leave_out_directories() {
        let image = image();
        let mut walk = image.walk_from(image.find("a").unwrap());
        let mut visited = String::new();
        while let Some((_, dentry)) = walk.next() {
            visited.push_str(&alloc::format!("{}{} ", dentry.name, walk.depth()));
            if dentry.name == "b" {
                walk.skip_children();
            }
        }
        assert_eq!(visited, "a0 b1 d1 ");
    }
}
