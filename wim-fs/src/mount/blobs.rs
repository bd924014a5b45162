//! The data of a mounted image: any range of a blob, and never a blob's end before its SHA-1 was compared.
//!
//! A small blob is decoded and checked once, whole, and kept for the reads that follow. A large one is read piece by piece,
//! and checked on the way; see [`Large`].

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wim_export::{Archive, Result};
use wim_format::{BlobLocation, Sha1Hash};

use super::large::Large;

/// Blobs up to this size are decoded whole, if that is no more than a quarter of what may be kept.
const MAX_WHOLE: u64 = 32 << 20;
/// Large blobs that are kept ready at once. Each has two decoders.
const MAX_LARGE: usize = 8;

/// Reads blobs, and keeps what was read lately.
pub(super) struct Blobs {
    archive: Archive,
    /// Bytes of small blobs that may be kept.
    budget: u64,
    small: Mutex<Vec<Small>>,
    large: Mutex<Vec<(Sha1Hash, Arc<Large>)>>,
    max_large: usize,
}

/// A small blob; whoever wants the same one waits for the one who decodes it.
struct Small {
    hash: Sha1Hash,
    size: u64,
    data: Arc<Mutex<Option<Arc<Vec<u8>>>>>,
}

/// Some bytes of a blob.
pub(super) enum Piece {
    Shared(Arc<Vec<u8>>, Range<usize>),
    Own(Vec<u8>),
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Shared(data, range) => &data[range.clone()],
            Self::Own(data) => data,
        }
    }
}

impl Blobs {
    /// Keeps at most about `budget` bytes of data.
    pub(super) fn new(archive: Archive, budget: u64) -> Self {
        let chunk = u64::from(archive.header().chunk_size).max(1 << 15);
        let max_large = usize::try_from(budget / (4 * chunk)).unwrap_or(MAX_LARGE).clamp(1, MAX_LARGE);
        Self { archive, budget, small: Mutex::default(), large: Mutex::default(), max_large }
    }

    pub(super) fn archive(&self) -> &Archive {
        &self.archive
    }

    /// The size of a blob; nothing, if it is missing.
    pub(super) fn size(&self, hash: &Sha1Hash) -> Option<u64> {
        if hash.is_zero() { Some(0) } else { self.archive.blob(hash).map(|blob| blob.size) }
    }

    /// At most `len` bytes of a blob from `offset` on; fewer at its end.
    ///
    /// # Errors
    /// If the blob is missing or damaged.
    pub(super) fn read(&self, hash: &Sha1Hash, offset: u64, len: u64) -> Result<Piece> {
        let size = self.size(hash).unwrap_or(u64::MAX);
        let start = offset.min(size);
        let range = start..start.saturating_add(len).min(size);
        if range.is_empty() {
            return Ok(Piece::Own(Vec::new()));
        }
        if size > MAX_WHOLE.min(self.budget / 4) {
            return self.large(hash)?.read(range).map(Piece::Own);
        }
        let data = self.whole(hash, size)?;
        Ok(Piece::Shared(data, range.start as usize..range.end as usize))
    }

    /// All of a small blob.
    fn whole(&self, hash: &Sha1Hash, size: u64) -> Result<Arc<Vec<u8>>> {
        let slot = self.slot(hash, size);
        let mut slot = lock(&slot);
        if let Some(data) = &*slot {
            return Ok(data.clone());
        }
        // It grows as data arrives: a size that lies costs no more memory than there is data.
        let mut data = Vec::new();
        self.archive.blob_reader(hash)?.read_all(|piece| {
            data.extend_from_slice(piece);
            Ok(())
        })?;
        let data = Arc::new(data);
        *slot = Some(data.clone());
        Ok(data)
    }

    /// The place of a small blob, which is now the one used last. Those used longest ago go, until the rest fits.
    fn slot(&self, hash: &Sha1Hash, size: u64) -> Arc<Mutex<Option<Arc<Vec<u8>>>>> {
        let mut small = lock(&self.small);
        let known = small.iter().rposition(|known| known.hash == *hash).map(|position| small.remove(position));
        let entry = known.unwrap_or_else(|| Small { hash: *hash, size, data: Arc::default() });
        let data = entry.data.clone();
        small.push(entry);
        let mut total: u64 = small.iter().map(|entry| entry.size.max(MIN_COST)).sum();
        let gone = small.iter().take_while(|entry| {
            let over = total > self.budget;
            total = total.saturating_sub(entry.size.max(MIN_COST));
            over
        });
        let gone = gone.count().min(small.len() - 1);
        small.drain(..gone);
        data
    }

    /// A large blob, ready to be read.
    fn large(&self, hash: &Sha1Hash) -> Result<Arc<Large>> {
        let mut large = lock(&self.large);
        if let Some(position) = large.iter().position(|(known, _)| known == hash) {
            let entry = large.remove(position);
            large.push(entry);
        } else {
            let verified = self.archive.clone();
            let new = Arc::new(Large::new(verified, *hash)?);
            if large.len() >= self.max_large {
                large.remove(0);
            }
            large.push((*hash, new));
        }
        Ok(large[large.len() - 1].1.clone())
    }
}

/// What the smallest blob counts for: the list of them is short, too.
const MIN_COST: u64 = 32 << 10;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether reading goes by a solid resource's own cache, which a reader must not keep chunks of.
pub(super) fn is_solid(archive: &Archive, hash: &Sha1Hash) -> bool {
    archive.blob(hash).is_some_and(|blob| matches!(blob.location, BlobLocation::Solid { .. }))
}

#[cfg(test)]
mod tests {
    use testdata::build::{Codec, Image, Wim};
    use testdata::content::text;

    use super::*;

    fn blobs(budget: u64, damage: bool) -> (Blobs, Sha1Hash, Vec<u8>) {
        let data = text(1, 300_000);
        let wim = Wim::new().codec(Codec::None).image(Image::new("x").file("/f", &data)).build();
        let offset = wim.entry(&data).resource.offset as usize;
        let bytes = if damage { wim.flip(offset + 100).bytes } else { wim.bytes };
        let archive = Archive::from_source(Arc::new(bytes)).unwrap();
        let image = archive.image(archive.only_image().unwrap()).unwrap();
        let hash = image.inode_of(image.find("/f").unwrap()).data_hash();
        (Blobs::new(archive, budget), hash, data)
    }

    #[test]
    fn any_range_is_what_the_blob_holds_there() {
        for budget in [1 << 30, 1 << 16] {
            let (blobs, hash, data) = blobs(budget, false);
            for (offset, len) in [(0, 10), (299_990, 100), (100_000, 131_072), (300_000, 5), (400_000, 5), (0, 300_000)]
            {
                let end = (offset + len).min(data.len());
                let expected = data.get(offset..end).unwrap_or_default();
                let piece = blobs.read(&hash, offset as u64, len as u64).unwrap();
                assert!(piece.as_ref() == expected, "{offset} {len} with {budget}");
            }
        }
    }

    #[test]
    fn the_end_of_a_damaged_blob_is_never_given() {
        let (small, hash, _) = blobs(1 << 30, true);
        assert!(small.read(&hash, 0, 10).is_err());
        let (large, hash, _) = blobs(1 << 16, true);
        assert!(large.read(&hash, 0, 131_072).is_ok(), "it shows at the end");
        assert!(large.read(&hash, 290_000, 131_072).is_err());
        assert!(large.read(&hash, 290_000, 131_072).is_err(), "each time");
        let (backwards, hash, _) = blobs(1 << 16, true);
        assert!(backwards.read(&hash, 299_999, 1).is_err());
    }

    #[test]
    fn no_more_is_kept_than_may_be() {
        let mut image = Image::new("x");
        for seed in 0..50 {
            image = image.file(&format!("/{seed}"), text(seed, 50_000));
        }
        let archive = Archive::from_source(Arc::new(Wim::new().image(image).to_bytes())).unwrap();
        let tree = archive.image(archive.only_image().unwrap()).unwrap();
        let blobs = Blobs::new(archive, 400_000);
        for (hash, _) in tree.blob_references() {
            blobs.read(&hash, 0, 10).unwrap();
            assert!(lock(&blobs.small).iter().map(|small| small.size).sum::<u64>() <= 400_000);
        }
        assert!(lock(&blobs.small).len() > 5);
    }
}
