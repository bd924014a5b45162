//! Bins and the cells in them: where everything of a hive lies, what is free, and how more is taken.
//!
//! A cell is named by its offset in the bins. Free cells are known by offset, to merge neighbours, and by size, so that
//! the smallest that suffices is taken.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use wim_format::raw::{U32, U64};

use crate::error::{Error, Result};
use crate::limits;
use crate::raw::{self, BLOCK, BinHeader, CELL_ALIGN, CELL_HEADER, Record};

/// All bins of a hive.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    bytes: Vec<u8>,
    /// Where each bin begins, ascending.
    bins: Vec<u32>,
    free: BTreeMap<u32, u32>,
    free_by_size: BTreeSet<(u32, u32)>,
}

/// An error about what lies at an offset of the bins.
pub(crate) fn corrupt(what: &'static str, offset: u32) -> Error {
    Error::Corrupt { what, offset: u64::from(offset) + BLOCK as u64 }
}

impl Cells {
    /// No bin.
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), bins: Vec::new(), free: BTreeMap::new(), free_by_size: BTreeSet::new() }
    }

    /// Reads all bins: every cell's size is checked, and `allocated` is told of each cell in use.
    pub(crate) fn parse(bytes: &[u8], mut allocated: impl FnMut(u32)) -> Result<Self> {
        if bytes.len() > limits::BINS_BYTES {
            return Err(Error::Limit { what: "bytes of a hive", limit: limits::BINS_BYTES as u64 });
        }
        let mut cells = Self { bytes: bytes.to_vec(), ..Self::new() };
        let mut start = 0;
        while start < bytes.len() {
            let end = bin_end(bytes, start)?;
            cells.bins.push(start as u32);
            cells.parse_bin(start + BinHeader::SIZE, end, &mut allocated)?;
            start = end;
        }
        Ok(cells)
    }

    fn parse_bin(&mut self, mut at: usize, end: usize, allocated: &mut impl FnMut(u32)) -> Result<()> {
        while at < end {
            let offset = at as u32;
            let size = self.size_field(offset).ok_or_else(|| corrupt("a cell's size does not fit its bin", offset))?;
            let len = size.unsigned_abs();
            if len == 0 || len % CELL_ALIGN != 0 || len as usize > end - at {
                return Err(corrupt("a cell's size is none that a cell of this bin can have", offset));
            }
            if size < 0 {
                allocated(offset);
            } else {
                self.add_free(offset, len);
            }
            at += len as usize;
        }
        Ok(())
    }

    /// The bytes of all bins.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of all bins, where the first one's time is `time`.
    pub(crate) fn bytes_at(&mut self, time: u64) -> &[u8] {
        const TIME: usize = 20;
        if let Some(field) = self.bytes.get_mut(TIME..TIME + size_of::<u64>()) {
            field.copy_from_slice(&time.to_le_bytes());
        }
        &self.bytes
    }

    /// Bytes of free cells.
    pub(crate) fn free_bytes(&self) -> u64 {
        self.free.values().map(|&size| u64::from(size)).sum()
    }

    fn size_field(&self, cell: u32) -> Option<i32> {
        let start = cell as usize;
        let field = self.bytes.get(start..start.checked_add(CELL_HEADER as usize)?)?;
        Some(i32::from_le_bytes(field.try_into().ok()?))
    }

    /// What is in a cell; nothing where there is no cell in use.
    pub(crate) fn content(&self, cell: u32) -> &[u8] {
        let range = self.range(cell);
        self.bytes.get(range).unwrap_or_default()
    }

    /// What is in a cell, to be changed.
    pub(crate) fn content_mut(&mut self, cell: u32) -> &mut [u8] {
        let range = self.range(cell);
        self.bytes.get_mut(range).unwrap_or_default()
    }

    fn range(&self, cell: u32) -> core::ops::Range<usize> {
        let size = self.size_field(cell).unwrap_or(0);
        let start = cell as usize + CELL_HEADER as usize;
        let len = if size < 0 { size.unsigned_abs() as usize } else { CELL_HEADER as usize };
        start..start + len.saturating_sub(CELL_HEADER as usize)
    }

    /// The record at the front of a cell.
    pub(crate) fn read<T: Record + bytemuck::Zeroable>(&self, cell: u32) -> T {
        raw::read(self.content(cell))
    }

    /// Overwrites bytes of a cell, as far as they fit.
    pub(crate) fn write(&mut self, cell: u32, at: usize, bytes: &[u8]) {
        let content = self.content_mut(cell).get_mut(at..).unwrap_or_default();
        let len = bytes.len().min(content.len());
        content[..len].copy_from_slice(&bytes[..len]);
    }

    /// Overwrites the record at the front of a cell.
    pub(crate) fn put<T: Record>(&mut self, cell: u32, record: &T) {
        self.write(cell, 0, bytemuck::bytes_of(record));
    }

    /// Whether the bins may grow by `bytes`.
    pub(crate) fn check_room(&self, bytes: usize) -> Result<()> {
        match self.bytes.len().checked_add(bytes) {
            Some(len) if len <= limits::BINS_BYTES => Ok(()),
            _ => Err(Error::Limit { what: "bytes of a hive", limit: limits::BINS_BYTES as u64 }),
        }
    }

    /// Takes a cell for `content`, and `spare` more bytes; what it does not fill is zero. There is room: [`Self::check_room`]
    /// was asked.
    pub(crate) fn allocate(&mut self, content: &[u8], spare: usize) -> u32 {
        let size = (CELL_HEADER as usize + content.len() + spare).next_multiple_of(CELL_ALIGN as usize) as u32;
        if self.free_by_size.range((size, 0)..).next().is_none() {
            self.grow(size);
        }
        let (have, cell) = *self.free_by_size.range((size, 0)..).next().expect("a bin of this size was added");
        self.take_free(cell, have);
        if have > size {
            self.set_size(cell + size, (have - size) as i32);
            self.add_free(cell + size, have - size);
        }
        self.set_size(cell, -(size as i32));
        self.content_mut(cell).fill(0);
        self.write(cell, 0, content);
        cell
    }

    /// Gives a cell back, and merges it with free neighbours. Its bytes are cleared.
    pub(crate) fn release(&mut self, cell: u32) {
        let Some(size) = self.size_field(cell).filter(|&size| size < 0) else { return };
        self.content_mut(cell).fill(0);
        let (mut start, mut size) = (cell, size.unsigned_abs());
        let bin = self.bins.partition_point(|&bin| bin <= cell);
        let bin_start = self.bins[..bin].last().copied().unwrap_or(0);
        let bin_end = self.bins.get(bin).copied().unwrap_or(self.bytes.len() as u32);
        if let Some(&after) = self.free.get(&(start + size)).filter(|_| start + size < bin_end) {
            self.take_free(start + size, after);
            self.clear_size(start + size);
            size += after;
        }
        let before = self.free.range(bin_start..start).next_back().map(|(&at, &len)| (at, len));
        if let Some((at, len)) = before.filter(|(at, len)| at + len == start) {
            self.take_free(at, len);
            self.clear_size(start);
            (start, size) = (at, size + len);
        }
        self.set_size(start, size as i32);
        self.add_free(start, size);
    }

    /// Adds a bin whose one free cell has at least `size` bytes.
    fn grow(&mut self, size: u32) {
        let start = self.bytes.len();
        let len = (BinHeader::SIZE + size as usize).next_multiple_of(BLOCK);
        let header = BinHeader {
            magic: raw::BIN_MAGIC,
            offset: U32::new(start as u32),
            size: U32::new(len as u32),
            reserved: U64::new(0),
            time: U64::new(0),
            spare: U32::new(0),
        };
        self.bytes.extend(bytemuck::bytes_of(&header));
        self.bytes.resize(start + len, 0);
        self.bins.push(start as u32);
        let (cell, free) = ((start + BinHeader::SIZE) as u32, (len - BinHeader::SIZE) as u32);
        self.set_size(cell, free as i32);
        self.add_free(cell, free);
    }

    fn set_size(&mut self, cell: u32, size: i32) {
        self.bytes[cell as usize..][..CELL_HEADER as usize].copy_from_slice(&size.to_le_bytes());
    }

    fn clear_size(&mut self, cell: u32) {
        self.set_size(cell, 0);
    }

    fn add_free(&mut self, cell: u32, size: u32) {
        self.free.insert(cell, size);
        self.free_by_size.insert((size, cell));
    }

    fn take_free(&mut self, cell: u32, size: u32) {
        self.free.remove(&cell);
        self.free_by_size.remove(&(size, cell));
    }
}

/// Where the bin that begins at `start` ends.
fn bin_end(bytes: &[u8], start: usize) -> Result<usize> {
    let offset = start as u32;
    let rest = &bytes[start..];
    if rest.len() < BLOCK {
        return Err(corrupt("the bins do not fill whole blocks", offset));
    }
    let header: BinHeader = raw::read(rest);
    let size = header.size.get() as usize;
    if header.magic != raw::BIN_MAGIC {
        return Err(corrupt("a bin does not begin with \"hbin\"", offset));
    }
    if header.offset.get() != offset {
        return Err(corrupt("a bin says that it lies elsewhere", offset));
    }
    if size == 0 || !size.is_multiple_of(BLOCK) || size > rest.len() {
        return Err(corrupt("a bin's size is none that a bin here can have", offset));
    }
    Ok(start + size)
}
