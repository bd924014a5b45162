//! The layouts of a compressed resource: with a chunk table, with chunk headers for a pipe, and solid.
//!
//! No codec is needed: a chunk whose stored size equals its size is stored raw, whatever the codec.

/// Cuts data into chunks of `chunk_size` bytes, the last one shorter; no data gives one empty chunk.
pub fn split_chunks(data: &[u8], chunk_size: u32) -> Vec<Vec<u8>> {
    if data.is_empty() {
        return vec![Vec::new()];
    }
    data.chunks(chunk_size.max(1) as usize).map(<[u8]>::to_vec).collect()
}

/// A non-solid resource with a chunk table, field by field.
///
/// ```
/// use testdata::build::Chunked;
/// let resource = Chunked::raw(&[7; 10], 4);
/// assert_eq!(resource.encode(), [4, 0, 0, 0, 8, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunked {
    /// The chunks as stored.
    pub chunks: Vec<Vec<u8>>,
    /// The chunk table; one entry less than chunks unless it lies.
    pub table: Vec<u64>,
    /// Whether an entry has 8 bytes rather than 4.
    pub wide: bool,
    /// A u32 before each chunk and the table after them all, as in a pipable archive.
    pub pipable: bool,
}

impl Chunked {
    /// Stores the chunks raw.
    pub fn raw(data: &[u8], chunk_size: u32) -> Chunked {
        Chunked::stored(split_chunks(data, chunk_size))
    }

    /// Takes chunks as they shall be stored, and makes the right table.
    pub fn stored(chunks: Vec<Vec<u8>>) -> Chunked {
        let mut end = 0;
        let mut table: Vec<u64> = Vec::with_capacity(chunks.len());
        for chunk in &chunks {
            end += chunk.len() as u64;
            table.push(end);
        }
        table.pop();
        Chunked { chunks, table, wide: false, pipable: false }
    }

    /// Replaces the table.
    pub fn table(mut self, table: impl Into<Vec<u64>>) -> Chunked {
        self.table = table.into();
        self
    }

    /// The bytes of the resource.
    pub fn encode(&self) -> Vec<u8> {
        let width = if self.wide { 8 } else { 4 };
        let table = self.table.iter().flat_map(|entry| entry.to_le_bytes()[..width].to_vec());
        if !self.pipable {
            return table.chain(self.chunks.iter().flatten().copied()).collect();
        }
        let mut bytes = Vec::new();
        for chunk in &self.chunks {
            bytes.extend((chunk.len() as u32).to_le_bytes());
            bytes.extend(chunk);
        }
        bytes.extend(table);
        bytes
    }
}

/// A solid resource, field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solid {
    /// The uncompressed size that its header claims, in bytes.
    pub uncompressed_size: u64,
    /// The chunk size that its header claims, in bytes.
    pub chunk_size: u32,
    /// The codec's number; see [`super::Codec::solid_id`].
    pub codec: u32,
    /// The size of every chunk as the table claims it, in bytes.
    pub chunk_sizes: Vec<u32>,
    /// The chunks as stored.
    pub chunks: Vec<Vec<u8>>,
}

impl Solid {
    /// A solid resource of chunks as they shall be stored, with the right header and table.
    pub fn stored(chunks: Vec<Vec<u8>>, uncompressed_size: u64, chunk_size: u32, codec: u32) -> Solid {
        let chunk_sizes = chunks.iter().map(|chunk| chunk.len() as u32).collect();
        Solid { uncompressed_size, chunk_size, codec, chunk_sizes, chunks }
    }

    /// The bytes of the resource.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.uncompressed_size.to_le_bytes().to_vec();
        bytes.extend(self.chunk_size.to_le_bytes());
        bytes.extend(self.codec.to_le_bytes());
        bytes.extend(self.chunk_sizes.iter().flat_map(|size| size.to_le_bytes()));
        bytes.extend(self.chunks.iter().flatten());
        bytes
    }
}
