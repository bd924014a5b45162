//! The directories of an extraction: made once, then at hand by number, without ever following a path again.
//!
//! Only some are open at a time. One that is opened again must still be the directory that was made: somebody who put
//! another one, or a link, in its place is found out.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use wim_export::{Error, Result};

use super::plan::Directory;
use crate::host::{Dir, Identity};

/// Directories that are open at a time: less than the fewest files that systems let a process open.
const MAX_OPEN: usize = 160;

pub(super) struct Tree<'a> {
    root: PathBuf,
    directories: &'a [Directory],
    identities: Vec<OnceLock<Identity>>,
    open: Mutex<Open>,
}

/// The directories that are open, and in which order they were opened.
#[derive(Default)]
struct Open {
    by_number: HashMap<u32, Arc<Dir>>,
    order: VecDeque<u32>,
}

impl<'a> Tree<'a> {
    /// Makes all directories below `root`, which exists; those that are there already are used.
    pub(super) fn make(root: &Path, directories: &'a [Directory]) -> Result<Self> {
        let identities = directories.iter().map(|_| OnceLock::new()).collect();
        let tree = Self { root: root.to_path_buf(), directories, identities, open: Mutex::default() };
        let dir = Dir::open_root(root).map_err(io_error("open", root.to_path_buf()))?;
        tree.remember(0, dir)?;
        for (number, directory) in (0_u32..).zip(directories).skip(1) {
            let parent = tree.get(directory.place.directory)?;
            let dir = parent.make(&directory.place.name).map_err(|source| tree.error("create", number, source))?;
            tree.remember(number, dir)?;
        }
        Ok(tree)
    }

    /// A directory, open.
    pub(super) fn get(&self, number: u32) -> Result<Arc<Dir>> {
        if let Some(dir) = self.cached(number) {
            return Ok(dir);
        }
        let mut closed = vec![number];
        let mut dir = loop {
            let lowest = closed[closed.len() - 1];
            if lowest == 0 {
                let root = Dir::open_root(&self.root).map_err(|source| self.error("open", 0, source))?;
                closed.pop();
                break self.remember(0, root)?;
            }
            let above = self.directories[lowest as usize].place.directory;
            match self.cached(above) {
                Some(dir) => break dir,
                None => closed.push(above),
            }
        };
        for &number in closed.iter().rev() {
            let name = &self.directories[number as usize].place.name;
            let below = dir.open(name).map_err(|source| self.error("open", number, source))?;
            dir = self.remember(number, below)?;
        }
        Ok(dir)
    }

    /// The same, which may be the one that `below` is in: in a deep tree, the way up is shorter than that from the root.
    pub(super) fn get_above(&self, number: u32, below: Option<(u32, Arc<Dir>)>) -> Result<Arc<Dir>> {
        match below {
            Some((child, dir)) if number != 0 && self.directories[child as usize].place.directory == number => {
                let above = dir.open_parent().map_err(|source| self.error("open", number, source))?;
                self.remember(number, above)
            }
            _ => self.get(number),
        }
    }

    /// Where a directory is, for messages.
    pub(super) fn path(&self, number: u32) -> PathBuf {
        let mut names = Vec::new();
        let mut at = number;
        while at != 0 {
            let place = &self.directories[at as usize].place;
            names.push(&place.name);
            at = place.directory;
        }
        let mut path = self.root.clone();
        path.extend(names.iter().rev());
        path
    }

    pub(super) fn error(&self, action: &'static str, number: u32, source: std::io::Error) -> Error {
        Error::Io { action, path: self.path(number), source }
    }

    fn cached(&self, number: u32) -> Option<Arc<Dir>> {
        self.lock().by_number.get(&number).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that an open directory is the one that had this number before, and keeps it open for a while.
    fn remember(&self, number: u32, dir: Dir) -> Result<Arc<Dir>> {
        let identity = dir.identity().map_err(|source| self.error("open", number, source))?;
        if *self.identities[number as usize].get_or_init(|| identity) != identity {
            let source = std::io::Error::other("another directory was put in its place during the run");
            return Err(self.error("use", number, source));
        }
        let dir = Arc::new(dir);
        let mut open = self.lock();
        if open.by_number.insert(number, dir.clone()).is_none() {
            open.order.push_back(number);
            if open.order.len() > MAX_OPEN
                && let Some(oldest) = open.order.pop_front()
            {
                open.by_number.remove(&oldest);
            }
        }
        Ok(dir)
    }
}

fn io_error(action: &'static str, path: PathBuf) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { action, path, source }
}
