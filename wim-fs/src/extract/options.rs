//! How to extract.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::names::NameRules;

/// How to extract.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExtractOptions {
    /// Nothing appears at the destination before all of it is there. The destination must not exist, or be empty.
    pub staged: bool,
    /// Go on where data is damaged or missing. What is left of a damaged file is kept as `NAME.corrupt`.
    pub recover: bool,
    /// Restore users, groups, modes, devices and extended attributes, where the image has them from a Unix system.
    pub unix_data: bool,
    /// Let links that lead into the image lead into the destination; `None`: if the image was captured for that, and all
    /// of it is extracted.
    pub fix_links: Option<bool>,
    /// What becomes of links.
    pub links: Links,
    /// What becomes of names that differ only in case, where the destination does not tell them apart.
    pub on_clash: OnClash,
    /// Which names are allowed.
    pub names: NameRules,
    /// Give a file another name rather than leave it out, if no file can have its name.
    pub make_names_fit: bool,
    /// What of Windows' metadata is kept, and where.
    pub metadata: Metadata,
    /// Where the sidecar goes, for [`Metadata::Sidecar`]; `None`: where [`usual_sidecar`](crate::usual_sidecar) says.
    pub sidecar: Option<PathBuf>,
    /// How many threads; `None`: one a core.
    pub threads: Option<NonZeroUsize>,
    /// Bytes of memory for buffers and decoders; `None`: as much as the threads need.
    pub memory: Option<u64>,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self {
            staged: false,
            recover: false,
            unix_data: false,
            fix_links: None,
            links: Links::Keep,
            on_clash: OnClash::Fail,
            names: NameRules::HOST,
            make_names_fit: false,
            metadata: Metadata::Auto,
            sidecar: None,
            threads: None,
            memory: None,
        }
    }
}

/// What becomes of symbolic links and junctions. They are made last, and never followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Made as they are, wherever they lead.
    Keep,
    /// Made if they are relative and lead nowhere outside.
    Inside,
    /// Left out.
    Skip,
}

/// What becomes of the second of two names that the destination does not tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnClash {
    /// Nothing is extracted at all.
    Fail,
    /// It gets a number: `name (2)`.
    Rename,
    /// It is left out.
    Skip,
}

/// What becomes of metadata that only Windows has: security descriptors, attributes, creation times, short names, named
/// streams, object ids, reparse points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Metadata {
    /// It is restored on an NTFS volume, and left out elsewhere.
    Auto,
    /// It goes into an archive beside the destination, with all else that the destination cannot hold: a capture that reads
    /// it makes the same image again.
    Sidecar,
    /// It is left out.
    Skip,
}
