//! A builder of any WIM, also illegal ones: the independent writer that the tests of the parsers check against.
//!
//! It shares no code with `wim-format`. What is not said gets a sensible default, so the shortest use gives a valid
//! small archive; whatever the format stores can be set to anything, by one of three means:
//!
//! * a setter, for what a legal archive may have: [`Dentry::short_name`], [`Wim::solid`], [`Image::description`];
//! * a hook that sees the computed values just before they are written: [`Wim::edit_header`], [`Wim::edit_table`],
//!   [`Wim::edit_solid`], [`Wim::edit_integrity`], [`Wim::edit_xml`], [`Wim::edit_metadata`];
//! * a patch of raw bytes: [`Dentry::patch`], [`Dentry::patch_stream`], [`SecurityBlock::patch`], [`Built::patch`],
//!   at offsets named in [`offsets`].
//!
//! ```
//! use testdata::build::{Dentry, Image, Wim, offsets};
//!
//! // A valid archive with one image.
//! let image = Image::new("x").file(r"\docs\a.txt", "hello").dir(r"\empty");
//! let bytes = Wim::new().image(image).to_bytes();
//! assert_eq!(&bytes[..5], b"MSWIM");
//!
//! // A hostile one: a directory entry that claims a length of 2^64 - 1.
//! let evil = Dentry::file("evil", "x").patch(offsets::dentry::LENGTH, u64::MAX.to_le_bytes());
//! Wim::new().image(Image::new("x").add(r"\docs", evil)).to_bytes();
//! ```
//!
//! | file | what it writes |
//! |---|---|
//! | `wim.rs` | [`Wim`], what the archive shall be |
//! | `assemble.rs` | the archive: resources, tables, header |
//! | `image.rs` | [`Image`], one image: its tree and its XML |
//! | `metadata.rs` | [`MetadataBuilder`], a metadata resource; usable alone |
//! | `dentry.rs` | [`Dentry`], one record with its streams |
//! | `security.rs` | [`SecurityBlock`], and a few descriptors |
//! | `reparse.rs` | reparse buffers of symbolic links and junctions |
//! | `tagged.rs` | tagged items |
//! | `bombs.rs` | deep, cyclic and shared directory trees |
//! | `resource.rs` | [`Chunked`] and [`Solid`], the layouts of a compressed resource |
//! | `records.rs` | [`Header`], [`ResourceHeader`], [`TableEntry`] |
//! | `integrity.rs` | [`Integrity`] |
//! | `xml.rs` | the default XML, and encodings for an illegal one |
//! | `offsets.rs` | where each field lies in its record |

mod assemble;
pub mod bombs;
mod dentry;
mod image;
mod integrity;
mod metadata;
pub mod offsets;
mod records;
pub mod reparse;
mod resource;
mod security;
pub mod tagged;
mod wim;
pub mod xml;

pub use assemble::Built;
pub use dentry::{Content, Dentry, Name, Reparse, Stream, Subdir, attributes};
pub use image::Image;
pub use integrity::Integrity;
pub use metadata::{DentryId, MetadataBuilder, MetadataBytes, ROOT};
pub use records::{Codec, Header, ResourceHeader, TableEntry, flags, header_flags};
pub use resource::{Chunked, Solid, split_chunks};
pub use security::{SecurityBlock, descriptor, empty_dacl_descriptor};
pub use wim::{Resource, SolidOrder, Wim};

/// A SHA-1 as the format stores it; all zero means "no blob".
pub type Hash = [u8; 20];

/// The hash that stands for an empty stream.
pub const NO_HASH: Hash = [0; 20];

/// The FILETIME of everything for which no time was said: 0x01DA000000000000, in October 2023.
pub const DEFAULT_TIME: u64 = 0x01DA_0000_0000_0000;

/// The SHA-1 of some bytes.
pub fn sha1(data: &[u8]) -> Hash {
    use sha1::Digest;
    sha1::Sha1::digest(data).into()
}

/// A size of something in memory, as the format counts.
pub(crate) fn len64(bytes: &[u8]) -> u64 {
    bytes.len() as u64
}

/// Rounds up to a multiple of 8, the alignment of everything in a metadata resource.
pub(crate) fn align8(size: usize) -> usize {
    size.next_multiple_of(8)
}

/// Appends zeros up to a multiple of 8.
pub(crate) fn pad8(bytes: &mut Vec<u8>) {
    bytes.resize(align8(bytes.len()), 0);
}

/// Overwrites bytes at an offset, growing with zeros where the patch reaches past the end.
pub(crate) fn patch(bytes: &mut Vec<u8>, offset: usize, with: &[u8]) {
    let end = offset + with.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(with);
}
