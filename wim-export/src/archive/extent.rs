//! Where a run of uncompressed data lies in a file, and how to decode it piece by piece.

use std::ops::Range;
use std::sync::Arc;

use wim_format::{Chunk, ChunkTable, Compression, ResourceHeader};

/// Raw data has no chunks; it is read in pieces of this size.
const RAW_PIECE: u32 = 256 << 10;

/// A run of uncompressed data of a volume.
#[derive(Clone)]
pub(crate) struct Extent {
    /// The resource that holds it.
    pub(crate) resource: ResourceHeader,
    /// Where the data begins in the resource's uncompressed bytes.
    pub(crate) start: u64,
    /// How much there is.
    pub(crate) size: u64,
    /// `None`: the bytes are raw.
    chunks: Option<(Arc<ChunkTable>, Compression)>,
}

impl Extent {
    /// All of a raw resource.
    pub(crate) fn raw(resource: ResourceHeader) -> Self {
        Self { resource, start: 0, size: resource.uncompressed_size, chunks: None }
    }

    /// `size` bytes from `start` on of a resource in chunks.
    pub(crate) fn chunked(
        resource: ResourceHeader,
        table: Arc<ChunkTable>,
        compression: Compression,
        start: u64,
        size: u64,
    ) -> Self {
        Self { resource, start, size, chunks: Some((table, compression)) }
    }

    /// What a decoder must know: the codec and the size of its chunks.
    pub(crate) fn codec(&self) -> (Compression, u32) {
        self.chunks.as_ref().map_or((Compression::None, 0), |(table, compression)| (*compression, table.chunk_size()))
    }

    /// Uncompressed bytes of every chunk but the last.
    pub(crate) fn piece_size(&self) -> u32 {
        self.chunks.as_ref().map_or(RAW_PIECE, |(table, _)| table.chunk_size())
    }

    /// Uncompressed bytes of the largest chunk, which is the first one. Nothing bounds the size of chunks that a header claims but
    /// the size of what is cut into them.
    pub(crate) fn largest_piece(&self) -> u64 {
        match &self.chunks {
            Some((table, _)) => table.chunk(0).map_or(0, |chunk| chunk.uncompressed_size.into()),
            None => u64::from(RAW_PIECE).min(self.resource.uncompressed_size),
        }
    }

    /// The numbers of the chunks that hold `range` of this data.
    pub(crate) fn chunks_of(&self, range: &Range<u64>) -> Range<u64> {
        if range.is_empty() {
            return 0..0;
        }
        let unit = u64::from(self.piece_size());
        (self.start + range.start) / unit..(self.start + range.end - 1) / unit + 1
    }

    /// The chunk `number` of the resource.
    pub(crate) fn chunk(&self, number: u64) -> Chunk {
        if let Some((table, _)) = &self.chunks {
            let chunk = usize::try_from(number).ok().and_then(|number| table.chunk(number));
            return chunk.expect("the numbers come from chunks_of, and the data lies within its resource");
        }
        let at = number * u64::from(RAW_PIECE);
        let size = (self.resource.uncompressed_size - at).min(u64::from(RAW_PIECE)) as u32;
        Chunk { offset: self.resource.offset + at, size, uncompressed_offset: at, uncompressed_size: size }
    }
}
