//! What the XML says about one image.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use super::path;
use super::tree::{Element, Escaped};
use crate::error::Result;
use crate::header::ImageIndex;
use crate::statistics::ImageStatistics;
use crate::time::FileTime;

/// Name of an image's element.
pub(super) const IMAGE: &str = "IMAGE";
/// Attribute of an image's element with its one-based number.
pub(super) const INDEX: &str = "INDEX";

/// What the XML says about one image.
///
/// Nothing in it is needed to read the image; it is what users see of it, and what deployment software looks at. All
/// that this library has no function for is reached by [`property`](Self::property), and kept in any case.
///
/// Texts have their entities decoded; half a surrogate pair is shown as U+FFFD. Numbers that cannot be read are as good
/// as absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlImage {
    pub(super) element: Element,
}

/// The version of the Windows in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowsVersion {
    /// As in 10.0.
    pub major: u32,
    /// As in 10.0.
    pub minor: u32,
    /// As in 10.0.26100.
    pub build: u32,
    /// The revision: as in 10.0.26100.1742.
    pub service_pack_build: u32,
}

impl fmt::Display for WindowsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.major, self.minor, self.build, self.service_pack_build)
    }
}

/// Reads.
impl XmlImage {
    /// An image of which nothing is said.
    pub fn new() -> Self {
        Self { element: Element::new(IMAGE) }
    }

    /// The name, which is unique in an archive unless empty.
    pub fn name(&self) -> Option<Cow<'_, str>> {
        self.text("NAME")
    }

    /// The description.
    pub fn description(&self) -> Option<Cow<'_, str>> {
        self.text("DESCRIPTION")
    }

    /// The edition, or 9 for Windows PE.
    pub fn flags(&self) -> Option<Cow<'_, str>> {
        self.text("FLAGS")
    }

    /// The name that Windows Setup shows.
    pub fn display_name(&self) -> Option<Cow<'_, str>> {
        self.text("DISPLAYNAME")
    }

    /// The description that Windows Setup shows.
    pub fn display_description(&self) -> Option<Cow<'_, str>> {
        self.text("DISPLAYDESCRIPTION")
    }

    /// The processor: 0 is x86, 5 ARM, 6 Itanium, 9 x64, 12 ARM64.
    pub fn architecture(&self) -> Option<u32> {
        self.number("WINDOWS/ARCH")
    }

    /// The edition: `WindowsPE`, `Professional`.
    pub fn edition_id(&self) -> Option<Cow<'_, str>> {
        self.text("WINDOWS/EDITIONID")
    }

    /// `WindowsPE`, `Client`, `Server`.
    pub fn installation_type(&self) -> Option<Cow<'_, str>> {
        self.text("WINDOWS/INSTALLATIONTYPE")
    }

    /// The name of the product.
    pub fn product_name(&self) -> Option<Cow<'_, str>> {
        self.text("WINDOWS/PRODUCTNAME")
    }

    /// The folder that Windows is in.
    pub fn system_root(&self) -> Option<Cow<'_, str>> {
        self.text("WINDOWS/SYSTEMROOT")
    }

    /// The version, if at least the part before the first dot is there; missing parts are 0.
    pub fn version(&self) -> Option<WindowsVersion> {
        let version = path::find(&self.element, "WINDOWS/VERSION")?;
        let part = |name| version.child(name).and_then(|part| parse_number(&part.text()));
        Some(WindowsVersion {
            major: part("MAJOR")?,
            minor: part("MINOR").unwrap_or(0),
            build: part("BUILD").unwrap_or(0),
            service_pack_build: part("SPBUILD").unwrap_or(0),
        })
    }

    /// The languages installed, `en-US` and the like.
    pub fn languages(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let languages = path::find(&self.element, "WINDOWS/LANGUAGES");
        languages.into_iter().flat_map(|languages| languages.children_named("LANGUAGE")).map(Element::text)
    }

    /// The language used unless the user chooses another.
    pub fn default_language(&self) -> Option<Cow<'_, str>> {
        self.text("WINDOWS/LANGUAGES/DEFAULT")
    }

    /// Number of directories; whether the root counts depends on the writer.
    pub fn dir_count(&self) -> Option<u64> {
        self.number("DIRCOUNT")
    }

    /// Number of names of files.
    pub fn file_count(&self) -> Option<u64> {
        self.number("FILECOUNT")
    }

    /// Bytes of all files, once for each name.
    pub fn total_bytes(&self) -> Option<u64> {
        self.number("TOTALBYTES")
    }

    /// The part of [`total_bytes`](Self::total_bytes) that hard links save.
    pub fn hard_link_bytes(&self) -> Option<u64> {
        self.number("HARDLINKBYTES")
    }

    /// When the image was captured.
    pub fn creation_time(&self) -> Option<FileTime> {
        self.time("CREATIONTIME")
    }

    /// When the image was last changed.
    pub fn last_modification_time(&self) -> Option<FileTime> {
        self.time("LASTMODIFICATIONTIME")
    }

    /// Whether the image was captured for WIMBoot.
    pub fn wimboot(&self) -> bool {
        self.number("WIMBOOT") == Some(1)
    }

    /// The text at a path: `WINDOWS/ARCH`, or `WINDOWS/LANGUAGES/LANGUAGE[2]` for the second of several.
    pub fn property(&self, path: &str) -> Option<String> {
        path::find(&self.element, path).map(|element| element.text().into_owned())
    }

    /// The number that the XML itself gives the image.
    pub(super) fn index(&self) -> Option<ImageIndex> {
        parse_number(&self.element.attribute(INDEX)?.decoded()).and_then(ImageIndex::new)
    }

    fn text(&self, path: &'static str) -> Option<Cow<'_, str>> {
        path::find(&self.element, path).map(Element::text)
    }

    fn number<T: core::str::FromStr>(&self, path: &'static str) -> Option<T> {
        parse_number(&self.text(path)?)
    }

    fn time(&self, name: &str) -> Option<FileTime> {
        let time = self.element.child(name)?;
        let half = |name| {
            let text = time.child(name)?.text();
            let text = text.trim_ascii();
            let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
            u32::from_str_radix(digits, 16).ok().map(u64::from)
        };
        Some(FileTime(half("HIGHPART")? << 32 | half("LOWPART")?))
    }
}

/// Writes. What is new comes in Microsoft's order, what is there stays where it is.
impl XmlImage {
    /// Sets the text at a path, and makes what is not there on the way; `None` or an empty text removes what is there.
    ///
    /// # Errors
    /// If the path is malformed, skips a number, or ends at something that holds other elements; or if XML cannot hold
    /// a character of the text. Nothing is changed then.
    pub fn set_property(&mut self, path: &str, text: Option<&str>) -> Result<()> {
        match text {
            None | Some("") => path::remove(&mut self.element, path),
            Some(text) => path::set(&mut self.element, path, Escaped::new(text)?),
        }
    }

    /// Sets the name, or removes it.
    ///
    /// # Errors
    /// If XML cannot hold a character of it.
    pub fn set_name(&mut self, name: Option<&str>) -> Result<()> {
        self.set_only("NAME", name)
    }

    /// Sets the description, or removes it.
    ///
    /// # Errors
    /// If XML cannot hold a character of it.
    pub fn set_description(&mut self, description: Option<&str>) -> Result<()> {
        self.set_only("DESCRIPTION", description)
    }

    /// Sets the four counts.
    pub fn set_statistics(&mut self, statistics: &ImageStatistics) {
        self.set_generated("DIRCOUNT", &statistics.dir_count.to_string());
        self.set_generated("FILECOUNT", &statistics.file_count.to_string());
        self.set_generated("TOTALBYTES", &statistics.total_bytes.to_string());
        self.set_generated("HARDLINKBYTES", &statistics.hard_link_bytes.to_string());
    }

    /// Sets when the image was captured.
    pub fn set_creation_time(&mut self, time: FileTime) {
        self.set_time("CREATIONTIME", time);
    }

    /// Sets when the image was last changed.
    pub fn set_last_modification_time(&mut self, time: FileTime) {
        self.set_time("LASTMODIFICATIONTIME", time);
    }

    pub(super) fn set_index(&mut self, index: ImageIndex) {
        if self.index() != Some(index) {
            self.element.set_attribute(INDEX, Escaped::from_decoded(&index.to_string()));
        }
    }

    /// Sets or removes an element of which there should be one; a second one would show when the first is gone.
    fn set_only(&mut self, name: &'static str, text: Option<&str>) -> Result<()> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            self.element.remove_all(name);
            return Ok(());
        };
        self.set_property(name, Some(text))
    }

    fn set_time(&mut self, name: &str, time: FileTime) {
        self.set_generated(&format!("{name}/HIGHPART"), &format!("{:#010X}", time.0 >> 32).replace('X', "x"));
        self.set_generated(&format!("{name}/LOWPART"), &format!("{:#010X}", time.0 & 0xFFFF_FFFF).replace('X', "x"));
    }

    /// Sets a leaf at a path of our own, whatever is there.
    fn set_generated(&mut self, path: &str, text: &str) {
        path::replace(&mut self.element, path, Escaped::from_decoded(text));
    }
}

impl Default for XmlImage {
    fn default() -> Self {
        Self::new()
    }
}

fn parse_number<T: core::str::FromStr>(text: &str) -> Option<T> {
    text.trim_ascii().parse().ok()
}
