//! Where an extraction takes place: the destination itself, or beside it until all is there.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use wim_export::{DestinationProblem, Error, Result};

pub(super) struct Staging {
    path: PathBuf,
    /// The destination, if this is not it.
    destination: Option<PathBuf>,
}

impl Staging {
    /// Makes the directory that everything goes into.
    pub(super) fn begin(destination: &Path, staged: bool) -> Result<Self> {
        let create = |path: &Path| {
            fs::create_dir_all(path).map_err(|source| Error::Io { action: "create", path: path.to_path_buf(), source })
        };
        if !staged {
            create(destination)?;
            return Ok(Self { path: destination.to_path_buf(), destination: None });
        }
        let problem = |why| Error::Destination { path: destination.to_path_buf(), why };
        let name = destination.file_name().ok_or_else(|| problem(DestinationProblem::InvalidName))?;
        if fs::read_dir(destination).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(problem(DestinationProblem::Exists));
        }
        let parent = destination.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        create(parent)?;
        let random = RandomState::new().build_hasher().finish();
        let path = parent.join(format!(".{}.{random:016x}.wimsmith-staging", name.to_string_lossy()));
        make_private(&path).map_err(|source| Error::Io { action: "create", path: path.clone(), source })?;
        Ok(Self { path, destination: Some(destination.to_path_buf()) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Everything is there: it becomes the destination.
    pub(super) fn commit(mut self) -> Result<()> {
        let Some(destination) = &self.destination else { return Ok(()) };
        fs::rename(&self.path, destination).map_err(|source| Error::Io {
            action: "create",
            path: destination.clone(),
            source,
        })?;
        self.destination = None;
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.destination.is_some() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Makes a directory.
fn make_private(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().create(path)
}
