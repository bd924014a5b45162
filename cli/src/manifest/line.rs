//! What the lines of a manifest say.

use std::collections::HashMap;

use serde::Serialize;
use wim_export::{Archive, Result, Sha256Hash};
use wim_format::{Dentry, ImageIndex, ImageMetadata, Inode, Sha1Hash, StreamKind};

/// The version of the format. It grows when what is there changes its meaning.
const VERSION: u32 = 1;

/// A line.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Line {
    Wim(Box<WimLine>),
    Image(ImageLine),
    File(Box<FileLine>),
}

/// The archive.
#[derive(Serialize)]
pub(super) struct WimLine {
    pub(super) manifest_version: u32,
    pub(super) sha256: String,
    pub(super) size: u64,
    pub(super) guid: String,
    pub(super) version: u32,
    pub(super) codec: String,
    pub(super) images: u32,
    pub(super) boot_index: u32,
    pub(super) tool: &'static str,
    /// The seconds of `SOURCE_DATE_EPOCH`, if that is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) epoch: Option<i64>,
    /// From what it was made, if that is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) source: Vec<SourceFile>,
}

/// A file that the archive was made from.
#[derive(Serialize)]
pub(crate) struct SourceFile {
    name: String,
    size: u64,
    sha256: String,
}

/// An image.
#[derive(Serialize)]
pub(super) struct ImageLine {
    pub(super) index: u32,
    pub(super) name: Option<String>,
    pub(super) metadata_sha1: String,
    /// Names of files.
    pub(super) files: u64,
    pub(super) directories: u64,
    /// Bytes of all files, once for each name.
    pub(super) bytes: u64,
}

/// A file or directory.
#[derive(Serialize)]
pub(super) struct FileLine {
    pub(super) image: u32,
    pub(super) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_name: Option<String>,
    attrs: u32,
    created: String,
    mtime: String,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reparse_tag: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sd_sha256: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    streams: Vec<StreamLine>,
    /// The first path of the same file, if it has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
}

/// A named stream.
#[derive(Serialize)]
struct StreamLine {
    name: String,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// An archive and the SHA-256 of its blobs.
#[derive(Clone, Copy)]
pub(super) struct Contents<'a> {
    pub(super) archive: &'a Archive,
    pub(super) sha256: &'a HashMap<Sha1Hash, Sha256Hash>,
}

impl WimLine {
    /// The archive whose file has this hash.
    pub(super) fn new(archive: &Archive, sha256: Sha256Hash, source: Vec<SourceFile>, epoch: Option<i64>) -> Self {
        let header = archive.header();
        Self {
            manifest_version: VERSION,
            sha256: sha256.to_string(),
            size: archive.file_len(),
            guid: header.guid.to_string(),
            version: header.version.number(),
            codec: format!("{}/{}", header.compression(), header.chunk_size).to_lowercase(),
            images: archive.image_count(),
            boot_index: archive.boot_index().map_or(0, ImageIndex::get),
            tool: concat!("wimsmith ", env!("CARGO_PKG_VERSION")),
            epoch,
            source,
        }
    }
}

impl Contents<'_> {
    /// The line of an image.
    pub(super) fn image(&self, index: ImageIndex, metadata: &ImageMetadata) -> ImageLine {
        let statistics = metadata.statistics(|hash| self.size(hash));
        let hash = self.archive.blob_table().metadata(index).map_or(Sha1Hash::ZERO, |metadata| metadata.hash);
        ImageLine {
            index: index.get(),
            name: self.archive.image_name(index),
            metadata_sha1: hash.to_string(),
            files: statistics.file_count,
            directories: statistics.dir_count,
            bytes: statistics.total_bytes,
        }
    }

    /// The line of a file or directory; `path` has `/` before each name.
    pub(super) fn file(&self, image: ImageIndex, metadata: &ImageMetadata, dentry: &Dentry, path: String) -> FileLine {
        let inode = metadata.inode(dentry.inode);
        let main = main_hash(inode);
        let descriptor = inode.security_id.and_then(|id| metadata.security().get(id));
        FileLine {
            image: image.get(),
            path,
            short_name: Some(dentry.short_name.to_string()).filter(|name| !name.is_empty()),
            attrs: inode.attributes.0,
            created: inode.creation_time.to_string(),
            mtime: inode.last_write_time.to_string(),
            size: self.size(&main),
            sha1: sha1_text(&main),
            sha256: self.sha256_text(&main),
            reparse_tag: inode.reparse.map(|reparse| reparse.tag),
            sd_sha256: descriptor.map(|descriptor| Sha256Hash::of(descriptor).to_string()),
            streams: self.streams(inode),
            link: None,
        }
    }

    fn streams(&self, inode: &Inode) -> Vec<StreamLine> {
        let named = inode.streams().filter_map(|stream| Some((stream.name?.to_string(), stream.hash)));
        let line = |(name, hash)| StreamLine {
            name,
            size: self.size(&hash),
            sha1: sha1_text(&hash),
            sha256: self.sha256_text(&hash),
        };
        let mut streams: Vec<StreamLine> = named.map(line).collect();
        streams.sort_by(|a, b| a.name.cmp(&b.name));
        streams
    }

    fn size(&self, hash: &Sha1Hash) -> u64 {
        self.archive.blob(hash).map_or(0, |blob| blob.size)
    }

    fn sha256_text(&self, hash: &Sha1Hash) -> Option<String> {
        self.sha256.get(hash).map(ToString::to_string)
    }
}

fn sha1_text(hash: &Sha1Hash) -> Option<String> {
    (!hash.is_zero()).then(|| hash.to_string())
}

/// The hash of what a file is: its data, where a link leads, or its export if it is encrypted.
fn main_hash(inode: &Inode) -> Sha1Hash {
    let of = |kind| inode.streams().find(|stream| stream.kind == kind && !stream.hash.is_zero());
    let main = of(StreamKind::Efs).or_else(|| of(StreamKind::Data)).or_else(|| of(StreamKind::Reparse));
    main.map_or(Sha1Hash::ZERO, |stream| stream.hash)
}

/// What a SHA-256 of a whole file is read for.
pub(super) fn source_file(path: &std::path::Path) -> Result<SourceFile> {
    let (sha256, size) = Sha256Hash::of_file(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(SourceFile { name, size, sha256: sha256.to_string() })
}
