//! The method as a caller sees it: an environment, three arguments, one number.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::tempdir;
use testdata::pe::Machine;
use testdata::winpe;
use wim_export::Archive;
use wim_export::boot::export_default_boot_image;

use super::util::check;

/// Where the children of these tests write.
const CHILD_FOLDER: &str = "WIMSMITH_TEST_FOLDER";

/// Runs a test of this file in a process of its own, which has an ADK in its environment. The environment of this process is
/// that of all tests.
fn run_in_environment(test: &str, variable: &str, adk: &Path, folder: &Path) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("method::{test}"), "--nocapture"]).env_remove("WIMSMITH_ADK_ROOT");
    command.env(variable, adk).env(CHILD_FOLDER, folder).stdout(Stdio::null());
    let status = command.status().unwrap();
    assert!(status.success(), "{test} with {variable}");
}

fn child_folder() -> Option<PathBuf> {
    std::env::var_os(CHILD_FOLDER).map(PathBuf::from)
}

/// An ADK for x86 and x64, the latter in lower case.
fn adk() -> tempfile::TempDir {
    let root = tempdir().unwrap();
    let pe = root.path().join("Assessment and Deployment Kit/windows preinstallation environment");
    for (folder, machine) in [("x86", Machine::X86), ("amd64", Machine::X64)] {
        let folder = pe.join(folder).join("en-us");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("winpe.wim"), winpe::boot_wim(machine).codec(testdata::build::Codec::Lzx).to_bytes())
            .unwrap();
    }
    root
}

#[test]
fn it_exports_the_boot_image_of_the_adk() {
    let (adk, folder) = (adk(), tempdir().unwrap());
    for variable in ["WIMSMITH_ADK_ROOT", "KitsRoot"] {
        run_in_environment("child_exports", variable, adk.path(), folder.path());
        let names = [("x64.wim", "Microsoft Windows PE (x64)"), ("x86.wim", "Microsoft Windows Setup (x86)")];
        for (file, name) in names {
            let archive = Archive::open(folder.path().join(file)).unwrap();
            assert_eq!((archive.image_count(), archive.boot_index().is_some()), (1, true));
            assert_eq!(archive.image_name(archive.only_image().unwrap()).as_deref(), Some(name));
            assert!(check(&archive).unwrap().is_ok());
            fs::remove_file(folder.path().join(file)).unwrap();
        }
    }
}

#[test]
fn child_exports() {
    let Some(folder) = child_folder() else { return };
    assert_eq!(export_default_boot_image("x64", 1, &folder.join("x64.wim")), 0);
    assert_eq!(export_default_boot_image("x86", 2, &folder.join("x86.wim")), 0);
    assert_eq!(export_default_boot_image("ia64", 1, &folder.join("ia64.wim")), 0x8007_0002_u32.cast_signed());
    assert_eq!(export_default_boot_image("x64", 3, &folder.join("x64.wim")), 0xC151_0113_u32.cast_signed());
}

#[test]
fn it_may_be_called_from_many_threads_at_once() {
    let (adk, folder) = (adk(), tempdir().unwrap());
    run_in_environment("child_with_many_threads", "WIMSMITH_ADK_ROOT", adk.path(), folder.path());
    let expected = fs::read(folder.path().join("boot-0.wim")).unwrap();
    for thread in 1..8 {
        assert!(fs::read(folder.path().join(format!("boot-{thread}.wim"))).unwrap() == expected, "{thread}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 9, "eight files, the one for all, and nothing else");
}

#[test]
fn child_with_many_threads() {
    let Some(folder) = child_folder() else { return };
    let results: Vec<i32> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let folder = &folder;
                scope.spawn(move || {
                    let own = folder.join(format!("boot-{thread}.wim"));
                    assert_eq!(export_default_boot_image("x64", 1, &own), 0);
                    // One destination for all: whoever comes while another one writes is told so.
                    export_default_boot_image("x64", 1, &folder.join("boot.wim"))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let locked = 0x8007_0020_u32.cast_signed();
    assert!(results.iter().all(|&result| result == 0 || result == locked), "{results:x?}");
    assert!(results.contains(&0), "{results:x?}");
}
