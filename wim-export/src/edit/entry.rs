//! What is added to a tree.

use wim_format::{FileAttributes, FileTime, Inode, Name, ReparseInfo, StreamKind};

use crate::NewBlob;

/// A file or directory to be added.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Attributes, times, reparse tag and tagged items. The rest of it does not count: streams, security and names are
    /// stated otherwise. A time of zero becomes that of the directory.
    pub inode: Inode,
    /// What it holds.
    pub streams: Vec<NewStreamData>,
    /// Who may use it.
    pub security: NewSecurity,
    /// Its 8.3 name, or nothing: then one that is replaced keeps its own.
    pub short_name: Name,
}

/// A stream of a new file.
#[derive(Clone, Debug)]
pub struct NewStreamData {
    /// What it is.
    pub kind: StreamKind,
    /// Its name, if it is a named one.
    pub name: Name,
    /// Its data.
    pub data: NewBlob,
}

/// The security descriptor of what is added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NewSecurity {
    /// That of the file which is replaced, or else that of the directory.
    #[default]
    Inherit,
    /// None: whoever applies the image lets it inherit.
    None,
    /// This one, a self-relative `SECURITY_DESCRIPTOR`.
    Descriptor(Vec<u8>),
}

impl NewEntry {
    /// A directory.
    pub fn directory() -> Self {
        Self::of(Inode::directory(), Vec::new())
    }

    /// A file with this data.
    pub fn file(data: NewBlob) -> Self {
        let inode = Inode { attributes: FileAttributes::ARCHIVE, ..Inode::default() };
        Self::of(inode, vec![NewStreamData { kind: StreamKind::Data, name: Name::default(), data }])
    }

    /// A reparse point of that kind, with its data as it follows the header.
    pub fn reparse_point(attributes: FileAttributes, reparse: ReparseInfo, data: NewBlob) -> Self {
        let attributes = attributes.with(FileAttributes::REPARSE_POINT);
        let inode = Inode { attributes, reparse: Some(reparse), ..Inode::default() };
        Self::of(inode, vec![NewStreamData { kind: StreamKind::Reparse, name: Name::default(), data }])
    }

    fn of(inode: Inode, streams: Vec<NewStreamData>) -> Self {
        Self { inode, streams, security: NewSecurity::Inherit, short_name: Name::default() }
    }

    /// Whether its streams have names that can be.
    pub(super) fn has_names(&self) -> bool {
        let is_right = |stream: &NewStreamData| {
            let len = stream.name.units().len();
            if stream.kind == StreamKind::Named { (1..=255).contains(&len) } else { len == 0 }
        };
        self.streams.iter().all(is_right)
    }

    /// The same with all three times set.
    #[must_use]
    pub fn with_times(mut self, time: FileTime) -> Self {
        let Inode { creation_time, last_access_time, last_write_time, .. } = &mut self.inode;
        (*creation_time, *last_access_time, *last_write_time) = (time, time, time);
        self
    }
}
