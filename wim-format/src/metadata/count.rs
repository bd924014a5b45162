//! What is in an image, in numbers.

use super::ImageMetadata;
use crate::resource::Sha1Hash;
use crate::statistics::ImageStatistics;

impl ImageMetadata {
    /// Every blob that a file refers to, once for each stream that does, with the number of the file's names. The sum of
    /// those numbers over all images is a blob's reference count.
    pub fn blob_references(&self) -> impl Iterator<Item = (Sha1Hash, u32)> {
        self.inodes.iter().filter(|inode| inode.link_count != 0).flat_map(|inode| {
            let hashes = inode.streams().map(|stream| stream.hash).filter(|hash| !hash.is_zero());
            hashes.map(|hash| (hash, inode.link_count))
        })
    }

    /// The counts for the image's XML. `size_of` gives a blob's size in bytes; 0 for one that is not there.
    pub fn statistics(&self, size_of: impl Fn(&Sha1Hash) -> u64) -> ImageStatistics {
        let mut statistics = ImageStatistics::default();
        for inode in self.inodes.iter().filter(|inode| inode.link_count != 0) {
            if inode.is_directory() {
                statistics.dir_count += 1;
                continue;
            }
            let names = u64::from(inode.link_count);
            let hash = inode.data_hash();
            let size = if hash.is_zero() { 0 } else { size_of(&hash) };
            statistics.file_count += names;
            statistics.total_bytes = statistics.total_bytes.saturating_add(size.saturating_mul(names));
            let saved = size.saturating_mul(names - 1);
            statistics.hard_link_bytes = statistics.hard_link_bytes.saturating_add(saved);
        }
        // The root does not count.
        statistics.dir_count -= 1;
        statistics
    }
}
