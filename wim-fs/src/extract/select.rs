//! Which entries of an image are meant: paths, and patterns of paths.

use wim_export::{Archive, Error, Result};
use wim_format::{DentryId, ImageIndex, ImageMetadata, Name};

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
            found = if !self.literal && component.contains(['*', '?']) {
                let children = found.iter().flat_map(|&directory| &metadata.inode_of(directory).children);
                children.copied().filter(|&child| matches(&name, &metadata.dentry(child).name)).collect()
            } else {
                found.iter().filter_map(|&directory| metadata.find_child(directory, &name)).collect()
            };
        }
        found
    }
}

/// Whether `name` matches `pattern`, without regard to case. The last `*` that matched anything takes one unit more for as
/// long as it helps.
pub(crate) fn matches(pattern: &Name, name: &Name) -> bool {
    const STAR: u16 = b'*' as u16;
    const ANY: u16 = b'?' as u16;
    let pattern: Vec<u16> = pattern.upper_units().collect();
    let name: Vec<u16> = name.upper_units().collect();
    let (mut at_pattern, mut at_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at_name < name.len() {
        match pattern.get(at_pattern) {
            Some(&STAR) => {
                star = Some((at_pattern, at_name));
                at_pattern += 1;
            }
            Some(&unit) if unit == ANY || unit == name[at_name] => {
                at_pattern += 1;
                at_name += 1;
            }
            _ => {
                let Some((star_at, taken_to)) = star else { return false };
                star = Some((star_at, taken_to + 1));
                at_pattern = star_at + 1;
                at_name = taken_to + 1;
            }
        }
    }
    pattern[at_pattern..].iter().all(|&unit| unit == STAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_without_regard_to_case() {
        let matches = |pattern: &str, name: &str| matches(&Name::from(pattern), &Name::from(name));
        for (pattern, name) in
            [("*", "x"), ("*.DLL", "a.dll"), ("a?c", "abc"), ("*a*b", "XAYBZB"), ("ü", "Ü"), ("", "")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("", "x"), ("*.dll", "a.dl"), ("a?", "a"), ("*a", "ab")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
