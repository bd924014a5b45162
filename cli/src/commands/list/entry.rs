//! An entry of a directory as JSON.

use serde::Serialize;
use wim_export::{Archive, Result};
use wim_format::{Dentry, ImageMetadata, Inode, Sha1Hash, StreamKind};

use crate::commands::reparse;
use crate::output::json::{NameFields, Time};

/// A file or directory with all that is known of it.
#[derive(Serialize)]
pub(super) struct Entry {
    path: String,
    #[serde(flatten)]
    name: NameFields,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_name: Option<NameFields>,
    #[serde(rename = "type")]
    kind: &'static str,
    attributes: u32,
    attribute_names: Vec<&'static str>,
    size: u64,
    sha1: Option<String>,
    created: Time,
    modified: Time,
    accessed: Time,
    link_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_group: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reparse: Option<Reparse>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    streams: Vec<NamedStream>,
}

/// A reparse point.
#[derive(Serialize)]
struct Reparse {
    tag: u32,
    kind: &'static str,
    target: Option<String>,
}

/// A named stream.
#[derive(Serialize)]
struct NamedStream {
    #[serde(flatten)]
    name: NameFields,
    size: u64,
    sha1: Option<String>,
}

impl Entry {
    /// Gathers what is known of `dentry`.
    ///
    /// # Errors
    /// If a link's data cannot be read.
    pub(super) fn new(archive: &Archive, metadata: &ImageMetadata, dentry: &Dentry, path: &str) -> Result<Self> {
        let inode = metadata.inode(dentry.inode);
        let data = main_hash(inode);
        let reparse = match inode.reparse {
            Some(info) => {
                Some(Reparse { tag: info.tag, kind: reparse::kind(inode), target: reparse::target(archive, inode)? })
            }
            None => None,
        };
        Ok(Self {
            path: path.to_owned(),
            name: (&dentry.name).into(),
            short_name: Some(&dentry.short_name).filter(|name| !name.is_empty()).map(Into::into),
            kind: kind(inode),
            attributes: inode.attributes.0,
            attribute_names: inode.attributes.names().collect(),
            size: size(archive, &data),
            sha1: hash_text(&data),
            created: inode.creation_time.into(),
            modified: inode.last_write_time.into(),
            accessed: inode.last_access_time.into(),
            link_count: inode.link_count,
            link_group: Some(inode.link_group).filter(|_| inode.link_count > 1),
            security_id: inode.security_id,
            reparse,
            streams: named_streams(archive, inode),
        })
    }
}

fn kind(inode: &Inode) -> &'static str {
    if inode.is_reparse_point() {
        "reparse_point"
    } else if inode.is_directory() {
        "directory"
    } else {
        "file"
    }
}

/// The hash of what a file is: its data, or its export if it is encrypted.
pub(super) fn main_hash(inode: &Inode) -> Sha1Hash {
    let main = inode.streams().find(|stream| matches!(stream.kind, StreamKind::Data | StreamKind::Efs));
    main.map_or(Sha1Hash::ZERO, |stream| stream.hash)
}

/// Bytes of a blob; none of one that is not there.
pub(super) fn size(archive: &Archive, hash: &Sha1Hash) -> u64 {
    archive.blob(hash).map_or(0, |blob| blob.size)
}

fn hash_text(hash: &Sha1Hash) -> Option<String> {
    (!hash.is_zero()).then(|| hash.to_string())
}

fn named_streams(archive: &Archive, inode: &Inode) -> Vec<NamedStream> {
    let named = inode.streams().filter_map(|stream| Some((stream.name?, stream.hash)));
    let field =
        |(name, hash)| NamedStream { name: NameFields::from(name), size: size(archive, &hash), sha1: hash_text(&hash) };
    named.map(field).collect()
}
