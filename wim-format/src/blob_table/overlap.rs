//! No two things in a file share bytes, unless the file is damaged or was made to confuse.

use alloc::vec::Vec;
use core::ops::Range;

use crate::error::{Error, ErrorKind, Section};
use crate::header::Header;
use crate::resource::ResourceHeader;

/// The resources that the table names: the bytes of each, and the offset of its entry in the table.
#[derive(Default)]
pub(super) struct Stretches(Vec<(Range<u64>, u64)>);

impl Stretches {
    /// Takes note of a resource, which lies in the file.
    pub(super) fn push(&mut self, resource: &ResourceHeader, entry: u64) {
        self.0.push((range(resource), entry));
    }

    /// The entries whose resources share bytes with one before them: of each such pair at least one cannot be right, but both
    /// can be read, and their hashes tell which it is.
    ///
    /// # Errors
    /// If one shares bytes with the header, the blob table, the XML or the integrity table.
    pub(super) fn check(mut self, header: &Header) -> Result<Vec<u64>, Error> {
        let tables =
            [0..Header::SIZE as u64, range(&header.blob_table), range(&header.xml_data), range(&header.integrity)];
        for (range, entry) in &self.0 {
            if tables.iter().any(|table| range.start < table.end && table.start < range.end) {
                let field = "offset of a resource that overlaps the header or a table";
                let kind = ErrorKind::InvalidField { field, value: range.start };
                return Err(Error::new(kind, Section::BlobTable, *entry));
            }
        }
        // Most archives list their resources as they lie.
        if !self.0.is_sorted_by_key(|(range, _)| range.start) {
            self.0.sort_unstable_by_key(|(range, entry)| (range.start, *entry));
        }
        let mut end = 0;
        let overlaps = self.0.iter().filter(|(range, _)| {
            let overlaps = range.start < end;
            end = end.max(range.end);
            overlaps
        });
        Ok(overlaps.map(|&(_, entry)| entry).collect())
    }
}

/// The bytes of something that lies in the file.
fn range(resource: &ResourceHeader) -> Range<u64> {
    resource.offset..resource.offset.saturating_add(resource.size_in_wim)
}
