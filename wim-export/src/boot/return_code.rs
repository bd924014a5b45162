//! What a run returns: the method's number, and the exit code of a program.
//!
//! Only "0 to indicate success or non-zero to indicate failure" is documented of the method, so callers must test for
//! `!= 0`. The values are HRESULTs, as Configuration Manager writes them into its logs. An exit code has eight bits and
//! groups them by what the user can do: 2 the arguments, 3 something is not found, 4 no such image, 5 the architecture, 6 the
//! archive is damaged, 7 not supported, 8 the destination is taken, 9 the system refuses, 10 a profile is wrong, 11 a step of it fails, 12 cancelled, 70 a bug. They are the
//! exit codes of every command.

use std::fmt;
use std::io::{self, ErrorKind};

use wim_format::{ErrorKind as FormatErrorKind, Section};
use wim_hive::Error as HiveError;

use super::BootImageProblem;
use crate::finalize::StepProblem;
use crate::{DestinationProblem, EditProblem, Error, UpdateProblem};

/// The outcome of a run as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReturnCode {
    /// What the method returns: 0, or a negative HRESULT.
    pub hresult: i32,
    /// What a program exits with.
    pub exit: u8,
    /// The value's name.
    pub name: &'static str,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $hresult:literal, $exit:literal;)*) => {
        impl ReturnCode {
            $($(#[doc = $doc])* pub const $name: Self = Self::new($hresult, $exit, stringify!($name));)*

            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

codes! {
    /// It worked; there may be warnings.
    SUCCESS = 0, 0;
    /// An unknown architecture, index 0, an empty path, an option that cannot be.
    ERROR_INVALID_PARAMETER = 0x8007_0057, 2;
    /// The destination is no valid file name.
    ERROR_INVALID_NAME = 0x8007_007B, 2;
    /// The source is not there, or an ADK has no such boot image.
    ERROR_FILE_NOT_FOUND = 0x8007_0002, 3;
    /// A folder is missing: the source's, the destination's, or there is no ADK.
    ERROR_PATH_NOT_FOUND = 0x8007_0003, 3;
    /// The archive has no image of that index.
    ERROR_NO_SUCH_IMAGE = 0xC151_0113, 4;
    /// The image is for another architecture.
    ERROR_EXE_MACHINE_TYPE_MISMATCH = 0x8007_00D8, 5;
    /// Not a WIM, or its header is invalid or of an unknown version.
    ERROR_BAD_FORMAT = 0x8007_000B, 6;
    /// A blob table, metadata or XML is malformed.
    ERROR_INVALID_DATA = 0x8007_000D, 6;
    /// Data does not decompress, or does not match its hash or the integrity table.
    ERROR_FILE_CORRUPT = 0x8007_0570, 6;
    /// A blob is referred to, and not there.
    ERROR_NOT_FOUND = 0x8007_0490, 6;
    /// Encrypted, a part of a split set without the others, not a boot image, not finished, not to be changed.
    ERROR_NOT_SUPPORTED = 0x8007_0032, 7;
    /// The destination exists and shall stay.
    ERROR_FILE_EXISTS = 0x8007_0050, 8;
    /// Another run is writing the destination, or changed it in the meantime.
    ERROR_SHARING_VIOLATION = 0x8007_0020, 8;
    /// The system denies access.
    ERROR_ACCESS_DENIED = 0x8007_0005, 9;
    /// The disk, or a quota, is full.
    ERROR_DISK_FULL = 0x8007_0070, 9;
    /// Reading failed.
    ERROR_READ_FAULT = 0x8007_001E, 9;
    /// Writing failed.
    ERROR_WRITE_FAULT = 0x8007_001D, 9;
    /// Out of memory, or over a configured limit.
    ERROR_OUTOFMEMORY = 0x8007_000E, 9;
    /// A profile cannot be read, or says what no profile can.
    PROFILE_INVALID = 0x8007_0057, 10;
    /// A profile's assertion does not hold, or a step cannot be done.
    ERROR_GEN_FAILURE = 0x8007_001F, 11;
    /// A registry hive is dirty, damaged, or of an unknown kind.
    ERROR_BADDB = 0x8007_03F1, 11;
    /// The run was cancelled. A program that Ctrl-C ended exits with 130 instead.
    ERROR_CANCELLED = 0x8007_04C7, 12;
    /// A bug.
    E_UNEXPECTED = 0x8000_FFFF, 70;
}

impl ReturnCode {
    const fn new(hresult: u32, exit: u8, name: &'static str) -> Self {
        Self { hresult: hresult.cast_signed(), exit, name }
    }

    /// The first value with that exit code.
    fn of_exit(exit: u8) -> Self {
        let found = Self::ALL.iter().find(|code| code.exit == exit && exit != 0);
        found.copied().unwrap_or(Self::E_UNEXPECTED)
    }

    fn of_format(error: &wim_format::Error) -> Self {
        match error.kind() {
            FormatErrorKind::Encrypted | FormatErrorKind::Incomplete => Self::ERROR_NOT_SUPPORTED,
            FormatErrorKind::Limit { .. } => Self::ERROR_OUTOFMEMORY,
            FormatErrorKind::OutOfBounds { .. } => Self::ERROR_INVALID_DATA,
            _ if error.section() == Section::Header => Self::ERROR_BAD_FORMAT,
            _ => Self::ERROR_INVALID_DATA,
        }
    }

    const fn of_destination(why: DestinationProblem) -> Self {
        match why {
            DestinationProblem::InvalidName => Self::ERROR_INVALID_NAME,
            DestinationProblem::NoParent => Self::ERROR_PATH_NOT_FOUND,
            DestinationProblem::NotAFile => Self::ERROR_INVALID_PARAMETER,
            DestinationProblem::Exists | DestinationProblem::IsSource => Self::ERROR_FILE_EXISTS,
            DestinationProblem::Locked | DestinationProblem::Unfinished => Self::ERROR_SHARING_VIOLATION,
        }
    }

    const fn of_hive(error: &HiveError) -> Self {
        match error {
            HiveError::NoSuchKey(_) | HiveError::NoSuchValue(_) => Self::ERROR_FILE_NOT_FOUND,
            HiveError::Root | HiveError::Name(_) | HiveError::RegFile { .. } => Self::ERROR_INVALID_PARAMETER,
            HiveError::Limit { .. } => Self::ERROR_OUTOFMEMORY,
            _ => Self::ERROR_BADDB,
        }
    }

    const fn of_boot_image(problem: &BootImageProblem) -> Self {
        match problem {
            BootImageProblem::ArchitectureMismatch { .. } | BootImageProblem::UnknownArchitecture { .. } => {
                Self::ERROR_EXE_MACHINE_TYPE_MISMATCH
            }
            BootImageProblem::NotABootImage
            | BootImageProblem::MissingFile(_)
            | BootImageProblem::WouldNotBoot { .. }
            | BootImageProblem::NotBootIndex { .. } => Self::ERROR_NOT_SUPPORTED,
        }
    }

    /// What the system said when something was read (`fault` is a read fault) or written.
    fn of_io(error: &io::Error, fault: Self) -> Self {
        match error.kind() {
            // "File not found" keeps its meaning: the source.
            ErrorKind::NotFound if fault == Self::ERROR_READ_FAULT => Self::ERROR_FILE_NOT_FOUND,
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::ERROR_PATH_NOT_FOUND,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::ERROR_ACCESS_DENIED,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::ERROR_DISK_FULL,
            ErrorKind::OutOfMemory => Self::ERROR_OUTOFMEMORY,
            ErrorKind::InvalidFilename => Self::ERROR_INVALID_NAME,
            _ => fault,
        }
    }
}

/// What is done to a source; everything else is done to a destination.
const READING: [&str; 3] = ["open", "read", "map"];

impl From<&Error> for ReturnCode {
    fn from(error: &Error) -> Self {
        match error {
            Error::Io { action, source, .. } if READING.contains(action) => Self::of_io(source, Self::ERROR_READ_FAULT),
            Error::Io { source, .. } | Error::Write { source, .. } => Self::of_io(source, Self::ERROR_WRITE_FAULT),
            Error::Read { source, .. } => Self::of_io(source, Self::ERROR_READ_FAULT),
            Error::Format { source, .. } => Self::of_format(source),
            Error::Decompress { .. } | Error::HashMismatch { .. } | Error::Integrity { .. } => Self::ERROR_FILE_CORRUPT,
            Error::MissingBlob { .. } => Self::ERROR_NOT_FOUND,
            Error::MissingMetadata { .. } | Error::Tar { .. } => Self::ERROR_INVALID_DATA,
            Error::NoSuchImage { .. } => Self::ERROR_NO_SUCH_IMAGE,
            Error::NoSuchPath { .. } => Self::ERROR_FILE_NOT_FOUND,
            Error::Update { why: UpdateProblem::Changed, .. } | Error::SourceChanged { .. } => {
                Self::ERROR_SHARING_VIOLATION
            }
            Error::SplitSet { .. } | Error::Unsupported { .. } | Error::Update { .. } => Self::ERROR_NOT_SUPPORTED,
            Error::AmbiguousImage { .. }
            | Error::NotAFile { .. }
            | Error::ForeignPart { .. }
            | Error::InvalidArgument { .. }
            | Error::Source { .. } => Self::ERROR_INVALID_PARAMETER,
            Error::Edit { why: EditProblem::NoSuchPath, .. } => Self::ERROR_FILE_NOT_FOUND,
            Error::Edit { .. } => Self::ERROR_INVALID_PARAMETER,
            Error::Hive { source, .. } => Self::of_hive(source),
            Error::Profile { .. } => Self::PROFILE_INVALID,
            Error::Step { problem: StepProblem::Hive { .. }, .. } => Self::ERROR_BADDB,
            Error::Step { problem, .. } if problem.is_of_profile() => Self::PROFILE_INVALID,
            Error::Step { .. } => Self::ERROR_GEN_FAILURE,
            Error::Memory { .. } => Self::ERROR_OUTOFMEMORY,
            Error::Destination { why, .. } => Self::of_destination(*why),
            Error::BootImage { problem, .. } => Self::of_boot_image(problem),
            Error::AdkNotFound { adk: Some(_), .. } => Self::ERROR_FILE_NOT_FOUND,
            Error::AdkNotFound { adk: None, .. } => Self::ERROR_PATH_NOT_FOUND,
            Error::Component { .. } => Self::ERROR_GEN_FAILURE,
            Error::Remote { exit, .. } => Self::of_exit(*exit),
            Error::Cancelled => Self::ERROR_CANCELLED,
            Error::Internal(_) => Self::E_UNEXPECTED,
        }
    }
}

impl fmt::Display for ReturnCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x} (sint32 {}, {})", self.hresult, self.hresult, self.name)
    }
}
