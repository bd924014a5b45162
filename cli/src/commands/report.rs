//! `wimsmith report`: where the bytes of an image are, as a page to look at.

use std::io::Write;
use std::path::Path;

use serde::Serialize;
use wim_export::lint;
use wim_export::{Archive, Destination, DestinationOptions, Error, SizeMap};
use wim_format::ImageIndex;

use crate::args::ReportArgs;
use crate::exit_code::Code;
use crate::html::{Page, Side};
use crate::output::Output;
use crate::output::text::Line;
use crate::source;

/// What was written, for JSON.
#[derive(Serialize)]
struct Answer {
    file: String,
    image: u32,
    destination: String,
    size: u64,
    stored_bytes: u64,
    bytes: u64,
    shared_bytes: u64,
    findings: usize,
}

pub(super) fn run(args: &ReportArgs, output: &mut Output) -> anyhow::Result<Code> {
    source::refuse_all(args.image.as_deref())?;
    let (archive, image) = open(&args.file, args.image.as_deref(), args, output)?;
    let sizes = SizeMap::new(&archive, image)?;
    let before = args.before.as_ref().map(|spec| -> anyhow::Result<_> {
        let (archive, image) = open(&spec.file, spec.image.as_deref(), args, output)?;
        let sizes = SizeMap::new(&archive, image)?;
        Ok((archive, image, sizes))
    });
    let before = before.transpose()?;
    let consumers = match args.consumers.as_slice() {
        [] => lint::usual_consumers(&archive),
        consumers => consumers.to_vec(),
    };
    let findings = lint::lint(&archive, Some(image), &consumers)?;
    let page = Page {
        before: before.as_ref().map(|(archive, image, sizes)| side(archive, *image, sizes)),
        image: side(&archive, image, &sizes),
        findings: &findings,
        consumers: consumers.iter().map(|consumer| consumer.name()).collect::<Vec<_>>().join(", "),
    };
    let html = page.render();
    write(&args.html, html.as_bytes())?;
    if output.json() {
        let root = sizes.directories.first();
        output.answer(&Answer {
            file: args.file.display().to_string(),
            image: image.get(),
            destination: args.html.display().to_string(),
            size: html.len() as u64,
            stored_bytes: root.map_or(0, |root| root.stored),
            bytes: root.map_or(0, |root| root.bytes),
            shared_bytes: sizes.shared_bytes,
            findings: findings.len(),
        })?;
    } else if !output.quiet() {
        let mut out = output.stdout();
        writeln!(out, "wrote {}", Line(&args.html.display().to_string()))?;
        out.flush()?;
    }
    Ok(Code::SUCCESS)
}

/// Opens an archive, and chooses the image that is named, or that boots, or the only one.
fn open(path: &Path, image: Option<&str>, args: &ReportArgs, output: &Output) -> anyhow::Result<(Archive, ImageIndex)> {
    let archive = source::open(path, &args.read, &args.common, output)?;
    let image = match (image, archive.boot_index()) {
        (None, Some(boots)) => boots,
        (image, _) => source::select_image(&archive, image)?,
    };
    Ok((archive, image))
}

fn side<'a>(archive: &Archive, image: ImageIndex, sizes: &'a SizeMap) -> Side<'a> {
    let name = archive.image_name(image).map_or(String::new(), |name| format!(" ({name})"));
    let file = Path::new(archive.name()).file_name().map_or(archive.name().into(), |name| name.to_string_lossy());
    let header = archive.header();
    let compression = match header.chunk_size {
        0 => header.compression().to_string(),
        size => format!("{}, chunks of {}", header.compression(), crate::output::text::short_size(size.into())),
    };
    Side {
        label: format!("{file}, image {image}{name}"),
        file_size: archive.file_len(),
        facts: vec![("compression", compression)],
        sizes,
    }
}

/// Writes a file: the whole of it, or nothing.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut destination = Destination::create(path, &DestinationOptions::default())?;
    let failed = |source| Error::Io { action: "write", path: path.to_owned(), source };
    destination.file().write_all(bytes).map_err(failed)?;
    destination.commit()?;
    Ok(())
}
