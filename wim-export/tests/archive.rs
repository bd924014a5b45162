//! Opening, reading and verifying: every fixture of ours, and every file of others, does what its description says.

mod util;

use testdata::cases::{Case, Expect, HOSTILE_WIMS, WIMS};
use testdata::tree::Entry;
use wim_export::{Archive, Error, Subject};
use wim_format::ImageIndex;

#[test]
fn every_valid_fixture_opens_and_verifies() {
    for case in WIMS {
        let archive = util::open(case).unwrap_or_else(|error| panic!("{}: {error}", case.file));
        let report = util::check(&archive).unwrap();
        assert!(report.is_ok(), "{}: {:?}", case.file, report.problems);
        assert!(report.blobs > 0, "{}", case.file);
        assert_eq!(report.integrity_checked, case.integrity, "{}", case.file);
        assert_eq!(archive.image_count() as usize, case.images.len(), "{}", case.file);
        assert_eq!(archive.boot_index().map_or(0, ImageIndex::get), case.boot_index, "{}", case.file);
    }
}

#[test]
fn every_file_of_a_known_tree_reads_back_as_it_was_made() {
    let mut compared = 0;
    for case in WIMS {
        let archive = util::open(case).unwrap();
        for (position, name) in case.images.iter().enumerate() {
            let Some(tree) = testdata::trees::by_name(name) else { continue };
            let metadata = archive.image(ImageIndex::from_position(position)).unwrap();
            for entry in tree.entries() {
                let (Entry::File(path, _) | Entry::HardLink(path, _)) = entry else { continue };
                let expected = tree.data(path).unwrap();
                let path = format!("/{path}");
                let id = metadata.find(&path).unwrap_or_else(|| panic!("{}: no {path}", case.file));
                let hash = metadata.inode_of(id).data_hash();
                let size = archive.blob(&hash).map_or(0, |blob| blob.size);
                let found = if hash.is_zero() { Vec::new() } else { archive.read_blob(&hash, 0..size).unwrap() };
                assert!(found == expected, "{}: {path} differs", case.file);
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "only {compared} files were compared");
}

#[test]
fn any_range_of_a_blob_equals_that_range_of_the_whole() {
    for case in WIMS.iter().filter(|case| case.chunk_size > 0 || case.solid.is_some()) {
        let archive = util::open(case).unwrap();
        let largest = archive.blob_table().blobs().iter().max_by_key(|blob| blob.size).unwrap();
        let whole = archive.read_blob(&largest.hash, 0..largest.size).unwrap();
        for (start, end) in [(0, 1), (0, 0), (4095, 4097), (32_767, 32_770), (largest.size - 1, largest.size)] {
            if end <= largest.size {
                let part = archive.read_blob(&largest.hash, start..end).unwrap();
                assert!(part == whole[start as usize..end as usize], "{}: {start}..{end}", case.file);
            }
        }
        assert!(matches!(archive.read_blob(&largest.hash, 0..largest.size + 1), Err(Error::InvalidArgument { .. })));
    }
}

/// What happens to a fixture, as its description counts it.
fn outcome(case: &Case) -> Expect {
    let Ok(archive) = util::open(case) else { return Expect::OpenFails };
    let report = match util::check(&archive) {
        Ok(report) => report,
        Err(Error::SplitSet { part: 1, .. }) => return Expect::BlobFails,
        Err(Error::SplitSet { .. }) => return Expect::ImageFails,
        Err(error) => panic!("{}: {error}", case.file),
    };
    let of_image = |problem: &Error| {
        let broken = matches!(
            problem,
            Error::MissingMetadata { .. } | Error::Format { subject: Some(Subject::Metadata(_)), .. }
        );
        broken || problem.to_string().contains("metadata of image")
    };
    if report.problems.iter().any(of_image) {
        Expect::ImageFails
    } else if report
        .problems
        .iter()
        .any(|problem| matches!(problem, Error::Integrity { .. } | Error::Format { subject: None, .. }))
    {
        Expect::IntegrityFails
    } else if !report.is_ok() {
        Expect::BlobFails
    } else if report.warnings.is_empty() {
        Expect::Valid
    } else {
        Expect::Warns
    }
}

#[test]
fn every_hostile_fixture_comes_out_as_its_description_says() {
    // A stricter reader may fail earlier than described; none may succeed later.
    let rank = |expect| match expect {
        Expect::Valid => 5,
        Expect::Warns => 4,
        Expect::IntegrityFails => 3,
        Expect::BlobFails => 2,
        Expect::ImageFails => 1,
        Expect::OpenFails => 0,
    };
    for case in HOSTILE_WIMS {
        let found = outcome(case);
        let right = match case.expect {
            Expect::Valid | Expect::Warns => found == case.expect,
            _ => rank(found) <= rank(case.expect),
        };
        assert!(right, "{} ({}): expected {:?}, found {found:?}", case.file, case.what, case.expect);
    }
}

#[test]
fn every_prefix_of_an_archive_is_an_error() {
    let whole = testdata::read("wims/none.wim");
    let whole = if whole.len() > 8192 { small_archive() } else { whole };
    for len in 0..whole.len() {
        let result = util::from_bytes(whole[..len].to_vec()).and_then(|archive| util::check(&archive));
        assert!(result.map_or(true, |report| !report.is_ok()), "the first {len} bytes pass");
    }
}

fn small_archive() -> Vec<u8> {
    testdata::build::Wim::new().image(testdata::build::Image::new("x").file(r"\a.txt", "hello")).to_bytes()
}

/// The files of `../shared/wims`, with what is wrong with each; nothing for those that are fine.
const SHARED: &[(&str, Expect)] = &[
    ("dissect.archive/basic4k.wim", Expect::Valid),
    ("dissect.archive/basic8k.wim", Expect::Valid),
    ("dissect.archive/basic16k.wim", Expect::Valid),
    ("dissect.archive/basic32k.wim", Expect::Valid),
    ("hounsell-DecryptESD/Win10-RS1-CompressNone.wim", Expect::Valid),
    ("hounsell-DecryptESD/Win10-RS1-CompressFast.wim", Expect::Valid),
    ("hounsell-DecryptESD/Win10-RS1-CompressMax.wim", Expect::Valid),
    ("hounsell-DecryptESD/Win10-RS1-Integrity.wim", Expect::Valid),
    ("hounsell-DecryptESD/Win10-RS1-MultiImage-Integrity.wim", Expect::Valid),
    ("hounsell-DecryptESD/Win10-RS1-BrokenIntegrity.wim", Expect::IntegrityFails),
    ("hounsell-DecryptESD/Error-InvalidMagic.wim", Expect::OpenFails),
    ("hounsell-DecryptESD/Error-InvalidSize.wim", Expect::OpenFails),
    ("pywimparser/sample.wim", Expect::Valid),
    ("pywimparser/sample_xpress.wim", Expect::Valid),
    ("pywimparser/sample_lzx.wim", Expect::Valid),
    ("pywimparser/sample_lzms.wim", Expect::Valid),
    ("ebiggers-wimlib/longpaths.wim", Expect::Valid),
    ("ebiggers-wimlib/empty_dacl.wim", Expect::Valid),
    ("ebiggers-wimlib/linux_xattrs_old.wim", Expect::Valid),
    ("ebiggers-wimlib/dotdot.wim", Expect::Warns),
    ("ebiggers-wimlib/duplicate_names.wim", Expect::Warns),
    ("ebiggers-wimlib/cyclic.wim", Expect::ImageFails),
    ("ebiggers-wimlib/corrupted_file_1.wim", Expect::BlobFails),
    ("ebiggers-wimlib/corrupted_file_2.wim", Expect::BlobFails),
    ("hostile/claimed-17GiB-blob.wim", Expect::BlobFails),
    ("hostile/symlink-escape.wim", Expect::Valid),
    ("hostile/wimlib-628.wim", Expect::BlobFails),
];

#[test]
fn files_of_others_open_and_verify_or_fail_as_they_should() {
    for &(file, expect) in SHARED {
        let Some(path) = testdata::shared(&format!("wims/{file}")) else { continue };
        let case = Case { file: path.to_str().unwrap().to_owned().leak(), expect, references: &[], ..WIMS[0] };
        let found = outcome(&case);
        let right = found == expect || (expect == Expect::Valid && found == Expect::Warns);
        let early = expect == Expect::BlobFails && matches!(found, Expect::OpenFails | Expect::ImageFails);
        assert!(right || early, "{file}: expected {expect:?}, found {found:?}");
    }
}

#[test]
fn an_archive_is_shared_between_threads() {
    let archive = Archive::open(testdata::path("wims/solid-lzms-64k.wim")).unwrap();
    let expected = util::contents(&archive, 1);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert!(util::contents(&archive.clone(), 1) == expected));
        }
    });
}

#[test]
fn an_uncompressed_table_of_two_sizes_is_refused() {
    let wim = || testdata::build::Wim::new().image(testdata::build::Image::new("x").file("a", "a"));
    assert!(util::from_bytes(wim().to_bytes()).is_ok());
    let short_xml = wim().edit_header(|header| header.xml.size_in_wim -= 2);
    let short_table = wim().edit_header(|header| header.blob_table.size_in_wim -= 50);
    for bytes in [short_xml.to_bytes(), short_table.to_bytes()] {
        let error = util::from_bytes(bytes).unwrap_err();
        assert!(matches!(error, Error::Format { .. }), "{error:?}");
    }
}
