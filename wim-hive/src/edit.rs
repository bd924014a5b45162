//! Changes of keys and values. Each is done in full, or refused and changes nothing.

use alloc::vec::Vec;

use wim_format::Name;
use wim_format::raw::{U16, U32, U64};

use crate::error::{Error, Result};
use crate::hive::Hive;
use crate::key::{self, Key};
use crate::limits;
use crate::name;
use crate::raw::{self, INLINE, KeyNode, NONE, SEGMENT, ValueRecord};
use crate::value::Value;

/// The access bits of a new key: none set, as Windows writes them.
const NEW_ACCESS: u32 = 0;
/// Bytes that follow a segment's data in its cell, in Windows' hives; hivex takes them to be there.
const SEGMENT_SPARE: usize = 4;
/// What a new key may need: its cell, a list with room to grow, and the blocks that both begin.
const KEY_ROOM: usize = 16 << 10;
/// What a key's lists may need to take one more: a list of lists at its longest, twice, with room to grow.
const LISTS_ROOM: usize = 1 << 20;

impl Hive {
    /// The key at a path, made with all keys on the way where it is missing. A new key has its parent's security descriptor.
    ///
    /// # Errors
    /// When a name is not one that a key can have, or the hive cannot grow.
    pub fn create_key(&mut self, path: &str) -> Result<Key<'_>> {
        let names: Vec<Name> = name::path(path).collect();
        self.check_new_keys(&names)?;
        let mut cell = self.root;
        for name in &names {
            cell = match self.find_subkey(cell, name) {
                Some(found) => found,
                None => self.add_key(cell, name),
            };
        }
        Ok(Key::new(self, cell))
    }

    /// Refuses a path whose missing keys cannot be made.
    fn check_new_keys(&self, names: &[Name]) -> Result<()> {
        names.iter().try_for_each(name::check_key)?;
        if names.len() >= limits::DEPTH {
            return Err(Error::Limit { what: "levels of keys", limit: limits::DEPTH as u64 });
        }
        self.cells.check_room(LISTS_ROOM + names.len() * KEY_ROOM)?;
        let mut cell = self.root;
        for name in names {
            match self.find_subkey(cell, name) {
                Some(found) => cell = found,
                None => return self.check_list_room(cell),
            }
        }
        Ok(())
    }

    /// Sets a value of the key at a path; both are made where they are missing. The default value's name is empty.
    ///
    /// # Errors
    /// As [`Hive::create_key`], and when the name or the data is longer than a value's can be.
    pub fn set_value(&mut self, path: &str, name: &str, value: &Value) -> Result<()> {
        let name = Name::parse_escaped(name);
        name::check_value(&name)?;
        let max = if self.has_segments() { limits::BIG_DATA } else { limits::PLAIN_DATA };
        if value.data.len() > max {
            return Err(Error::Limit { what: "bytes of a value", limit: max as u64 });
        }
        let names: Vec<Name> = name::path(path).collect();
        self.check_new_keys(&names)?;
        let values = self.find(path).map_or(0, |key| key.values_len());
        let room = LISTS_ROOM + (names.len() + 1) * KEY_ROOM + values * 8 + name.units().len() * 2;
        self.cells.check_room(room + value.data.len() + value.data.len() / SEGMENT * 16)?;
        let key = self.create_key(path)?.cell;
        let node: KeyNode = self.cells.read(key);
        match key::find_value(&self.cells, &node, &name) {
            Some((_, cell)) if self.has_data(cell, value) => return Ok(()),
            Some((_, cell)) => self.replace_data(cell, value),
            None => self.add_value(key, &name, value),
        }
        self.note_longest_value(key, &name, value);
        self.touch(key);
        Ok(())
    }

    /// Deletes a value of the key at a path. Whether there was one.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn delete_value(&mut self, path: &str, name: &str) -> Result<bool> {
        let key = self.key(path)?.cell;
        let mut node: KeyNode = self.cells.read(key);
        let Some((index, cell)) = key::find_value(&self.cells, &node, &Name::parse_escaped(name)) else {
            return Ok(false);
        };
        self.release_value(cell);
        let mut values = key::value_cells(&self.cells, &node);
        values.remove(index);
        node.value_count = U32::new(values.len() as u32);
        if values.is_empty() {
            self.cells.release(node.value_list.get());
            node.value_list = U32::new(NONE);
        } else {
            let bytes: Vec<u8> = values.iter().chain(&[0]).flat_map(|cell| cell.to_le_bytes()).collect();
            self.cells.write(node.value_list.get(), 0, &bytes);
        }
        self.cells.put(key, &node);
        self.touch(key);
        Ok(true)
    }

    /// Deletes the key at a path with all below it. Whether there was one.
    ///
    /// # Errors
    /// When the path is the root's.
    pub fn delete_key(&mut self, path: &str) -> Result<bool> {
        let Some(key) = self.find(path) else { return Ok(false) };
        let cell = key.cell;
        if cell == self.root {
            return Err(Error::Root);
        }
        let parent = self.cells.read::<KeyNode>(cell).parent.get();
        self.remove_from_list(parent, cell);
        let mut doomed = alloc::vec![cell];
        while let Some(cell) = doomed.pop() {
            doomed.extend(key::subkey_cells(&self.cells, &self.cells.read(cell)));
            self.release_key(cell);
        }
        self.touch(parent);
        Ok(true)
    }

    /// Whether big data is stored in segments.
    pub(crate) fn has_segments(&self) -> bool {
        self.minor >= 4
    }

    /// Notes that a key changed.
    pub(crate) fn touch(&mut self, key: u32) {
        let mut node: KeyNode = self.cells.read(key);
        node.last_written = U64::new(self.time.0);
        self.cells.put(key, &node);
        self.changed = true;
    }

    fn add_key(&mut self, parent: u32, name: &Name) -> u32 {
        let mut above: KeyNode = self.cells.read(parent);
        let (bytes, compressed) = name::encode(name);
        let node = KeyNode {
            magic: raw::KEY,
            flags: U16::new(if compressed { raw::key_flags::COMPRESSED_NAME } else { 0 }),
            last_written: U64::new(self.time.0),
            access: U32::new(NEW_ACCESS),
            parent: U32::new(parent),
            subkey_list: U32::new(NONE),
            volatile_list: U32::new(NONE),
            value_list: U32::new(NONE),
            security: above.security,
            class: U32::new(NONE),
            name_len: U16::new(bytes.len() as u16),
            ..bytemuck::Zeroable::zeroed()
        };
        let cell = self.cells.allocate(&[bytemuck::bytes_of(&node), &bytes].concat(), 0);
        if let Some(count) = self.findings.security.get_mut(&above.security.get()) {
            *count += 1;
        }
        self.findings.keys += 1;
        let longest = (name.units().len() * 2) as u16;
        above.longest_subkey = U16::new(above.longest_subkey.get().max(longest));
        self.cells.put(parent, &above);
        self.insert_in_list(parent, cell, name);
        self.touch(parent);
        cell
    }

    /// Gives back everything of a key but the keys below it.
    fn release_key(&mut self, cell: u32) {
        let node: KeyNode = self.cells.read(cell);
        for value in key::value_cells(&self.cells, &node) {
            self.release_value(value);
        }
        if node.value_count.get() > 0 {
            self.cells.release(node.value_list.get());
        }
        self.release_lists(&node);
        if node.class_len.get() > 0 && node.class.get() != NONE {
            self.cells.release(node.class.get());
        }
        self.release_security(node.security.get());
        self.cells.release(cell);
        self.findings.keys -= 1;
    }

    fn add_value(&mut self, key: u32, name: &Name, value: &Value) {
        let (bytes, compressed) = name::encode(name);
        let (size, data) = self.store_data(&value.data);
        let record = ValueRecord {
            magic: raw::VALUE,
            name_len: U16::new(bytes.len() as u16),
            size: U32::new(size),
            data: U32::new(data),
            kind: U32::new(value.kind.0),
            flags: U16::new(if compressed && !bytes.is_empty() { raw::VALUE_COMPRESSED_NAME } else { 0 }),
            spare: U16::new(0),
        };
        let cell = self.cells.allocate(&[bytemuck::bytes_of(&record), &bytes].concat(), 0);
        self.findings.values += 1;
        self.append_value(key, cell);
    }

    /// Puts a value at the end of its key's list, which moves to a bigger cell where it must.
    fn append_value(&mut self, key: u32, value: u32) {
        let mut node: KeyNode = self.cells.read(key);
        let count = node.value_count.get() as usize;
        if count > 0 && self.cells.content(node.value_list.get()).len() >= (count + 1) * 4 {
            self.cells.write(node.value_list.get(), count * 4, &value.to_le_bytes());
        } else {
            let old = key::value_cells(&self.cells, &node);
            let bytes: Vec<u8> = old.iter().chain(&[value]).flat_map(|cell| cell.to_le_bytes()).collect();
            let list = self.cells.allocate(&bytes, room_to_grow(bytes.len()));
            if count > 0 {
                self.cells.release(node.value_list.get());
            }
            node.value_list = U32::new(list);
        }
        node.value_count = U32::new(count as u32 + 1);
        self.cells.put(key, &node);
    }

    fn note_longest_value(&mut self, key: u32, name: &Name, value: &Value) {
        let mut node: KeyNode = self.cells.read(key);
        let name = (name.units().len() * 2) as u32;
        node.longest_value_name = U32::new(node.longest_value_name.get().max(name));
        node.longest_value_data = U32::new(node.longest_value_data.get().max(value.data.len() as u32));
        self.cells.put(key, &node);
    }

    fn has_data(&self, cell: u32, value: &Value) -> bool {
        let record: ValueRecord = self.cells.read(cell);
        record.kind.get() == value.kind.0 && key::data(&self.cells, &record) == value.data
    }

    /// Overwrites a value's data where the new fits its place, else moves it.
    fn replace_data(&mut self, cell: u32, value: &Value) {
        let mut record: ValueRecord = self.cells.read(cell);
        let new = &value.data;
        record.kind = U32::new(value.kind.0);
        if self.is_plain_cell(&record)
            && self.is_plain(new.len())
            && self.cells.content(record.data.get()).len() >= new.len()
        {
            let content = self.cells.content_mut(record.data.get());
            content.fill(0);
            content[..new.len()].copy_from_slice(new);
            record.size = U32::new(new.len() as u32);
        } else {
            self.release_data(&record);
            let (size, data) = self.store_data(new);
            (record.size, record.data) = (U32::new(size), U32::new(data));
        }
        self.cells.put(cell, &record);
    }

    /// Whether data of this length lies in one cell.
    fn is_plain(&self, len: usize) -> bool {
        len > size_of::<u32>() && (len <= SEGMENT || !self.has_segments())
    }

    /// Whether a value's data lies in one cell.
    fn is_plain_cell(&self, record: &ValueRecord) -> bool {
        let size = record.size.get();
        size & INLINE == 0 && size > 0 && self.cells.content(record.data.get()).len() >= size as usize
    }

    /// Stores data, and gives the fields that say where: its size and its place.
    fn store_data(&mut self, data: &[u8]) -> (u32, u32) {
        let size = data.len() as u32;
        if data.len() <= size_of::<u32>() {
            let mut inline = [0; size_of::<u32>()];
            inline[..data.len()].copy_from_slice(data);
            return (size | INLINE, u32::from_le_bytes(inline));
        }
        if self.is_plain(data.len()) {
            return (size, self.cells.allocate(data, 0));
        }
        let segments: Vec<u32> = data.chunks(SEGMENT).map(|part| self.cells.allocate(part, SEGMENT_SPARE)).collect();
        let list: Vec<u8> = segments.iter().flat_map(|cell| cell.to_le_bytes()).collect();
        let big = raw::BigData {
            magic: raw::BIG_DATA,
            segments: U16::new(segments.len() as u16),
            list: U32::new(self.cells.allocate(&list, 0)),
        };
        (size, self.cells.allocate(bytemuck::bytes_of(&big), 0))
    }

    fn release_data(&mut self, record: &ValueRecord) {
        let size = record.size.get();
        if size & INLINE != 0 || size == 0 {
            return;
        }
        let cell = record.data.get();
        if !self.is_plain_cell(record) {
            let content = self.cells.content(cell);
            let list = raw::read::<raw::BigData>(content).list.get();
            for segment in key::segment_cells(&self.cells, content) {
                self.cells.release(segment);
            }
            self.cells.release(list);
        }
        self.cells.release(cell);
    }

    fn release_value(&mut self, cell: u32) {
        let record: ValueRecord = self.cells.read(cell);
        self.release_data(&record);
        self.cells.release(cell);
        self.findings.values -= 1;
    }
}

/// Bytes that a list gets beyond what it needs now, so that lists that grow seldom move.
pub(crate) const fn room_to_grow(len: usize) -> usize {
    len / 4
}
