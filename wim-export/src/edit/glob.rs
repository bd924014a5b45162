//! Patterns of paths: `*` and `?` within a name, `**` for directories.

use wim_format::{DentryId, ImageMetadata, Name, NamePattern};

use super::{EditProblem, path, problem};
use crate::Result;

/// A pattern of paths of an image, such as `\Windows\Logs\**\*.log`, without regard to case.
///
/// In a name, `*` stands for any characters and `?` for one; everything else for itself. A whole name `**` stands for any
/// number of directories, also none; at the end of a pattern for everything below, but not for the directory itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// `**`.
    Directories,
    /// A name without a pattern.
    Literal(Name),
    Pattern(NamePattern),
}

/// A set of positions in a pattern: the parts that may match next.
type Positions = u64;
/// Positions are numbered up to the one after the last part.
const MAX_PARTS: usize = Positions::BITS as usize - 1;

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// If it is no path (see [`super::ImageEditor::find`]), has `**` in the middle of a name, or has more than 63 parts.
    pub fn parse(text: &str) -> Result<Self> {
        let names = path::parse(text)?;
        let parts: Option<Vec<Part>> = names.iter().map(part).collect();
        let mut parts = parts.filter(|parts| !parts.is_empty() && parts.len() <= MAX_PARTS);
        if let Some(parts) = &mut parts {
            parts.dedup_by(|b, a| (&*a, &*b) == (&Part::Directories, &Part::Directories));
        }
        let parts = parts.ok_or_else(|| problem(text, EditProblem::InvalidPattern))?;
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Every entry that matches, each directory before what is in it.
    pub fn find(&self, metadata: &ImageMetadata) -> Vec<DentryId> {
        if let Some(found) = self.find_literal(metadata) {
            return found.into_iter().collect();
        }
        let mut found = Vec::new();
        // What may match at each level on the way down to the entry.
        let mut levels = vec![self.start()];
        let mut walk = metadata.walk();
        walk.next();
        while let Some((id, dentry)) = walk.next() {
            levels.truncate(walk.depth());
            let next = self.step(levels[walk.depth() - 1], &dentry.name);
            if self.is_match(next) {
                found.push(id);
            }
            if next & (self.end() - 1) == 0 {
                walk.skip_children();
            }
            levels.push(next);
        }
        found
    }

    /// The only entry that can match a pattern without patterns.
    fn find_literal(&self, metadata: &ImageMetadata) -> Option<Option<DentryId>> {
        let names = self.parts.iter().map(|part| if let Part::Literal(name) = part { Some(name) } else { None });
        let names: Vec<&Name> = names.collect::<Option<_>>()?;
        Some(names.into_iter().try_fold(metadata.root(), |parent, name| metadata.find_child(parent, name)))
    }

    /// Whether a path of these names matches.
    pub fn matches<'a>(&self, names: impl IntoIterator<Item = &'a Name>) -> bool {
        self.is_match(names.into_iter().fold(self.start(), |positions, name| self.step(positions, name)))
    }

    /// Whether the entry matches, by its path.
    ///
    /// # Panics
    /// If the image has no such entry.
    pub fn matches_entry(&self, metadata: &ImageMetadata, id: DentryId) -> bool {
        let mut names = Vec::new();
        let mut at = id;
        while at != metadata.root() {
            names.push(&metadata.dentry(at).name);
            at = metadata.dentry(at).parent;
        }
        self.matches(names.into_iter().rev())
    }

    /// The directory in front of the first `**`, if the pattern has one: what stays when everything below it goes.
    pub fn directory_before_all(&self) -> Option<usize> {
        self.parts.iter().position(|part| *part == Part::Directories)
    }

    fn start(&self) -> Positions {
        self.skip_directories(1)
    }

    const fn end(&self) -> Positions {
        1 << self.parts.len()
    }

    const fn is_match(&self, positions: Positions) -> bool {
        positions & self.end() != 0
    }

    /// Adds the positions after each `**`, as it may stand for nothing; but not at the end.
    fn skip_directories(&self, mut positions: Positions) -> Positions {
        for (at, part) in self.parts.iter().enumerate().take(self.parts.len() - 1) {
            if *part == Part::Directories && positions & (1 << at) != 0 {
                positions |= 1 << (at + 1);
            }
        }
        positions
    }

    /// What may match after another `name`.
    fn step(&self, positions: Positions, name: &Name) -> Positions {
        let mut next = 0;
        for (at, part) in self.parts.iter().enumerate().filter(|(at, _)| positions & (1 << at) != 0) {
            match part {
                Part::Directories if at + 1 == self.parts.len() => next |= 1 << at | 1 << (at + 1),
                Part::Directories => next |= 1 << at,
                Part::Literal(literal) if literal.eq_ignore_case(name) => next |= 1 << (at + 1),
                Part::Pattern(pattern) if pattern.matches(name) => next |= 1 << (at + 1),
                Part::Literal(_) | Part::Pattern(_) => {}
            }
        }
        self.skip_directories(next)
    }
}

impl std::fmt::Display for Glob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// The part of a pattern that `name` is; none if it has `**` and something else.
fn part(name: &Name) -> Option<Part> {
    const STAR: u16 = b'*' as u16;
    if *name.units() == [STAR, STAR] {
        return Some(Part::Directories);
    }
    if name.units().windows(2).any(|pair| pair == [STAR, STAR]) {
        return None;
    }
    let pattern = NamePattern::new(name);
    Some(if pattern.is_literal() { Part::Literal(name.clone()) } else { Part::Pattern(pattern) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let names = path::parse(path).unwrap();
        Glob::parse(pattern).unwrap().matches(&names)
    }

    #[test]
    fn patterns_match_what_they_say() {
        for (pattern, path) in [
            (r"\Windows\Temp\**", r"\windows\TEMP\a\b"),
            (r"\Windows\**\*.log", r"\Windows\a.LOG"),
            (r"\Windows\**\*.log", r"\Windows\a\b\c.log"),
            (r"**\a", "a"),
            (r"**\a", r"x\y\a"),
            (r"\a\**\**\b", r"\a\b"),
            (r"\*\?", r"\abc\d"),
            (r"\$Recycle.Bin\**", r"\$RECYCLE.BIN\x"),
            ("**", "a"),
            (r"\x[1]", r"\X[1]"),
            (r"\a\**\b\**", r"\a\x\b\y\z"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            (r"\Windows\Temp\**", r"\Windows\Temp"),
            (r"\Windows\*.log", r"\Windows\a\b.log"),
            (r"\a\**\b", r"\a\c"),
            (r"\a?", r"\a"),
            (r"\a", r"\a\b"),
            (r"\a\b", r"\a"),
            (r"\a\**\b\**", r"\a\x\b"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in ["", r"\", r"\a**", r"\**.log", r"\a\..\*", r"C:\*", &r"\a".repeat(64)] {
            assert!(Glob::parse(pattern).is_err(), "{pattern}");
        }
    }
}
