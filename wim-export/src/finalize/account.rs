//! What a tree takes: entries, and the data that they refer to.

use std::collections::HashMap;

use wim_format::{BlobLocation, Sha1Hash};

use super::Tally;
use crate::{Archive, ImageEditor};

/// What a tree takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    pub(super) tally: Tally,
    /// Bytes of each blob, uncompressed and in the source.
    blobs: HashMap<Sha1Hash, (u64, u64)>,
}

/// The difference between two accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) blobs_freed: u64,
    pub(super) bytes_freed: u64,
    pub(super) stored_bytes_freed: u64,
    pub(super) bytes_added: u64,
}

impl Account {
    /// What the tree takes as it is now; `source` is the archive that the image comes from.
    pub(super) fn of(editor: &ImageEditor, source: &Archive) -> Self {
        let mut account = Self::default();
        account.tally.entries = editor.metadata().entry_count() as u64;
        let mut references = 0;
        for (hash, names) in editor.metadata().blob_references() {
            references += u64::from(names);
            account.blobs.entry(hash).or_insert_with(|| (editor.data_size(&hash), stored_size(source, &hash)));
        }
        account.tally.blobs = account.blobs.len() as u64;
        account.tally.shared_references = references - account.tally.blobs;
        for (bytes, stored) in account.blobs.values() {
            account.tally.bytes = account.tally.bytes.saturating_add(*bytes);
            account.tally.stored_bytes = account.tally.stored_bytes.saturating_add(*stored);
        }
        account
    }

    /// What changed from this to `after`.
    pub(super) fn difference(&self, after: &Self) -> Difference {
        let mut difference = Difference::default();
        for (_, (bytes, stored)) in self.blobs.iter().filter(|(hash, _)| !after.blobs.contains_key(*hash)) {
            difference.blobs_freed += 1;
            difference.bytes_freed = difference.bytes_freed.saturating_add(*bytes);
            difference.stored_bytes_freed = difference.stored_bytes_freed.saturating_add(*stored);
        }
        for (_, (bytes, _)) in after.blobs.iter().filter(|(hash, _)| !self.blobs.contains_key(*hash)) {
            difference.bytes_added = difference.bytes_added.saturating_add(*bytes);
        }
        difference
    }
}

/// Bytes that a blob takes in the archive, if it has a resource of its own.
fn stored_size(source: &Archive, hash: &Sha1Hash) -> u64 {
    match source.blob(hash).map(|blob| blob.location) {
        Some(BlobLocation::Resource(resource)) => resource.size_in_wim,
        _ => 0,
    }
}
