//! The one way through an archive's data: read, decode and hash on all threads, and hand over in order.
//!
//! ```text
//!   items (blobs, in the order they lie in the file)
//!     │  jobs: about a megabyte each, whole small blobs together, large ones in runs of chunks
//!     ▼
//!   Window ── read ── decode ── hash ──┐   any thread, any order
//!     ▼                                │
//!   Sink: bytes(item), end(item) ◄─────┘   the calling thread, in order
//! ```
//!
//! Verifying ignores the bytes, copying wants them as they are stored, recompressing wants them decoded. Whatever is
//! wanted, a blob that ends with `Ok` was decoded in full and its SHA-1 was right.

mod job;
mod run;
mod work;

use wim_format::{Blob, BlobLocation, ImageIndex, ResourceHeader, SolidResource};

use crate::{Archive, Result, Subject};

pub(crate) use job::MAX_JOB_MEMORY;
pub(crate) use run::run;
pub(crate) use work::Flow;

/// A chunk of this size or more is a job of its own, and fewer of them are under way at a time.
pub(crate) const LARGE_CHUNK: u32 = 8 << 20;

/// Which bytes of a blob the sink is to have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Keep {
    /// None.
    Nothing,
    /// The resource's bytes as they are in the file, chunk table and all; of a solid resource all its chunks, whosever bytes
    /// they hold.
    Stored,
    /// The decoded data.
    Decoded,
}

/// Something to go through: a blob, or an image's metadata.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Number of the volume that holds it.
    pub(crate) volume: usize,
    pub(crate) blob: Blob,
    /// The image whose metadata it is, if it is no file's data.
    pub(crate) metadata_of: Option<ImageIndex>,
    /// Which of its bytes the sink is to have.
    pub(crate) keep: Keep,
}

impl Item {
    /// Its own resource, `None` if it is a member of a solid one.
    pub(crate) fn resource(&self) -> Option<ResourceHeader> {
        match self.blob.location {
            BlobLocation::Resource(resource) => Some(resource),
            BlobLocation::Solid { .. } => None,
        }
    }

    /// The solid resource that it lies in, and its number in the volume's table, if it has no resource of its own.
    pub(crate) fn solid_resource<'a>(&self, archive: &'a Archive) -> Option<(u32, &'a SolidResource)> {
        match self.blob.location {
            BlobLocation::Resource(_) => None,
            BlobLocation::Solid { resource, .. } => {
                Some((resource, &archive.volume(self.volume).table.solid_resources()[resource as usize]))
            }
        }
    }

    pub(crate) fn subject(&self) -> Subject {
        match self.metadata_of {
            Some(image) => Subject::Metadata(image),
            None => Subject::Blob { hash: self.blob.hash, path: None },
        }
    }
}

/// Receives what a run goes through, in order, on the calling thread.
pub(crate) trait Sink {
    /// The next bytes of item number `item`.
    fn bytes(&mut self, item: usize, bytes: &[u8]) -> Result<()>;

    /// Item number `item` is complete: all its bytes were handed over and its hash was right, or not.
    /// An `Err` that comes back ends the run.
    fn end(&mut self, item: usize, outcome: Result<()>) -> Result<()>;
}

/// Takes decoded data on the threads that decode it, before the [`Sink`] hears of it.
pub(crate) trait Taker: Sync {
    /// All of an item, its SHA-1 right.
    fn whole(&self, item: usize, data: &[u8]) -> Result<()>;

    /// What could be decoded of an item that is not right: all of it with another SHA-1, or what precedes the damage.
    fn damaged(&self, item: usize, data: &[u8]) -> Result<()>;

    /// Bytes of a large item, from `offset` on; in any order, and of which nothing is known before its end.
    fn part(&self, item: usize, offset: u64, data: &[u8]) -> Result<()>;
}

/// The uncompressed bytes of all `items`: what a run goes through.
pub(crate) fn total_bytes(items: &[Item]) -> u64 {
    items.iter().fold(0, |total, item| total.saturating_add(item.blob.size))
}

/// The order in which the items lie in their files, which keeps the disk sequential.
pub(crate) fn sort_by_position(archive: &Archive, items: &mut [Item]) {
    items.sort_by_key(|item| {
        let volume = archive.volume(item.volume);
        let (resource, offset) = match item.blob.location {
            BlobLocation::Resource(resource) => (resource.offset, 0),
            BlobLocation::Solid { resource, offset } => {
                (volume.table.solid_resources()[resource as usize].resource.offset, offset)
            }
        };
        (item.volume, resource, offset)
    });
}
