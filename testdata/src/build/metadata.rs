//! A metadata resource: security data and a tree of dentries.
//!
//! The tree is an arena and every walk is a loop, so a million levels are no problem here.

use super::{Content, Dentry, SecurityBlock, Subdir};

/// A dentry in a [`MetadataBuilder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DentryId(usize);

/// The root directory, which every [`MetadataBuilder`] has from the start.
pub const ROOT: DentryId = DentryId(0);

/// The size of the mark that ends a directory's list, in bytes.
const END_MARK_LENGTH: u64 = 8;

/// What [`MetadataBuilder::build`] gives.
#[derive(Clone, Debug)]
pub struct MetadataBytes {
    /// The uncompressed metadata resource.
    pub bytes: Vec<u8>,
    /// Where each dentry's record begins, by id; none for one that is not written.
    pub offsets: Vec<Option<u64>>,
    /// Where each dentry's children begin, by id; what the dentry says, be it right or wrong.
    pub subdirs: Vec<u64>,
}

impl MetadataBytes {
    /// Where a dentry's record begins in the resource. Panics when it was not written.
    pub fn offset_of(&self, id: DentryId) -> usize {
        self.offsets[id.0].expect("the dentry is not in the resource") as usize
    }
}

/// Builds the metadata resource of an image, usable alone to test a metadata parser.
///
/// ```
/// use testdata::build::{Dentry, MetadataBuilder, ROOT, Subdir};
/// let mut tree = MetadataBuilder::new();
/// let dir = tree.add(ROOT, Dentry::dir("dir"));
/// tree.add(dir, Dentry::file("a.txt", "hello").stream("ads", "spooky"));
/// tree.add(dir, Dentry::dir("cycle").subdir(Subdir::Of(ROOT)));
/// let bytes: Vec<u8> = tree.to_bytes();
/// ```
#[derive(Clone, Debug)]
pub struct MetadataBuilder {
    /// The table of security descriptors.
    pub security: SecurityBlock,
    /// The 8 bytes after the root dentry.
    pub root_mark: u64,
    /// The 8 bytes after every list of children.
    pub end_mark: u64,
    /// Bytes after the last list.
    pub tail: Vec<u8>,
    dentries: Vec<Dentry>,
    children: Vec<Vec<DentryId>>,
}

impl Default for MetadataBuilder {
    fn default() -> MetadataBuilder {
        MetadataBuilder::new()
    }
}

impl MetadataBuilder {
    /// A tree with nothing but a root.
    pub fn new() -> MetadataBuilder {
        MetadataBuilder {
            security: SecurityBlock::default(),
            root_mark: 0,
            end_mark: 0,
            tail: Vec::new(),
            dentries: vec![Dentry::dir("")],
            children: vec![Vec::new()],
        }
    }

    /// Adds a dentry after the other children of `parent`, which may be anything, also a file.
    pub fn add(&mut self, parent: DentryId, dentry: Dentry) -> DentryId {
        let id = DentryId(self.dentries.len());
        self.dentries.push(dentry);
        self.children.push(Vec::new());
        self.children[parent.0].push(id);
        id
    }

    /// Adds a security descriptor, and gives its id.
    pub fn add_security(&mut self, descriptor: impl AsRef<[u8]>) -> i32 {
        self.security.descriptors.push(descriptor.as_ref().to_vec());
        self.security.descriptors.len() as i32 - 1
    }

    /// A dentry, to change it.
    pub fn dentry_mut(&mut self, id: DentryId) -> &mut Dentry {
        &mut self.dentries[id.0]
    }

    /// All dentries, the root first, in the order in which they were added.
    pub fn dentries(&self) -> impl Iterator<Item = &Dentry> {
        self.dentries.iter()
    }

    /// The child of a directory with exactly this name.
    pub fn child(&self, parent: DentryId, name: &str) -> Option<DentryId> {
        let name = name.into();
        self.children[parent.0].iter().copied().find(|id| self.dentries[id.0].name == name)
    }

    /// The directory at a path of names between `\` or `/`; missing ones are added.
    pub fn make_dir(&mut self, path: &str) -> DentryId {
        let names = path.split(['\\', '/']).filter(|name| !name.is_empty());
        names.fold(ROOT, |dir, name| match self.child(dir, name) {
            Some(id) => id,
            None => self.add(dir, Dentry::dir(name)),
        })
    }

    /// Everything that the dentries refer to, one per stream of each.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        self.dentries.iter().flat_map(Dentry::contents)
    }

    /// The resource's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.build().bytes
    }

    /// The resource's bytes, and where everything lies in them.
    pub fn build(&self) -> MetadataBytes {
        let mut bytes = self.security.encode();
        let first_list = (bytes.len() + self.dentries[ROOT.0].record_len()) as u64 + END_MARK_LENGTH;
        let (lists, subdirs) = self.lay_out(first_list);
        let mut offsets = vec![None; self.dentries.len()];
        let mut write = |bytes: &mut Vec<u8>, id: DentryId| {
            offsets[id.0] = Some(bytes.len() as u64);
            bytes.extend(self.dentries[id.0].record(subdirs[id.0]));
        };
        write(&mut bytes, ROOT);
        bytes.extend(self.root_mark.to_le_bytes());
        for dir in lists {
            for &child in &self.children[dir.0] {
                write(&mut bytes, child);
            }
            bytes.extend(self.end_mark.to_le_bytes());
        }
        bytes.extend(&self.tail);
        MetadataBytes { bytes, offsets, subdirs }
    }

    /// Which directories' lists to write, in order (preorder), and what each dentry says of its children.
    fn lay_out(&self, first_list: u64) -> (Vec<DentryId>, Vec<u64>) {
        let mut next = first_list;
        let mut lists = Vec::new();
        let mut begins: Vec<u64> = vec![0; self.dentries.len()];
        let mut stack = vec![ROOT];
        while let Some(id) = stack.pop() {
            let has_list = self.dentries[id.0].is_real_dir() || !self.children[id.0].is_empty();
            if !has_list || matches!(self.dentries[id.0].subdir, Subdir::Of(_)) {
                continue;
            }
            let children = &self.children[id.0];
            lists.push(id);
            begins[id.0] = next;
            next += children.iter().map(|child| self.dentries[child.0].record_len() as u64).sum::<u64>();
            next += END_MARK_LENGTH;
            stack.extend(children.iter().rev());
        }
        let subdirs = self.dentries.iter().enumerate().map(|(i, dentry)| match dentry.subdir {
            Subdir::Auto => begins[i],
            Subdir::Raw(offset) => offset,
            Subdir::Of(other) => begins[other.0],
        });
        (lists, subdirs.collect())
    }
}
