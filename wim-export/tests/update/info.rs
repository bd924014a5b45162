//! Edits of XML, boot index and integrity table.

use testdata::build::{Image, Wim};
use wim_export::{Error, InfoEdit};
use wim_format::Header;

use crate::common::{assert_sound, case, changeable, everything, index, reopen};
use crate::util;

/// Makes an edit in memory.
fn edit(bytes: &[u8], change: impl FnOnce(&mut InfoEdit)) -> Vec<u8> {
    let archive = util::from_bytes(bytes.to_vec()).unwrap();
    let mut info = InfoEdit::new(&archive).unwrap();
    change(&mut info);
    let mut target = bytes.to_vec();
    let summary = info.write(&mut target, &mut ()).unwrap();
    assert_eq!((summary.old_size, summary.size), (bytes.len() as u64, target.len() as u64));
    assert_eq!(summary.header.to_bytes(), target[..Header::SIZE]);
    target
}

#[test]
fn properties_change_and_nothing_else() {
    for case in changeable() {
        let old_bytes = testdata::read(case.file);
        let old = util::open(case).unwrap();
        let new_bytes = edit(&old_bytes, |info| {
            let image = index(old.image_count());
            info.set_property(image, "NAME", Some("a < b & \u{1F600}")).unwrap();
            info.set_property(image, "DESCRIPTION", Some("text")).unwrap();
            info.set_property(image, "WINDOWS/ARCH", Some("12")).unwrap();
            info.set_property(image, "FLAGS", None).unwrap();
        });
        assert!(new_bytes[Header::SIZE..old_bytes.len()] == old_bytes[Header::SIZE..], "{}", case.file);
        let new = reopen(case, new_bytes);
        assert_sound(&new);
        let xml = new.xml().image(index(old.image_count())).unwrap();
        assert_eq!(xml.name().as_deref(), Some("a < b & \u{1F600}"));
        assert_eq!((xml.architecture(), xml.flags()), (Some(12), None));
        assert_eq!(xml.creation_time(), old.xml().image(index(old.image_count())).unwrap().creation_time());
        assert!(everything(&new) == everything(&old));
        assert_eq!(new.blob_table(), old.blob_table());
        assert_eq!((new.header().guid, new.boot_index()), (old.header().guid, old.boot_index()));
    }
}

#[test]
fn nothing_is_written_if_nothing_changes() {
    for case in changeable() {
        let bytes = testdata::read(case.file);
        let old = util::open(case).unwrap();
        let same = edit(&bytes, |info| {
            for image in old.images() {
                info.set_property(image, "NAME", old.image_name(image).as_deref()).unwrap();
            }
            info.set_property(index(1), "NO/SUCH/THING", None).unwrap();
            info.set_boot(old.boot_index()).unwrap();
            info.set_integrity(!old.header().integrity.is_none());
            assert!(info.is_empty(), "{}", case.file);
        });
        assert!(same == bytes, "{}", case.file);
    }
}

#[test]
fn the_boot_image_is_a_matter_of_the_header() {
    for case in changeable() {
        let old = testdata::read(case.file);
        for boot in [Some(index(case.images.len() as u32)), None] {
            let new_bytes = edit(&old, |info| info.set_boot(boot).unwrap());
            assert!(new_bytes[Header::SIZE..] == old[Header::SIZE..]);
            let new = reopen(case, new_bytes);
            assert_eq!(new.boot_index(), boot);
            assert_sound(&new);
        }
    }
}

#[test]
fn integrity_tables_come_and_go() {
    for case in changeable() {
        let old = testdata::read(case.file);
        let with_table = edit(&old, |info| info.set_integrity(true));
        let opened = reopen(case, with_table.clone());
        assert!(!opened.header().integrity.is_none());
        assert_sound(&opened);
        let renamed = edit(&with_table, |info| info.set_property(index(1), "NAME", Some("new")).unwrap());
        assert_sound(&reopen(case, renamed.clone()));
        for bytes in [with_table, renamed] {
            let without = reopen(case, edit(&bytes, |info| info.set_integrity(false)));
            assert!(without.header().integrity.is_none());
            assert_sound(&without);
        }
    }
}

#[test]
fn a_name_belongs_to_one_image() {
    let archive = util::open(case("wims/two-images.wim")).unwrap();
    let mut info = InfoEdit::new(&archive).unwrap();
    let (first, second) = (archive.image_name(index(1)).unwrap(), archive.image_name(index(2)).unwrap());
    for path in ["NAME", "NAME[1]"] {
        let error = info.set_property(index(2), path, Some(&first)).unwrap_err();
        assert!(matches!(&error, Error::InvalidArgument { what: "image name", .. }), "{error}");
    }
    assert!(info.is_empty());
    // Names are given up and taken in one edit; two images without one are no trouble.
    info.set_property(index(1), "NAME", None).unwrap();
    info.set_property(index(2), "NAME", Some(&first)).unwrap();
    info.set_property(index(1), "NAME", Some(&second)).unwrap();
    let mut bytes = testdata::read("wims/two-images.wim");
    info.write(&mut bytes, &mut ()).unwrap();
    let new = util::from_bytes(bytes).unwrap();
    assert_eq!((new.image_name(index(1)), new.image_name(index(2))), (Some(second), Some(first)));
    let mut nameless = InfoEdit::new(&new).unwrap();
    nameless.set_property(index(1), "NAME", Some("")).unwrap();
    nameless.set_property(index(2), "NAME", Some("")).unwrap();
}

#[test]
fn what_xml_cannot_hold_is_refused() {
    let archive = util::open(case("wims/none.wim")).unwrap();
    let mut info = InfoEdit::new(&archive).unwrap();
    for (path, text) in [("NAME", "\u{1}"), ("", "x"), ("A//B", "x"), ("A[3]", "x"), ("CREATIONTIME", "x"), ("1A", "x")]
    {
        let error = info.set_property(index(1), path, Some(text)).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { what: "property", .. }), "{path}: {error}");
    }
    assert!(matches!(info.set_property(index(2), "NAME", Some("x")), Err(Error::NoSuchImage { .. })));
    assert!(matches!(info.set_boot(Some(index(2))), Err(Error::NoSuchImage { .. })));
    assert!(info.is_empty());
}

#[test]
fn xml_that_nobody_knows_stays() {
    let xml = r#"<WIM><ODD/><IMAGE INDEX="1"><NAME>old</NAME><KEPT a="1">x</KEPT></IMAGE><ESD><OTHER/></ESD></WIM>"#;
    let bytes = Wim::new().image(Image::new("old")).xml_text(xml).to_bytes();
    let new = util::from_bytes(edit(&bytes, |info| info.set_property(index(1), "NAME", Some("new")).unwrap())).unwrap();
    let units: Vec<u16> = new.xml_bytes().as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
    let text = String::from_utf16(&units).unwrap();
    let rest = r#"<ODD/><IMAGE INDEX="1"><NAME>new</NAME><KEPT a="1">x</KEPT></IMAGE><ESD><OTHER/></ESD></WIM>"#;
    assert!(text.ends_with(rest), "{text}");
}
