//! Tar archives that may be hostile.

use std::num::NonZeroUsize;
use std::sync::Arc;

use wim_export::{Archive, ArchiveDraft, Result};
use wim_format::{Compression, FileTime, ImageIndex};
use wim_fs::{Capture, OnDuplicate, TarOptions, TarSource, write_tar};

use super::archive::verify;
use crate::input::Input;
use crate::limits::limits;

/// A file with holes is no larger: its zeros are hashed.
const MAX_SPARSE: u64 = 1 << 20;

/// A tar archive is refused, or becomes an image in which our own verification finds nothing wrong. As a stream it comes to
/// the same as in a file, and the tar archive that the image is written as becomes the same image again.
///
/// It is tried as it is, and once more with the sums of its headers made right.
pub fn from_tar(data: &[u8]) {
    let mut input = Input::new(data);
    let bits = input.u8();
    let tar = input.rest();
    for tar in [tar.to_vec(), with_right_sums(tar)] {
        check(&tar, bits);
    }
}

fn check(tar: &[u8], bits: u8) {
    let mut options = TarOptions::default();
    options.limits = limits();
    options.max_sparse = MAX_SPARSE;
    options.unix_data = bits & 1 != 0;
    options.on_duplicate = if bits & 2 != 0 { OnDuplicate::Last } else { OnDuplicate::Fail };
    let read = |source: TarSource<'_>| Capture::from_tar(source, &options, &mut ()).and_then(finish);
    let file = TarSource::file("input", Arc::new(tar.to_vec())).and_then(read);
    if bits & 4 != 0 {
        let stream = read(TarSource::stream("input", tar, std::env::temp_dir()));
        assert_eq!(file.is_ok(), stream.is_ok());
        if let (Ok(file), Ok(stream)) = (&file, &stream) {
            assert!(metadata(file) == metadata(stream));
        }
    }
    let Ok(archive) = file else { return };
    let report = verify(&archive, false).expect("what was read can be verified");
    assert!(report.is_ok(), "{:?}", report.problems);
    let mut again = Vec::new();
    write_tar(&archive, ImageIndex::FIRST, &mut again, &mut ()).expect("an image can be written");
    let source = TarSource::file("again", Arc::new(again)).expect("it is in memory");
    let second = Capture::from_tar(source, &options, &mut ()).and_then(finish).expect("what we write, we read");
    assert!(metadata(&archive) == metadata(&second), "the image is another one");
}

fn finish(capture: Capture) -> Result<Archive> {
    let mut draft = ArchiveDraft::new(Compression::None);
    let xml = capture.xml().cloned().unwrap_or_default();
    capture.add_to(&mut draft, xml, FileTime(0), Some(NonZeroUsize::MIN), &mut ())?;
    draft.finish()
}

fn metadata(archive: &Archive) -> Vec<u8> {
    archive.metadata_bytes(ImageIndex::FIRST).expect("it was put in")
}

/// The same with the right sum in everything that looks like a header.
fn with_right_sums(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    let (blocks, _) = tar.as_chunks_mut::<512>();
    for block in blocks.iter_mut().filter(|block| &block[257..262] == b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    tar
}
