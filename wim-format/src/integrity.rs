//! The integrity table: SHA-1 hashes of the file itself, piece by piece.

use alloc::vec::Vec;
use core::ops::Range;

use crate::bytes::Cursor;
use crate::error::{Error, ErrorKind, Result, Section};
use crate::header::Header;
use crate::raw::{self, Record, U32};
use crate::resource::Sha1Hash;

/// Hashes of the file from the end of the header to the end of the blob table.
///
/// Header, XML data and the table itself are not covered. What lies between and belongs to nothing any more is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrityTable {
    /// Bytes of the file under each hash, the last one excepted.
    pub chunk_size: u32,
    /// The hash of each piece, in order.
    pub hashes: Vec<Sha1Hash>,
}

impl IntegrityTable {
    /// The piece size of every writer known: 10 MiB.
    pub const DEFAULT_CHUNK_SIZE: u32 = 10 << 20;

    /// Bytes of a hash.
    const HASH_SIZE: usize = size_of::<Sha1Hash>();

    /// Parses the table of a file in which `covered` bytes lie between the header and the end of the blob table.
    ///
    /// # Errors
    /// If the lengths inside do not fit each other, `bytes` or `covered`.
    pub fn parse(bytes: &[u8], covered: u64) -> Result<Self> {
        let fail = |kind, offset| Err(Error::new(kind, Section::Integrity, offset));
        let mut cursor = Cursor::new(bytes, Section::Integrity);
        let header: raw::IntegrityHeader = cursor.read()?;
        let (size, count, chunk_size) = (header.size.get(), header.count.get(), header.chunk_size.get());
        let (hashes, rest) = bytes[cursor.position()..].as_chunks::<{ Self::HASH_SIZE }>();
        if u64::from(size) != bytes.len() as u64 || !rest.is_empty() {
            return fail(ErrorKind::InvalidField { field: "size", value: size.into() }, 0);
        }
        let mismatch = |stated, found| ErrorKind::CountMismatch { what: "hashes", stated: u64::from(stated), found };
        if u64::from(count) != hashes.len() as u64 {
            return fail(mismatch(count, hashes.len() as u64), 4);
        }
        if chunk_size == 0 {
            return fail(ErrorKind::InvalidChunkSize(0), 8);
        }
        let needed = covered.div_ceil(chunk_size.into());
        if u64::from(count) != needed {
            return fail(mismatch(count, needed), 4);
        }
        Ok(Self { chunk_size, hashes: hashes.iter().copied().map(Sha1Hash).collect() })
    }

    /// The table as it lies on disk.
    ///
    /// # Panics
    /// If it has 2^32 bytes or more: two petabytes at the default piece size.
    pub fn to_bytes(&self) -> Vec<u8> {
        let size = raw::IntegrityHeader::SIZE + self.hashes.len() * Self::HASH_SIZE;
        let header = raw::IntegrityHeader {
            size: U32::new(u32::try_from(size).expect("an integrity table is smaller than 4 GiB")),
            count: U32::new(self.hashes.len() as u32),
            chunk_size: U32::new(self.chunk_size),
        };
        let mut bytes = Vec::with_capacity(size);
        bytes.extend(bytemuck::bytes_of(&header));
        bytes.extend(self.hashes.iter().flat_map(|hash| hash.0));
        bytes
    }

    /// The offsets in the file under each hash of a table in pieces of `chunk_size`, when `covered` bytes are covered.
    ///
    /// # Panics
    /// If `chunk_size` is 0.
    pub fn ranges(chunk_size: u32, covered: u64) -> impl Iterator<Item = Range<u64>> + Clone {
        assert_ne!(chunk_size, 0, "pieces have a size");
        let start = Header::SIZE as u64;
        let step = u64::from(chunk_size);
        (0..covered.div_ceil(step)).map(move |index| {
            let from = index * step;
            start.saturating_add(from)..start.saturating_add(covered.min(from.saturating_add(step)))
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn table(count: usize) -> Vec<u8> {
        IntegrityTable { chunk_size: 100, hashes: vec![Sha1Hash([7; 20]); count] }.to_bytes()
    }

    #[test]
    fn the_number_of_hashes_follows_from_what_is_covered() {
        for (covered, count) in [(0, 0), (1, 1), (100, 1), (101, 2), (200, 2)] {
            assert_eq!(IntegrityTable::parse(&table(count), covered).unwrap().hashes.len(), count);
            let error = IntegrityTable::parse(&table(count + 1), covered).unwrap_err();
            let (stated, found) = (count as u64 + 1, count as u64);
            assert_eq!(error.kind(), ErrorKind::CountMismatch { what: "hashes", stated, found });
        }
    }

    #[test]
    fn ranges_begin_after_the_header_and_cover_everything_once() {
        let ranges: Vec<_> = IntegrityTable::ranges(100, 250).collect();
        assert_eq!(ranges, [208..308, 308..408, 408..458]);
        assert_eq!(IntegrityTable::ranges(100, 0).count(), 0);
        assert_eq!(IntegrityTable::ranges(u32::MAX, u64::MAX).last().unwrap().end, u64::MAX);
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let with = |at: usize, value: u8| {
            let mut bytes = table(2);
            bytes[at] = value;
            IntegrityTable::parse(&bytes, 200).unwrap_err().offset()
        };
        assert_eq!([with(0, 51), with(4, 3), with(8, 0)], [0, 4, 8]);
        assert_eq!(IntegrityTable::parse(&table(2)[..51], 200).unwrap_err().offset(), 0);
        assert_eq!(IntegrityTable::parse(&[0; 11], 0).unwrap_err().kind(), ErrorKind::Truncated);
    }
}
