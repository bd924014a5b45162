//! What a boot image must be or have.

use std::fmt;

/// Why an image cannot be exported as a boot image.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BootImageProblem {
    /// It does not look like Windows PE, Setup or the recovery environment.
    NotABootImage,
}

impl fmt::Display for BootImageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABootImage => f.write_str("it is not a boot image; --any-image exports it all the same"),
        }
    }
}
