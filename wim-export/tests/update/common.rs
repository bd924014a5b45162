//! What the tests of changes share.

use std::sync::Arc;

use testdata::cases::{Case, WIMS};
use wim_export::{
    AppendPlan, Archive, ArchiveWriter, DeletePlan, ExportOptions, ImageEditor, InfoEdit, NewBlob, NewEntry, NewImage,
    OnConflict, OpenOptions, ReplacePlan, Result, Target,
};
use wim_format::{BlobLocation, Header, HeaderFlags, ImageIndex, ImageMetadata, Inode, Sha1Hash, XmlImage};

use crate::util;

/// The fixture of that name.
pub(crate) fn case(file: &str) -> &'static Case {
    WIMS.iter().find(|case| case.file == file).unwrap()
}

/// The fixtures that can be changed in place.
pub(crate) fn changeable() -> impl Iterator<Item = &'static Case> {
    WIMS.iter().filter(|case| !case.pipable && case.parts == 1)
}

pub(crate) fn index(image: u32) -> ImageIndex {
    ImageIndex::new(image).unwrap()
}

/// Options that give the image a name that no fixture has.
pub(crate) fn named() -> ExportOptions {
    with(|options| options.name = Some("appended".to_owned()))
}

pub(crate) fn with(change: impl FnOnce(&mut ExportOptions)) -> ExportOptions {
    let mut options = ExportOptions::default();
    change(&mut options);
    options
}

/// Appends an image in memory.
pub(crate) fn append(base: &[u8], source: &Archive, image: u32, options: ExportOptions) -> Result<Vec<u8>> {
    let base_archive = util::from_bytes(base.to_vec())?;
    let plan = AppendPlan::new(&base_archive, source, &[index(image)], options)?;
    let mut target = base.to_vec();
    plan.write(&mut target, &mut ())?;
    Ok(target)
}

/// A change of an archive.
pub(crate) type Change = Box<dyn Fn(&Archive, &mut dyn Target) -> Result<()>>;

/// One change of each kind; the archive has an image, and none called `appended`.
pub(crate) fn changes() -> Vec<(&'static str, Change)> {
    let appending = |options: ExportOptions| -> Change {
        Box::new(move |archive, target| {
            let source = util::open(case("wims/none.wim"))?;
            AppendPlan::new(archive, &source, &[index(1)], options.clone())?.write(target, &mut ()).map(drop)
        })
    };
    let editing = |edit: fn(&mut InfoEdit)| -> Change {
        Box::new(move |archive, target| {
            let mut info = InfoEdit::new(archive)?;
            edit(&mut info);
            info.write(target, &mut ()).map(drop)
        })
    };
    vec![
        ("append", appending(named())),
        (
            "append with an integrity table",
            appending(with(|options| {
                options.integrity = true;
                options.boot = wim_export::BootChoice::Exported;
                options.name = Some("appended".to_owned());
            })),
        ),
        ("append while files are read", Box::new(append_files)),
        ("rename", editing(|info| info.set_property(index(1), "NAME", Some("renamed")).unwrap())),
        ("boot", editing(|info| info.set_boot(Some(index(1))).unwrap())),
        ("add the integrity table", editing(|info| info.set_integrity(true))),
        ("remove the integrity table", editing(|info| info.set_integrity(false))),
        (
            "edit",
            Box::new(|archive, target| {
                ReplacePlan::check(archive)?;
                let mut editor = ImageEditor::new(archive, index(1))?;
                let data = NewBlob::new("new.txt", Arc::new(b"new data".to_vec()));
                editor.add(r"\new\new.txt", NewEntry::file(data), OnConflict::Refuse)?;
                ReplacePlan::new(archive, index(1), editor, ExportOptions::default(), &mut ())?
                    .write(target, &mut ())
                    .map(drop)
            }),
        ),
        (
            "delete",
            Box::new(|archive, target| {
                DeletePlan::new(archive, &[index(1)], true)?.soft()?.write(target, &mut ()).map(drop)
            }),
        ),
    ]
}

/// Appends an image of two files, which are written before the next one is read.
fn append_files(archive: &Archive, target: &mut dyn Target) -> Result<()> {
    let mut options = ExportOptions::default();
    options.solid = Some(false);
    let mut writer = ArchiveWriter::append(archive, target, options)?;
    let mut metadata = ImageMetadata::new();
    for name in ["one.txt", "two.txt"] {
        let data = NewBlob::new(name, Arc::new(name.repeat(300).into_bytes()));
        let hashes = writer.add_data(vec![data], &mut ())?;
        metadata.add_child(metadata.root(), name.into(), Inode::file(hashes[0])).unwrap();
    }
    let mut xml = XmlImage::new();
    xml.set_name(Some("appended")).unwrap();
    writer.check_image(&xml)?;
    writer.push_image(NewImage { metadata, xml });
    writer.finish(&mut ()).map(drop)
}

/// Everything that an archive holds: for each image its metadata and every file with its content.
pub(crate) type Everything = Vec<(Vec<u8>, Vec<(String, Vec<u8>)>)>;

pub(crate) fn everything(archive: &Archive) -> Everything {
    let of = |image: ImageIndex| (archive.metadata_bytes(image).unwrap(), util::contents(archive, image.get()));
    archive.images().map(of).collect()
}

/// Opens what a change of `case` left, with the other files that it needs.
pub(crate) fn reopen(case: &Case, bytes: Vec<u8>) -> Archive {
    let references = case.references.iter().map(|file| testdata::path(file));
    let options = references.fold(OpenOptions::new(), OpenOptions::reference);
    options.open_source("changed", Arc::new(bytes)).unwrap()
}

/// Checks that an archive is as this library writes it: nothing wrong, no warnings, everything in order.
pub(crate) fn assert_sound(archive: &Archive) {
    let report = util::check(archive).unwrap();
    assert!(report.is_ok(), "{:?}", report.problems);
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    let header = archive.header();
    assert!(!header.flags.contains(HeaderFlags::WRITE_IN_PROGRESS));
    assert_eq!(archive.xml().total_bytes(), Some(header.xml_data.offset));
    assert_eq!(archive.xml().image_count(), header.image_count as usize);
    let boot = header.boot_index.map(|image| archive.blob_table().metadata(image).unwrap().resource);
    assert_eq!(header.boot_metadata, boot.unwrap_or_default());
    assert_eq!(report.integrity_checked, !header.integrity.is_none());
    assert_ends_in_order(archive);
}

/// Data, blob table, XML and integrity table come in this order, and nothing after them.
fn assert_ends_in_order(archive: &Archive) {
    let Header { blob_table, xml_data, integrity, .. } = *archive.header();
    for blob in archive.blob_table().blobs() {
        if let BlobLocation::Resource(resource) = blob.location {
            assert!(resource.offset + resource.size_in_wim <= blob_table.offset);
        }
    }
    assert!(blob_table.offset + blob_table.size_in_wim <= xml_data.offset);
    let xml_end = xml_data.offset + xml_data.size_in_wim;
    assert!(integrity.is_none() || xml_end <= integrity.offset);
    let end = if integrity.is_none() { xml_end } else { integrity.offset + integrity.size_in_wim };
    assert_eq!(end, archive.file_len());
}

/// Checks that every blob of the archive's own file is counted as often as its images refer to it.
pub(crate) fn assert_counted(archive: &Archive) {
    let images: Vec<ImageMetadata> = archive.images().map(|image| archive.image(image).unwrap()).collect();
    let names = |hash: &Sha1Hash| -> u32 {
        let references = images.iter().flat_map(ImageMetadata::blob_references);
        references.filter(|(other, _)| other == hash).map(|(_, names)| names).sum()
    };
    for blob in archive.blob_table().blobs() {
        assert_eq!(blob.reference_count, names(&blob.hash), "{}", blob.hash);
    }
}
