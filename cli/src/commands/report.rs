//! `wimsmith report`: where the bytes of an image are, as a page to look at.

use std::io::Write;
use std::path::Path;

use serde::Serialize;
use wim_export::lint;
use wim_export::{Archive, SizeMap};
use wim_format::ImageIndex;

use super::page;
use crate::args::ReportArgs;
use crate::exit_code::Code;
use crate::html::Page;
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
        before: before.as_ref().map(|(archive, image, sizes)| page::side(archive, *image, sizes)),
        image: page::side(&archive, image, &sizes),
        findings: &findings,
        sha256: None,
        finalize: None,
        consumers: &consumers,
    };
    let html = page.render();
    page::write(&args.html, &html)?;
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
