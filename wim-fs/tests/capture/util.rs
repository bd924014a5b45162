//! Folders captured into memory.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use wim_export::{Archive, ArchiveDraft, ExportOptions, ExportPlan};
use wim_format::{Compression, FileTime, ImageIndex, XmlImage};
use wim_fs::{Capture, CaptureOptions, CaptureReport, ExtractOptions, ExtractPlan, Selection};

/// The time of every capture.
pub(crate) const NOW: FileTime = FileTime(133_500_000_000_000_000);

/// Captures a folder, and returns the bytes of the archive.
pub(crate) fn capture(source: &Path, options: &CaptureOptions) -> (Vec<u8>, CaptureReport) {
    let capture = Capture::scan(source, options).unwrap();
    let mut draft = ArchiveDraft::new(Compression::Xpress);
    if let Some((archive, _)) = &options.template {
        draft.add_base(archive).unwrap();
    }
    let mut xml = XmlImage::new();
    xml.set_name(Some("captured")).unwrap();
    let report = capture.add_to(&mut draft, xml, NOW, None, &mut ()).unwrap();
    let archive = draft.finish().unwrap();
    let mut out = Vec::new();
    let plan = ExportPlan::new(&archive, &[ImageIndex::FIRST], ExportOptions::default()).unwrap();
    plan.write(&mut out, &mut ()).unwrap();
    (out, report)
}

pub(crate) fn open(bytes: Vec<u8>) -> Archive {
    Archive::from_source(Arc::new(bytes)).unwrap()
}

pub(crate) fn apply(archive: &Archive, destination: &Path, edit: impl FnOnce(&mut ExtractOptions)) {
    let mut options = ExtractOptions::default();
    edit(&mut options);
    let plan = ExtractPlan::new(archive, ImageIndex::FIRST, &Selection::All, destination, options).unwrap();
    plan.run(&mut ()).unwrap();
}

/// Every path with what is there: kind, mode, content or target, time, number of names.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, (u32, Vec<u8>, i64, i64, u64)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_symlink() {
                fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
            } else if metadata.is_file() {
                fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            let links = if metadata.is_dir() { 0 } else { metadata.nlink() };
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            found.insert(name, (metadata.mode(), content, metadata.mtime(), metadata.mtime_nsec() / 100, links));
        }
    }
    found
}
