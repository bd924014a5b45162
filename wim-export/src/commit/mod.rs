//! The commit protocol: a destination holds its old file or the complete new one, whatever happens.
//!
//! 1. A lock, `.NAME.wimsmith-lock` in the destination's folder, keeps every other run away. Whoever holds it removes the
//!    temporary files that a killed run left. A file that is there already is locked, too, as those lock it who change it in
//!    place, wimlib among them.
//! 2. Everything is written to `.NAME.PID.RANDOM.tmp` in the same folder, which only its owner may read.
//! 3. The temporary file gets the mode, the owner and the extended attributes of the file that it replaces, and is synced.
//! 4. The old file gets a second name, if it is to be kept. At no time is there nothing at the destination.
//! 5. The temporary file is renamed over the destination, and the folder is synced.
//!
//! Several files that belong together, the parts of a split set, are renamed one after another; a journal that is written
//! before makes sure that all of them are (`set`).
//!
//! Until the rename, an error, a panic or a cancelled run removes what was made: temporary file, lock, new folders. The
//! lock is unlinked while it is held, so whoever takes it checks afterwards that its name still leads to it.
//!
//! | file | what |
//! |---|---|
//! | `place` | what the path means: links followed, name and folder checked |
//! | `folders` | the folders that are missing |
//! | `lock` | the lock |
//! | `temp` | the temporary file, and what killed runs left |
//! | `attributes` | what a replaced file passes on |
//! | `replace` | backup and rename |
//! | `set`, `journal` | several files that appear together |
//! | `exclusive` | the lock on a file that is changed in place or replaced |

mod attributes;
mod exclusive;
mod folders;
mod journal;
mod lock;
mod place;
mod replace;
mod set;
mod temp;

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::{DestinationProblem, Error, Result};

use folders::{NewFolders, sync_folder};
use lock::Lock;
use place::Place;
use temp::Temp;

pub(crate) use exclusive::open_exclusive;
pub use place::is_same_file;
pub(crate) use set::commit_set;
pub use set::{complete_set, part_path};

/// What becomes of a file that is at the destination already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnExists {
    /// The new one takes its place.
    #[default]
    Replace,
    /// It stays, and the run fails.
    Fail,
    /// It gets the name `NAME.bak`, or `NAME.bak.1` and so on if that is taken.
    Backup,
}

/// How to treat a destination.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct DestinationOptions {
    /// What becomes of a file that is there already.
    pub on_exists: OnExists,
    /// Create the folders that are missing.
    pub mkdirs: bool,
    /// Leave the temporary file of a failed run, to look into it. The next run to the same destination removes it.
    pub keep_temp: bool,
    /// Replace the source even if that loses images.
    pub allow_self: bool,
}

impl DestinationOptions {
    /// Checks that writing `destination` does not destroy what `source` alone holds; `loses_images` says that the new file
    /// has less in it. They are compared as files, so hard and symbolic links are seen through.
    ///
    /// # Errors
    /// [`DestinationProblem::IsSource`].
    pub fn check_source(&self, destination: &Path, source: &Path, loses_images: bool) -> Result<()> {
        let harmless = !loses_images || self.allow_self || self.on_exists == OnExists::Backup;
        if harmless || !is_same_file(destination, source) {
            return Ok(());
        }
        Err(Error::Destination { path: destination.to_path_buf(), why: DestinationProblem::IsSource })
    }
}

/// A file that is being written, and that appears at its place only when it is complete.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("boot.wim");
/// use std::io::Write;
/// let mut destination = wim_export::Destination::create(&path, &Default::default())?;
/// destination.file().write_all(b"new content")?;
/// assert!(!path.exists());
/// destination.commit()?;
/// assert_eq!(std::fs::read(&path)?, b"new content");
/// # Ok(()) }
/// ```
///
/// Dropped without [`Self::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Destination {
    // Dropped in this order: the folders last, when they are empty again.
    temp: Temp,
    lock: Lock,
    /// The file that is going to be replaced, locked.
    _replaced: Option<File>,
    folders: NewFolders,
    place: Place,
    options: DestinationOptions,
}

impl Destination {
    /// Checks whether `path` can be a destination, without touching anything.
    ///
    /// # Errors
    /// As [`Self::create`], but for the lock.
    pub fn check(path: &Path, options: &DestinationOptions) -> Result<()> {
        Place::find(path)?.check(options).map(|_| ())
    }

    /// Locks `path` and opens a temporary file in its folder. A symbolic link is followed: its target is the destination.
    ///
    /// # Errors
    /// [`Error::Destination`] if the name is invalid, the folder is missing, there is something that is not a regular file,
    /// there is a file that shall stay, or another run has the lock; [`Error::Io`] if the system refuses.
    pub fn create(path: &Path, options: &DestinationOptions) -> Result<Self> {
        Self::begin(path, options, exclusive::hold)
    }

    /// The same for a file that the caller has locked already.
    pub(crate) fn create_over_locked(path: &Path, options: &DestinationOptions) -> Result<Self> {
        Self::begin(path, options, |_| Ok(None))
    }

    fn begin(
        path: &Path,
        options: &DestinationOptions,
        hold: impl FnOnce(&Place) -> Result<Option<File>>,
    ) -> Result<Self> {
        let place = Place::find(path)?;
        place.check(options)?;
        set::complete_set(path)?;
        let folders = if options.mkdirs { NewFolders::create(&place.folder)? } else { NewFolders::default() };
        let lock = Lock::take(&place)?;
        if set::is_unfinished(&place) {
            // Another run has just begun to put its files there.
            return Err(place.locked());
        }
        if lock.is_exclusive() {
            temp::remove_stale(&place);
        }
        let replaces = place.check(options)?;
        let replaced = hold(&place)?;
        let temp = Temp::create(&place, replaces, options.keep_temp)?;
        Ok(Self { temp, lock, _replaced: replaced, folders, place, options: *options })
    }

    /// The file that will be there, links followed.
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    /// How it is treated.
    pub(crate) fn options(&self) -> &DestinationOptions {
        &self.options
    }

    /// Where it is until then.
    pub fn temp_path(&self) -> &Path {
        self.temp.path()
    }

    /// The file to write to.
    pub fn file(&mut self) -> &mut File {
        self.temp.file()
    }

    /// Puts the new file in its place. Returns where the old one is kept, if it was to be.
    ///
    /// # Errors
    /// If the system refuses; the destination then has its old file, unless only syncing the folder failed.
    /// [`DestinationProblem::Exists`] if a file appeared that shall stay.
    pub fn commit(mut self) -> Result<Option<PathBuf>> {
        self.prepare()?;
        let backup = match self.options.on_exists {
            OnExists::Backup => replace::back_up(&self.place)?,
            OnExists::Replace | OnExists::Fail => None,
        };
        if let Err(error) = self.put() {
            if let Some(backup) = &backup {
                backup.undo();
            }
            return Err(error);
        }
        self.folders.keep();
        drop(self.lock);
        sync_folder(&self.place.folder)?;
        self.folders.sync()?;
        Ok(backup.map(replace::Backup::into_path))
    }

    /// Gives the file what it takes over from the old one, and makes the storage keep it.
    fn prepare(&mut self) -> Result<()> {
        attributes::pass_on(&self.place, &mut self.temp)?;
        self.temp.file().sync_all().map_err(Error::io("sync", self.temp.path()))
    }

    /// Renames the file.
    fn put(&mut self) -> Result<()> {
        replace::put(&mut self.temp, &self.place, self.options.on_exists)
    }
}
