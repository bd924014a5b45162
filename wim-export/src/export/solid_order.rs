//! The order of blobs in a solid resource: like next to like, so that one helps the other compress.

use std::collections::HashMap;

use wim_format::{ImageMetadata, Name, Sha1Hash};

use crate::pipeline::Item;

/// What a blob's file is called, as far as that says what it is like: the extension, then the name, both in upper case.
type Kinship = (Vec<u16>, Vec<u16>);

/// The names of blobs.
#[derive(Default)]
pub(super) struct SolidOrder(HashMap<Sha1Hash, Kinship>);

impl SolidOrder {
    /// Takes note of an image's names. A file's shortest name counts.
    pub(super) fn add(&mut self, metadata: &ImageMetadata) {
        for (_, dentry) in metadata.walk() {
            let hash = metadata.inode(dentry.inode).data_hash();
            if hash.is_zero() {
                continue;
            }
            let kinship = kinship(&dentry.name);
            let known = self.0.entry(hash).or_insert_with(|| kinship.clone());
            if kinship.1.len() < known.1.len() {
                *known = kinship;
            }
        }
    }

    /// Sorts `items`: those in solid resources first, as they lie, since each of their chunks should be decoded once only and
    /// somebody has put like next to like before; then those without a name, as they lie; then by extension and name.
    pub(super) fn sort(&self, items: &mut [Item]) {
        items.sort_by_key(|item| item.resource().is_some());
        let own = items.partition_point(|item| item.resource().is_none());
        items[own..].sort_by(|a, b| self.0.get(&a.blob.hash).cmp(&self.0.get(&b.blob.hash)));
    }
}

fn kinship(name: &Name) -> Kinship {
    let upper: Vec<u16> = name.upper_units().collect();
    let dot = upper.iter().rposition(|&unit| unit == u16::from(b'.'));
    (dot.map_or_else(Vec::new, |dot| upper[dot + 1..].to_vec()), upper)
}
