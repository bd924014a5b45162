//! Changes of the lists of keys: a key goes into the one list where its name belongs, and only that list changes.
//!
//! A list that is full is split in two, under a list of lists, as in Windows.

use alloc::vec::Vec;

use wim_format::Name;
use wim_format::raw::{U16, U32};

use crate::edit::room_to_grow;
use crate::error::{Error, Result};
use crate::hive::Hive;
use crate::key;
use crate::limits;
use crate::list::{Kind, List};
use crate::name;
use crate::raw::{KeyNode, ListHead, NONE, Record, SecurityRecord};

/// Where a key is, or belongs, among its siblings.
struct Place {
    /// The list with it.
    leaf: u32,
    /// Its place in that list.
    index: usize,
    /// That list's place in the list of lists, if there is one.
    in_root: Option<usize>,
}

impl Hive {
    /// The cell of the key of this name directly below another.
    pub(crate) fn find_subkey(&self, parent: u32, name: &Name) -> Option<u32> {
        let node: KeyNode = self.cells.read(parent);
        let is_it = |cell: &u32| key::key_name(&self.cells, *cell).eq_ignore_case(name);
        if node.subkey_count.get() == 0 {
            return None;
        }
        if self.findings.sorted {
            let place = self.place_for(&node, name);
            let list = self.list(place.leaf);
            return (place.index < list.len()).then(|| list.cell(place.index)).filter(is_it);
        }
        key::subkey_cells(&self.cells, &node).into_iter().find(is_it)
    }

    /// Refuses a key whose lists cannot take one more.
    pub(crate) fn check_list_room(&self, parent: u32) -> Result<()> {
        const MAX_LISTS: usize = u16::MAX as usize;
        let node: KeyNode = self.cells.read(parent);
        if node.subkey_count.get() > 0 && self.leaves(&node).len() >= MAX_LISTS {
            return Err(Error::Limit { what: "lists of a key's subkeys", limit: MAX_LISTS as u64 });
        }
        Ok(())
    }

    /// Puts a key that its parent does not have yet into the parent's list.
    pub(crate) fn insert_in_list(&mut self, parent: u32, cell: u32, name: &Name) {
        let mut node: KeyNode = self.cells.read(parent);
        let entry = |kind| {
            let about_name = match kind {
                Kind::Hash => Some(name::hash(name)),
                Kind::Fast => Some(name::hint(name)),
                Kind::Index | Kind::Root => None,
            };
            [Some(cell), about_name].into_iter().flatten().flat_map(u32::to_le_bytes).collect::<Vec<u8>>()
        };
        if node.subkey_count.get() == 0 {
            let kind = self.list_kind();
            node.subkey_list = U32::new(self.new_list(kind, &entry(kind)));
        } else {
            let place = self.place_for(&node, name);
            let list = self.list(place.leaf);
            let (kind, mut entries) = (list.kind, list.entries().to_vec());
            let at = place.index * kind.width();
            entries.splice(at..at, entry(kind));
            self.store_leaf(&mut node, &place, kind, &entries);
        }
        node.subkey_count = U32::new(node.subkey_count.get() + 1);
        self.cells.put(parent, &node);
    }

    /// Takes a key out of its parent's list.
    pub(crate) fn remove_from_list(&mut self, parent: u32, cell: u32) {
        let mut node: KeyNode = self.cells.read(parent);
        let Some(place) = self.place_of(&node, cell) else { return };
        let list = self.list(place.leaf);
        let (kind, mut entries) = (list.kind, list.entries().to_vec());
        entries.drain(place.index * kind.width()..(place.index + 1) * kind.width());
        node.subkey_count = U32::new(node.subkey_count.get() - 1);
        if node.subkey_count.get() == 0 {
            self.release_tables(node.subkey_list.get());
            node.subkey_list = U32::new(NONE);
        } else if let (Some(index), true) = (place.in_root, entries.is_empty()) {
            self.cells.release(place.leaf);
            let root = node.subkey_list.get();
            let mut leaves = self.list(root).entries().to_vec();
            leaves.drain(index * 4..(index + 1) * 4);
            let stored = self.store_list(root, Kind::Root, &leaves);
            debug_assert_eq!(stored, root, "a shorter list fits where the longer was");
        } else {
            self.store_list(place.leaf, kind, &entries);
        }
        self.cells.put(parent, &node);
    }

    /// Gives back all lists of a key.
    pub(crate) fn release_lists(&mut self, node: &KeyNode) {
        if node.subkey_count.get() > 0 {
            self.release_tables(node.subkey_list.get());
        }
    }

    /// One key fewer uses a security descriptor; the last one takes it along.
    pub(crate) fn release_security(&mut self, cell: u32) {
        let Some(count) = self.findings.security.get_mut(&cell) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        self.findings.security.remove(&cell);
        let SecurityRecord { next, previous, .. } = self.cells.read(cell);
        let mut record: SecurityRecord = self.cells.read(previous.get());
        record.next = next;
        self.cells.put(previous.get(), &record);
        let mut record: SecurityRecord = self.cells.read(next.get());
        record.previous = previous;
        self.cells.put(next.get(), &record);
        self.cells.release(cell);
    }

    /// The kind of new lists: that of Windows at this version of the format.
    fn list_kind(&self) -> Kind {
        const FIRST_WITH_HASHES: u32 = 5;
        if self.minor >= FIRST_WITH_HASHES { Kind::Hash } else { Kind::Fast }
    }

    fn list(&self, cell: u32) -> List<'_> {
        List::parse(self.cells.content(cell)).unwrap_or(List::EMPTY)
    }

    /// The leaves of a key's lists, each with its place in the list of lists if there is one.
    fn leaves(&self, node: &KeyNode) -> Vec<(u32, Option<usize>)> {
        let cell = node.subkey_list.get();
        let list = self.list(cell);
        if list.kind == Kind::Root {
            return list.cells().enumerate().map(|(index, leaf)| (leaf, Some(index))).collect();
        }
        alloc::vec![(cell, None)]
    }

    /// Where a new key belongs: before the first with a greater name.
    fn place_for(&self, node: &KeyNode, name: &Name) -> Place {
        let leaves = self.leaves(node);
        let is_less = |cell: u32| key::key_name(&self.cells, cell).cmp_ignore_case(name).is_lt();
        let last_is_less = |&(leaf, _): &(u32, _)| {
            let list = self.list(leaf);
            list.len() == 0 || is_less(list.cell(list.len() - 1))
        };
        let index = leaves.partition_point(last_is_less).min(leaves.len() - 1);
        let (leaf, in_root) = leaves[index];
        let keys: Vec<u32> = self.list(leaf).cells().collect();
        Place { leaf, index: keys.partition_point(|&cell| is_less(cell)), in_root }
    }

    fn place_of(&self, node: &KeyNode, cell: u32) -> Option<Place> {
        let by_name = self.place_for(node, &key::key_name(&self.cells, cell));
        if self.list(by_name.leaf).cells().nth(by_name.index) == Some(cell) {
            return Some(by_name);
        }
        self.leaves(node).into_iter().find_map(|(leaf, in_root)| {
            let index = self.list(leaf).cells().position(|entry| entry == cell)?;
            Some(Place { leaf, index, in_root })
        })
    }

    /// Stores a list of keys that grew, in two where it is too long for one.
    fn store_leaf(&mut self, node: &mut KeyNode, place: &Place, kind: Kind, entries: &[u8]) {
        let count = entries.len() / kind.width();
        if count <= limits::LIST_KEYS {
            let leaf = self.store_list(place.leaf, kind, entries);
            self.replace_leaf(node, place, &[leaf]);
            return;
        }
        // Names that come in order fill lists well when the last list keeps all but the new one.
        let middle = if place.index + 1 == count { count - 1 } else { count / 2 };
        let (front, back) = entries.split_at(middle * kind.width());
        let first = self.store_list(place.leaf, kind, front);
        let second = self.new_list(kind, back);
        self.replace_leaf(node, place, &[first, second]);
    }

    /// Makes a key's lists name the leaves into which one of them became.
    fn replace_leaf(&mut self, node: &mut KeyNode, place: &Place, leaves: &[u32]) {
        let bytes: Vec<u8> = leaves.iter().flat_map(|leaf| leaf.to_le_bytes()).collect();
        let Some(index) = place.in_root else {
            let list = if let [leaf] = leaves { *leaf } else { self.new_list(Kind::Root, &bytes) };
            node.subkey_list = U32::new(list);
            return;
        };
        let root = node.subkey_list.get();
        let mut entries = self.list(root).entries().to_vec();
        if entries[index * 4..(index + 1) * 4] != bytes {
            entries.splice(index * 4..(index + 1) * 4, bytes);
            node.subkey_list = U32::new(self.store_list(root, Kind::Root, &entries));
        }
    }

    fn new_list(&mut self, kind: Kind, entries: &[u8]) -> u32 {
        let head = ListHead { magic: kind.magic(), count: U16::new((entries.len() / kind.width()) as u16) };
        self.cells.allocate(&[bytemuck::bytes_of(&head), entries].concat(), room_to_grow(entries.len()))
    }

    /// Stores a list where it was, or in a bigger cell; gives where it is.
    fn store_list(&mut self, cell: u32, kind: Kind, entries: &[u8]) -> u32 {
        if self.cells.content(cell).len() < ListHead::SIZE + entries.len() {
            self.cells.release(cell);
            return self.new_list(kind, entries);
        }
        let head = ListHead { magic: kind.magic(), count: U16::new((entries.len() / kind.width()) as u16) };
        self.cells.content_mut(cell).fill(0);
        self.cells.write(cell, 0, &[bytemuck::bytes_of(&head), entries].concat());
        cell
    }

    /// Gives back a list with the lists in it.
    fn release_tables(&mut self, cell: u32) {
        let list = self.list(cell);
        let leaves: Vec<u32> = if list.kind == Kind::Root { list.cells().collect() } else { Vec::new() };
        for cell in leaves.into_iter().chain([cell]) {
            self.cells.release(cell);
        }
    }
}
