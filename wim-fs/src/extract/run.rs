//! Doing what is planned.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use wim_export::{BlobReadOptions, Destination, Error, Progress, Result};
use wim_format::{DentryId, Sha1Hash};

use super::Metadata;
use super::files::{Files, Finished};
use super::links::make_links;
use super::plan::ExtractPlan;
use super::report::{ExtractReport, NotRestored};
use super::staging::Staging;
use super::tree::Tree;
use crate::host::Times;

impl ExtractPlan {
    /// Does what is planned, and tells what it came to.
    ///
    /// Directories come first, then files as their data is decoded, on all threads. Hard links follow, then symbolic links,
    /// so that nothing is ever written through one; the times of directories last, so that they stay.
    ///
    /// # Errors
    /// If the system refuses something, data is damaged, or the run is cancelled. What was extracted by then stays, unless
    /// it is [staged](super::ExtractOptions::staged).
    pub fn run(mut self, progress: &mut dyn Progress) -> Result<ExtractReport> {
        let staging = Staging::begin(&self.destination, self.options.staged)?;
        let mut report = std::mem::take(&mut self.report);
        self.run_in(staging.path(), &mut report, progress)?;
        let sidecar = self.write_sidecar(progress)?;
        staging.commit()?;
        if let Some(sidecar) = sidecar {
            report.sidecar = Some(sidecar.path().to_path_buf());
            sidecar.commit()?;
        }
        Ok(report)
    }

    /// Writes the sidecar, if there is to be one.
    fn write_sidecar(&self, progress: &mut dyn Progress) -> Result<Option<Destination>> {
        if self.options.metadata != Metadata::Sidecar {
            return Ok(None);
        }
        let path = self.options.sidecar.clone().or_else(|| crate::usual_sidecar(&self.destination));
        let path = path.ok_or_else(|| Error::InvalidArgument {
            what: "destination",
            value: self.destination.display().to_string(),
            expected: "there is nothing beside it; --sidecar FILE says where the sidecar goes".to_owned(),
        })?;
        crate::sidecar::write(self, self.image, &path, progress).map(Some)
    }

    fn run_in(&self, root: &Path, report: &mut ExtractReport, progress: &mut dyn Progress) -> Result<()> {
        let tree = Tree::make(root, &self.directories)?;
        #[cfg(unix)]
        if self.is_ntfs {
            super::windows::compress_directories(self, &tree)?;
        }
        let files = Files::new(self, &tree);
        let made = files.make_empty().and_then(|()| self.read(&files, progress));
        #[cfg(unix)]
        let made = match self.is_ntfs {
            true => made.and_then(|()| super::windows::name_linked_files(self, &tree, &mut report.not_restored)),
            false => made,
        };
        let linked = made.and_then(|()| self.make_hard_links(&tree, &files));
        let Finished { memory, damaged, unix_failures } = files.finish();
        linked?;
        report.damaged.extend(damaged);
        self.count_not_restored(unix_failures, &mut report.not_restored);
        let root = absolute(&self.destination)?;
        make_links(self, &tree, &memory, &root, report)?;
        #[cfg(unix)]
        if self.is_ntfs {
            super::windows::restore_files(self, &tree, &memory, &mut report.not_restored)?;
        }
        self.finish_directories(&tree, &memory, &mut report.not_restored)
    }

    fn read(&self, files: &Files<'_>, progress: &mut dyn Progress) -> Result<()> {
        let hashes: Vec<Sha1Hash> = self.blobs.iter().map(|(hash, _)| *hash).collect();
        let mut options = BlobReadOptions::default();
        options.threads = self.options.threads;
        options.memory = self.options.memory;
        self.archive.read_blobs(&hashes, &options, files, progress)
    }

    /// Gives files their other names. Each must lead to the file that this run made: nobody else's file gets a name here.
    fn make_hard_links(&self, tree: &Tree<'_>, files: &Files<'_>) -> Result<()> {
        for (number, file) in self.files.iter().enumerate() {
            let [first, others @ ..] = file.places.as_slice() else { continue };
            let Some(made) = files.made(number) else { continue };
            for place in others {
                let dir = tree.get(place.directory)?;
                let first_dir = tree.get(first.directory)?;
                let linked = dir.link(&place.name, &first_dir, &first.name);
                let linked = linked.and_then(|()| match dir.identity_of(&place.name)? {
                    identity if identity == made => Ok(()),
                    _ => {
                        dir.remove(&place.name)?;
                        Err(io::Error::other("another file was put in the place of the one that it is to be a name of"))
                    }
                });
                linked.map_err(|source| {
                    let path = tree.path(place.directory).join(&place.name);
                    Error::Io { action: "link", path, source }
                })?;
            }
        }
        Ok(())
    }

    /// Gives directories what else they are to have, those below before those above.
    fn finish_directories(
        &self,
        tree: &Tree<'_>,
        memory: &HashMap<Sha1Hash, Vec<u8>>,
        lost: &mut NotRestored,
    ) -> Result<()> {
        let mut below = None;
        for number in (0..self.directories.len() as u32).rev() {
            let dir = tree.get_above(number, below.take())?;
            let below = below.insert((number, dir));
            let Some(dentry) = self.directories[number as usize].dentry else { continue };
            let (inode, dir) = (self.metadata.inode_of(dentry), &below.1);
            if self.options.unix_data {
                super::metadata::set_unix_data(dir.as_file(), inode);
            }
            #[cfg(unix)]
            if self.is_ntfs {
                super::windows::restore(self, dentry, dir.as_file(), memory, lost);
                continue;
            }
            let _ = (memory, &lost);
            let set = Times::of(inode).set(dir.as_file());
            set.map_err(|source| tree.error("set the times of", number, source))?;
        }
        Ok(())
    }

    fn count_not_restored(&self, unix_failures: u64, not_restored: &mut NotRestored) {
        not_restored.unix_data += unix_failures;
        if self.options.metadata == Metadata::Sidecar {
            return;
        }
        let mut count = |dentry: DentryId| {
            let inode = self.metadata.inode_of(dentry);
            if !self.is_ntfs {
                not_restored.count_windows(inode);
                not_restored.count_short_names(&self.metadata, dentry);
            }
            if !self.options.unix_data {
                not_restored.count_unix(inode, self.is_ntfs);
            }
        };
        self.directories.iter().filter_map(|directory| directory.dentry).for_each(&mut count);
        self.files.iter().map(|file| file.dentries[0]).for_each(&mut count);
        self.links.iter().map(|link| link.dentry).for_each(&mut count);
        if !self.is_ntfs {
            let others = self.files.iter().flat_map(|file| &file.dentries[1..]);
            others.for_each(|&dentry| not_restored.count_short_names(&self.metadata, dentry));
        }
    }
}

/// The destination's path from the root, links followed, as links into it need it.
fn absolute(destination: &Path) -> Result<PathBuf> {
    let known = if destination.exists() { destination } else { destination.parent().unwrap_or(Path::new("")) };
    let known = if known == Path::new("") { Path::new(".") } else { known };
    let name = if destination.exists() { None } else { destination.file_name() };
    let path =
        known.canonicalize().map_err(|source| Error::Io { action: "find", path: known.to_path_buf(), source })?;
    Ok(name.map_or_else(|| path.clone(), |name| path.join(name)))
}
