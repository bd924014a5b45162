//! Deleting images, in place and for good.

use wim_export::{Archive, DeletePlan, Error, ExportOptions};
use wim_format::ImageIndex;

use testdata::build::{Image, Wim, header_flags};

use crate::common::{append, assert_counted, assert_sound, case, changeable, everything, index, named, reopen};
use crate::util;

fn soft(bytes: &[u8], images: &[u32]) -> Vec<u8> {
    let archive = util::from_bytes(bytes.to_vec()).unwrap();
    let images: Vec<ImageIndex> = images.iter().map(|&image| index(image)).collect();
    let mut target = bytes.to_vec();
    DeletePlan::new(&archive, &images, true).unwrap().soft().unwrap().write(&mut target, &mut ()).unwrap();
    target
}

fn hard(archive: &Archive, images: &[u32]) -> Vec<u8> {
    let images: Vec<ImageIndex> = images.iter().map(|&image| index(image)).collect();
    let plan = DeletePlan::new(archive, &images, true).unwrap().rebuild(ExportOptions::default()).unwrap();
    let mut target = Vec::new();
    plan.write(&mut target, &mut ()).unwrap();
    target
}

/// An archive of three images, the second of which boots.
fn three() -> Wim {
    let image = |name: &str| Image::new(name).file(r"\common", "the same").file(r"\own", name);
    Wim::new().image(image("one")).image(image("two")).image(image("three")).boot_index(2)
}

#[test]
fn what_was_appended_can_be_deleted_again() {
    let source = util::open(case("wims/boot-x86.wim")).unwrap();
    for case in changeable() {
        let old = util::open(case).unwrap();
        let bytes = append(&testdata::read(case.file), &source, 1, named()).unwrap();
        let last = old.image_count() + 1;
        let softly = reopen(case, soft(&bytes, &[last]));
        for new in [softly, reopen(case, hard(&reopen(case, bytes), &[last]))] {
            assert!(everything(&new) == everything(&old), "{}", case.file);
            assert_sound(&new);
            assert_counted(&new);
            assert_eq!(new.xml().images(), old.xml().images());
            let (before, after) = (old.header(), new.header());
            assert_eq!((after.guid, after.flags), (before.guid, before.flags), "{}", case.file);
            assert_eq!(after.boot_index, before.boot_index);
            assert_eq!(after.integrity.is_none(), before.integrity.is_none());
        }
    }
}

#[test]
fn data_stays_uncounted_after_a_soft_delete_and_goes_with_a_hard_one() {
    let bytes = three().to_bytes();
    let softly = soft(&bytes, &[1]);
    assert!(softly[208..bytes.len()] == bytes[208..]);
    let softly = util::from_bytes(softly).unwrap();
    assert_counted(&softly);
    let own = wim_format::Sha1Hash(testdata::build::sha1(b"one"));
    assert_eq!(softly.blob(&own).unwrap().reference_count, 0);
    assert_eq!(softly.blob_table().blobs().len(), 4);
    let rebuilt = util::from_bytes(hard(&softly, &[])).unwrap();
    assert!(rebuilt.blob(&own).is_none());
    assert_eq!(rebuilt.blob_table().blobs().len(), 3);
    assert!(everything(&rebuilt) == everything(&softly));
}

#[test]
fn the_boot_image_keeps_booting_under_its_new_number() {
    let bytes = three().to_bytes();
    let archive = util::from_bytes(bytes.clone()).unwrap();
    for (deleted, boot) in [(vec![1], Some(1)), (vec![3], Some(2)), (vec![1, 3], Some(1)), (vec![2], None)] {
        for new in [soft(&bytes, &deleted), hard(&archive, &deleted)] {
            let new = util::from_bytes(new).unwrap();
            assert_eq!(new.boot_index(), boot.map(index), "{deleted:?}");
            assert_sound(&new);
            let names: Vec<_> = new.images().filter_map(|image| new.image_name(image)).collect();
            let all = ["one", "two", "three"];
            let left: Vec<_> = (1..=3).filter(|image| !deleted.contains(image)).map(|i| all[i as usize - 1]).collect();
            assert_eq!(names, left);
        }
    }
}

#[test]
fn all_images_go_only_if_that_is_meant() {
    let archive = util::from_bytes(three().to_bytes()).unwrap();
    let all: Vec<ImageIndex> = archive.images().collect();
    assert!(matches!(DeletePlan::new(&archive, &all, false), Err(Error::InvalidArgument { .. })));
    for bytes in [soft(&three().to_bytes(), &[1, 2, 3]), hard(&archive, &[3, 2, 1])] {
        let empty = util::from_bytes(bytes.clone()).unwrap();
        assert_eq!(empty.image_count(), 0);
        assert_sound(&empty);
        // And it is an archive to append to.
        let again = util::from_bytes(append(&bytes, &archive, 2, named()).unwrap()).unwrap();
        assert!(util::contents(&again, 1) == util::contents(&archive, 2));
    }
}

#[test]
fn images_that_are_not_there_and_archives_that_are_not_to_be_changed() {
    let archive = util::from_bytes(three().to_bytes()).unwrap();
    assert!(matches!(DeletePlan::new(&archive, &[index(4)], false), Err(Error::NoSuchImage { .. })));
    let locked = util::from_bytes(three().flags(header_flags::READONLY).to_bytes()).unwrap();
    assert!(matches!(DeletePlan::new(&locked, &[index(1)], false), Err(Error::Update { .. })));
}
