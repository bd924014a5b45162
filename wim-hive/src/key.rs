//! Reading keys and values of a checked hive.
//!
//! The check of [`crate::Hive::parse`] makes every reference sound; should one not be, what it names reads as nothing.

use alloc::string::String;
use alloc::vec::Vec;

use wim_format::{FileTime, Name};

use crate::cells::Cells;
use crate::hive::Hive;
use crate::list::{Kind, List};
use crate::name;
use crate::raw::{
    self, BigData, DESCRIPTOR_OFFSET, INLINE, KeyNode, NONE, Record, SEGMENT, SecurityRecord, ValueRecord,
};
use crate::value::{Value, ValueType};

/// A key of a hive.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    hive: &'a Hive,
    pub(crate) cell: u32,
}

impl<'a> Key<'a> {
    pub(crate) fn new(hive: &'a Hive, cell: u32) -> Self {
        Self { hive, cell }
    }

    fn cells(&self) -> &'a Cells {
        &self.hive.cells
    }

    fn node(&self) -> KeyNode {
        self.cells().read(self.cell)
    }

    /// The key's name. The root's has no meaning.
    pub fn name(&self) -> Name {
        key_name(self.cells(), self.cell)
    }

    /// When the key, its values or its list of keys last changed.
    pub fn last_written(&self) -> FileTime {
        FileTime(self.node().last_written.get())
    }

    /// Whether the key is a link to the key that its value `SymbolicLinkValue` names.
    pub fn is_link(&self) -> bool {
        self.node().flags.get() & raw::key_flags::SYMLINK != 0
    }

    /// The key's class, a text of no fixed meaning, where it has one.
    pub fn class(&self) -> Option<String> {
        let node = self.node();
        let len = usize::from(node.class_len.get());
        let bytes = self.cells().content(node.class.get()).get(..len)?;
        let class = name::decode(bytes, false);
        (len > 0 && node.class.get() != NONE).then(|| String::from_utf16_lossy(class.units()))
    }

    /// The self-relative security descriptor, where the key has one.
    pub fn security(&self) -> Option<&'a [u8]> {
        let content = self.cells().content(self.node().security.get());
        let len = raw::number(content, SecurityRecord::SIZE / 4) as usize;
        content.get(DESCRIPTOR_OFFSET..)?.get(..len)
    }

    /// The keys directly below, in the order in which they are stored: by name in upper case.
    pub fn subkeys(&self) -> impl ExactSizeIterator<Item = Key<'a>> + use<'a> {
        let hive = self.hive;
        subkey_cells(self.cells(), &self.node()).into_iter().map(move |cell| Key { hive, cell })
    }

    /// The key of this name directly below. Case does not count.
    pub fn subkey(&self, name: &Name) -> Option<Key<'a>> {
        self.hive.find_subkey(self.cell, name).map(|cell| Key { hive: self.hive, cell })
    }

    /// The values, in the order in which they are stored, each with its name; the default value's is empty.
    pub fn values(&self) -> impl ExactSizeIterator<Item = (Name, Value)> + use<'a> {
        let cells = self.cells();
        value_cells(cells, &self.node()).into_iter().map(|cell| (value_name(cells, cell), value(cells, cell)))
    }

    /// How many values there are.
    pub(crate) fn values_len(&self) -> usize {
        self.node().value_count.get() as usize
    }

    /// The value of this name. Case does not count.
    pub fn value(&self, name: &Name) -> Option<Value> {
        let cell = find_value(self.cells(), &self.node(), name)?;
        Some(value(self.cells(), cell.1))
    }
}

pub(crate) fn key_name(cells: &Cells, cell: u32) -> Name {
    let content = cells.content(cell);
    let node: KeyNode = raw::read(content);
    let bytes = content.get(KeyNode::SIZE..).and_then(|rest| rest.get(..node.name_len.get().into()));
    name::decode(bytes.unwrap_or_default(), node.flags.get() & raw::key_flags::COMPRESSED_NAME != 0)
}

/// The cells of a key's subkeys.
pub(crate) fn subkey_cells(cells: &Cells, node: &KeyNode) -> Vec<u32> {
    if node.subkey_count.get() == 0 {
        return Vec::new();
    }
    match List::parse(cells.content(node.subkey_list.get())) {
        Some(list) if list.kind == Kind::Root => {
            list.cells().filter_map(|leaf| List::parse(cells.content(leaf))).flat_map(List::cells).collect()
        }
        Some(list) => list.cells().collect(),
        None => Vec::new(),
    }
}

/// The cells of a key's values.
pub(crate) fn value_cells(cells: &Cells, node: &KeyNode) -> Vec<u32> {
    let list = cells.content(node.value_list.get());
    let count = (node.value_count.get() as usize).min(list.len() / 4);
    (0..count).map(|index| raw::number(list, index)).collect()
}

/// The index and the cell of the value of this name.
pub(crate) fn find_value(cells: &Cells, node: &KeyNode, name: &Name) -> Option<(usize, u32)> {
    let values = value_cells(cells, node).into_iter().enumerate();
    values.into_iter().find(|&(_, cell)| value_name(cells, cell).eq_ignore_case(name))
}

pub(crate) fn value_name(cells: &Cells, cell: u32) -> Name {
    let content = cells.content(cell);
    let record: ValueRecord = raw::read(content);
    let bytes = content.get(ValueRecord::SIZE..).and_then(|rest| rest.get(..record.name_len.get().into()));
    name::decode(bytes.unwrap_or_default(), record.flags.get() & raw::VALUE_COMPRESSED_NAME != 0)
}

fn value(cells: &Cells, cell: u32) -> Value {
    let record: ValueRecord = cells.read(cell);
    Value { kind: ValueType(record.kind.get()), data: data(cells, &record) }
}

pub(crate) fn data(cells: &Cells, record: &ValueRecord) -> Vec<u8> {
    let size = record.size.get();
    if size & INLINE != 0 {
        let len = (size & !INLINE).min(4) as usize;
        return record.data.get().to_le_bytes()[..len].to_vec();
    }
    let (content, size) = (cells.content(record.data.get()), size as usize);
    if let Some(data) = content.get(..size) {
        return data.to_vec();
    }
    let mut data = Vec::new();
    for cell in segment_cells(cells, content) {
        let segment = cells.content(cell);
        let len = (size - data.len()).min(SEGMENT).min(segment.len());
        data.extend(&segment[..len]);
    }
    data
}

/// The cells of the segments of big data.
pub(crate) fn segment_cells(cells: &Cells, content: &[u8]) -> Vec<u32> {
    let big: BigData = raw::read(content);
    let list = cells.content(big.list.get());
    (0..usize::from(big.segments.get()).min(list.len() / 4)).map(|index| raw::number(list, index)).collect()
}
