//! Configuration files of captures: what is left out.
//!
//! ```text
//! [ExclusionList]          a pattern a line: \pagefile.sys from the root, *.tmp anywhere
//! [ExclusionException]     what is kept all the same
//! [PrepopulateList], [CompressionExclusionList], [CompressionFolderList]     understood, and of no effect
//! ```

use wim_export::{Error, Result};
use wim_format::{Name, NamePattern};

/// What a capture leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureConfig {
    exclusions: Vec<Pattern>,
    exceptions: Vec<Pattern>,
}

/// A pattern of names, in which `*` and `?` stand for characters of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// Of any entry, wherever it is.
    Name(NamePattern),
    /// Of a path, from the root.
    Path(Vec<NamePattern>),
}

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    Leave,
    /// A directory that is left out, but for something in it.
    KeepExceptions,
}

/// What Windows makes anew, or must not share. This is also what wimlib leaves out.
const DEFAULT: &str = r#"[ExclusionList]
\$ntfs.log
\hiberfil.sys
\pagefile.sys
\swapfile.sys
"\System Volume Information"
\RECYCLER
\$RECYCLE.BIN
\Windows\CSC
"#;

impl Default for CaptureConfig {
    fn default() -> Self {
        Self::parse(DEFAULT).unwrap_or(Self::NOTHING)
    }
}

impl CaptureConfig {
    /// Nothing is left out.
    pub const NOTHING: Self = Self { exclusions: Vec::new(), exceptions: Vec::new() };

    /// Reads a configuration file.
    ///
    /// # Errors
    /// If there is a section of another name, a line before any section, or a pattern that is a path but not from the root.
    pub fn parse(text: &str) -> Result<Self> {
        let mut config = Self::NOTHING;
        let mut section = String::new();
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name.to_ascii_lowercase();
                let known = ["exclusionlist", "exclusionexception", "prepopulatelist"];
                let without_effect = ["compressionexclusionlist", "compressionfolderlist"];
                if !known.contains(&section.as_str()) && !without_effect.contains(&section.as_str()) {
                    return Err(invalid(line, "no section of a configuration file has this name"));
                }
                continue;
            }
            match section.as_str() {
                "exclusionlist" => config.exclusions.push(Pattern::parse(line)?),
                "exclusionexception" => config.exceptions.push(Pattern::parse(line)?),
                "" => return Err(invalid(line, "a pattern follows a line such as [ExclusionList]")),
                _ => {}
            }
        }
        Ok(config)
    }

    /// What becomes of the entry of this name in the directory with this path, of which only what the configuration excepts is
    /// kept if that directory was left out.
    pub(super) fn verdict(
        &self,
        directory: &[Name],
        name: &Name,
        is_directory: bool,
        only_exceptions: bool,
    ) -> Verdict {
        let path = (directory, name);
        let excluded = only_exceptions || self.exclusions.iter().any(|pattern| pattern.matches(path));
        if !excluded || self.exceptions.iter().any(|pattern| pattern.matches(path)) {
            return Verdict::Keep;
        }
        if is_directory && self.exceptions.iter().any(|pattern| pattern.may_be_below(path)) {
            return Verdict::KeepExceptions;
        }
        Verdict::Leave
    }
}

impl Pattern {
    fn parse(line: &str) -> Result<Self> {
        let quoted = |quote| line.strip_prefix(quote).and_then(|line| line.strip_suffix(quote));
        let text = quoted('"').or_else(|| quoted('\'')).unwrap_or(line);
        let text = match text.as_bytes() {
            [letter, b':', ..] if letter.is_ascii_alphabetic() => &text[2..],
            _ => text,
        };
        let names = text.split(['\\', '/']).filter(|name| !name.is_empty());
        let names: Vec<NamePattern> = names.map(|name| NamePattern::new(&name.into())).collect();
        match names.as_slice() {
            [] => Err(invalid(line, "a pattern has a name in it")),
            _ if text.starts_with(['\\', '/']) => Ok(Self::Path(names)),
            [name] => Ok(Self::Name(name.clone())),
            _ => Err(invalid(line, r"a pattern of a path begins with \")),
        }
    }

    fn matches(&self, (directory, name): (&[Name], &Name)) -> bool {
        match self {
            Self::Name(pattern) => pattern.matches(name),
            Self::Path(patterns) => patterns.len() == directory.len() + 1 && begins(patterns, (directory, name)),
        }
    }

    /// Whether something in the directory with this path may match.
    fn may_be_below(&self, (directory, name): (&[Name], &Name)) -> bool {
        match self {
            Self::Name(_) => false,
            Self::Path(patterns) => patterns.len() > directory.len() + 1 && begins(patterns, (directory, name)),
        }
    }
}

/// Whether a path matches the first of the patterns, name by name.
fn begins(patterns: &[NamePattern], (directory, name): (&[Name], &Name)) -> bool {
    patterns.iter().zip(directory.iter().chain([name])).all(|(pattern, name)| pattern.matches(name))
}

fn invalid(line: &str, expected: &str) -> Error {
    Error::InvalidArgument { what: "line of the configuration", value: line.to_owned(), expected: expected.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(config: &CaptureConfig, path: &str, only_exceptions: bool) -> Verdict {
        let names: Vec<Name> = path.split('\\').filter(|name| !name.is_empty()).map(Name::from).collect();
        let (name, directory) = names.split_last().unwrap();
        config.verdict(directory, name, path.ends_with('\\'), only_exceptions)
    }

    #[test]
    fn the_usual_files_are_left_out() {
        let config = CaptureConfig::default();
        for path in [r"\pagefile.sys", r"\System Volume Information\", r"\$Recycle.Bin\", r"\windows\csc\"] {
            assert_eq!(verdict(&config, path, false), Verdict::Leave, "{path}");
        }
        for path in [r"\a\pagefile.sys", r"\Windows\", r"\pagefile.sys2"] {
            assert_eq!(verdict(&config, path, false), Verdict::Keep, "{path}");
        }
    }

    #[test]
    fn exceptions_are_kept_with_the_directories_that_they_are_in() {
        let text = "; comment\n[exclusionlist]\nC:\\logs\n*.tmp\n\n[ExclusionException]\n/logs/a/keep.*\n'keep.tmp'\n\
                    [PrepopulateList]\nwhatever\\it is\n";
        let config = CaptureConfig::parse(text).unwrap();
        assert_eq!(verdict(&config, r"\logs\", false), Verdict::KeepExceptions);
        assert_eq!(verdict(&config, r"\logs\a\", true), Verdict::KeepExceptions);
        assert_eq!(verdict(&config, r"\logs\b\", true), Verdict::Leave);
        assert_eq!(verdict(&config, r"\logs\a\keep.log", true), Verdict::Keep);
        assert_eq!(verdict(&config, r"\logs\a\other.log", true), Verdict::Leave);
        assert_eq!(verdict(&config, r"\x\y.TMP", false), Verdict::Leave);
        assert_eq!(verdict(&config, r"\x\keep.tmp", false), Verdict::Keep);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["*.tmp", "[Unknown]\n", "[ExclusionList]\na\\b\n", "[ExclusionList]\n\\\n"] {
            assert!(matches!(CaptureConfig::parse(text), Err(Error::InvalidArgument { .. })), "{text:?}");
        }
    }
}
