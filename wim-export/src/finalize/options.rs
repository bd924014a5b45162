//! What a user decides about a run, beside the profile.

use std::collections::BTreeMap;
use std::path::PathBuf;

use wim_format::FileTime;

/// What a user decides about a run, beside the profile.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FinalizeOptions {
    /// Where relative paths of the host begin: the profile's folder. `None`: no step may name a file of the host.
    pub folder: Option<PathBuf>,
    /// Let the profile name files of the host outside of its folder.
    pub allow_host_path: bool,
    /// Let the profile take away the protection of paths: its `unprotect`.
    pub allow_unprotect: bool,
    /// What `when.env` compares with.
    pub variables: BTreeMap<String, String>,
    /// The folder of a kit's optional components, for profiles that do not say where theirs are.
    pub components: Option<PathBuf>,
    /// The time of everything that is added, instead of its own.
    pub time: Option<FileTime>,
}
