//! The Windows Imaging Format, as pure functions on bytes: no I/O, no threads, no `std`.
//!
//! ```text
//!  0x000  header (208 bytes)                    Header
//!  0x0D0  resources: files, solid resources      ChunkTable, raw::SolidHeader
//!         one metadata resource an image         ImageMetadata { SecurityData, Dentry, Inode, Stream }
//!         blob table                             BlobTable
//!         XML data                               XmlInfo
//!         integrity table, if any                IntegrityTable
//! ```
//!
//! Three floors, and what stands on one never names what stands above it:
//!
//! 1. [`raw`]: the structures as they lie on disk.
//! 2. The typed tables: `parse` validates bytes, `to_bytes` writes them back. What this library does not know is kept.
//! 3. Whole archives, files and threads live in another crate, `wimsmith-export`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod blob_table;
mod bytes;
mod chunk_table;
mod error;
mod header;
mod integrity;
mod limits;
mod metadata;
mod name;
mod name_pattern;
pub mod raw;
mod resource;
mod security;
mod solid;
mod statistics;
mod time;
mod warning;
mod xml;

pub use blob_table::{Blob, BlobId, BlobLocation, BlobTable, BlobTableContext, MetadataResource, SolidResource};
pub use chunk_table::{Chunk, ChunkLayout, ChunkTable, ChunkTableBuilder};
pub use error::{Error, ErrorKind, Result, Section};
pub use header::{Compression, Header, HeaderFlags, ImageIndex, Version};
pub use integrity::IntegrityTable;
pub use limits::Limits;
pub use metadata::{
    Children, Dentry, DentryId, EditError, FileAttributes, ImageMetadata, Inode, InodeId, NewStream, ReparseInfo,
    StoredStreams, Stream, StreamEntry, StreamKind, TaggedItems, Walk,
};
pub use name::Name;
pub use name_pattern::NamePattern;
pub use resource::{ResourceFlags, ResourceHeader, Sha1Hash};
pub use security::SecurityData;
pub use solid::SolidHeader;
pub use statistics::ImageStatistics;
pub use time::{FileTime, Guid};
pub use warning::{Warning, WarningKind};
pub use xml::{WindowsVersion, XmlImage, XmlInfo};
