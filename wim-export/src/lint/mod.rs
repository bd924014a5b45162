//! What the programs that read an archive will stumble over: rules, each with its reason.
//!
//! An archive can be in order, which [`verify`](crate::verify()) finds out, and still be of no use to the program that it is
//! meant for. Each rule knows for whom it matters.
//!
//! What an archive that can be opened cannot have (a header of another size, an entry that leads back to its own directory) is no
//! rule but an error of the readers.
//!
//! | file | rules about |
//! |---|---|
//! | `rule` | what a rule, a finding and a consumer are |
//! | `format` | what readers tolerate, and the format does not allow |
//! | `container` | the header, compression, the tables |
//! | `references` | what images refer to |
//! | `tree` | directory entries and streams |
//! | `names` | names that Windows cannot use |
//! | `xml` | what the XML says of an image |
//! | `boot_files` | what a boot image and its loaders need |
//! | `hives` | the registry of a boot image |
//! | `size` | the file's size |

mod boot_files;
mod container;
mod format;
mod hives;
mod names;
mod references;
mod rule;
mod size;
mod tree;
mod xml;

use wim_format::{ImageIndex, ImageMetadata, XmlImage};

pub use rule::{Consumer, Finding, Rule, Severity};

use crate::{Archive, Result};
use references::References;
use rule::{Check, Found};

/// All rules, each subject's together.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let of_archive = [container::RULES, format::RULES, references::RULES, size::RULES];
    let of_images = [tree::RULES, names::RULES, xml::RULES, boot_files::RULES, hives::RULES];
    of_archive.into_iter().chain(of_images).flatten()
}

/// An image, to be checked.
struct Image<'a> {
    archive: &'a Archive,
    index: ImageIndex,
    metadata: &'a ImageMetadata,
    xml: Option<&'a XmlImage>,
    /// Whether it will be alone in its archive, whatever else the one has that it is in now.
    is_alone: bool,
}

/// Who will likely read an archive: DISM any, the boot manager one with a boot image.
pub fn usual_consumers(archive: &Archive) -> Vec<Consumer> {
    let mut consumers = vec![Consumer::Dism];
    consumers.extend(archive.boot_index().map(|_| Consumer::Bootmgr));
    consumers
}

/// Checks an archive for `consumers`: its tables, and `image` or all images. What is true of the boot image alone is not asked
/// of others, unless it is `image`.
///
/// The findings are in the order of [`rules`], worst first.
///
/// # Errors
/// If the metadata of an image cannot be read: [`verify`](crate::verify()) says more.
pub fn lint(archive: &Archive, image: Option<ImageIndex>, consumers: &[Consumer]) -> Result<Vec<Finding>> {
    let mut found = Found::default();
    let wanted: Vec<&Rule> = rules().filter(|rule| rule.concerns(consumers)).collect();
    for rule in &wanted {
        let report = &mut found.of(rule, None);
        match rule.check {
            Check::Archive(check) => check(archive, report),
            Check::Format(kind) => report.add_warned(archive.warnings(), kind),
            _ => {}
        }
    }
    let mut references = References::default();
    for index in archive.images().filter(|&index| image.is_none_or(|image| image == index)) {
        let metadata = archive.image(index)?;
        references.add(&metadata);
        let boots = archive.boot_index() == Some(index) || image == Some(index);
        let image = Image { archive, index, metadata: &metadata, xml: archive.xml().image(index), is_alone: false };
        check_image(&image, boots, &wanted, &mut found)?;
    }
    // Counts tell nothing as long as some images were left out.
    if image.is_none() {
        for rule in &wanted {
            if let Check::References(check) = rule.check {
                check(archive, &references, &mut found.of(rule, None));
            }
        }
    }
    Ok(found.into_sorted())
}

/// Checks an image that is to be written to an archive of its own, to boot from there, with `xml` to describe it. How that
/// archive will be laid out is for its writer to say.
pub(crate) fn lint_planned(
    archive: &Archive,
    index: ImageIndex,
    xml: Option<&XmlImage>,
    consumers: &[Consumer],
) -> Result<Vec<Finding>> {
    let mut found = Found::default();
    let wanted: Vec<&Rule> = rules().filter(|rule| rule.concerns(consumers)).collect();
    let metadata = archive.image(index)?;
    check_image(&Image { archive, index, metadata: &metadata, xml, is_alone: true }, true, &wanted, &mut found)?;
    let mut findings = found.into_sorted();
    findings.iter_mut().for_each(|finding| finding.image = Some(ImageIndex::FIRST));
    Ok(findings)
}

/// Checks what rules say of an image, and, if it is to boot, of boot images.
fn check_image(image: &Image<'_>, boots: bool, wanted: &[&'static Rule], found: &mut Found) -> Result<()> {
    for rule in wanted {
        let report = &mut found.of(rule, Some(image.index));
        match rule.check {
            Check::Format(kind) => report.add_warned(image.metadata.warnings(), kind),
            Check::Image(check) => check(image, report)?,
            Check::BootImage(check) if boots => check(image, report)?,
            Check::Entries(message, is_wrong) => {
                report.add_entries(image, message, |id, inode| is_wrong(image, id, inode));
            }
            Check::BootEntries(message, is_wrong) if boots => {
                report.add_entries(image, message, |id, inode| is_wrong(image, id, inode));
            }
            _ => {}
        }
    }
    Ok(())
}
