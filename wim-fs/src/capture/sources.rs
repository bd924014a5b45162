//! Lists of what goes where: several folders and files as one image.

use std::path::PathBuf;

use wim_export::{Error, Result};
use wim_format::Name;

/// A folder or a file, and where in the image it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureSource {
    /// Where it is.
    pub path: PathBuf,
    /// The names of its place in the image, from the root; none: it is the root.
    pub target: Vec<Name>,
}

impl CaptureSource {
    /// Reads a list: on each line the path of a source and its place in the image, which is the same path if it is left out.
    /// `/` is the root. Paths with blanks stand between single or double quotes; empty lines and those that begin with `#`
    /// say nothing. `wimlib-imagex capture --source-list` takes the same lists.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if a line has more than two paths, or none that can be in an image, or a quote that does not
    /// end.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> wim_fs::Result<()> {
    /// let list = "# Windows PE, and what we add\nmount /\n'our tools' \\Tools\n";
    /// let sources = wim_fs::CaptureSource::parse_list(list)?;
    /// assert_eq!(sources.len(), 2);
    /// assert!(sources[0].target.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        let mut sources = Vec::new();
        for (number, line) in (1_usize..).zip(text.lines()) {
            let wrong = |why: &str| Error::InvalidArgument {
                what: "line of the list of sources",
                value: format!("{number}: {}", line.trim()),
                expected: why.to_owned(),
            };
            let words = words(line).ok_or_else(|| wrong("a quote does not end"))?;
            let (path, target) = match words.as_slice() {
                [] => continue,
                [path] => (path, path),
                [path, target] => (path, target),
                _ => return Err(wrong("a source, and where it goes; paths with blanks stand between quotes")),
            };
            let target = names(target).ok_or_else(|| wrong("no path in an image has . or .. in it"))?;
            sources.push(Self { path: PathBuf::from(path), target });
        }
        Ok(sources)
    }
}

/// The words of a line; `None` if a quote does not end.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut rest) = (Vec::new(), line.trim());
    if rest.starts_with('#') {
        return Some(words);
    }
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' | '\'' => rest[1..].split_once(first)?,
            _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Some(words)
}

/// The names of a path in the image.
fn names(path: &str) -> Option<Vec<Name>> {
    let names = path.split(['/', '\\']).filter(|name| !name.is_empty() && *name != ".");
    names.map(|name| (name != "..").then(|| Name::from(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_a_source_and_a_target() {
        let list = "\n  # a comment\nwinpe /\noverlay\t/over/lay/\n'with blank' \"also blank\"\n./same\r\n";
        let sources = CaptureSource::parse_list(list).unwrap();
        let seen: Vec<(String, String)> = sources
            .iter()
            .map(|source| {
                let names: Vec<String> = source.target.iter().map(ToString::to_string).collect();
                (source.path.display().to_string(), names.join("/"))
            })
            .collect();
        let expected = [("winpe", ""), ("overlay", "over/lay"), ("with blank", "also blank"), ("./same", "same")];
        assert_eq!(seen, expected.map(|(path, target)| (path.to_owned(), target.to_owned())));
    }

    #[test]
    fn lines_that_make_no_sense_are_named() {
        for (list, named) in [("a\nb c d", "2: b c d"), ("'a", "1: 'a"), ("a ../b", "1: a ../b"), ("../a", "1: ../a")] {
            let error = CaptureSource::parse_list(list).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
