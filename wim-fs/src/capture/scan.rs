//! Through a folder, in the order in which Windows sorts names.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wim_export::{Error, HostFile, NewBlob, Result};
use wim_format::{DentryId, FileAttributes, ImageMetadata, Inode, InodeId, Name, ReparseInfo, StreamKind};

use super::config::Verdict;
use super::known::Listed;
use super::template::Template;
use super::{Capture, CaptureOptions, CaptureReport, Data, NewStreamOf, Unhashed, entry};
use crate::extract::{Metadata as Kept, Skipped};
use crate::host::{Identity, identity_of_metadata};
use crate::sidecar::Sidecar;

impl Capture {
    /// Looks through a folder. Files' data is not read yet, but for links.
    ///
    /// # Errors
    /// If a folder cannot be read, or something in it vanishes meanwhile.
    pub fn scan(source: &Path, options: &CaptureOptions) -> Result<Self> {
        scan_folder(source, &[], options)
    }
}

/// Looks through a folder, whose place in the image is `target`.
pub(super) fn scan_folder(source: &Path, target: &[Name], options: &CaptureOptions) -> Result<Capture> {
    let root = fs::metadata(source).map_err(io_error("read", source))?;
    if !root.is_dir() {
        let error = io::Error::from(io::ErrorKind::NotADirectory);
        return Err(io_error("capture", source)(error));
    }
    let mut scan = Scan::new(source, target, options, &root)?;
    let mut inode = Inode::directory();
    let mut beside = scan.describe(&mut inode, source, &root)?;
    beside.lost.drain(..).for_each(|why| scan.skip(source, why));
    *scan.metadata.inode_mut(InodeId(0)) = Inode { link_count: 1, ..inode };
    scan.add_beside(scan.metadata.root(), beside, Vec::new(), source);
    scan.set_known_root(source, &root);
    scan.run()?;
    Ok(scan.finish())
}

/// Looks at a single file or link, which gets this name in a folder that is nothing but that.
pub(super) fn scan_file(path: &Path, name: &Name, target: &[Name], options: &CaptureOptions) -> Result<Capture> {
    let found = fs::symlink_metadata(path).map_err(io_error("read", path))?;
    let mut scan = Scan::new(path, target, options, &found)?;
    let dentry = scan.metadata.root();
    let parent = Pending { path: PathBuf::new(), dentry, names: Vec::new(), only_exceptions: false, known: None };
    scan.add(&parent, name.clone(), path, std::slice::from_ref(name), None)?;
    Ok(scan.finish())
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

pub(super) struct Scan<'a> {
    pub(super) options: &'a CaptureOptions,
    source: PathBuf,
    /// Where it goes in the image.
    target: Vec<Name>,
    /// Which directory is captured.
    root: Identity,
    template: Option<Template>,
    pub(super) sidecar: Option<Sidecar>,
    exclude: Vec<Identity>,
    pub(super) metadata: ImageMetadata,
    /// Files that have more than one name, and were met.
    pub(super) links: HashMap<Identity, InodeId>,
    /// Files of the sidecar that the image has already.
    pub(super) known_inodes: HashMap<InodeId, InodeId>,
    /// Whether something is not as the sidecar has it.
    pub(super) is_changed: bool,
    /// Whether the folder has Windows' metadata.
    is_ntfs: bool,
    blobs: Vec<NewBlob>,
    pub(super) streams: Vec<(InodeId, Vec<NewStreamOf>)>,
    pub(super) report: CaptureReport,
}

/// A directory that is still to be read.
pub(super) struct Pending {
    path: PathBuf,
    pub(super) dentry: DentryId,
    names: Vec<Name>,
    only_exceptions: bool,
    /// The sidecar's entry.
    pub(super) known: Option<DentryId>,
}

impl<'a> Scan<'a> {
    fn new(source: &Path, target: &[Name], options: &'a CaptureOptions, root: &Metadata) -> Result<Self> {
        let sidecar_path = sidecar_path(source, options)?;
        Ok(Scan {
            options,
            source: source.to_path_buf(),
            target: target.to_vec(),
            root: identity_of_metadata(root),
            template: options.template.as_ref().map(|(archive, image)| Template::new(archive, *image)).transpose()?,
            exclude: options
                .exclude
                .iter()
                .chain(&sidecar_path)
                .filter_map(|path| fs::metadata(path).ok())
                .map(|m| identity_of_metadata(&m))
                .collect(),
            sidecar: sidecar_path.as_ref().map(|path| Sidecar::open(path, &options.limits)).transpose()?,
            metadata: ImageMetadata::new(),
            links: HashMap::new(),
            known_inodes: HashMap::new(),
            is_changed: false,
            is_ntfs: options.metadata == Kept::Auto && takes_metadata(source),
            blobs: Vec::new(),
            streams: Vec::new(),
            report: CaptureReport::default(),
        })
    }

    fn run(&mut self) -> Result<()> {
        let (path, dentry) = (self.source.clone(), self.metadata.root());
        let known = self.sidecar.as_ref().map(|sidecar| sidecar.metadata.root());
        let mut pending = vec![Pending { path, dentry, names: Vec::new(), only_exceptions: false, known }];
        while let Some(directory) = pending.pop() {
            let mut below = self.read_directory(&directory)?;
            // The first of them is read next.
            below.reverse();
            pending.append(&mut below);
        }
        Ok(())
    }

    /// What was found.
    fn finish(self) -> Capture {
        let fixes_links = self.options.fix_links && self.sidecar.as_ref().is_none_or(Sidecar::fixes_links);
        let mut xml = self.sidecar.as_ref().and_then(Sidecar::xml).cloned();
        let all = self.sidecar.as_ref().map_or(0, |sidecar| sidecar.metadata.entry_count() as u64 - 1);
        if let Some(xml) = xml.as_mut().filter(|_| self.is_changed || self.report.known != all) {
            let _ = xml.set_property("LASTMODIFICATIONTIME", None);
        }
        let template = self.options.template.iter().map(|(archive, _)| archive.clone());
        let bases = template.chain(self.sidecar.map(|sidecar| sidecar.archive)).collect();
        let tree = Unhashed { metadata: self.metadata, streams: self.streams };
        Capture { tree, blobs: self.blobs, bases, fixes_links, xml, report: self.report }
    }

    /// Adds what is in a directory, and returns the directories among it.
    fn read_directory(&mut self, directory: &Pending) -> Result<Vec<Pending>> {
        let mut below = Vec::new();
        for (name, listed) in self.list(directory)? {
            match listed {
                Listed::Absent(dentry) => self.add_absent(directory, dentry)?,
                Listed::Host(host, known) => {
                    let path = directory.path.join(host);
                    let mut names = directory.names.clone();
                    names.push(name.clone());
                    let added = self.add(directory, name, &path, &names, known)?;
                    below.extend(added.map(|(dentry, only_exceptions)| Pending {
                        path,
                        dentry,
                        names,
                        only_exceptions,
                        known,
                    }));
                }
            }
        }
        Ok(below)
    }

    /// What is in a directory, in the order in which Windows sorts names.
    fn list(&mut self, directory: &Pending) -> Result<Vec<(Name, Listed)>> {
        let known = self.sidecar.as_ref().zip(directory.known);
        let mut known = known.map(|(sidecar, dentry)| sidecar.present(dentry)).unwrap_or_default();
        let mut entries = self.list_absent(directory);
        for entry in fs::read_dir(&directory.path).map_err(io_error("read", &directory.path))? {
            let host = entry.map_err(io_error("read", &directory.path))?.file_name();
            let known = known.remove(&host);
            let known_name =
                self.sidecar.as_ref().zip(known).map(|(sidecar, known)| &sidecar.metadata.dentry(known).name);
            match known_name.cloned().or_else(|| entry::image_name(&host)) {
                Some(name) => entries.push((name, Listed::Host(host, known))),
                None => self.skip(&directory.path.join(host), "its name is no text, or no name that Windows allows"),
            }
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp_ignore_case(b).then_with(|| a.cmp(b)));
        Ok(entries)
    }

    /// Adds an entry; if it is a directory, its number, and whether only exceptions in it are wanted.
    fn add(
        &mut self,
        parent: &Pending,
        name: Name,
        path: &Path,
        names: &[Name],
        known: Option<DentryId>,
    ) -> Result<Option<(DentryId, bool)>> {
        let found = if self.options.dereference { fs::metadata(path) } else { fs::symlink_metadata(path) };
        let found = found.map_err(io_error("read", path))?;
        let verdict = self.options.config.verdict(names, found.is_dir(), parent.only_exceptions);
        let identity = identity_of_metadata(&found);
        if verdict == Verdict::Leave {
            self.report.excluded += 1;
            return Ok(None);
        }
        if found.is_file() && self.is_excluded(path, identity) {
            self.skip(path, "it is the archive that is being written");
            return Ok(None);
        }
        if let Some(known) = known
            && let Some(dentry) = self.add_known(parent, (&name, known), (path, &found))?
        {
            return Ok(found.is_dir().then_some((dentry, verdict == Verdict::KeepExceptions)));
        }
        self.is_changed = true;
        let mut inode = Inode::default();
        let mut beside = self.describe(&mut inode, path, &found)?;
        beside.lost.drain(..).for_each(|why| self.skip(path, why));
        if inode.attributes.contains(FileAttributes::ENCRYPTED) {
            self.skip(path, "it is encrypted by its file system (EFS), so that only Windows can capture it");
            return Ok(None);
        }
        if let Some((info, data)) = beside.reparse.take() {
            self.add_reparse(parent, name, inode, path, (info, data, beside))?;
        } else if found.is_dir() {
            self.report.directories += 1;
            let dentry = self.add_child(parent, name, inode, path)?;
            self.add_beside(dentry, beside, Vec::new(), path);
            return Ok(Some((dentry, verdict == Verdict::KeepExceptions)));
        } else if found.is_symlink() {
            self.add_link(parent, name, inode, path)?;
        } else if found.is_file() || self.options.unix_data {
            self.add_file(parent, name, inode, path, (names, &found, beside))?;
        } else {
            self.skip(path, "it is no file, folder or link; --unix-data keeps devices and pipes");
        }
        Ok(None)
    }

    fn add_file(
        &mut self,
        parent: &Pending,
        name: Name,
        inode: Inode,
        path: &Path,
        (names, found, beside): (&[Name], &Metadata, Beside),
    ) -> Result<()> {
        let identity = identity_of_metadata(found);
        if let Some(&first) = self.links.get(&identity) {
            self.report.hard_links += 1;
            let added = self.metadata.add_link(parent.dentry, name, first).map_err(|why| edit_error(path, why))?;
            self.set_short_name(added, beside.short_name);
            return Ok(());
        }
        let known = self
            .template
            .as_ref()
            .and_then(|template| template.find(self.target.iter().chain(names), &inode, found.len()));
        let data = match known {
            Some(hash) if found.is_file() && found.len() != 0 => {
                self.report.unchanged += 1;
                Data::Known(hash)
            }
            _ => self.file_data(path, found)?,
        };
        let dentry = self.add_child(parent, name, inode, path)?;
        let inode = self.metadata.dentry(dentry).inode;
        self.report.files += 1;
        let data = NewStreamOf { kind: StreamKind::Data, name: Name::default(), data };
        self.add_beside(dentry, beside, vec![data], path);
        if crate::host::has_links(found) {
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

    fn add_link(&mut self, parent: &Pending, name: Name, mut inode: Inode, path: &Path) -> Result<()> {
        let target = fs::read_link(path).map_err(io_error("read", path))?;
        let is_directory = fs::metadata(path).is_ok_and(|target| target.is_dir());
        let root = self.options.fix_links.then_some(self.root);
        let Some(data) = entry::link(&mut inode, &target, is_directory, root) else {
            self.skip(path, "no link of Windows can lead where it leads");
            return Ok(());
        };
        let dentry = self.add_child(parent, name, inode, path)?;
        self.report.symlinks += 1;
        let stream = self.in_memory(StreamKind::Reparse, Name::default(), data, path);
        self.streams.push((self.metadata.dentry(dentry).inode, vec![stream]));
        Ok(())
    }

    /// Adds a reparse point of any kind, as the file system has it.
    fn add_reparse(
        &mut self,
        parent: &Pending,
        name: Name,
        mut inode: Inode,
        path: &Path,
        (info, data, beside): (ReparseInfo, Vec<u8>, Beside),
    ) -> Result<()> {
        inode.attributes = inode.attributes.with(FileAttributes::REPARSE_POINT);
        inode.reparse = Some(info);
        let dentry = self.add_child(parent, name, inode, path)?;
        self.report.symlinks += 1;
        let stream = self.in_memory(StreamKind::Reparse, Name::default(), data, path);
        self.add_beside(dentry, beside, vec![stream], path);
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

    pub(super) fn add_child(&mut self, parent: &Pending, name: Name, inode: Inode, path: &Path) -> Result<DentryId> {
        self.metadata.add_child(parent.dentry, name, inode).map_err(|why| edit_error(path, why))
    }

    fn is_excluded(&self, path: &Path, identity: Identity) -> bool {
        if cfg!(unix) {
            return self.exclude.contains(&identity);
        }
        self.options.exclude.iter().any(|excluded| wim_export::is_same_file(excluded, path))
    }

    /// Puts into `inode` what it can hold by itself, and returns the rest.
    fn describe(&self, inode: &mut Inode, path: &Path, found: &Metadata) -> Result<Beside> {
        entry::describe(inode, path, found, self.options);
        if !self.is_ntfs {
            return Ok(Beside::default());
        }
        read_metadata(path, inode).map_err(io_error("read the metadata of", path))
    }

    fn skip(&mut self, path: &Path, why: &str) {
        self.report.skipped.push(Skipped { path: path.display().to_string(), why: why.to_owned() });
    }
}

#[cfg(unix)]
use crate::ntfs::{Found as Beside, is_ntfs as takes_metadata, read as read_metadata};

/// What a file has beside its data: nothing that is known of here.
#[cfg(not(unix))]
#[derive(Default)]
struct Beside {
    security: Option<Vec<u8>>,
    short_name: Option<Name>,
    reparse: Option<(ReparseInfo, Vec<u8>)>,
    streams: Vec<(Name, Vec<u8>)>,
    lost: Vec<&'static str>,
}

#[cfg(not(unix))]
fn takes_metadata(_: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn read_metadata(_: &Path, _: &mut Inode) -> io::Result<Beside> {
    Ok(Beside::default())
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { action, path: path.to_path_buf(), source }
}

pub(super) fn edit_error(path: &Path, why: wim_format::EditError) -> Error {
    Error::InvalidArgument { what: "file", value: path.display().to_string(), expected: why.to_string() }
}
