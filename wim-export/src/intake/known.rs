//! Which data need not be written.

use std::sync::{PoisonError, RwLock};

use wim_format::{Blob, BlobTable, Sha1Hash};

use crate::export::differs_in_size;
use crate::{Archive, Result};

pub(super) struct Known<'a> {
    /// The archive to which this is added.
    old: Option<Archive>,
    /// Archives from which data is copied when all is known.
    bases: &'a [Archive],
    /// What is written, as far as the desk has come, and what the archive had before.
    written: RwLock<&'a mut BlobTable>,
}

impl<'a> Known<'a> {
    pub(super) fn new(old: Option<Archive>, bases: &'a [Archive], written: &'a mut BlobTable) -> Self {
        Self { old, bases, written: RwLock::new(written) }
    }

    /// Whether data of this hash is known.
    pub(super) fn has(&self, hash: &Sha1Hash) -> bool {
        let written = self.written.read().unwrap_or_else(PoisonError::into_inner);
        written.find(hash).is_some() || self.bases.iter().any(|base| base.blob(hash).is_some())
    }

    /// Checks that no archive says that data of this hash has another size.
    ///
    /// # Errors
    /// If one does: it is damaged.
    pub(super) fn check(&self, hash: &Sha1Hash, size: u64) -> Result<()> {
        let there = self.old.iter().chain(self.bases).find_map(|base| Some((base, base.blob(hash)?.size)));
        match there {
            Some((base, there)) if there != size => Err(differs_in_size(base, hash, there)),
            _ => Ok(()),
        }
    }

    pub(super) fn add(&self, blob: Blob) {
        self.written.write().unwrap_or_else(PoisonError::into_inner).push_blob(blob);
    }
}
