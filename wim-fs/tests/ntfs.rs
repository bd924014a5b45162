//! Windows' metadata on an NTFS volume, both ways. Needs root, `mkntfs`, `ntfs-3g` and FUSE; skipped visibly without.
#![cfg(target_os = "linux")]
#![expect(clippy::big_endian_bytes, reason = "of NTFS-3G's attributes, the big-endian ones are the same on every host")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use wim_export::{Archive, ArchiveDraft, ExportOptions, ExportPlan, Target};
use wim_format::{Compression, FileAttributes, FileTime, ImageIndex, TaggedItems, XmlImage};
use wim_fs::{Capture, CaptureOptions, ExtractOptions, ExtractPlan, ExtractReport, NotRestored, Selection};

/// An NTFS volume in a file, mounted unless a peer works on it.
struct Volume {
    folder: tempfile::TempDir,
}

impl Volume {
    fn new() -> Option<Self> {
        let mkntfs = testdata::peer("mkntfs")?;
        testdata::peer("ntfs-3g")?;
        let volume = Self { folder: tempfile::tempdir().unwrap() };
        File::create(volume.image()).unwrap().set_len(64 << 20).unwrap();
        std::fs::create_dir(volume.root()).unwrap();
        let made = quiet(mkntfs).args(["-F", "-Q"]).arg(volume.image()).status().unwrap().success();
        if !made || !volume.mount() {
            let _ = writeln!(std::io::stderr(), "skipped: an NTFS volume cannot be mounted here: no root, or no FUSE");
            return None;
        }
        Some(volume)
    }

    fn mount(&self) -> bool {
        quiet("ntfs-3g").arg(self.image()).arg(self.root()).status().unwrap().success()
    }

    /// Makes the kernel forget what it knows: of what became a link it believes otherwise.
    fn remount(&self) {
        self.unmount();
        assert!(self.mount());
    }

    fn unmount(&self) {
        assert!(quiet("umount").arg(self.root()).status().unwrap().success());
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("mounted")
    }
}

fn quiet(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = quiet("umount").arg(self.root()).status();
    }
}

/// What is left out of a comparison, because somebody cannot read or write it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Without {
    Nothing,
    /// wimlib knows nothing of extended attributes, NTFS-3G tells no short name of a file with several names, and reading a file
    /// changes the time of access.
    WhatOneLacks,
}

/// Everything about every file that an NTFS volume keeps.
fn facts(archive: &Archive, without: Without) -> BTreeMap<String, Vec<String>> {
    let metadata = archive.image(ImageIndex::FIRST).unwrap();
    let mut facts = BTreeMap::new();
    for (id, dentry) in metadata.walk().skip(1) {
        let inode = metadata.inode(dentry.inode);
        let all = without == Without::Nothing;
        let extended = inode.tagged.get(TaggedItems::EXTENDED_ATTRIBUTES).filter(|_| all);
        let mut of_file = vec![
            format!("attributes {:x}", inode.attributes.without(FileAttributes::NORMAL).0),
            format!("times {:?}", [inode.creation_time, inode.last_write_time]),
            format!("time of access {:?}", Some(inode.last_access_time).filter(|_| all)),
            format!("short name {:?}", Some(&dentry.short_name).filter(|_| all || inode.link_count == 1)),
            format!("descriptor {:?}", inode.security_id.and_then(|id| metadata.security().get(id))),
            format!("object id {:?}", inode.tagged.get(TaggedItems::OBJECT_ID).map(|id| &id[..16])),
            format!("reparse {:?}", inode.reparse.map(|reparse| (reparse.tag, reparse.reserved))),
            format!("extended attributes {extended:?}"),
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

/// What the XML counts.
fn statistics(archive: &Archive) -> [Option<u64>; 4] {
    let xml = archive.xml().image(ImageIndex::FIRST).unwrap();
    [xml.dir_count(), xml.file_count(), xml.total_bytes(), xml.hard_link_bytes()]
}

fn assert_same(found: &Archive, expected: &Archive, without: Without) {
    let (found_facts, expected_facts) = (facts(found, without), facts(expected, without));
    let paths = |facts: &BTreeMap<String, Vec<String>>| facts.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(&found_facts), paths(&expected_facts));
    for (path, expected) in &expected_facts {
        assert!(found_facts[path] == *expected, "{path}: {:#?} {expected:#?}", found_facts[path]);
    }
    assert_eq!(statistics(found), statistics(expected));
}

fn capture(source: &Path) -> Archive {
    let mut draft = ArchiveDraft::new(Compression::None);
    let capture = Capture::scan(source, &CaptureOptions::default()).unwrap();
    let skipped: Vec<_> = capture.report().skipped.iter().filter(|skipped| !is_hidden(source, skipped)).collect();
    assert!(skipped.is_empty(), "{skipped:?}");
    capture.add_to(&mut draft, XmlImage::new(), FileTime(0), None, &mut ()).unwrap();
    draft.finish().unwrap()
}

/// Whether it is what NTFS-3G cannot read: the descriptor of a root that mkntfs made, the short name of a file with several names.
fn is_hidden(root: &Path, skipped: &wim_fs::Skipped) -> bool {
    let (path, why) = (Path::new(&skipped.path), &skipped.why);
    path == root && why.contains("descriptor") || path.ends_with("z linked") && why.contains("short name")
}

fn apply(archive: &Archive, destination: &Path) -> ExtractReport {
    let options = ExtractOptions::default();
    let plan = ExtractPlan::new(archive, ImageIndex::FIRST, &Selection::All, destination, options).unwrap();
    plan.run(&mut ()).unwrap()
}

fn export(archive: &Archive, target: &mut dyn Target) {
    let plan = ExportPlan::new(archive, &[ImageIndex::FIRST], ExportOptions::default()).unwrap();
    plan.write(target, &mut ()).unwrap();
}

fn set(path: &Path, name: &str, value: &[u8]) {
    rustix::fs::lsetxattr(path, name, value, rustix::fs::XattrFlags::empty())
        .unwrap_or_else(|error| panic!("{name} of {}: {error}", path.display()));
}

/// Makes files with everything that NTFS keeps.
fn fill(volume: &Volume) {
    let root = volume.root();
    let attributes = |path: &Path, attributes: u32| set(path, "system.ntfs_attrib_be", &attributes.to_be_bytes());
    let file = |name: &str, data: &[u8]| {
        let path = root.join(name);
        std::fs::write(&path, data).unwrap();
        path
    };
    let folder = |name: &str| {
        let path = root.join(name);
        std::fs::create_dir(&path).unwrap();
        path
    };
    attributes(&file("hidden and read-only", b"hidden"), 0x27);
    attributes(&file("not indexed, temporary", b"temporary"), 0x2120);
    file("empty", b"");
    file("zeros.bin", &[0; 300_000]);
    file("large.bin", &testdata::content::random(1, 5_000_000));
    let (streams, folder_with_stream) = (file("streams", b"data"), folder("folder with a stream"));
    set(&streams, "user.stream", b"a stream");
    set(&streams, "user.empty", b"");
    set(&streams, "user.long", &testdata::content::random(2, 60_000));
    set(&folder_with_stream, "user.stream", b"of a folder");
    let short = file("a long name.text", b"short");
    set(&short, "system.ntfs_dos_name", b"ALONGN~1.TEX");
    set(&folder("a long folder name"), "system.ntfs_dos_name", b"ALONGF~1");
    // Of a file of two names, the one that is not the first has a short one.
    let linked = file("z linked", b"linked");
    set(&linked, "system.ntfs_dos_name", b"ZLINKE~1");
    std::fs::hard_link(&linked, root.join("a long folder name/linked")).unwrap();
    set(&file("object id", b"id"), "system.ntfs_object_id", &[7; 16]);
    // O:BA G:BA D:(A;;FA;;;SY), absolute times that no clock gives.
    let mut descriptor = vec![1, 0, 4, 0x80, 0x14, 0, 0, 0, 0x24, 0, 0, 0, 0, 0, 0, 0, 0x34, 0, 0, 0];
    let administrators = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
    descriptor.extend(administrators.repeat(2));
    descriptor.extend([2, 0, 28, 0, 1, 0, 0, 0, 0, 0, 20, 0, 0xFF, 1, 0x1F, 0, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]);
    let guarded = file("guarded", b"guarded");
    set(&guarded, "system.ntfs_acl", &descriptor);
    let times = [0x01D0_0000_0000_0001_u64, 0x01D1_0000_0000_0002, 0x01D2_0000_0000_0003, 0x01D1_0000_0000_0002];
    set(&guarded, "system.ntfs_times_be", &times.map(u64::to_be_bytes).concat());
    let compressed = folder("compressed");
    attributes(&compressed, 0x810);
    std::fs::write(compressed.join("file"), [b'c'; 200_000]).unwrap();
    std::fs::create_dir(compressed.join("below")).unwrap();
    std::fs::create_dir(compressed.join("not below")).unwrap();
    attributes(&compressed.join("not below"), 0x10);
    std::fs::write(compressed.join("not below/file"), [b'n'; 200_000]).unwrap();
    let sparse = File::create(root.join("sparse")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&sparse, b"end", 1 << 20).unwrap();
    let junction: Vec<u8> = [r"\??\C:\target", r"C:\target"].iter().flat_map(|name| utf16(name)).collect();
    let mut reparse = vec![3, 0, 0, 0xA0, 8 + junction.len() as u8, 0, 0, 0, 0, 0, 26, 0, 28, 0, 18, 0];
    reparse.extend(junction);
    set(&folder("junction"), "system.ntfs_reparse_data", &reparse);
    let target: Vec<u8> = ["large.bin", "large.bin"].iter().flat_map(|name| utf16(name)).collect();
    let mut reparse = vec![12, 0, 0, 0xA0, 12 + target.len() as u8, 0, 0, 0, 0, 0, 18, 0, 20, 0, 18, 0, 1, 0, 0, 0];
    reparse.extend(target);
    set(&file("symbolic link", b""), "system.ntfs_reparse_data", &reparse);
    let extended = b"\x10\0\0\0\0\x02\x03\0AA\x00123\0\0\x18\0\0\0\x80\x06\x06\0LONGER\0xyzxyz\0\0\0";
    set(&file("extended attributes", b"extended"), "system.ntfs_ea", extended);
    drop(sparse);
    volume.remount();
}

/// With a zero.
fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn what_windows_has_survives_apply_and_capture() {
    let Some(volume) = Volume::new() else { return };
    let archive = Archive::from_source(Arc::new(testdata::read("wims/ntfs.wim"))).unwrap();
    let destination = volume.root().join("applied");
    let report = apply(&archive, &destination);
    assert_eq!(report.not_restored, NotRestored::default());
    let (expected, found) = (facts(&archive, Without::Nothing), facts(&capture(&destination), Without::Nothing));
    for (path, expected) in &expected {
        match found.get(path) {
            // A file without a descriptor inherits one, and the fixture has no times of access to speak of.
            Some(found) => {
                let same = |(found, expected): (&String, &String)| found == expected || expected == "descriptor None";
                assert_eq!(found.len(), expected.len(), "{path}: {found:#?} {expected:#?}");
                assert!(found.iter().zip(expected).all(same), "{path}: {found:#?} {expected:#?}");
            }
            None => assert!(report.skipped.iter().any(|skipped| skipped.path == *path), "{path}"),
        }
    }
}

#[test]
fn everything_that_a_volume_keeps_goes_to_another_one() {
    let (Some(from), Some(to)) = (Volume::new(), Volume::new()) else { return };
    fill(&from);
    let archive = capture(&from.root());
    let report = apply(&archive, &to.root());
    assert_eq!((report.not_restored, report.skipped), (NotRestored::default(), Vec::new()));
    to.remount();
    assert_same(&capture(&to.root()), &archive, Without::Nothing);
}

#[test]
fn wimlib_captures_from_a_volume_what_we_capture() {
    let (Some(wimlib), Some(volume)) = (testdata::peer("wimlib-imagex"), Volume::new()) else { return };
    fill(&volume);
    let ours = capture(&volume.root());
    volume.unmount();
    let file = volume.folder.path().join("wimlib.wim");
    assert!(quiet(wimlib).arg("capture").arg(volume.image()).arg(&file).status().unwrap().success());
    // wimlib counts the root and all streams; Microsoft, and we in an export, do not.
    let mut bytes = Vec::new();
    export(&Archive::open(&file).unwrap(), &mut bytes);
    assert_same(&ours, &Archive::from_source(Arc::new(bytes)).unwrap(), Without::WhatOneLacks);
}

#[test]
fn wimlib_applies_to_a_volume_what_we_captured() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let (Some(from), Some(to)) = (Volume::new(), Volume::new()) else { return };
    fill(&from);
    let ours = capture(&from.root());
    let file = from.folder.path().join("ours.wim");
    export(&ours, &mut File::options().read(true).write(true).create_new(true).open(&file).unwrap());
    to.unmount();
    assert!(quiet(wimlib).arg("apply").arg(&file).arg("1").arg(to.image()).status().unwrap().success());
    assert!(to.mount());
    assert_same(&capture(&to.root()), &ours, Without::WhatOneLacks);
}

#[test]
fn we_apply_to_a_volume_what_wimlib_captured() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let (Some(from), Some(to)) = (Volume::new(), Volume::new()) else { return };
    fill(&from);
    from.unmount();
    let file = from.folder.path().join("wimlib.wim");
    assert!(quiet(&wimlib).arg("capture").arg(from.image()).arg(&file).status().unwrap().success());
    let archive = Archive::open(&file).unwrap();
    let report = apply(&archive, &to.root());
    assert_eq!((report.not_restored, report.skipped), (NotRestored::default(), Vec::new()));
    to.unmount();
    let again = to.folder.path().join("wimlib.wim");
    assert!(quiet(wimlib).arg("capture").arg(to.image()).arg(&again).status().unwrap().success());
    assert_same(&Archive::open(&again).unwrap(), &archive, Without::Nothing);
}

#[test]
fn a_short_name_that_cannot_be_read_is_told_of() {
    let Some(volume) = Volume::new() else { return };
    fill(&volume);
    let capture = Capture::scan(&volume.root(), &CaptureOptions::default()).unwrap();
    let told = capture.report().skipped.iter().filter(|skipped| skipped.why.contains("short name"));
    assert_eq!(told.map(|skipped| Path::new(&skipped.path)).collect::<Vec<_>>(), [volume.root().join("z linked")]);
}

#[test]
fn streams_that_a_mount_hides_are_told_of() {
    let Some(volume) = Volume::new() else { return };
    std::fs::write(volume.root().join("streams"), b"data").unwrap();
    set(&volume.root().join("streams"), "user.stream", b"a stream");
    volume.unmount();
    let options = ["-o", "streams_interface=windows"];
    assert!(quiet("ntfs-3g").args(options).arg(volume.image()).arg(volume.root()).status().unwrap().success());
    let capture = Capture::scan(&volume.root(), &CaptureOptions::default()).unwrap();
    let skipped = capture.report().skipped.iter().filter(|skipped| !is_hidden(&volume.root(), skipped));
    let [skipped] = skipped.collect::<Vec<_>>()[..] else { panic!("{:?}", capture.report()) };
    assert!(skipped.path.ends_with("streams") && skipped.why.contains("streams_interface"), "{skipped:?}");
}
