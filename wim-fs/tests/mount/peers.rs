//! wimlib shows the same of every fixture: names, data, times, links, named streams.

use std::path::Path;
use std::process::Command;

use testdata::cases::WIMS;
use wim_fs::MountOptions;

use crate::util::{Mounted, open, tree, without_place};

#[test]
fn wimlib_shows_the_same_of_every_fixture() {
    let Some(wimlib) = testdata::peer("wimlib-imagex").filter(|_| testdata::fuse()) else { return };
    let mut compared = 0;
    for case in WIMS {
        let Ok(archive) = open(case) else { continue };
        for number in 1..=archive.image_count() {
            let place = tempfile::tempdir().unwrap();
            let mut command = Command::new(&wimlib);
            command.arg("mount").arg(testdata::path(case.file)).arg(number.to_string()).arg(place.path());
            command.args(case.references.iter().map(|name| format!("--ref={}", testdata::path(name).display())));
            let run = command.output().unwrap();
            if !run.status.success() {
                // Split sets of this layout, for one.
                continue;
            }
            let theirs = {
                let _unmount = Unmount(&wimlib, place.path());
                without_place(tree(place.path()), place.path())
            };
            let mounted = Mounted::new(&archive, number, &MountOptions::default()).unwrap();
            let ours = without_place(mounted.tree(), mounted.path());
            assert!(ours == theirs, "{} image {number}\n{ours:?}\n{theirs:?}", case.file);
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}

/// Unmounts what wimlib mounted, also if a test fails.
struct Unmount<'a>(&'a Path, &'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new(self.0).arg("unmount").arg(self.1).output();
    }
}
