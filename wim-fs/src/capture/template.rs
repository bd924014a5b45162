//! An earlier image of the same folder: what is unchanged since need not be read.

use wim_export::{Archive, Result};
use wim_format::{DentryId, ImageIndex, ImageMetadata, Inode, Name, Sha1Hash};

/// An earlier image.
pub(super) struct Template {
    archive: Archive,
    metadata: ImageMetadata,
}

impl Template {
    pub(super) fn new(archive: &Archive, image: ImageIndex) -> Result<Self> {
        Ok(Self { archive: archive.clone(), metadata: archive.image(image)? })
    }

    /// The hash of a file's data, if there is a file of the same path, times and size. wimlib's rule: the time of access
    /// must not be earlier.
    pub(super) fn find<'a>(
        &self,
        mut path: impl Iterator<Item = &'a Name>,
        inode: &Inode,
        size: u64,
    ) -> Option<Sha1Hash> {
        let root = self.metadata.root();
        let find = |directory: DentryId, name: &Name| {
            let found = self.metadata.find_child(directory, name)?;
            (self.metadata.dentry(found).name == *name).then_some(found)
        };
        let found = self.metadata.inode_of(path.try_fold(root, find)?);
        let hash = found.data_hash();
        let is_same = !found.is_directory()
            && !found.is_reparse_point()
            && found.creation_time == inode.creation_time
            && found.last_write_time == inode.last_write_time
            && found.last_access_time <= inode.last_access_time
            && self.archive.blob(&hash).is_some_and(|blob| blob.size == size);
        is_same.then_some(hash)
    }
}
