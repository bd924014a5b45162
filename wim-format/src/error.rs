//! What can be wrong with a structure, and where.

use core::fmt;

/// An invalid structure: what is wrong, in which section of the archive, at which offset within that section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    section: Section,
    offset: u64,
}

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

impl Error {
    /// An error of `kind` at `offset` within `section`.
    pub const fn new(kind: ErrorKind, section: Section, offset: u64) -> Self {
        Self { kind, section, offset }
    }

    /// What is wrong.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// In which part of the archive.
    pub const fn section(&self) -> Section {
        self.section
    }

    /// At which byte of that section.
    pub const fn offset(&self) -> u64 {
        self.offset
    }
}

/// A part of an archive; offsets in an [`Error`] are relative to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Section {
    /// The 208-byte header.
    Header,
    /// The blob table.
    BlobTable,
    /// A resource's chunk table.
    ChunkTable,
    /// The header and size table of a solid resource.
    SolidResource,
    /// An image's metadata resource.
    Metadata,
    /// The XML data.
    Xml,
    /// The integrity table.
    Integrity,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::BlobTable => "blob table",
            Self::ChunkTable => "chunk table",
            Self::SolidResource => "solid resource",
            Self::Metadata => "metadata",
            Self::Xml => "XML data",
            Self::Integrity => "integrity table",
        })
    }
}

/// What is wrong with a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The magic is not that of a WIM.
    NotAWim,
    /// The structure's bytes end before it does.
    Truncated,
    /// The header's version is not one that this library knows.
    UnsupportedVersion(u32),
    /// The header says that resources are compressed, but not how.
    UnknownCompression(u32),
    /// The chunk size is not one that the codec has.
    InvalidChunkSize(u32),
    /// A field holds a value that cannot be.
    InvalidField {
        /// Which field.
        field: &'static str,
        /// What it holds.
        value: u64,
    },
    /// A structure lies outside the file or resource that it belongs to.
    OutOfBounds {
        /// Which structure.
        what: &'static str,
        /// Where it would begin.
        offset: u64,
        /// How long it would be.
        size: u64,
    },
    /// Directory tables overlap or form a cycle.
    DirectoryLoop,
    /// More of something than the limits allow.
    Limit {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        limit: u64,
    },
    /// The file was still being written when its writer died.
    Incomplete,
    /// The archive is encrypted, which only Microsoft's software can undo.
    Encrypted,
    /// The XML is not well-formed, or not what a WIM carries.
    InvalidXml(&'static str),
    /// Two counts that must agree do not.
    CountMismatch {
        /// Of what.
        what: &'static str,
        /// The count that the structure states.
        stated: u64,
        /// The count found.
        found: u64,
    },
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotAWim => f.write_str("not a WIM archive (the magic does not match)"),
            Self::Truncated => f.write_str("the data ends early"),
            Self::UnsupportedVersion(v) => write!(f, "version {v:#x} is not supported"),
            Self::UnknownCompression(flags) => write!(f, "unknown compression (flags {flags:#x})"),
            Self::InvalidChunkSize(size) => write!(f, "chunk size {size} is not one that the codec has"),
            Self::InvalidField { field, value } => write!(f, "{field} is {value:#x}, which cannot be"),
            Self::OutOfBounds { what, offset, size } => {
                write!(f, "{what} ({size} bytes at {offset:#x}) lies outside")
            }
            Self::DirectoryLoop => f.write_str("directory tables overlap or form a cycle"),
            Self::Limit { what, limit } => write!(f, "more than the limit of {limit} {what}"),
            Self::Incomplete => f.write_str("the file is incomplete: its writer did not finish"),
            Self::Encrypted => f.write_str("the archive is encrypted (ESD); decrypt it first"),
            Self::InvalidXml(why) => write!(f, "invalid XML: {why}"),
            Self::CountMismatch { what, stated, found } => write!(f, "{stated} {what} stated, {found} found"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:#x}: {}", self.section, self.offset, self.kind)
    }
}

impl core::error::Error for Error {}
