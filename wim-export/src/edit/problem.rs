//! Why a change of a tree cannot be.

use std::fmt;

use wim_format::EditError;

/// Why a change of a tree cannot be; the tree is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditProblem {
    /// Nothing is there.
    NoSuchPath,
    /// It is no path of an image.
    InvalidPath,
    /// It is no pattern of paths.
    InvalidPattern,
    /// It is a file where a directory is needed.
    NotADirectory,
    /// It is a directory where a file is needed.
    IsADirectory,
    /// It exists, and is to be kept.
    Exists,
    /// It is a directory with something in it.
    NotEmpty,
    /// It has no data to read: a directory, a reparse point, an encrypted file.
    NoData,
    /// Its data is larger than the caller can take.
    TooLarge,
    /// What the format refuses.
    Format(EditError),
}

impl fmt::Display for EditProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchPath => "the image has nothing of that name",
            Self::InvalidPath => {
                r"that is no path of an image, which begins at its root: \Windows\System32, without drive, . or .."
            }
            Self::InvalidPattern => r"that is no pattern: * and ? stand for parts of a name, ** alone for directories",
            Self::NotADirectory => "that is a file, not a directory",
            Self::IsADirectory => "that is a directory, not a file",
            Self::Exists => "it exists already, and is to be kept",
            Self::NotEmpty => "that directory is not empty",
            Self::NoData => "that has no data that could be read as a file's",
            Self::TooLarge => "that file is too large to be read here",
            Self::Format(why) => return why.fmt(f),
        })
    }
}

impl From<EditError> for EditProblem {
    fn from(why: EditError) -> Self {
        match why {
            EditError::NotADirectory => Self::NotADirectory,
            EditError::NameExists => Self::Exists,
            EditError::InvalidName => Self::InvalidPath,
            other => Self::Format(other),
        }
    }
}
