//! Metadata resource to tree.
//!
//! Directories refer to their entries by offset, so a hostile resource can describe cycles, and a few kilobytes can
//! describe 2^60 paths by letting many directories share the same entries. Both end here by one rule: in a tree, each
//! directory entry is reached once, so the entries read can never be longer than the resource. Time and memory are thus
//! linear in its size. (A set of visited offsets would need memory for every directory, and would miss entries that
//! overlap.) The walk has its own stack, and the depth is limited, too.

use alloc::vec::Vec;

use super::ImageMetadata;
use super::children::{Children, Order};
use super::dentry::{Dentry, DentryId, END_MARK_LEN, Entry};
use super::inode::InodeId;
use super::links::LinkMember;
use crate::bytes::Cursor;
use crate::error::{Error, ErrorKind, Result, Section};
use crate::limits::Limits;
use crate::security::SecurityData;
use crate::warning::{Warning, WarningKind};

impl ImageMetadata {
    /// Parses an uncompressed metadata resource.
    ///
    /// What other readers tolerate is tolerated, with a [warning](Self::warnings): entries with impossible or duplicate
    /// names, children of files, hard-link groups that are none, security ids without a descriptor, surplus streams,
    /// bytes that nothing refers to.
    ///
    /// # Errors
    /// If the resource is larger, deeper or fuller than `limits` allow; if an entry, a stream or the security data does
    /// not fit where it should be; if directories overlap or form a cycle; if the root is no directory or has a name.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self> {
        if bytes.len() as u64 > limits.metadata_bytes {
            let kind = ErrorKind::Limit { what: "bytes of metadata", limit: limits.metadata_bytes };
            return Err(Error::new(kind, Section::Metadata, 0));
        }
        let (security, root_offset) = SecurityData::parse(bytes)?;
        let mut parser = Parser::new(bytes, limits, security, root_offset);
        parser.read_root(root_offset)?;
        while let Some(directory) = parser.directories.pop() {
            parser.read_directory(directory)?;
        }
        Ok(parser.finish())
    }
}

/// Ids are 32-bit numbers, and the largest marks entries that were removed.
pub(super) const MAX_ENTRIES: u64 = u32::MAX as u64;

/// A directory whose entries are still to be read.
struct Directory {
    dentry: DentryId,
    /// Where its own entry lies.
    offset: u64,
    /// Where its entries lie.
    list: u64,
    /// How deep its entries lie; the root is at depth 0.
    depth: u32,
}

/// Where an entry of the directory at hand lies, and its list of entries.
#[derive(Clone, Copy)]
struct Place {
    offset: u64,
    subdir_offset: u64,
}

struct Parser<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    metadata: ImageMetadata,
    /// Directories still to be read, the next one last.
    directories: Vec<Directory>,
    /// Places of the entries of the directory at hand.
    places: Vec<Place>,
    links: Vec<LinkMember>,
    /// How many bytes of entries may still be read.
    budget: usize,
    /// How many bytes were found to be of use.
    used: usize,
    /// Where the next list would begin in a resource without gaps.
    next_list: usize,
    /// Where the first list that is not there should have begun.
    first_gap: Option<usize>,
}

impl<'a> Parser<'a> {
    fn new(bytes: &'a [u8], limits: &'a Limits, security: SecurityData, root_offset: usize) -> Self {
        let mut metadata = ImageMetadata::empty();
        if security.encoded_len() != root_offset {
            let kind = WarningKind::SecurityLength;
            metadata.warnings.push(Warning { kind, section: Section::Metadata, offset: 0 });
        }
        metadata.security = security;
        Self {
            bytes,
            limits,
            metadata,
            directories: Vec::new(),
            places: Vec::new(),
            links: Vec::new(),
            budget: bytes.len() - root_offset,
            used: root_offset,
            next_list: root_offset,
            first_gap: None,
        }
    }

    /// Reads the root's entry. The end mark after it is not looked at: only some writers' is zero.
    fn read_root(&mut self, offset: usize) -> Result<()> {
        let mut cursor = Cursor::at(self.bytes, offset, Section::Metadata);
        let begin = cursor.clone();
        let invalid = |field, value| begin.error(ErrorKind::InvalidField { field, value });
        let root = Entry::read(&mut cursor, self.limits)?.ok_or_else(|| invalid("length of the root's entry", 0))?;
        let name_units = root.name.units().len().max(root.short_name.units().len());
        if name_units != 0 {
            return Err(invalid("length of the root's name", name_units as u64 * 2));
        }
        if !root.inode.is_directory() {
            return Err(invalid("attributes of the root", u64::from(root.inode.attributes.0)));
        }
        self.spend(&begin, cursor.position())?;
        let _mark = cursor.take(END_MARK_LEN.min(cursor.remaining()))?;
        self.used = cursor.position();
        self.next_list = cursor.position();
        self.push(root, DentryId::ROOT, offset as u64)?;
        self.settle(0, 1);
        Ok(())
    }

    /// Reads all entries of a directory.
    fn read_directory(&mut self, directory: Directory) -> Result<()> {
        let at = |kind| Error::new(kind, Section::Metadata, directory.offset);
        if directory.depth > self.limits.depth {
            let limit = u64::from(self.limits.depth);
            return Err(at(ErrorKind::Limit { what: "levels of directories", limit }));
        }
        let list = usize::try_from(directory.list).ok().filter(|&list| list < self.bytes.len()).ok_or_else(|| {
            let what = "list of a directory's entries";
            at(ErrorKind::OutOfBounds { what, offset: directory.list, size: END_MARK_LEN as u64 })
        })?;
        let first = self.metadata.dentries.len();
        let end = self.read_list(list, directory.dentry)?;
        self.account(list, end);
        let mut order = self.order(first);
        if order != Order::Sorted && self.drop_duplicates(first, order) {
            order = self.order(first);
        }
        let ids = (first..self.metadata.dentries.len()).map(|position| DentryId(position as u32)).collect();
        self.metadata.inode_of_mut(directory.dentry).children = Children::new(ids, order);
        self.settle(first, directory.depth + 1);
        Ok(())
    }

    /// Reads the entries at `list` up to the end mark; gives the offset after that.
    fn read_list(&mut self, list: usize, parent: DentryId) -> Result<usize> {
        self.places.clear();
        let mut cursor = Cursor::at(self.bytes, list, Section::Metadata);
        loop {
            let begin = cursor.clone();
            let Some(entry) = Entry::read(&mut cursor, self.limits)? else { return Ok(cursor.position()) };
            self.spend(&begin, cursor.position())?;
            let offset = begin.position() as u64;
            if entry.name.is_impossible() {
                self.warn(WarningKind::BadName, offset);
            } else {
                self.push(entry, parent, offset)?;
            }
        }
    }

    /// Counts an entry's bytes against the budget.
    fn spend(&mut self, begin: &Cursor<'_>, end: usize) -> Result<()> {
        let left = self.budget.checked_sub(end - begin.position());
        self.budget = left.ok_or_else(|| begin.error(ErrorKind::DirectoryLoop))?;
        Ok(())
    }

    /// Adds an entry and its inode; both have the same position until hard links are known.
    fn push(&mut self, entry: Entry, parent: DentryId, offset: u64) -> Result<()> {
        let position = self.metadata.dentries.len();
        let limit = self.limits.entries.min(MAX_ENTRIES);
        if position as u64 >= limit {
            let kind = ErrorKind::Limit { what: "directory entries", limit };
            return Err(Error::new(kind, Section::Metadata, offset));
        }
        let Entry { name, short_name, inode, subdir_offset } = entry;
        self.metadata.dentries.push(Dentry { name, short_name, inode: InodeId(position as u32), parent });
        self.metadata.inodes.push(inode);
        self.places.push(Place { offset, subdir_offset });
        Ok(())
    }

    /// Notes which bytes a list covers, to find out about gaps.
    fn account(&mut self, list: usize, end: usize) {
        if list != self.next_list && self.first_gap.is_none() {
            self.first_gap = Some(self.next_list);
        }
        self.next_list = end;
        self.used = self.used.saturating_add(end - list);
    }

    /// How the entries from `first` on are sorted. Sorted ones are also distinct.
    fn order(&self, first: usize) -> Order {
        let mut order = Order::Sorted;
        for (i, pair) in self.metadata.dentries[first..].windows(2).enumerate() {
            if pair[0].name.cmp_sorted(&pair[1].name).is_ge() {
                match order {
                    Order::Sorted => order = Order::TwoRuns(i as u32 + 1),
                    _ => return Order::Unsorted,
                }
            }
        }
        order
    }

    /// Drops every entry from `first` on whose name, case included, an earlier one has; says whether there was any.
    fn drop_duplicates(&mut self, first: usize, order: Order) -> bool {
        let tail = &self.metadata.dentries[first..];
        let mut by_name: Vec<usize> = (0..tail.len()).collect();
        // Stable sorts: of equal names, the first in the list comes first. Two sorted runs need but be merged; for the rest,
        // comparing exactly is the quicker.
        match order {
            Order::TwoRuns(_) => by_name.sort_by(|&a, &b| tail[a].name.cmp_sorted(&tail[b].name)),
            _ => by_name.sort_by(|&a, &b| tail[a].name.cmp(&tail[b].name)),
        }
        let same_names = by_name.chunk_by(|&a, &b| tail[a].name == tail[b].name);
        let mut dropped: Vec<usize> = same_names.flat_map(|same| &same[1..]).copied().collect();
        dropped.sort_unstable();
        for &position in &dropped {
            self.warn(WarningKind::DuplicateName, self.places[position].offset);
        }
        let is_kept = |position: usize| dropped.binary_search(&position).is_err();
        retain_from(&mut self.metadata.dentries, first, is_kept);
        retain_from(&mut self.metadata.inodes, first, is_kept);
        retain_from(&mut self.places, 0, is_kept);
        for (position, dentry) in self.metadata.dentries.iter_mut().enumerate().skip(first) {
            dentry.inode = InodeId(position as u32);
        }
        !dropped.is_empty()
    }

    /// Checks the entries from `first` on, which `places` are of, and plans their directories, to be read at `depth`.
    fn settle(&mut self, first: usize, depth: u32) {
        let planned = self.directories.len();
        for (i, place) in core::mem::take(&mut self.places).iter().enumerate() {
            let position = (first + i) as u32;
            self.check_inode(position, place.offset);
            if place.subdir_offset == 0 {
                continue;
            }
            if self.metadata.inodes[first + i].is_directory() {
                let (dentry, offset, list) = (DentryId(position), place.offset, place.subdir_offset);
                self.directories.push(Directory { dentry, offset, list, depth });
            } else {
                self.warn(WarningKind::ChildrenOfNonDirectory, place.offset);
            }
        }
        self.directories[planned..].reverse();
    }

    /// Checks what an entry says of its inode, and notes it if it may be a hard link.
    fn check_inode(&mut self, position: u32, offset: u64) {
        let inode = &mut self.metadata.inodes[position as usize];
        let security_count = self.metadata.security.len();
        let has_bad_security_id = inode.security_id.is_some_and(|id| id as usize >= security_count);
        if has_bad_security_id {
            inode.security_id = None;
        }
        if inode.link_group != 0 {
            let (group, is_directory, hash) = (inode.link_group, inode.is_directory(), inode.data_hash());
            self.links.push(LinkMember { group, is_directory, hash, position, offset });
        }
        let has_surplus_stream =
            !inode.stored_streams.entries.is_empty() && inode.stored_streams.unnamed(inode.attributes).has_surplus;
        if has_bad_security_id {
            self.warn(WarningKind::BadSecurityId, offset);
        }
        if has_surplus_stream {
            self.warn(WarningKind::SurplusStream, offset);
        }
    }

    fn warn(&mut self, kind: WarningKind, offset: u64) {
        self.metadata.warnings.push(Warning { kind, section: Section::Metadata, offset });
    }

    fn finish(mut self) -> ImageMetadata {
        if self.used < self.bytes.len() {
            self.warn(WarningKind::TrailingBytes, self.first_gap.unwrap_or(self.next_list) as u64);
        }
        self.metadata.entry_count = self.metadata.dentries.len();
        self.metadata.merge_links(self.links);
        // Growing leaves up to half of an arena unused, which is a lot for a tree that is usually only read.
        self.metadata.dentries.shrink_to_fit();
        self.metadata.inodes.shrink_to_fit();
        self.metadata
    }
}

/// Keeps the elements from `first` on for whose position, counted from there, `is_kept` holds, and all before.
fn retain_from<T>(elements: &mut Vec<T>, first: usize, is_kept: impl Fn(usize) -> bool) {
    let mut position = 0_usize;
    elements.retain(|_| {
        let relative = position.wrapping_sub(first);
        position += 1;
        position <= first || is_kept(relative)
    });
}
