//! What an export is to do.

use std::num::NonZeroUsize;

use wim_compress::Level;
use wim_format::{Compression, FileTime, Guid};

/// What an export is to do. The defaults keep what the source has: its compression, names and times.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportOptions {
    /// How to compress; `None`: as the source is.
    pub compression: Option<Compression>,
    /// How hard to compress.
    pub level: Level,
    /// Bytes of a chunk; `None`: the source's if the compression stays, else the compression's default.
    pub chunk_size: Option<u32>,
    /// Put files' data into a solid resource; `None`: if the compression is not changed, as the source does.
    pub solid: Option<bool>,
    /// How a solid resource is compressed; `None`: LZMS.
    pub solid_compression: Option<Compression>,
    /// Bytes of a chunk of a solid resource; `None`: 64 MiB for LZMS, else the compression's default.
    pub solid_chunk_size: Option<u32>,
    /// Write the layout for pipes, which only wimlib and this library read. It is written from front to back, never with a
    /// step back, so that it can go into a pipe.
    pub pipable: bool,
    /// Compress even what could be copied as it is.
    pub recompress: bool,
    /// Add an integrity table.
    pub integrity: bool,
    /// Which image of the new archive boots.
    pub boot: BootChoice,
    /// Another name for the image; an empty one removes it. For a single image only.
    pub name: Option<String>,
    /// Another description for the image; an empty one removes it. For a single image only.
    pub description: Option<String>,
    /// FLAGS for images whose XML has none.
    pub default_flags: Option<String>,
    /// Decode what is copied and check its SHA-1. Without it a copy is faster, and damage goes unnoticed.
    pub verify: bool,
    /// Decode every chunk that was encoded and compare; `None`: for LZX and LZMS.
    pub check_encoded: Option<bool>,
    /// The new archive's GUID.
    pub guid: GuidChoice,
    /// The modification time to state in the XML; `None`: the image's own. For reproducible builds: `SOURCE_DATE_EPOCH`.
    pub time: Option<FileTime>,
    /// How many threads; `None`: one a core. Never changes the output.
    pub threads: Option<NonZeroUsize>,
    /// Bytes of memory for buffers and codecs; `None`: as much as the threads need. Never changes the output.
    pub memory: Option<u64>,
    /// The new archive takes the source's place, so it keeps what belongs to the archive and not to an image.
    pub(crate) replaces_source: bool,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            compression: None,
            level: Level::DEFAULT,
            chunk_size: None,
            solid: None,
            solid_compression: None,
            solid_chunk_size: None,
            pipable: false,
            recompress: false,
            integrity: false,
            boot: BootChoice::None,
            name: None,
            description: None,
            default_flags: None,
            verify: true,
            check_encoded: None,
            guid: GuidChoice::Derived,
            time: None,
            threads: None,
            memory: None,
            replaces_source: false,
        }
    }
}

impl ExportOptions {
    /// Whether chunks of `compression` are decoded again.
    pub(super) fn check_encoded(&self, compression: Compression) -> bool {
        self.check_encoded.unwrap_or(matches!(compression, Compression::Lzx | Compression::Lzms))
    }
}

/// Which image of the new archive boots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BootChoice {
    /// None, whatever boots in the source.
    #[default]
    None,
    /// The only image that is exported; of several, the one that boots in the source.
    Exported,
    /// The one that boots in the source, if it is exported.
    Keep,
}

/// The new archive's GUID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GuidChoice {
    /// Made from the content's hashes, so that equal content has an equal GUID, and other content another one.
    #[default]
    Derived,
    /// The source's.
    Keep,
    /// This one.
    Given(Guid),
}
