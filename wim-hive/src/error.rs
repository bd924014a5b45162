//! What can be wrong with a hive or an edit, and where.

use alloc::string::String;
use core::fmt;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What is wrong with a hive, or with what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The file does not begin as a hive does.
    NotAHive,
    /// A version of the format that is not 1.3 to 1.6, or no primary file.
    Unsupported {
        /// Which field.
        field: &'static str,
        /// What it holds.
        value: u32,
    },
    /// The hive was not written to its end: its changes lie in log files, which only Windows can apply.
    Dirty {
        /// The number of the last write that began.
        primary: u32,
        /// The number of the last write that ended.
        secondary: u32,
    },
    /// The base block's checksum is not what it should be.
    Checksum {
        /// What the file says.
        stated: u32,
        /// What it should say.
        actual: u32,
    },
    /// A structure is not what it has to be.
    Corrupt {
        /// What is wrong.
        what: &'static str,
        /// The offset in the file of the cell or bin at fault.
        offset: u64,
    },
    /// More of something than the format or this library allows.
    Limit {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        limit: u64,
    },
    /// There is no such key.
    NoSuchKey(String),
    /// The key has no such value.
    NoSuchValue(String),
    /// The root key cannot be deleted.
    Root,
    /// A name that a key or value cannot have.
    Name(String),
    /// A registration file (.reg) that cannot be read.
    RegFile {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAHive => f.write_str("not a registry hive (it does not begin with \"regf\")"),
            Self::Unsupported { field, value } => write!(f, "a hive whose {field} is {value:#x} is not supported"),
            Self::Dirty { primary, secondary } => write!(
                f,
                "the hive is dirty: write {primary} began, write {secondary} ended; load it once in Windows, which applies its logs"
            ),
            Self::Checksum { stated, actual } => write!(
                f,
                "the hive's checksum is {stated:#010x} where {actual:#010x} was expected; load it once in Windows, which \
                 repairs it from its logs"
            ),
            Self::Corrupt { what, offset } => write!(f, "the hive is corrupt at {offset:#x}: {what}"),
            Self::Limit { what, limit } => write!(f, "more than the limit of {limit} {what}"),
            Self::NoSuchKey(path) => write!(f, "there is no key {path}"),
            Self::NoSuchValue(name) if name.is_empty() => f.write_str("the key has no default value"),
            Self::NoSuchValue(name) => write!(f, "the key has no value {name}"),
            Self::Root => f.write_str("the root key cannot be deleted"),
            Self::Name(name) => write!(f, "{name:?} is no name for a key or value"),
            Self::RegFile { line, what } => write!(f, "line {line} of the registration file: {what}"),
        }
    }
}

impl core::error::Error for Error {}
