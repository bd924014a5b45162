//! Solid resources: copied whole, compressed anew, and read here and there.

mod util;

use testdata::build::{Codec, Image, Wim};
use testdata::content;
use wim_export::{Action, Archive, Error, ExportOptions, ExportPlan};
use wim_format::{Compression, ImageIndex};

const SIZES: [usize; 5] = [300_000, 5, 120_000, 65_536, 200_001];

fn with(change: impl FnOnce(&mut ExportOptions)) -> ExportOptions {
    let mut options = ExportOptions::default();
    change(&mut options);
    options
}

fn data(number: usize) -> Vec<u8> {
    content::text(number as u64 + 1, SIZES[number])
}

/// Two images: the first one has all files, the second one only the smaller ones. LZMS in chunks of 256 KiB.
fn solid() -> Vec<u8> {
    let all = (0..SIZES.len()).fold(Image::new("all"), |image, i| image.file(&format!("{i}.txt"), data(i)));
    let some = [1, 3].iter().fold(Image::new("some"), |image, &i| image.file(&format!("{i}.txt"), data(i)));
    let plain = util::from_bytes(Wim::new().image(all).image(some).to_bytes()).unwrap();
    util::export(&plain, &[1, 2], anew(1 << 18)).unwrap()
}

fn anew(chunk_size: u32) -> ExportOptions {
    with(|o| {
        o.solid = Some(true);
        o.recompress = true;
        o.solid_chunk_size = Some(chunk_size);
    })
}

fn copied() -> ExportOptions {
    with(|o| (o.solid, o.solid_chunk_size) = (Some(true), Some(1 << 18)))
}

fn actions(archive: &Archive, image: u32, options: ExportOptions) -> Vec<Action> {
    let plan = ExportPlan::new(archive, &[ImageIndex::new(image).unwrap()], options).unwrap();
    plan.blobs().map(|(_, action)| action).collect()
}

/// The bytes of the only solid resource.
fn solid_bytes(archive: &Archive, bytes: &[u8]) -> Vec<u8> {
    let [solid] = archive.blob_table().solid_resources() else { panic!("there is one solid resource") };
    let start = solid.resource.offset as usize;
    bytes[start..start + solid.resource.size_in_wim as usize].to_vec()
}

#[test]
fn a_solid_resource_is_copied_whole_checked_or_not() {
    let bytes = solid();
    let source = util::from_bytes(bytes.clone()).unwrap();
    let checked = util::export(&source, &[1, 2], copied()).unwrap();
    let copy = util::from_bytes(checked.clone()).unwrap();
    assert!(util::check(&copy).unwrap().is_ok());
    assert!(solid_bytes(&copy, &checked) == solid_bytes(&source, &bytes));
    for image in [1, 2] {
        assert!(util::contents(&copy, image) == util::contents(&source, image));
    }
    let unchecked = util::export(&source, &[1, 2], with(|o| (o.solid, o.verify) = (Some(true), false))).unwrap();
    assert!(unchecked == checked);
}

#[test]
fn a_solid_resource_of_which_little_is_needed_is_not_copied() {
    let source = util::from_bytes(solid()).unwrap();
    assert_eq!(actions(&source, 1, copied()), [Action::Copy; 5]);
    assert_eq!(actions(&source, 1, with(|o| o.solid = Some(true))), [Action::Copy; 5]);
    assert_eq!(actions(&source, 2, copied()), [Action::Solid; 2]);
    let small = util::from_bytes(util::export(&source, &[2], copied()).unwrap()).unwrap();
    assert_eq!(small.blob_table().solid_resources()[0].header.uncompressed_size, 65_541);
    assert!(util::contents(&small, 1) == util::contents(&source, 2));
}

#[test]
fn what_is_copied_along_is_not_listed() {
    let source = util::from_bytes(solid()).unwrap();
    // A delta archive whose base has all its data, and one file more.
    let most = (0..4).fold(Image::new("most"), |image, i| image.file(&format!("{i}.txt"), data(i)));
    let delta = (0..4).fold(Wim::new().image(most), |wim, i| wim.omit(data(i)));
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.wim");
    std::fs::write(&base, solid()).unwrap();
    let path = folder.path().join("delta.wim");
    std::fs::write(&path, delta.to_bytes()).unwrap();
    let delta = wim_export::OpenOptions::new().reference(&base).open(&path).unwrap();
    assert_eq!(actions(&delta, 1, copied()), [Action::Copy; 4]);
    let bytes = util::export(&delta, &[1], copied()).unwrap();
    let copy = util::from_bytes(bytes.clone()).unwrap();
    assert_eq!(copy.blob_table().blobs().len(), 4);
    assert!(solid_bytes(&copy, &bytes) == solid_bytes(&source, &solid()));
    assert!(util::check(&copy).unwrap().is_ok());
    assert!(util::contents(&copy, 1) == util::contents(&delta, 1));
}

#[test]
fn what_is_asked_for_otherwise_is_compressed_anew() {
    let source = util::from_bytes(solid()).unwrap();
    let expected = util::contents(&source, 1);
    let changes = [
        anew(1 << 18),
        with(|o| (o.solid, o.solid_chunk_size) = (Some(true), Some(1 << 17))),
        with(|o| (o.solid, o.solid_compression) = (Some(true), Some(Compression::Xpress))),
    ];
    for options in changes {
        assert_eq!(actions(&source, 1, options.clone()), [Action::Solid; 5]);
        let copy = util::from_bytes(util::export(&source, &[1], options).unwrap()).unwrap();
        assert!(util::check(&copy).unwrap().is_ok());
        assert!(util::contents(&copy, 1) == expected);
    }
}

#[test]
fn a_damaged_solid_resource_is_not_delivered() {
    let mut bytes = solid();
    let source = util::from_bytes(bytes.clone()).unwrap();
    let resource = source.blob_table().solid_resources()[0].resource;
    bytes[(resource.offset + resource.size_in_wim / 2) as usize] ^= 1;
    let damaged = util::from_bytes(bytes).unwrap();
    let error = util::export(&damaged, &[1], copied()).unwrap_err();
    assert!(matches!(error, Error::Decompress { .. } | Error::HashMismatch { .. }), "{error}");
}

#[test]
fn ranges_are_read_in_any_order_with_and_without_a_cache() {
    let bytes = solid();
    for cache in [0, 1 << 30] {
        let options = wim_export::OpenOptions::new().cache(cache);
        let archive = options.open_source("solid", std::sync::Arc::new(bytes.clone())).unwrap();
        for number in [4, 0, 2, 1] {
            let data = data(number);
            let blob = archive.blob_table().blobs().iter().find(|blob| blob.size == data.len() as u64).unwrap();
            let mut numbers = content::Numbers::new(number as u64);
            let check = |start: u64, end: u64| {
                let part = archive.read_blob(&blob.hash, start..end).unwrap();
                assert!(part == data[start as usize..end as usize], "{start}..{end} of {}", blob.size);
            };
            check(0, 1);
            check(blob.size - 1, blob.size);
            for _ in 0..5 {
                let start = numbers.below(blob.size);
                check(start, start + numbers.below(blob.size - start + 1));
            }
            check(0, blob.size);
        }
    }
}

#[test]
fn of_a_large_chunk_every_file_is_hashed_and_the_damaged_one_is_named() {
    let files: Vec<Vec<u8>> = (0..6).map(|i| content::random(i, 3 << 19)).collect();
    let image = (0..6).fold(Image::new("x"), |image, i| image.file(&format!("{i}"), files[i].clone()));
    let mut bytes = Wim::new().image(image).solid(Codec::Lzms, 16 << 20).to_bytes();
    let archive = util::from_bytes(bytes.clone()).unwrap();
    assert!(util::check(&archive).unwrap().is_ok());
    let resource = archive.blob_table().solid_resources()[0].resource;
    bytes[(resource.offset + resource.size_in_wim / 2) as usize] ^= 1;
    let report = util::check(&util::from_bytes(bytes).unwrap()).unwrap();
    let [Error::HashMismatch { .. }] = report.problems.as_slice() else { panic!("{:?}", report.problems) };
    assert_eq!(report.blobs, 6);
}
