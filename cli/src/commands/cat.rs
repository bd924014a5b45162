//! `wimsmith cat`: files of an image, on standard output.

use std::io::Write;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use serde::Serialize;
use wim_export::{Archive, Error, Result};
use wim_format::{FileAttributes, ImageIndex, ImageMetadata, Inode, Name, Sha1Hash, StreamKind};

use crate::args::CatArgs;
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::short_size;
use crate::source;
use crate::usage::Usage;

/// Bytes that a JSON document has at most, before they are Base64.
const MAX_JSON: u64 = 256 << 20;

/// What was read.
#[derive(Serialize)]
struct Answer {
    file: String,
    files: Vec<File>,
}

/// A file of the image, or a stream of one.
#[derive(Serialize)]
struct File {
    path: String,
    size: u64,
    /// Of an empty file, the format keeps none.
    sha1: Option<String>,
    /// In Base64.
    data: String,
}

pub(super) fn run(args: &CatArgs, output: &mut Output) -> anyhow::Result<Code> {
    let (image, paths) = args.image_and_paths();
    source::refuse_all(image)?;
    if paths.is_empty() {
        return Err(no_path(image).into());
    }
    paths.iter().try_for_each(|path| source::require_path(path))?;
    let archive = source::open(&args.file, &args.read, &args.common, output)?;
    let image = source::select_image(&archive, image)?;
    let metadata = archive.image(image)?;
    // All paths are looked up before the first byte is written: a misspelt one shall not cost half an answer.
    let found = paths.iter().map(|path| find(&archive, image, &metadata, path)).collect::<Result<Vec<_>>>()?;
    if args.json {
        output.answer(&answer(args, &archive, &paths, &found, output)?)?;
        return Ok(Code::SUCCESS);
    }
    for (path, hash) in paths.iter().zip(found) {
        let mut out = output.stdout();
        let cannot_write = |source| Error::Io { action: "write", path: PathBuf::from("standard output"), source };
        read_blob(&archive, path, &hash, output, |bytes| out.write_all(bytes).map_err(cannot_write))?;
        out.flush().map_err(cannot_write)?;
    }
    Ok(Code::SUCCESS)
}

/// The files with all their data, which is in memory: so the document is complete or not begun.
fn answer(
    args: &CatArgs,
    archive: &Archive,
    paths: &[&str],
    found: &[Sha1Hash],
    output: &Output,
) -> anyhow::Result<Answer> {
    let size = |hash: &Sha1Hash| archive.blob(hash).map_or(0, |blob| blob.size);
    let total = found.iter().fold(0_u64, |total, hash| total.saturating_add(size(hash)));
    if total > MAX_JSON {
        let (total, most) = (short_size(total), short_size(MAX_JSON));
        return Err(Usage::new(format!(
            "{total} are too much for a JSON document of at most {most}: leave out --json"
        ))
        .into());
    }
    let mut files = Vec::new();
    for (path, hash) in paths.iter().zip(found) {
        let mut data = Vec::new();
        read_blob(archive, path, hash, output, |bytes| {
            data.extend_from_slice(bytes);
            Ok(())
        })?;
        let sha1 = (!hash.is_zero()).then(|| hash.to_string());
        files.push(File { path: (*path).to_owned(), size: data.len() as u64, sha1, data: STANDARD.encode(data) });
    }
    Ok(Answer { file: args.file.display().to_string(), files })
}

/// What to say to `cat FILE X`, where X looks like no path.
fn no_path(image: Option<&str>) -> Usage {
    let example = image.filter(|image| image.contains(['\\', '/', '.'])).unwrap_or(r"Windows\win.ini");
    Usage::new(format!("which file? A path in an image starts with \\ or /: '\\{example}'"))
}

/// The hash of the data that `path` names: a file's, or one of its named streams'.
fn find(archive: &Archive, image: ImageIndex, metadata: &ImageMetadata, path: &str) -> Result<Sha1Hash> {
    if let Some(dentry) = metadata.find(path) {
        return file_data(archive, metadata.inode_of(dentry), path);
    }
    let stream = path.rsplit_once(':').and_then(|(file, stream)| {
        let name = Name::parse_escaped(stream);
        let inode = metadata.inode_of(metadata.find(file)?);
        inode.streams().find(|stream| stream.name.is_some_and(|found| found.eq_ignore_case(&name)))
    });
    let missing = || Error::NoSuchPath { archive: archive.name().to_owned(), image, path: path.to_owned() };
    stream.map(|stream| stream.hash).ok_or_else(missing)
}

fn file_data(archive: &Archive, inode: &Inode, path: &str) -> Result<Sha1Hash> {
    if inode.attributes.contains(FileAttributes::ENCRYPTED) && !inode.is_directory() {
        let what = "reading a file that was encrypted by its file system (EFS)".to_owned();
        return Err(Error::Unsupported { subject: path.to_owned(), what });
    }
    let data = inode.streams().find(|stream| stream.kind == StreamKind::Data).map(|stream| stream.hash);
    // Of a link, the data is what it leads to, which is not here.
    let data = data.filter(|hash| !inode.is_reparse_point() || !hash.is_zero());
    data.ok_or_else(|| Error::NotAFile { archive: archive.name().to_owned(), path: path.to_owned() })
}

/// Gives the data of a file to `sink`, and checks its hash at the end.
fn read_blob(
    archive: &Archive,
    path: &str,
    hash: &Sha1Hash,
    output: &Output,
    mut sink: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    if hash.is_zero() {
        return Ok(());
    }
    let read = archive.blob_reader(hash).and_then(|reader| {
        reader.read_all(|bytes| {
            if output.is_interrupted() {
                return Err(Error::Cancelled);
            }
            sink(bytes)
        })
    });
    read.map_err(|error| error.with_path(|_| Some(path.to_owned())))
}
