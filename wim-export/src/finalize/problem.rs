//! Why a profile was not carried out.

use std::fmt;

use super::Class;

/// Why a step, or a whole profile, was not carried out. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepProblem {
    /// The profile is for other images.
    NotFor(String),
    /// An assertion does not hold.
    Assertion(String),
    /// It would take away what is protected.
    Protected(String),
    /// Protection can be taken away by a user only, not by a profile alone.
    Unprotect,
    /// The step may break more than the profile allows.
    Class {
        /// What the step may break.
        step: Class,
        /// What the profile allows.
        allowed: Class,
    },
    /// Something says what it cannot.
    Invalid {
        /// Which key.
        key: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A pattern matches nothing, which the profile's policy does not allow.
    NoMatch(String),
    /// A deletion takes more than it is allowed.
    TooMany {
        /// How many entries.
        found: u64,
        /// How many it may take.
        limit: u64,
    },
    /// Servicing of the image is not finished.
    Pending,
    /// A path of the host leads out of the profile's folder.
    HostPath(String),
    /// Something on the host is a symbolic link, or neither file nor folder.
    HostKind(String),
    /// A registry hive cannot be changed.
    Hive {
        /// Which.
        path: String,
        /// Why.
        source: wim_hive::Error,
    },
    /// A driver is for another architecture.
    Architecture {
        /// The driver's file.
        file: String,
        /// What it is for.
        found: &'static str,
        /// What the image is for.
        image: &'static str,
    },
    /// This version cannot do it.
    NotAvailable(&'static str),
}

impl StepProblem {
    /// Whether the profile itself is wrong, and not the image.
    pub(crate) const fn is_of_profile(&self) -> bool {
        matches!(self, Self::Invalid { .. } | Self::Class { .. } | Self::NotAvailable(_) | Self::HostPath(_))
    }
}

impl fmt::Display for StepProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFor(why) => write!(f, "the profile is not for this image: {why}"),
            Self::Assertion(what) => f.write_str(what),
            Self::Protected(path) => {
                write!(f, "{path} is protected, as images do not boot, or cannot be serviced, without it; ")?;
                f.write_str("the profile's `unprotect` with --allow-unprotect would go on")
            }
            Self::Unprotect => f.write_str("`unprotect` takes away protection, which needs --allow-unprotect"),
            Self::Class { step, allowed } => {
                let (step, allowed) = (step.name(), allowed.name());
                write!(f, "its class is {step}, and the profile's `max_class` allows {allowed} at most")
            }
            Self::Invalid { key, why } => write!(f, "`{key}`: {why}"),
            Self::NoMatch(pattern) => write!(f, "{pattern} matches nothing"),
            Self::TooMany { found, limit } => {
                write!(f, "it would remove {found} entries, and `max_entries` allows {limit}")
            }
            Self::Pending => f.write_str("servicing of the image is not finished (there is a pending.xml)"),
            Self::HostPath(path) => {
                write!(f, "{path} is not in the profile's folder; --allow-host-path would allow it")
            }
            Self::HostKind(path) => {
                write!(f, "{path} is a symbolic link or something special; only files and folders are added")
            }
            Self::Hive { path, source } => write!(f, "{path}: {source}"),
            Self::Architecture { file, found, image } => {
                write!(f, "{file} is for {found}, but the image is for {image}")
            }
            Self::NotAvailable(what) => write!(f, "this version cannot do that: {what}"),
        }
    }
}
