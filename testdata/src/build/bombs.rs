//! Directory trees that are small to store and endless, or very deep, to walk: metadata resources.

use super::{Dentry, MetadataBuilder, ROOT, Subdir, offsets, patch};

/// A directory that is its own parent's list again.
pub fn cycle() -> MetadataBuilder {
    let mut tree = MetadataBuilder::new();
    let dir = tree.add(ROOT, Dentry::dir("dir"));
    tree.add(dir, Dentry::dir("again").subdir(Subdir::Of(ROOT)));
    tree
}

/// `levels` directories, each with two entries that share one list: 2^levels paths of a few hundred bytes per level.
pub fn shared_lists(levels: usize) -> MetadataBuilder {
    let mut tree = MetadataBuilder::new();
    let mut parent = ROOT;
    for _ in 0..levels {
        let left = tree.add(parent, Dentry::dir("l"));
        tree.add(parent, Dentry::dir("r").subdir(Subdir::Of(left)));
        parent = left;
    }
    tree
}

/// A chain of `levels` directories below the root: 120 bytes of metadata for each. Written directly, so that a million
/// levels take well under a second.
pub fn deep(levels: usize) -> Vec<u8> {
    let mut bytes = MetadataBuilder::new().to_bytes();
    bytes.truncate(bytes.len() - END_MARK.len());
    let level = Dentry::dir("d").record(0);
    let step = level.len() + END_MARK.len();
    bytes.reserve(levels * step);
    for _ in 0..levels {
        let record = bytes.len();
        let below = (record + step) as u64;
        bytes.extend(&level);
        patch(&mut bytes, record + offsets::dentry::SUBDIR_OFFSET, &below.to_le_bytes());
        bytes.extend(END_MARK);
    }
    bytes.extend(END_MARK);
    bytes
}

/// The end of a list of children.
const END_MARK: [u8; 8] = [0; 8];
