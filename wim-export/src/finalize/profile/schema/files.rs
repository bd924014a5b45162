//! Steps about files: asserted, deleted, added, renamed, their attributes set.

use serde::Deserialize;

/// Stops the run unless these things hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Assert {
    pub(crate) exists: Vec<String>,
    pub(crate) absent: Vec<String>,
    pub(crate) min_size: Option<u64>,
    pub(crate) message: Option<String>,
}

/// Removes what matches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delete {
    pub(crate) paths: Vec<String>,
    #[serde(default)]
    pub(crate) except: Vec<String>,
    #[serde(default)]
    pub(crate) keep: Keep,
    #[serde(default)]
    pub(crate) max_entries: Option<u64>,
}

/// Which directories a deletion leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Keep {
    /// None: the one before a final `**` goes, too.
    #[default]
    None,
    /// The one before a final `**`.
    Root,
    /// All of them: only files go.
    Tree,
}

/// Adds a file or a folder of the host.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Add {
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) attributes: Vec<String>,
    #[serde(default)]
    pub(crate) security: Option<String>,
    #[serde(default = "super::yes")]
    pub(crate) overlay: bool,
    #[serde(default)]
    pub(crate) if_newer: bool,
    #[serde(default)]
    pub(crate) locale_dir: Option<String>,
}

/// Moves something.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rename {
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) overwrite: bool,
}

/// Sets attributes, times and security.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetAttr {
    pub(crate) paths: Vec<String>,
    #[serde(default)]
    pub(crate) set: Vec<String>,
    #[serde(default)]
    pub(crate) clear: Vec<String>,
    #[serde(default)]
    pub(crate) times: Times,
    #[serde(default)]
    pub(crate) security: Option<String>,
}

/// Which times to give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Times {
    #[default]
    Source,
    Epoch,
}
