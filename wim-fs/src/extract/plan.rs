//! What an extraction will do: which directories, files and links it makes, and which data it needs for them.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use wim_export::{Archive, Error, Result, Subject};
use wim_format::{DentryId, HeaderFlags, ImageIndex, ImageMetadata, InodeId, Sha1Hash, StreamKind};

use super::clash::Clashes;
use super::names;
use super::report::{ExtractReport, Skipped};
use super::select::{Selected, Selection, select};
use super::{ExtractOptions, Links, Metadata};
use crate::reparse::MAX_DATA;
use crate::unix_data::UnixData;

/// What an extraction will do. Nothing has been touched yet.
#[derive(Debug)]
pub struct ExtractPlan {
    pub(crate) archive: Archive,
    pub(super) image: ImageIndex,
    pub(crate) metadata: ImageMetadata,
    pub(super) destination: PathBuf,
    pub(crate) options: ExtractOptions,
    /// Whether links that lead into the image are to lead into the destination.
    pub(super) fix_links: bool,
    /// Whether the destination takes Windows' metadata.
    pub(super) is_ntfs: bool,
    /// The destination first; every other one after the one that it is in.
    pub(crate) directories: Vec<Directory>,
    pub(crate) files: Vec<File>,
    pub(crate) links: Vec<Link>,
    /// What is left out, with everything below it, and of which directory.
    pub(crate) absent: Vec<(u32, DentryId)>,
    /// Blobs, and what each is for.
    pub(super) blobs: Vec<(Sha1Hash, Vec<Use>)>,
    pub(super) report: ExtractReport,
}

/// A name in a directory that is to be.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) directory: u32,
    pub(crate) name: OsString,
}

#[derive(Debug)]
pub(crate) struct Directory {
    /// Of the destination itself, nothing.
    pub(crate) place: Place,
    /// Whose metadata it gets; a directory that only leads to what was asked for has none.
    pub(crate) dentry: Option<DentryId>,
}

/// Anything but a directory or a link.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) inode: InodeId,
    /// Its names; the first is where it is made. Never empty.
    pub(crate) places: Vec<Place>,
    /// The entry that each of them is of.
    pub(crate) dentries: Vec<DentryId>,
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) place: Place,
    pub(crate) dentry: DentryId,
}

/// What a blob is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// The data of a file.
    File(u32),
    /// Something small that is needed at the end.
    Memory,
}

impl ExtractPlan {
    /// Plans to extract `selection` of an image to `destination`.
    ///
    /// # Errors
    /// If the image's metadata is damaged, a path is not in it, data is missing, or names clash.
    pub fn new(
        archive: &Archive,
        image: ImageIndex,
        selection: &Selection,
        destination: &Path,
        options: ExtractOptions,
    ) -> Result<Self> {
        let metadata = archive.image(image)?;
        let all = *selection == Selection::All;
        let fix_links = options.fix_links.unwrap_or(all && archive.header().flags.contains(HeaderFlags::RP_FIX));
        let selected = match selection {
            Selection::All => vec![Selected { dentry: metadata.root(), keep_path: true }],
            Selection::Paths(patterns) => select(archive, image, &metadata, patterns)?,
        };
        let clashes = Clashes::new(destination, &options, all);
        let is_ntfs = options.metadata == Metadata::Auto && super::windows::takes_metadata(destination);
        let root = Directory { place: Place { directory: 0, name: OsString::new() }, dentry: None };
        let mut planner = Planner {
            archive,
            metadata: &metadata,
            options: &options,
            is_ntfs,
            clashes,
            directories: vec![root],
            files: Vec::new(),
            links: Vec::new(),
            absent: Vec::new(),
            report: ExtractReport::default(),
            file_of: vec![None; metadata.inodes().len()],
            directory_of: HashMap::from([(metadata.root(), 0)]),
            uses: HashMap::new(),
            blobs: Vec::new(),
        };
        planner.add_all(&selected)?;
        planner.put_short_names_first();
        archive.check_total_bytes(planner.report.bytes)?;
        let Planner { directories, files, links, absent, blobs, report, .. } = planner;
        let destination = destination.to_path_buf();
        let archive = archive.clone();
        Ok(Self {
            archive,
            image,
            metadata,
            destination,
            options,
            fix_links,
            is_ntfs,
            directories,
            files,
            links,
            absent,
            blobs,
            report,
        })
    }

    /// What will be made, and what will be left out; nothing is [damaged](ExtractReport::damaged) yet.
    pub fn report(&self) -> &ExtractReport {
        &self.report
    }

    /// What the image's metadata has that deviates from the format.
    pub fn warnings(&self) -> &[wim_format::Warning] {
        self.metadata.warnings()
    }
}

struct Planner<'a> {
    archive: &'a Archive,
    metadata: &'a ImageMetadata,
    options: &'a ExtractOptions,
    is_ntfs: bool,
    clashes: Clashes,
    directories: Vec<Directory>,
    files: Vec<File>,
    links: Vec<Link>,
    absent: Vec<(u32, DentryId)>,
    report: ExtractReport,
    /// For each inode, the number of its file, if it has one.
    file_of: Vec<Option<u32>>,
    /// The directories that keep their paths.
    directory_of: HashMap<DentryId, u32>,
    /// For each blob, its position in `blobs`.
    uses: HashMap<Sha1Hash, usize>,
    blobs: Vec<(Sha1Hash, Vec<Use>)>,
}

impl Planner<'_> {
    fn add_all(&mut self, selected: &[Selected]) -> Result<()> {
        for one in selected {
            let mut above = ancestors(self.metadata, one.dentry).skip(1);
            let covered = one.keep_path && above.any(|dentry| selected.contains(&Selected { dentry, keep_path: true }));
            if !covered {
                self.add(*one)?;
            }
        }
        Ok(())
    }

    /// Makes files of several names under the one that has a short name: on NTFS a file can get one only then.
    fn put_short_names_first(&mut self) {
        let has_short_name = |&dentry: &DentryId| !self.metadata.dentry(dentry).short_name.is_empty();
        for file in self.files.iter_mut().filter(|_| self.is_ntfs) {
            if let Some(named) = file.dentries.iter().position(has_short_name) {
                file.dentries.swap(0, named);
                file.places.swap(0, named);
            }
        }
    }

    /// Plans an entry that was asked for, with everything below it.
    fn add(&mut self, Selected { dentry: start, keep_path }: Selected) -> Result<()> {
        let Some(parent) = self.parent_of(start, keep_path)? else { return Ok(()) };
        // The directories from `start` down to where the walk is.
        let mut path: Vec<u32> = Vec::new();
        let metadata = self.metadata;
        let mut walk = metadata.walk_from(start);
        while let Some((dentry, _)) = walk.next() {
            path.truncate(walk.depth());
            let parent = path.last().copied().unwrap_or(parent);
            match self.add_entry(parent, dentry)? {
                Some(directory) => path.push(directory),
                None => walk.skip_children(),
            }
        }
        Ok(())
    }

    /// The directory that an entry that was asked for is to be in, which is planned if need be; nothing, if it cannot be.
    fn parent_of(&mut self, start: DentryId, keep_path: bool) -> Result<Option<u32>> {
        if !keep_path {
            return Ok(Some(0));
        }
        let above: Vec<DentryId> = ancestors(self.metadata, start).skip(1).collect();
        let mut parent = 0;
        for &dentry in above.iter().rev() {
            parent = match self.directory_of.get(&dentry) {
                Some(&known) => known,
                None => {
                    let Some(place) = self.place(parent, dentry)? else { return Ok(None) };
                    let number = self.push_directory(place, None);
                    self.directory_of.insert(dentry, number);
                    number
                }
            };
        }
        Ok(Some(parent))
    }

    /// Plans an entry; the number of the directory, if it is one that things can be in.
    fn add_entry(&mut self, parent: u32, dentry: DentryId) -> Result<Option<u32>> {
        if dentry == self.metadata.root() {
            self.directories[0].dentry = Some(dentry);
            return Ok(Some(0));
        }
        let Some(place) = self.place(parent, dentry)? else { return Ok(None) };
        let inode = self.metadata.inode_of(dentry);
        self.need_streams(dentry)?;
        if let Some(why) = unsupported(inode, self.is_ntfs) {
            self.leave_out(place.directory, dentry, why);
        } else if inode.is_directory() {
            return Ok(Some(self.push_directory(place, Some(dentry))));
        } else if inode.is_reparse_point() {
            self.add_link(place, dentry)?;
        } else {
            self.add_file(place, dentry)?;
        }
        Ok(None)
    }

    /// Notes that the named streams of an entry are needed, where the destination takes them.
    fn need_streams(&mut self, dentry: DentryId) -> Result<()> {
        if !self.is_ntfs {
            return Ok(());
        }
        let metadata = self.metadata;
        let named = metadata.inode_of(dentry).streams().filter(|stream| stream.kind == StreamKind::Named);
        for hash in named.map(|stream| stream.hash).filter(|hash| !hash.is_zero()) {
            if self.archive.blob(&hash).is_none_or(|blob| blob.size <= super::windows::MAX_STREAM) {
                self.need(hash, Use::Memory, dentry)?;
            }
        }
        Ok(())
    }

    fn add_link(&mut self, place: Place, dentry: DentryId) -> Result<()> {
        let hash = self.metadata.inode_of(dentry).reparse_hash();
        if self.options.links == Links::Skip {
            self.leave_out(place.directory, dentry, "links are left out");
        } else if self.archive.blob(&hash).is_some_and(|blob| blob.size > MAX_DATA) {
            self.leave_out(place.directory, dentry, "the data of the link is larger than that of any link");
        } else if hash.is_zero() {
            self.leave_out(place.directory, dentry, "the link leads nowhere");
        } else if self.need(hash, Use::Memory, dentry)? {
            self.report.symlinks += 1;
            self.links.push(Link { place, dentry });
        }
        Ok(())
    }

    fn add_file(&mut self, place: Place, dentry: DentryId) -> Result<()> {
        let id = self.metadata.dentry(dentry).inode;
        if let Some(file) = self.file_of[id.0 as usize] {
            self.report.hard_links += 1;
            self.files[file as usize].places.push(place);
            self.files[file as usize].dentries.push(dentry);
            return Ok(());
        }
        let number = self.files.len() as u32;
        let inode = self.metadata.inode(id);
        let is_special = self.options.unix_data && UnixData::of(inode).is_some_and(|data| data.is_special());
        let hash = inode.data_hash();
        if is_special {
            self.report.specials += 1;
        } else if hash.is_zero() || self.need(hash, Use::File(number), dentry)? {
            self.report.files += 1;
            self.report.bytes += self.archive.blob(&hash).map_or(0, |blob| blob.size);
        } else {
            return Ok(());
        }
        self.file_of[id.0 as usize] = Some(number);
        self.files.push(File { inode: id, places: vec![place], dentries: vec![dentry] });
        Ok(())
    }

    /// Notes what a blob is for. `false` if it is missing, and that is to be put up with.
    fn need(&mut self, hash: Sha1Hash, what: Use, dentry: DentryId) -> Result<bool> {
        if self.archive.blob(&hash).is_none() {
            let subject = Subject::Blob { hash, path: Some(self.metadata.path(dentry)) };
            let error = Error::MissingBlob { archive: self.archive.name().to_owned(), subject };
            if !self.options.recover {
                return Err(error);
            }
            self.report.damaged.push(error);
            return Ok(false);
        }
        let position = *self.uses.entry(hash).or_insert_with(|| {
            self.blobs.push((hash, Vec::new()));
            self.blobs.len() - 1
        });
        let uses = &mut self.blobs[position].1;
        if what != Use::Memory || !uses.contains(&what) {
            uses.push(what);
        }
        Ok(true)
    }

    fn push_directory(&mut self, place: Place, dentry: Option<DentryId>) -> u32 {
        self.report.directories += 1;
        self.directories.push(Directory { place, dentry });
        (self.directories.len() - 1) as u32
    }

    /// The name that an entry gets; nothing, if it gets none.
    fn place(&mut self, directory: u32, dentry: DentryId) -> Result<Option<Place>> {
        let name = &self.metadata.dentry(dentry).name;
        let name = match names::to_host(name, self.options.names) {
            Ok(name) => name,
            Err(_) if self.options.make_names_fit => names::make_fit(name, self.options.names, dentry.0 as usize),
            Err(why) => {
                self.leave_out(directory, dentry, &why.to_string());
                return Ok(None);
            }
        };
        match self.clashes.settle(directory, name, || self.metadata.path(dentry))? {
            Some(name) => Ok(Some(Place { directory, name })),
            None => {
                self.leave_out(directory, dentry, "the destination does not tell its name from another one");
                Ok(None)
            }
        }
    }

    fn leave_out(&mut self, directory: u32, dentry: DentryId, why: &str) {
        self.absent.push((directory, dentry));
        self.report.skipped.push(Skipped { path: self.metadata.path(dentry), why: why.to_owned() });
    }
}

/// An entry, and the directories that it is in, the root last.
fn ancestors(metadata: &ImageMetadata, start: DentryId) -> impl Iterator<Item = DentryId> {
    let above = |&dentry: &DentryId| (dentry != metadata.root()).then(|| metadata.dentry(dentry).parent);
    std::iter::successors(Some(start), above)
}

/// Why something cannot be made here at all.
fn unsupported(inode: &wim_format::Inode, is_ntfs: bool) -> Option<&'static str> {
    if inode.streams().any(|stream| stream.kind == StreamKind::Efs) {
        return Some("it is encrypted by its file system (EFS), which only Windows can restore");
    }
    let tag = inode.reparse.map(|reparse| reparse.tag)?;
    if is_ntfs {
        let has_data = !inode.data_hash().is_zero();
        return has_data.then_some("it is a reparse point with data of its own, which only Windows can restore");
    }
    (!crate::reparse::is_link(tag)).then_some("it is a reparse point of a kind that only Windows knows")
}
