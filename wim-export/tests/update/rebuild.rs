//! Optimizing: the same archive without what nobody needs.

use testdata::build::{Image, Wim, header_flags};
use testdata::cases::WIMS;
use wim_export::{Archive, Error, ExportOptions, ExportPlan, GuidChoice, UpdateProblem};
use wim_format::{Compression, Guid, HeaderFlags, ImageIndex};

use crate::common::{append, assert_counted, assert_sound, case, everything, index, named, with};
use crate::util;

fn rebuild(archive: &Archive, options: ExportOptions) -> Archive {
    let images: Vec<ImageIndex> = archive.images().collect();
    let mut bytes = Vec::new();
    ExportPlan::rebuild(archive, &images, options).unwrap().write(&mut bytes, &mut ()).unwrap();
    util::from_bytes(bytes).unwrap()
}

#[test]
fn every_archive_keeps_what_is_its_own() {
    for case in WIMS.iter().filter(|case| case.parts == 1) {
        let old = util::open(case).unwrap();
        let new = rebuild(&old, ExportOptions::default());
        assert!(everything(&new) == everything(&old), "{}", case.file);
        assert_sound(&new);
        assert_counted(&new);
        let (before, after) = (old.header(), new.header());
        assert_eq!((after.guid, after.chunk_size), (before.guid, before.chunk_size), "{}", case.file);
        assert_eq!(after.flags, before.flags, "{}", case.file);
        assert_eq!(after.boot_index, before.boot_index);
        assert_eq!(after.integrity.is_none(), before.integrity.is_none());
        assert_eq!(new.xml().images(), old.xml().images(), "{}", case.file);
    }
}

#[test]
fn what_appending_left_behind_goes() {
    let source = util::open(case("wims/two-images.wim")).unwrap();
    let bytes = append(&testdata::read("wims/xpress-32k.wim"), &source, 2, named()).unwrap();
    let old = util::from_bytes(bytes.clone()).unwrap();
    let new = rebuild(&old, ExportOptions::default());
    assert!(new.file_len() < bytes.len() as u64);
    assert_eq!(new.blob_table().blobs().len(), old.blob_table().blobs().len());
    let again = rebuild(&new, ExportOptions::default());
    assert_eq!(again.file_len(), new.file_len());
}

#[test]
fn marks_xml_and_guid_stay_and_the_rest_can_change() {
    let xml = r#"<WIM><ODD/><IMAGE INDEX="1"><NAME>old</NAME><KEPT a="1">x</KEPT></IMAGE><AFTER/></WIM>"#;
    let marks = header_flags::READONLY | header_flags::RP_FIX;
    let wim = Wim::new().image(Image::new("old").file(r"\a", "a".repeat(9_000))).xml_text(xml).flags(marks);
    let old = util::from_bytes(wim.guid([7; 16]).to_bytes()).unwrap();
    let new = rebuild(&old, with(|options| options.compression = Some(Compression::Xpress)));
    assert_eq!(new.header().compression(), Compression::Xpress);
    assert!(new.header().flags.contains(HeaderFlags::READONLY.with(HeaderFlags::RP_FIX)));
    assert_eq!(new.header().guid, Guid([7; 16]));
    let units: Vec<u16> = new.xml_bytes().as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
    let text = String::from_utf16(&units).unwrap();
    let rest = r#"<ODD/><IMAGE INDEX="1"><NAME>old</NAME><KEPT a="1">x</KEPT></IMAGE><AFTER/></WIM>"#;
    assert!(text.ends_with(rest), "{text}");
    let given = rebuild(&old, with(|options| options.guid = GuidChoice::Given(Guid([9; 16]))));
    assert_eq!(given.header().guid, Guid([9; 16]));
    // Exporting makes another archive, which is not read-only.
    let exported = util::from_bytes(util::export(&old, &[1], ExportOptions::default()).unwrap()).unwrap();
    assert_eq!(exported.header().flags, HeaderFlags::RP_FIX);
}

#[test]
fn an_archive_that_is_in_disorder_or_for_pipes_is_put_right() {
    let source = util::open(case("wims/none.wim")).unwrap();
    let new = rebuild(&util::open(case("wims/pipable.wim")).unwrap(), ExportOptions::default());
    assert!(!new.header().pipable);
    let mut bytes = Vec::new();
    let plan = ExportPlan::rebuild(&new, &[index(1)], ExportOptions::default()).unwrap();
    plan.write(&mut bytes, &mut ()).unwrap();
    assert_sound(&util::from_bytes(append(&bytes, &source, 1, named()).unwrap()).unwrap());
}

#[test]
fn a_split_set_has_no_place_to_take() {
    let archive = util::open(case("wims/split.swm")).unwrap();
    let error = ExportPlan::rebuild(&archive, &[index(1)], ExportOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Update { why: UpdateProblem::Split, .. }), "{error}");
}
