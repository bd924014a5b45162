//! What cannot be changed in place, and what it is called.

use testdata::build::{Image, Wim, header_flags};
use wim_export::boot::ReturnCode;
use wim_export::{Archive, Error, UpdateProblem};

use crate::common::{append, case, changes, named};
use crate::util;

/// Checks that every change of `archive` is refused for this reason, and leaves its file alone.
#[track_caller]
fn assert_refused(archive: &Archive, expected: UpdateProblem) {
    for (name, change) in changes() {
        let mut target = b"not touched".to_vec();
        let error = change(archive, &mut target).unwrap_err();
        assert!(matches!(error, Error::Update { why, .. } if why == expected), "{name}: {error}");
        assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_NOT_SUPPORTED);
        assert_eq!(target, b"not touched");
    }
}

fn small() -> Wim {
    Wim::new().image(Image::new("x").file(r"\a.txt", "hello"))
}

#[test]
fn read_only() {
    assert_refused(
        &util::from_bytes(small().flags(header_flags::READONLY).to_bytes()).unwrap(),
        UpdateProblem::ReadOnly,
    );
}

#[test]
fn split() {
    assert_refused(&util::open(case("wims/split.swm")).unwrap(), UpdateProblem::Split);
    let second = Archive::open(testdata::path("wims/split2.swm")).unwrap();
    // A part without metadata fails before anyone looks where it belongs.
    assert!(changes()[0].1(&second, &mut Vec::new()).is_err());
}

#[test]
fn pipable() {
    for file in ["wims/pipable.wim", "wims/pipable-none.wim"] {
        assert_refused(&util::open(case(file)).unwrap(), UpdateProblem::Pipable);
    }
}

#[test]
fn out_of_order() {
    let built = small().to_bytes();
    let header = util::from_bytes(built.clone()).unwrap().header().clone();
    // The blob table once more, after the XML.
    let table = header.blob_table.offset as usize..(header.blob_table.offset + header.blob_table.size_in_wim) as usize;
    let mut moved = built.clone();
    moved.extend_from_slice(&built[table]);
    let mut new = header.clone();
    new.blob_table.offset = built.len() as u64;
    moved[..208].copy_from_slice(&new.to_bytes());
    assert_refused(&util::from_bytes(moved).unwrap(), UpdateProblem::Order);
    // Two resources that share bytes.
    let lie = |entries: &mut Vec<testdata::build::TableEntry>| {
        entries[1].resource.offset = entries[0].resource.offset;
    };
    assert_refused(&util::from_bytes(small().edit_table(lie).to_bytes()).unwrap(), UpdateProblem::Order);
}

#[test]
fn incomplete() {
    for file in ["hostile/metadata-missing.wim", "hostile/image-count.wim"] {
        let bytes = testdata::hostile::bytes(file);
        assert_refused(&util::from_bytes(bytes).unwrap(), UpdateProblem::Incomplete);
    }
}

#[test]
fn changed_since_it_was_opened() {
    let bytes = testdata::read("wims/two-images.wim");
    let archive = util::from_bytes(bytes.clone()).unwrap();
    for (name, change) in changes().into_iter().filter(|(name, _)| *name != "boot" && !name.starts_with("remove")) {
        let mut longer = bytes.clone();
        longer.push(0);
        let mut other = bytes.clone();
        other[0x18] ^= 1;
        for mut target in [longer, other, Vec::new()] {
            let before = target.clone();
            let error = change(&archive, &mut target).unwrap_err();
            assert!(matches!(error, Error::Update { why: UpdateProblem::Changed, .. }), "{name}: {error}");
            assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_SHARING_VIOLATION);
            assert!(target == before);
        }
    }
}

/// Hostile archives are refused, or come out no worse than they were: what was fine before is fine afterwards.
#[test]
fn hostile_archives_are_changed_without_harm() {
    for case in testdata::cases::HOSTILE_WIMS {
        let bytes = testdata::hostile::bytes(case.file);
        let Ok(archive) = util::from_bytes(bytes.clone()) else { continue };
        let was_sound = util::check(&archive).is_ok_and(|report| report.is_ok());
        for (name, change) in changes() {
            let mut target = bytes.clone();
            match change(&archive, &mut target) {
                Err(_) => assert!(target == bytes, "{}: {name}", case.file),
                Ok(_) => {
                    let report = util::check(&util::from_bytes(target).unwrap()).unwrap();
                    assert!(report.is_ok() || !was_sound, "{}: {name}: {:?}", case.file, report.problems);
                }
            }
        }
    }
}

/// What a hostile source has wrong with it never gets into another archive.
#[test]
fn hostile_sources_give_nothing_that_is_damaged() {
    let base = testdata::read("wims/none.wim");
    for case in testdata::cases::HOSTILE_WIMS {
        let Ok(source) = util::from_bytes(testdata::hostile::bytes(case.file)) else { continue };
        if let Ok(bytes) = append(&base, &source, 1, named()) {
            let report = util::check(&util::from_bytes(bytes).unwrap()).unwrap();
            assert!(report.is_ok(), "{}: {:?}", case.file, report.problems);
        }
    }
}
