//! The counts that an image's XML shows to users.

/// What an image holds, counted as Microsoft's software does.
///
/// All four are informational: the XML shows them, and no reader depends on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageStatistics {
    /// Directories, without the root; reparse points are none.
    pub dir_count: u64,
    /// Names of everything else: each name of a hard-linked file counts, and so do links to directories.
    pub file_count: u64,
    /// Bytes of unnamed data, once for each name.
    pub total_bytes: u64,
    /// The part of `total_bytes` that hard links save: bytes of unnamed data of every name but a file's first.
    pub hard_link_bytes: u64,
}
