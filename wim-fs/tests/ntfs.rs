//! Windows' metadata on an NTFS volume, both ways. Needs root, `mkntfs`, `ntfs-3g` and FUSE; skipped visibly without.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use wim_export::{Archive, ArchiveDraft};
use wim_format::{Compression, FileTime, ImageIndex, TaggedItems, XmlImage};
use wim_fs::{Capture, CaptureOptions, ExtractOptions, ExtractPlan, Selection};

/// A mounted NTFS volume, in a file.
struct Volume {
    folder: tempfile::TempDir,
}

impl Volume {
    fn new() -> Option<Self> {
        let (mkntfs, ntfs_3g) = (testdata::peer("mkntfs")?, testdata::peer("ntfs-3g")?);
        let volume = Self { folder: tempfile::tempdir().unwrap() };
        let image = volume.folder.path().join("image");
        File::create(&image).unwrap().set_len(32 << 20).unwrap();
        std::fs::create_dir(volume.root()).unwrap();
        let quiet = |program: &Path| {
            let mut command = Command::new(program);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let made = quiet(&mkntfs).args(["-F", "-Q"]).arg(&image).status().unwrap().success();
        if !made || !quiet(&ntfs_3g).arg(&image).arg(volume.root()).status().unwrap().success() {
            let _ = writeln!(std::io::stderr(), "skipped: an NTFS volume cannot be mounted here: no root, or no FUSE");
            return None;
        }
        Some(volume)
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("mounted")
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.root()).stderr(Stdio::null()).status();
    }
}

/// Everything about every file that an NTFS volume keeps.
fn facts(archive: &Archive, image: ImageIndex) -> BTreeMap<String, Vec<String>> {
    let metadata = archive.image(image).unwrap();
    let mut facts = BTreeMap::new();
    for (id, dentry) in metadata.walk().skip(1) {
        let inode = metadata.inode(dentry.inode);
        let mut of_file = vec![
            format!("attributes {:x}", inode.attributes.0 & 0x27),
            format!("times {:?}", [inode.creation_time, inode.last_write_time]),
            format!("short name {}", dentry.short_name),
            format!("descriptor {:?}", inode.security_id.and_then(|id| metadata.security().get(id))),
            format!("object id {:?}", inode.tagged.get(TaggedItems::OBJECT_ID)),
            format!("reparse {:?}", inode.reparse.map(|reparse| (reparse.tag, reparse.reserved))),
            format!("names {}", inode.link_count),
        ];
        let mut streams: Vec<String> = inode
            .streams()
            .filter(|stream| !stream.hash.is_zero() || stream.name.is_some())
            // The kernel lets nobody read the named streams of a link.
            .filter(|stream| stream.name.is_none() || inode.reparse.is_none())
            .map(|stream| format!("{:?} {:?} {}", stream.kind, stream.name, stream.hash))
            .collect();
        streams.sort();
        of_file.append(&mut streams);
        facts.insert(metadata.path(id), of_file);
    }
    facts
}

fn capture(source: &Path) -> Archive {
    let mut draft = ArchiveDraft::new(Compression::None);
    let capture = Capture::scan(source, &CaptureOptions::default()).unwrap();
    capture.add_to(&mut draft, XmlImage::new(), FileTime(0), None, &mut ()).unwrap();
    draft.finish().unwrap()
}

#[test]
fn what_windows_has_survives_apply_and_capture() {
    let Some(volume) = Volume::new() else { return };
    let archive = Archive::from_source(Arc::new(testdata::read("wims/ntfs.wim"))).unwrap();
    let destination = volume.root().join("applied");
    let options = ExtractOptions::default();
    let plan = ExtractPlan::new(&archive, ImageIndex::FIRST, &Selection::All, &destination, options).unwrap();
    let report = plan.run(&mut ()).unwrap();
    let (expected, found) = (facts(&archive, ImageIndex::FIRST), facts(&capture(&destination), ImageIndex::FIRST));
    let lost = report.not_restored;
    assert_eq!([lost.security, lost.attributes, lost.short_names, lost.streams, lost.object_ids], [0; 5]);
    for (path, expected) in &expected {
        match found.get(path) {
            // A file without a descriptor inherits one.
            Some(found) => {
                let same = |(found, expected): (&String, &String)| found == expected || expected == "descriptor None";
                assert_eq!(found.len(), expected.len(), "{path}: {found:#?} {expected:#?}");
                assert!(found.iter().zip(expected).all(same), "{path}: {found:#?} {expected:#?}");
            }
            None => assert!(report.skipped.iter().any(|skipped| skipped.path == *path), "{path}"),
        }
    }
}
