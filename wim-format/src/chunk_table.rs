//! Chunk tables: where each chunk of a compressed resource begins.
//!
//! A compressed resource is cut into chunks of one size, the last one shorter, each compressed by itself. Three layouts
//! exist, with the same question behind them, and one type here answers it for all:
//!
//! ```text
//! plain    [offsets of chunks 1..N][chunk 0][chunk 1]...                  4 bytes an entry below 4 GiB, else 8
//! pipable  [size][chunk 0][size][chunk 1]...[offsets of chunks 1..N]      as plain, the sizes not counted
//! solid    [SolidHeader][sizes of chunks 0..N][chunk 0][chunk 1]...       4 bytes an entry
//! ```

use alloc::vec::Vec;
use core::ops::Range;

use crate::error::{Error, ErrorKind, Result, Section};
use crate::resource::ResourceHeader;
use crate::solid::SolidHeader;

mod builder;
#[cfg(test)]
mod tests;

pub use builder::ChunkTableBuilder;

/// Bytes of the size in front of each chunk of a pipable resource.
const CHUNK_HEADER: u64 = 4;
/// Bytes of an entry of a solid resource's table.
const SOLID_ENTRY: u64 = 4;

/// How the chunks and the table of a compressed resource, other than a solid one, are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChunkLayout {
    /// The table, then the chunks.
    Plain,
    /// The chunks, each behind its size, then the table: the layout of pipable archives.
    Pipable,
}

/// One chunk of a compressed resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chunk {
    /// Offset of its stored bytes in the file.
    pub offset: u64,
    /// Stored bytes; from 1 to `uncompressed_size`.
    pub size: u32,
    /// Offset of its data in the resource's uncompressed data.
    pub uncompressed_offset: u64,
    /// Bytes of data; from 1 to the chunk size.
    pub uncompressed_size: u32,
}

impl Chunk {
    /// Whether the stored bytes are the data itself.
    pub const fn is_stored(&self) -> bool {
        self.size == self.uncompressed_size
    }
}

/// Where the chunks of one compressed resource lie. It takes 4 bytes of memory a chunk, or 8 from 4 GiB of stored bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkTable {
    /// Offset in the file of the first chunk, or of the size in front of it.
    base: u64,
    /// Bytes in front of each chunk that are not its own.
    chunk_header: u64,
    chunk_size: u32,
    uncompressed_size: u64,
    ends: Ends,
}

/// Where each chunk ends, counted from where the first begins, and without chunk headers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ends {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Ends {
    /// Room for `count` ends of which none exceeds `stored`.
    fn with_capacity(count: usize, stored: u64) -> Self {
        if stored <= u64::from(u32::MAX) {
            Self::Narrow(Vec::with_capacity(count))
        } else {
            Self::Wide(Vec::with_capacity(count))
        }
    }

    fn push(&mut self, end: u64) {
        match self {
            // `with_capacity` was told the largest end.
            Self::Narrow(ends) => ends.push(end as u32),
            Self::Wide(ends) => ends.push(end),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Narrow(ends) => ends.len(),
            Self::Wide(ends) => ends.len(),
        }
    }

    fn get(&self, index: usize) -> Option<u64> {
        match self {
            Self::Narrow(ends) => ends.get(index).copied().map(u64::from),
            Self::Wide(ends) => ends.get(index).copied(),
        }
    }
}

/// Number of chunks of a resource; 0 if it is empty.
pub(crate) const fn chunk_count(uncompressed_size: u64, chunk_size: u32) -> u64 {
    uncompressed_size.div_ceil(chunk_size as u64)
}

/// Bytes of an entry. A resource of exactly 4 GiB has wide ones.
const fn entry_width(uncompressed_size: u64) -> u64 {
    if uncompressed_size > u32::MAX as u64 { 8 } else { 4 }
}

const fn error(kind: ErrorKind, offset: u64) -> Error {
    Error::new(kind, Section::ChunkTable, offset)
}

/// What a resource's header says about its chunks, checked against its size in the file.
struct Shape {
    chunks: u64,
    /// Bytes of the table itself.
    table: u64,
    /// Bytes of all chunks, without chunk headers.
    stored: u64,
    /// Offset in the file after the resource.
    end: u64,
}

impl Shape {
    /// `other` is what the resource holds besides `table` bytes of table and its chunks.
    fn new(resource: &ResourceHeader, chunks: u64, table: u64, other: u64) -> Result<Self> {
        // A size that saturates exceeds every resource.
        let stored = resource.size_in_wim.checked_sub(table.saturating_add(other));
        let end = resource.offset.checked_add(resource.size_in_wim);
        match (stored, end) {
            // No chunk is empty, so that a table can only be as long as the resource has bytes.
            (Some(stored), Some(end)) if chunks <= stored => Ok(Self { chunks, table, stored, end }),
            _ => {
                let (offset, size) = (resource.offset, table);
                Err(error(ErrorKind::OutOfBounds { what: "chunk table", offset, size }, 0))
            }
        }
    }

    fn of(resource: &ResourceHeader, chunk_size: u32, layout: ChunkLayout) -> Result<Self> {
        if chunk_size == 0 {
            return Err(error(ErrorKind::InvalidChunkSize(0), 0));
        }
        if resource.uncompressed_size == 0 {
            return Err(error(ErrorKind::InvalidField { field: "uncompressed size", value: 0 }, 0));
        }
        let chunks = chunk_count(resource.uncompressed_size, chunk_size);
        let other = match layout {
            ChunkLayout::Plain => 0,
            ChunkLayout::Pipable => chunks.saturating_mul(CHUNK_HEADER),
        };
        Self::new(resource, chunks, ChunkTable::encoded_len(resource.uncompressed_size, chunk_size), other)
    }

    fn of_solid(resource: &ResourceHeader, header: &SolidHeader) -> Result<Self> {
        let chunks = header.chunk_count();
        Self::new(resource, chunks, chunks.saturating_mul(SOLID_ENTRY), SolidHeader::SIZE as u64)
    }

    /// Checks that the caller read as many bytes of `table` as it was told to.
    fn check_len(&self, table: &[u8]) -> Result<()> {
        if table.len() as u64 == self.table { Ok(()) } else { Err(error(ErrorKind::Truncated, table.len() as u64)) }
    }
}

impl ChunkTable {
    /// Where in the file the table of `resource` lies; empty for a resource of one chunk.
    ///
    /// # Errors
    /// If `resource` is empty, or has too few bytes in the file for its table and one byte a chunk.
    pub fn location(resource: &ResourceHeader, chunk_size: u32, layout: ChunkLayout) -> Result<Range<u64>> {
        let shape = Shape::of(resource, chunk_size, layout)?;
        Ok(match layout {
            ChunkLayout::Plain => resource.offset..resource.offset + shape.table,
            ChunkLayout::Pipable => shape.end - shape.table..shape.end,
        })
    }

    /// Parses the bytes at [`location`](Self::location), which tell the size of each chunk.
    ///
    /// # Errors
    /// As `location`; also if `table` is not as long as that says, or a chunk is empty, larger than its data, or
    /// outside of the resource.
    pub fn parse(resource: &ResourceHeader, chunk_size: u32, layout: ChunkLayout, table: &[u8]) -> Result<Self> {
        let shape = Shape::of(resource, chunk_size, layout)?;
        shape.check_len(table)?;
        let (base, chunk_header) = match layout {
            ChunkLayout::Plain => (resource.offset + shape.table, 0),
            ChunkLayout::Pipable => (resource.offset, CHUNK_HEADER),
        };
        let empty = Self::empty(base, chunk_header, chunk_size, resource.uncompressed_size, &shape);
        let width = entry_width(resource.uncompressed_size);
        if width == 4 {
            let (entries, _) = table.as_chunks();
            empty.fill(shape.stored, width, entries.iter().map(|&entry| u32::from_le_bytes(entry).into()))
        } else {
            let (entries, _) = table.as_chunks();
            empty.fill(shape.stored, width, entries.iter().map(|&entry| u64::from_le_bytes(entry)))
        }
    }

    /// Where in the file the size table of the solid `resource` lies, which begins with `header`.
    ///
    /// # Errors
    /// If `resource` has too few bytes in the file for its header, its table and one byte a chunk.
    pub fn solid_location(resource: &ResourceHeader, header: &SolidHeader) -> Result<Range<u64>> {
        let shape = Shape::of_solid(resource, header)?;
        let start = resource.offset + SolidHeader::SIZE as u64;
        Ok(start..start + shape.table)
    }

    /// Parses the bytes at [`solid_location`](Self::solid_location).
    ///
    /// # Errors
    /// As `solid_location`; also if `table` is not as long as that says, a chunk is empty or larger than its data, or
    /// the chunks do not fill the resource exactly.
    pub fn parse_solid(resource: &ResourceHeader, header: &SolidHeader, table: &[u8]) -> Result<Self> {
        let shape = Shape::of_solid(resource, header)?;
        shape.check_len(table)?;
        let base = resource.offset + SolidHeader::SIZE as u64 + shape.table;
        let empty = Self::empty(base, 0, header.chunk_size, header.uncompressed_size, &shape);
        let (sizes, _) = table.as_chunks();
        let mut end = 0;
        let mut ends = sizes.iter().map(|&size| {
            // At most 2^32 sizes of 32 bits each: no overflow.
            end += u64::from(u32::from_le_bytes(size));
            end
        });
        // The last end is the resource's own: `fill` finds a chunk too large or empty when the sum is not right.
        let last = shape.chunks as usize - 1;
        let table = empty.fill(shape.stored, SOLID_ENTRY, ends.by_ref().take(last))?;
        match ends.next() {
            Some(end) if end == shape.stored => Ok(table),
            found => {
                let found = found.unwrap_or(0);
                let kind = ErrorKind::CountMismatch { what: "bytes of chunks", stated: shape.stored, found };
                Err(error(kind, last as u64 * SOLID_ENTRY))
            }
        }
    }

    fn empty(base: u64, chunk_header: u64, chunk_size: u32, uncompressed_size: u64, shape: &Shape) -> Self {
        // `Shape::check_len` compared the number of chunks with bytes in memory.
        let ends = Ends::with_capacity(shape.chunks as usize, shape.stored);
        Self { base, chunk_header, chunk_size, uncompressed_size, ends }
    }

    /// Takes the ends of all chunks but the last, which ends with the resource, and checks them. They come from a
    /// table of entries of `width` bytes.
    fn fill(mut self, stored: u64, width: u64, ends: impl ExactSizeIterator<Item = u64>) -> Result<Self> {
        let last = ends.len();
        let mut start = 0u64;
        for (index, end) in ends.chain([stored]).enumerate() {
            // The data of every chunk but the last is a whole chunk.
            let data = if index < last { self.chunk_size } else { self.data_size(index) };
            match end.checked_sub(start) {
                Some(size) if size != 0 && size <= u64::from(data) && end <= stored => self.ends.push(end),
                size => {
                    let kind =
                        ErrorKind::InvalidField { field: "stored size of a chunk", value: size.unwrap_or(u64::MAX) };
                    return Err(error(kind, index as u64 * width));
                }
            }
            start = end;
        }
        Ok(self)
    }

    /// Bytes of the table of a resource of `uncompressed_size` bytes, solid ones excepted; 0 for one chunk or none.
    ///
    /// # Panics
    /// If `chunk_size` is 0.
    pub const fn encoded_len(uncompressed_size: u64, chunk_size: u32) -> u64 {
        chunk_count(uncompressed_size, chunk_size).saturating_sub(1).saturating_mul(entry_width(uncompressed_size))
    }

    /// Bytes of the header and the table of a solid resource of `uncompressed_size` bytes.
    ///
    /// # Panics
    /// If `chunk_size` is 0.
    pub const fn solid_encoded_len(uncompressed_size: u64, chunk_size: u32) -> u64 {
        let table = chunk_count(uncompressed_size, chunk_size).saturating_mul(SOLID_ENTRY);
        table.saturating_add(SolidHeader::SIZE as u64)
    }

    /// Number of chunks; at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a resource has at least one chunk")]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of data of each chunk but the last.
    pub const fn chunk_size(&self) -> u32 {
        self.chunk_size
    }

    /// Bytes of data of all chunks.
    pub const fn uncompressed_size(&self) -> u64 {
        self.uncompressed_size
    }

    /// The chunk number `index`, from 0.
    pub fn chunk(&self, index: usize) -> Option<Chunk> {
        let end = self.ends.get(index)?;
        let start = index.checked_sub(1).and_then(|previous| self.ends.get(previous)).unwrap_or(0);
        Some(Chunk {
            offset: self.base + start + self.chunk_header * (index as u64 + 1),
            // `fill` compared it with the size of the data, which is below 2^32.
            size: (end - start) as u32,
            uncompressed_offset: index as u64 * u64::from(self.chunk_size),
            uncompressed_size: self.data_size(index),
        })
    }

    /// The chunks that hold the bytes `range` of the uncompressed data, in order. What lies past the end is ignored.
    pub fn covering(&self, range: Range<u64>) -> impl ExactSizeIterator<Item = Chunk> {
        let chunk_size = u64::from(self.chunk_size);
        let end = range.end.min(self.uncompressed_size);
        let indices = if range.start < end {
            (range.start / chunk_size) as usize..end.div_ceil(chunk_size) as usize
        } else {
            0..0
        };
        indices.map(|index| self.chunk(index).expect("an offset below the uncompressed size lies in a chunk"))
    }

    /// Bytes of data of the chunk number `index`, which exists.
    fn data_size(&self, index: usize) -> u32 {
        let rest = self.uncompressed_size - index as u64 * u64::from(self.chunk_size);
        rest.min(u64::from(self.chunk_size)) as u32
    }
}
