//! Finding the archive that a request names.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{BootRequest, BootSource, adk};
use crate::{Error, Result};

/// The values of environment variables by name: the process's own, or a test's.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// An archive that was found.
pub(super) struct Located {
    pub(super) path: PathBuf,
    /// The language folder of an ADK that it is in.
    pub(super) language: Option<String>,
    /// The kit that it was found in.
    pub(super) kit: Option<PathBuf>,
    /// Whether that is not the language that was asked for.
    pub(super) is_other_language: bool,
}

/// Finds the archive that `request` names.
pub(super) fn locate(request: &BootRequest, environment: Environment<'_>) -> Result<Located> {
    let language = request.language.as_deref();
    match &request.source {
        BootSource::Auto => adk::find(request.architecture, language, environment),
        BootSource::AdkRoot(root) => adk::find_in(std::slice::from_ref(root), request.architecture, language),
        BootSource::File(path) => {
            check_file(path)?;
            Ok(Located { path: path.clone(), language: None, kit: None, is_other_language: false })
        }
    }
}

/// Tells a missing folder from a missing file, and both from what is no file at all.
fn check_file(path: &Path) -> Result<()> {
    let refuse = |why| Err(Error::Source { path: path.to_path_buf(), why });
    if path.as_os_str().is_empty() {
        return refuse("the source's name is empty");
    }
    if path == Path::new("-") {
        return refuse("an archive cannot come from standard input; save it to a file first");
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let (Err(_), Some(folder)) = (path.symlink_metadata(), folder)
        && matches!(folder.metadata(), Err(error) if error.kind() == ErrorKind::NotFound)
    {
        return Err(Error::io("open", folder)(io::Error::new(ErrorKind::NotADirectory, "there is no such folder")));
    }
    Ok(())
}
