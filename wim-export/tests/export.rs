//! Exporting: the same content, only what is needed, the same bytes every time.

mod util;

use std::num::NonZeroUsize;

use testdata::cases::{Case, WIMS};
use wim_export::{Action, BootChoice, ExportOptions, ExportPlan, GuidChoice};
use wim_format::{Compression, HeaderFlags, ImageIndex, Version};

fn plain() -> ExportOptions {
    ExportOptions::default()
}

fn with(change: impl FnOnce(&mut ExportOptions)) -> ExportOptions {
    let mut options = plain();
    change(&mut options);
    options
}

/// Whether an archive in its own file alone holds everything in resources that can be copied.
fn is_plain(case: &Case) -> bool {
    case.solid.is_none() && !case.pipable && case.references.is_empty()
}

#[test]
fn every_image_of_every_fixture_exports_to_the_same_content() {
    for case in WIMS {
        let source = util::open(case).unwrap();
        for image in source.images() {
            let bytes = util::export(&source, &[image.get()], plain()).unwrap();
            let copy = util::from_bytes(bytes).unwrap();
            let report = util::check(&copy).unwrap();
            assert!(report.is_ok(), "{}: {:?}", case.file, report.problems);
            assert!(report.warnings.is_empty(), "{}: {:?}", case.file, report.warnings);
            assert!(util::contents(&copy, 1) == util::contents(&source, image.get()), "{}: image {image}", case.file);
            assert_eq!(copy.metadata_bytes(ImageIndex::FIRST).unwrap(), source.metadata_bytes(image).unwrap());
        }
    }
}

#[test]
fn every_compression_holds_the_same_content() {
    let source = util::open(&WIMS[4]).unwrap();
    let expected = util::contents(&source, 1);
    let formats = [
        (Compression::None, None),
        (Compression::Xpress, None),
        (Compression::Xpress, Some(4096)),
        (Compression::Lzx, None),
    ];
    for (compression, chunk_size) in formats {
        let options = with(|o| {
            o.compression = Some(compression);
            o.chunk_size = chunk_size;
            o.recompress = true;
        });
        let copy = util::from_bytes(util::export(&source, &[1], options).unwrap()).unwrap();
        assert_eq!(copy.header().compression(), compression);
        assert!(util::check(&copy).unwrap().is_ok());
        assert!(util::contents(&copy, 1) == expected, "{compression}");
    }
}

#[test]
fn blobs_that_are_compressed_as_wanted_are_copied_and_not_one_is_stored() {
    for case in WIMS.iter().filter(|case| is_plain(case) && case.chunk_size > 0) {
        let source = util::open(case).unwrap();
        let plan = ExportPlan::new(&source, &[ImageIndex::FIRST], plain()).unwrap();
        assert!(plan.blobs().all(|(_, action)| action == Action::Copy), "{}", case.file);
        let copy = util::from_bytes(util::export(&source, &[1], plain()).unwrap()).unwrap();
        let compressed = |archive: &wim_export::Archive| {
            let in_copy = archive.blob_table().blobs().iter().filter(|blob| copy.blob(&blob.hash).is_some());
            let is = |location: &wim_format::BlobLocation| matches!(location, wim_format::BlobLocation::Resource(resource) if resource.is_compressed());
            in_copy.filter(|blob| is(&blob.location)).count()
        };
        assert_eq!(compressed(&copy), compressed(&source), "{}", case.file);
    }
}

#[test]
fn the_output_is_the_same_for_any_number_of_threads_and_any_memory() {
    let source = util::open(WIMS.iter().find(|case| case.file == "wims/two-images-lzx.wim").unwrap()).unwrap();
    for compression in [Compression::None, Compression::Xpress, Compression::Lzx, Compression::Lzms] {
        for solid in [false, true] {
            if solid && compression == Compression::None {
                continue;
            }
            let run = |threads, memory| {
                let options = with(|o| {
                    o.compression = Some(compression);
                    o.recompress = true;
                    o.integrity = true;
                    (o.solid, o.solid_compression) = (Some(solid), Some(compression).filter(|_| solid));
                    o.solid_chunk_size = Some(1 << 16);
                    (o.threads, o.memory) = (NonZeroUsize::new(threads), Some(memory));
                });
                util::export(&source, &[1, 2], options).unwrap()
            };
            let expected = run(1, 1 << 30);
            for (threads, memory) in [(1, 64 << 20), (2, 1 << 30), (3, 64 << 20), (8, 64 << 20), (8, 1 << 30)] {
                let same = run(threads, memory) == expected;
                assert!(same, "{compression}, solid {solid}, differs with {threads} threads and {memory} bytes");
            }
        }
    }
}

#[test]
fn without_verification_the_same_bytes_are_copied() {
    for case in WIMS {
        let source = util::open(case).unwrap();
        let checked = util::export(&source, &[1], plain()).unwrap();
        let unchecked = util::export(&source, &[1], with(|o| o.verify = false)).unwrap();
        assert!(checked == unchecked, "{}", case.file);
    }
}

#[test]
fn an_export_of_an_export_is_identical() {
    for case in WIMS.iter().filter(|case| !case.pipable && case.solid.is_none()) {
        let source = util::open(case).unwrap();
        let once = util::export(&source, &[1], plain()).unwrap();
        let twice = util::export(&util::from_bytes(once.clone()).unwrap(), &[1], plain()).unwrap();
        assert!(once == twice, "{}", case.file);
    }
}

#[test]
fn the_header_says_what_the_archive_is() {
    let source = util::open(WIMS.iter().find(|case| case.file == "wims/two-images.wim").unwrap()).unwrap();
    let bytes = util::export(&source, &[2], with(|o| o.boot = BootChoice::Exported)).unwrap();
    let copy = util::from_bytes(bytes).unwrap();
    let header = copy.header();
    assert_eq!((header.image_count, header.part, header.total_parts), (1, 1, 1));
    assert_eq!(header.boot_index, Some(ImageIndex::FIRST));
    assert_eq!(header.version, Version::Default);
    assert_eq!(header.boot_metadata, copy.blob_table().metadata(ImageIndex::FIRST).unwrap().resource);
    assert!(!header.flags.contains(HeaderFlags::WRITE_IN_PROGRESS));
    assert_eq!(copy.xml().total_bytes(), Some(header.xml_data.offset));
    assert_ne!(header.guid, source.header().guid);

    let kept = util::export(&source, &[2], with(|o| o.guid = GuidChoice::Keep)).unwrap();
    assert_eq!(util::from_bytes(kept).unwrap().header().guid, source.header().guid);
}

#[test]
fn only_what_the_image_needs_is_exported_and_counted_anew() {
    let source = testdata::winpe::boot_wim(testdata::pe::Machine::X64).unreferenced("nobody needs this").to_bytes();
    let source = util::from_bytes(source).unwrap();
    let plan = ExportPlan::new(&source, &[ImageIndex::FIRST], plain()).unwrap();
    assert!(plan.summary().dropped >= 1);
    let copy = util::from_bytes(util::export(&source, &[1], plain()).unwrap()).unwrap();
    let metadata = copy.image(ImageIndex::FIRST).unwrap();
    for blob in copy.blob_table().blobs() {
        let names: u32 =
            metadata.blob_references().filter(|(hash, _)| *hash == blob.hash).map(|(_, names)| names).sum();
        assert!(names > 0 && names == blob.reference_count, "{}: {names} != {}", blob.hash, blob.reference_count);
    }
}

#[test]
fn a_damaged_blob_is_not_exported() {
    let mut bytes =
        testdata::build::Wim::new().image(testdata::build::Image::new("x").file(r"\docs\a.txt", "hello")).to_bytes();
    let at = bytes.windows(5).position(|window| window == b"hello").unwrap();
    bytes[at] ^= 1;
    let source = util::from_bytes(bytes).unwrap();
    let error = util::export(&source, &[1], plain()).unwrap_err().to_string();
    assert!(error.contains("SHA-1") && error.contains(r"\docs\a.txt"), "{error}");
}

#[test]
fn names_and_descriptions_are_for_one_image() {
    let source = util::open(WIMS.iter().find(|case| case.images.len() == 2).unwrap()).unwrap();
    let named = with(|o| o.name = Some("new".to_owned()));
    let copy = util::from_bytes(util::export(&source, &[2], named.clone()).unwrap()).unwrap();
    assert_eq!(copy.image_name(ImageIndex::FIRST).as_deref(), Some("new"));
    assert!(util::export(&source, &[1, 2], named).is_err());
    let both = util::from_bytes(util::export(&source, &[1, 2], plain()).unwrap()).unwrap();
    assert_eq!(both.image_count(), 2);
    assert!(util::check(&both).unwrap().is_ok());
}
