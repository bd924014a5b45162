//! The table of a resource that is being written.

use alloc::vec::Vec;

use super::{ChunkTable, chunk_count, entry_width};

/// Collects the stored sizes of chunks as they are written, and makes the table of them.
#[derive(Clone, Debug)]
pub struct ChunkTableBuilder {
    chunk_size: u32,
    uncompressed_size: u64,
    sizes: Vec<u32>,
    stored: u64,
}

impl ChunkTableBuilder {
    /// For a resource of `uncompressed_size` bytes in chunks of `chunk_size`.
    ///
    /// # Panics
    /// If `chunk_size` is 0.
    pub fn new(uncompressed_size: u64, chunk_size: u32) -> Self {
        assert_ne!(chunk_size, 0, "chunks have a size");
        Self { chunk_size, uncompressed_size, sizes: Vec::new(), stored: 0 }
    }

    /// Adds the next chunk, of `size` stored bytes.
    pub fn push(&mut self, size: u32) {
        self.sizes.push(size);
        self.stored += u64::from(size);
    }

    /// Number of chunks so far.
    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// Whether no chunk was added yet.
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// Stored bytes of all chunks so far, without tables.
    pub const fn stored_size(&self) -> u64 {
        self.stored
    }

    /// Bytes that [`to_bytes`](Self::to_bytes) will give when all chunks are there.
    pub const fn encoded_len(&self) -> u64 {
        ChunkTable::encoded_len(self.uncompressed_size, self.chunk_size)
    }

    /// The table of a plain or pipable resource: the offset of each chunk but the first.
    ///
    /// # Panics
    /// If there are more or fewer chunks than the resource has.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.check_complete();
        let wide = entry_width(self.uncompressed_size) == 8;
        let mut bytes = Vec::with_capacity(self.encoded_len() as usize);
        let mut offset = 0u64;
        for &size in self.sizes.split_last().map_or(&[][..], |(_, all_but_last)| all_but_last) {
            offset += u64::from(size);
            if wide {
                bytes.extend(offset.to_le_bytes());
            } else {
                // A resource below 4 GiB whose chunks are not larger than their data.
                bytes.extend((offset as u32).to_le_bytes());
            }
        }
        bytes
    }

    /// The table of a solid resource, which comes after its [`SolidHeader`](crate::SolidHeader): the size of each chunk.
    ///
    /// # Panics
    /// If there are more or fewer chunks than the resource has.
    pub fn to_solid_bytes(&self) -> Vec<u8> {
        self.check_complete();
        self.sizes.iter().flat_map(|size| size.to_le_bytes()).collect()
    }

    fn check_complete(&self) {
        let expected = chunk_count(self.uncompressed_size, self.chunk_size);
        assert_eq!(self.sizes.len() as u64, expected, "a chunk table lists every chunk");
    }
}
