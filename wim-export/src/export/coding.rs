//! How the resources of an output are stored.

use wim_compress::Level;
use wim_format::Compression;

/// How the resources of an output are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coding {
    /// Of resources that are not solid.
    pub(crate) plain: ChunkCoding,
    /// Of solid resources.
    pub(crate) solid: ChunkCoding,
    /// In the layout for pipes: what a reader must know of a resource comes before it, the chunk table after it.
    pub(crate) pipable: bool,
    /// Decode what is copied and compare its SHA-1.
    pub(crate) verify: bool,
}

/// How chunks are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkCoding {
    pub(crate) compression: Compression,
    /// 0 without compression.
    pub(crate) chunk_size: u32,
    pub(crate) level: Level,
    /// Decode every chunk that was encoded and compare.
    pub(crate) check: bool,
}
