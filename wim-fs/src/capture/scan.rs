//! The image that is made of what was found in a folder.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::sync::Arc;

use wim_export::{Error, HostFile, NewBlob, Result, Workers};
use wim_format::{DentryId, FileAttributes, ImageMetadata, Inode, InodeId, Name, StreamKind};

use super::folder::{Beside, Directory, Folder, Found, Seen, io_error};
use super::template::Template;
use super::walk::walk;
use super::{Capture, CaptureOptions, CaptureReport, Data, NewStreamOf, Unhashed};
use crate::extract::Skipped;
use crate::host::{Identity, has_links, identity_of_metadata};
use crate::sidecar::Sidecar;

impl Capture {
    /// Looks through a folder, on as many threads as the options say. Files' data is not read yet, but for links.
    ///
    /// # Errors
    /// If a folder cannot be read, or something in it vanishes meanwhile.
    pub fn scan(source: &Path, options: &CaptureOptions) -> Result<Self> {
        scan_folder(source, &[], options)
    }
}

/// Looks through a folder, whose place in the image is `target`.
pub(super) fn scan_folder(source: &Path, target: &[Name], options: &CaptureOptions) -> Result<Capture> {
    let found = fs::metadata(source).map_err(io_error("read", source))?;
    if !found.is_dir() {
        let error = io::Error::from(io::ErrorKind::NotADirectory);
        return Err(io_error("capture", source)(error));
    }
    let folder = Folder::new(source, &found, options)?;
    let mut scan = Scan::new(&folder, target)?;
    scan.add_root(&found)?;
    let root = folder.root(scan.metadata.root());
    let workers = Workers::new(Workers::threads_for(options.threads))?;
    workers.crew(|crew| walk(&mut scan, crew, root))?;
    Ok(scan.finish())
}

/// Looks at a single file or link, which gets this name in a folder that is nothing but that.
pub(super) fn scan_file(path: &Path, name: &Name, target: &[Name], options: &CaptureOptions) -> Result<Capture> {
    let found = fs::symlink_metadata(path).map_err(io_error("read", path))?;
    let folder = Folder::new(path, &found, options)?;
    let mut scan = Scan::new(&folder, target)?;
    let parent = folder.root(scan.metadata.root());
    let found = folder.look_at(&parent, name, path.to_path_buf(), None)?;
    scan.add(&parent, name.clone(), found)?;
    Ok(scan.finish())
}

pub(super) struct Scan<'a> {
    pub(super) folder: &'a Folder<'a>,
    /// Where it goes in the image.
    target: Vec<Name>,
    template: Option<Template>,
    pub(super) metadata: ImageMetadata,
    /// Files that have more than one name, and were met.
    pub(super) links: HashMap<Identity, InodeId>,
    /// Files of the sidecar that the image has already.
    pub(super) known_inodes: HashMap<InodeId, InodeId>,
    /// Whether something is not as the sidecar has it.
    pub(super) is_changed: bool,
    blobs: Vec<NewBlob>,
    pub(super) streams: Vec<(InodeId, Vec<NewStreamOf>)>,
    pub(super) report: CaptureReport,
}

impl<'a> Scan<'a> {
    fn new(folder: &'a Folder<'a>, target: &[Name]) -> Result<Self> {
        let template = folder.options.template.as_ref();
        Ok(Scan {
            folder,
            target: target.to_vec(),
            template: template.map(|(archive, image)| Template::new(archive, *image)).transpose()?,
            metadata: ImageMetadata::new(),
            links: HashMap::new(),
            known_inodes: HashMap::new(),
            is_changed: false,
            blobs: Vec::new(),
            streams: Vec::new(),
            report: CaptureReport::default(),
        })
    }

    /// What was found.
    fn finish(self) -> Capture {
        let options = self.folder.options;
        let sidecar = self.folder.sidecar.as_ref();
        let fixes_links = options.fix_links && sidecar.is_none_or(Sidecar::fixes_links);
        let mut xml = sidecar.and_then(Sidecar::xml).cloned();
        let all = sidecar.map_or(0, |sidecar| sidecar.metadata.entry_count() as u64 - 1);
        if let Some(xml) = xml.as_mut().filter(|_| self.is_changed || self.report.known != all) {
            let _ = xml.set_property("LASTMODIFICATIONTIME", None);
        }
        let template = options.template.iter().map(|(archive, _)| archive.clone());
        let bases = template.chain(sidecar.map(|sidecar| sidecar.archive.clone())).collect();
        let tree = Unhashed { metadata: self.metadata, streams: self.streams };
        Capture { tree, blobs: self.blobs, bases, fixes_links, xml, report: self.report }
    }

    fn add_root(&mut self, found: &Metadata) -> Result<()> {
        let path = &self.folder.path;
        let (inode, mut beside) = self.folder.describe(path, found)?;
        beside.lost.drain(..).for_each(|why| self.skip(path, why));
        *self.metadata.inode_mut(InodeId(0)) = Inode { link_count: 1, ..inode.clone() };
        self.add_beside(self.metadata.root(), beside, Vec::new(), path);
        self.set_known_root(&inode);
        Ok(())
    }

    /// Adds entries of a directory, and returns the directories among them.
    pub(super) fn add_all(&mut self, parent: &Directory, found: Vec<(Name, Found)>) -> Result<Vec<Directory>> {
        let mut below = Vec::new();
        for (name, found) in found {
            below.extend(self.add(parent, name, found)?);
        }
        Ok(below)
    }

    /// Adds an entry, and returns it if it is a directory.
    pub(super) fn add(&mut self, parent: &Directory, name: Name, found: Found) -> Result<Option<Directory>> {
        match found {
            Found::Absent(dentry) => self.add_absent(parent, dentry)?,
            Found::Excluded => self.report.excluded += 1,
            Found::Refused(path, why) => self.skip(&path, why),
            Found::Here(seen) => return self.add_seen(parent, name, *seen),
        }
        Ok(None)
    }

    fn add_seen(&mut self, parent: &Directory, name: Name, mut seen: Seen) -> Result<Option<Directory>> {
        if let Some(dentry) = self.add_known(parent, &name, &seen)? {
            return Ok(seen.found.is_dir().then(|| parent.below(name, seen, dentry)));
        }
        self.is_changed = true;
        let beside = std::mem::take(&mut seen.beside);
        beside.lost.iter().for_each(|why| self.skip(&seen.path, why));
        if seen.inode.attributes.contains(FileAttributes::ENCRYPTED) {
            self.skip(&seen.path, "it is encrypted by its file system (EFS), so that only Windows can capture it");
        } else if beside.reparse.is_some() {
            self.add_reparse(parent, name, seen, beside)?;
        } else if seen.found.is_dir() {
            self.report.directories += 1;
            let dentry = self.add_child(parent, name.clone(), std::mem::take(&mut seen.inode), &seen.path)?;
            self.add_beside(dentry, beside, Vec::new(), &seen.path);
            return Ok(Some(parent.below(name, seen, dentry)));
        } else if seen.found.is_symlink() {
            self.add_link(parent, name, seen)?;
        } else if seen.found.is_file() || self.folder.options.unix_data {
            self.add_file(parent, name, seen, beside)?;
        } else {
            self.skip(&seen.path, "it is no file, folder or link; --unix-data keeps devices and pipes");
        }
        Ok(None)
    }

    fn add_file(&mut self, parent: &Directory, name: Name, seen: Seen, beside: Beside) -> Result<()> {
        let Seen { path, found, inode, .. } = seen;
        let identity = identity_of_metadata(&found);
        if let Some(&first) = self.links.get(&identity) {
            self.report.hard_links += 1;
            let added = self.metadata.add_link(parent.dentry, name, first).map_err(|why| edit_error(&path, why))?;
            self.set_short_name(added, beside.short_name);
            return Ok(());
        }
        let names = self.target.iter().chain(&parent.names).chain([&name]);
        let known = self.template.as_ref().and_then(|template| template.find(names, &inode, found.len()));
        let data = match known {
            Some(hash) if found.is_file() && found.len() != 0 => {
                self.report.unchanged += 1;
                Data::Known(hash)
            }
            _ => self.file_data(&path, &found)?,
        };
        let dentry = self.add_child(parent, name, inode, &path)?;
        let inode = self.metadata.dentry(dentry).inode;
        self.report.files += 1;
        let data = NewStreamOf { kind: StreamKind::Data, name: Name::default(), data };
        self.add_beside(dentry, beside, vec![data], &path);
        if has_links(&found) {
            self.links.insert(identity, inode);
        }
        Ok(())
    }

    /// The data of a file, which is read later.
    pub(super) fn file_data(&mut self, path: &Path, found: &Metadata) -> Result<Data> {
        if !found.is_file() || found.len() == 0 {
            return Ok(Data::None);
        }
        self.report.bytes += found.len();
        let file = HostFile::with_metadata(path, found)?;
        self.blobs.push(NewBlob::new(path.display().to_string(), Arc::new(file)));
        Ok(Data::New(self.blobs.len() - 1))
    }

    fn add_link(&mut self, parent: &Directory, name: Name, seen: Seen) -> Result<()> {
        let Some(data) = seen.link else {
            self.skip(&seen.path, "no link of Windows can lead where it leads");
            return Ok(());
        };
        self.report.symlinks += 1;
        let dentry = self.add_child(parent, name, seen.inode, &seen.path)?;
        let stream = self.in_memory(StreamKind::Reparse, Name::default(), data, &seen.path);
        self.streams.push((self.metadata.dentry(dentry).inode, vec![stream]));
        Ok(())
    }

    /// Adds a reparse point of any kind, as the file system has it.
    fn add_reparse(&mut self, parent: &Directory, name: Name, seen: Seen, mut beside: Beside) -> Result<()> {
        let Some((info, data)) = beside.reparse.take() else { return Ok(()) };
        let mut inode = seen.inode;
        inode.attributes = inode.attributes.with(FileAttributes::REPARSE_POINT);
        inode.reparse = Some(info);
        self.report.symlinks += 1;
        let dentry = self.add_child(parent, name, inode, &seen.path)?;
        let stream = self.in_memory(StreamKind::Reparse, Name::default(), data, &seen.path);
        self.add_beside(dentry, beside, vec![stream], &seen.path);
        Ok(())
    }

    /// Adds what a file has beside its data, and notes its streams.
    fn add_beside(&mut self, dentry: DentryId, beside: Beside, mut streams: Vec<NewStreamOf>, path: &Path) {
        let inode = self.metadata.dentry(dentry).inode;
        let id = beside.security.and_then(|descriptor| self.metadata.security_mut().insert(&descriptor));
        self.metadata.inode_mut(inode).security_id = id;
        self.set_short_name(dentry, beside.short_name);
        for (name, data) in beside.streams {
            streams.push(self.in_memory(StreamKind::Named, name, data, path));
        }
        if !streams.is_empty() {
            self.streams.push((inode, streams));
        }
    }

    /// A stream of data that was read already.
    fn in_memory(&mut self, kind: StreamKind, name: Name, data: Vec<u8>, path: &Path) -> NewStreamOf {
        if data.is_empty() {
            return NewStreamOf { kind, name, data: Data::None };
        }
        self.blobs.push(NewBlob::new(path.display().to_string(), Arc::new(data)));
        NewStreamOf { kind, name, data: Data::New(self.blobs.len() - 1) }
    }

    pub(super) fn set_short_name(&mut self, dentry: DentryId, name: Option<Name>) {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            // A name that no entry can have is none.
            let _ = self.metadata.set_short_name(dentry, name);
        }
    }

    pub(super) fn add_child(&mut self, parent: &Directory, name: Name, inode: Inode, path: &Path) -> Result<DentryId> {
        self.metadata.add_child(parent.dentry, name, inode).map_err(|why| edit_error(path, why))
    }

    pub(super) fn skip(&mut self, path: &Path, why: &str) {
        self.report.skipped.push(Skipped { path: path.display().to_string(), why: why.to_owned() });
    }
}

pub(super) fn edit_error(path: &Path, why: wim_format::EditError) -> Error {
    Error::InvalidArgument { what: "file", value: path.display().to_string(), expected: why.to_string() }
}
