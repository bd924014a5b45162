//! The checks of a source and its image, all before the first byte of output.

use wim_format::{FileAttributes, HeaderFlags, ImageIndex, ImageMetadata, Warning, XmlImage};

use super::kernel;
use super::{Architecture, BootImageProblem, BootRequest, BootWarning};
use crate::boot_paths::{BOOT_FILES, KERNEL, LOADERS, PE_PROGRAMS, SYSTEM_HIVE, WDS_LOADER};
use crate::{Archive, Error, Result};

/// EDITIONID or INSTALLATIONTYPE of a boot image.
const PE_EDITION: &str = "WindowsPE";
/// FLAGS of boot images: Windows PE, and Windows Setup.
const PE_FLAGS: [&str; 2] = ["9", "2"];

/// What was found out about an image that passed.
pub(super) struct Checked {
    pub(super) architecture: Option<Architecture>,
    /// Whether it is a Windows PE.
    pub(super) is_boot_image: bool,
    pub(super) boot_files: Vec<&'static str>,
    pub(super) warnings: Vec<BootWarning>,
}

/// Checks what the header says: an archive that is complete, and that a boot image can come from.
pub(super) fn check_archive(archive: &Archive) -> Result<()> {
    let header = archive.header();
    let refuse = |what: &str| Err(Error::Unsupported { subject: archive.name().to_owned(), what: what.to_owned() });
    if header.flags.contains(HeaderFlags::WRITE_IN_PROGRESS) {
        return refuse("an archive that its writer did not finish (the write-in-progress flag is set)");
    }
    if header.pipable {
        return refuse("wimlib's layout for pipes (wimlib-imagex optimize --not-pipable turns it into the usual one)");
    }
    archive.require_all_parts()
}

/// The image that is asked for: of that index, or the one that boots, or the only one.
pub(super) fn choose_image(archive: &Archive, index: Option<u32>) -> Result<ImageIndex> {
    match index {
        Some(index) => archive.find_image(&index.to_string()),
        None => archive.boot_index().map_or_else(|| archive.only_image(), Ok),
    }
}

/// Checks that `image` is a boot image of the architecture asked for and has what it needs to boot, as far as the request does
/// not allow otherwise.
pub(super) fn check_image(request: &BootRequest, archive: &Archive, image: ImageIndex) -> Result<Checked> {
    let metadata = archive.image(image)?;
    let mut check = Check {
        request,
        archive,
        image,
        metadata: &metadata,
        xml: archive.xml().image(image),
        warnings: format_warnings(archive.warnings().iter().chain(metadata.warnings())),
    };
    check.boot_index()?;
    let architecture = check.architecture()?;
    let is_boot_image = check.is_boot_image();
    check.allow_any(!is_boot_image, BootImageProblem::NotABootImage, BootWarning::NotABootImage)?;
    check.critical_files()?;
    let boot_files = check.boot_files();
    Ok(Checked { architecture, is_boot_image, boot_files, warnings: check.warnings })
}

/// Checks that what a profile left of an image can still boot, and finds what boot loaders take out of it.
pub(super) fn check_finalized(request: &BootRequest, archive: &Archive, image: ImageIndex) -> Result<Checked> {
    let metadata = archive.image(image)?;
    let xml = archive.xml().image(image);
    let mut check = Check { request, archive, image, metadata: &metadata, xml, warnings: Vec::new() };
    check.critical_files()?;
    let (is_boot_image, boot_files) = (check.is_boot_image(), check.boot_files());
    Ok(Checked { architecture: None, is_boot_image, boot_files, warnings: check.warnings })
}

/// One warning of each kind.
fn format_warnings<'a>(warnings: impl Iterator<Item = &'a Warning>) -> Vec<BootWarning> {
    let mut kinds: Vec<BootWarning> = Vec::new();
    for warning in warnings {
        let same = kinds.iter_mut().find_map(|known| match known {
            BootWarning::Format { first, count } if first.kind == warning.kind => Some(count),
            _ => None,
        });
        match same {
            Some(count) => *count += 1,
            None => kinds.push(BootWarning::Format { first: *warning, count: 1 }),
        }
    }
    kinds
}

struct Check<'a> {
    request: &'a BootRequest,
    archive: &'a Archive,
    image: ImageIndex,
    metadata: &'a ImageMetadata,
    xml: Option<&'a XmlImage>,
    warnings: Vec<BootWarning>,
}

impl Check<'_> {
    fn refuse(&self, problem: BootImageProblem) -> Error {
        Error::BootImage { archive: self.archive.name().to_owned(), image: self.image, problem }
    }

    /// If something is `wrong`, it is a warning where any image will do, and an error elsewhere.
    fn allow_any(&mut self, wrong: bool, problem: BootImageProblem, warning: BootWarning) -> Result<()> {
        if wrong && !self.request.any_image {
            return Err(self.refuse(problem));
        }
        self.warnings.extend(wrong.then_some(warning));
        Ok(())
    }

    fn boot_index(&mut self) -> Result<()> {
        let boots = self.archive.boot_index();
        if boots == Some(self.image) {
            return Ok(());
        }
        if self.request.require_boot_index {
            return Err(self.refuse(BootImageProblem::NotBootIndex { boots }));
        }
        self.warnings.push(BootWarning::NotBootIndex { boots });
        Ok(())
    }

    /// Finds out the architecture. The kernel is believed more than the XML, which anybody can write anything into.
    fn architecture(&mut self) -> Result<Option<Architecture>> {
        let stated = self.xml.and_then(XmlImage::architecture).and_then(Architecture::from_xml);
        let kernel = kernel::architecture(self.archive, self.metadata)?;
        match (stated, kernel) {
            (Some(xml), Some(kernel)) if xml != kernel => {
                self.warnings.push(BootWarning::ArchitectureContradiction { xml, kernel });
            }
            (None, Some(kernel)) => self.warnings.push(BootWarning::ArchitectureFromPe(kernel)),
            _ => {}
        }
        let (wanted, found) = (self.request.architecture, kernel.or(stated));
        if found == Some(wanted) {
            return Ok(found);
        }
        if !self.request.allow_arch_mismatch {
            return Err(self.refuse(match found {
                Some(found) => BootImageProblem::ArchitectureMismatch { wanted, found },
                None => BootImageProblem::UnknownArchitecture { wanted },
            }));
        }
        self.warnings.push(BootWarning::ArchitectureMismatch { wanted, found });
        Ok(found)
    }

    fn is_boot_image(&self) -> bool {
        let by_xml = self.xml.is_some_and(|xml| {
            let editions = [xml.edition_id(), xml.installation_type()];
            editions.iter().flatten().any(|edition| edition.trim().eq_ignore_ascii_case(PE_EDITION))
                || xml.flags().is_some_and(|flags| PE_FLAGS.contains(&flags.trim()))
        });
        by_xml || PE_PROGRAMS.iter().all(|path| self.has_file(path))
    }

    fn critical_files(&mut self) -> Result<()> {
        let has_loader = LOADERS.iter().any(|path| self.has_file(path));
        let missing = [
            (!has_loader).then_some(r"\Windows\System32\winload.exe or winload.efi"),
            (!self.has_file(KERNEL)).then_some(KERNEL),
            (!self.has_file(SYSTEM_HIVE)).then_some(SYSTEM_HIVE),
        ];
        for path in missing.into_iter().flatten() {
            self.allow_any(true, BootImageProblem::MissingFile(path), BootWarning::MissingFile(path))?;
        }
        Ok(())
    }

    /// The files for boot loaders that are there. wimboot finds their data only by the hash in the directory entry itself, so
    /// that one with stream entries is worth a warning.
    fn boot_files(&mut self) -> Vec<&'static str> {
        let there: Vec<_> = BOOT_FILES.into_iter().chain([WDS_LOADER]).filter(|path| self.has_file(path)).collect();
        for &path in &there {
            let inode = self.metadata.find(path).map(|id| self.metadata.inode_of(id));
            if inode.is_some_and(|inode| !inode.stored_streams.entries.is_empty()) {
                self.warnings.push(BootWarning::BootFileStreams(path));
            }
        }
        there
    }

    /// Whether there is a file with something in it.
    fn has_file(&self, path: &str) -> bool {
        let inode = self.metadata.find(path).map(|id| self.metadata.inode_of(id));
        inode.is_some_and(|inode| !inode.attributes.contains(FileAttributes::DIRECTORY) && !inode.data_hash().is_zero())
    }
}
