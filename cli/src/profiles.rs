//! Profiles as the command line names them.

use std::path::{Path, PathBuf};

use wim_export::finalize::{BUILT_IN_PROFILES, FinalizeOptions, Profile};
use wim_export::{Error, Result};

use crate::args::FinalizeArgs;
use crate::usage::Usage;

/// The profile of an export that names none.
const DEFAULT: &str = "shrink-safe";
/// The profile of an export of an image that may be anything.
const DEFAULT_OF_ANY_IMAGE: &str = "none";

/// The profile that `name` stands for, a built-in one or else a file, and the folder that its own paths begin in.
pub(crate) fn open(name: &str) -> anyhow::Result<(Profile, Option<PathBuf>)> {
    if let Some(profile) = Profile::built_in(name) {
        return Ok((profile, None));
    }
    let path = Path::new(name);
    match Profile::open(path) {
        Ok(profile) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Ok((profile, Some(folder.to_owned())))
        }
        Err(Error::Io { .. }) if is_plain_name(name) => Err(unknown(name).into()),
        Err(error) => Err(error.into()),
    }
}

/// Whether it cannot be meant as a path of a file.
fn is_plain_name(name: &str) -> bool {
    !name.contains(['/', '\\', '.'])
}

fn unknown(name: &str) -> Usage {
    let names: Vec<&str> = BUILT_IN_PROFILES.iter().map(|(name, _)| *name).collect();
    Usage::new(format!("there is no profile {name:?}: {}, or a file", names.join(", ")))
}

/// The profile of an export, and what the user decides about it.
pub(crate) fn of_export(args: &FinalizeArgs, any_image: bool) -> anyhow::Result<(Profile, FinalizeOptions)> {
    let default = if any_image { DEFAULT_OF_ANY_IMAGE } else { DEFAULT };
    let (profile, folder) = open(args.profile.as_deref().unwrap_or(default))?;
    let mut options = FinalizeOptions::default();
    options.folder = folder;
    options.allow_host_path = args.allow_host_path;
    options.allow_unprotect = args.allow_unprotect;
    options.variables = args.define.iter().cloned().collect();
    Ok((profile, options))
}

/// Writes a file in one go: the old one is there, or the complete new one.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write as _;

    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |source| Error::Io { action: "write", path: path.to_owned(), source };
    let mut file = readable_tempfile(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A temporary file that others may read, as far as the user lets them read new files: it is there to be looked at.
#[cfg(unix)]
fn readable_tempfile(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    tempfile::Builder::new().permissions(mode).tempfile_in(folder)
}

#[cfg(not(unix))]
fn readable_tempfile(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(folder)
}
