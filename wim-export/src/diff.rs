//! What differs between two images.
//!
//! Both trees are walked together, directory by directory, without regard to case. What only one side has is added or
//! removed; an added file whose data a removed one had is that file under another name.

use std::collections::HashMap;

use wim_format::{DentryId, ImageIndex, ImageMetadata, Inode, Name, Sha1Hash, StreamKind};

use crate::{Archive, Result};

/// Something of a file that can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiffField {
    /// A file on one side, a directory or a link on the other.
    Type,
    /// The unnamed data.
    Data,
    /// Named streams.
    Streams,
    /// The reparse point.
    Reparse,
    /// The case of the name.
    Name,
    /// The 8.3 name.
    ShortName,
    /// The attributes.
    Attributes,
    /// The times of creation and of the last change.
    Times,
    /// The security descriptor.
    Security,
}

impl DiffField {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Type,
        Self::Data,
        Self::Streams,
        Self::Reparse,
        Self::Name,
        Self::ShortName,
        Self::Attributes,
        Self::Times,
        Self::Security,
    ];

    /// Its name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Data => "data",
            Self::Streams => "streams",
            Self::Reparse => "reparse",
            Self::Name => "name",
            Self::ShortName => "short-name",
            Self::Attributes => "attributes",
            Self::Times => "times",
            Self::Security => "security",
        }
    }
}

/// A file or directory that only one side has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffEntry {
    /// Its path.
    pub path: String,
    /// Bytes of its unnamed data.
    pub size: u64,
}

/// A file or directory that both sides have, and that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffChange {
    /// Its path on the new side.
    pub path: String,
    /// What differs.
    pub fields: Vec<DiffField>,
    /// Bytes of its unnamed data on the old side.
    pub old_size: u64,
    /// Bytes of its unnamed data on the new side.
    pub size: u64,
}

/// A file whose data has another path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffRename {
    /// The path on the old side.
    pub from: String,
    /// The path on the new side.
    pub to: String,
    /// Bytes of its unnamed data.
    pub size: u64,
}

/// What differs between two images.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ImageDiff {
    /// What only the new side has.
    pub added: Vec<DiffEntry>,
    /// What only the old side has.
    pub removed: Vec<DiffEntry>,
    /// What both have, and differs.
    pub changed: Vec<DiffChange>,
    /// Files that were renamed or moved, their data the same.
    pub renamed: Vec<DiffRename>,
    /// How many files and directories both have, and do not differ.
    pub same: u64,
}

impl ImageDiff {
    /// Compares two images, without the fields `ignored`.
    ///
    /// # Errors
    /// If the metadata of either cannot be read.
    pub fn new(old: (&Archive, ImageIndex), new: (&Archive, ImageIndex), ignored: &[DiffField]) -> Result<Self> {
        let (old_metadata, new_metadata) = (old.0.image(old.1)?, new.0.image(new.1)?);
        let sides =
            [Side { archive: old.0, metadata: &old_metadata }, Side { archive: new.0, metadata: &new_metadata }];
        let mut comparison =
            Comparison { sides, ignored, diff: Self::default(), removed: Vec::new(), added: Vec::new() };
        comparison.run();
        comparison.find_renamed();
        Ok(comparison.diff)
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty() && self.renamed.is_empty()
    }
}

#[derive(Clone, Copy)]
struct Side<'a> {
    archive: &'a Archive,
    metadata: &'a ImageMetadata,
}

impl Side<'_> {
    fn size(&self, id: DentryId) -> u64 {
        let hash = self.metadata.inode_of(id).data_hash();
        self.archive.blob(&hash).map_or(0, |blob| blob.size)
    }

    fn entry(&self, id: DentryId) -> DiffEntry {
        DiffEntry { path: self.metadata.path(id), size: self.size(id) }
    }

    fn security(&self, inode: &Inode) -> Option<&[u8]> {
        inode.security_id.and_then(|id| self.metadata.security().get(id))
    }

    /// The entries of a directory by their names in upper case.
    fn children(&self, id: DentryId) -> impl Iterator<Item = (Vec<u16>, DentryId)> {
        let children = self.metadata.inode_of(id).children.iter();
        children.map(|&child| (self.metadata.dentry(child).name.upper_units().collect(), child))
    }
}

struct Comparison<'a> {
    sides: [Side<'a>; 2],
    ignored: &'a [DiffField],
    diff: ImageDiff,
    removed: Vec<DentryId>,
    added: Vec<DentryId>,
}

impl Comparison<'_> {
    fn run(&mut self) {
        let [old, new] = self.sides;
        let mut pairs = vec![(old.metadata.root(), new.metadata.root())];
        while let Some((a, b)) = pairs.pop() {
            self.compare(a, b);
            let mut before: HashMap<Vec<u16>, DentryId> = old.children(a).collect();
            for (name, child) in new.children(b) {
                match before.remove(&name) {
                    Some(other) => pairs.push((other, child)),
                    None => self.added.extend(new.metadata.walk_from(child).map(|(id, _)| id)),
                }
            }
            let gone = old.children(a).filter(|(name, id)| before.get(name) == Some(id));
            self.removed.extend(gone.flat_map(|(_, child)| old.metadata.walk_from(child).map(|(id, _)| id)));
        }
    }

    fn compare(&mut self, a: DentryId, b: DentryId) {
        let [old, new] = self.sides;
        let (before, after) = (old.metadata.inode_of(a), new.metadata.inode_of(b));
        let (old_entry, new_entry) = (old.metadata.dentry(a), new.metadata.dentry(b));
        let kind = |inode: &Inode| (inode.is_directory(), inode.is_reparse_point());
        let times = |inode: &Inode| (inode.creation_time, inode.last_write_time);
        let reparse = |inode: &Inode| {
            inode.is_reparse_point().then(|| (inode.reparse.map(|reparse| reparse.tag), inode.reparse_hash()))
        };
        let differs = |field| match field {
            DiffField::Type => kind(before) != kind(after),
            DiffField::Data => before.data_hash() != after.data_hash(),
            DiffField::Streams => named_streams(before) != named_streams(after),
            DiffField::Reparse => reparse(before) != reparse(after),
            DiffField::Name => old_entry.name != new_entry.name,
            DiffField::ShortName => old_entry.short_name != new_entry.short_name,
            DiffField::Attributes => before.attributes != after.attributes,
            DiffField::Times => times(before) != times(after),
            DiffField::Security => old.security(before) != new.security(after),
        };
        let wanted = DiffField::ALL.into_iter().filter(|field| !self.ignored.contains(field));
        let fields: Vec<DiffField> = wanted.filter(|&field| differs(field)).collect();
        if fields.is_empty() {
            self.diff.same += 1;
        } else {
            let path = new.metadata.path(b);
            self.diff.changed.push(DiffChange { path, fields, old_size: old.size(a), size: new.size(b) });
        }
    }

    /// Finds out which added files are removed ones under another name, and lists everything by path.
    fn find_renamed(&mut self) {
        let [old, new] = self.sides;
        let mut by_data: HashMap<Sha1Hash, Vec<DentryId>> = HashMap::new();
        for &id in self.removed.iter().rev() {
            by_data.entry(old.metadata.inode_of(id).data_hash()).or_default().push(id);
        }
        by_data.remove(&Sha1Hash::ZERO);
        let mut moved = std::collections::HashSet::new();
        for &id in &self.added {
            let hash = new.metadata.inode_of(id).data_hash();
            match by_data.get_mut(&hash).and_then(Vec::pop) {
                Some(from) => {
                    moved.insert(from);
                    let (from, to) = (old.metadata.path(from), new.metadata.path(id));
                    self.diff.renamed.push(DiffRename { from, to, size: new.size(id) });
                }
                None => self.diff.added.push(new.entry(id)),
            }
        }
        let removed = self.removed.iter().filter(|id| !moved.contains(id));
        self.diff.removed = removed.map(|&id| old.entry(id)).collect();
        self.diff.added.sort_by(|a, b| a.path.cmp(&b.path));
        self.diff.removed.sort_by(|a, b| a.path.cmp(&b.path));
        self.diff.changed.sort_by(|a, b| a.path.cmp(&b.path));
        self.diff.renamed.sort_by(|a, b| a.to.cmp(&b.to));
    }
}

/// The named streams of a file, by name.
fn named_streams(inode: &Inode) -> Vec<(&Name, Sha1Hash)> {
    let streams = inode.streams().filter(|stream| stream.kind == StreamKind::Named);
    let mut streams: Vec<_> = streams.filter_map(|stream| Some((stream.name?, stream.hash))).collect();
    streams.sort();
    streams
}
