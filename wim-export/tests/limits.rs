//! Limits: every preset accepts what it should, and each of its limits is enforced, by whatever goes through an archive.

mod util;

use testdata::build::{Image, Wim};
use testdata::cases::WIMS;
use wim_export::{
    Archive, BlobReadOptions, BlobTaker, Error, ExportOptions, ExportPlan, ImageEditor, NewEntry, OnConflict,
    OpenOptions, ReplacePlan, Result, SplitPlan, VerifyOptions, verify,
};
use wim_format::{ErrorKind, ImageIndex, Limits};

const PRESETS: [&str; 3] = ["default", "untrusted", "embedded"];

fn preset(name: &str) -> Limits {
    match name {
        "default" => Limits::default(),
        "untrusted" => Limits::untrusted(),
        _ => Limits::embedded(32 << 20),
    }
}

fn open(file: &str, limits: Limits) -> Result<Archive> {
    OpenOptions::new().limits(limits).open(testdata::path(file))
}

/// What exceeded its limit.
#[track_caller]
fn exceeded<T>(result: Result<T>) -> &'static str {
    match result.err().expect("more than the limit") {
        Error::Format { source, .. } => match source.kind() {
            ErrorKind::Limit { what, .. } => what,
            other => panic!("{other:?}"),
        },
        Error::Memory { .. } => "memory",
        other => panic!("{other}"),
    }
}

struct Nobody;

impl BlobTaker for Nobody {
    fn whole(&self, _: usize, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn part(&self, _: usize, _: u64, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn end(&self, _: usize, outcome: Result<()>) -> Result<()> {
        outcome
    }
}

fn verify_all(archive: &Archive) -> Result<()> {
    verify(archive, &VerifyOptions::default(), &mut ()).map(|report| assert!(report.is_ok()))
}

fn read_all(archive: &Archive) -> Result<()> {
    let hashes: Vec<_> = archive.blob_table().blobs().iter().map(|blob| blob.hash).collect();
    archive.read_blobs(&hashes, &BlobReadOptions::default(), &Nobody, &mut ())
}

fn export(archive: &Archive) -> Result<()> {
    let images: Vec<ImageIndex> = archive.images().collect();
    ExportPlan::new(archive, &images, ExportOptions::default())?.write(&mut Vec::new(), &mut ()).map(drop)
}

#[test]
fn every_preset_accepts_ordinary_archives() {
    for name in PRESETS {
        for case in WIMS.iter().filter(|case| case.references.is_empty()) {
            let archive =
                open(case.file, preset(name)).unwrap_or_else(|error| panic!("{name}: {}: {error}", case.file));
            if archive.header().is_split() {
                continue;
            }
            verify_all(&archive).unwrap();
            export(&archive).unwrap();
            util::contents(&archive, 1);
        }
    }
}

#[test]
fn a_stricter_preset_allows_no_more() {
    let (default, untrusted, embedded) = (preset("default"), preset("untrusted"), preset("embedded"));
    for (wide, narrow) in [(&default, &untrusted), (&untrusted, &embedded)] {
        assert!(narrow.metadata_bytes < wide.metadata_bytes && narrow.entries < wide.entries);
        assert!(narrow.blobs < wide.blobs && narrow.xml_bytes < wide.xml_bytes && narrow.xml_nodes < wide.xml_nodes);
        assert!(narrow.chunk_bytes < wide.chunk_bytes && narrow.images <= wide.images && narrow.depth <= wide.depth);
        assert!(narrow.memory.is_some_and(|narrow| wide.memory.is_none_or(|wide| narrow < wide)));
    }
    assert!(untrusted.blob_bytes < untrusted.total_bytes && untrusted.total_bytes < default.total_bytes);
}

/// The archive has more than a limit allows: of each preset, made so strict.
#[test]
fn what_is_opened_keeps_to_the_limits() {
    let file = "wims/two-images-lzx.wim";
    let archive = open(file, Limits::default()).unwrap();
    let largest = archive.blob_table().blobs().iter().map(|blob| blob.size).max().unwrap();
    let metadata = archive.blob_table().all_metadata()[0].resource.uncompressed_size;
    type Change<'a> = &'a dyn Fn(&mut Limits);
    let changes: [(Change<'_>, &str); 8] = [
        (&|limits| limits.images = 1, "images"),
        (&|limits| limits.blobs = 3, "bytes"),
        (&|limits| limits.xml_bytes = 100, "bytes"),
        (&|limits| limits.blob_bytes = largest - 1, "bytes in a file"),
        (&|limits| limits.chunk_bytes = 4096, "bytes in a chunk"),
        (&|limits| limits.metadata_bytes = metadata - 1, "bytes"),
        (&|limits| limits.entries = 3, "entries"),
        (&|limits| limits.depth = 1, "levels of directories"),
    ];
    for name in PRESETS {
        for (change, what) in changes {
            let mut limits = preset(name);
            change(&mut limits);
            let opened = open(file, limits).and_then(|archive| archive.image(ImageIndex::FIRST).map(drop));
            let exceeded = exceeded(opened);
            assert!(exceeded.contains(what), "{name}: {exceeded} instead of {what}");
        }
        let mut limits = preset(name);
        (limits.blob_bytes, limits.metadata_bytes) = (largest, metadata.max(limits.metadata_bytes));
        verify_all(&open(file, limits).unwrap()).unwrap();
    }
}

#[test]
fn what_goes_through_all_data_keeps_to_the_total() {
    for file in ["wims/two-images-lzx.wim", "wims/solid-lzms.wim"] {
        let total: u64 = open(file, Limits::default()).unwrap().blob_table().blobs().iter().map(|blob| blob.size).sum();
        for name in PRESETS {
            let with = |total_bytes| {
                let mut limits = preset(name);
                limits.total_bytes = total_bytes;
                open(file, limits).unwrap()
            };
            let (enough, less) = (with(total), with(total - 1));
            let split = |archive: &Archive| SplitPlan::new(archive, 1 << 20, ExportOptions::default()).map(drop);
            for run in [verify_all, read_all, export, split] {
                run(&enough).unwrap();
                assert_eq!(exceeded(run(&less)), "bytes of data in all");
            }
        }
    }
}

/// The archive's limit and the run's own: the smaller one counts.
#[test]
fn buffers_and_codecs_keep_to_the_memory() {
    let data: Vec<u8> = (0..3 << 20).map(|i: u32| (i % 251) as u8 ^ (i >> 12) as u8).collect();
    let wim = Wim::new().image(Image::new("x").file("a", &data)).to_bytes();
    let archive = util::from_bytes(wim).unwrap();
    let mut options = ExportOptions::default();
    options.solid = Some(true);
    options.compression = Some(wim_format::Compression::Lzms);
    options.solid_chunk_size = Some(1 << 20);
    let solid = util::export(&archive, &[1], options).unwrap();
    for name in PRESETS {
        let with = |memory| {
            let mut limits = preset(name);
            limits.memory = Some(memory);
            OpenOptions::new().limits(limits).open_source("x", std::sync::Arc::new(solid.clone())).unwrap()
        };
        for run in [verify_all, read_all, |archive: &Archive| {
            let hash = archive.blob_table().blobs()[0].hash;
            archive.blob_reader(&hash)?.read_all(|_| Ok(()))
        }] {
            run(&with(64 << 20)).unwrap();
            assert_eq!(exceeded(run(&with(1 << 20))), "memory");
        }
        let mut options = VerifyOptions::default();
        options.memory = Some(1 << 20);
        assert_eq!(exceeded(verify(&with(64 << 20), &options, &mut ())), "memory");
    }
}

/// What is changed in memory is not written larger than it may be read again.
#[test]
fn an_edited_image_is_held_to_the_limits() {
    const FILE: &str = "wims/lzx-32k.wim";
    let whole = open(FILE, Limits::default()).unwrap();
    let image = whole.image(ImageIndex::FIRST).unwrap();
    let (bytes, entries) = (whole.metadata_bytes(ImageIndex::FIRST).unwrap().len(), image.entry_count());
    let mut walk = image.walk();
    let mut depth = 0;
    while walk.next().is_some() {
        depth = depth.max(walk.depth());
    }
    let mut limited = [Limits::default(), Limits::default(), Limits::default()];
    limited[0].metadata_bytes = bytes as u64 + 8;
    limited[1].entries = entries as u64;
    limited[2].depth = depth as u32 + 1;
    for (limits, what) in limited.into_iter().zip(["bytes", "directory entries", "levels of directories"]) {
        let plan = |path: Option<&str>| {
            let archive = open(FILE, limits.clone())?;
            let mut editor = ImageEditor::new(&archive, ImageIndex::FIRST)?;
            if let Some(path) = path {
                editor.add(path, NewEntry::directory(), OnConflict::Keep)?;
            }
            ReplacePlan::new(&archive, ImageIndex::FIRST, editor, ExportOptions::default(), &mut ())
        };
        assert!(plan(None).is_ok(), "{what}");
        assert_eq!(exceeded(plan(Some(&r"\d".repeat(depth + 2)))), what);
    }
}
