//! Whole archives.

use std::num::NonZeroUsize;
use std::sync::Arc;

use wim_export::{Archive, OpenOptions, Result, VerifyOptions, VerifyReport};
use wim_format::{Limits, Sha1Hash};

use crate::limits::limits;
use crate::repair::repaired;

/// Whatever a file holds, opening it, listing its images and verifying it end without a panic; and verifying finds
/// something wrong exactly where an image or a blob cannot be read.
///
/// The file is tried as it is, and once more with its hashes made right.
pub fn archive(data: &[u8]) {
    check(data.to_vec());
    if let Some(repaired) = repaired(data) {
        check(repaired);
    }
}

fn check(file: Vec<u8>) {
    let Ok(archive) = open(file, limits()) else { return };
    let all_images = archive.images().all(|image| {
        archive.image_name(image);
        let metadata = archive.image(image);
        let blobs_are_there = |hash: &Sha1Hash| archive.blob(hash).is_some();
        metadata.is_ok_and(|metadata| metadata.blob_references().all(|(hash, _)| blobs_are_there(&hash)))
    });
    let all_blobs = archive.blob_table().blobs().iter().all(|blob| read_blob(&archive, &blob.hash).is_ok());
    let Ok(report) = verify(&archive, false) else { return };
    assert_eq!(report.is_ok(), all_images && all_blobs, "{:?}", report.problems);
    // Its problems have no counterpart above.
    let _ = verify(&archive, true);
}

fn read_blob(archive: &Archive, hash: &Sha1Hash) -> Result<()> {
    archive.blob_reader(hash)?.read_all(|_| Ok(()))
}

/// Opens an archive in memory.
pub(super) fn open(file: Vec<u8>, limits: Limits) -> Result<Archive> {
    OpenOptions::new().limits(limits).open_source("input", Arc::new(file))
}

/// Verifies an archive on this thread.
pub(super) fn verify(archive: &Archive, integrity: bool) -> Result<VerifyReport> {
    let mut options = VerifyOptions::default();
    options.integrity = integrity;
    options.threads = Some(NonZeroUsize::MIN);
    wim_export::verify(archive, &options, &mut ())
}
