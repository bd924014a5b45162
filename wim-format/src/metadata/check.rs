//! Whether an image that was made or changed in memory is one that readers accept.

use super::ImageMetadata;
use super::parse::MAX_ENTRIES;
use crate::error::{Error, ErrorKind, Result, Section};
use crate::limits::Limits;

impl ImageMetadata {
    /// Checks that the image has no more entries, levels and streams than `limits` allow: what [`Self::parse`] would refuse of
    /// its bytes, but for how many those are.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`], which says what there is too much of. Its offset says nothing, as there are no bytes yet.
    pub fn check(&self, limits: &Limits) -> Result<()> {
        let check = |what, count: u64, limit: u64| {
            let error = || Error::new(ErrorKind::Limit { what, limit }, Section::Metadata, 0);
            if count <= limit { Ok(()) } else { Err(error()) }
        };
        check("directory entries", self.entry_count() as u64, limits.entries.min(MAX_ENTRIES))?;
        let mut walk = self.walk();
        while let Some((_, dentry)) = walk.next() {
            let inode = self.inode(dentry.inode);
            if inode.is_directory() {
                check("levels of directories", walk.depth() as u64 + 1, limits.depth.into())?;
            }
            check("streams of a file", inode.stored_streams.entries.len() as u64, limits.streams_per_file.into())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Inode;

    /// Directories below each other, and whether their bytes can be read.
    fn nested(levels: usize, limits: &Limits) -> (ImageMetadata, bool) {
        let mut image = ImageMetadata::new();
        let mut parent = image.root();
        for _ in 0..levels {
            parent = image.add_child(parent, "d".into(), Inode::directory()).unwrap();
        }
        let is_read = ImageMetadata::parse(&image.to_bytes(), limits).is_ok();
        (image, is_read)
    }

    #[test]
    fn streams_are_counted_as_they_are_stored() {
        use crate::metadata::{NewStream, StreamKind};
        use crate::resource::Sha1Hash;

        let limits = Limits { streams_per_file: 3, ..Limits::default() };
        for count in 0..6u8 {
            let mut image = ImageMetadata::new();
            let file = image.add_child(image.root(), "f".into(), Inode::file(Sha1Hash([9; 20]))).unwrap();
            let stream = |number: u8| NewStream {
                kind: StreamKind::Named,
                name: alloc::format!("s{number}").as_str().into(),
                hash: Sha1Hash([number + 1; 20]),
            };
            let inode = image.dentry(file).inode;
            image.inode_mut(inode).set_streams((0..count).map(stream).collect()).unwrap();
            let is_read = ImageMetadata::parse(&image.to_bytes(), &limits).is_ok();
            assert_eq!(image.check(&limits).is_ok(), is_read, "{count} named streams");
        }
    }

    #[test]
    fn what_passes_can_be_read_again_and_nothing_else() {
        let limits = Limits { depth: 3, entries: 6, ..Limits::default() };
        for levels in 0..6 {
            let (image, is_read) = nested(levels, &limits);
            assert_eq!(image.check(&limits).is_ok(), is_read, "{levels} levels");
        }
        for entries in 0..8 {
            let mut image = ImageMetadata::new();
            for number in 0..entries {
                image.add_child(image.root(), alloc::format!("f{number}").as_str().into(), Inode::directory()).unwrap();
            }
            let is_read = ImageMetadata::parse(&image.to_bytes(), &limits).is_ok();
            assert_eq!(image.check(&limits).is_ok(), is_read, "{entries} entries");
        }
    }
}
