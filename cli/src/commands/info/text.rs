//! What `info` shows, for people.

use std::io::{self, Write};

use wim_export::Archive;

use super::facts::{Facts, HeaderFacts, ImageFacts, ResourceFacts};
use crate::output::json::Time;
use crate::output::text::{Line, Rows, count, full_size, grouped, short_size};

/// Warnings that are shown; `--json` has all of them.
const MAX_WARNINGS: usize = 20;

/// What the archive is.
pub(super) fn print_archive(facts: &Facts, archive: &Archive, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", Line(&facts.file))?;
    let mut rows = Rows::new(out);
    rows.row("Size", full_size(facts.size))?;
    rows.row("GUID", &facts.guid)?;
    rows.row("Version", format_args!("{:#X}{}", facts.version, if facts.pipable { ", pipable" } else { "" }))?;
    rows.row("Compression", compression(&facts.compression, facts.chunk_size))?;
    rows.row("Images", images(facts))?;
    if facts.total_parts != 1 {
        rows.row("Part", format_args!("{} of {}", facts.part, facts.total_parts))?;
    }
    if !facts.flags.is_empty() {
        rows.row("Flags", facts.flags.join(", "))?;
    }
    rows.row("Integrity table", if facts.has_integrity_table { "yes" } else { "no" })?;
    let blobs = &facts.blobs;
    rows.row(
        "Blobs",
        format_args!(
            "{}, {} stored in {}",
            grouped(blobs.count),
            short_size(blobs.bytes),
            short_size(blobs.stored_bytes)
        ),
    )?;
    for solid in &facts.solid_resources {
        let how = compression(&solid.compression, solid.chunk_size);
        let sizes = format!("{} in {}", short_size(solid.bytes), short_size(solid.stored_bytes));
        rows.row("Solid resource", format_args!("{sizes}; {how}"))?;
    }
    for warning in archive.warnings().iter().take(MAX_WARNINGS) {
        rows.row("Warning", warning)?;
    }
    if archive.warnings().len() > MAX_WARNINGS {
        rows.row("Warning", format_args!("and {} more", archive.warnings().len() - MAX_WARNINGS))?;
    }
    Ok(())
}

fn compression(codec: &str, chunk_size: u32) -> String {
    if chunk_size == 0 { codec.to_owned() } else { format!("{codec}, chunks of {}", short_size(u64::from(chunk_size))) }
}

fn images(facts: &Facts) -> String {
    match facts.boot_index {
        Some(index) => format!("{}; number {index} boots", facts.image_count),
        None => facts.image_count.to_string(),
    }
}

/// The images, after a blank line if something stands `above` them.
pub(super) fn print_images(facts: &Facts, above: bool, out: &mut dyn Write) -> io::Result<()> {
    for (position, image) in facts.images.iter().enumerate() {
        if above || position != 0 {
            writeln!(out)?;
        }
        print_image(image, out)?;
    }
    Ok(())
}

fn print_image(image: &ImageFacts, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Image {}{}", image.index, if image.bootable { " (boots)" } else { "" })?;
    let mut rows = Rows::new(out);
    rows.optional("Name", image.name.as_ref())?;
    rows.optional("Description", image.description.as_ref())?;
    rows.optional("Shown as", image.display_name.as_ref())?;
    rows.optional("Shown text", image.display_description.as_ref())?;
    rows.optional("Architecture", image.architecture.as_ref())?;
    rows.optional("Edition", edition(image))?;
    rows.optional("Product", image.product_name.as_ref())?;
    rows.optional("Version", image.version.as_ref())?;
    rows.optional("Languages", languages(image))?;
    rows.optional("System root", image.system_root.as_ref())?;
    rows.optional("Flags", image.flags.as_ref())?;
    rows.optional("Contents", contents(image))?;
    rows.optional("Bytes", bytes(image))?;
    rows.optional("Created", image.created.as_ref().map(Time::text))?;
    rows.optional("Modified", image.modified.as_ref().map(Time::text))?;
    if image.wimboot {
        rows.row("WIMBoot", "yes")?;
    }
    Ok(())
}

fn edition(image: &ImageFacts) -> Option<String> {
    match (&image.edition_id, &image.installation_type) {
        (Some(edition), Some(kind)) if edition != kind => Some(format!("{edition} ({kind})")),
        (edition, kind) => edition.as_ref().or(kind.as_ref()).cloned(),
    }
}

fn languages(image: &ImageFacts) -> Option<String> {
    let list = image.languages.join(", ");
    match &image.default_language {
        Some(default) if image.languages.len() > 1 => Some(format!("{list} (default {default})")),
        Some(default) if list.is_empty() => Some(default.clone()),
        _ => Some(list).filter(|list| !list.is_empty()),
    }
}

fn contents(image: &ImageFacts) -> Option<String> {
    let files = image.files.map(|number| count(number, "file", "files"));
    let directories = image.directories.map(|number| count(number, "directory", "directories"));
    let parts: Vec<String> = files.into_iter().chain(directories).collect();
    Some(parts.join(", ")).filter(|text| !text.is_empty())
}

fn bytes(image: &ImageFacts) -> Option<String> {
    let total = image.bytes.map(full_size)?;
    match image.hard_link_bytes {
        Some(saved) if saved != 0 => Some(format!("{total}, {} of them saved by hard links", short_size(saved))),
        _ => Some(total),
    }
}

/// The header, field by field.
pub(super) fn print_header(header: &HeaderFacts, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Rows::new(out);
    rows.row("Magic", if header.pipable { "WLPWM (pipable)" } else { "MSWIM" })?;
    rows.row("Version", format_args!("{:#X}", header.version))?;
    rows.row("Flags", format_args!("{:#X} {}", header.flags, header.flag_names.join(", ")).to_string().trim_end())?;
    rows.row("Compression", &header.compression)?;
    rows.row("Chunk size", header.chunk_size)?;
    rows.row("GUID", &header.guid)?;
    rows.row("Part", format_args!("{} of {}", header.part, header.total_parts))?;
    rows.row("Image count", header.image_count)?;
    rows.row("Boot index", header.boot_index)?;
    let resources = [
        ("Blob table", &header.blob_table),
        ("XML data", &header.xml_data),
        ("Boot metadata", &header.boot_metadata),
        ("Integrity table", &header.integrity),
    ];
    resources.into_iter().try_for_each(|(label, resource)| rows.row(label, place(resource)))
}

fn place(resource: &ResourceFacts) -> String {
    let ResourceFacts { offset, size_in_wim, uncompressed_size, flags } = resource;
    if *size_in_wim == 0 && *uncompressed_size == 0 {
        return "none".to_owned();
    }
    let uncompressed =
        if size_in_wim == uncompressed_size { String::new() } else { format!(", {uncompressed_size} uncompressed") };
    format!("{size_in_wim} bytes at {offset:#x}{uncompressed}, flags {flags:#04x}")
}
