//! `FILE_ATTRIBUTE_*`.

use core::fmt;

/// The attributes of a file or directory, Windows' `FILE_ATTRIBUTE_*`; bits that this library does not know are kept.
///
/// 7-Zip on Unix stores a mode in the upper 16 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FileAttributes(pub u32);

macro_rules! attributes {
    ($($(#[doc = $doc:literal])* $name:ident = $bit:literal,)*) => {
        impl FileAttributes {
            $($(#[doc = $doc])* pub const $name: Self = Self($bit);)*

            /// Every attribute that has a name, lowest bit first.
            const NAMED: &[(Self, &str)] = &[$((Self::$name, stringify!($name)),)*];
        }
    };
}

attributes! {
    /// Not to be changed or deleted.
    READONLY = 0x1,
    /// Not shown by default.
    HIDDEN = 0x2,
    /// Part of the operating system.
    SYSTEM = 0x4,
    /// A directory, or a reparse point that stands for one.
    DIRECTORY = 0x10,
    /// To be backed up.
    ARCHIVE = 0x20,
    /// A device; reserved.
    DEVICE = 0x40,
    /// No other attribute.
    NORMAL = 0x80,
    /// Temporary.
    TEMPORARY = 0x100,
    /// Sparse when it was captured.
    SPARSE = 0x200,
    /// A reparse point: a link, a mount point, or a file that a filter driver provides.
    REPARSE_POINT = 0x400,
    /// Compressed by the file system when it was captured.
    COMPRESSED = 0x800,
    /// The data is elsewhere.
    OFFLINE = 0x1000,
    /// Not to be indexed.
    NOT_CONTENT_INDEXED = 0x2000,
    /// Encrypted by the file system (EFS).
    ENCRYPTED = 0x4000,
    /// Protected by integrity streams (ReFS).
    INTEGRITY_STREAM = 0x8000,
    /// Reserved.
    VIRTUAL = 0x1_0000,
    /// Not to be read by the background scrubber (ReFS).
    NO_SCRUB_DATA = 0x2_0000,
}

impl FileAttributes {
    /// Whether all bits of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These bits and those of `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These bits without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The names of the attributes that are set and have one, such as `"DIRECTORY"`, lowest bit first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMED.iter().filter(move |(bit, _)| self.contains(*bit)).map(|(_, name)| *name)
    }
}

impl fmt::Display for FileAttributes {
    /// `HIDDEN|DIRECTORY`; bits without a name follow in hexadecimal, and no bits at all are `0x0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unnamed = Self::NAMED.iter().fold(*self, |rest, (bit, _)| rest.without(*bit));
        for (i, name) in self.names().enumerate() {
            write!(f, "{}{name}", if i == 0 { "" } else { "|" })?;
        }
        if unnamed == *self {
            write!(f, "{:#x}", self.0)
        } else if unnamed.0 != 0 {
            write!(f, "|{:#x}", unnamed.0)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn every_bit_is_shown() {
        assert_eq!(FileAttributes(0).to_string(), "0x0");
        assert_eq!(FileAttributes::HIDDEN.with(FileAttributes::DIRECTORY).to_string(), "HIDDEN|DIRECTORY");
        assert_eq!(FileAttributes(0x8000_0020).to_string(), "ARCHIVE|0x80000000");
        assert_eq!(FileAttributes(0x8000_0000).to_string(), "0x80000000");
    }
}
