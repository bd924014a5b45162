//! What an extraction came to.

use std::path::PathBuf;

use wim_export::Error;

/// What was extracted, and what not.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ExtractReport {
    /// Directories.
    pub directories: u64,
    /// Files with data, or without: each once, however many names it has.
    pub files: u64,
    /// Names of files but for the first of each.
    pub hard_links: u64,
    /// Symbolic links, junctions among them.
    pub symlinks: u64,
    /// Devices, pipes and sockets.
    pub specials: u64,
    /// Bytes of data.
    pub bytes: u64,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
    /// Files whose data is damaged or missing; only with [`recover`](super::ExtractOptions::recover).
    pub damaged: Vec<Error>,
    /// What the destination could not take.
    pub not_restored: NotRestored,
    /// The sidecar that was written.
    pub sidecar: Option<PathBuf>,
}

/// An entry that was left out, with everything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Its path in the image.
    pub path: String,
    /// Why.
    pub why: String,
}

/// How many files have something that was not restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotRestored {
    /// Security descriptors.
    pub security: u64,
    /// Attributes beyond those that every file has.
    pub attributes: u64,
    /// Short names.
    pub short_names: u64,
    /// Named streams.
    pub streams: u64,
    /// Object ids.
    pub object_ids: u64,
    /// Extended attributes, of Windows or of Unix.
    pub extended_attributes: u64,
    /// Users, groups and modes.
    pub unix_data: u64,
}

impl NotRestored {
    /// Each kind that there is, with its name and its number.
    pub fn kinds(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        [
            ("security descriptors", self.security),
            ("attributes", self.attributes),
            ("short names", self.short_names),
            ("named streams", self.streams),
            ("object ids", self.object_ids),
            ("extended attributes", self.extended_attributes),
            ("users, groups and modes", self.unix_data),
        ]
        .into_iter()
        .filter(|(_, number)| *number != 0)
    }
}
