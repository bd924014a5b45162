//! Changing what an archive says of itself: XML, boot image, integrity table.

use wim_format::{Header, ImageIndex, ResourceHeader, XmlInfo};

use super::UpdateSummary;
use super::append::name_is_taken;
use super::check::check_in_place;
use super::in_place::InPlace;
use super::tail::{Tail, boot_metadata};
use crate::workers::Workers;
use crate::{Archive, Error, Progress, Result, Target};

/// Changes of what an archive says of itself.
///
/// Each is checked when it is made; nothing is written before [`InfoEdit::write`], and nothing at all if nothing changes.
///
/// # Examples
/// ```no_run
/// # fn main() -> wim_export::Result<()> {
/// use wim_export::{ArchiveFile, InfoEdit, OpenOptions};
///
/// let mut file = ArchiveFile::open("boot.wim", &OpenOptions::new())?;
/// let image = file.archive().find_image("Windows PE")?;
/// let mut edit = InfoEdit::new(file.archive())?;
/// edit.set_property(image, "DESCRIPTION", Some("with our drivers"))?;
/// edit.set_property(image, "WINDOWS/ARCH", Some("9"))?;
/// edit.set_boot(Some(image))?;
/// edit.set_integrity(true);
/// edit.write(file.file(), &mut ())?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct InfoEdit {
    archive: Archive,
    header: Header,
    xml: XmlInfo,
    integrity: bool,
}

impl InfoEdit {
    /// No changes of `archive` yet.
    ///
    /// # Errors
    /// [`Error::Update`] if it cannot be changed in place.
    pub fn new(archive: &Archive) -> Result<Self> {
        check_in_place(archive)?;
        let header = archive.header().clone();
        let integrity = !header.integrity.is_none();
        Ok(Self { archive: archive.clone(), header, xml: archive.xml().clone(), integrity })
    }

    /// Sets a property of an image, `None` or an empty text removes it: `NAME`, `DESCRIPTION`, `FLAGS`, `WINDOWS/ARCH`,
    /// `WINDOWS/LANGUAGES/LANGUAGE[2]`, …
    ///
    /// # Errors
    /// [`Error::NoSuchImage`]; [`Error::InvalidArgument`] if the path is malformed or names something that holds other
    /// elements, if XML cannot hold the text, or if another image has the name.
    pub fn set_property(&mut self, image: ImageIndex, path: &str, text: Option<&str>) -> Result<()> {
        self.archive.find_image(&image.to_string())?;
        let text = text.filter(|text| !text.is_empty());
        let Some(old) = self.xml.image(image).filter(|old| old.property(path).as_deref() != text) else {
            return Ok(());
        };
        let mut new = old.clone();
        let invalid = |error: wim_format::Error| {
            let (value, expected) = (format!("{path}={}", text.unwrap_or_default()), error.to_string());
            Error::InvalidArgument { what: "property", value, expected }
        };
        new.set_property(path, text).map_err(invalid)?;
        let named = |other: ImageIndex, name: &str| {
            other != image && self.xml.image(other).is_some_and(|xml| xml.name().as_deref() == Some(name))
        };
        let is_taken = |name: &str| self.archive.images().any(|other| named(other, name));
        if new.name() != old.name()
            && let Some(name) = new.name().filter(|name| !name.is_empty())
            && is_taken(&name)
        {
            return Err(name_is_taken(name.into_owned()));
        }
        if let Some(xml) = self.xml.image_mut(image) {
            *xml = new;
        }
        Ok(())
    }

    /// Sets which image boots, or that none does.
    ///
    /// # Errors
    /// [`Error::NoSuchImage`].
    pub fn set_boot(&mut self, image: Option<ImageIndex>) -> Result<()> {
        if let Some(image) = image {
            self.archive.find_image(&image.to_string())?;
        }
        self.header.boot_index = image;
        self.header.boot_metadata = boot_metadata(&self.header, self.archive.blob_table());
        Ok(())
    }

    /// Sets whether there is an integrity table.
    pub fn set_integrity(&mut self, integrity: bool) {
        self.integrity = integrity;
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        !self.grows() && !self.loses_integrity() && self.header == *self.archive.header()
    }

    /// Whether something has to be appended.
    fn grows(&self) -> bool {
        let old = self.archive.header();
        self.xml != *self.archive.xml() || (self.integrity && old.integrity.is_none())
    }

    fn loses_integrity(&self) -> bool {
        !self.integrity && !self.archive.header().integrity.is_none()
    }

    /// Writes the changes to `target`, which holds the archive that they are for; [`crate::ArchiveFile::file`] is one.
    ///
    /// # Errors
    /// If reading or writing fails, the run is cancelled, or the archive was changed since it was opened. `target` is then as
    /// it was.
    pub fn write(&self, target: &mut dyn Target, progress: &mut dyn Progress) -> Result<UpdateSummary> {
        let size = self.archive.file_len();
        if self.is_empty() {
            return Ok(UpdateSummary { header: self.header.clone(), old_size: size, size });
        }
        if self.grows() {
            return self.append(target, progress);
        }
        let mut header = self.header.clone();
        if self.loses_integrity() {
            header.integrity = ResourceHeader::NONE;
        }
        let mut summary = InPlace::begin(&self.archive, target)?.switch(header)?;
        if self.loses_integrity() {
            summary.size = self.cut_integrity_table(target).unwrap_or(size);
        }
        Ok(summary)
    }

    fn append(&self, target: &mut dyn Target, progress: &mut dyn Progress) -> Result<UpdateSummary> {
        let workers = Workers::new(Workers::threads_for(None))?;
        let mut change = InPlace::begin(&self.archive, target)?;
        let tail = Tail { table: None, xml: &self.xml, integrity: self.integrity };
        let end = change.end();
        let mut output = change.append(end, Some(tail.size()))?;
        let mut header = self.header.clone();
        tail.write(&self.archive, &mut header, &workers, &mut output, progress)?;
        output.finish()?;
        change.switch(header)
    }

    /// Cuts off the integrity table, which nothing names any more, if it is the last thing in the file. Returns what is left.
    /// If that fails it stays, and is in nobody's way.
    fn cut_integrity_table(&self, target: &mut dyn Target) -> Option<u64> {
        let Header { xml_data, integrity, .. } = *self.archive.header();
        let is_last = integrity.offset.checked_add(integrity.size_in_wim) == Some(self.archive.file_len());
        let end = xml_data.offset + xml_data.size_in_wim;
        let cut = is_last && target.set_end(end).and_then(|()| target.sync()).is_ok();
        cut.then_some(end)
    }
}
