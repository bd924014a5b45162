//! A tar archive as a new image: one entry after another.

use std::sync::Arc;

use wim_export::{NewBlob, Progress, Result};
use wim_format::{FileAttributes, FileTime, ImageIndex, ImageMetadata, Limits, Name, XmlImage, XmlInfo};

use super::entries::{Entries, Entry, Kind};
use super::file::{Described, describe};
use super::records;
use super::source::TarSource;
use super::tree::{Content, ContentKind, Tree};
use crate::capture::{Capture, CaptureReport, Data, NewStreamOf, Unhashed};
use crate::extract::Skipped;

/// How to read a tar archive.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TarOptions {
    /// Keep owners, modes, devices, pipes and extended attributes of entries that have none of Windows' metadata.
    pub unix_data: bool,
    /// What becomes of a name that is used twice.
    pub on_duplicate: OnDuplicate,
    /// No time is later than this: the same archive makes the same image.
    pub reproducible: Option<FileTime>,
    /// How many entries, levels, bytes of XML and bytes of data there may be.
    pub limits: Limits,
    /// A file with holes is no larger. Little of it needs to be in the archive.
    pub max_sparse: u64,
}

impl Default for TarOptions {
    /// Owners and modes are left out, names used once, and files with holes up to 1 TiB.
    fn default() -> Self {
        Self {
            unix_data: false,
            on_duplicate: OnDuplicate::Fail,
            reproducible: None,
            limits: Limits::default(),
            max_sparse: 1 << 40,
        }
    }
}

/// What becomes of a name that is used twice, other than for a folder, of which the last entry counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDuplicate {
    /// The archive is refused.
    Fail,
    /// The last one counts, as programs that unpack archives have it.
    Last,
}

impl Capture {
    /// Reads a tar archive, from front to back. The data of files is not hashed yet.
    ///
    /// What [`write_tar`](super::write_tar) wrote becomes the image that it was. In other archives, too, what says something
    /// of Windows' metadata is understood as Windows' container layers have it.
    ///
    /// # Errors
    /// If the archive is cut off or makes no sense; if a name is absolute, leads upwards or is used twice; if a hard link
    /// leads to what is not there; if reading fails, or `progress` cancels the run.
    pub fn from_tar(source: TarSource<'_>, options: &TarOptions, progress: &mut dyn Progress) -> Result<Self> {
        let replaces = options.on_duplicate == OnDuplicate::Last;
        let archive = source.name().to_owned();
        let mut reader = Reader {
            options,
            archive,
            entries: Entries::new(source, &options.limits, progress),
            tree: Tree::new(replaces, options.limits.entries),
            metadata: ImageMetadata::new(),
            blobs: Vec::new(),
            latest: None,
            report: CaptureReport::default(),
        };
        while let Some(entry) = reader.entries.next()? {
            reader.add(entry)?;
        }
        reader.finish()
    }
}

struct Reader<'a, 's> {
    options: &'a TarOptions,
    archive: String,
    entries: Entries<'a, 's>,
    tree: Tree,
    /// Nothing but security descriptors, before the end.
    metadata: ImageMetadata,
    blobs: Vec<NewBlob>,
    /// The entry before, which streams may belong to.
    latest: Option<Latest>,
    report: CaptureReport,
}

struct Latest {
    path: Vec<u8>,
    content: u32,
    is_windows: bool,
}

impl Reader<'_, '_> {
    fn add(&mut self, entry: Entry) -> Result<()> {
        if let Some(name) = self.stream_name(&entry) {
            return self.add_stream(&entry, &name);
        }
        self.latest = None;
        let Some(mut path) = self.names(&entry, &entry.path)? else {
            self.skip(&entry, "its name is no text, or no name that Windows allows");
            return Ok(());
        };
        if entry.kind == Kind::HardLink {
            return self.add_hard_link(&entry, path);
        }
        let is_windows = entry.record(records::ATTRIBUTES).is_some();
        let Some(content) = self.content(&entry)? else { return Ok(()) };
        let content = match path.pop() {
            None => {
                if self.tree.contents[content.content as usize].kind != ContentKind::Directory {
                    return Err(self.refuse(&entry, "the root of an image is a folder"));
                }
                self.tree.set_folder(Tree::ROOT, content.content);
                content.content
            }
            Some(name) => {
                self.place(&entry, &path, name, content.content, content.short_name)?;
                content.content
            }
        };
        self.latest = Some(Latest { path: entry.path, content, is_windows });
        Ok(())
    }

    /// The file or folder that an entry is; `None` if an image cannot have it.
    fn content(&mut self, entry: &Entry) -> Result<Option<Named>> {
        if entry.size() > self.options.max_sparse && entry.sparse.is_some() {
            let why = format!("with its holes it has {} bytes, more than {}", entry.size(), self.options.max_sparse);
            return Err(self.refuse(entry, &why));
        }
        let described = match describe(entry, self.options, self.metadata.security_mut()) {
            Ok(Described::File(file)) => file,
            Ok(Described::LeftOut(why)) => {
                self.skip(entry, why);
                return Ok(None);
            }
            Err(why) => return Err(self.refuse(entry, why)),
        };
        let mut streams = Vec::new();
        for (kind, name, bytes) in described.streams {
            let data = self.in_memory(entry, bytes);
            streams.push(NewStreamOf { kind, name, data });
        }
        if let Some(kind) = described.data {
            let data = self.data(entry);
            streams.insert(0, NewStreamOf { kind, name: Name::default(), data });
        }
        let content = Content { inode: described.inode, streams, kind: described.kind };
        let content = self.tree.push_content(content);
        Ok(Some(Named { content, short_name: described.short_name }))
    }

    fn add_hard_link(&mut self, entry: &Entry, mut path: Vec<Name>) -> Result<()> {
        let target = self.names(entry, &entry.link)?.and_then(|target| self.tree.find(&target));
        let Some(target) = target else {
            let link = String::from_utf8_lossy(&entry.link);
            return Err(
                self.refuse(entry, &format!("it is a hard link to {link}, which is not in the archive before it"))
            );
        };
        let mut content = self.tree.nodes[target as usize].content;
        match self.tree.content(target).kind {
            ContentKind::File => {}
            // An image has no such links with several names, but may have several of them.
            ContentKind::Link(_) | ContentKind::Reparse => content = self.duplicate(content),
            ContentKind::Directory | ContentKind::Implied => {
                return Err(self.refuse(entry, "it is a hard link to a folder"));
            }
        }
        let Some(name) = path.pop() else { return Err(self.refuse(entry, "the root of an image is a folder")) };
        let short_name = entry.record(records::SHORT_NAME).and_then(crate::wtf8::decode).map(Name::from_units);
        self.place(entry, &path, name, content, short_name)?;
        Ok(())
    }

    fn duplicate(&mut self, content: u32) -> u32 {
        let Content { inode, streams, kind } = &self.tree.contents[content as usize];
        let copy = Content { inode: inode.clone(), streams: streams.clone(), kind: kind.clone() };
        self.tree.push_content(copy)
    }

    fn place(&mut self, entry: &Entry, path: &[Name], name: Name, content: u32, short: Option<Name>) -> Result<()> {
        let time = self.tree.contents[content as usize].inode.last_write_time;
        let placed = self.tree.folder(path, time).and_then(|parent| self.tree.put(parent, name, content));
        let node = placed.map_err(|problem| self.refuse(entry, problem.text()))?;
        self.tree.nodes[node as usize].short_name = short;
        Ok(())
    }

    /// The name of the stream that an entry is, of the file that the entry before was: ours say so, and those of Windows'
    /// container layers have names that begin with the file's.
    fn stream_name(&self, entry: &Entry) -> Option<Vec<u8>> {
        let latest = self.latest.as_ref().filter(|_| entry.kind == Kind::File)?;
        if let Some(name) = entry.records.get(records::STREAM_OF) {
            return Some(name.to_vec());
        }
        let name = entry.path.strip_prefix(latest.path.as_slice())?.strip_prefix(b":")?;
        (latest.is_windows && !name.is_empty()).then(|| name.to_vec())
    }

    fn add_stream(&mut self, entry: &Entry, name: &[u8]) -> Result<()> {
        let Some(latest) = &self.latest else { return Ok(()) };
        let content = latest.content as usize;
        let Some(units) = crate::wtf8::decode(name).filter(|units| units.len() <= Name::MAX_UNITS) else {
            return Err(self.refuse(entry, "it is a stream whose name is no text, or too long"));
        };
        let kind = super::file::stream_kind(&self.tree.contents[content].inode, units.is_empty());
        let data = self.data(entry);
        let streams = &mut self.tree.contents[content].streams;
        if streams.len() >= self.options.limits.streams_per_file as usize - 2 {
            return Err(self.refuse(entry, "its file has more streams than --limits allow"));
        }
        streams.push(NewStreamOf { kind, name: Name::from_units(units), data });
        Ok(())
    }

    /// The names of a path; `None` if one of them is none that an image can have.
    fn names(&self, entry: &Entry, path: &[u8]) -> Result<Option<Vec<Name>>> {
        if path.starts_with(b"/") {
            return Err(self.refuse(entry, &format!("{} is not below the archive's root", text(path))));
        }
        let mut names = Vec::new();
        for name in path.split(|&byte| byte == b'/') {
            match name {
                b"" | b"." => continue,
                b".." => return Err(self.refuse(entry, &format!("{} leads out of the archive", text(path)))),
                _ => {}
            }
            let Some(units) = crate::wtf8::decode(name) else { return Ok(None) };
            if units.contains(&0) || units.contains(&u16::from(b'\\')) {
                return Ok(None);
            }
            if units.len() > Name::MAX_UNITS || names.len() >= self.options.limits.depth as usize - 1 {
                return Err(self.refuse(entry, "its name is too long, or in too many folders"));
            }
            names.push(Name::from_units(units));
        }
        Ok(Some(names))
    }

    /// The data of an entry.
    fn data(&mut self, entry: &Entry) -> Data {
        let Some(held) = entry.data.clone().filter(|_| entry.size() > 0) else { return Data::None };
        self.report.bytes += entry.size();
        let name = format!("{}: {}", self.archive, text(&entry.path));
        self.blobs.push(match entry.sparse.clone() {
            Some(map) => NewBlob::new(name, Arc::new(map.apply(held))),
            None => NewBlob::new(name, Arc::new(held)),
        });
        Data::New(self.blobs.len() - 1)
    }

    fn in_memory(&mut self, entry: &Entry, bytes: Vec<u8>) -> Data {
        if bytes.is_empty() {
            return Data::None;
        }
        self.blobs.push(NewBlob::new(format!("{}: {}", self.archive, text(&entry.path)), Arc::new(bytes)));
        Data::New(self.blobs.len() - 1)
    }

    fn skip(&mut self, entry: &Entry, why: &str) {
        self.report.skipped.push(Skipped { path: text(&entry.path), why: why.to_owned() });
    }

    fn refuse(&self, entry: &Entry, why: &str) -> wim_export::Error {
        self.entries.error(entry.offset, Some(&entry.path), why)
    }

    /// All entries were read: the tree becomes an image.
    fn finish(mut self) -> Result<Capture> {
        let global = self.entries.global();
        let xml = global.get(records::IMAGE).and_then(|text| self.image_xml(text));
        let fixes_links = global.get(records::FIXED_LINKS).is_some();
        self.mark_links_to_folders();
        let (mut tree, mut report) = (Unhashed { metadata: self.metadata, streams: Vec::new() }, self.report);
        super::image::fill(self.tree, &mut tree, &mut report)?;
        Ok(Capture { tree, blobs: self.blobs, bases: Vec::new(), fixes_links, xml, report })
    }

    fn image_xml(&self, text: &[u8]) -> Option<XmlImage> {
        let text = std::str::from_utf8(text).ok()?;
        let bytes: Vec<u8> = "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        XmlInfo::parse(&bytes, &self.options.limits).ok()?.image(ImageIndex::FIRST).cloned()
    }

    /// Links to folders are marked as Windows wants them, where nothing but the tree says so.
    fn mark_links_to_folders(&mut self) {
        let links = (0..self.tree.nodes.len() as u32).filter(|&node| self.leads_to_folder(node)).collect::<Vec<_>>();
        for node in links {
            let content = self.tree.nodes[node as usize].content;
            let inode = &mut self.tree.contents[content as usize].inode;
            inode.attributes = inode.attributes.with(FileAttributes::DIRECTORY);
        }
    }

    /// Whether a name is a link of Unix that leads to a folder of this archive, by way of no other link.
    fn leads_to_folder(&self, node: u32) -> bool {
        let ContentKind::Link(Some(target)) = &self.tree.content(node).kind else { return false };
        let mut at = if target.starts_with(b"/") { Tree::ROOT } else { self.tree.nodes[node as usize].parent };
        for name in target.split(|&byte| byte == b'/') {
            at = match name {
                b"" | b"." => at,
                b".." => self.tree.nodes[at as usize].parent,
                _ => {
                    let name = crate::wtf8::decode(name).map(Name::from_units);
                    let Some(child) = name.and_then(|name| self.tree.child(at, &name)) else { return false };
                    child
                }
            };
        }
        self.tree.is_folder(at)
    }
}

/// What an entry is, and the short name of its place.
struct Named {
    content: u32,
    short_name: Option<Name>,
}

/// A name in bytes as messages show it.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
