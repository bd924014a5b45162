//! What a boot export came to.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use wim_format::{Compression, ImageIndex, Sha1Hash, Warning, WindowsVersion};

use super::{Architecture, ReturnCode};
use crate::finalize::FinalizeReport;
use crate::lint::{Consumer, Finding};
use crate::{ExportSummary, PlanSummary, Sha256Hash, SizeMap};

/// What a boot export came to, or would come to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BootReport {
    /// The archive that the image came from.
    pub source: PathBuf,
    /// Bytes of it.
    pub source_size: u64,
    /// How many images it has.
    pub source_images: u32,
    /// The image's name in it.
    pub source_name: Option<String>,
    /// The language folder of an ADK that it is in.
    pub language: Option<String>,
    /// The new archive, links followed.
    pub destination: PathBuf,
    /// Where the file is that was there before, if it was backed up.
    pub backup: Option<PathBuf>,
    /// The image's index in the source.
    pub image: ImageIndex,
    /// Its name in the new archive.
    pub name: Option<String>,
    /// Its architecture, as far as that is known.
    pub architecture: Option<Architecture>,
    /// Its version of Windows, as its XML has it.
    pub version: Option<WindowsVersion>,
    /// The SHA-1 of its metadata, which identifies its tree.
    pub metadata: Sha1Hash,
    /// The files that boot loaders take out of it, those of them that it has.
    pub boot_files: Vec<&'static str>,
    /// How the new archive is compressed.
    pub compression: Compression,
    /// Bytes of a chunk of the new archive; 0 without compression.
    pub chunk_size: u32,
    /// What finalizing the image came to.
    pub finalize: Option<FinalizeReport>,
    /// The SHA-256 of the new archive, if it was asked for and there is one.
    pub sha256: Option<Sha256Hash>,
    /// What was to be done.
    pub plan: PlanSummary,
    /// What was done; `None`: nothing, it was a dry run.
    pub export: Option<ExportSummary>,
    /// Whom the new archive was checked for, or in a dry run the image that it would have.
    pub consumers: Vec<Consumer>,
    /// What they will stumble over, worst first.
    pub findings: Vec<Finding>,
    /// Where the bytes are, if that was asked for.
    pub sizes: Option<BootSizes>,
    /// What a careful user wants to know.
    pub warnings: Vec<BootWarning>,
}

/// Where an image's bytes are, before and after.
#[derive(Clone, Debug)]
pub struct BootSizes {
    /// In the source.
    pub before: SizeMap,
    /// In the new archive. In a dry run, what is new counts as it is, uncompressed, and all else as in the source.
    pub after: SizeMap,
}

impl BootReport {
    /// The result as numbers: there is a report, so it worked.
    pub const fn return_code(&self) -> ReturnCode {
        ReturnCode::SUCCESS
    }
}

/// Something that is not as it should be, and did not stop the export.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BootWarning {
    /// The archive or the image's metadata deviates from the format.
    Format {
        /// How, and where first.
        first: Warning,
        /// How often.
        count: u64,
    },
    /// The image is not the one that boots in the source.
    NotBootIndex {
        /// That is this one.
        boots: Option<ImageIndex>,
    },
    /// The XML does not tell the architecture; the kernel does.
    ArchitectureFromPe(Architecture),
    /// The XML tells another architecture than the kernel, which is believed.
    ArchitectureContradiction {
        /// The XML's.
        xml: Architecture,
        /// The kernel's.
        kernel: Architecture,
    },
    /// The architecture is not the one asked for, which was allowed.
    ArchitectureMismatch {
        /// The architecture asked for.
        wanted: Architecture,
        /// The image's, if it is known.
        found: Option<Architecture>,
    },
    /// The image is no boot image, which was allowed.
    NotABootImage,
    /// A file is missing without which it does not boot, which was allowed.
    MissingFile(&'static str),
    /// A file that boot loaders take out of the image has named streams, which some of them cannot read.
    BootFileStreams(&'static str),
    /// The ADK has no folder of the usual language, but one of this.
    OtherLanguage(String),
    /// The destination is called `.esd`, which readers take to be solid.
    EsdExtension,
    /// The new archive does not fit on FAT32.
    LargeForFat32(u64),
    /// The new archive is too large to be booted by way of BIOS on some machines.
    LargeForBios(u64),
    /// What was copied was not checked.
    NotVerified,
}

impl BootWarning {
    /// A stable name for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Format { first, .. } => first.kind.code(),
            Self::NotBootIndex { .. } => "NOT_BOOT_INDEX",
            Self::ArchitectureFromPe(_) => "ARCH_FROM_PE",
            Self::ArchitectureContradiction { .. } => "ARCH_CONTRADICTION",
            Self::ArchitectureMismatch { .. } => "ARCH_MISMATCH",
            Self::NotABootImage => "NOT_A_BOOT_IMAGE",
            Self::MissingFile(_) => "MISSING_BOOT_FILE",
            Self::BootFileStreams(_) => "BOOT_FILE_STREAMS",
            Self::OtherLanguage(_) => "OTHER_LANGUAGE",
            Self::EsdExtension => "ESD_EXTENSION",
            Self::LargeForFat32(_) => "LARGE_FOR_FAT32",
            Self::LargeForBios(_) => "LARGE_FOR_BIOS",
            Self::NotVerified => "NOT_VERIFIED",
        }
    }
}

impl fmt::Display for BootWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format { first, count: 1 } => first.fmt(f),
            Self::Format { first, count } => write!(f, "{first} (and {} more)", count - 1),
            Self::NotBootIndex { boots: Some(boots) } => write!(f, "the image that boots in the source is {boots}"),
            Self::NotBootIndex { boots: None } => f.write_str("no image boots in the source"),
            Self::ArchitectureFromPe(architecture) => {
                write!(f, "the XML does not tell the architecture; the kernel is for {architecture}")
            }
            Self::ArchitectureContradiction { xml, kernel } => {
                write!(f, "the XML says that the image is for {xml}, but its kernel is for {kernel}")
            }
            Self::ArchitectureMismatch { wanted, found } => {
                let found = found.map_or(Cow::Borrowed("an unknown architecture"), |found| found.name().into());
                write!(f, "the image is for {found}, not for {wanted}")
            }
            Self::NotABootImage => f.write_str("the image is no Windows PE; it may not boot from memory"),
            Self::MissingFile(path) => write!(f, "the image has no {path}, without which it does not boot"),
            Self::BootFileStreams(path) => write!(f, "{path} has named streams; wimboot will not find its data"),
            Self::OtherLanguage(language) => write!(f, "the ADK's only language is {language}"),
            Self::EsdExtension => f.write_str("the new archive is called .esd, but is not solid; .wim is what it is"),
            Self::LargeForFat32(size) => {
                write!(f, "the new archive has {size} bytes; a file on FAT32 has at most 4294967295")
            }
            Self::LargeForBios(size) => {
                write!(f, "the new archive has {size} bytes; some BIOS boot loaders handle some 700 MB at most")
            }
            Self::NotVerified => f.write_str("what was copied was not checked (--no-verify)"),
        }
    }
}
