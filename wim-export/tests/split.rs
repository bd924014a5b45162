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

/// What a journal says of a file.
fn stamp(path: &Path) -> String {
    let file = std::fs::metadata(path).unwrap();
    let changed = file.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    format!("{} {} {}", file.len(), changed.as_secs(), changed.subsec_nanos())
}

/// A folder in which a run was killed that replaced a set of many parts by one of fewer: all files of the new one are
/// complete, and the last `done` of them, or even the journal, have come to their places. `None` if there are not so many.
fn killed(done: usize) -> Option<(tempfile::TempDir, Archive, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let source = Archive::open(testdata::path("wims/two-images-lzx.wim")).unwrap();
    let old = split(&source, 30_000, &at("set.swm"), ExportOptions::default());
    let new_folder = tempfile::tempdir_in(folder.path()).unwrap();
    let new = split(&source, 50_000, &new_folder.path().join("set.swm"), ExportOptions::default());
    assert!(old.len() > new.len() && new.len() > 1);
    let (mut journal, mut moves) = ("wimsmith set 1\n".to_owned(), Vec::new());
    for (number, (new, old)) in new.iter().zip(&old).enumerate() {
        let name = new.path.file_name().unwrap().to_str().unwrap();
        let temp = at(&format!(".{name}.1.{number:016x}.tmp"));
        journal += &format!("part 1.{number:016x} {} {}\n", stamp(&new.path), stamp(&old.path));
        moves.push((new.path.clone(), temp, old.path.clone()));
    }
    for (number, old) in old.iter().enumerate().skip(new.len()) {
        journal += &format!("rest {} {}\n", number + 1, stamp(&old.path));
    }
    std::fs::write(at(".set.swm.wimsmith-set"), journal + "end\n").unwrap();
    for (new, temp, place) in &moves {
        std::fs::rename(new, temp).unwrap();
        if moves.len() - moves.iter().position(|(other, ..)| other == new).unwrap() <= done {
            std::fs::rename(temp, place).unwrap();
        }
    }
    (done <= moves.len()).then_some((folder, source, new.len()))
}

#[test]
fn whoever_opens_a_set_that_a_killed_run_was_replacing_gets_the_new_one() {
    for done in 0.. {
        let Some((folder, source, count)) = killed(done) else { break };
        // By any of its files.
        let name = if done % 2 == 0 { "set.swm" } else { "set2.swm" };
        Archive::open(folder.path().join(name)).unwrap();
        let paths: Vec<PathBuf> =
            (1..=count).map(|n| wim_export::part_path(&folder.path().join("set.swm"), n)).collect();
        let set = open_set(&paths);
        assert!(util::check(&set).unwrap().is_ok(), "{done}");
        assert!(util::contents(&set, 2) == util::contents(&source, 2));
        assert_eq!(files(folder.path()).len(), count, "{done}: {:?}", files(folder.path()));
    }
}

#[test]
fn a_file_that_somebody_changed_since_is_left_alone() {
    let (folder, ..) = killed(1).unwrap();
    let mine = folder.path().join("set.swm");
    std::fs::write(&mine, "mine").unwrap();
    for _ in 0..2 {
        let error = Archive::open(&mine).unwrap_err().to_string();
        assert!(error.contains(".NAME.wimsmith-set"), "{error}");
        wim_export::Destination::create(&mine, &DestinationOptions::default()).unwrap_err();
        assert_eq!(std::fs::read(&mine).unwrap(), b"mine");
    }
    // Whoever gives the set up can go on, and the next set tidies up.
    std::fs::remove_file(folder.path().join(".set.swm.wimsmith-set")).unwrap();
    let source = Archive::open(testdata::path("wims/two-images-lzx.wim")).unwrap();
    let parts = split(&source, 1 << 20, &mine, ExportOptions::default());
    assert_eq!(parts.len(), 1);
    let hidden: Vec<String> = files(folder.path()).into_iter().filter(|name| name.starts_with('.')).collect();
    assert!(hidden.iter().all(|name| !name.contains(".swm.")), "{hidden:?}");
}

/// The journal came back after a power failure, though the run had given up and removed it.
#[test]
fn a_journal_of_nothing_goes() {
    let (folder, ..) = killed(0).unwrap();
    for name in files(folder.path()).iter().filter(|name| name.ends_with(".tmp") && name.contains(".swm.")) {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    let before = files(folder.path()).len();
    Archive::open(folder.path().join("set.swm")).unwrap();
    assert_eq!(files(folder.path()).len(), before - 1);
}

#[test]
fn a_new_set_takes_the_place_of_all_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("set.swm");
    let source = Archive::open(testdata::path("wims/two-images-lzx.wim")).unwrap();
    let old = split(&source, 30_000, &first, ExportOptions::default());
    let guid = Archive::open(&first).unwrap().header().guid;
    std::fs::write(folder.path().join("set99.swm"), "of another set").unwrap();
    let parts = split(&source, 50_000, &first, ExportOptions::default());
    assert!(parts.len() < old.len());
    assert_eq!(files(folder.path()).len(), parts.len() + 1);
    assert_ne!(Archive::open(&first).unwrap().header().guid, guid, "parts of both are never taken for one set");
    let again = tempfile::tempdir().unwrap();
    let same = split(&source, 50_000, &again.path().join("other.swm"), ExportOptions::default());
    assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&same[0].path).unwrap());
    // With backups, nothing of the old one is lost.
    let plan = SplitPlan::new(&source, 1 << 20, ExportOptions::default()).unwrap();
    let mut options = DestinationOptions::default();
    options.on_exists = wim_export::OnExists::Backup;
    plan.write(&first, &options, &mut ()).unwrap();
    let names = files(folder.path());
    assert!(names.contains(&"set.swm.bak".to_owned()) && names.contains(&"set2.swm.bak".to_owned()), "{names:?}");
    assert_eq!(names.len(), parts.len() + 2, "{names:?}");
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
