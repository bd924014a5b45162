//! What wimlib and 7-Zip make of changed archives, and this of theirs.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;
use testdata::cases::Case;
use wim_export::{AppendPlan, ArchiveFile, DeletePlan, ExportOptions, OpenOptions};

use crate::common::{assert_sound, case, changeable, changes, everything, index, named, reopen};
use crate::util;

/// Runs a peer, and checks that it is content.
#[track_caller]
fn assert_content(command: &mut Command) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
}

/// Checks that all peers find the archive at `path` in order.
fn assert_accepted(path: &Path, case: &Case) {
    if let Some(wimlib) = testdata::peer("wimlib-imagex") {
        let mut command = Command::new(wimlib);
        command.arg("verify").arg(path);
        for reference in case.references {
            command.arg(format!("--ref={}", testdata::path(reference).display()));
        }
        assert_content(&mut command);
    }
    // 7-Zip knows no delta archives.
    if let Some(seven_zip) = testdata::peer("7zz").filter(|_| case.references.is_empty()) {
        assert_content(Command::new(seven_zip).arg("t").arg(path));
    }
}

#[test]
fn every_change_of_every_archive_is_accepted() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("archive.wim");
    for case in changeable() {
        for (name, change) in changes() {
            if name == "delete" && case.images.len() == 1 {
                continue;
            }
            fs::write(&path, testdata::read(case.file)).unwrap();
            let references = case.references.iter().map(|file| testdata::path(file));
            let options = references.fold(OpenOptions::new(), OpenOptions::reference);
            let mut file = ArchiveFile::open(&path, &options).unwrap();
            let archive = file.archive().clone();
            change(&archive, file.file()).unwrap();
            drop(file);
            assert_accepted(&path, case);
        }
    }
}

#[test]
fn wimlib_appends_to_what_was_appended_and_the_other_way_round() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let folder = tempdir().unwrap();
    let path = folder.path().join("archive.wim");
    let theirs = testdata::path("wims/two-images.wim");
    let (first, second) = (util::open(case("wims/none.wim")).unwrap(), util::open(case("wims/boot-x86.wim")).unwrap());
    for case in changeable() {
        fs::write(&path, testdata::read(case.file)).unwrap();
        let ours = |source: &wim_export::Archive, name: &str| {
            let mut file = ArchiveFile::open(&path, &OpenOptions::new()).unwrap();
            let mut options = ExportOptions::default();
            options.name = Some(name.to_owned());
            let plan = AppendPlan::new(file.archive(), source, &[index(1)], options).unwrap();
            plan.write(file.file(), &mut ()).unwrap();
        };
        ours(&first, "first");
        let between = fs::read(&path).unwrap();
        assert_content(Command::new(&wimlib).arg("export").arg(&theirs).arg("2").arg(&path).arg("theirs"));
        let after = fs::read(&path).unwrap();
        // It appended too: had it found the archive in disorder, it would have written all of it anew.
        assert!(after[208..between.len()] == between[208..], "{}", case.file);
        ours(&second, "second");
        let archive = reopen(case, fs::read(&path).unwrap());
        assert_sound(&archive);
        let all = everything(&archive);
        let count = all.len();
        assert!(all[..count - 3] == everything(&util::open(case).unwrap()));
        assert!(all[count - 3] == everything(&first)[0]);
        assert!(all[count - 2] == everything(&util::open(crate::common::case("wims/two-images.wim")).unwrap())[1]);
        assert!(all[count - 1] == everything(&second)[0]);
        assert_accepted(&path, case);
    }
}

#[test]
fn what_is_deleted_and_optimized_is_accepted() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("archive.wim");
    let source = util::open(case("wims/boot-x86.wim")).unwrap();
    for case in changeable().filter(|case| case.references.is_empty()) {
        fs::write(&path, testdata::read(case.file)).unwrap();
        let mut file = ArchiveFile::open(&path, &OpenOptions::new()).unwrap();
        let plan = AppendPlan::new(file.archive(), &source, &[index(1)], named()).unwrap();
        plan.write(file.file(), &mut ()).unwrap();
        drop(file);
        let mut file = ArchiveFile::open(&path, &OpenOptions::new()).unwrap();
        let plan = DeletePlan::new(file.archive(), &[index(1)], false).unwrap();
        plan.soft().unwrap().write(file.file(), &mut ()).unwrap();
        drop(file);
        assert_accepted(&path, case);
        let file = ArchiveFile::open(&path, &OpenOptions::new()).unwrap();
        let plan = DeletePlan::new(file.archive(), &[], false).unwrap();
        let plan = plan.rebuild(ExportOptions::default()).unwrap();
        file.replace(plan, &mut ()).unwrap();
        assert_accepted(&path, case);
    }
}
