//! The XML data.

use wim_format::{FileTime, ImageIndex, ImageStatistics, XmlInfo};

use crate::input::Input;
use crate::limits::limits;

/// XML data that is accepted is written as the same document: equal when read, and the same bytes when written again.
pub fn xml(data: &[u8]) {
    let Ok(info) = XmlInfo::parse(data, &limits()) else { return };
    let bytes = info.to_bytes();
    // Quotes in attributes become longer when written, so the limits on bytes can be missed.
    let again = reparse(&bytes);
    assert_eq!(again.images(), info.images());
    assert_eq!((again.total_bytes(), again.is_encrypted()), (info.total_bytes(), info.is_encrypted()));
    if again.warnings() == info.warnings() {
        assert_eq!(again, info);
    }
    assert!(again.to_bytes() == bytes);
    for image in info.images() {
        let _ = (image.version(), image.creation_time(), image.languages().count(), image.architecture());
    }
}

/// A property of an image that is set to some text has that text, also after writing and reading; one that is refused
/// leaves the document as it was; and setting counts and times never fails.
pub fn xml_edit(data: &[u8]) {
    let mut input = Input::new(data);
    let lengths = [input.u8(), input.u8()];
    let [path, text] = lengths.map(|len| String::from_utf8_lossy(input.bytes(usize::from(len))).into_owned());
    let mut info = XmlInfo::parse(input.rest(), &limits()).unwrap_or_default();
    if info.image_count() == 0 {
        info.push_image(Default::default());
    }
    let before = info.clone();
    let image = info.image_mut(ImageIndex::FIRST).expect("there is one");
    if image.set_property(&path, Some(&text)).is_err() {
        assert_eq!(info, before, "what is refused changes nothing");
        return;
    }
    let expected = if text.is_empty() { None } else { Some(text) };
    assert_eq!(image.property(&path), expected);
    let again = reparse(&info.to_bytes());
    assert_eq!(again.image(ImageIndex::FIRST).expect("it is still there").property(&path), expected);
    assert_eq!(again.images(), info.images());

    let image = info.image_mut(ImageIndex::FIRST).expect("it is still there");
    let time = FileTime(u64::MAX - 1);
    image.set_statistics(&ImageStatistics::default());
    image.set_creation_time(time);
    let again = reparse(&info.to_bytes());
    let image = again.image(ImageIndex::FIRST).expect("it is still there");
    assert_eq!((image.file_count(), image.creation_time()), (Some(0), Some(time)));
}

fn reparse(bytes: &[u8]) -> XmlInfo {
    XmlInfo::parse(bytes, &wim_format::Limits::default()).expect("what is written can be read")
}
