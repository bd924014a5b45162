//! The commit protocol: the old file or the complete new one, and nothing else, whatever happens.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use tempfile::{TempDir, tempdir};
use wim_export::{Destination, DestinationOptions, DestinationProblem, Error, OnExists, Result, is_same_file};

fn options(on_exists: OnExists) -> DestinationOptions {
    let mut options = DestinationOptions::default();
    options.on_exists = on_exists;
    options
}

fn write(path: &Path, content: &[u8], options: &DestinationOptions) -> Result<Option<PathBuf>> {
    let mut destination = Destination::create(path, options)?;
    destination.file().write_all(content).unwrap();
    destination.commit()
}

fn replace(path: &Path, content: &[u8]) -> Result<Option<PathBuf>> {
    write(path, content, &DestinationOptions::default())
}

#[track_caller]
fn problem<T>(result: Result<T>) -> DestinationProblem {
    match result {
        Err(Error::Destination { why, .. }) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it worked"),
    }
}

/// What is in a folder, in order.
fn names(folder: &Path) -> Vec<OsString> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

/// A folder with the file `out`, which holds `old`.
fn folder_with_old() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    fs::write(&out, "old").unwrap();
    (folder, out)
}

#[test]
fn a_new_file_appears_when_it_is_committed_and_not_before() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    let mut destination = Destination::create(&out, &DestinationOptions::default()).unwrap();
    destination.file().write_all(b"new").unwrap();
    assert!(!out.exists());
    assert_eq!(destination.commit().unwrap(), None);
    assert_eq!(fs::read(&out).unwrap(), b"new");
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn dropping_it_leaves_the_old_file_and_nothing_else() {
    let (folder, out) = folder_with_old();
    let mut destination = Destination::create(&out, &DestinationOptions::default()).unwrap();
    destination.file().write_all(b"half of the n").unwrap();
    assert_eq!(names(folder.path()).len(), 3, "old file, temporary file, lock");
    drop(destination);
    assert_eq!(fs::read(&out).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn a_panic_leaves_nothing() {
    let (folder, out) = folder_with_old();
    let panic = std::panic::catch_unwind(|| {
        let _destination = Destination::create(&out, &DestinationOptions::default()).unwrap();
        std::panic::resume_unwind(Box::new("on purpose"));
    });
    assert!(panic.is_err());
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn names_that_no_file_has_are_refused() {
    let folder = tempdir().unwrap();
    for name in ["", ".", "..", "x/", "x/.", "x/..", "nul\0inside"] {
        let path = if name.is_empty() { PathBuf::new() } else { folder.path().join(name) };
        let result = Destination::create(&path, &DestinationOptions::default());
        assert_eq!(problem(result), DestinationProblem::InvalidName, "{name:?}");
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
#[cfg(unix)]
fn paths_of_windows_are_refused_elsewhere() {
    for path in [r"\\server\share\boot.wim", r"c:\winPE\boot.wim"] {
        let result = Destination::check(Path::new(path), &DestinationOptions::default());
        assert_eq!(problem(result), DestinationProblem::InvalidName, "{path}");
    }
}

#[test]
fn a_missing_folder_is_an_error_or_is_created() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("a/b/out");
    assert_eq!(problem(replace(&out, b"new")), DestinationProblem::NoParent);
    let mut mkdirs = DestinationOptions::default();
    mkdirs.mkdirs = true;
    drop(Destination::create(&out, &mkdirs).unwrap());
    assert!(names(folder.path()).is_empty(), "folders are not left, either");
    write(&out, b"new", &mkdirs).unwrap();
    assert_eq!(fs::read(&out).unwrap(), b"new");
    assert_eq!(names(out.parent().unwrap()), ["out"]);
}

#[test]
fn a_file_as_folder_is_an_error() {
    let (_folder, out) = folder_with_old();
    assert_eq!(problem(replace(&out.join("x"), b"new")), DestinationProblem::NoParent);
}

#[test]
fn what_is_no_file_is_not_replaced() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("dir")).unwrap();
    assert_eq!(problem(replace(&folder.path().join("dir"), b"new")), DestinationProblem::NotAFile);
    if cfg!(unix) {
        assert_eq!(problem(replace(Path::new("/dev/null"), b"new")), DestinationProblem::NotAFile);
    }
}

#[test]
fn an_existing_file_stays_if_it_shall() {
    let (folder, out) = folder_with_old();
    assert_eq!(problem(write(&out, b"new", &options(OnExists::Fail))), DestinationProblem::Exists);
    assert_eq!(fs::read(&out).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn a_file_that_appears_while_another_is_written_stays_if_it_shall() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    let mut destination = Destination::create(&out, &options(OnExists::Fail)).unwrap();
    destination.file().write_all(b"new").unwrap();
    fs::write(&out, "somebody else's").unwrap();
    assert_eq!(problem(destination.commit()), DestinationProblem::Exists);
    assert_eq!(fs::read(&out).unwrap(), b"somebody else's");
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn backups_are_numbered() {
    let (folder, out) = folder_with_old();
    let backup = options(OnExists::Backup);
    assert_eq!(write(&out, b"1", &backup).unwrap(), Some(folder.path().join("out.bak")));
    assert_eq!(write(&out, b"2", &backup).unwrap(), Some(folder.path().join("out.bak.1")));
    assert_eq!(write(&out, b"3", &backup).unwrap(), Some(folder.path().join("out.bak.2")));
    assert_eq!(names(folder.path()), ["out", "out.bak", "out.bak.1", "out.bak.2"]);
    for (name, content) in [("out", "3"), ("out.bak", "old"), ("out.bak.1", "1"), ("out.bak.2", "2")] {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), content, "{name}");
    }
}

#[test]
fn there_is_no_backup_of_nothing() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    assert_eq!(write(&out, b"new", &options(OnExists::Backup)).unwrap(), None);
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
#[cfg(unix)]
fn the_backup_of_a_run_that_was_killed_is_taken_over() {
    let (folder, out) = folder_with_old();
    fs::hard_link(&out, folder.path().join("out.bak")).unwrap();
    assert_eq!(write(&out, b"new", &options(OnExists::Backup)).unwrap(), Some(folder.path().join("out.bak")));
    assert_eq!(names(folder.path()), ["out", "out.bak"]);
    assert_eq!(fs::read(folder.path().join("out.bak")).unwrap(), b"old");
}

#[test]
fn the_destination_is_there_at_all_times() {
    for on_exists in [OnExists::Replace, OnExists::Backup] {
        let (_folder, out) = folder_with_old();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                while !done.load(SeqCst) {
                    let content = fs::read(&out).expect("it is there");
                    assert!(content == b"old" || content.len() == 5000, "{} bytes", content.len());
                }
            });
            for _ in 0..100 {
                write(&out, &[7; 5000], &options(on_exists)).unwrap();
            }
            done.store(true, SeqCst);
            watcher.join().unwrap();
        });
    }
}

#[test]
fn a_second_run_fails_at_once() {
    let (folder, out) = folder_with_old();
    let destination = Destination::create(&out, &DestinationOptions::default()).unwrap();
    assert_eq!(problem(replace(&out, b"second")), DestinationProblem::Locked);
    let elsewhere = std::thread::scope(|scope| scope.spawn(|| replace(&out, b"third")).join().unwrap());
    assert_eq!(problem(elsewhere), DestinationProblem::Locked);
    // Another destination in the same folder is free.
    replace(&folder.path().join("other"), b"x").unwrap();
    drop(destination);
    // A process that another test starts holds the lock, too, until it becomes another program.
    let mut tries = (0..1000).map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        replace(&out, b"fourth")
    });
    assert!(tries.any(|tried| tried.is_ok()), "the lock is given back");
    assert_eq!(fs::read(&out).unwrap(), b"fourth");
    assert_eq!(names(folder.path()), ["other", "out"]);
}

#[test]
#[cfg(unix)]
fn a_link_has_the_lock_of_its_target() {
    let (folder, out) = folder_with_old();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("out", &link).unwrap();
    let _destination = Destination::create(&out, &DestinationOptions::default()).unwrap();
    assert_eq!(problem(replace(&link, b"new")), DestinationProblem::Locked);
}

#[test]
fn of_many_threads_one_holds_the_lock() {
    let (folder, out) = folder_with_old();
    let (holders, commits) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while commits.load(SeqCst) < 200 {
                    match Destination::create(&out, &DestinationOptions::default()) {
                        Ok(mut destination) => {
                            assert_eq!(holders.fetch_add(1, SeqCst), 0, "two at once");
                            destination.file().write_all(&[1; 3000]).unwrap();
                            holders.fetch_sub(1, SeqCst);
                            destination.commit().unwrap();
                            commits.fetch_add(1, SeqCst);
                        }
                        error => assert_eq!(problem(error), DestinationProblem::Locked),
                    }
                }
            });
        }
    });
    assert_eq!(fs::read(&out).unwrap(), [1; 3000]);
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn what_a_killed_run_left_is_removed_and_nothing_else() {
    let (folder, out) = folder_with_old();
    let stale = [".out.1.0123456789abcdef.tmp", ".out.99999.fedcba9876543210.tmp", ".out.wimsmith-lock"];
    let foreign = [".out.2.1.0123456789abcdef.tmp", ".out.tmp", ".other.1.0123456789abcdef.tmp", "x.tmp"];
    for name in stale.iter().chain(&foreign) {
        fs::write(folder.path().join(name), "x").unwrap();
    }
    replace(&out, b"new").unwrap();
    let mut expected: Vec<OsString> = foreign.iter().map(OsString::from).collect();
    expected.push("out".into());
    expected.sort();
    assert_eq!(names(folder.path()), expected);
}

#[test]
fn the_temporary_file_can_be_kept() {
    let (folder, out) = folder_with_old();
    let mut keep = DestinationOptions::default();
    keep.keep_temp = true;
    let mut destination = Destination::create(&out, &keep).unwrap();
    destination.file().write_all(b"half").unwrap();
    let temp = destination.temp_path().to_path_buf();
    drop(destination);
    assert_eq!(fs::read(&temp).unwrap(), b"half");
    replace(&out, b"new").unwrap();
    assert_eq!(names(folder.path()), ["out"], "the next run removes it");
}

#[test]
fn a_name_of_the_greatest_length_works() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("x".repeat(255));
    let destination = Destination::create(&out, &DestinationOptions::default()).unwrap();
    assert_eq!(problem(replace(&out, b"second")), DestinationProblem::Locked);
    destination.commit().unwrap();
    assert_eq!(names(folder.path()).len(), 1);
}

#[test]
fn a_bare_name_is_in_the_current_folder() {
    let name = format!("wimsmith-test-{}", std::process::id());
    replace(Path::new(&name), b"new").unwrap();
    assert_eq!(fs::read(&name).unwrap(), b"new");
    fs::remove_file(&name).unwrap();
}

#[test]
fn the_source_is_not_overwritten_by_less() {
    let (folder, out) = folder_with_old();
    let check = |options: DestinationOptions, destination: &Path, loses| options.check_source(destination, &out, loses);
    let replace = DestinationOptions::default();
    assert_eq!(problem(check(replace, &out, true)), DestinationProblem::IsSource);
    check(replace, &out, false).unwrap();
    check(replace, &folder.path().join("other"), true).unwrap();
    let mut allow = replace;
    allow.allow_self = true;
    check(allow, &out, true).unwrap();
    check(options(OnExists::Backup), &out, true).unwrap();
}

#[test]
#[cfg(unix)]
fn links_are_seen_through() {
    let (folder, out) = folder_with_old();
    let (hard, soft) = (folder.path().join("hard"), folder.path().join("soft"));
    fs::hard_link(&out, &hard).unwrap();
    std::os::unix::fs::symlink(&out, &soft).unwrap();
    assert!(is_same_file(&out, &hard) && is_same_file(&out, &soft) && is_same_file(&hard, &soft));
    assert!(!is_same_file(&out, &folder.path().join("missing")));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_new_file_has_the_rights_of_any_new_file() {
        let folder = tempdir().unwrap();
        let (out, other) = (folder.path().join("out"), folder.path().join("other"));
        fs::write(&other, "x").unwrap();
        let destination = Destination::create(&out, &DestinationOptions::default()).unwrap();
        assert_eq!(mode(destination.temp_path()), 0o600, "until then, it is nobody else's business");
        destination.commit().unwrap();
        assert_eq!(mode(&out), mode(&other));
    }

    #[test]
    fn a_replaced_file_passes_on_its_rights() {
        let (_folder, out) = folder_with_old();
        for rights in [0o600, 0o640, 0o444, 0o666] {
            fs::set_permissions(&out, fs::Permissions::from_mode(rights)).unwrap();
            let destination = Destination::create(&out, &DestinationOptions::default()).unwrap();
            assert_eq!(mode(destination.temp_path()), 0o600);
            destination.commit().unwrap();
            assert_eq!(mode(&out), rights);
        }
    }

    #[test]
    fn a_replaced_file_passes_on_its_owner() {
        let (_folder, out) = folder_with_old();
        // Only root may give files away.
        if std::os::unix::fs::chown(&out, Some(1000), Some(1001)).is_err() {
            eprintln!("skipped: not root");
            return;
        }
        replace(&out, b"new").unwrap();
        let metadata = fs::metadata(&out).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (1000, 1001));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_replaced_file_passes_on_its_extended_attributes() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};

        let (_folder, out) = folder_with_old();
        if setxattr(&out, "user.wimsmith", b"kept", XattrFlags::empty()).is_err() {
            eprintln!("skipped: no extended attributes here");
            return;
        }
        replace(&out, b"new").unwrap();
        let mut value = [0; 16];
        let len = getxattr(&out, "user.wimsmith", &mut value[..]).unwrap();
        assert_eq!(&value[..len], b"kept");
    }

    #[test]
    fn a_symbolic_link_is_followed_and_stays() {
        let (folder, out) = folder_with_old();
        fs::create_dir(folder.path().join("sub")).unwrap();
        let link = folder.path().join("sub/link");
        symlink("../out", &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&out).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["out", "sub"]);
    }

    #[test]
    fn a_dangling_link_gets_a_target_and_a_circle_is_an_error() {
        let folder = tempdir().unwrap();
        let (dangling, circle) = (folder.path().join("dangling"), folder.path().join("circle"));
        symlink("target", &dangling).unwrap();
        symlink("circle", &circle).unwrap();
        replace(&dangling, b"new").unwrap();
        assert_eq!(fs::read(folder.path().join("target")).unwrap(), b"new");
        assert_eq!(problem(replace(&circle, b"new")), DestinationProblem::NotAFile);
    }

    #[test]
    fn a_lock_that_is_a_link_is_not_followed() {
        let (folder, out) = folder_with_old();
        symlink("elsewhere", folder.path().join(".out.wimsmith-lock")).unwrap();
        assert!(replace(&out, b"new").is_err());
        assert!(!folder.path().join("elsewhere").exists());
    }
}

/// What the children of the tests below do: replace the file that this names, again and again or once.
const CHILD_FILE: &str = "WIMSMITH_TEST_FILE";
const CHILD_ROUNDS: &str = "WIMSMITH_TEST_ROUNDS";
const CHILD_BACKUP: &str = "WIMSMITH_TEST_BACKUP";
/// What they write.
static NEW: [u8; 100_000] = [5; 100_000];

/// The test program itself, which will run [`child`] only.
fn command(file: &Path, rounds: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--test-threads=1", "-q"]).env(CHILD_FILE, file).env(CHILD_ROUNDS, rounds);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn spawn(file: &Path, rounds: &str) -> Child {
    command(file, rounds).spawn().unwrap()
}

#[test]
fn child() {
    let (Some(file), Ok(rounds)) = (std::env::var_os(CHILD_FILE), std::env::var(CHILD_ROUNDS)) else { return };
    let on_exists = if std::env::var_os(CHILD_BACKUP).is_some() { OnExists::Backup } else { OnExists::Replace };
    for _ in 0..rounds.parse().unwrap() {
        write(Path::new(&file), &NEW, &options(on_exists)).unwrap();
    }
}

#[test]
fn another_process_is_kept_away() {
    let (folder, out) = folder_with_old();
    let destination = Destination::create(&out, &DestinationOptions::default()).unwrap();
    assert!(!spawn(&out, "1").wait().unwrap().success());
    drop(destination);
    assert!(spawn(&out, "1").wait().unwrap().success());
    assert_eq!(fs::read(&out).unwrap(), NEW);
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn killed_at_any_time_it_leaves_the_old_file_or_the_new_one() {
    let (folder, out) = folder_with_old();
    for round in 0..30 {
        fs::write(&out, "old").unwrap();
        let mut child = spawn(&out, "1000000");
        std::thread::sleep(Duration::from_micros(3000 + round * 731));
        child.kill().unwrap();
        child.wait().unwrap();
        let content = fs::read(&out).unwrap();
        assert!(content == b"old" || content == NEW, "{} bytes", content.len());
    }
    replace(&out, b"next").unwrap();
    assert_eq!(names(folder.path()), ["out"], "the next run tidies up");
}

/// Every system call that changes a file fails in turn: the run fails, the old file stays, and nothing is left. What comes
/// after the rename may fail, too; the new file is there then.
#[test]
#[cfg(target_os = "linux")]
fn every_system_call_may_fail() {
    let Some(strace) = testdata::peer("strace") else { return };
    if !Command::new(&strace).args(["-qq", "-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: strace is not allowed here");
        return;
    }
    let run = |call: &str, error: &str, when: usize, backup: bool, out: &Path| {
        let program = command(out, "1");
        let mut traced = Command::new(&strace);
        traced.args(["-f", "-qq", "-o", "/dev/null", "-e"]).arg(format!("trace={call}"));
        traced.arg("-e").arg(format!("inject={call}:error={error}:when={when}"));
        traced.arg(program.get_program()).args(program.get_args());
        traced.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if backup {
            traced.env(CHILD_BACKUP, "1");
        }
        traced.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    };
    let calls = [("fchmod", 1), ("fsync", 2), ("rename", 1), ("write", 1), ("fsync", 1), ("linkat", 1)];
    for (call, when) in calls {
        for error in ["EIO", "ENOSPC"] {
            let (folder, out) = folder_with_old();
            let backup = call == "linkat";
            // The test harness writes, too: there, only what happens to the files counts.
            let worked = run(call, error, when, backup, &out);
            let content = fs::read(&out).unwrap();
            let context = format!("{call} {when} {error}: {worked}, {:?}", names(folder.path()));
            match (call, when) {
                // Only the folder was not synced: the new file is in its place.
                ("fsync", 2) => assert!(!worked && content == NEW, "{context}"),
                // A copy takes the place of a hard link.
                ("linkat", _) => assert!(worked && content == NEW, "{context}"),
                ("write", _) => assert!(content == b"old" || content == NEW, "{context}"),
                _ => assert!(!worked && content == b"old", "{context}"),
            }
            let backups = if backup { vec!["out".into(), "out.bak".into()] } else { vec![OsString::from("out")] };
            assert_eq!(names(folder.path()), backups, "{context}");
        }
    }
}
