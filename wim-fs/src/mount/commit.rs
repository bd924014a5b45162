//! Committing: what was changed becomes the image, in place.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use wim_export::boot::ReturnCode;
use wim_export::{Archive, Error, ExportOptions, HostFile, ImageEditor, NewBlob, ReplacePlan, Result};
use wim_format::{ImageIndex, InodeId, Sha1Hash};

use super::changes::Changes;
use super::edit::now;
use super::problems::line;
use super::staged::Content;
use super::tree::Tree;

/// Why a commit failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// The exit code of a program that failed for this reason.
    pub(super) exit: u8,
    pub(super) message: String,
}

impl Changes {
    /// Writes what was changed into the archive. Until its header is written, the archive is what it was. Afterwards nothing
    /// can be changed any more; after a failure everything is as it was.
    pub(super) fn commit(&self) -> std::result::Result<(), fuser::Errno> {
        let tree = self.view.tree_mut();
        if self.committed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let writers = tree.writers();
        if writers > 0 {
            let message = format!("{writers} of the mount's files are open for writing: close them, and try again");
            return Err(self.refuse(Failure { exit: ReturnCode::ERROR_SHARING_VIOLATION.exit, message }));
        }
        if self.count.load(Ordering::Relaxed) > 0
            && let Err(error) = self.write_image(&tree)
        {
            return Err(self.refuse(Failure { exit: ReturnCode::from(&error).exit, message: line(&error) }));
        }
        self.committed.store(true, Ordering::Relaxed);
        self.count.store(0, Ordering::Relaxed);
        Ok(())
    }

    fn refuse(&self, failure: Failure) -> fuser::Errno {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        fuser::Errno::EIO
    }

    fn write_image(&self, tree: &Tree) -> Result<()> {
        match self.write_within(tree, self.options.memory) {
            // Whoever waits for this cannot allow more any more, and what was changed must not be lost.
            Err(Error::Memory { .. }) => self.write_within(tree, None),
            written => written,
        }
    }

    fn write_within(&self, tree: &Tree, memory: Option<u64>) -> Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let editor = edited(file.archive(), self.image, tree)?;
        let mut options = ExportOptions::default();
        options.time = Some(now());
        (options.threads, options.memory) = (self.options.threads, memory);
        let plan = ReplacePlan::new(file.archive(), self.image, editor, options, &mut ())?;
        let path = file.path().to_path_buf();
        plan.write(file.file(), &mut ()).map_err(|error| error.with_destination(&path))?;
        Ok(())
    }
}

/// The image as it was changed.
fn edited(archive: &Archive, image: ImageIndex, tree: &Tree) -> Result<ImageEditor> {
    let mut editor = ImageEditor::new(archive, image)?;
    let mut metadata = tree.metadata.clone();
    for number in 0..metadata.inodes().len() {
        let id = InodeId(number as u32);
        let streams = &metadata.inode(id).stored_streams;
        let hashes = std::iter::once(&streams.main_hash).chain(streams.entries.iter().map(|entry| &entry.hash));
        if !hashes.clone().any(|hash| tree.staged.get(hash).is_some()) {
            continue;
        }
        let path = tree.path(id);
        let streams = &mut metadata.inode_mut(id).stored_streams;
        resolve(&mut editor, tree, &path, &mut streams.main_hash)?;
        for entry in &mut streams.entries {
            resolve(&mut editor, tree, &path, &mut entry.hash)?;
        }
    }
    *editor.metadata_mut() = metadata;
    Ok(editor)
}

/// Puts what the editor knows data by in the place of what it is known by here.
fn resolve(editor: &mut ImageEditor, tree: &Tree, path: &str, hash: &mut Sha1Hash) -> Result<()> {
    let data = match tree.staged.get(hash) {
        None => return Ok(()),
        Some(Content::Bytes(bytes)) => NewBlob::new(path, bytes.clone()),
        Some(Content::File { path: file, .. }) => NewBlob::new(path, Arc::new(HostFile::new(&**file)?)),
    };
    *hash = editor.new_data(data);
    Ok(())
}
