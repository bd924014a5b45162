//! What a boot export is asked for.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use wim_compress::Level;
use wim_format::{Compression, FileTime, Limits};

use super::Architecture;
use crate::finalize::{FinalizeOptions, Profile};
use crate::lint::Consumer;
use crate::{DestinationOptions, Error, GuidChoice, Result};

/// Where the boot image comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BootSource {
    /// An installed ADK, found as [`super::export_boot`] says.
    #[default]
    Auto,
    /// This archive.
    File(PathBuf),
    /// This ADK, copype workspace, WAIK, boot medium, or folder with a `winpe.wim`.
    AdkRoot(PathBuf),
}

/// A boot export: which image, from where, to where, and how. The defaults are those of the method.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BootRequest {
    /// The architecture that the image must have.
    pub architecture: Architecture,
    /// The image's one-based index; `None`: the one that boots, or the only one.
    pub index: Option<u32>,
    /// Where the image comes from.
    pub source: BootSource,
    /// The kit whose optional components a profile may take; `None`: the one that the image comes from.
    pub kit: Option<PathBuf>,
    /// The language of an ADK's image; `None`: `en-us`, or the only one that is there.
    pub language: Option<String>,
    /// Other files to take blobs from: the parts of a split set, the base of a delta archive.
    pub references: Vec<PathBuf>,
    /// What to accept of the source.
    pub limits: Limits,
    /// Check the source against its integrity table, if it has one.
    pub check_integrity: bool,

    /// Where the new archive goes.
    pub destination: PathBuf,
    /// What to do if something is there, and the like.
    pub destination_options: DestinationOptions,

    /// How to finalize the image before it is exported; `None`: not at all.
    pub profile: Option<Profile>,
    /// What the user decides about that.
    pub finalize: FinalizeOptions,

    /// How to compress: none, XPRESS or LZX. `None`: as the source, if Windows boots from that, else LZX.
    pub compression: Option<Compression>,
    /// How hard to compress.
    pub level: Level,
    /// Compress even what could be copied as it is.
    pub recompress: bool,
    /// Another name for the image; an empty one removes it.
    pub name: Option<String>,
    /// Another description for the image; an empty one removes it.
    pub description: Option<String>,
    /// Add an integrity table.
    pub integrity: bool,
    /// The new archive's GUID.
    pub guid: GuidChoice,
    /// The modification time to state in the XML; `None`: the image's own. For reproducible builds: `SOURCE_DATE_EPOCH`.
    pub time: Option<FileTime>,
    /// How many threads; `None`: one a core. Never changes the output.
    pub threads: Option<NonZeroUsize>,
    /// Bytes of memory for buffers and codecs; `None`: as much as the threads need. Never changes the output.
    pub memory: Option<u64>,
    /// Decode what is copied and check its SHA-1. Without it a copy is faster, and damage goes unnoticed.
    pub verify: bool,
    /// Read the new archive again, all of it, before it takes its place.
    pub verify_output: bool,

    /// Hash the new archive, for a report.
    pub hash_output: bool,
    /// Whom the new archive is checked for before it takes its place; nobody: it is not.
    pub consumers: Vec<Consumer>,
    /// Find out where the bytes are, before and after, for a report.
    pub measure: bool,

    /// Export an image that is no boot image, or lacks a file that it needs to boot.
    pub any_image: bool,
    /// Export an image of another architecture.
    pub allow_arch_mismatch: bool,
    /// Refuse an image that is not the one which boots in the source.
    pub require_boot_index: bool,
    /// Check and plan everything, and write nothing.
    pub dry_run: bool,

    /// Read the source through a memory map; [`Self::map`] says what that takes.
    pub(super) map: bool,
}

impl BootRequest {
    /// The export of an ADK's boot image for `architecture` to `destination`.
    pub fn new(architecture: Architecture, destination: impl Into<PathBuf>) -> Self {
        Self {
            architecture,
            index: None,
            source: BootSource::Auto,
            kit: None,
            language: None,
            references: Vec::new(),
            limits: Limits::default(),
            check_integrity: false,
            destination: destination.into(),
            destination_options: DestinationOptions::default(),
            profile: None,
            finalize: FinalizeOptions::default(),
            compression: None,
            level: Level::DEFAULT,
            recompress: false,
            name: None,
            description: None,
            integrity: false,
            guid: GuidChoice::Derived,
            time: None,
            threads: None,
            memory: None,
            verify: true,
            verify_output: false,
            hash_output: false,
            consumers: vec![Consumer::Bootmgr, Consumer::Wds, Consumer::Dism],
            measure: false,
            any_image: false,
            allow_arch_mismatch: false,
            require_boot_index: false,
            dry_run: false,
            map: false,
        }
    }

    /// Reads the source through memory maps instead of positioned reads.
    ///
    /// # Safety
    /// The contract of [`crate::MappedFile::new`], for the source and its references and as long as the export runs.
    #[must_use]
    #[expect(
        unsafe_code,
        reason = "the contract of a map is the caller's to keep, so the option that asks for one is unsafe"
    )]
    pub unsafe fn map(mut self) -> Self {
        self.map = true;
        self
    }
}

/// The compression of that name that a boot image can have: `lzx` or `max`, `xpress` or `fast`, `none`; in any case.
///
/// # Errors
/// [`Error::InvalidArgument`] for anything else, and for `lzms` and `recovery`, from which Windows does not boot.
pub fn parse_boot_compression(text: &str) -> Result<Compression> {
    let all = [
        ("lzx", Compression::Lzx),
        ("max", Compression::Lzx),
        ("xpress", Compression::Xpress),
        ("fast", Compression::Xpress),
        ("none", Compression::None),
        ("lzms", Compression::Lzms),
        ("recovery", Compression::Lzms),
    ];
    let known = all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, compression)| compression);
    known.filter(|&compression| is_bootable(compression)).ok_or_else(|| not_bootable(text.to_owned(), known.is_some()))
}

/// Whether Windows boots from archives that are compressed so.
pub(super) const fn is_bootable(compression: Compression) -> bool {
    !matches!(compression, Compression::Lzms)
}

pub(super) fn not_bootable(value: String, known: bool) -> Error {
    let why = if known { " (this one is not bootable)" } else { "" };
    Error::InvalidArgument {
        what: "compression",
        value,
        expected: format!("Windows boots from lzx (or max), xpress (or fast) or none{why}"),
    }
}
