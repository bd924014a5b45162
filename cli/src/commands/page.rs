//! The page about images, for the verbs that write one.

use std::io::Write;
use std::path::Path;

use wim_export::boot::BootReport;
use wim_export::{Archive, Destination, DestinationOptions, Error, SizeMap};
use wim_format::{Compression, ImageIndex};

use crate::html::{Page, Side};
use crate::output::text::{count, short_size};

/// The page about an export that measured where the bytes are; none if it did not.
pub(super) fn of_export(report: &BootReport) -> Option<String> {
    let sizes = report.sizes.as_ref()?;
    let before = Side {
        label: label(&report.source, report.image, report.source_name.as_deref()),
        file_size: Some(report.source_size),
        facts: vec![("images in the file", report.source_images.to_string())],
        sizes: &sizes.before,
    };
    let mut facts = vec![("compression", compression(report.compression, report.chunk_size))];
    if report.plan.dropped != 0 {
        let blobs = count(report.plan.dropped, "blob", "blobs");
        facts.push(("left out: nothing needs it", format!("{} in {blobs}", short_size(report.plan.dropped_bytes))));
    }
    let after = Side {
        label: label(&report.destination, ImageIndex::FIRST, report.name.as_deref()),
        file_size: report.export.as_ref().map(|export| export.size),
        facts,
        sizes: &sizes.after,
    };
    let page = Page {
        before: Some(before),
        image: after,
        sha256: report.sha256.as_ref().map(ToString::to_string),
        finalize: report.finalize.as_ref(),
        findings: &report.findings,
        consumers: &report.consumers,
    };
    Some(page.render())
}

/// `boot.wim, image 1 (Windows PE)`.
fn label(path: &Path, image: ImageIndex, name: Option<&str>) -> String {
    let file = path.file_name().map_or(path.as_os_str().to_string_lossy(), |name| name.to_string_lossy());
    let name = name.map_or(String::new(), |name| format!(" ({name})"));
    format!("{file}, image {image}{name}")
}

/// `LZX, chunks of 32 KiB`.
fn compression(compression: Compression, chunk_size: u32) -> String {
    match chunk_size {
        0 => compression.to_string(),
        size => format!("{compression}, chunks of {}", short_size(size.into())),
    }
}

/// An image in its archive.
pub(super) fn side<'a>(archive: &Archive, image: ImageIndex, sizes: &'a SizeMap) -> Side<'a> {
    let compression = compression(archive.header().compression(), archive.header().chunk_size);
    Side {
        label: label(Path::new(archive.name()), image, archive.image_name(image).as_deref()),
        file_size: Some(archive.file_len()),
        facts: vec![("compression", compression)],
        sizes,
    }
}

/// Writes a file: the whole of it, or nothing.
pub(super) fn write(path: &Path, html: &str) -> anyhow::Result<()> {
    let mut destination = Destination::create(path, &DestinationOptions::default())?;
    let failed = |source| Error::Io { action: "write", path: path.to_owned(), source };
    destination.file().write_all(html.as_bytes()).map_err(failed)?;
    destination.commit()?;
    Ok(())
}
