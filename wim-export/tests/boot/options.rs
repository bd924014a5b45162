//! What each option does.

use std::fs;

use testdata::build::{Codec, Wim};
use testdata::pe::Machine;
use testdata::winpe;
use wim_export::boot::{BootSource, parse_boot_compression};
use wim_export::{Archive, GuidChoice, OnExists};
use wim_format::{Compression, FileTime, Guid, ImageIndex};

use super::util::{check, contents};
use super::workspace::{OLD, Workspace, boot_wim, pe, wim_of};

#[test]
fn compressions_have_names_and_aliases() {
    for (text, expected) in [
        ("lzx", Compression::Lzx),
        ("MAX", Compression::Lzx),
        ("xpress", Compression::Xpress),
        ("Fast", Compression::Xpress),
        ("none", Compression::None),
    ] {
        assert_eq!(parse_boot_compression(text).unwrap(), expected);
    }
    for text in ["lzms", "Recovery"] {
        assert!(parse_boot_compression(text).unwrap_err().to_string().contains("not bootable"));
    }
    assert!(parse_boot_compression("zip").is_err() && parse_boot_compression("").is_err());
}

#[test]
fn by_default_a_compression_that_boots_stays() {
    for codec in [Codec::Lzx, Codec::Xpress] {
        let workspace = Workspace::new(winpe::boot_wim(Machine::X64).codec(codec).to_bytes());
        let report = workspace.export().unwrap();
        assert_eq!(report.compression.codec(), codec.solid_id());
        assert_eq!((report.chunk_size, workspace.output().header().chunk_size), (32 << 10, 32 << 10));
    }
}

#[test]
fn by_default_everything_else_becomes_lzx_of_32_kib() {
    let solid = winpe::boot_wim(Machine::X64).codec(Codec::Lzms).solid(Codec::Lzms, 1 << 20).to_bytes();
    let small_chunks = winpe::boot_wim(Machine::X64).codec_with(Codec::Xpress, 4 << 10).to_bytes();
    let large_chunks = winpe::boot_wim(Machine::X64).codec_with(Codec::Lzx, 64 << 10).to_bytes();
    for source in [winpe::boot_wim(Machine::X64).to_bytes(), solid, small_chunks, large_chunks] {
        let workspace = Workspace::new(&source);
        let report = workspace.export().unwrap();
        assert_eq!((report.compression, report.chunk_size), (Compression::Lzx, 32 << 10));
        let (source, output) = (Archive::open(&workspace.source).unwrap(), workspace.output());
        assert_eq!(contents(&output, 1), contents(&source, 1));
        assert!(output.blob_table().solid_resources().is_empty());
        assert!(check(&output).unwrap().is_ok());
    }
}

#[test]
fn every_compression_that_boots_can_be_asked_for() {
    let workspace = Workspace::usual();
    let expected = contents(&Archive::open(&workspace.source).unwrap(), 1);
    for compression in [Compression::None, Compression::Xpress, Compression::Lzx] {
        let report = workspace.export_with(|request| request.compression = Some(compression)).unwrap();
        assert_eq!(report.compression, compression);
        let output = workspace.output();
        assert_eq!(output.header().compression(), compression);
        assert_eq!(output.header().chunk_size, compression.default_chunk_size());
        assert_eq!(contents(&output, 1), expected);
        assert!(check(&output).unwrap().is_ok());
    }
}

#[test]
fn name_and_description_can_be_changed_and_removed() {
    let workspace = Workspace::usual();
    let report = workspace
        .export_with(|request| {
            request.name = Some("<Boot> & \u{1f600}".to_owned());
            request.description = Some(String::new());
        })
        .unwrap();
    assert_eq!(report.name.as_deref(), Some("<Boot> & \u{1f600}"));
    let output = workspace.output();
    assert_eq!(output.image_name(ImageIndex::FIRST).as_deref(), Some("<Boot> & \u{1f600}"));
    assert_eq!(output.xml().images()[0].description(), None);
}

#[test]
fn names_stay_by_default() {
    let workspace = Workspace::usual();
    let source = Archive::open(&workspace.source).unwrap();
    for image in source.images() {
        let report = workspace.export_with(|request| request.index = Some(image.get())).unwrap();
        assert_eq!(report.name, source.image_name(image));
        assert_eq!(workspace.output().image_name(ImageIndex::FIRST), source.image_name(image));
    }
}

#[test]
fn the_guid_is_derived_kept_or_given() {
    let workspace = Workspace::usual();
    let guid = |choice| {
        workspace.export_with(|request| request.guid = choice).unwrap();
        workspace.output().header().guid
    };
    let source = Archive::open(&workspace.source).unwrap().header().guid;
    assert_eq!(guid(GuidChoice::Keep), source);
    assert_eq!(guid(GuidChoice::Given(Guid([7; 16]))), Guid([7; 16]));
    let derived = guid(GuidChoice::Derived);
    assert_ne!(derived, source);
    assert_eq!(guid(GuidChoice::Derived), derived);
    workspace.export_with(|request| request.index = Some(2)).unwrap();
    assert_ne!(workspace.output().header().guid, derived, "other content, another GUID");
}

#[test]
fn times_stay_or_are_given() {
    let workspace = Workspace::usual();
    let times = |archive: &Archive| {
        let image = archive.xml().images()[0].clone();
        (image.creation_time(), image.last_modification_time())
    };
    let source = times(&Archive::open(&workspace.source).unwrap());
    workspace.export().unwrap();
    assert_eq!(times(&workspace.output()), source);
    let given = FileTime(0x01D0_0000_0000_0000);
    workspace.export_with(|request| request.time = Some(given)).unwrap();
    assert_eq!(times(&workspace.output()), (source.0, Some(given)));
}

#[test]
fn an_integrity_table_can_be_added() {
    let workspace = Workspace::usual();
    workspace.export().unwrap();
    assert!(workspace.output().header().integrity.is_none());
    workspace.export_with(|request| request.integrity = true).unwrap();
    let report = check(&workspace.output()).unwrap();
    assert!(report.is_ok() && report.integrity_checked);
}

#[test]
fn the_sources_integrity_can_be_checked() {
    let workspace = Workspace::new(boot_wim(Machine::X64).integrity(4096).to_bytes());
    workspace.export_with(|request| request.check_integrity = true).unwrap();
    // Where there is no table, there is nothing to check.
    Workspace::usual().export_with(|request| request.check_integrity = true).unwrap();
}

#[test]
fn the_output_can_be_verified() {
    let workspace = Workspace::usual();
    workspace
        .export_with(|request| {
            request.verify_output = true;
            request.integrity = true;
        })
        .unwrap();
    assert_eq!(workspace.names(), ["boot.wim", "source.wim"]);
}

#[test]
fn recompressing_gives_the_same_content() {
    let workspace = Workspace::usual();
    let report = workspace.export_with(|request| request.recompress = true).unwrap();
    assert_eq!(report.plan.copied, 0);
    let source = Archive::open(&workspace.source).unwrap();
    assert_eq!(contents(&workspace.output(), 1), contents(&source, 1));
}

#[test]
fn a_dry_run_writes_nothing() {
    let workspace = Workspace::usual();
    let report = workspace.export_with(|request| request.dry_run = true).unwrap();
    assert!(report.export.is_none() && report.plan.blobs > 10 && report.plan.copied > 0);
    assert_eq!(workspace.output_bytes(), OLD);
    assert_eq!(workspace.names(), ["boot.wim", "source.wim"]);
    // Nor does it make folders.
    let out = workspace.folder.path().join("a/b/boot.wim");
    let dry = workspace.export_with(|request| {
        request.destination.clone_from(&out);
        request.destination_options.mkdirs = true;
        request.dry_run = true;
    });
    dry.unwrap();
    assert_eq!(workspace.names(), ["boot.wim", "source.wim"]);
}

#[test]
fn folders_can_be_made() {
    let workspace = Workspace::usual();
    let out = workspace.folder.path().join("a/b/boot.wim");
    let made = workspace.export_with(|request| {
        request.destination.clone_from(&out);
        request.destination_options.mkdirs = true;
    });
    made.unwrap();
    assert!(out.is_file());
}

#[test]
fn the_old_file_is_replaced_or_backed_up() {
    let workspace = Workspace::usual();
    let report = workspace.export_with(|request| request.destination_options.on_exists = OnExists::Backup).unwrap();
    let backup = workspace.folder.path().join("boot.wim.bak");
    assert_eq!(report.backup.as_ref(), Some(&backup));
    assert_eq!(fs::read(backup).unwrap(), OLD);
    assert_eq!(workspace.export().unwrap().backup, None);
    assert_eq!(workspace.names(), ["boot.wim", "boot.wim.bak", "source.wim"]);
}

#[test]
fn the_source_can_be_the_destination() {
    // With one image, nothing is lost.
    let one = Workspace::new(wim_of([pe()]).to_bytes());
    let expected = contents(&Archive::open(&one.source).unwrap(), 1);
    one.export_with(|request| request.destination.clone_from(&one.source)).unwrap();
    assert_eq!(contents(&Archive::open(&one.source).unwrap(), 1), expected);
    // Of two, one is, and that must be said.
    let two = Workspace::usual();
    let expected = contents(&Archive::open(&two.source).unwrap(), 1);
    let lossy = two.export_with(|request| {
        request.destination.clone_from(&two.source);
        request.destination_options.allow_self = true;
    });
    lossy.unwrap();
    let archive = Archive::open(&two.source).unwrap();
    assert_eq!((archive.image_count(), contents(&archive, 1)), (1, expected));
}

#[test]
#[cfg(unix)]
fn the_source_is_recognised_by_any_of_its_names() {
    let workspace = Workspace::usual();
    for (name, hard) in [("hard.wim", true), ("soft.wim", false)] {
        let other = workspace.folder.path().join(name);
        if hard {
            fs::hard_link(&workspace.source, &other).unwrap();
        } else {
            std::os::unix::fs::symlink(&workspace.source, &other).unwrap();
        }
        workspace.refuses(wim_export::boot::ReturnCode::ERROR_FILE_EXISTS, |request| {
            request.destination.clone_from(&other);
        });
    }
}

#[test]
fn a_split_set_is_exported_as_one_file() {
    let wim = boot_wim(Machine::X64);
    let parts = wim.build_parts(3);
    let workspace = Workspace::new(&parts[0].bytes);
    let others: Vec<_> = (2..=3).map(|part| workspace.folder.path().join(format!("part{part}.swm"))).collect();
    for (path, part) in others.iter().zip(&parts[1..]) {
        fs::write(path, &part.bytes).unwrap();
    }
    workspace.export_with(|request| request.references.clone_from(&others)).unwrap();
    let whole = super::util::from_bytes(wim.to_bytes()).unwrap();
    let output = workspace.output();
    assert_eq!(contents(&output, 1), contents(&whole, 1));
    assert_eq!((output.header().part, output.header().total_parts), (1, 1));
    // A part that is overwritten is lost.
    workspace.refuses_to_overwrite(&others);
}

#[test]
fn a_folder_of_media_is_a_source() {
    let workspace = Workspace::usual();
    let sources = workspace.folder.path().join("media/Sources");
    fs::create_dir_all(&sources).unwrap();
    fs::copy(&workspace.source, sources.join("BOOT.WIM")).unwrap();
    let root = workspace.folder.path().to_path_buf();
    let report = workspace.export_with(|request| request.source = BootSource::AdkRoot(root)).unwrap();
    assert_eq!(report.source, sources.join("BOOT.WIM"));
    assert!(check(&workspace.output()).unwrap().is_ok());
}

#[test]
fn a_source_of_any_version_will_do() {
    let solid: Wim = winpe::boot_wim(Machine::X64).codec(Codec::Lzx).solid(Codec::Lzx, 64 << 10);
    let workspace = Workspace::new(solid.to_bytes());
    workspace.export().unwrap();
    assert_eq!(workspace.output().header().version, wim_format::Version::Default);
}

impl Workspace {
    /// Checks that none of the files, of which the source consists, can be the destination.
    fn refuses_to_overwrite(&self, parts: &[std::path::PathBuf]) {
        for part in parts {
            let before = fs::read(part).unwrap();
            let result = self.export_with(|request| {
                request.references = parts.to_vec();
                request.destination.clone_from(part);
            });
            assert!(result.is_err());
            assert_eq!(fs::read(part).unwrap(), before);
        }
    }
}
