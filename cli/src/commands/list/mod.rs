//! `wimsmith ls`: what is in a directory of an image.
//!
//! | file | what |
//! |---|---|
//! | `visit` | the entries to be listed, each with its path |
//! | `entry` | an entry as JSON |
//! | `text` | an entry as a line |

mod entry;
mod text;
mod visit;

use std::io::Write;

use serde::Serialize;
use wim_export::{Archive, Error, Result};
use wim_format::{DentryId, ImageIndex, ImageMetadata};

use crate::args::ListArgs;
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::Line;
use crate::source;
use crate::warning::Warning;
use entry::Entry;
use text::Style;
use visit::visit;

/// What was listed.
#[derive(Serialize)]
struct Listing {
    file: String,
    images: Vec<ImageListing>,
}

/// What was listed of an image.
#[derive(Serialize)]
struct ImageListing {
    index: u32,
    name: Option<String>,
    path: String,
    entries: Vec<Entry>,
}

pub(super) fn run(args: &ListArgs, output: &mut Output) -> anyhow::Result<Code> {
    let (image, path) = args.image_and_path();
    path.map_or(Ok(()), source::require_path)?;
    let archive = source::open(&args.file, &args.read, &args.common, output)?;
    let images = source::select_images(&archive, image)?;
    output.warn_all(archive.warnings().iter().map(|warning| Warning::of_format(archive.name(), None, warning)));
    if output.json() {
        let listings = images.iter().map(|&image| list_as_json(&archive, image, path, args, output));
        let images = listings.collect::<Result<_>>()?;
        output.answer(&Listing { file: archive.name().to_owned(), images })?;
        return Ok(Code::SUCCESS);
    }
    for (position, &image) in images.iter().enumerate() {
        if images.len() > 1 {
            let mut out = output.stdout();
            let name = archive.image_name(image).unwrap_or_default();
            writeln!(out, "{}Image {image}: {}", if position == 0 { "" } else { "\n" }, Line(&name))?;
            out.flush()?;
        }
        list_as_text(&archive, image, path, args, output)?;
    }
    Ok(Code::SUCCESS)
}

/// The metadata of an image, and the entry that `path` names in it.
fn look_up(
    archive: &Archive,
    image: ImageIndex,
    path: Option<&str>,
    output: &mut Output,
) -> Result<(ImageMetadata, DentryId)> {
    let metadata = archive.image(image)?;
    output.warn_all(metadata.warnings().iter().map(|warning| Warning::of_format(archive.name(), Some(image), warning)));
    let start = match path {
        Some(path) => metadata.find(path).ok_or_else(|| Error::NoSuchPath {
            archive: archive.name().to_owned(),
            image,
            path: path.to_owned(),
        })?,
        None => metadata.root(),
    };
    Ok((metadata, start))
}

fn list_as_json(
    archive: &Archive,
    image: ImageIndex,
    path: Option<&str>,
    args: &ListArgs,
    output: &mut Output,
) -> Result<ImageListing> {
    let (metadata, start) = look_up(archive, image, path, output)?;
    let mut entries = Vec::new();
    visit(&metadata, start, args.recursive, |path, dentry| {
        entries.push(Entry::new(archive, &metadata, dentry, path)?);
        Ok::<_, Error>(())
    })?;
    Ok(ImageListing { index: image.get(), name: archive.image_name(image), path: metadata.path(start), entries })
}

fn list_as_text(
    archive: &Archive,
    image: ImageIndex,
    path: Option<&str>,
    args: &ListArgs,
    output: &mut Output,
) -> anyhow::Result<()> {
    let (metadata, start) = look_up(archive, image, path, output)?;
    let style = Style { long: args.long, hash: args.hash };
    let mut out = output.stdout();
    visit(&metadata, start, args.recursive, |path, dentry| style.print(archive, &metadata, dentry, path, &mut out))?;
    out.flush()?;
    Ok(())
}
