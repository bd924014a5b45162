//! Exports of archives that may be hostile.

use std::num::NonZeroUsize;

use wim_compress::Level;
use wim_export::{Archive, ExportOptions, ExportPlan, Result};
use wim_format::{Compression, ImageIndex, Limits};

use super::archive::{open, verify};
use crate::limits::limits;
use crate::repair::repaired;

/// The export of an image of any archive, copied as it is or stored uncompressed, fails or gives an archive in which our
/// own verification finds nothing wrong, and whose image is the same. So does one in the layout for pipes.
///
/// The file is tried as it is, and once more with its hashes made right.
pub fn export(data: &[u8]) {
    for_each_archive(data, |archive, _| {
        check(archive, ExportOptions::default());
        let mut options = ExportOptions::default();
        options.compression = Some(Compression::None);
        options.integrity = true;
        check(archive, options);
        let mut options = ExportOptions::default();
        options.pipable = true;
        check(archive, options);
        // What nobody looks at may be broken, but nothing else may happen.
        let mut options = ExportOptions::default();
        options.verify = false;
        let _ = write(archive, options, &mut Vec::new());
    });
}

/// The same for exports that compress everything anew, also into a solid resource.
pub fn recompress(data: &[u8]) {
    for_each_archive(data, |archive, _| {
        let formats = [
            (Compression::Xpress, 4 << 10, false),
            (Compression::Lzx, 32 << 10, false),
            (Compression::Xpress, 4 << 10, true),
        ];
        for (compression, chunk_size, solid) in formats {
            let mut options = ExportOptions::default();
            options.compression = Some(compression);
            options.chunk_size = Some(chunk_size);
            options.solid = Some(solid);
            options.solid_compression = Some(compression);
            options.solid_chunk_size = Some(chunk_size);
            options.recompress = true;
            options.level = Level::FAST;
            check(archive, options);
        }
    });
}

/// Opens the file as it is, and with its hashes made right.
pub(super) fn for_each_archive(data: &[u8], check: impl Fn(&Archive, &[u8])) {
    for file in [Some(data.to_vec()), repaired(data)].into_iter().flatten() {
        if let Ok(archive) = open(file.clone(), limits()) {
            check(&archive, &file);
        }
    }
}

fn check(archive: &Archive, mut options: ExportOptions) {
    options.threads = Some(NonZeroUsize::MIN);
    let mut file = Vec::new();
    if write(archive, options, &mut file).is_err() {
        return;
    }
    let copy = open(file, Limits::default()).expect("what is exported can be opened");
    let report = verify(&copy, true).expect("what is exported can be verified");
    assert!(report.is_ok(), "{:?}", report.problems);
    assert!(copy.warnings().is_empty(), "{:?}", copy.warnings());
    let metadata = |archive: &Archive| archive.metadata_bytes(ImageIndex::FIRST).expect("it was exported");
    assert!(metadata(&copy) == metadata(archive));
}

fn write(archive: &Archive, options: ExportOptions, file: &mut Vec<u8>) -> Result<()> {
    let plan = ExportPlan::new(archive, &[ImageIndex::FIRST], options)?;
    let planned = plan.summary();
    let written = plan.write(file, &mut ())?;
    assert_eq!((written.blobs, written.bytes, written.size), (planned.blobs, planned.bytes, file.len() as u64));
    Ok(())
}
