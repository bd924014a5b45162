//! Files: locks, and what a file keeps when it is replaced.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::{TempDir, tempdir};
use wim_export::boot::ReturnCode;
use wim_export::{
    AppendPlan, ArchiveFile, DeletePlan, Destination, DestinationOptions, DestinationProblem, Error, ExportOptions,
    ExportPlan, InfoEdit, OpenOptions,
};

use crate::common::{append, assert_sound, case, index, named};
use crate::util;

/// A copy of a fixture.
fn copy(file: &str) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("archive.wim");
    fs::write(&path, testdata::read(file)).unwrap();
    (folder, path)
}

fn open(path: &std::path::Path) -> ArchiveFile {
    ArchiveFile::open(path, &OpenOptions::new()).unwrap()
}

#[test]
fn a_file_comes_out_as_it_does_in_memory() {
    let (folder, path) = copy("wims/lzx-32k.wim");
    let source = util::open(case("wims/none.wim")).unwrap();
    let mut file = open(&path);
    let plan = AppendPlan::new(file.archive(), &source, &[index(1)], named()).unwrap();
    let summary = plan.write(file.file(), &mut ()).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert!(bytes == append(&testdata::read("wims/lzx-32k.wim"), &source, 1, named()).unwrap());
    assert_eq!(summary.size, bytes.len() as u64);
    drop(file);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn of_two_who_change_a_file_one_waits_for_another_time() {
    let (_folder, path) = copy("wims/none.wim");
    let first = open(&path);
    let error = ArchiveFile::open(&path, &OpenOptions::new()).unwrap_err();
    assert!(matches!(error, Error::Destination { why: DestinationProblem::Locked, .. }), "{error}");
    assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_SHARING_VIOLATION);
    // Readers are not in the way, nor is this in theirs.
    assert!(util::check(&wim_export::Archive::open(&path).unwrap()).unwrap().is_ok());
    drop(first);
    open(&path);
}

#[test]
fn many_who_append_at_once_lose_nothing() {
    let (_folder, path) = copy("wims/none.wim");
    let source = util::open(case("wims/boot-x86.wim")).unwrap();
    let appended = std::thread::scope(|scope| {
        let run = |number: usize| {
            let (path, source) = (&path, &source);
            move || -> bool {
                let Ok(mut file) = ArchiveFile::open(path, &OpenOptions::new()) else { return false };
                let mut options = ExportOptions::default();
                options.name = Some(format!("appended {number}"));
                let plan = AppendPlan::new(file.archive(), source, &[index(1)], options).unwrap();
                plan.write(file.file(), &mut ()).unwrap();
                true
            }
        };
        let runs: Vec<_> = (0..8).map(|number| scope.spawn(run(number))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).filter(|&appended| appended).count()
    });
    assert!(appended > 0);
    let archive = wim_export::Archive::open(&path).unwrap();
    assert_eq!(archive.image_count() as usize, 1 + appended);
    assert_sound(&archive);
}

#[test]
fn wimlib_and_this_keep_each_other_away() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let (_folder, path) = copy("wims/none.wim");
    let source = testdata::path("wims/boot-x86.wim");
    let export = || Command::new(&wimlib).arg("export").args([source.as_path()]).arg("1").arg(&path).output().unwrap();
    let file = open(&path);
    let before = fs::read(&path).unwrap();
    const ALREADY_LOCKED: i32 = 1;
    assert_eq!(export().status.code(), Some(ALREADY_LOCKED));
    assert!(fs::read(&path).unwrap() == before);
    drop(file);
    assert!(export().status.success());
}

#[test]
fn who_replaces_a_file_and_who_changes_it_keep_each_other_away() {
    let (folder, path) = copy("wims/none.wim");
    let before = fs::read(&path).unwrap();
    let replace = || Destination::create(&path, &DestinationOptions::default());
    let file = open(&path);
    let error = replace().unwrap_err();
    assert!(matches!(error, Error::Destination { why: DestinationProblem::Locked, .. }), "{error}");
    drop(file);
    let destination = replace().unwrap();
    let error = ArchiveFile::open(&path, &OpenOptions::new()).unwrap_err();
    assert!(matches!(error, Error::Destination { why: DestinationProblem::Locked, .. }), "{error}");
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        let source = testdata::path("wims/boot-x86.wim");
        assert!(!Command::new(wimlib).arg("export").arg(source).arg("1").arg(&path).output().unwrap().status.success());
    }
    drop(destination);
    open(&path);
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_missing_file_and_a_folder() {
    let folder = tempdir().unwrap();
    let missing = ArchiveFile::open(folder.path().join("missing.wim"), &OpenOptions::new()).unwrap_err();
    assert_eq!(ReturnCode::from(&missing), ReturnCode::ERROR_FILE_NOT_FOUND, "{missing}");
    let error = ArchiveFile::open(folder.path(), &OpenOptions::new()).unwrap_err();
    assert!(matches!(error, Error::Destination { why: DestinationProblem::NotAFile, .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_keeps_its_mode_and_the_link_to_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let (folder, path) = copy("wims/two-images.wim");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link.wim");
    symlink("archive.wim", &link).unwrap();
    let file = open(&link);
    let guid = file.archive().header().guid;
    let plan = DeletePlan::new(file.archive(), &[index(1)], false).unwrap().rebuild(ExportOptions::default()).unwrap();
    file.replace(plan, &mut ()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let archive = wim_export::Archive::open(&path).unwrap();
    assert_eq!((archive.image_count(), archive.header().guid), (1, guid));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_failed_replacement_leaves_the_file_and_nothing_else() {
    let (folder, path) = copy("wims/two-images.wim");
    let before = fs::read(&path).unwrap();
    let file = open(&path);
    let plan = ExportPlan::rebuild(file.archive(), &[index(1)], ExportOptions::default()).unwrap();
    let mut cancel = |_: wim_export::Event| std::ops::ControlFlow::Break(());
    assert!(matches!(file.replace(plan, &mut cancel), Err(Error::Cancelled)));
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn several_changes_need_the_file_opened_anew() {
    let (_folder, path) = copy("wims/none.wim");
    let mut file = open(&path);
    let mut edit = InfoEdit::new(file.archive()).unwrap();
    edit.set_property(index(1), "NAME", Some("new")).unwrap();
    edit.write(file.file(), &mut ()).unwrap();
    let after = fs::read(&path).unwrap();
    let error = edit.write(file.file(), &mut ()).unwrap_err();
    assert!(matches!(error, Error::Update { .. }), "{error}");
    assert!(fs::read(&path).unwrap() == after);
}
