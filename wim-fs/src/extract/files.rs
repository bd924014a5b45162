//! Files: made on the thread that decoded their data.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use wim_export::{BlobTaker, Error, Result};
use wim_format::{FileAttributes, Inode, Sha1Hash};

use super::plan::{self, ExtractPlan, Place, Use};
use super::sparse::{self, Holes};
use super::tree::Tree;
use crate::host::{Dir, Identity, Times, identity_of_file};
#[cfg(unix)]
use crate::unix_data::UnixData;

/// Makes the files of a plan as their data comes.
pub(super) struct Files<'a> {
    plan: &'a ExtractPlan,
    tree: &'a Tree<'a>,
    /// For each blob, the file that its parts are gathered in.
    parts: Vec<Mutex<Part>>,
    /// For each file that has more than one name, which it is once it is made.
    made: Vec<OnceLock<Identity>>,
    /// For each file, whether its data is damaged.
    failed: Vec<AtomicBool>,
    /// What is needed at the end.
    memory: Mutex<HashMap<Sha1Hash, Vec<u8>>>,
    damaged: Mutex<Vec<Error>>,
    unix_failures: AtomicU64,
}

/// A file whose data comes in parts. It has a name of its own until all of it is there and checked.
enum Part {
    NotBegun,
    Open(Arc<File>),
    Closed,
}

impl<'a> Files<'a> {
    pub(super) fn new(plan: &'a ExtractPlan, tree: &'a Tree<'a>) -> Self {
        Self {
            plan,
            tree,
            parts: plan.blobs.iter().map(|_| Mutex::new(Part::NotBegun)).collect(),
            made: plan.files.iter().map(|_| OnceLock::new()).collect(),
            failed: plan.files.iter().map(|_| AtomicBool::new(false)).collect(),
            memory: Mutex::default(),
            damaged: Mutex::default(),
            unix_failures: AtomicU64::new(0),
        }
    }

    /// Makes the files that have no data, devices and the like among them.
    pub(super) fn make_empty(&self) -> Result<()> {
        for (number, file) in self.plan.files.iter().enumerate() {
            let inode = self.inode(file);
            #[cfg(unix)]
            if let Some(data) = UnixData::of(inode).filter(|data| self.plan.options.unix_data && data.is_special()) {
                self.make_special(number, file, data)?;
                continue;
            }
            if inode.data_hash().is_zero() {
                self.write(number as u32, &[])?;
            }
        }
        Ok(())
    }

    #[cfg(unix)]
    fn make_special(&self, number: usize, file: &plan::File, data: UnixData) -> Result<()> {
        let place = &file.places[0];
        let dir = self.tree.get(place.directory)?;
        let made = dir.make_special(&place.name, data).and_then(|()| {
            dir.set_owner_of(&place.name, data.user, data.group)?;
            dir.set_times_of(&place.name, Times::of(self.inode(file)))?;
            dir.identity_of(&place.name)
        });
        let _ = self.made[number].set(made.map_err(|source| self.error("create", place, source))?);
        Ok(())
    }

    /// Which file this is; nothing, if it was not made.
    pub(super) fn made(&self, number: usize) -> Option<Identity> {
        self.made[number].get().copied().filter(|_| !self.has_failed(number))
    }

    pub(super) fn has_failed(&self, number: usize) -> bool {
        self.failed[number].load(Ordering::Relaxed)
    }

    /// Removes what is unfinished, and returns what is needed at the end.
    pub(super) fn finish(self) -> Finished {
        for index in 0..self.parts.len() {
            if let Part::Open(_) = std::mem::replace(&mut *lock(&self.parts[index]), Part::Closed) {
                let _ = self.with_gathering(index, |dir, name| dir.remove(name));
            }
        }
        Finished {
            memory: self.memory.into_inner().unwrap_or_else(PoisonError::into_inner),
            damaged: self.damaged.into_inner().unwrap_or_else(PoisonError::into_inner),
            unix_failures: self.unix_failures.into_inner(),
        }
    }

    fn inode(&self, file: &plan::File) -> &Inode {
        self.plan.metadata.inode(file.inode)
    }

    /// The numbers of the files that blob number `index` is the data of.
    fn files_of(&self, index: usize) -> impl Iterator<Item = u32> + use<'a> {
        let file = |what: &Use| match what {
            Use::File(number) => Some(*number),
            Use::Memory => None,
        };
        self.plan.blobs[index].1.iter().filter_map(file)
    }

    fn is_wanted_in_memory(&self, index: usize) -> bool {
        self.plan.blobs[index].1.contains(&Use::Memory)
    }

    /// Makes a file with all its data.
    fn write(&self, number: u32, data: &[u8]) -> Result<()> {
        let file = &self.plan.files[number as usize];
        let place = &file.places[0];
        let dir = self.tree.get(place.directory)?;
        let new = dir.create(&place.name).map_err(|source| self.error("create", place, source))?;
        self.fill(&new, file, data).map_err(|source| self.error("write", place, source))?;
        self.complete(number, &new, place)
    }

    fn fill(&self, new: &File, file: &plan::File, data: &[u8]) -> io::Result<()> {
        if sparse::write(new, data, 0, self.holes(file))? {
            new.set_len(data.len() as u64)?;
        }
        Ok(())
    }

    /// Which zeros of a file are left out. NTFS marks a file with a hole, and no other one, as sparse.
    fn holes(&self, file: &plan::File) -> Holes {
        match self.inode(file).attributes.contains(FileAttributes::SPARSE) {
            true => Holes::FINE,
            false if self.plan.is_ntfs => Holes::NONE,
            false => Holes::COARSE,
        }
    }

    /// Gives a file that has its data what else it is to have.
    fn complete(&self, number: u32, new: &File, place: &Place) -> Result<()> {
        let file = &self.plan.files[number as usize];
        let inode = self.inode(file);
        if self.plan.options.unix_data && !super::metadata::set_unix_data(new, inode) {
            self.unix_failures.fetch_add(1, Ordering::Relaxed);
        }
        Times::of(inode).set(new).map_err(|source| self.error("set the times of", place, source))?;
        if file.places.len() > 1 {
            let identity = identity_of_file(new).map_err(|source| self.error("look at", place, source))?;
            let _ = self.made[number as usize].set(identity);
        }
        Ok(())
    }

    fn error(&self, action: &'static str, place: &Place, source: io::Error) -> Error {
        Error::Io { action, path: self.tree.path(place.directory).join(&place.name), source }
    }

    /// Does something with the file that the parts of blob number `index` are gathered in.
    fn with_gathering<T>(&self, index: usize, act: impl FnOnce(&Dir, &OsString) -> io::Result<T>) -> Result<Option<T>> {
        let Some(number) = self.files_of(index).next() else { return Ok(None) };
        let directory = self.plan.files[number as usize].places[0].directory;
        let place = Place { directory, name: format!(".wimsmith-{index}.part").into() };
        let result = act(&*self.tree.get(directory)?, &place.name);
        result.map(Some).map_err(|source| self.error("write", &place, source))
    }

    /// All parts are there and right: the file gets its name, and the other files with this data are copies.
    fn complete_parts(&self, index: usize, gathered: &File) -> Result<()> {
        let size = self.plan.archive.blob(&self.plan.blobs[index].0).map_or(0, |blob| blob.size);
        let mut numbers = self.files_of(index);
        let Some(first) = numbers.next() else { return Ok(()) };
        let place = &self.plan.files[first as usize].places[0];
        gathered.set_len(size).map_err(|source| self.error("write", place, source))?;
        self.complete(first, gathered, place)?;
        self.with_gathering(index, |dir, name| dir.rename(name, &place.name))?;
        for number in numbers {
            self.copy(gathered, size, number)?;
        }
        Ok(())
    }

    fn copy(&self, from: &File, size: u64, number: u32) -> Result<()> {
        let file = &self.plan.files[number as usize];
        let place = &file.places[0];
        let new = self.tree.get(place.directory)?.create(&place.name);
        let new = new.map_err(|source| self.error("create", place, source))?;
        let copied = sparse::copy(from, &new, size, self.holes(file));
        copied.map_err(|source| self.error("write", place, source))?;
        self.complete(number, &new, place)
    }

    /// What is left of damaged data gets a name that says so.
    fn keep_corrupt(&self, index: usize, data: &[u8]) -> Result<()> {
        for number in self.files_of(index) {
            let file = &self.plan.files[number as usize];
            let place = corrupt(&file.places[0]);
            let dir = self.tree.get(place.directory)?;
            let new = dir.create(&place.name).map_err(|source| self.error("create", &place, source))?;
            self.fill(&new, file, data).map_err(|source| self.error("write", &place, source))?;
        }
        Ok(())
    }

    fn fail(&self, index: usize, error: Error) -> Result<()> {
        let open = std::mem::replace(&mut *lock(&self.parts[index]), Part::Closed);
        let is_open = matches!(open, Part::Open(_));
        for number in self.files_of(index) {
            self.failed[number as usize].store(true, Ordering::Relaxed);
        }
        let dentry = self.files_of(index).next().map(|number| self.plan.files[number as usize].dentries[0]);
        let error = error.with_path(|_| dentry.map(|dentry| self.plan.metadata.path(dentry)));
        if !self.plan.options.recover {
            if is_open {
                self.with_gathering(index, |dir, name| dir.remove(name))?;
            }
            return Err(error);
        }
        if is_open && let Some(number) = self.files_of(index).next() {
            let place = corrupt(&self.plan.files[number as usize].places[0]);
            self.with_gathering(index, |dir, name| dir.rename(name, &place.name))?;
        }
        lock(&self.damaged).push(error);
        Ok(())
    }
}

/// What is needed after all data was read.
pub(super) struct Finished {
    pub(super) memory: HashMap<Sha1Hash, Vec<u8>>,
    pub(super) damaged: Vec<Error>,
    pub(super) unix_failures: u64,
}

impl BlobTaker for Files<'_> {
    fn whole(&self, index: usize, data: &[u8]) -> Result<()> {
        if self.is_wanted_in_memory(index) {
            lock(&self.memory).insert(self.plan.blobs[index].0, data.to_vec());
        }
        self.files_of(index).try_for_each(|number| self.write(number, data))
    }

    fn damaged(&self, index: usize, data: &[u8]) -> Result<()> {
        if self.plan.options.recover { self.keep_corrupt(index, data) } else { Ok(()) }
    }

    fn part(&self, index: usize, offset: u64, data: &[u8]) -> Result<()> {
        if self.is_wanted_in_memory(index) {
            let mut memory = lock(&self.memory);
            let whole = memory.entry(self.plan.blobs[index].0).or_default();
            let end = offset as usize + data.len();
            whole.resize(whole.len().max(end), 0);
            whole[offset as usize..end].copy_from_slice(data);
        }
        let Some(number) = self.files_of(index).next() else { return Ok(()) };
        let gathered = {
            let mut part = lock(&self.parts[index]);
            match &*part {
                Part::Open(file) => file.clone(),
                Part::Closed => return Ok(()),
                Part::NotBegun => {
                    let Some(file) = self.with_gathering(index, Dir::create_os)? else { return Ok(()) };
                    let file = Arc::new(file);
                    *part = Part::Open(file.clone());
                    file
                }
            }
        };
        let file = &self.plan.files[number as usize];
        let written = sparse::write(&gathered, data, offset, self.holes(file));
        written.map(|_| ()).map_err(|source| self.error("write", &file.places[0], source))
    }

    fn end(&self, index: usize, outcome: Result<()>) -> Result<()> {
        if let Err(error) = outcome {
            return self.fail(index, error);
        }
        // On an error, the file stays open here, and is removed with all that is unfinished.
        let gathered = match &*lock(&self.parts[index]) {
            Part::Open(file) => Some(file.clone()),
            _ => None,
        };
        if let Some(gathered) = gathered {
            self.complete_parts(index, &gathered)?;
            *lock(&self.parts[index]) = Part::Closed;
        }
        Ok(())
    }
}

/// Where what is left of a damaged file is kept.
fn corrupt(place: &Place) -> Place {
    let mut name = place.name.clone();
    name.push(".corrupt");
    Place { directory: place.directory, name }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
