//! What readers tolerate, but a careful user wants to know.

use core::fmt;

use crate::error::Section;

/// A deviation that does not stop a reader, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What deviates.
    pub kind: WarningKind,
    /// In which part of the archive.
    pub section: Section,
    /// At which byte of that part.
    pub offset: u64,
}

macro_rules! warning_kinds {
    ($($(#[doc = $doc:literal])* $name:ident($code:literal) = $text:literal,)*) => {
        /// What deviates from the format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum WarningKind {
            $($(#[doc = $doc])* $name,)*
        }

        impl WarningKind {
            /// A stable name for scripts.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }

        impl fmt::Display for WarningKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $text,)* })
            }
        }
    };
}

warning_kinds! {
    /// The header's write-in-progress flag is set.
    WriteInProgress("WRITE_IN_PROGRESS") = "the write-in-progress flag is set: a writer is at work, or died",
    /// The boot index is larger than the image count.
    BootIndexOutOfRange("BOOT_INDEX_OUT_OF_RANGE") = "the boot index is larger than the number of images; ignored",
    /// The blob table's length is not a multiple of an entry's.
    BlobTableTail("BLOB_TABLE_TAIL") = "bytes after the last whole entry are ignored",
    /// A blob is listed twice.
    DuplicateBlob("DUPLICATE_BLOB") = "the blob is listed twice; the first entry counts",
    /// A blob of no bytes is listed.
    EmptyBlob("EMPTY_BLOB") = "a blob of size 0 is listed; ignored",
    /// A resource shares bytes with another one.
    Overlap("OVERLAP") = "the resource shares bytes with another one; only one of them can be right",
    /// An entry belongs to another part of a split set.
    ForeignPart("FOREIGN_PART") = "the entry belongs to another part; ignored",
    /// A metadata resource that no image uses.
    StaleMetadata("STALE_METADATA") = "a metadata resource without references, or one too many; ignored",
    /// Fewer metadata resources than images.
    MissingMetadata("MISSING_METADATA") = "fewer metadata resources than images",
    /// The XML data begins without a byte order mark.
    XmlWithoutBom("XML_WITHOUT_BOM") = "there is no byte order mark, which some software insists on",
    /// The XML data has halves of surrogate pairs.
    XmlIllFormed("XML_ILL_FORMED") = "the UTF-16 is ill-formed; what is wrong with it is kept",
    /// The XML describes another number of images than the header.
    XmlCountMismatch("XML_COUNT_MISMATCH") = "the XML describes another number of images than the header",
    /// A security id without a descriptor.
    BadSecurityId("BAD_SECURITY_ID") = "the security id has no descriptor; treated as none",
    /// A name that no file can have: empty, `.`, `..`, or with a NUL.
    BadName("BAD_NAME") = "a name that no file can have; the entry is ignored",
    /// Two entries of one directory have the same name.
    DuplicateName("DUPLICATE_NAME") = "the name occurs twice in its directory; the first entry counts",
    /// A file or reparse point has a list of children.
    ChildrenOfNonDirectory("CHILDREN_OF_NON_DIRECTORY") = "children of something that is no directory are ignored",
    /// Members of a hard-link group differ.
    InconsistentLinks("INCONSISTENT_LINKS") = "the hard-link group is inconsistent; it is split",
    /// Surplus unnamed streams.
    SurplusStream("SURPLUS_STREAM") = "a surplus unnamed stream is ignored",
    /// Bytes that nothing refers to.
    TrailingBytes("TRAILING_BYTES") = "bytes that nothing refers to",
    /// Security data whose stated length does not match its content.
    SecurityLength("SECURITY_LENGTH") = "the security data's length does not match its content",
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:#x}: {}", self.section, self.offset, self.kind)
    }
}
