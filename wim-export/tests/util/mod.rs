//! What several test programs need.
#![allow(dead_code, reason = "not every test program uses all of it")]

use std::sync::Arc;

use testdata::cases::Case;
use wim_export::{Archive, ExportOptions, ExportPlan, OpenOptions, Result, VerifyOptions, VerifyReport, verify};
use wim_format::ImageIndex;

/// Opens a fixture with everything that it needs.
pub(crate) fn open(case: &Case) -> Result<Archive> {
    let references = case.references.iter().map(|file| testdata::path(file));
    references.fold(OpenOptions::new(), OpenOptions::reference).open(testdata::path(case.file))
}

/// Verifies all of an archive.
pub(crate) fn check(archive: &Archive) -> Result<VerifyReport> {
    verify(archive, &VerifyOptions::default(), &mut ())
}

/// Exports images into memory.
pub(crate) fn export(archive: &Archive, images: &[u32], options: ExportOptions) -> Result<Vec<u8>> {
    let images: Vec<ImageIndex> = images.iter().map(|&image| ImageIndex::new(image).unwrap()).collect();
    let mut out = Vec::new();
    ExportPlan::new(archive, &images, options)?.write(&mut out, &mut ())?;
    Ok(out)
}

/// Opens an archive in memory.
pub(crate) fn from_bytes(bytes: Vec<u8>) -> Result<Archive> {
    Archive::from_source(Arc::new(bytes))
}

/// Every file of an image with its content, in the order of a walk.
pub(crate) fn contents(archive: &Archive, image: u32) -> Vec<(String, Vec<u8>)> {
    let metadata = archive.image(ImageIndex::new(image).unwrap()).unwrap();
    let mut files = Vec::new();
    for (id, dentry) in metadata.walk() {
        for stream in metadata.inode(dentry.inode).streams() {
            let mut data = Vec::new();
            if !stream.hash.is_zero() {
                let reader = archive.blob_reader(&stream.hash).unwrap();
                let append = |bytes: &[u8]| {
                    data.extend_from_slice(bytes);
                    Ok(())
                };
                reader.read_all(append).unwrap();
            }
            files.push((format!("{}:{:?}:{:?}", metadata.path(id), stream.name, stream.kind), data));
        }
    }
    files
}
