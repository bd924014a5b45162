//! Edits of an image's metadata.

use wim_format::{DentryId, EditError, ImageMetadata, Inode, InodeId, Limits, Name, Sha1Hash};

use super::metadata::{check_paths, check_tree};
use crate::input::Input;
use crate::limits::limits;

/// Edits of a tree are done or refused: what is refused changes nothing, what is done can be seen, and in the end the tree
/// that is written is the tree that is read.
pub fn metadata_edit(data: &[u8]) {
    const MAX_EDITS: u8 = 24;
    let mut input = Input::new(data);
    let edits: Vec<_> = (0..input.u8() % MAX_EDITS).map(|_| Edit::take(&mut input)).collect();
    let mut metadata = ImageMetadata::parse(input.rest(), &limits()).unwrap_or_default();
    for edit in edits {
        let before = metadata.to_bytes();
        if edit.apply(&mut metadata).is_err() {
            assert!(metadata.to_bytes() == before, "what is refused changes nothing");
        }
    }
    check_tree(&metadata);
    check_paths(&metadata);
    let bytes = metadata.to_bytes();
    let again = ImageMetadata::parse(&bytes, &Limits::default()).expect("what is written can be read");
    assert_eq!(again.entry_count(), metadata.entry_count());
    assert!(shape(&again).eq(shape(&metadata)));
    assert!(again.to_bytes() == bytes);
}

/// What two trees are compared by.
fn shape(metadata: &ImageMetadata) -> impl Iterator<Item = (&Name, &Name, u32, Sha1Hash, u32)> {
    metadata.walk().map(|(_, dentry)| {
        let inode = metadata.inode(dentry.inode);
        (&dentry.name, &dentry.short_name, inode.attributes.0, inode.data_hash(), inode.link_count)
    })
}

struct Edit {
    kind: u8,
    a: u16,
    b: u16,
    name: Name,
}

impl Edit {
    fn take(input: &mut Input<'_>) -> Self {
        const MAX_NAME: u8 = 8;
        let (kind, a, b, len) = (input.u8(), input.u16(), input.u16(), input.u8() % MAX_NAME);
        let units: Vec<u16> = (0..len).map(|_| input.u8().into()).collect();
        Self { kind, a, b, name: Name::from_units(units) }
    }

    fn apply(&self, metadata: &mut ImageMetadata) -> Result<(), EditError> {
        let (Some(a), Some(b)) = (entry(metadata, self.a), entry(metadata, self.b)) else { return Ok(()) };
        let count = metadata.entry_count();
        match self.kind % 6 {
            0 => self.add(metadata, a, Inode::directory()),
            1 => self.add(metadata, a, Inode::file(Sha1Hash([self.b as u8; 20]))),
            2 => {
                let inode = InodeId(u32::from(self.b) % metadata.inodes().len() as u32);
                let id = metadata.add_link(a, self.name.clone(), inode)?;
                assert_eq!((metadata.entry_count(), metadata.dentry(id).inode), (count + 1, inode));
                Ok(())
            }
            3 => {
                let below = metadata.walk_from(a).count();
                metadata.remove(a)?;
                assert_eq!(metadata.entry_count(), count - below);
                assert!(metadata.dentry(a).is_removed());
                Ok(())
            }
            4 => {
                metadata.rename(a, b, self.name.clone())?;
                assert_eq!((metadata.entry_count(), metadata.find_child(b, &self.name)), (count, Some(a)));
                Ok(())
            }
            _ => metadata.set_short_name(a, self.name.clone()),
        }
    }

    fn add(&self, metadata: &mut ImageMetadata, parent: DentryId, inode: Inode) -> Result<(), EditError> {
        let count = metadata.entry_count();
        let id = metadata.add_child(parent, self.name.clone(), inode)?;
        assert_eq!((metadata.entry_count(), metadata.find_child(parent, &self.name)), (count + 1, Some(id)));
        Ok(())
    }
}

/// Some entry that is still there.
fn entry(metadata: &ImageMetadata, number: u16) -> Option<DentryId> {
    let id = DentryId(u32::from(number) % metadata.dentries().len() as u32);
    (!metadata.dentry(id).is_removed()).then_some(id)
}
