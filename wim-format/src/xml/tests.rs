use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::*;
use crate::statistics::ImageStatistics;
use crate::time::FileTime;
use crate::warning::WarningKind;

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

fn parse(text: &str) -> Result<XmlInfo> {
    XmlInfo::parse(&utf16(text), &Limits::default())
}

fn written(xml: &XmlInfo) -> String {
    let bytes = xml.to_bytes();
    let units: Vec<_> = bytes[2..].chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    String::from_utf16(&units).unwrap()
}

/// An image with this in it, alone in an archive.
fn image(content: &str) -> XmlImage {
    let xml = parse(&format!("<WIM><IMAGE INDEX=\"1\">{content}</IMAGE></WIM>")).unwrap();
    xml.image(ImageIndex::FIRST).unwrap().clone()
}

fn image_text(image: &XmlImage) -> String {
    let mut text = String::new();
    image.element.write(&mut text);
    text
}

#[test]
fn a_full_image_is_understood() {
    let image = image(concat!(
        "<DIRCOUNT>3</DIRCOUNT><FILECOUNT>4</FILECOUNT><TOTALBYTES>160</TOTALBYTES><HARDLINKBYTES>5</HARDLINKBYTES>",
        "<CREATIONTIME><HIGHPART>0x01DA01FC</HIGHPART><LOWPART>0x7E376E86</LOWPART></CREATIONTIME>",
        "<LASTMODIFICATIONTIME><HIGHPART>1da01fd</HIGHPART><LOWPART>0X0</LOWPART></LASTMODIFICATIONTIME>",
        "<WIMBOOT>1</WIMBOOT><WINDOWS><ARCH>9</ARCH><PRODUCTNAME>P</PRODUCTNAME><EDITIONID>WindowsPE</EDITIONID>",
        "<INSTALLATIONTYPE>I</INSTALLATIONTYPE><LANGUAGES><LANGUAGE>en-US</LANGUAGE><LANGUAGE>de-DE</LANGUAGE>",
        "<DEFAULT>en-US</DEFAULT></LANGUAGES><VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>26100</BUILD>",
        "<SPBUILD>1742</SPBUILD></VERSION><SYSTEMROOT>WINDOWS</SYSTEMROOT></WINDOWS><NAME>N</NAME>",
        "<DESCRIPTION>D</DESCRIPTION><FLAGS>9</FLAGS><DISPLAYNAME>DN</DISPLAYNAME>",
        "<DISPLAYDESCRIPTION>DD</DISPLAYDESCRIPTION>",
    ));
    let counts = [image.dir_count(), image.file_count(), image.total_bytes(), image.hard_link_bytes()];
    assert_eq!(counts, [Some(3), Some(4), Some(160), Some(5)]);
    assert_eq!(image.creation_time(), Some(FileTime(0x01DA_01FC_7E37_6E86)));
    assert_eq!(image.last_modification_time(), Some(FileTime(0x01DA_01FD_0000_0000)));
    let texts = [
        (image.name(), "N"),
        (image.description(), "D"),
        (image.flags(), "9"),
        (image.display_name(), "DN"),
        (image.display_description(), "DD"),
        (image.edition_id(), "WindowsPE"),
        (image.installation_type(), "I"),
        (image.product_name(), "P"),
        (image.system_root(), "WINDOWS"),
        (image.default_language(), "en-US"),
    ];
    for (found, expected) in texts {
        assert_eq!(found.as_deref(), Some(expected));
    }
    assert_eq!((image.architecture(), image.wimboot()), (Some(9), true));
    assert_eq!(format!("{}", image.version().unwrap()), "10.0.26100.1742");
    assert!(image.languages().eq(["en-US", "de-DE"]));
    assert_eq!(image.property("WINDOWS/LANGUAGES/LANGUAGE[2]").as_deref(), Some("de-DE"));
    for absent in ["WINDOWS/LANGUAGES/LANGUAGE[3]", "", "/", "NAME/", "NAME[0]", "NAME[x]", "NAME[1", "WINDOWS//ARCH"] {
        assert_eq!(image.property(absent), None, "{absent}");
    }
}

#[test]
fn of_an_empty_image_nothing_is_known() {
    let image = image("<FILECOUNT>-1</FILECOUNT><WINDOWS><ARCH>x64</ARCH><VERSION/></WINDOWS><CREATIONTIME/>");
    assert_eq!((image.name(), image.file_count(), image.architecture()), (None, None, None));
    assert_eq!((image.version(), image.creation_time(), image.wimboot()), (None, None, false));
    assert_eq!(image.languages().count(), 0);
}

#[test]
fn what_is_unknown_is_kept_as_it_was_written() {
    let texts = [
        "<WIM><TOTALBYTES>9</TOTALBYTES><IMAGE INDEX=\"1\"></IMAGE></WIM>",
        "<WIM><IMAGE INDEX=\"1\"><NAME>a</NAME></IMAGE><TOTALBYTES>9</TOTALBYTES></WIM>\n",
        "<WIM><IMAGE INDEX=\"1\"/><IMAGE X=\"&lt;\" INDEX=\"2\"/></WIM>",
        "<WIM a=\"1\" xmlns:x=\"urn:x\" b=\"2\"><x:A x:b=\"c\"><x:D/></x:A><IMAGE INDEX=\"1\"/><NEW/></WIM>",
        "<WIM><IMAGE INDEX=\"1\"><NAME>&quot;&apos;\"'&amp;&lt;&gt;>&#13;&#xA;\r\n</NAME></IMAGE></WIM>",
        "<WIM><IMAGE INDEX=\"1\"><NAME> </NAME><A>mixed<B/>content</A><!-- why --><C><!----></C></IMAGE></WIM>",
        "<WIM><IMAGE INDEX=\"1\"><NAME>\u{1F600}\u{E000}\u{10D8FF}</NAME></IMAGE></WIM>",
        "<WIM></WIM>",
    ];
    for text in texts {
        let xml = parse(text).unwrap();
        assert_eq!(written(&xml), text);
        assert_eq!(xml.warnings(), []);
    }
}

#[test]
fn what_is_between_elements_is_dropped() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<!-- c -->\n<WIM >\n  <IMAGE INDEX = '1' Q='\"'>\n    \
                <NAME >a<!-- c --><![CDATA[<b>]]></NAME ><?pi?>\n  </IMAGE>\n</WIM><!-- c --> ";
    let xml = parse(text).unwrap();
    assert_eq!(xml.image(ImageIndex::FIRST).unwrap().name().as_deref(), Some("a<b>"));
    let expected = "<WIM><IMAGE INDEX=\"1\" Q=\"&quot;\"><NAME>a&lt;b&gt;</NAME></IMAGE></WIM>";
    assert_eq!(written(&xml), expected);
}

#[test]
fn entities_are_decoded() {
    let image = image("<NAME>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&amp;lt;</NAME>");
    assert_eq!(image.name().as_deref(), Some("<>&\"'AB&lt;"));
}

#[test]
fn half_a_surrogate_pair_is_shown_as_unknown_and_kept() {
    let mut bytes = utf16("<WIM><IMAGE INDEX=\"1\"><NAME>ab</NAME></IMAGE></WIM>");
    let at = bytes.windows(2).position(|pair| pair == b"a\0").unwrap();
    bytes[at..at + 2].copy_from_slice(&[0x34, 0xDC]);
    let xml = XmlInfo::parse(&bytes, &Limits::default()).unwrap();
    assert_eq!(xml.image(ImageIndex::FIRST).unwrap().name().as_deref(), Some("\u{FFFD}b"));
    assert_eq!(xml.to_bytes(), bytes);
    assert_eq!(xml.warnings()[0].kind, WarningKind::XmlIllFormed);
}

#[test]
fn images_are_sorted_and_renumbered() {
    let mut xml = parse("<WIM><IMAGE INDEX=\"2\"><NAME>b</NAME></IMAGE><IMAGE INDEX=\"1\"/></WIM>").unwrap();
    assert_eq!(xml.image(ImageIndex::from_position(1)).unwrap().name().as_deref(), Some("b"));
    let mut added = XmlImage::new();
    added.set_name(Some("c")).unwrap();
    xml.push_image(added);
    xml.remove_image(ImageIndex::FIRST).unwrap();
    let expected = "<WIM><IMAGE INDEX=\"1\"><NAME>b</NAME></IMAGE><IMAGE INDEX=\"2\"><NAME>c</NAME></IMAGE></WIM>";
    assert_eq!(written(&xml), expected);
    assert_eq!((xml.image_count(), xml.images().len()), (2, 2));
    assert!(xml.image_mut(ImageIndex::from_position(2)).is_none());
    assert!(xml.remove_image(ImageIndex::from_position(2)).is_none());
}

#[test]
fn the_total_is_found_wherever_it_is() {
    let mut xml = XmlInfo::new();
    assert_eq!(xml.total_bytes(), None);
    xml.push_image(XmlImage::new());
    xml.set_total_bytes(Some(7));
    assert_eq!(written(&xml), "<WIM><TOTALBYTES>7</TOTALBYTES><IMAGE INDEX=\"1\"/></WIM>");
    let mut last = parse("<WIM><IMAGE INDEX=\"1\"/><TOTALBYTES> 7 </TOTALBYTES></WIM>").unwrap();
    assert_eq!(last.total_bytes(), Some(7));
    last.set_total_bytes(Some(8));
    assert_eq!(written(&last), "<WIM><IMAGE INDEX=\"1\"/><TOTALBYTES>8</TOTALBYTES></WIM>");
    last.set_total_bytes(None);
    assert_eq!(written(&last), "<WIM><IMAGE INDEX=\"1\"/></WIM>");
}

#[test]
fn encryption_is_recognised() {
    assert!(parse("<WIM><ESD><ENCRYPTED>x</ENCRYPTED></ESD></WIM>").unwrap().is_encrypted());
    assert!(!parse("<WIM><ESD/></WIM>").unwrap().is_encrypted());
}

#[test]
fn what_is_new_comes_in_microsofts_order() {
    let mut image = XmlImage::new();
    image.set_description(Some("d")).unwrap();
    image.set_name(Some("<&\"'>")).unwrap();
    image.set_property("WINDOWS/ARCH", Some("9")).unwrap();
    image.set_property("OWN/THING", Some("1")).unwrap();
    image.set_creation_time(FileTime(0x01DA_01FC_0000_00AB));
    image.set_statistics(&ImageStatistics { dir_count: 1, file_count: 2, total_bytes: 3, hard_link_bytes: 4 });
    let expected = concat!(
        "<IMAGE><DIRCOUNT>1</DIRCOUNT><FILECOUNT>2</FILECOUNT><TOTALBYTES>3</TOTALBYTES>",
        "<HARDLINKBYTES>4</HARDLINKBYTES><CREATIONTIME><HIGHPART>0x01DA01FC</HIGHPART><LOWPART>0x000000AB</LOWPART>",
        "</CREATIONTIME><WINDOWS><ARCH>9</ARCH></WINDOWS><NAME>&lt;&amp;&quot;&apos;&gt;</NAME>",
        "<DESCRIPTION>d</DESCRIPTION><OWN><THING>1</THING></OWN></IMAGE>",
    );
    assert_eq!(image_text(&image), expected);
    assert_eq!(image.name().as_deref(), Some("<&\"'>"));
    assert_eq!(image.creation_time(), Some(FileTime(0x01DA_01FC_0000_00AB)));
}

#[test]
fn properties_are_set_made_and_removed() {
    let mut image = image("<NAME>old</NAME><WINDOWS><LANGUAGES><LANGUAGE>a</LANGUAGE><X/></LANGUAGES></WINDOWS>");
    image.set_property("WINDOWS/LANGUAGES/LANGUAGE[2]", Some("b")).unwrap();
    image.set_property("WINDOWS/LANGUAGES/LANGUAGE", Some("c")).unwrap();
    image.set_name(Some("")).unwrap();
    image.set_description(None).unwrap();
    let expected = "<IMAGE INDEX=\"1\"><WINDOWS><LANGUAGES><LANGUAGE>c</LANGUAGE><LANGUAGE>b</LANGUAGE><X/>\
                    </LANGUAGES></WINDOWS></IMAGE>";
    assert_eq!(image_text(&image), expected);
    image.set_property("WINDOWS/LANGUAGES/LANGUAGE[1]", None).unwrap();
    assert_eq!(image.property("WINDOWS/LANGUAGES/LANGUAGE").as_deref(), Some("b"));
    image.set_property("WINDOWS", None).unwrap();
    assert_eq!(image_text(&image), "<IMAGE INDEX=\"1\"/>");
}

#[test]
fn properties_that_cannot_be_change_nothing() {
    let mut image = image("<WINDOWS><ARCH>9</ARCH></WINDOWS>");
    let before = image.clone();
    let deep = "A/".repeat(16) + "A";
    let refused =
        ["", "/", "A/", "A[0]", "A[2]", "WINDOWS", "WINDOWS/NEW/B[2]", "1", "A B", "a:b", "WINDOWS/ARCH[3]", &deep];
    for path in refused {
        assert!(image.set_property(path, Some("x")).is_err(), "{path}");
    }
    assert!(image.set_name(Some("a\0b")).is_err());
    assert!(image.set_name(Some("\u{FFFF}")).is_err());
    assert_eq!(image, before);
}

#[test]
fn a_name_given_twice_is_removed_altogether() {
    let mut image = image("<NAME>a</NAME><NAME>b</NAME>");
    image.set_name(None).unwrap();
    assert_eq!(image.name(), None);
}

/// What is wrong with a document, and at which byte.
fn wrong(bytes: &[u8]) -> (ErrorKind, u64) {
    let error = XmlInfo::parse(bytes, &Limits::default()).unwrap_err();
    assert_eq!(error.section(), Section::Xml);
    (error.kind(), error.offset())
}

#[test]
fn other_encodings_are_refused() {
    let utf16be: Vec<u8> = utf16("<WIM/>").chunks(2).flat_map(|unit| [unit[1], unit[0]]).collect();
    let is = |bytes: &[u8], why| assert_eq!(wrong(bytes), (ErrorKind::InvalidXml(why), 0));
    is(b"", "there is none");
    is(b"<WIM/>", "it is UTF-8, not UTF-16LE");
    is(b"\xEF\xBB\xBF<WIM/>", "it is UTF-8, not UTF-16LE");
    is(&utf16be, "it is UTF-16BE, not UTF-16LE");
    is(&utf16be[2..], "it is UTF-16BE, not UTF-16LE");
    assert_eq!(wrong(b"<\0W"), (ErrorKind::InvalidXml("it ends within a UTF-16 unit"), 2));
}

#[test]
fn what_is_not_well_formed_is_refused_where_it_is() {
    let cases = [
        ("", "it has no element", 0),
        ("\u{1F600}", "something other than comments is outside of the root element", 0),
        ("<WIM/><WIM/>", "something other than comments is outside of the root element", 6),
        ("<WIM/>x", "something other than comments is outside of the root element", 6),
        ("<WIM>\n<A></B></WIM>", "an end tag does not match its start tag", 9),
        ("<WIM>", "it ends within an element", 0),
        ("<WIM", "it ends within markup", 0),
        ("<WIM><!-- </WIM>", "it ends within markup", 5),
        ("<WIM>\u{1F600}&x;</WIM>", "an entity is unknown or malformed", 7),
        ("<WIM>&#xD800;</WIM>", "it refers to a number that is no character", 5),
        ("<WIM>&#x41;<A>&#65;</A>&#1;</WIM>", "it refers to a number that is no character", 23),
        ("<WIM a=\"&#x110000;\"/>", "it refers to a number that is no character", 8),
        ("<WIM><!--&#0;--><![CDATA[&#0;]]>&#9999999999;</WIM>", "it refers to a number that is no character", 32),
        ("<WIM a=\"1\" a=\"2\"/>", "an attribute occurs twice in one element", 11),
        ("<WIM><x:A/></WIM>", "a namespace prefix is not declared", 6),
        ("<!DOCTYPE WIM><WIM/>", "it has a document type declaration", 0),
        ("<WIM>\u{1}</WIM>", "it has a character that XML cannot hold", 5),
        ("<IMAGE/>", "the root element is not WIM", 0),
        ("<WIM><IMAGE/></WIM>", "the images are not numbered from 1 without gaps", 0),
        ("<WIM><IMAGE INDEX=\"2\"/></WIM>", "the images are not numbered from 1 without gaps", 0),
        ("<WIM><IMAGE INDEX=\"1\"/><IMAGE INDEX=\"1\"/></WIM>", "the images are not numbered from 1 without gaps", 0),
        ("<WIM><IMAGE INDEX=\"2000000000\"/></WIM>", "the images are not numbered from 1 without gaps", 0),
    ];
    for (text, why, unit) in cases {
        let offset = if unit == 0 { wrong(&utf16(text)).1 } else { 2 + 2 * unit };
        assert_eq!(wrong(&utf16(text)), (ErrorKind::InvalidXml(why), offset), "{text:?}");
    }
}

#[test]
fn too_much_is_refused() {
    let many = |piece: &str, count: usize| utf16(&format!("<WIM>{}</WIM>", piece.repeat(count)));
    let nested = utf16(&("<WIM>".repeat(100_000) + &"</WIM>".repeat(100_000)));
    assert_eq!(wrong(&nested).0, ErrorKind::Limit { what: "levels of XML elements", limit: 50 });
    let attributes: String = (0..200_000).map(|n| format!(" a{n}=\"\"")).collect();
    let attributes = utf16(&format!("<WIM{attributes}/>"));
    assert_eq!(wrong(&attributes).0, ErrorKind::Limit { what: "attributes of an XML element", limit: 64 });
    let namespaces = many("<A xmlns:a=\"u\"/>", 65);
    assert_eq!(wrong(&namespaces).0, ErrorKind::Limit { what: "XML namespaces", limit: 64 });
    let limits = Limits { xml_nodes: 100, xml_bytes: 2_000, images: 1, ..Limits::default() };
    let limited = |bytes: &[u8]| XmlInfo::parse(bytes, &limits).unwrap_err().kind();
    assert_eq!(limited(&many("<A/>", 100)), ErrorKind::Limit { what: "XML nodes", limit: 100 });
    assert_eq!(limited(&many("<A/>", 1000)), ErrorKind::Limit { what: "bytes of XML data", limit: 2_000 });
    let images = utf16("<WIM><IMAGE INDEX=\"1\"/><IMAGE INDEX=\"2\"/></WIM>");
    assert_eq!(limited(&images), ErrorKind::Limit { what: "images", limit: 1 });
}

/// Time that grows with the square of the size would show here: minutes, not a second.
#[test]
fn big_documents_are_read_in_linear_time() {
    let attributes: String = (0..64).map(|n| format!(" a{n}=\"\"")).collect();
    let pieces = ["<A></A>", "<A/>x", "<A>x</A>", "<!--c-->", "&amp;", &format!("<A{attributes}/>")];
    for piece in pieces {
        let nodes = piece.matches(['<', '=']).count().max(1);
        let text = utf16(&format!("<WIM>{}</WIM>", piece.repeat(150_000 / nodes)));
        let xml = XmlInfo::parse(&text, &Limits::default()).unwrap();
        assert!(xml.to_bytes() == text, "{piece}");
    }
    let siblings = utf16(&format!("<WIM>{}</WIM>", "<A/>".repeat(1_000_000)));
    assert_eq!(wrong(&siblings).0, ErrorKind::Limit { what: "XML nodes", limit: 1_000_000 });
}

#[test]
fn deep_trees_within_the_limit_are_no_trouble() {
    let inner = |levels: usize| utf16(&format!("<WIM>{}{}</WIM>", "<A>".repeat(levels), "</A>".repeat(levels)));
    assert!(XmlInfo::parse(&inner(49), &Limits::default()).is_ok());
    assert!(XmlInfo::parse(&inner(50), &Limits::default()).is_err());
}

/// What is dropped from between two texts left them apart in memory. Written, they were one, so that a document differed
/// from itself.
#[test]
fn texts_around_a_dropped_instruction_are_one() {
    let text = "<WIM><IMAGE INDEX=\"1\"><A>b<?c d?>e<F/></A></IMAGE></WIM>";
    let xml = parse(text).unwrap();
    assert_eq!(written(&xml), text.replace("<?c d?>", ""));
    assert_eq!(parse(&written(&xml)).unwrap(), xml);
}
