//! Appending: old and new images with all they had, and not a byte of the old ones touched.

use testdata::build::{Codec, Image, Wim, header_flags};
use testdata::cases::WIMS;
use wim_export::{AppendPlan, BootChoice, Error};
use wim_format::{BlobLocation, Compression, Header, HeaderFlags, IntegrityTable, Version};

use crate::common::{append, assert_counted, assert_sound, case, changeable, everything, index, named, reopen, with};
use crate::util;

const SOURCE: &str = "wims/boot-x86.wim";

#[test]
fn every_archive_takes_an_image_and_keeps_all_it_had() {
    let source = util::open(case(SOURCE)).unwrap();
    for case in changeable() {
        let old_bytes = testdata::read(case.file);
        let old = util::open(case).unwrap();
        let bytes = append(&old_bytes, &source, 2, named()).unwrap();
        let start = Header::SIZE;
        assert!(bytes[start..old_bytes.len()] == old_bytes[start..], "{}", case.file);
        let new = reopen(case, bytes);
        let (mut expected, all) = (everything(&old), everything(&new));
        expected.push(everything(&source).swap_remove(1));
        assert!(all == expected, "{}", case.file);
        assert_sound(&new);
        let (before, after) = (old.header(), new.header());
        assert_eq!(
            (after.guid, after.chunk_size, after.boot_index),
            (before.guid, before.chunk_size, before.boot_index)
        );
        assert_eq!(after.flags, before.flags, "{}", case.file);
        assert_eq!(after.integrity.is_none(), before.integrity.is_none());
        assert_eq!(new.image_name(index(new.image_count())).as_deref(), Some("appended"));
        for image in old.images() {
            assert_eq!(new.xml().image(image), old.xml().image(image), "{}", case.file);
        }
    }
}

#[test]
fn every_archive_can_be_appended() {
    for file in ["wims/none.wim", "wims/xpress-32k.wim"] {
        for case in WIMS {
            let source = util::open(case).unwrap();
            let old_bytes = testdata::read(file);
            let bytes = append(&old_bytes, &source, 1, named()).unwrap();
            let new = util::from_bytes(bytes).unwrap();
            assert_sound(&new);
            assert!(util::contents(&new, 2) == util::contents(&source, 1), "{} to {file}", case.file);
        }
    }
}

#[test]
fn an_archive_appended_to_itself_grows_by_metadata_alone() {
    for case in changeable().filter(|case| case.references.is_empty()) {
        let bytes = testdata::read(case.file);
        let archive = util::open(case).unwrap();
        let plan = AppendPlan::new(&archive, &archive, &[index(1)], named()).unwrap();
        let summary = plan.summary();
        assert_eq!((summary.images, summary.blobs, summary.bytes), (1, 0, 0), "{}", case.file);
        let new = util::from_bytes(append(&bytes, &archive, 1, named()).unwrap()).unwrap();
        assert_eq!(new.blob_table().blobs().len(), archive.blob_table().blobs().len());
        let (first, last) = (index(1), index(new.image_count()));
        assert_eq!(new.metadata_bytes(last).unwrap(), new.metadata_bytes(first).unwrap());
        assert_counted(&new);
    }
}

#[test]
fn many_images_come_in_order_and_may_have_one_name() {
    let image = |content: &str| Image::new("same").file(r"\a.txt", content);
    let source = util::from_bytes(Wim::new().image(image("one")).image(image("two")).to_bytes()).unwrap();
    let mut bytes = testdata::read("wims/none.wim");
    let base = util::from_bytes(bytes.clone()).unwrap();
    let plan = AppendPlan::new(&base, &source, &[index(2), index(1)], with(|_| {})).unwrap();
    plan.write(&mut bytes, &mut ()).unwrap();
    let new = util::from_bytes(bytes).unwrap();
    assert_sound(&new);
    let images = everything(&source);
    assert!(everything(&new)[1..] == [images[1].clone(), images[0].clone()]);
}

#[test]
fn a_name_that_is_there_is_refused_unless_it_is_empty() {
    let source = util::open(case("wims/none.wim")).unwrap();
    let bytes = testdata::read("wims/none.wim");
    let name = source.image_name(index(1)).unwrap();
    let error = append(&bytes, &source, 1, with(|_| {})).unwrap_err();
    assert!(matches!(&error, Error::InvalidArgument { what: "image name", value, .. } if *value == name), "{error}");
    let unnamed = with(|options| options.name = Some(String::new()));
    let once = append(&bytes, &source, 1, unnamed.clone()).unwrap();
    let twice = util::from_bytes(append(&once, &source, 1, unnamed).unwrap()).unwrap();
    assert_eq!(twice.image_count(), 3);
    assert_sound(&twice);
}

#[test]
fn compression_and_chunk_size_are_those_of_the_archive() {
    let source = util::open(case("wims/none.wim")).unwrap();
    let bytes = testdata::read("wims/xpress-32k.wim");
    for (compression, chunk_size, fits) in [
        (Some(Compression::Xpress), None, true),
        (Some(Compression::Xpress), Some(32 << 10), true),
        (None, Some(4 << 10), false),
        (Some(Compression::Lzx), None, false),
        (Some(Compression::None), None, false),
    ] {
        let mut options = named();
        (options.compression, options.chunk_size) = (compression, chunk_size);
        match append(&bytes, &source, 1, options) {
            Ok(bytes) => {
                assert!(fits, "{compression:?} {chunk_size:?}");
                let header = util::from_bytes(bytes).unwrap().header().clone();
                assert_eq!((header.compression(), header.chunk_size), (Compression::Xpress, 32 << 10));
            }
            Err(error) => assert!(!fits && matches!(error, Error::InvalidArgument { .. }), "{error}"),
        }
    }
}

#[test]
fn the_layout_for_pipes_is_not_for_a_part_of_an_archive() {
    let source = util::open(case("wims/pipable.wim")).unwrap();
    let bytes = testdata::read("wims/lzx-32k.wim");
    let error = append(&bytes, &source, 1, with(|options| options.pipable = true)).unwrap_err();
    assert!(matches!(error, Error::InvalidArgument { what: "layout", .. }), "{error}");
    assert_sound(&util::from_bytes(append(&bytes, &source, 1, named()).unwrap()).unwrap());
}

#[test]
fn what_is_appended_is_compressed() {
    let source = util::from_bytes(Wim::new().image(Image::new("x").file(r"\a.txt", "a".repeat(100_000))).to_bytes());
    for file in ["wims/xpress-4k.wim", "wims/lzx-32k.wim"] {
        let old = testdata::read(file);
        let bytes = append(&old, source.as_ref().unwrap(), 1, named()).unwrap();
        // The tables come anew, so some of the growth is theirs.
        assert!(bytes.len() < old.len() + 10_000, "{file}: {} bytes more", bytes.len() - old.len());
    }
}

#[test]
fn solid_data_raises_the_version_and_stays_solid() {
    let source = util::open(case(SOURCE)).unwrap();
    let solid = with(|options| {
        options.solid = Some(true);
        options.solid_compression = Some(Compression::Xpress);
        options.name = Some("appended".to_owned());
    });
    let once = append(&testdata::read("wims/none.wim"), &source, 1, solid).unwrap();
    let other = util::open(case("wims/two-images.wim")).unwrap();
    let again = with(|options| options.name = Some("appended again".to_owned()));
    // What is solid stays solid, with the codec that it has.
    let bytes = append(&once, &other, 2, again).unwrap();
    let new = util::from_bytes(bytes).unwrap();
    assert_sound(&new);
    assert_eq!(new.header().version, Version::Solid);
    let solid = new.blob_table().solid_resources();
    assert_eq!(solid.len(), 2);
    assert!(solid.iter().all(|solid| solid.header.compression == Compression::Xpress));
    assert!(util::contents(&new, 2) == util::contents(&source, 1));
    assert!(util::contents(&new, 3) == util::contents(&other, 2));
}

#[test]
fn an_image_boots_if_that_is_asked_for() {
    let source = util::open(case(SOURCE)).unwrap();
    for file in ["wims/two-images-lzx.wim", "wims/lzx-32k.wim"] {
        let bytes = testdata::read(file);
        let old = util::from_bytes(bytes.clone()).unwrap();
        let boot = with(|options| {
            options.boot = BootChoice::Exported;
            options.name = Some("appended".to_owned());
        });
        let new = util::from_bytes(append(&bytes, &source, 2, boot).unwrap()).unwrap();
        assert_sound(&new);
        assert_eq!(new.boot_index(), Some(index(old.image_count() + 1)));
    }
}

#[test]
fn a_boot_index_that_named_no_image_does_not_come_to_life() {
    let wim = Wim::new().image(Image::new("x")).edit_header(|header| header.boot_index = 2);
    let source = util::open(case("wims/none.wim")).unwrap();
    let new = util::from_bytes(append(&wim.to_bytes(), &source, 1, named()).unwrap()).unwrap();
    assert_eq!(new.header().boot_index, None);
    assert_sound(&new);
}

#[test]
fn fixed_reparse_points_are_remembered_and_other_marks_stay() {
    let image = |name| Wim::new().image(Image::new(name).file(r"\a.txt", name));
    let source = util::from_bytes(image("new").flags(header_flags::RP_FIX | header_flags::METADATA_ONLY).to_bytes());
    let bytes = image("old").flags(header_flags::RESOURCE_ONLY).to_bytes();
    let new = util::from_bytes(append(&bytes, &source.unwrap(), 1, with(|_| {})).unwrap()).unwrap();
    assert_eq!(new.header().flags, HeaderFlags::RP_FIX.with(HeaderFlags::RESOURCE_ONLY));
}

#[test]
fn xml_that_nobody_knows_stays() {
    let xml = concat!(
        r#"<WIM a="b"><BEFORE x="1"/><TOTALBYTES>1</TOTALBYTES><IMAGE INDEX="1"><NAME>old</NAME><ODD>&amp;</ODD></IMAGE>"#,
        "<AFTER>text</AFTER></WIM>"
    );
    let bytes = Wim::new().image(Image::new("old").file(r"\a.txt", "a")).xml_text(xml).to_bytes();
    let source = util::open(case("wims/none.wim")).unwrap();
    let new = util::from_bytes(append(&bytes, &source, 1, named()).unwrap()).unwrap();
    let units: Vec<u16> = new.xml_bytes().as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
    let text = String::from_utf16(&units).unwrap();
    for kept in
        [r#"<WIM a="b"><BEFORE x="1"/>"#, "<NAME>old</NAME><ODD>&amp;</ODD></IMAGE>", "<AFTER>text</AFTER></WIM>"]
    {
        assert!(text.contains(kept), "{text}");
    }
}

/// The hash of a piece that lies before the old end is wrong in the old table. That it is still wrong afterwards shows that
/// the piece was not read again, and that damage is not covered up.
#[test]
fn the_integrity_table_is_extended_not_made_anew() {
    const PIECE: u32 = 4096;
    let wim = Wim::new().image(Image::new("old").file(r"\a", testdata::content::random(3, 20_000))).integrity(PIECE);
    let wrong = wim.clone().edit_integrity(|table| table.hashes[1][0] ^= 1);
    let source = util::open(case("wims/none.wim")).unwrap();
    let table = |archive: &wim_export::Archive, bytes: &[u8]| {
        let Header { integrity, blob_table, .. } = *archive.header();
        let covered = blob_table.offset + blob_table.size_in_wim - Header::SIZE as u64;
        let range = integrity.offset as usize..(integrity.offset + integrity.size_in_wim) as usize;
        IntegrityTable::parse(&bytes[range], covered).unwrap()
    };
    for (wim, sound) in [(wim, true), (wrong, false)] {
        let old_bytes = wim.to_bytes();
        let old = table(&util::from_bytes(old_bytes.clone()).unwrap(), &old_bytes);
        let bytes = append(&old_bytes, &source, 1, named()).unwrap();
        let new = util::from_bytes(bytes.clone()).unwrap();
        let report = util::check(&new).unwrap();
        assert!(report.integrity_checked);
        assert_eq!(report.is_ok(), sound);
        let new = table(&new, &bytes);
        assert_eq!(new.chunk_size, PIECE);
        assert!(new.hashes.len() > old.hashes.len());
        let whole = old.hashes.len() - 1;
        assert_eq!(new.hashes[..whole], old.hashes[..whole]);
    }
}

#[test]
fn an_integrity_table_that_makes_no_sense_is_made_anew() {
    let wim = Wim::new().image(Image::new("old").file(r"\a", "a")).integrity(4096);
    let wim = wim.edit_integrity(|table| table.hashes.push([0; 20]));
    let source = util::open(case("wims/none.wim")).unwrap();
    let new = util::from_bytes(append(&wim.to_bytes(), &source, 1, named()).unwrap()).unwrap();
    assert_sound(&new);
    assert!(!new.header().integrity.is_none());
}

#[test]
fn a_blob_that_the_archive_has_in_another_size_is_an_error() {
    let image = |name| Image::new(name).file(r"\a.txt", "the same data");
    let hash = testdata::build::sha1(b"the same data");
    let lie = move |entries: &mut Vec<testdata::build::TableEntry>| {
        for entry in entries.iter_mut().filter(|entry| entry.hash == hash) {
            entry.resource.size_in_wim -= 1;
            entry.resource.uncompressed_size -= 1;
        }
    };
    let source = util::from_bytes(Wim::new().image(image("new")).to_bytes()).unwrap();
    let bytes = Wim::new().image(image("old")).edit_table(lie).to_bytes();
    let error = append(&bytes, &source, 1, with(|_| {})).unwrap_err();
    assert!(matches!(error, Error::Format { .. }), "{error}");
}

#[test]
fn a_damaged_source_changes_nothing() {
    let mut damaged = Wim::new().image(Image::new("new").file(r"\docs\a.txt", "hello")).to_bytes();
    let at = damaged.windows(5).position(|window| window == b"hello").unwrap();
    damaged[at] ^= 1;
    let source = util::from_bytes(damaged).unwrap();
    let old = testdata::read("wims/lzx-32k.wim");
    let plan = AppendPlan::new(&util::from_bytes(old.clone()).unwrap(), &source, &[index(1)], named()).unwrap();
    let mut bytes = old.clone();
    let error = plan.write(&mut bytes, &mut ()).unwrap_err().to_string();
    assert!(error.contains("SHA-1") && error.contains(r"\docs\a.txt"), "{error}");
    assert!(bytes == old);
}

#[test]
fn what_a_killed_run_left_is_written_over() {
    let old = testdata::read("wims/lzx-32k.wim");
    let source = util::open(case("wims/none.wim")).unwrap();
    let expected = append(&old, &source, 1, named()).unwrap();
    for litter in [100, 1_000_000] {
        let mut killed = old.clone();
        killed[0x10] |= header_flags::WRITE_IN_PROGRESS as u8;
        killed.resize(old.len() + litter, 0xCC);
        assert!(append(&killed, &source, 1, named()).unwrap() == expected);
    }
    // Without that mark nobody knows what it is, and it stays.
    let mut strange = old.clone();
    strange.resize(old.len() + 100, 0xCC);
    let bytes = append(&strange, &source, 1, named()).unwrap();
    assert!(bytes[old.len()..strange.len()] == strange[old.len()..]);
    assert_sound(&util::from_bytes(bytes).unwrap());
}

#[test]
fn a_delta_needs_nothing_that_the_archive_has() {
    let bytes = testdata::read("wims/lzx-32k.wim");
    let delta = wim_export::Archive::open(testdata::path("wims/delta.wim")).unwrap();
    let new = util::from_bytes(append(&bytes, &delta, 1, named()).unwrap()).unwrap();
    assert_sound(&new);
    assert!(util::contents(&new, 2) == util::contents(&util::open(case("wims/delta.wim")).unwrap(), 1));
    let elsewhere = append(&testdata::read("wims/none.wim"), &delta, 1, named()).unwrap_err();
    assert!(matches!(elsewhere, Error::MissingBlob { .. }), "{elsewhere}");
}

#[test]
fn without_verification_the_same_bytes_come_out() {
    let source = util::open(case("wims/two-images-lzx.wim")).unwrap();
    let bytes = testdata::read("wims/lzx-32k.wim");
    let unchecked = with(|options| {
        options.verify = false;
        options.name = Some("appended".to_owned());
    });
    assert!(append(&bytes, &source, 1, unchecked).unwrap() == append(&bytes, &source, 1, named()).unwrap());
}

#[test]
fn the_result_is_the_same_for_any_number_of_threads() {
    let source = util::open(case("wims/two-images.wim")).unwrap();
    let bytes =
        Wim::new().codec(Codec::Xpress).image(Image::new("old").file(r"\a.txt", "a")).integrity(4096).to_bytes();
    let run = |threads| {
        let options = with(|options| {
            options.threads = std::num::NonZeroUsize::new(threads);
            options.name = Some("appended".to_owned());
        });
        append(&bytes, &source, 1, options).unwrap()
    };
    let expected = run(1);
    assert!([2, 3, 8].into_iter().all(|threads| run(threads) == expected));
}

#[test]
fn solid_members_count_and_lie_where_the_table_says() {
    let source = util::open(case("wims/two-images.wim")).unwrap();
    let bytes = append(&testdata::read("wims/solid-xpress.wim"), &source, 2, named()).unwrap();
    let new = util::from_bytes(bytes).unwrap();
    assert_sound(&new);
    let solid = |blob: &&wim_format::Blob| matches!(blob.location, BlobLocation::Solid { .. });
    assert_eq!(new.blob_table().blobs().iter().filter(solid).count(), new.blob_table().blobs().len());
    assert!(util::contents(&new, 2) == util::contents(&source, 2));
}
