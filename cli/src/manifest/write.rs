//! The lines of an archive.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use wim_export::{Archive, Destination, DestinationOptions, Error, Result, Sha256Hash, is_same_file};
use wim_format::{ImageIndex, ImageMetadata, Sha1Hash};

use super::line::{Contents, Line, SourceFile, WimLine, source_file};
use crate::args::{CommonArgs, ReadArgs};
use crate::commands::sound;
use crate::environment::source_date_epoch;
use crate::output::Output;
use crate::source;
use crate::usage::Usage;

/// Finds out before any work what would keep a manifest from its place, or what it would be written over: one of `archives`.
///
/// # Errors
/// If it cannot be written there.
pub(crate) fn check_place(manifest: Option<&Path>, archives: &[&Path]) -> anyhow::Result<()> {
    let Some(manifest) = manifest else { return Ok(()) };
    if archives.iter().any(|archive| *archive == manifest || is_same_file(archive, manifest)) {
        let what = format!("{} is the archive itself; give the manifest another name", manifest.display());
        return Err(Usage::new(what).into());
    }
    Ok(Destination::check(manifest, &DestinationOptions::default())?)
}

/// Checks the archive that was just written to `file`, and writes a manifest of it.
///
/// # Errors
/// If the archive cannot be read, is not in order, or the manifest cannot be written.
pub(crate) fn write_of_file(
    file: &Path,
    sources: &[PathBuf],
    manifest: &Path,
    common: &CommonArgs,
    output: &Output,
) -> anyhow::Result<()> {
    let archive = source::open(file, &ReadArgs::default(), common, output)?;
    let sha256 = sound::hashes(&archive, common, output)?;
    let sources = sources.iter().filter(|path| !source::is_pipe(path)).map(|path| source_file(path));
    write(&archive, &sha256, sources.collect::<Result<_>>()?, manifest)
}

/// Writes a manifest of an archive whose blobs have these SHA-256 hashes.
///
/// # Errors
/// If the archive cannot be read or the manifest cannot be written.
pub(crate) fn write(
    archive: &Archive,
    sha256: &HashMap<Sha1Hash, Sha256Hash>,
    sources: Vec<SourceFile>,
    manifest: &Path,
) -> anyhow::Result<()> {
    let mut destination = Destination::create(manifest, &DestinationOptions::default())?;
    let mut out = BufWriter::new(destination.file());
    each_line(archive, sha256, sources, |line| {
        let written = serde_json::to_writer(&mut out, &line).map_err(Into::into).and_then(|()| writeln!(out));
        Ok(written.map_err(failed(manifest))?)
    })?;
    out.flush().map_err(failed(manifest))?;
    drop(out);
    destination.commit()?;
    Ok(())
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::Io { action: "write", path, source }
}

/// Gives `each` every line of the manifest of `archive`, in order.
pub(super) fn each_line(
    archive: &Archive,
    sha256: &HashMap<Sha1Hash, Sha256Hash>,
    sources: Vec<SourceFile>,
    mut each: impl FnMut(Line) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let epoch = source_date_epoch()?.map(|time| time.to_unix().0);
    each(Line::Wim(Box::new(WimLine::new(archive, archive.sha256()?, sources, epoch))))?;
    let contents = Contents { archive, sha256 };
    for image in archive.images() {
        let metadata = archive.image(image)?;
        each(Line::Image(contents.image(image, &metadata)))?;
        file_lines(&contents, image, &metadata).into_iter().try_for_each(&mut each)?;
    }
    Ok(())
}

/// The lines of an image's files and directories, sorted by path.
fn file_lines(contents: &Contents<'_>, image: ImageIndex, metadata: &ImageMetadata) -> Vec<Line> {
    // What separates names is never part of one: there, both separators are escaped.
    let path = |id| metadata.path(id).replace('\\', "/");
    let mut found: Vec<_> = metadata.walk().map(|(id, dentry)| (path(id), dentry)).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let mut first_paths: HashMap<_, String> = HashMap::new();
    let lines = found.into_iter().map(|(path, dentry)| {
        let mut line = contents.file(image, metadata, dentry, path);
        if metadata.inode(dentry.inode).link_count > 1 {
            line.link = Some(first_paths.entry(dentry.inode).or_insert_with(|| line.path.clone()).clone());
        }
        Line::File(Box::new(line))
    });
    lines.collect()
}
