//! The XML data: the default document, and encodings for illegal ones.

use super::{Image, attributes};

/// The mark that the XML of every Windows writer begins with.
const BYTE_ORDER_MARK: [u8; 2] = [0xFF, 0xFE];

/// UTF-16LE with a byte order mark, as it should be.
pub fn utf16le(text: &str) -> Vec<u8> {
    [&BYTE_ORDER_MARK[..], &utf16le_without_mark(text)].concat()
}

/// UTF-16LE without a byte order mark.
pub fn utf16le_without_mark(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// UTF-16BE with a byte order mark.
pub fn utf16be(text: &str) -> Vec<u8> {
    let mut bytes = utf16le(text);
    bytes.chunks_exact_mut(2).for_each(|unit| unit.swap(0, 1));
    bytes
}

/// The text with the five special characters as entities.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

/// An element with escaped text.
pub fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// A FILETIME as its two halves.
fn time(name: &str, time: u64) -> String {
    let (high, low) = (time >> 32, time & u64::from(u32::MAX));
    format!("<{name}><HIGHPART>0x{high:08X}</HIGHPART><LOWPART>0x{low:08X}</LOWPART></{name}>")
}

/// The document that Microsoft's writer would make of these images; `total_bytes` is the offset of the XML data.
pub(crate) fn document(images: &[&Image], total_bytes: u64) -> String {
    let images: String = images.iter().enumerate().map(|(i, image)| image_element(i + 1, image)).collect();
    format!("<WIM>{}{images}</WIM>", element("TOTALBYTES", &total_bytes.to_string()))
}

/// One IMAGE element, with the statistics counted as Microsoft's writer does: no root, no named streams.
fn image_element(index: usize, image: &Image) -> String {
    let mut parts = vec![format!("<IMAGE INDEX=\"{index}\">")];
    let counts = Counts::of(image);
    parts.push(element("DIRCOUNT", &counts.directories.to_string()));
    parts.push(element("FILECOUNT", &counts.files.to_string()));
    parts.push(element("TOTALBYTES", &counts.bytes.to_string()));
    parts.push(element("HARDLINKBYTES", &counts.hard_link_bytes.to_string()));
    parts.push(time("CREATIONTIME", image.creation_time));
    parts.push(time("LASTMODIFICATIONTIME", image.last_modification_time));
    parts.push(image.extra_xml.clone());
    parts.push(element("NAME", &image.name));
    parts.extend(image.description.iter().map(|text| element("DESCRIPTION", text)));
    parts.extend(image.edition_flags.iter().map(|text| element("FLAGS", text)));
    parts.push("</IMAGE>".to_string());
    parts.concat()
}

/// The statistics of an image.
struct Counts {
    directories: usize,
    files: usize,
    bytes: usize,
    hard_link_bytes: usize,
}

impl Counts {
    fn of(image: &Image) -> Counts {
        let mut counts = Counts { directories: 0, files: 0, bytes: 0, hard_link_bytes: 0 };
        let mut links = std::collections::HashSet::new();
        for dentry in image.metadata.dentries().skip(1) {
            if dentry.is_real_dir() {
                counts.directories += 1;
                continue;
            }
            let size = dentry.data.data.as_ref().map_or(0, Vec::len);
            counts.files += 1;
            counts.bytes += size;
            let linked = dentry.hard_link_id != 0 && dentry.attributes & attributes::REPARSE_POINT == 0;
            if linked && !links.insert(dentry.hard_link_id) {
                counts.hard_link_bytes += size;
            }
        }
        counts
    }
}
