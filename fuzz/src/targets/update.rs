//! Changes of archives that may be hostile, in place.

use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};

use testdata::build::{Image, Wim};
use wim_export::{AppendPlan, Archive, ArchiveWriter, DeletePlan, ExportOptions, InfoEdit, NewBlob, NewImage, Result};
use wim_format::{ImageIndex, ImageMetadata, Inode, Limits, XmlImage};

use super::archive::{open, verify};
use super::export::for_each_archive;

/// A change of any archive in place - of its XML, of its integrity table, one image more, one image less - fails and leaves
/// the file as it was, or gives an archive that opens, has the other images unchanged, and has nothing wrong unless it had
/// before.
///
/// The file is tried as it is, and once more with its hashes made right.
pub fn update(data: &[u8]) {
    for_each_archive(data, |archive, file| {
        let was_right = verify(archive, true).is_ok_and(|report| report.is_ok());
        for change in CHANGES {
            let mut target = file.to_vec();
            let Ok(kept) = change(archive, &mut target) else {
                assert!(target == file || is_without_tail(&target, archive), "what fails changes nothing");
                continue;
            };
            let changed = open(target, Limits::default()).expect("what is changed can be opened");
            let report = verify(&changed, true);
            let is_right = report.as_ref().is_ok_and(|report| report.is_ok());
            assert!(is_right || !was_right, "{report:?}");
            for (new, &old) in changed.images().zip(&kept) {
                let metadata = [archive.metadata_bytes(old).ok(), changed.metadata_bytes(new).ok()];
                assert!(metadata[0] == metadata[1], "image {old}");
            }
        }
    });
}

/// A change of an archive's file, which gives the old numbers of the images that come first.
type Change = fn(&Archive, &mut Vec<u8>) -> Result<Vec<ImageIndex>>;

const CHANGES: [Change; 6] = [rename, drop_integrity, add_integrity, append, append_files, delete];

fn rename(archive: &Archive, target: &mut Vec<u8>) -> Result<Vec<ImageIndex>> {
    let mut edit = InfoEdit::new(archive)?;
    edit.set_property(ImageIndex::FIRST, "NAME", Some("a new name"))?;
    edit.set_boot(Some(ImageIndex::FIRST))?;
    edit.write(target, &mut ())?;
    Ok(archive.images().collect())
}

fn drop_integrity(archive: &Archive, target: &mut Vec<u8>) -> Result<Vec<ImageIndex>> {
    let mut edit = InfoEdit::new(archive)?;
    edit.set_integrity(false);
    edit.write(target, &mut ())?;
    Ok(archive.images().collect())
}

fn add_integrity(archive: &Archive, target: &mut Vec<u8>) -> Result<Vec<ImageIndex>> {
    let mut edit = InfoEdit::new(archive)?;
    edit.set_integrity(true);
    edit.write(target, &mut ())?;
    Ok(archive.images().collect())
}

fn append(archive: &Archive, target: &mut Vec<u8>) -> Result<Vec<ImageIndex>> {
    static SOURCE: LazyLock<Archive> = LazyLock::new(|| {
        let image = Image::new("appended").file(r"\docs\new.txt", "new data").file("a", "hello, hello, hello");
        open(Wim::new().image(image).to_bytes(), Limits::default()).expect("a valid archive")
    });
    let mut options = ExportOptions::default();
    options.threads = Some(NonZeroUsize::MIN);
    AppendPlan::new(archive, &SOURCE, &[ImageIndex::FIRST], options)?.write(target, &mut ())?;
    Ok(archive.images().collect())
}

fn append_files(archive: &Archive, target: &mut Vec<u8>) -> Result<Vec<ImageIndex>> {
    let mut options = ExportOptions::default();
    options.threads = Some(NonZeroUsize::MIN);
    let mut writer = ArchiveWriter::append(archive, target, options)?;
    let blobs = ["new data", "hello, hello, hello"].map(|data| NewBlob::new(data, Arc::new(data.as_bytes().to_vec())));
    let hashes = writer.add_data(blobs.to_vec(), &mut ())?;
    let mut metadata = ImageMetadata::new();
    for (name, hash) in ["a", "b"].into_iter().zip(hashes) {
        let added = metadata.add_child(metadata.root(), name.into(), Inode::file(hash));
        added.expect("a new name");
    }
    writer.push_image(NewImage { metadata, xml: XmlImage::new() });
    writer.finish(&mut ())?;
    Ok(archive.images().collect())
}

fn delete(archive: &Archive, target: &mut Vec<u8>) -> Result<Vec<ImageIndex>> {
    let plan = DeletePlan::new(archive, &[ImageIndex::FIRST], true)?;
    plan.soft()?.write(target, &mut ())?;
    Ok(plan.remaining().to_vec())
}

/// Whether `target` is the archive without what a writer that died left behind it.
fn is_without_tail(target: &[u8], archive: &Archive) -> bool {
    let same = open(target.to_vec(), archive.limits().clone());
    same.is_ok_and(|same| same.header() == archive.header() && same.blob_table() == archive.blob_table())
}
