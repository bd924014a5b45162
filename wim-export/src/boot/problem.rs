//! What a boot image must be or have, and an image is not or has not.

use std::fmt;

use wim_format::ImageIndex;

use super::Architecture;

/// Why an image was refused as a boot image. `Display` says what to try.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BootImageProblem {
    /// It is for another architecture.
    ArchitectureMismatch {
        /// The architecture asked for.
        wanted: Architecture,
        /// The image's.
        found: Architecture,
    },
    /// Neither the XML nor a kernel tells its architecture.
    UnknownArchitecture {
        /// The architecture asked for.
        wanted: Architecture,
    },
    /// Nothing says that it is a Windows PE.
    NotABootImage,
    /// A file is missing, or empty, without which nothing boots.
    MissingFile(&'static str),
    /// The check of the finished archive found that nothing would boot it.
    WouldNotBoot {
        /// The rule that it breaks.
        rule: &'static str,
        /// What was found.
        message: String,
    },
    /// The archive's boot index is another one, and it was to be this one.
    NotBootIndex {
        /// The image that boots.
        boots: Option<ImageIndex>,
    },
}

impl fmt::Display for BootImageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ArchitectureMismatch { wanted, found } => write!(
                f,
                "it is for {found}, not for {wanted}; ask for {found}, or export it all the same with --allow-arch-mismatch"
            ),
            Self::UnknownArchitecture { wanted } => write!(
                f,
                "neither its XML nor its kernel says that it is for {wanted}; --allow-arch-mismatch exports it all the same"
            ),
            Self::NotABootImage => f.write_str(
                "it is no Windows PE, so it would not boot from memory; --any-image exports it all the same",
            ),
            Self::MissingFile(path) => {
                write!(f, "it has no {path}, without which it does not boot; --any-image exports it all the same")
            }
            Self::WouldNotBoot { rule, message } => {
                write!(f, "it would not boot: {message} ({rule}); --any-image exports it all the same")
            }
            Self::NotBootIndex { boots: Some(boots) } => {
                write!(f, "the archive's boot index is {boots}; ask for that one, or leave out --require-boot-index")
            }
            Self::NotBootIndex { boots: None } => {
                f.write_str("the archive has no boot index; leave out --require-boot-index")
            }
        }
    }
}
