//! What readers may accept here, and how much memory everything may take: both low, so that memory out of proportion to
//! the input is a finding.

use std::alloc::System;

use cap::Cap;
use wim_format::Limits;

/// Memory for all targets that run at the same time. More than that aborts.
const MEMORY: usize = 256 << 20;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, MEMORY);

/// The largest chunk that is decoded, and compressed.
pub(crate) const CHUNK_BYTES: u32 = 256 << 10;

/// Far above what an input of the size that fuzzers make needs.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::untrusted();
    limits.metadata_bytes = 1 << 20;
    limits.entries = 10_000;
    limits.streams_per_file = 256;
    limits.images = 64;
    limits.blobs = 4096;
    limits.xml_bytes = 1 << 20;
    limits.xml_nodes = 20_000;
    limits.chunk_bytes = CHUNK_BYTES;
    limits
}
