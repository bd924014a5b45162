//! An image's metadata.

use wim_format::{ImageMetadata, Limits, Name, WarningKind};

use crate::limits::limits;

/// Bytes that a directory entry takes at least.
const SMALLEST_ENTRY: usize = 102;

/// How many entries' paths are looked up.
const PATHS: usize = 48;

/// Metadata that is accepted has no more entries than there is room for, so that all work is linear; a walk visits each
/// once; an entry's path leads back to it; and what is written is read as the same tree, with nothing to warn of but
/// surplus streams, and written the same again.
pub fn metadata(data: &[u8]) {
    let Ok(metadata) = ImageMetadata::parse(data, &limits()) else { return };
    assert!(metadata.dentries().len() * SMALLEST_ENTRY <= data.len());
    assert!(metadata.inodes().len() <= metadata.dentries().len());
    check_tree(&metadata);
    check_paths(&metadata);

    let bytes = metadata.to_bytes();
    // Directories may share their end marks, so the limit on bytes can be missed when each gets its own.
    let again = ImageMetadata::parse(&bytes, &Limits::default()).expect("what is written can be read");
    assert_eq!(again.dentries(), metadata.dentries());
    assert_eq!(again.inodes(), metadata.inodes());
    assert_eq!(again.security(), metadata.security());
    assert!(again.warnings().iter().all(|warning| warning.kind == WarningKind::SurplusStream));
    assert!(again.to_bytes() == bytes);
}

/// The walk visits every entry once, and the counts are those of the walk.
pub(super) fn check_tree(metadata: &ImageMetadata) {
    let (mut walk, mut visited, mut links) = (metadata.walk(), 0, 0);
    while let Some((id, dentry)) = walk.next() {
        visited += 1;
        assert!(!dentry.is_removed());
        assert!(metadata.inode_of(dentry.parent).is_directory());
        assert!(id == metadata.root() || walk.depth() > 0);
        let inode = metadata.inode(dentry.inode);
        assert!(inode.children.is_empty() || inode.is_directory());
        assert!(inode.security_id.is_none_or(|id| metadata.security().get(id).is_some()));
        assert!(inode.link_count == 1 || !inode.is_directory());
        inode.tagged.iter().for_each(drop);
    }
    assert_eq!(visited, metadata.entry_count());
    for inode in metadata.inodes() {
        links += inode.link_count as usize;
        inode.streams().for_each(drop);
    }
    assert_eq!(links, metadata.entry_count());
    let statistics = metadata.statistics(|_| u64::MAX);
    assert_eq!(statistics.dir_count + statistics.file_count + 1, metadata.entry_count() as u64);
    metadata.blob_references().for_each(|(hash, names)| assert!(!hash.is_zero() && names > 0));
}

/// Paths lead to their entries, in any case.
pub(super) fn check_paths(metadata: &ImageMetadata) {
    let last = metadata.entry_count().saturating_sub(PATHS / 2);
    let some = metadata.walk().enumerate().filter(|(i, _)| *i < PATHS / 2 || *i >= last);
    for (_, (id, dentry)) in some {
        let path = metadata.path(id);
        assert_eq!(metadata.find(&path), Some(id), "{path}");
        if id != metadata.root() {
            let upper = Name::from_units(dentry.name.units().iter().map(to_upper).collect::<Vec<_>>());
            let found = metadata.find_child(dentry.parent, &upper).expect("case does not matter");
            assert!(metadata.dentry(found).name.eq_ignore_case(&upper));
        }
    }
}

fn to_upper(unit: &u16) -> u16 {
    u8::try_from(*unit).map_or(*unit, |ascii| ascii.to_ascii_uppercase().into())
}
