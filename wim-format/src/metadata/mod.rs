//! An image's tree: its metadata resource, read and written.
//!
//! ```text
//!  0      security data                          SecurityData
//!  R      the root's directory entry, end mark   Dentry, Inode
//!  ...    for each directory: its entries, each followed by its stream entries; end mark
//! ```
//!
//! A directory entry is a name *and* all about the file that it names; hard links repeat the latter. Here names and files
//! are kept apart, [`Dentry`] and [`Inode`], each in an arena of its own; numbers into these take the place of pointers.
//!
//! | file | what |
//! |---|---|
//! | `parse` | resource to tree |
//! | `write` | tree to resource |
//! | `dentry`, `stream`, `tagged` | one record, and what follows it |
//! | `inode`, `attributes`, `children` | what a record says |
//! | `links` | which records name the same file |
//! | `walk`, `path`, `count` | over the tree, through it, and what is in it |
//! | `edit` | changes |
//! | `check` | whether readers accept it |

mod attributes;
mod check;
mod children;
mod count;
mod dentry;
mod edit;
mod inode;
mod links;
mod parse;
mod path;
mod stream;
mod tagged;
mod walk;
mod write;

use alloc::vec::Vec;

pub use attributes::FileAttributes;
pub use children::Children;
pub use dentry::{Dentry, DentryId};
pub use edit::EditError;
pub use inode::{Inode, InodeId, ReparseInfo};
pub use stream::{NewStream, StoredStreams, Stream, StreamEntry, StreamKind};
pub use tagged::TaggedItems;
pub use walk::Walk;

use crate::name::Name;
use crate::security::SecurityData;
use crate::warning::Warning;

/// The tree of an image: its directories and files, with everything about them but their data, which is named by hash.
///
/// wimlib: `wim_image_metadata`; Microsoft: the metadata resource.
#[derive(Clone, Debug)]
pub struct ImageMetadata {
    security: SecurityData,
    /// The root is the first; never empty outside `parse`.
    dentries: Vec<Dentry>,
    inodes: Vec<Inode>,
    /// How many entries were not removed.
    entry_count: usize,
    /// No inode has a larger link group.
    last_link_group: u64,
    warnings: Vec<Warning>,
}

impl ImageMetadata {
    /// An image with nothing but a root.
    pub fn new() -> Self {
        let inode = Inode { link_count: 1, ..Inode::directory() };
        let (name, short_name) = (Name::default(), Name::default());
        let root = Dentry { name, short_name, inode: InodeId(0), parent: DentryId::ROOT };
        Self { dentries: Vec::from([root]), inodes: Vec::from([inode]), entry_count: 1, ..Self::empty() }
    }

    /// Not even a root, which `parse` then adds.
    fn empty() -> Self {
        Self {
            security: SecurityData::default(),
            dentries: Vec::new(),
            inodes: Vec::new(),
            entry_count: 0,
            last_link_group: 0,
            warnings: Vec::new(),
        }
    }

    /// The root directory.
    pub const fn root(&self) -> DentryId {
        DentryId::ROOT
    }

    /// The directory entry with this number.
    ///
    /// # Panics
    /// If the image has none.
    pub fn dentry(&self, id: DentryId) -> &Dentry {
        &self.dentries[id.0 as usize]
    }

    /// The inode with this number.
    ///
    /// # Panics
    /// If the image has none.
    pub fn inode(&self, id: InodeId) -> &Inode {
        &self.inodes[id.0 as usize]
    }

    /// The inode with this number, to change it. Its link count and children are for the image's own methods to change.
    ///
    /// # Panics
    /// If the image has none.
    pub fn inode_mut(&mut self, id: InodeId) -> &mut Inode {
        &mut self.inodes[id.0 as usize]
    }

    /// The inode that a directory entry names.
    ///
    /// # Panics
    /// If the image has no such entry.
    pub fn inode_of(&self, id: DentryId) -> &Inode {
        self.inode(self.dentry(id).inode)
    }

    fn inode_of_mut(&mut self, id: DentryId) -> &mut Inode {
        self.inode_mut(self.dentry(id).inode)
    }

    /// All directory entries by number; those that were removed are marked so.
    pub fn dentries(&self) -> &[Dentry] {
        &self.dentries
    }

    /// All inodes by number; those whose last name was removed have a link count of 0, and nothing else.
    pub fn inodes(&self) -> &[Inode] {
        &self.inodes
    }

    /// How many directory entries the image has, with the root and without those that were removed.
    pub fn entry_count(&self) -> usize {
        self.entry_count
    }

    /// The security descriptors.
    pub fn security(&self) -> &SecurityData {
        &self.security
    }

    /// The security descriptors, to add to them.
    pub fn security_mut(&mut self) -> &mut SecurityData {
        &mut self.security
    }

    /// What was found, and tolerated, when the metadata was parsed; in order of discovery.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

impl Default for ImageMetadata {
    fn default() -> Self {
        Self::new()
    }
}
