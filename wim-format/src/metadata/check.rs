//! Whether an image that was made or changed in memory is one that readers accept.

use alloc::vec;

use super::ImageMetadata;
use super::parse::MAX_ENTRIES;
use crate::error::{Error, ErrorKind, Result, Section};
use crate::limits::Limits;

impl ImageMetadata {
    /// Checks that the image is not larger, deeper or fuller than `limits` allow: what [`Self::parse`] would refuse of its bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`], which says what there is too much of. Its offset says nothing, as there are no bytes yet.
    pub fn check(&self, limits: &Limits) -> Result<()> {
        let check = |what, count: u64, limit: u64| {
            let error = || Error::new(ErrorKind::Limit { what, limit }, Section::Metadata, 0);
            if count <= limit { Ok(()) } else { Err(error()) }
        };
        check("directory entries", self.entry_count() as u64, limits.entries.min(MAX_ENTRIES))?;
        let mut depths = vec![0u32; self.dentries.len()];
        for (id, dentry) in self.walk() {
            if id != self.root() {
                depths[id.0 as usize] = depths[dentry.parent.0 as usize] + 1;
            }
            let inode = self.inode(dentry.inode);
            if inode.is_directory() {
                check("levels of directories", u64::from(depths[id.0 as usize]) + 1, limits.depth.into())?;
            }
            check("streams of a file", inode.streams().count() as u64, limits.streams_per_file.into())?;
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
