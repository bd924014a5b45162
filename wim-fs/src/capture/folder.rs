//! What the host says of the entries of a directory. Any thread may ask it; nothing of the image is made here.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use wim_export::{Error, Result};
use wim_format::{DentryId, Inode, Name};

use super::config::Verdict;
use super::{CaptureOptions, entry};
use crate::extract::Metadata as Kept;
use crate::host::{Identity, identity_of_metadata};
use crate::sidecar::Sidecar;

#[cfg(unix)]
pub(super) use crate::ntfs::Found as Beside;

/// The folder that is captured.
pub(super) struct Folder<'a> {
    pub(super) options: &'a CaptureOptions,
    pub(super) path: PathBuf,
    /// Which directory it is.
    pub(super) identity: Identity,
    pub(super) sidecar: Option<Sidecar>,
    exclude: Vec<Identity>,
    /// Whether it has Windows' metadata.
    is_ntfs: bool,
}

/// A directory in it.
pub(super) struct Directory {
    pub(super) path: PathBuf,
    /// Its entry in the image, and the names that lead there.
    pub(super) dentry: DentryId,
    pub(super) names: Vec<Name>,
    pub(super) only_exceptions: bool,
    /// The sidecar's entry.
    pub(super) known: Option<DentryId>,
}

/// What a directory has, in the order in which Windows sorts names.
pub(super) struct Listing {
    pub(super) entries: Vec<(Name, Listed)>,
    /// What no image can have under its name.
    pub(super) unnameable: Vec<PathBuf>,
}

/// An entry before it was looked at.
pub(super) enum Listed {
    /// A name of the host, and the entry of the sidecar, if it knows of one.
    Host(OsString, Option<DentryId>),
    /// Only the sidecar has it.
    Absent(DentryId),
}

/// An entry that was looked at.
pub(super) enum Found {
    Absent(DentryId),
    /// The configuration leaves it out.
    Excluded,
    /// It cannot be captured.
    Refused(PathBuf, &'static str),
    Here(Box<Seen>),
}

/// A file, a directory or a link as the host has it.
pub(super) struct Seen {
    pub(super) path: PathBuf,
    pub(super) found: Metadata,
    /// The sidecar's entry.
    pub(super) known: Option<DentryId>,
    /// Whether of a directory only exceptions are wanted.
    pub(super) only_exceptions: bool,
    /// What an inode can hold by itself.
    pub(super) inode: Inode,
    pub(super) beside: Beside,
    /// The data of a symbolic link, if Windows has such links.
    pub(super) link: Option<Vec<u8>>,
}

impl Directory {
    /// A directory in it, which has the entry `dentry` in the image.
    pub(super) fn below(&self, name: Name, seen: Seen, dentry: DentryId) -> Self {
        let mut names = self.names.clone();
        names.push(name);
        Self { path: seen.path, dentry, names, only_exceptions: seen.only_exceptions, known: seen.known }
    }
}

impl<'a> Folder<'a> {
    pub(super) fn new(path: &Path, found: &Metadata, options: &'a CaptureOptions) -> Result<Self> {
        let sidecar = sidecar_path(path, options)?;
        let excluded = options.exclude.iter().chain(&sidecar).filter_map(|path| fs::metadata(path).ok());
        Ok(Self {
            options,
            path: path.to_path_buf(),
            identity: identity_of_metadata(found),
            exclude: excluded.map(|found| identity_of_metadata(&found)).collect(),
            sidecar: sidecar.as_ref().map(|path| Sidecar::open(path, &options.limits)).transpose()?,
            is_ntfs: options.metadata == Kept::Auto && takes_metadata(path),
        })
    }

    /// The folder itself, as the root of an image.
    pub(super) fn root(&self, dentry: DentryId) -> Directory {
        let known = self.sidecar.as_ref().map(|sidecar| sidecar.metadata.root());
        Directory { path: self.path.clone(), dentry, names: Vec::new(), only_exceptions: false, known }
    }

    /// The names in a directory.
    pub(super) fn list(&self, directory: &Directory) -> Result<Listing> {
        let known = self.sidecar.as_ref().zip(directory.known);
        let mut present = known.map(|(sidecar, dentry)| sidecar.present(dentry)).unwrap_or_default();
        let mut listing = Listing { entries: self.list_absent(directory), unnameable: Vec::new() };
        for entry in fs::read_dir(&directory.path).map_err(io_error("read", &directory.path))? {
            let host = entry.map_err(io_error("read", &directory.path))?.file_name();
            let known = present.remove(&host);
            let known_name =
                self.sidecar.as_ref().zip(known).map(|(sidecar, known)| &sidecar.metadata.dentry(known).name);
            match known_name.cloned().or_else(|| entry::image_name(&host)) {
                Some(name) => listing.entries.push((name, Listed::Host(host, known))),
                None => listing.unnameable.push(directory.path.join(&host)),
            }
        }
        listing.entries.sort_by(|(a, _), (b, _)| a.cmp_ignore_case(b).then_with(|| a.cmp(b)));
        Ok(listing)
    }

    /// The entries of a directory that only the sidecar has.
    fn list_absent(&self, directory: &Directory) -> Vec<(Name, Listed)> {
        let Some((sidecar, dentry)) = self.sidecar.as_ref().zip(directory.known) else { return Vec::new() };
        let absent = sidecar.absent(dentry);
        absent.map(|dentry| (sidecar.metadata.dentry(dentry).name.clone(), Listed::Absent(dentry))).collect()
    }

    /// Looks at entries of a directory; the first that cannot be read is an error.
    pub(super) fn look_at_all(
        &self,
        directory: &Directory,
        entries: Vec<(Name, Listed)>,
    ) -> Result<Vec<(Name, Found)>> {
        let look = |(name, listed)| {
            let found = match listed {
                Listed::Absent(dentry) => Found::Absent(dentry),
                Listed::Host(host, known) => self.look_at(directory, &name, directory.path.join(host), known)?,
            };
            Ok((name, found))
        };
        entries.into_iter().map(look).collect()
    }

    /// Looks at an entry of a directory.
    pub(super) fn look_at(
        &self,
        directory: &Directory,
        name: &Name,
        path: PathBuf,
        known: Option<DentryId>,
    ) -> Result<Found> {
        let found = if self.options.dereference { fs::metadata(&path) } else { fs::symlink_metadata(&path) };
        let found = found.map_err(io_error("read", &path))?;
        let (config, only_exceptions) = (&self.options.config, directory.only_exceptions);
        let verdict = config.verdict(&directory.names, name, found.is_dir(), only_exceptions);
        if verdict == Verdict::Leave {
            return Ok(Found::Excluded);
        }
        if found.is_file() && self.is_excluded(&path, &found) {
            return Ok(Found::Refused(path, "it is the archive that is being written"));
        }
        let (mut inode, beside) = self.describe(&path, &found)?;
        let mut link = None;
        if found.is_symlink() && beside.reparse.is_none() {
            let target = fs::read_link(&path).map_err(io_error("read", &path))?;
            let is_directory = fs::metadata(&path).is_ok_and(|target| target.is_dir());
            let root = self.options.fix_links.then_some(self.identity);
            link = entry::link(&mut inode, &target, is_directory, root);
        }
        let only_exceptions = verdict == Verdict::KeepExceptions;
        Ok(Found::Here(Box::new(Seen { path, found, known, only_exceptions, inode, beside, link })))
    }

    fn is_excluded(&self, path: &Path, found: &Metadata) -> bool {
        if cfg!(unix) {
            return self.exclude.contains(&identity_of_metadata(found));
        }
        self.options.exclude.iter().any(|excluded| wim_export::is_same_file(excluded, path))
    }

    /// What an inode can hold by itself, and the rest.
    pub(super) fn describe(&self, path: &Path, found: &Metadata) -> Result<(Inode, Beside)> {
        let mut inode = Inode::default();
        entry::describe(&mut inode, path, found, self.options);
        if !self.is_ntfs {
            return Ok((inode, Beside::default()));
        }
        let beside = read_metadata(path, &mut inode).map_err(io_error("read the metadata of", path))?;
        Ok((inode, beside))
    }
}

/// Where the sidecar of a folder is, if there is to be one.
fn sidecar_path(source: &Path, options: &CaptureOptions) -> Result<Option<PathBuf>> {
    if options.metadata != Kept::Sidecar {
        return Ok(None);
    }
    let path = options.sidecar.clone().or_else(|| crate::usual_sidecar(source));
    let nothing =
        || Error::Source { path: source.to_path_buf(), why: "there is nothing beside it; --sidecar says which file" };
    path.map(Some).ok_or_else(nothing)
}

#[cfg(unix)]
use crate::ntfs::{is_ntfs as takes_metadata, read as read_metadata};

/// What a file has beside its data: nothing that is known of here.
#[cfg(not(unix))]
#[derive(Default)]
pub(super) struct Beside {
    pub(super) security: Option<Vec<u8>>,
    pub(super) short_name: Option<Name>,
    pub(super) reparse: Option<(wim_format::ReparseInfo, Vec<u8>)>,
    pub(super) streams: Vec<(Name, Vec<u8>)>,
    pub(super) lost: Vec<&'static str>,
}

#[cfg(not(unix))]
fn takes_metadata(_: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn read_metadata(_: &Path, _: &mut Inode) -> io::Result<Beside> {
    Ok(Beside::default())
}

pub(super) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { action, path: path.to_path_buf(), source }
}
