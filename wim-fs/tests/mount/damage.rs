//! Damaged data is an error of reading that says which file it is; hostile archives do no harm.

use std::fs;
use std::sync::Arc;

use testdata::build::{Image, Wim};
use testdata::cases::HOSTILE_WIMS;
use wim_export::Archive;
use wim_fs::MountOptions;

use crate::util::{Kind, Mounted, open};

#[test]
fn a_damaged_file_is_an_error_of_reading_and_the_others_are_not() {
    if !testdata::fuse() {
        return;
    }
    let wim = Wim::new().image(Image::new("x").file("/bad", "some data").file("/good", "other data")).build();
    let offset = wim.entry("some data").resource.offset as usize;
    let archive = Archive::from_source(Arc::new(wim.flip(offset).bytes)).unwrap();
    let mounted = Mounted::new(&archive, 1, &MountOptions::default()).unwrap();
    for _ in 0..2 {
        let error = fs::read(mounted.path().join("bad")).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::IO.raw_os_error()));
        assert_eq!(fs::read(mounted.path().join("good")).unwrap(), b"other data");
    }
    let messages = mounted.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains(r"\bad") && messages[0].contains("SHA-1"), "{messages:?}");
}

#[test]
fn missing_data_is_an_error_of_opening() {
    if !testdata::fuse() {
        return;
    }
    let image = Image::new("x").file("/gone", "some data").file("/here", "other data");
    let archive = Archive::from_source(Arc::new(Wim::new().image(image).omit("some data").to_bytes())).unwrap();
    let mounted = Mounted::new(&archive, 1, &MountOptions::default()).unwrap();
    assert_eq!(fs::read(mounted.path().join("here")).unwrap(), b"other data");
    assert!(fs::read(mounted.path().join("gone")).is_err());
    assert!(mounted.messages()[0].contains("--ref"), "{:?}", mounted.messages());
}

#[test]
fn hostile_archives_are_refused_or_shown_without_harm() {
    if !testdata::fuse() {
        return;
    }
    let mut shown = 0;
    for case in HOSTILE_WIMS {
        let Ok(archive) = open(case) else { continue };
        for number in 1..=archive.image_count().min(3) {
            let Ok(mounted) = Mounted::new(&archive, number, &MountOptions::default()) else { continue };
            let tree = mounted.tree();
            assert!(tree.keys().all(|name| !name.contains("..")), "{}", case.file);
            shown += tree.len();
            let unreadable = tree.values().any(|shown| shown.kind == Kind::Unreadable);
            assert_eq!(unreadable, !mounted.messages().is_empty(), "{}", case.file);
        }
    }
    assert!(shown > 20, "{shown}");
}
