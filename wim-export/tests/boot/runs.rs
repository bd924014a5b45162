//! The same input gives the same bytes, however many threads and runs there are.

use std::fs;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::mpsc::channel;

use testdata::build::Wim;
use testdata::pe::Machine;
use testdata::winpe::{self, Edition};
use wim_export::boot::{BootRequest, ReturnCode, export_boot};
use wim_export::finalize::Profile;
use wim_export::{VerifyOptions, verify};
use wim_format::{Compression, ImageIndex};

use super::workspace::{Workspace, codes};

#[test]
fn the_bytes_do_not_depend_on_the_threads_or_the_day() {
    for compression in [None, Some(Compression::Xpress), Some(Compression::None)] {
        let workspace = Workspace::usual();
        let mut outputs = [1, 2, 8, 8].map(|threads| {
            let exported = workspace.export_with(|request| {
                request.threads = NonZeroUsize::new(threads);
                request.compression = compression;
                request.integrity = true;
            });
            exported.unwrap();
            workspace.output_bytes()
        });
        outputs.reverse();
        let [first, rest @ ..] = &outputs;
        assert!(rest.iter().all(|other| other == first), "{compression:?}");
    }
}

#[test]
fn an_export_that_is_not_verified_gives_the_same_bytes() {
    let workspace = Workspace::usual();
    workspace.export().unwrap();
    let verified = workspace.output_bytes();
    let report = workspace.export_with(|request| request.verify = false).unwrap();
    assert_eq!(codes(&report), ["NOT_VERIFIED"]);
    assert!(workspace.output_bytes() == verified);
}

/// A profile changes the tree, and with it the metadata. The data that stays is copied as it is all the same.
#[test]
fn data_is_not_decoded_without_verification_where_a_profile_changes_the_tree() {
    let image = winpe::image(Machine::X64, Edition::Pe).file(r"\damaged", "what it was").file(r"\Windows\a.log", "log");
    let built = Wim::new().image(image).boot_index(1).build();
    let offset = built.entry("what it was").resource.offset as usize;
    let workspace = Workspace::new(built.flip(offset).bytes);
    let shrink = |request: &mut BootRequest| {
        request.profile = Profile::built_in("shrink-safe");
        request.compression = Some(Compression::None);
    };
    assert!(workspace.export_with(shrink).unwrap_err().to_string().contains("damaged"));
    let report = workspace.export_with(|request| {
        shrink(request);
        request.verify = false;
    });
    assert!(!report.unwrap().export.unwrap().verified);
    let archive = workspace.output();
    assert!(archive.image(ImageIndex::FIRST).unwrap().find(r"\Windows\a.log").is_none());
    let problems = verify(&archive, &VerifyOptions::default(), &mut ()).unwrap().problems;
    assert_eq!(problems.len(), 1, "the damage is the one that was there: {problems:?}");
}

#[test]
fn parallel_exports_to_different_files_are_like_serial_ones() {
    let workspace = Workspace::usual();
    let expected = [1, 2].map(|index| {
        workspace.export_with(|request| request.index = Some(index)).unwrap();
        workspace.output_bytes()
    });
    std::thread::scope(|scope| {
        for run in 0..8 {
            let (workspace, expected) = (&workspace, &expected);
            scope.spawn(move || {
                let out = workspace.folder.path().join(format!("out{run}.wim"));
                let index = 1 + run % 2;
                for _ in 0..3 {
                    let exported = workspace.export_with(|request| {
                        request.index = Some(index);
                        request.destination.clone_from(&out);
                    });
                    exported.unwrap();
                    assert!(fs::read(&out).unwrap() == expected[index as usize - 1]);
                }
            });
        }
    });
}

#[test]
fn of_two_exports_to_one_file_the_later_one_fails() {
    let workspace = Workspace::usual();
    let (started, wait_for_start) = channel();
    let (finish, wait_for_end) = channel();
    std::thread::scope(|scope| {
        let workspace = &workspace;
        let first = scope.spawn(move || {
            let mut waited = false;
            let mut progress = |_| {
                if !std::mem::replace(&mut waited, true) {
                    started.send(()).unwrap();
                    wait_for_end.recv().unwrap();
                }
                ControlFlow::Continue(())
            };
            export_boot(&workspace.request(), &mut progress)
        });
        wait_for_start.recv().unwrap();
        let second = workspace.export().unwrap_err();
        assert_eq!(ReturnCode::from(&second), ReturnCode::ERROR_SHARING_VIOLATION, "{second}");
        finish.send(()).unwrap();
        first.join().unwrap().unwrap();
    });
    assert_eq!(workspace.output().image_count(), 1);
    assert_eq!(workspace.names(), ["boot.wim", "source.wim"]);
}

#[test]
fn a_run_can_be_cancelled_at_any_event() {
    let workspace = Workspace::usual();
    let mut events = 0;
    export_boot(&workspace.request(), &mut |_| {
        events += 1;
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(events > 2);
    let old = workspace.output_bytes();
    for last in (0..events).step_by(7) {
        let mut left = last;
        let cancel = |_| {
            left -= 1;
            if left < 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let error = export_boot(&workspace.request(), &mut { cancel }).unwrap_err();
        assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_CANCELLED);
        assert!(workspace.output_bytes() == old);
        assert_eq!(workspace.names(), ["boot.wim", "source.wim"]);
    }
}
