//! Splitting: parts of the wanted size that together are the archive, and joining them again.

mod util;

use std::path::{Path, PathBuf};

use testdata::cases::WIMS;
use wim_export::{Archive, DestinationOptions, ExportOptions, OpenOptions, PartSummary, SplitPlan};
use wim_format::{HeaderFlags, ImageIndex};

fn split(source: &Archive, part_size: u64, first: &Path, options: ExportOptions) -> Vec<PartSummary> {
    let plan = SplitPlan::new(source, part_size, options).unwrap();
    let summary = plan.write(first, &DestinationOptions::default(), &mut ()).unwrap();
    let total: u64 = summary.parts.iter().map(|part| part.size).sum();
    assert!(total <= plan.space() + summary.parts.len() as u64 * 8192, "{total} > {}", plan.space());
    summary.parts
}

fn open_set(parts: &[PathBuf]) -> Archive {
    let others = parts[1..].iter();
    others.fold(OpenOptions::new(), |options, part| options.reference(part)).open(&parts[0]).unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_set_of_parts_holds_what_the_archive_held() {
    for case in WIMS {
        let folder = tempfile::tempdir().unwrap();
        let source = util::open(case).unwrap();
        let part_size = source.file_len().max(12_000) / 3 + 6000;
        let parts = split(&source, part_size, &folder.path().join("set.swm"), ExportOptions::default());
        let paths: Vec<PathBuf> = parts.iter().map(|part| part.path.clone()).collect();
        assert_eq!(files(folder.path()).len(), parts.len(), "{}", case.file);
        let set = open_set(&paths);
        let report = util::check(&set).unwrap();
        assert!(report.is_ok() && report.warnings.is_empty(), "{}: {report:?}", case.file);
        for image in source.images() {
            assert!(util::contents(&set, image.get()) == util::contents(&source, image.get()), "{}", case.file);
        }
        assert_eq!(set.boot_index(), source.boot_index(), "{}", case.file);
        assert_eq!(set.header().flags.contains(HeaderFlags::SPANNED), parts.len() > 1, "{}", case.file);
    }
}

#[test]
fn parts_keep_to_the_size_unless_one_resource_is_larger() {
    let folder = tempfile::tempdir().unwrap();
    let source = Archive::open(testdata::path("wims/two-images-lzx.wim")).unwrap();
    let parts = split(&source, 40_000, &folder.path().join("set.swm"), ExportOptions::default());
    assert!(parts.len() > 2);
    assert!(parts.iter().all(|part| part.size <= 40_000), "{parts:?}");
    assert_eq!(parts[1].path, folder.path().join("set2.swm"));
}

#[test]
fn without_all_its_parts_a_set_says_which_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let source = Archive::open(testdata::path("wims/two-images-lzx.wim")).unwrap();
    let parts = split(&source, 40_000, &folder.path().join("set.swm"), ExportOptions::default());
    let without_second = OpenOptions::new().reference(&parts[2].path).open(&parts[0].path).unwrap();
    let error = util::check(&without_second).unwrap_err().to_string();
    assert!(error.contains("missing: 2"), "{error}");
}

#[test]
fn a_failed_split_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let source = Archive::open(testdata::path("wims/two-images-lzx.wim")).unwrap();
    let plan = SplitPlan::new(&source, 40_000, ExportOptions::default()).unwrap();
    let mut events = 0;
    let mut cancel = |_: wim_export::Event| {
        events += 1;
        if events > 12 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    };
    plan.write(folder.path().join("set.swm"), &DestinationOptions::default(), &mut cancel).unwrap_err();
    assert_eq!(files(folder.path()), [""; 0]);
}

/// A part that could not take its place left those there that had taken theirs.
#[test]
fn a_split_that_fails_at_the_very_end_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let source = Archive::open(testdata::path("wims/two-images-lzx.wim")).unwrap();
    let plan = SplitPlan::new(&source, 40_000, ExportOptions::default()).unwrap();
    let (first, second) = (folder.path().join("set.swm"), folder.path().join("set2.swm"));
    // Somebody makes a folder where the second part is to be, after that was checked.
    let mut obstruct = |_: wim_export::Event| {
        if files(folder.path()).iter().any(|name| name.starts_with(".set3")) {
            let _ = std::fs::create_dir(&second);
        }
        std::ops::ControlFlow::Continue(())
    };
    plan.write(&first, &DestinationOptions::default(), &mut obstruct).unwrap_err();
    assert_eq!(files(folder.path()), ["set2.swm"]);
}

#[test]
fn peers_read_the_set() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = Archive::open(testdata::path("wims/two-images-lzx.wim")).unwrap();
    let mut options = ExportOptions::default();
    options.integrity = true;
    let parts = split(&source, 40_000, &folder.path().join("set.swm"), options);
    let names: Vec<&str> = parts.iter().map(|part| part.path.file_name().unwrap().to_str().unwrap()).collect();
    let glob = format!("--ref={}", folder.path().join("set*.swm").display());
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(&wimlib).args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["verify", "set.swm", &glob]);
    run(&[&["join", "joined.wim"][..], &names, &["--check"]].concat());
    let joined = Archive::open(folder.path().join("joined.wim")).unwrap();
    assert!(util::check(&joined).unwrap().is_ok());
    assert_eq!(joined.images().count(), source.images().count());
    assert!(util::contents(&joined, 2) == util::contents(&source, 2));
    assert!(joined.blob(&source.image(ImageIndex::FIRST).unwrap().blob_references().next().unwrap().0).is_some());
}
