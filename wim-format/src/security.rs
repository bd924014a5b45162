//! The security descriptors of an image, which directory entries refer to by number.

use alloc::vec::Vec;
use core::ops::Range;

use crate::bytes::{Cursor, align8};
use crate::error::{Error, ErrorKind, Result, Section};
use crate::raw::{self, Record, U32, U64};

/// Bytes of an entry in the table of the descriptors' sizes.
const SIZE_OF_SIZE: usize = size_of::<U64>();
/// The longest security data: a 32-bit number, and a multiple of 8.
const MAX_LEN: usize = u32::MAX as usize & !7;

/// The security descriptors of an image, at the front of its metadata resource.
///
/// Microsoft: `SECURITYBLOCK_DISK`; wimlib: `wim_security_data`. Descriptors are self-relative `SECURITY_DESCRIPTOR`s and
/// opaque here. A descriptor's id is its position.
#[derive(Clone, Debug, Default)]
pub struct SecurityData {
    /// All descriptors, one after the other.
    bytes: Vec<u8>,
    /// Where each descriptor ends in `bytes`.
    ends: Vec<usize>,
    /// Ids in the order of the descriptors' content, for `insert`, which builds it when it is first called.
    by_content: Option<Vec<u32>>,
}

impl PartialEq for SecurityData {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.ends == other.ends
    }
}

impl Eq for SecurityData {}

impl SecurityData {
    /// Parses the security data at the front of a metadata resource. Also gives its length as stated, a multiple of 8:
    /// that is where the root directory begins.
    ///
    /// # Errors
    /// If the data does not fit `bytes`, or the descriptors do not fit the data.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize)> {
        let header: raw::SecurityHeader = Cursor::new(bytes, Section::Metadata).read()?;
        let stated = header.total_length.get();
        let length = usize::try_from(stated).ok().and_then(align8).filter(|&len| len <= MAX_LEN);
        let length = length.map(|len| len.max(raw::SecurityHeader::SIZE));
        let data = length.and_then(|length| bytes.get(..length)).ok_or_else(|| {
            let kind = ErrorKind::OutOfBounds { what: "security data", offset: 0, size: u64::from(stated) };
            Error::new(kind, Section::Metadata, 0)
        })?;
        // Old writers state a length of 0 for no descriptors at all.
        let count = if stated == 0 { 0 } else { header.count.get() };
        Ok((Self::parse_descriptors(&data[raw::SecurityHeader::SIZE..], count)?, data.len()))
    }

    /// Parses the table of `count` sizes at the front of `data`, and the descriptors after it.
    fn parse_descriptors(data: &[u8], count: u32) -> Result<Self> {
        let fail = |field, value, offset| {
            let offset = (raw::SecurityHeader::SIZE + offset) as u64;
            Error::new(ErrorKind::InvalidField { field, value }, Section::Metadata, offset)
        };
        // The table is split off first: only entries that are really there get memory.
        let table_len = usize::try_from(count).ok().and_then(|count| count.checked_mul(SIZE_OF_SIZE));
        let (table, descriptors) = table_len
            .and_then(|len| data.split_at_checked(len))
            .ok_or_else(|| fail("number of security descriptors", u64::from(count), 0))?;
        let mut ends = Vec::with_capacity(table.len() / SIZE_OF_SIZE);
        let mut end = 0_usize;
        for (i, size) in table.as_chunks::<SIZE_OF_SIZE>().0.iter().enumerate() {
            let size = u64::from_le_bytes(*size);
            end = usize::try_from(size)
                .ok()
                .and_then(|size| end.checked_add(size))
                .filter(|&end| end <= descriptors.len())
                .ok_or_else(|| fail("size of a security descriptor", size, i * SIZE_OF_SIZE))?;
            ends.push(end);
        }
        Ok(Self { bytes: descriptors[..end].to_vec(), ends, by_content: None })
    }

    /// The descriptor with the id `id`.
    pub fn get(&self, id: u32) -> Option<&[u8]> {
        self.bytes.get(self.range(id)?)
    }

    /// How many descriptors there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no descriptor.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All descriptors, in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut begin = 0;
        self.ends.iter().map(move |&end| &self.bytes[core::mem::replace(&mut begin, end)..end])
    }

    /// The id of `descriptor`, which is added unless it is there already; none if that would make the data too long for
    /// its 32-bit length.
    pub fn insert(&mut self, descriptor: &[u8]) -> Option<u32> {
        let mut order = self.by_content.take().unwrap_or_else(|| {
            let mut ids: Vec<u32> = (0..self.ends.len() as u32).collect();
            ids.sort_by(|&a, &b| self.get(a).cmp(&self.get(b)));
            ids
        });
        let id = match order.binary_search_by(|&id| self.get(id).cmp(&Some(descriptor))) {
            Ok(position) => Some(order[position]),
            Err(position) => self.push(descriptor).inspect(|&id| order.insert(position, id)),
        };
        self.by_content = Some(order);
        id
    }

    fn push(&mut self, descriptor: &[u8]) -> Option<u32> {
        let room = MAX_LEN.checked_sub(self.encoded_len() + SIZE_OF_SIZE)?;
        if descriptor.len() > room {
            return None;
        }
        let id = self.ends.len() as u32;
        self.bytes.extend_from_slice(descriptor);
        self.ends.push(self.bytes.len());
        Some(id)
    }

    /// The security data as it lies on disk, padded to a multiple of 8.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.encoded_len());
        self.write(&mut out);
        out
    }

    /// The length of [`Self::to_bytes`].
    pub(crate) fn encoded_len(&self) -> usize {
        (raw::SecurityHeader::SIZE + self.ends.len() * SIZE_OF_SIZE + self.bytes.len()).next_multiple_of(8)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let end = out.len() + self.encoded_len();
        let header = raw::SecurityHeader {
            total_length: U32::new(self.encoded_len() as u32),
            count: U32::new(self.ends.len() as u32),
        };
        out.extend_from_slice(bytemuck::bytes_of(&header));
        for descriptor in self.iter() {
            out.extend_from_slice(bytemuck::bytes_of(&U64::new(descriptor.len() as u64)));
        }
        out.extend_from_slice(&self.bytes);
        out.resize(end, 0);
    }

    fn range(&self, id: u32) -> Option<Range<usize>> {
        let id = usize::try_from(id).ok()?;
        let end = *self.ends.get(id)?;
        let begin = if id == 0 { 0 } else { self.ends[id - 1] };
        Some(begin..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_kept_once_and_survive_the_round_trip() {
        let mut security = SecurityData::default();
        assert_eq!(security.to_bytes(), [8, 0, 0, 0, 0, 0, 0, 0]);
        let ids: Vec<_> = ["b", "a", "b", "", "ccccc", "a"].map(|d| security.insert(d.as_bytes())).into();
        assert_eq!(ids, [Some(0), Some(1), Some(0), Some(2), Some(3), Some(1)]);
        let bytes = security.to_bytes();
        assert_eq!(bytes.len(), 48, "8 + 4 * 8 + 7, padded");
        let (mut parsed, length) = SecurityData::parse(&bytes).unwrap();
        assert_eq!((&parsed, length), (&security, 48));
        assert_eq!(parsed.iter().collect::<Vec<_>>(), [b"b".as_slice(), b"a", b"", b"ccccc"]);
        assert_eq!((parsed.get(3), parsed.get(4)), (Some(b"ccccc".as_slice()), None));
        assert_eq!(parsed.insert(b"ccccc"), Some(3));
    }

    #[test]
    fn old_and_unaligned_lengths_are_understood() {
        for stated in [0, 4, 8] {
            let (security, length) = SecurityData::parse(&[stated, 0, 0, 0, 0, 0, 0, 0]).unwrap();
            assert_eq!((security.len(), length), (0, 8), "{stated}");
        }
        let mut bytes = [0; 24];
        (bytes[0], bytes[4], bytes[8], bytes[16]) = (17, 1, 1, b'd');
        let (security, length) = SecurityData::parse(&bytes).unwrap();
        assert_eq!((security.get(0), length), (Some(b"d".as_slice()), 24));
    }
}
