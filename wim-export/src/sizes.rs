//! Where an image's bytes are: what each directory takes of the file.
//!
//! A blob that several files have is stored once, so it counts once: where it is met first. What the others would take is
//! what duplicates save.

use std::collections::HashMap;

use wim_format::{Blob, BlobLocation, DentryId, ImageIndex, ImageMetadata, Sha1Hash};

use crate::{Archive, Result};

/// The largest files that are listed.
const LISTED_FILES: usize = 500;
/// The largest duplicates that are listed, and paths of each.
const LISTED_DUPLICATES: usize = 50;
const LISTED_PATHS: usize = 8;

/// Where an image's bytes are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SizeMap {
    /// All directories, each before those in it; the first is the root.
    pub directories: Vec<SizeDirectory>,
    /// The files that take most, largest first.
    pub files: Vec<SizeFile>,
    /// Data that several names share, most saved first.
    pub duplicates: Vec<SizeDuplicate>,
    /// Bytes that sharing saves, uncompressed.
    pub shared_bytes: u64,
}

/// A directory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SizeDirectory {
    /// Its name; the root's is empty.
    pub name: String,
    /// The position of the directory that it is in; the root's is its own.
    pub parent: usize,
    /// How many levels below the root it is.
    pub depth: usize,
    /// Names of files in it and below.
    pub files: u64,
    /// Bytes of their data, once for each name.
    pub bytes: u64,
    /// Bytes that their data takes of the file, compressed.
    pub stored: u64,
}

/// A file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SizeFile {
    /// Its name.
    pub name: String,
    /// The position of the directory that it is in.
    pub directory: usize,
    /// Bytes of its data.
    pub bytes: u64,
    /// Bytes that they take of the file, compressed.
    pub stored: u64,
}

/// Data that several names share.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SizeDuplicate {
    /// Bytes of the data.
    pub bytes: u64,
    /// How many names have it.
    pub names: u64,
    /// Whether all of them are hard links of one file.
    pub hard_links: bool,
    /// Some of their paths.
    pub paths: Vec<String>,
}

impl SizeMap {
    /// The sizes of an image's directories.
    ///
    /// # Errors
    /// If the image's metadata cannot be read.
    pub fn new(archive: &Archive, image: ImageIndex) -> Result<Self> {
        let metadata = archive.image(image)?;
        let mut walk = Walk { archive, metadata: &metadata, seen: HashMap::new(), files: Vec::new() };
        let mut directories = walk.directories();
        for index in (1..directories.len()).rev() {
            let SizeDirectory { parent, files, bytes, stored, .. } = directories[index];
            let above = &mut directories[parent];
            above.files += files;
            above.bytes = above.bytes.saturating_add(bytes);
            above.stored = above.stored.saturating_add(stored);
        }
        walk.files.sort_by_key(|file| (std::cmp::Reverse(file.stored), file.id));
        let largest = walk.files.iter().take(LISTED_FILES);
        let files = largest.map(|&File { id, directory, bytes, stored }| {
            let name = metadata.dentry(id).name.to_string();
            SizeFile { name, directory, bytes, stored }
        });
        let files = files.collect();
        let (duplicates, shared_bytes) = walk.duplicates();
        Ok(Self { directories, files, duplicates, shared_bytes })
    }

    /// A directory's path.
    pub fn path(&self, mut index: usize) -> String {
        let mut names = Vec::new();
        while let Some(directory) = self.directories.get(index).filter(|_| index != 0) {
            names.push(directory.name.as_str());
            index = directory.parent;
        }
        names.reverse();
        format!("\\{}", names.join("\\"))
    }
}

/// The names that one piece of data has.
struct Names {
    bytes: u64,
    ids: Vec<DentryId>,
}

/// A file with what it takes.
struct File {
    id: DentryId,
    directory: usize,
    bytes: u64,
    stored: u64,
}

struct Walk<'a> {
    archive: &'a Archive,
    metadata: &'a ImageMetadata,
    seen: HashMap<Sha1Hash, Names>,
    files: Vec<File>,
}

impl Walk<'_> {
    /// All directories, with what lies directly in them.
    fn directories(&mut self) -> Vec<SizeDirectory> {
        let mut directories: Vec<SizeDirectory> = Vec::new();
        let mut positions: HashMap<DentryId, usize> = HashMap::new();
        let metadata = self.metadata;
        let mut walk = metadata.walk();
        while let Some((id, dentry)) = walk.next() {
            let parent = positions.get(&dentry.parent).copied().unwrap_or(0);
            let is_directory = self.metadata.inode_of(id).is_directory();
            let (bytes, stored) = self.take(id);
            if is_directory {
                positions.insert(id, directories.len());
                let name = dentry.name.to_string();
                let depth = walk.depth();
                directories.push(SizeDirectory { name, parent, depth, files: 0, bytes, stored });
            } else {
                let above = &mut directories[parent];
                above.files += 1;
                above.bytes = above.bytes.saturating_add(bytes);
                above.stored = above.stored.saturating_add(stored);
                self.files.push(File { id, directory: parent, bytes, stored });
            }
        }
        directories
    }

    /// Bytes of a file's data, and what they take as far as no other file had them before.
    fn take(&mut self, id: DentryId) -> (u64, u64) {
        let (mut bytes, mut stored) = (0u64, 0u64);
        for stream in self.metadata.inode_of(id).streams() {
            let Some(blob) = self.archive.blob(&stream.hash) else { continue };
            bytes = bytes.saturating_add(blob.size);
            let names = self.seen.entry(stream.hash).or_insert_with(|| Names { bytes: blob.size, ids: Vec::new() });
            if names.ids.is_empty() {
                stored = stored.saturating_add(stored_size(self.archive, blob));
            }
            names.ids.push(id);
        }
        (bytes, stored)
    }

    /// The largest duplicates, and what all of them save.
    fn duplicates(self) -> (Vec<SizeDuplicate>, u64) {
        let saved = |names: &Names| names.bytes.saturating_mul(names.ids.len() as u64 - 1);
        let mut shared: Vec<Names> = self.seen.into_values().filter(|names| names.ids.len() > 1).collect();
        let total = shared.iter().map(saved).fold(0, u64::saturating_add);
        shared.sort_by_key(|names| (std::cmp::Reverse(saved(names)), names.ids[0]));
        let listed = shared.into_iter().take(LISTED_DUPLICATES).map(|names| {
            let inode = |id: &DentryId| self.metadata.dentry(*id).inode;
            SizeDuplicate {
                bytes: names.bytes,
                names: names.ids.len() as u64,
                hard_links: names.ids.iter().all(|id| inode(id) == inode(&names.ids[0])),
                paths: names.ids.iter().take(LISTED_PATHS).map(|&id| self.metadata.path(id)).collect(),
            }
        });
        (listed.collect(), total)
    }
}

/// Bytes that a blob takes of the file; of a solid resource its share.
fn stored_size(archive: &Archive, blob: &Blob) -> u64 {
    match blob.location {
        BlobLocation::Resource(resource) => resource.size_in_wim,
        BlobLocation::Solid { resource, .. } => {
            let solid = archive.blob_table().solid_resources().get(resource as usize);
            solid.map_or(0, |solid| {
                let share = u128::from(blob.size) * u128::from(solid.resource.size_in_wim);
                u64::try_from(share / u128::from(solid.header.uncompressed_size.max(1))).unwrap_or(u64::MAX)
            })
        }
    }
}
