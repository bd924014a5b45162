//! `wimsmith cat`: files of an image, on standard output.

use std::io::Write;
use std::path::PathBuf;

use wim_export::{Archive, Error, Result};
use wim_format::{FileAttributes, ImageIndex, ImageMetadata, Inode, Name, Sha1Hash, StreamKind};

use crate::args::CatArgs;
use crate::exit_code::Code;
use crate::output::Output;
use crate::source;
use crate::usage::Usage;

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
    for (path, hash) in paths.iter().zip(found) {
        write_blob(&archive, path, &hash, output)?;
    }
    Ok(Code::SUCCESS)
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

fn write_blob(archive: &Archive, path: &str, hash: &Sha1Hash, output: &Output) -> Result<()> {
    let mut out = output.stdout();
    let cannot_write = |source| Error::Io { action: "write", path: PathBuf::from("standard output"), source };
    if !hash.is_zero() {
        let written = archive.blob_reader(hash).and_then(|reader| {
            reader.read_all(|bytes| {
                if output.is_interrupted() {
                    return Err(Error::Cancelled);
                }
                out.write_all(bytes).map_err(cannot_write)
            })
        });
        written.map_err(|error| error.with_path(|_| Some(path.to_owned())))?;
    }
    out.flush().map_err(cannot_write)
}
