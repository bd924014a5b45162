//! Rules about what the XML says of an image.

use wim_format::XmlImage;

use super::Image;
use super::rule::{Check, Consumer, Report, Rule, Severity};
use crate::boot::{Architecture, kernel_architecture};
use crate::{Archive, Result};

/// Who goes by the architecture that the XML states. No boot loader reads the XML.
const ARCHITECTURES: &[Consumer] = &[Consumer::Wds, Consumer::Setup];
/// EDITIONID or INSTALLATIONTYPE of a boot image.
const PE_EDITION: &str = "WindowsPE";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "architecture",
        severity: Severity::Warning,
        consumers: ARCHITECTURES,
        reason: "WINDOWS/ARCH decides for which computers an image is offered",
        check: Check::BootImage(|image, report| {
            if image.xml.and_then(XmlImage::architecture).is_none() {
                report.add("the XML does not say for which architecture the image is");
            }
            Ok(())
        }),
    },
    Rule {
        id: "architecture-contradiction",
        severity: Severity::Error,
        consumers: ARCHITECTURES,
        reason: "an image that is offered to the wrong computers does not start there",
        check: Check::BootImage(architecture_contradiction),
    },
    Rule {
        id: "image-name",
        severity: Severity::Warning,
        consumers: &[Consumer::Dism, Consumer::Setup, Consumer::Wds],
        reason: "images are chosen by name, so each needs one of its own",
        check: Check::Image(image_name),
    },
    Rule {
        id: "xml-image-order",
        severity: Severity::Warning,
        consumers: &[Consumer::Dism, Consumer::Setup],
        reason: "images are described in the order of their numbers; 7-Zip refuses another",
        check: Check::Archive(image_order),
    },
    Rule {
        id: "statistics",
        severity: Severity::Warning,
        consumers: &[Consumer::Dism, Consumer::Setup],
        reason: "progress and free space are reckoned from these counts",
        check: Check::Image(statistics),
    },
    Rule {
        id: "windows-pe",
        severity: Severity::Warning,
        consumers: &[Consumer::Wds],
        reason: "WDS and Configuration Manager import images as boot images that say that they are Windows PE",
        check: Check::BootImage(|image, report| {
            let is_pe = image.xml.is_some_and(|xml| {
                let editions = [xml.edition_id(), xml.installation_type()];
                editions.iter().flatten().any(|edition| edition.trim().eq_ignore_ascii_case(PE_EDITION))
            });
            if !is_pe {
                report.add("neither EDITIONID nor INSTALLATIONTYPE is WindowsPE");
            }
            Ok(())
        }),
    },
    Rule {
        id: "edition",
        severity: Severity::Error,
        consumers: &[Consumer::Setup],
        reason: "Windows Setup offers images by their edition",
        check: Check::Image(|image, report| {
            if image.xml.and_then(XmlImage::edition_id).is_none_or(|edition| edition.trim().is_empty()) {
                report.add("the XML names no edition (WINDOWS/EDITIONID)");
            }
            Ok(())
        }),
    },
    Rule {
        id: "language",
        severity: Severity::Warning,
        consumers: &[Consumer::Setup],
        reason: "Windows Setup compares its language with the image's",
        check: Check::Image(|image, report| {
            if image.xml.and_then(XmlImage::default_language).is_none() {
                report.add("the XML names no default language (WINDOWS/LANGUAGES/DEFAULT)");
            }
            Ok(())
        }),
    },
];

/// Looks at the XML as it is written; images are in the order of their numbers once it is read.
fn image_order(archive: &Archive, report: &mut Report<'_>) {
    let units: Vec<u16> = archive.xml_bytes().as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
    let text = String::from_utf16_lossy(&units);
    let Ok(document) = roxmltree::Document::parse(text.trim_matches(['\u{feff}', '\0'])) else { return };
    let images = document.root_element().children().filter(|node| node.has_tag_name("IMAGE"));
    let numbers: Vec<u32> = images.filter_map(|image| image.attribute("INDEX")?.trim().parse().ok()).collect();
    if !numbers.is_sorted() {
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        report.add(format!("the images are in the order {}", numbers.join(", ")));
    }
}

fn image_name(image: &Image<'_>, report: &mut Report<'_>) -> Result<()> {
    let Some(name) = image.xml.and_then(XmlImage::name).filter(|name| !name.is_empty()) else {
        report.add("the image has no name");
        return Ok(());
    };
    let others = image.archive.images().filter(|&other| other < image.index && !image.is_alone);
    let mut names = others.filter_map(|other| image.archive.image_name(other));
    if names.any(|other| other == name) {
        report.add(format!("another image is called {name}, too"));
    }
    Ok(())
}

fn architecture_contradiction(image: &Image<'_>, report: &mut Report<'_>) -> Result<()> {
    let stated = image.xml.and_then(XmlImage::architecture).and_then(Architecture::from_xml);
    // A kernel that cannot be read is reported by other rules.
    let kernel = kernel_architecture(image.archive, image.metadata).unwrap_or_default();
    if let (Some(stated), Some(kernel)) = (stated, kernel)
        && stated != kernel
    {
        report.add(format!("the XML says {stated}, the kernel is for {kernel}"));
    }
    Ok(())
}

fn statistics(image: &Image<'_>, report: &mut Report<'_>) -> Result<()> {
    let Some(xml) = image.xml else { return Ok(()) };
    let is_complete = std::cell::Cell::new(true);
    let counted = image.metadata.statistics(|hash| {
        let blob = image.archive.blob(hash);
        is_complete.set(is_complete.get() && (blob.is_some() || hash.is_zero()));
        blob.map_or(0, |blob| blob.size)
    });
    if !is_complete.get() {
        // What is missing cannot be counted, and another rule says so.
        return Ok(());
    }
    let fields = [
        ("DIRCOUNT", xml.dir_count(), counted.dir_count),
        ("FILECOUNT", xml.file_count(), counted.file_count),
        ("TOTALBYTES", xml.total_bytes(), counted.total_bytes),
        ("HARDLINKBYTES", xml.hard_link_bytes(), counted.hard_link_bytes),
    ];
    for (name, stated, counted) in fields {
        // wimlib counts the root, too.
        let is_with_root = name == "DIRCOUNT" && stated == Some(counted + 1);
        if stated.is_some_and(|stated| stated != counted) && !is_with_root {
            report.add(format!("{name} is {}, and should be {counted}", stated.unwrap_or(0)));
        }
    }
    Ok(())
}
