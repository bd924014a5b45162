//! Which entries of an image are meant: paths, and patterns of paths.

use wim_export::{Archive, Error, Result};
use wim_format::{DentryId, ImageIndex, ImageMetadata, Name, NamePattern};

/// What to extract, and where to below the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selection {
    /// The whole image: the destination becomes its root.
    All,
    /// Entries, with everything below them.
    Paths(Vec<PathPattern>),
}

/// One or more entries of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    /// Its path, from the root, with `\` or `/`. In a name, `*` stands for any characters, `?` for one.
    pub path: String,
    /// Whether it keeps its path below the destination, rather than lying right in it.
    pub keep_path: bool,
    /// Whether `*` and `?` stand for themselves.
    pub literal: bool,
}

/// An entry that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selected {
    pub(super) dentry: DentryId,
    pub(super) keep_path: bool,
}

/// The entries that `patterns` name, each once, in the order in which they are named.
pub(super) fn select(
    archive: &Archive,
    image: ImageIndex,
    metadata: &ImageMetadata,
    patterns: &[PathPattern],
) -> Result<Vec<Selected>> {
    let mut selected: Vec<Selected> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for pattern in patterns {
        let found = pattern.find(metadata);
        if found.is_empty() {
            let (archive, path) = (archive.name().to_owned(), pattern.path.clone());
            return Err(Error::NoSuchPath { archive, image, path });
        }
        let new = found.into_iter().filter(|dentry| seen.insert((*dentry, pattern.keep_path)));
        selected.extend(new.map(|dentry| Selected { dentry, keep_path: pattern.keep_path }));
    }
    Ok(selected)
}

impl PathPattern {
    /// The entries that the pattern names.
    fn find(&self, metadata: &ImageMetadata) -> Vec<DentryId> {
        let mut found = vec![metadata.root()];
        for component in self.path.split(['\\', '/']).filter(|component| !component.is_empty()) {
            let name = Name::parse_escaped(component);
            let pattern = NamePattern::new(&name);
            found = if !self.literal && !pattern.is_literal() {
                let children = found.iter().flat_map(|&directory| &metadata.inode_of(directory).children);
                children.copied().filter(|&child| pattern.matches(&metadata.dentry(child).name)).collect()
            } else {
                found.iter().filter_map(|&directory| metadata.find_child(directory, &name)).collect()
            };
        }
        found
    }
}
