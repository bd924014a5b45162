//! An archive's file, open for changes and locked.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::commit::{complete_set, open_exclusive};
use crate::{Archive, Destination, DestinationOptions, ExportPlan, ExportSummary, OpenOptions, Progress, Result};

/// An archive's file, open for changes. As long as this lives, nobody else who locks files changes it.
#[derive(Debug)]
pub struct ArchiveFile {
    archive: Archive,
    file: File,
    path: PathBuf,
}

impl ArchiveFile {
    /// Opens the archive at `path` for changes, and locks it: the whole file, exclusively, as wimlib does. Symbolic links are
    /// followed.
    ///
    /// # Errors
    /// [`crate::Error::Destination`] with [`crate::DestinationProblem::Locked`] at once if somebody else has the lock;
    /// [`crate::Error::Io`] if the system refuses; or if it is no valid archive.
    pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        complete_set(path.as_ref())?;
        let (path, file) = open_exclusive(path.as_ref())?;
        let archive = options.open_file(&path, &file)?;
        Ok(Self { archive, file, path })
    }

    /// The archive as it was when it was opened.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Where it is, with no links in it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file itself, which plans write to.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts what `plan` makes in the file's place, by way of a temporary file beside it. Mode, owner and extended attributes
    /// stay. Whatever happens, the old archive is there or the complete new one.
    ///
    /// # Errors
    /// As [`ExportPlan::write`] and [`Destination`]. The file is then as it was.
    pub fn replace(self, plan: ExportPlan, progress: &mut dyn Progress) -> Result<ExportSummary> {
        let mut destination = Destination::create_over_locked(&self.path, &DestinationOptions::default())?;
        let summary = plan.write(destination.file(), progress)?;
        destination.commit()?;
        Ok(summary)
    }
}

impl Drop for ArchiveFile {
    fn drop(&mut self) {
        // The archive reads from the same open file, and clones of it may live on: the lock does not go with this handle alone.
        // Where nothing is locked, as on Windows, there is nothing to unlock.
        let _ = self.file.unlock();
    }
}
