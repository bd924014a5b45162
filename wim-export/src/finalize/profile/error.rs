//! What is wrong with a profile, and where.

use std::fmt;
use std::ops::Range;

/// What is wrong with a profile, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    line: usize,
    message: String,
}

impl ProfileError {
    /// Something wrong at these bytes of `text`.
    pub(super) fn at(text: &str, span: Option<Range<usize>>, message: impl Into<String>) -> Self {
        let before = span.and_then(|span| text.get(..span.start)).unwrap_or("");
        Self { line: before.matches('\n').count() + 1, message: message.into() }
    }

    /// What TOML or serde found, with a suggestion where a word is not known.
    pub(super) fn of(text: &str, error: &toml::de::Error) -> Self {
        let message = error.message();
        let message = match suggestion(message) {
            Some(word) => format!("{message}; did you mean `{word}`?"),
            None => message.to_owned(),
        };
        Self::at(text, error.span(), message)
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is wrong there.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ProfileError {}

/// The expected word that is most like the unknown one, of a message such as ``unknown field `a`, expected one of `b` …``.
fn suggestion(message: &str) -> Option<&str> {
    let mut words = message.split('`').skip(1).step_by(2);
    let unknown = words.next().filter(|_| message.starts_with("unknown "))?;
    nearest(unknown, words)
}

/// The word that is most like `unknown`, if one is like it at all.
pub(super) fn nearest<'a>(unknown: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |word: &str| strsim::damerau_levenshtein(&unknown.to_lowercase(), word);
    let nearest = words.into_iter().map(|word| (distance(word), word)).min_by_key(|(distance, _)| *distance);
    nearest.filter(|(distance, word)| *distance <= word.len().div_ceil(3)).map(|(_, word)| word)
}
