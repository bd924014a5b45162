//! The folders of a destination: creating those that are missing, and making the storage keep them.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Folders that this run created, outermost first. They are removed again unless they are kept.
#[derive(Debug, Default)]
pub(super) struct NewFolders {
    created: Vec<PathBuf>,
    kept: bool,
}

impl NewFolders {
    /// Creates `folder` and what is missing above it.
    pub(super) fn create(folder: &Path) -> Result<Self> {
        let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let missing: Vec<&Path> = folder.ancestors().take_while(missing).collect();
        let mut folders = Self::default();
        for path in missing.into_iter().rev() {
            match fs::create_dir(path) {
                Ok(()) => folders.created.push(path.to_path_buf()),
                // Another run was faster: the folder is not ours to remove.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("create", path)(error)),
            }
        }
        Ok(folders)
    }

    /// They are needed now.
    pub(super) fn keep(&mut self) {
        self.kept = true;
    }

    /// Makes the storage keep them.
    pub(super) fn sync(&self) -> Result<()> {
        let parents = self.created.iter().filter_map(|path| path.parent());
        parents
            .map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
            .try_for_each(sync_folder)
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        for path in self.created.iter().rev() {
            // One that somebody else put something into stays.
            let _ = fs::remove_dir(path);
        }
    }
}

/// Makes the storage keep the names in `folder`.
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    // Only Unix opens folders, and there only those that may be read.
    let Ok(file) = File::open(folder) else { return Ok(()) };
    match file.sync_all() {
        // Some file systems have nothing to sync here, and say so.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        other => other.map_err(Error::io("sync", folder)),
    }
}
