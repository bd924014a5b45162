//! What can be wrong with components.

use std::fmt;

/// Why a component cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComponentProblem {
    /// It is not a cabinet, or a damaged one.
    Cabinet {
        /// What is wrong with it.
        what: String,
        /// Where in the file, in bytes.
        offset: u64,
    },
    /// More than this version takes.
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: u64,
    },
    /// A member that has to be there is missing.
    MissingMember(String),
    /// A manifest is not the XML that it should be.
    Manifest {
        /// The member.
        member: String,
        /// What is wrong with it.
        what: String,
    },
    /// A manifest is compressed against one that only an installed Windows has.
    CompressedManifest {
        /// The member.
        member: String,
        /// The first three letters of its data, which name the way.
        form: String,
    },
    /// A path uses a variable that nobody knows, or would leave the image.
    Path {
        /// The member that has the path.
        member: String,
        /// The path.
        path: String,
    },
    /// The package is for another architecture than the image.
    Architecture {
        /// The package's.
        package: String,
        /// The image's.
        image: String,
    },
    /// The package is for another build than the image.
    Build {
        /// The package's version.
        package: String,
        /// The image's version.
        image: String,
    },
    /// The package is for another language than asked for.
    Language {
        /// The package's.
        package: String,
        /// What was asked for.
        wanted: String,
    },
    /// No cabinet of that name is in the kit.
    NotFound {
        /// What was looked for.
        name: String,
        /// What the kit has with a name like it.
        similar: Vec<String>,
    },
    /// Components need one another in a circle.
    Cycle(Vec<String>),
    /// A registry key that is in no hive of an image.
    UnknownKey,
    /// The component cannot be side-loaded.
    NotSideLoadable {
        /// Why not.
        why: String,
    },
}

impl fmt::Display for ComponentProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cabinet { what, offset } => write!(f, "not a readable cabinet: {what} at {offset:#x}"),
            Self::TooLarge { what, limit } => write!(f, "more {what} than the {limit} that are accepted"),
            Self::MissingMember(member) => write!(f, "the package has no {member}"),
            Self::Manifest { member, what } => write!(f, "{member}: {what}"),
            Self::CompressedManifest { member, form } => write!(
                f,
                "{member} is compressed ({form}) against a manifest that only an installed Windows has; only packages with plain \
                 manifests can be side-loaded"
            ),
            Self::Path { member, path } => {
                write!(f, "{member}: the path {path:?} has an unknown variable or leaves the image")
            }
            Self::Architecture { package, image } => write!(f, "it is for {package}, and the image for {image}"),
            Self::Build { package, image } => write!(
                f,
                "it is of version {package}, and the image of {image}; take the components of the kit that the image is from"
            ),
            Self::Language { package, wanted } => write!(f, "its language is {package}, and {wanted} was asked for"),
            Self::NotFound { name, similar } if similar.is_empty() => write!(f, "there is no {name} in the kit"),
            Self::NotFound { name, similar } => {
                write!(f, "there is no {name} in the kit; there is {}", similar.join(", "))
            }
            Self::Cycle(names) => write!(f, "components need one another in a circle: {}", names.join(" > ")),
            Self::UnknownKey => write!(f, "this registry key is in no hive of an image"),
            Self::NotSideLoadable { why } => write!(f, "it cannot be side-loaded: {why}"),
        }
    }
}
