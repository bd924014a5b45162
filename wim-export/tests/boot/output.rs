//! What is in the new archive: what every consumer of boot images asks for.

use std::process::Command;

use testdata::build::{header_flags, xml};
use testdata::pe::Machine;
use wim_export::Archive;
use wim_format::{BlobLocation, Compression, HeaderFlags, ImageIndex, ResourceHeader, Version};

use super::util::{check, contents};
use super::workspace::{Workspace, boot_wim, pe, wim_of};

#[test]
fn the_header_is_what_boot_loaders_read() {
    let workspace = Workspace::usual();
    workspace.export_with(|request| request.index = Some(2)).unwrap();
    let output = workspace.output();
    let header = output.header();
    assert_eq!(header.version, Version::Default);
    assert_eq!(header.flags, HeaderFlags::of(Compression::Lzx).with(HeaderFlags::RP_FIX));
    assert_eq!((header.chunk_size, header.image_count), (32 << 10, 1));
    assert_eq!((header.part, header.total_parts), (1, 1));
    assert_eq!(header.boot_index, Some(ImageIndex::FIRST));
    assert!(!header.pipable && header.integrity.is_none());
    let metadata = output.blob_table().metadata(ImageIndex::FIRST).unwrap();
    assert_eq!(header.boot_metadata, metadata.resource);
    assert_eq!(output.xml().image_count(), 1);
}

#[test]
fn the_blob_table_has_what_is_referred_to_and_counts_it() {
    let workspace = Workspace::usual();
    workspace.export().unwrap();
    let output = workspace.output();
    let metadata = output.image(ImageIndex::FIRST).unwrap();
    let mut expected = std::collections::BTreeMap::new();
    for (_, dentry) in metadata.walk() {
        for stream in metadata.inode(dentry.inode).streams().filter(|stream| !stream.hash.is_zero()) {
            *expected.entry(stream.hash).or_insert(0) += 1;
        }
    }
    let counted = output.blob_table().blobs().iter().map(|blob| (blob.hash, blob.reference_count)).collect();
    assert_eq!(expected, counted);
    for blob in output.blob_table().blobs() {
        assert!(matches!(blob.location, BlobLocation::Resource(_)) && blob.size > 0);
    }
}

/// The tree is the image's, byte for byte: the metadata is not touched.
#[test]
fn the_metadata_is_copied_as_it_is() {
    let workspace = Workspace::usual();
    let source = Archive::open(&workspace.source).unwrap();
    for image in source.images() {
        let report = workspace.export_with(|request| request.index = Some(image.get())).unwrap();
        let output = workspace.output();
        assert_eq!(output.metadata_bytes(ImageIndex::FIRST).unwrap(), source.metadata_bytes(image).unwrap());
        assert_eq!(report.metadata, output.blob_table().metadata(ImageIndex::FIRST).unwrap().hash);
        assert_eq!(contents(&output, 1), contents(&source, image.get()));
        let checked = check(&output).unwrap();
        assert!(checked.is_ok() && checked.warnings.is_empty(), "{checked:?}");
    }
}

#[test]
fn compressed_resources_are_copied_and_not_stored() {
    let workspace = Workspace::usual();
    let source = Archive::open(&workspace.source).unwrap();
    let report = workspace.export().unwrap();
    assert_eq!((report.plan.copied, report.plan.encoded, report.plan.stored), (report.plan.blobs, 0, 0));
    let output = workspace.output();
    let stored_size = |archive: &Archive, hash| match archive.blob(hash).unwrap().location {
        BlobLocation::Resource(ResourceHeader { size_in_wim, .. }) => size_in_wim,
        BlobLocation::Solid { .. } => panic!("solid"),
    };
    for blob in output.blob_table().blobs() {
        assert_eq!(stored_size(&output, &blob.hash), stored_size(&source, &blob.hash));
    }
}

#[test]
fn rp_fix_stays_as_it_is() {
    for flag in [0, header_flags::RP_FIX] {
        let workspace = Workspace::new(boot_wim(Machine::X64).flags(flag).to_bytes());
        workspace.export().unwrap();
        assert_eq!(workspace.output().header().flags.contains(HeaderFlags::RP_FIX), flag != 0);
    }
}

#[test]
fn other_flags_do_not_stay() {
    let flags = header_flags::READONLY | header_flags::SPANNED;
    let workspace = Workspace::new(boot_wim(Machine::X64).flags(flags).to_bytes());
    workspace.export().unwrap();
    assert_eq!(workspace.output().header().flags, HeaderFlags::of(Compression::Lzx));
}

#[test]
fn flags_become_9_unless_there_are_any() {
    for (from, to, expected) in [
        ("<FLAGS>9</FLAGS>", "", "9"),
        ("<FLAGS>9</FLAGS>", "<FLAGS>2</FLAGS>", "2"),
        ("<FLAGS>9</FLAGS>", "<FLAGS>9</FLAGS>", "9"),
    ] {
        let source = wim_of([pe()]).edit_xml(move |text| xml::utf16le(&text.replace(from, to)));
        let workspace = Workspace::new(source.to_bytes());
        workspace.export().unwrap();
        assert_eq!(workspace.output().xml().images()[0].flags().as_deref(), Some(expected));
    }
}

#[test]
fn elements_that_nobody_knows_stay() {
    let extra = "<SERVICINGDATA><GDRDUREVISION>0</GDRDUREVISION></SERVICINGDATA><X:ODD xmlns:X=\"urn:x\" A='1'/>";
    let source = boot_wim(Machine::X64).edit_xml(move |text| {
        xml::utf16le(&text.replace("</WINDOWS>", &format!("{extra}</WINDOWS><DISPLAYNAME>shown</DISPLAYNAME>")))
    });
    let workspace = Workspace::new(source.to_bytes());
    workspace.export().unwrap();
    let output = workspace.output();
    let text = String::from_utf16_lossy(
        &output.xml_bytes()[2..].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect::<Vec<_>>(),
    );
    assert!(text.contains("<GDRDUREVISION>0</GDRDUREVISION>"), "{text}");
    assert!(text.contains("X:ODD") && text.contains("urn:x"), "{text}");
    assert_eq!(output.xml().images()[0].display_name().as_deref(), Some("shown"));
    assert_eq!(output.xml_bytes()[..2], [0xFF, 0xFE]);
}

#[test]
fn statistics_are_counted_anew() {
    let source = wim_of([pe()]).edit_xml(|text| {
        let cut = text.find("<DIRCOUNT>").unwrap()..text.find("<CREATIONTIME>").unwrap();
        xml::utf16le(&format!("{}<FILECOUNT>99999</FILECOUNT>{}", &text[..cut.start], &text[cut.end..]))
    });
    let right = super::util::from_bytes(wim_of([pe()]).to_bytes()).unwrap();
    let workspace = Workspace::new(source.to_bytes());
    workspace.export().unwrap();
    let output = workspace.output();
    let (image, right) = (&output.xml().images()[0], &right.xml().images()[0]);
    assert_eq!(image.file_count(), right.file_count());
    assert_eq!(image.dir_count(), right.dir_count());
    assert_eq!(image.total_bytes(), right.total_bytes());
    assert_eq!(image.hard_link_bytes(), right.hard_link_bytes());
}

#[test]
fn what_no_image_refers_to_stays_behind() {
    let waste = vec![b'w'; 30_000];
    let source = boot_wim(Machine::X64).unreferenced(&waste).hole(5_000);
    let workspace = Workspace::new(source.to_bytes());
    let report = workspace.export_with(|request| request.compression = Some(Compression::None)).unwrap();
    assert!(report.plan.dropped_bytes >= 30_000);
    let output = workspace.output_bytes();
    assert!(!output.windows(waste.len()).any(|window| window == waste));
    assert!(output.len() + 30_000 < report.source_size as usize);
}

#[test]
fn exporting_the_output_gives_the_same_bytes() {
    for compression in [None, Some(Compression::Xpress), Some(Compression::None)] {
        for integrity in [false, true] {
            let workspace = Workspace::usual();
            let export = |workspace: &Workspace| {
                let exported = workspace.export_with(|request| {
                    request.compression = compression;
                    request.integrity = integrity;
                });
                exported.unwrap();
                workspace.output_bytes()
            };
            let once = export(&workspace);
            let twice = export(&Workspace::new(&once));
            assert!(once == twice, "{compression:?}, integrity {integrity}");
        }
    }
}

fn run(program: &str, arguments: &[&std::ffi::OsStr]) {
    let Some(path) = testdata::peer(program) else { return };
    let output = Command::new(path).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
}

#[test]
fn others_accept_it() {
    let workspace = Workspace::usual();
    for (compression, integrity) in
        [(None, false), (None, true), (Some(Compression::Xpress), true), (Some(Compression::None), false)]
    {
        let exported = workspace.export_with(|request| {
            request.compression = compression;
            request.integrity = integrity;
        });
        exported.unwrap();
        run("wimlib-imagex", &["verify".as_ref(), workspace.out.as_ref()]);
        run("7zz", &["t".as_ref(), workspace.out.as_ref()]);
    }
}

#[test]
fn others_extract_the_same_tree() {
    let workspace = Workspace::usual();
    workspace.export().unwrap();
    let (before, after) = (workspace.folder.path().join("before"), workspace.folder.path().join("after"));
    if testdata::peer("wimlib-imagex").is_none() {
        return;
    }
    run("wimlib-imagex", &["apply".as_ref(), workspace.source.as_ref(), "1".as_ref(), before.as_ref()]);
    run("wimlib-imagex", &["apply".as_ref(), workspace.out.as_ref(), before.with_file_name("after").as_ref()]);
    run("diff", &["-r".as_ref(), before.as_ref(), after.as_ref()]);
}
