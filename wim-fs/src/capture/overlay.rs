//! Several folders and files as one image: each is looked through alone, and laid over what is there already.
//!
//! Folders that meet become one, with the attributes and times of the first. A file takes the place of one that has its name,
//! in whatever case. Hard links are kept within a source.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use wim_export::{Error, Result};
use wim_format::{DentryId, ImageMetadata, Inode, InodeId, Name};

use super::scan::{edit_error, scan_file, scan_folder};
use super::{Capture, CaptureOptions, CaptureReport, CaptureSource, Data, NewStreamOf, Unhashed, copy_inode};
use crate::extract::Metadata as Kept;

impl Capture {
    /// Looks through several folders and files, which become one image; later ones are laid over earlier ones. Folders that
    /// none of them has, but a target is in, are made as old as the latest file.
    ///
    /// What a configuration says of paths is said of those in each source. Links are made to lead into the image only in
    /// sources that are its root.
    ///
    /// # Errors
    /// As [`Capture::scan`]; if there are no sources, a file would take the place of a folder or the other way round, or the
    /// options ask for a sidecar, which is a single folder's.
    pub fn scan_all(sources: &[CaptureSource], options: &CaptureOptions) -> Result<Self> {
        let refuse = |what, value: &str, expected: &str| {
            Err(Error::InvalidArgument { what, value: value.to_owned(), expected: expected.to_owned() })
        };
        if sources.is_empty() {
            return refuse("list of sources", "", "at least one source");
        }
        if options.metadata == Kept::Sidecar {
            return refuse(
                "place of Windows' metadata",
                "sidecar",
                "a sidecar is of one folder, and several sources have none",
            );
        }
        let mut overlay = Overlay::new();
        for source in sources {
            overlay.add(source, options)?;
        }
        Ok(overlay.finish())
    }
}

struct Overlay {
    all: Capture,
    /// Folders that no source has yet.
    made: HashSet<DentryId>,
}

impl Overlay {
    fn new() -> Self {
        let mut tree = Unhashed { metadata: ImageMetadata::new(), streams: Vec::new() };
        *tree.metadata.inode_mut(InodeId(0)) = Inode { link_count: 1, ..Inode::directory() };
        let made = HashSet::from([tree.metadata.root()]);
        let report = CaptureReport::default();
        let all = Capture { tree, blobs: Vec::new(), bases: Vec::new(), fixes_links: false, xml: None, report };
        Self { all, made }
    }

    fn add(&mut self, source: &CaptureSource, options: &CaptureOptions) -> Result<()> {
        let CaptureSource { path, target } = source;
        let options = CaptureOptions { fix_links: options.fix_links && target.is_empty(), ..options.clone() };
        // What leads to a folder is as good as the folder.
        if std::fs::metadata(path).is_ok_and(|found| found.is_dir()) {
            let found = scan_folder(path, target, &options)?;
            let onto = self.folder(target, path)?;
            return self.lay(found, onto, true, path);
        }
        let Some((name, above)) = target.split_last() else {
            return Err(Error::Source { path: path.clone(), why: "the root of an image is a folder" });
        };
        let found = scan_file(path, name, above, &options)?;
        let onto = self.folder(above, path)?;
        self.lay(found, onto, false, path)
    }

    /// The folder of these names, which is made if need be.
    fn folder(&mut self, names: &[Name], path: &Path) -> Result<DentryId> {
        let mut folder = self.all.tree.metadata.root();
        for name in names {
            folder = match self.all.tree.metadata.find_child(folder, name) {
                Some(there) => there,
                None => {
                    let added = self.all.tree.metadata.add_child(folder, name.clone(), Inode::directory());
                    let added = added.map_err(|why| edit_error(path, why))?;
                    self.made.insert(added);
                    added
                }
            };
        }
        if self.all.tree.metadata.inode_of(folder).is_directory() {
            return Ok(folder);
        }
        Err(self.refuse(folder, path))
    }

    /// Lays what was found over a folder; its root is that folder's, or only holds a single file.
    fn lay(&mut self, found: Capture, onto: DentryId, has_root: bool, path: &Path) -> Result<()> {
        let Capture { tree: Unhashed { metadata, streams }, blobs, bases, fixes_links, report, .. } = found;
        let first_new = DentryId(self.all.tree.metadata.dentries().len() as u32);
        let mut laying = Laying { overlay: self, metadata: &metadata, path, first_new, inodes: HashMap::new() };
        if has_root {
            laying.furnish(onto, metadata.root());
        }
        laying.lay_below(onto)?;
        let inodes = laying.inodes;
        let before = self.all.blobs.len();
        for (inode, streams) in streams {
            // A folder that was there keeps what it has.
            let Some(&inode) = inodes.get(&inode) else { continue };
            let streams = streams.into_iter().map(|stream| NewStreamOf { data: stream.data.after(before), ..stream });
            self.all.tree.streams.push((inode, streams.collect()));
        }
        self.all.blobs.extend(blobs);
        if self.all.bases.is_empty() {
            self.all.bases = bases;
        }
        self.all.fixes_links |= fixes_links;
        self.all.report.unchanged += report.unchanged;
        self.all.report.excluded += report.excluded;
        self.all.report.skipped.extend(report.skipped);
        Ok(())
    }

    fn refuse(&self, there: DentryId, path: &Path) -> Error {
        Error::InvalidArgument {
            what: "source",
            value: path.display().to_string(),
            expected: format!(
                "{} is a folder in one source and none in another one; no file takes the place of a folder",
                self.all.tree.metadata.path(there)
            ),
        }
    }

    /// All of it as one image, without what was replaced.
    fn finish(self) -> Capture {
        let Self { mut all, made } = self;
        let latest = all.last_change();
        for folder in made {
            let id = all.tree.metadata.dentry(folder).inode;
            let inode = all.tree.metadata.inode_mut(id);
            (inode.creation_time, inode.last_write_time, inode.last_access_time) = (latest, latest, latest);
        }
        all.drop_unused();
        all.recount();
        all
    }
}

/// A source on its way into the image.
struct Laying<'a> {
    overlay: &'a mut Overlay,
    metadata: &'a ImageMetadata,
    /// Where the source is, for messages.
    path: &'a Path,
    /// The first entry that is this source's: only others give way.
    first_new: DentryId,
    /// Which inode of the image each of the source's became.
    inodes: HashMap<InodeId, InodeId>,
}

impl Laying<'_> {
    fn all(&mut self) -> &mut ImageMetadata {
        &mut self.overlay.all.tree.metadata
    }

    /// Lays everything below the source's root over a folder.
    fn lay_below(&mut self, onto: DentryId) -> Result<()> {
        let mut folders = vec![onto];
        let metadata = self.metadata;
        let mut walk = metadata.walk();
        walk.next();
        while let Some((dentry, entry)) = walk.next() {
            // The source's root is at depth 0, and is the first of the folders.
            folders.truncate(walk.depth());
            let folder = folders.last().copied().unwrap_or(onto);
            let added = self.lay_entry(folder, dentry)?;
            if metadata.inode(entry.inode).is_directory() {
                folders.push(added);
            }
        }
        Ok(())
    }

    /// Lays an entry over what a folder has of its name.
    fn lay_entry(&mut self, folder: DentryId, dentry: DentryId) -> Result<DentryId> {
        let entry = self.metadata.dentry(dentry);
        let is_directory = self.metadata.inode(entry.inode).is_directory();
        let first_new = self.first_new;
        let there = self.all().find_child(folder, &entry.name).filter(|there| there.0 < first_new.0);
        if let Some(there) = there {
            if self.all().inode_of(there).is_directory() != is_directory {
                return Err(self.overlay.refuse(there, self.path));
            }
            if is_directory {
                self.furnish(there, dentry);
                return Ok(there);
            }
            self.all().remove(there).map_err(|why| edit_error(self.path, why))?;
        }
        let name = entry.name.clone();
        let added = match self.inodes.get(&entry.inode) {
            Some(&first) => self.all().add_link(folder, name, first),
            None => {
                let inode = self.copy(entry.inode);
                self.all().add_child(folder, name, inode)
            }
        };
        let added = added.map_err(|why| edit_error(self.path, why))?;
        let inode = self.all().dentry(added).inode;
        self.inodes.insert(entry.inode, inode);
        // A short name that the folder has for another entry goes to nobody else.
        let _ = self.all().set_short_name(added, entry.short_name.clone());
        Ok(added)
    }

    /// Makes a folder that no source had yet what it is in this one.
    fn furnish(&mut self, there: DentryId, dentry: DentryId) {
        if !self.overlay.made.remove(&there) {
            return;
        }
        let source = self.metadata.dentry(dentry).inode;
        let (id, new) = (self.all().dentry(there).inode, self.copy(source));
        let old = self.all().inode_mut(id);
        let (children, link_count) = (std::mem::take(&mut old.children), old.link_count);
        *old = Inode { children, link_count, ..new };
        self.inodes.insert(source, id);
    }

    /// What the image is to have of one of the source's inodes.
    fn copy(&mut self, id: InodeId) -> Inode {
        let metadata = self.metadata;
        copy_inode(metadata, metadata.inode(id), self.all())
    }
}

impl Data {
    /// The same, when there are so many new blobs before.
    fn after(self, before: usize) -> Self {
        match self {
            Self::New(number) => Self::New(before + number),
            same => same,
        }
    }
}

impl Capture {
    /// Drops the streams of files that are no longer there, and their data.
    fn drop_unused(&mut self) {
        let metadata = &self.tree.metadata;
        self.tree.streams.retain(|(inode, _)| metadata.inode(*inode).link_count != 0);
        let mut numbers = vec![None; self.blobs.len()];
        let mut kept = Vec::new();
        for stream in self.tree.streams.iter_mut().flat_map(|(_, streams)| streams) {
            let Data::New(number) = &mut stream.data else { continue };
            *number = *numbers[*number].get_or_insert_with(|| {
                kept.push(self.blobs[*number].clone());
                kept.len() - 1
            });
        }
        self.blobs = kept;
    }

    /// Counts anew what there is.
    fn recount(&mut self) {
        let (metadata, report) = (&self.tree.metadata, &mut self.report);
        let mut seen = HashSet::new();
        for (_, entry) in metadata.walk().skip(1) {
            let inode = metadata.inode(entry.inode);
            let count = match (inode.is_directory(), inode.is_reparse_point()) {
                (true, _) => &mut report.directories,
                (_, true) => &mut report.symlinks,
                _ if seen.insert(entry.inode) => &mut report.files,
                _ => &mut report.hard_links,
            };
            *count += 1;
        }
        report.bytes = self.blobs.iter().map(|blob| blob.size().unwrap_or(0)).sum();
    }
}
