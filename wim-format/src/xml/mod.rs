//! The XML data: names, descriptions and counts of the images.
//!
//! ```text
//! <WIM>
//!   <TOTALBYTES>111184</TOTALBYTES>          bytes of the file before the XML data
//!   <IMAGE INDEX="1">                        one for each image: XmlImage
//!     <NAME>Windows PE</NAME> ...
//!   </IMAGE>
//! </WIM>
//! ```
//!
//! It lies in the file as UTF-16LE with a byte order mark, without declaration and without blanks. Elements,
//! attributes, namespaces, texts and comments that this library does not know are kept, in their order.

mod image;
mod parse;
mod path;
mod scan;
#[cfg(test)]
mod tests;
mod tree;
mod utf16;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub use image::{WindowsVersion, XmlImage};

use crate::error::{Error, ErrorKind, Result, Section};
use crate::header::ImageIndex;
use crate::limits::Limits;
use crate::warning::Warning;
use image::IMAGE;
use tree::{Attribute, Element, Escaped, Node};

/// Name of the root element.
const ROOT: &str = "WIM";
/// Bytes of the file before the XML data.
const TOTAL_BYTES: &str = "TOTALBYTES";

/// The XML data of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct XmlInfo {
    attributes: Vec<Attribute>,
    /// What comes before the first image.
    before: Vec<Node>,
    images: Vec<XmlImage>,
    /// What comes after the first image and is none.
    after: Vec<Node>,
    /// Whether a line feed ends the document, as in archives of wimlib before 1.14.
    ends_with_line_feed: bool,
    warnings: Vec<Warning>,
}

impl XmlInfo {
    /// XML data without images.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses XML data: UTF-16LE, with or without byte order mark. Images are sorted by the number that they state.
    ///
    /// Whether there are as many images as the header says is for the caller to check.
    ///
    /// # Errors
    /// If there is more of it than the limits allow, it is in another encoding or not well-formed, the root is not
    /// `WIM`, or the images are not numbered from 1 without gaps.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self> {
        if bytes.len() as u64 > limits.xml_bytes {
            let kind = ErrorKind::Limit { what: "bytes of XML data", limit: limits.xml_bytes };
            return Err(Error::new(kind, Section::Xml, 0));
        }
        let mut warnings = Vec::new();
        let text = utf16::decode(bytes, &mut warnings)?;
        let bom = if bytes.starts_with(&utf16::BOM) { utf16::BOM.len() } else { 0 };
        let root = parse::parse(&text, limits).map_err(|error| {
            let before = text.get(..error.offset() as usize).unwrap_or(&text);
            Error::new(error.kind(), Section::Xml, (bom + utf16::encoded_len(before)) as u64)
        })?;
        let info = Self { ends_with_line_feed: text.ends_with(">\n"), warnings, ..Self::default() };
        info.with_root(root, limits)
    }

    fn with_root(mut self, root: Element, limits: &Limits) -> Result<Self> {
        let fail = |kind| Err(Error::new(kind, Section::Xml, 0));
        if &*root.name != ROOT {
            return fail(ErrorKind::InvalidXml("the root element is not WIM"));
        }
        self.attributes = root.attributes;
        for node in root.children {
            match node {
                Node::Element(element) if &*element.name == IMAGE => self.images.push(XmlImage { element }),
                other if self.images.is_empty() => self.before.push(other),
                other => self.after.push(other),
            }
        }
        if self.images.len() as u64 > u64::from(limits.images) {
            return fail(ErrorKind::Limit { what: "images", limit: limits.images.into() });
        }
        self.images.sort_by_key(XmlImage::index);
        let numbers = self.images.iter().map(|image| image.index().map(ImageIndex::position));
        if !numbers.eq((0..self.images.len()).map(Some)) {
            return fail(ErrorKind::InvalidXml("the images are not numbered from 1 without gaps"));
        }
        Ok(self)
    }

    /// The XML data as it lies on disk: UTF-16LE with a byte order mark.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = String::new();
        tree::write_start(ROOT, &self.attributes, &mut text);
        text.push('>');
        tree::write_nodes(&self.before, &mut text);
        for image in &self.images {
            image.element.write(&mut text);
        }
        tree::write_nodes(&self.after, &mut text);
        tree::write_end(ROOT, &mut text);
        if self.ends_with_line_feed {
            text.push('\n');
        }
        utf16::encode(&text)
    }

    /// The same for a new archive: what is ill-formed in the UTF-16, which some software does not read, becomes U+FFFD.
    pub fn to_well_formed_bytes(&self) -> Vec<u8> {
        let mut bytes = self.to_bytes();
        utf16::repair(&mut bytes);
        bytes
    }

    /// What [`parse`](Self::parse) tolerated.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Number of images.
    pub fn image_count(&self) -> usize {
        self.images.len()
    }

    /// All images, in the order of their numbers.
    pub fn images(&self) -> &[XmlImage] {
        &self.images
    }

    /// One image.
    pub fn image(&self, index: ImageIndex) -> Option<&XmlImage> {
        self.images.get(index.position())
    }

    /// One image, to be changed.
    pub fn image_mut(&mut self, index: ImageIndex) -> Option<&mut XmlImage> {
        self.images.get_mut(index.position())
    }

    /// Adds an image after all others.
    pub fn push_image(&mut self, image: XmlImage) {
        self.images.push(image);
        self.renumber_from(self.images.len() - 1);
    }

    /// Removes an image and returns it; those after it move up by one.
    pub fn remove_image(&mut self, index: ImageIndex) -> Option<XmlImage> {
        let removed = (index.position() < self.images.len()).then(|| self.images.remove(index.position()));
        self.renumber_from(index.position());
        removed
    }

    /// Bytes of the file before the XML data, as the XML data says.
    pub fn total_bytes(&self) -> Option<u64> {
        let element = self.others().find(|element| &*element.name == TOTAL_BYTES)?;
        element.text().trim_ascii().parse().ok()
    }

    /// Sets the number of bytes of the file before the XML data, or removes it.
    pub fn set_total_bytes(&mut self, bytes: Option<u64>) {
        let is_it = |node: &Node| matches!(node, Node::Element(element) if &*element.name == TOTAL_BYTES);
        let Some(bytes) = bytes else {
            self.before.retain(|node| !is_it(node));
            self.after.retain(|node| !is_it(node));
            return;
        };
        if !self.before.iter().chain(&self.after).any(is_it) {
            self.before.insert(0, Node::Element(Element::new(TOTAL_BYTES)));
        }
        let nodes = tree::elements_mut(&mut self.before).chain(tree::elements_mut(&mut self.after));
        if let Some(element) = nodes.into_iter().find(|element| &*element.name == TOTAL_BYTES) {
            element.set_text(Escaped::from_decoded(&bytes.to_string()));
        }
    }

    /// Whether the archive is an encrypted ESD, whose tables and metadata only Microsoft's software can read.
    pub fn is_encrypted(&self) -> bool {
        self.others().any(|element| &*element.name == "ESD" && element.child("ENCRYPTED").is_some())
    }

    /// The elements of the root that are no images.
    fn others(&self) -> impl Iterator<Item = &Element> {
        tree::elements(&self.before).chain(tree::elements(&self.after))
    }

    /// Numbers the images from the zero-based `first` on by their positions; those before it have theirs.
    fn renumber_from(&mut self, first: usize) {
        for (position, image) in self.images.iter_mut().enumerate().skip(first) {
            image.set_index(ImageIndex::from_position(position));
        }
    }
}
