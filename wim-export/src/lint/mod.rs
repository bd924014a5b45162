//! What the programs that read an archive will stumble over: rules, each with its reason.
//!
//! An archive can be in order, which [`verify`](crate::verify()) finds out, and still be of no use to the program that it is
//! meant for. Each rule knows for whom it matters.
//!
//! | file | rules about |
//! |---|---|
//! | `rule` | what a rule, a finding and a consumer are |
//! | `container` | the header, compression, the tables |
//! | `references` | what images refer to |
//! | `tree` | directory entries and streams |
//! | `xml` | what the XML says of an image |
//! | `boot_files` | what a boot image and its loaders need |
//! | `size` | the file's size |

mod boot_files;
mod container;
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
    let subjects = [container::RULES, references::RULES, tree::RULES, xml::RULES, boot_files::RULES, size::RULES];
    subjects.into_iter().flatten()
}

/// An image, to be checked.
struct Image<'a> {
    archive: &'a Archive,
    index: ImageIndex,
    metadata: &'a ImageMetadata,
    xml: Option<&'a XmlImage>,
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
        if let Check::Archive(check) = rule.check {
            check(archive, &mut found.of(rule, None));
        }
    }
    let mut references = References::default();
    for index in archive.images().filter(|&index| image.is_none_or(|image| image == index)) {
        let metadata = archive.image(index)?;
        references.add(&metadata);
        let boots = archive.boot_index() == Some(index) || image == Some(index);
        let image = Image { archive, index, metadata: &metadata, xml: archive.xml().image(index) };
        for rule in &wanted {
            match rule.check {
                Check::Image(check) => check(&image, &mut found.of(rule, Some(index)))?,
                Check::BootImage(check) if boots => check(&image, &mut found.of(rule, Some(index)))?,
                _ => {}
            }
        }
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
