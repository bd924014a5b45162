//! The built-in profiles: what they remove, to the byte, and what they leave.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use testdata::build::{Image, Wim};
use testdata::peer;
use wim_export::finalize::{FinalizeOptions, FinalizeReport, Profile, finalize};
use wim_export::{Archive, ExportOptions, ImageEditor};
use wim_format::{BlobLocation, Compression, ImageIndex};

use crate::common::{archive, pe};
use crate::util;

/// What shrink-safe removes: path and content.
const JUNK: [&str; 30] = [
    "Windows/CbsTemp/30993/a.cab",
    "Windows/Temp/b.tmp",
    "Windows/Temp/deep/er/c.tmp",
    "Windows/WinSxS/ManifestCache/d.bin",
    "Windows/WinSxS/Temp/PendingDeletes/e",
    "Windows/WinSxS/Temp/TransformerRollbackData/f",
    "Windows/WinSxS/Temp/InFlight/g/h",
    "Windows/WinSxS/Temp/PendingRenames/i",
    "Windows/INF/setupapi.offline.log",
    "Windows/Logs/CBS/cbs.log",
    "Windows/Logs/DISM/dism.txt",
    "Windows/Panther/setupact.log",
    "Windows/Panther/UnattendGC/diag.etl",
    "Windows/debug/x/y.log",
    "Windows/System32/LogFiles/WMI/z.etl",
    "Windows/System32/winevt/Logs/System.evtx",
    "Windows/WindowsUpdate.log",
    "Windows/Minidump/m.dmp",
    "Windows/MEMORY.DMP",
    "pagefile.sys",
    "hiberfil.sys",
    "swapfile.sys",
    "System Volume Information/tracking.log",
    "$Recycle.Bin/S-1-5/desktop.ini",
    "Windows/CSC/v2/n",
    "Windows/SoftwareDistribution/Download/o",
    "Windows/System32/config/SYSTEM.LOG1",
    "Windows/System32/config/x.regtrans-ms",
    "Windows/System32/config/TxR/y.blf",
    "Windows/System32/config/RegBack/SYSTEM",
];

/// What looks alike and stays.
const KEPT: [&str; 9] = [
    "Windows/Panther/unattend.xml",
    "Windows/WinSxS/ManifestCache/keep.txt",
    "Windows/WinSxS/Temp/other/file",
    "Windows/INF/oem0.inf",
    "Windows/System32/drivers/a.log",
    "Windows/System32/winevt/Logs/readme.txt",
    "Windows/servicing/Packages/a.mum",
    "sms/bin/x64/TSBootShell.log",
    "Users/Default/pagefile.sys",
];

/// Directories whose content goes, and which go themselves.
const GONE: [&str; 8] = [
    r"\Windows\CbsTemp\30993",
    r"\Windows\Temp\deep",
    r"\Windows\WinSxS\Temp\InFlight\g",
    r"\System Volume Information",
    r"\$Recycle.Bin",
    r"\Windows\CSC",
    r"\Windows\SoftwareDistribution\Download",
    r"\Windows\System32\config\TxR\z",
];

/// Directories that stay, although everything in them goes.
const EMPTIED: [&str; 8] = [
    r"\Windows\CbsTemp",
    r"\Windows\Temp",
    r"\Windows\WinSxS\Temp\InFlight",
    r"\Windows\Logs\CBS",
    r"\Windows\System32\LogFiles\WMI",
    r"\Windows\Panther\UnattendGC",
    r"\Windows\Minidump",
    r"\Windows\debug\x",
];

fn content(path: &str) -> String {
    format!("content of {path}; {}", "a line that is compressed away. ".repeat(path.len()))
}

fn with_junk() -> Image {
    let image = JUNK.iter().chain(&KEPT).fold(pe(), |image, path| image.file(path, content(path)));
    // Data that something else has, too, frees nothing.
    image.file("Windows/Temp/shared.tmp", "shared").file("Windows/shared.txt", "shared")
}

/// The image in an archive as this library writes it, with data that nothing needs.
fn source() -> Archive {
    let bytes = Wim::new().image(with_junk()).boot_index(1).unreferenced("nobody needs this").to_bytes();
    let mut options = ExportOptions::default();
    options.compression = Some(Compression::Lzx);
    util::from_bytes(util::export(&util::from_bytes(bytes).unwrap(), &[1], options).unwrap()).unwrap()
}

fn run(archive: &Archive, profile: &str) -> (ImageEditor, FinalizeReport) {
    let mut editor = ImageEditor::new(archive, ImageIndex::FIRST).unwrap();
    let profile = Profile::built_in(profile).unwrap();
    let report = finalize(&mut editor, &profile, &FinalizeOptions::default()).unwrap();
    (editor, report)
}

fn export(editor: ImageEditor) -> Vec<u8> {
    let edited = editor.into_single(None, &mut ()).unwrap();
    util::export(&edited, &[1], ExportOptions::default()).unwrap()
}

fn paths(editor: &ImageEditor) -> BTreeSet<String> {
    editor.metadata().walk().map(|(id, _)| editor.metadata().path(id)).collect()
}

/// Bytes of all blobs, in the file and uncompressed.
fn blob_bytes(archive: &Archive) -> (u64, u64) {
    let stored = |location: &BlobLocation| match location {
        BlobLocation::Resource(resource) => resource.size_in_wim,
        BlobLocation::Solid { .. } => 0,
    };
    let blobs = archive.blob_table().blobs();
    (blobs.iter().map(|blob| stored(&blob.location)).sum(), blobs.iter().map(|blob| blob.size).sum())
}

#[test]
fn shrink_safe_removes_exactly_what_it_says() {
    let archive = source();
    let before = paths(&ImageEditor::new(&archive, ImageIndex::FIRST).unwrap());
    let (editor, report) = run(&archive, "shrink-safe");
    let after = paths(&editor);
    let gone: BTreeSet<_> = before.difference(&after).cloned().collect();
    let mut expected: BTreeSet<String> = JUNK.iter().map(|path| format!("\\{}", path.replace('/', "\\"))).collect();
    expected.insert(r"\Windows\Temp\shared.tmp".to_owned());
    for directory in [
        r"\Windows\CbsTemp\30993",
        r"\Windows\Temp\deep",
        r"\Windows\Temp\deep\er",
        r"\Windows\WinSxS\Temp\InFlight\g",
        r"\System Volume Information",
        r"\$Recycle.Bin",
        r"\$Recycle.Bin\S-1-5",
        r"\Windows\CSC",
        r"\Windows\CSC\v2",
        r"\Windows\SoftwareDistribution\Download",
        r"\Windows\System32\config\TxR",
        r"\Windows\System32\config\RegBack",
    ] {
        expected.insert(directory.to_owned());
    }
    assert_eq!(gone, expected);
    assert_eq!(after.difference(&before).count(), 0);
    for path in KEPT {
        assert!(editor.exists(path), "{path}");
    }
    for path in EMPTIED {
        assert!(editor.exists(path), "{path}");
    }
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    assert_eq!(report.steps.iter().map(|step| step.entries_removed).sum::<u64>(), expected.len() as u64);
}

#[test]
fn what_the_report_claims_is_what_the_output_saves_to_the_byte() {
    let archive = source();
    let (none, _) = run(&archive, "none");
    let (safe, report) = run(&archive, "shrink-safe");
    let (none, safe) = (util::from_bytes(export(none)).unwrap(), util::from_bytes(export(safe)).unwrap());
    let sum = |of: fn(&wim_export::finalize::StepReport) -> u64| report.steps.iter().map(of).sum::<u64>();
    let (before, after) = (blob_bytes(&none), blob_bytes(&safe));
    assert_eq!(before.0 - after.0, sum(|step| step.stored_bytes_freed));
    assert_eq!(before.1 - after.1, sum(|step| step.bytes_freed));
    let blobs = |archive: &Archive| archive.blob_table().blobs().len() as u64;
    assert_eq!(blobs(&none) - blobs(&safe), sum(|step| step.blobs_freed));
    // Beside the data, only the metadata and the tables are smaller.
    let tables = |archive: &Archive| {
        let metadata = archive.blob_table().metadata(ImageIndex::FIRST).unwrap().resource.size_in_wim;
        metadata + archive.header().blob_table.size_in_wim + archive.header().xml_data.size_in_wim
    };
    let saved = none.file_len() - safe.file_len();
    assert_eq!(saved, before.0 - after.0 + tables(&none) - tables(&safe));
    let of_tally = (report.before.bytes - report.after.bytes, report.before.stored_bytes - report.after.stored_bytes);
    assert_eq!(of_tally, (before.1 - after.1, before.0 - after.0));
}

#[test]
fn nothing_that_stays_changes() {
    let archive = source();
    let (editor, _) = run(&archive, "shrink-safe");
    let kept = paths(&editor);
    let written = util::from_bytes(export(editor)).unwrap();
    let of = |archive: &Archive| util::contents(archive, 1);
    let path = |name: &str| name.split(':').next().unwrap().to_owned();
    let expected: Vec<_> = of(&archive).into_iter().filter(|(name, _)| kept.contains(&path(name))).collect();
    assert!(of(&written) == expected);
    assert!(util::check(&written).unwrap().is_ok());
}

#[test]
fn none_changes_nothing_and_again_nothing() {
    let archive = source();
    let (editor, report) = run(&archive, "none");
    assert_eq!(report.before, report.after);
    let once = export(editor);
    let twice = export(run(&util::from_bytes(once.clone()).unwrap(), "none").0);
    assert!(once == twice);
    assert!(once == util::export(&archive, &[1], ExportOptions::default()).unwrap());
}

#[test]
fn shrinking_again_finds_nothing() {
    let (editor, _) = run(&source(), "shrink-safe");
    let shrunk = util::from_bytes(export(editor)).unwrap();
    let (_, report) = run(&shrunk, "shrink-safe");
    assert_eq!(report.before, report.after);
}

#[test]
fn shrink_aggressive_removes_more_and_nothing_protected() {
    let image = with_junk()
        .file("Windows/WinSxS/Backup/a.exe", "backup")
        .file("Windows/Help/b.chm", "help")
        .file("Windows/System32/migration/c.dll", "migration")
        .file("Windows/System32/wbem/Repository/OBJECTS.DATA", "wmi");
    let (editor, report) = run(&archive(image), "shrink-aggressive");
    for path in ["Windows/WinSxS/Backup/a.exe", "Windows/Help/b.chm", "Windows/System32/migration/c.dll"] {
        assert!(!editor.exists(path), "{path}");
    }
    assert!(editor.exists(r"\Windows\System32\wbem\Repository") && editor.exists(r"\Windows\Boot\EFI\bootmgfw.efi"));
    assert!(report.steps.iter().all(|step| step.outcome != wim_export::finalize::Outcome::Skipped));
}

#[test]
fn wimboot_ready_changes_nothing() {
    let (_, report) = run(&archive(pe()), "wimboot-ready");
    assert_eq!(report.before, report.after);
}

/// Every path of a folder, as an image has it, with the bytes of files.
fn tree(root: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('/', "\\");
            found.insert(format!("\\{name}"), path.is_file().then(|| std::fs::read(&path).unwrap()));
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

#[test]
fn what_wimlib_applies_differs_by_exactly_the_steps() {
    let Some(wimlib) = peer("wimlib-imagex") else { return };
    let folder = tempfile::tempdir().unwrap();
    let archive = source();
    let applied = |name: &str, editor: ImageEditor| {
        let (file, out) = (folder.path().join(format!("{name}.wim")), folder.path().join(name));
        std::fs::write(&file, export(editor)).unwrap();
        assert!(Command::new(&wimlib).arg("apply").arg(file).arg("1").arg(&out).output().unwrap().status.success());
        tree(&out)
    };
    let (none, safe) = (run(&archive, "none").0, run(&archive, "shrink-safe").0);
    let removed: BTreeSet<_> = paths(&none).difference(&paths(&safe)).cloned().collect();
    assert!(!removed.is_empty());
    let mut expected = applied("none", none);
    expected.retain(|path, _| !removed.contains(path));
    assert!(applied("safe", safe) == expected);
}

#[test]
fn wimlib_applies_what_is_left() {
    let Some(wimlib) = peer("wimlib-imagex") else { return };
    let folder = tempfile::tempdir().unwrap();
    let archive = source();
    let (editor, _) = run(&archive, "shrink-safe");
    let kept: BTreeSet<_> = paths(&editor);
    let path = folder.path().join("safe.wim");
    std::fs::write(&path, export(editor)).unwrap();
    let out = Command::new(&wimlib).arg("dir").arg(&path).arg("1").output().unwrap();
    let listed = String::from_utf8(out.stdout).unwrap();
    let listed: BTreeSet<_> = listed.lines().map(|line| line.replace('/', "\\")).collect();
    assert_eq!(listed, kept);
    let out = folder.path().join("out");
    assert!(Command::new(&wimlib).arg("apply").arg(&path).arg("1").arg(&out).output().unwrap().status.success());
    assert_eq!(std::fs::read_to_string(out.join(KEPT[0])).unwrap(), content(KEPT[0]));
    assert!(GONE.iter().all(|path| !out.join(path[1..].replace('\\', "/")).exists()));
    if let Some(seven_zip) = peer("7zz") {
        assert!(Command::new(seven_zip).arg("t").arg(&path).output().unwrap().status.success());
    }
}
