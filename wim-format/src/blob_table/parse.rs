//! From bytes to a [`BlobTable`]: which entries count, and where each blob is.

use alloc::vec::Vec;
use core::ops::Range;

use super::overlap::Stretches;
use super::{Blob, BlobId, BlobLocation, BlobTable, MetadataResource, SolidResource};
use crate::chunk_table::{ChunkLayout, ChunkTable};
use crate::error::{Error, ErrorKind, Section};
use crate::header::{Header, Version};
use crate::limits::Limits;
use crate::raw;
use crate::resource::{ResourceFlags, ResourceHeader, Sha1Hash};
use crate::solid::SolidHeader;
use crate::warning::{Warning, WarningKind};

/// What a blob table is read against.
#[derive(Clone, Copy, Debug)]
pub struct BlobTableContext<'a> {
    /// The header of the same file.
    pub header: &'a Header,
    /// Bytes of that file.
    pub file_len: u64,
    /// What the reader accepts.
    pub limits: &'a Limits,
}

/// An entry, and its offset in the table.
struct Entry {
    offset: u64,
    resource: ResourceHeader,
    part: u16,
    reference_count: u32,
    hash: Sha1Hash,
}

impl Entry {
    fn is_solid(&self) -> bool {
        self.resource.flags.contains(ResourceFlags::SOLID)
    }

    /// Whether this entry of a solid run stands for a resource, not for a blob inside.
    fn is_solid_resource(&self) -> bool {
        self.resource.uncompressed_size == raw::SOLID_RESOURCE_MARK
    }

    fn is_metadata(&self) -> bool {
        self.resource.flags.contains(ResourceFlags::METADATA)
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, Section::BlobTable, self.offset)
    }

    /// A field of this entry that cannot be.
    fn invalid<T>(&self, field: &'static str, value: u64) -> Result<T, Error> {
        Err(self.error(ErrorKind::InvalidField { field, value }))
    }
}

impl BlobTable {
    /// Parses a table, whose entries must all lie in the file. `solid_header` reads the first 16 bytes of a solid
    /// resource, which lie in the file, too.
    ///
    /// What other readers ignore, this one does, with a warning: entries of other parts, of nothing, of a hash that is
    /// already there, and surplus metadata.
    ///
    /// # Errors
    /// - An entry outside of the file, or whose sizes do not fit each other or the chunk size.
    /// - A resource that shares bytes with the header or a table. Where two resources share bytes, that is a warning.
    /// - Metadata that is shared or in a solid resource.
    /// - A solid resource whose front is invalid; a blob in none of them, or overlapping another.
    /// - More blobs, images, bytes in a chunk or bytes in a file than the limits allow.
    /// - Whatever `solid_header` fails with.
    pub fn parse<E: From<Error>>(
        bytes: &[u8],
        context: &BlobTableContext<'_>,
        mut solid_header: impl FnMut(&ResourceHeader) -> Result<[u8; SolidHeader::SIZE], E>,
    ) -> Result<Self, E> {
        let (solid_origins, stretches) = (Vec::new(), Stretches::default());
        let mut parser = Parser { context, table: Self::new(), solid_origins, stretches };
        let (entries, tail) = bytes.as_chunks::<{ Self::ENTRY_SIZE }>();
        parser.check_counts(entries.len())?;
        let mut position = 0;
        while let Some(entry) = entries.get(position) {
            let entry = parser.entry(position, entry);
            if entry.is_solid() {
                let run = entries[position..].iter().zip(position..).map(|(bytes, at)| parser.entry(at, bytes));
                let run: Vec<_> = run.take_while(Entry::is_solid).collect();
                position += run.len();
                parser.solid_run(&run, &mut solid_header)?;
            } else {
                position += 1;
                parser.single(&entry)?;
            }
        }
        if !tail.is_empty() {
            parser.warn(WarningKind::BlobTableTail, (entries.len() * Self::ENTRY_SIZE) as u64);
        }
        parser.finish(bytes.len() as u64).map_err(E::from)
    }
}

struct Parser<'a> {
    context: &'a BlobTableContext<'a>,
    table: BlobTable,
    /// For each blob in a solid resource, its offset in the table.
    solid_origins: Vec<(BlobId, u64)>,
    /// What lies where in the file.
    stretches: Stretches,
}

impl Parser<'_> {
    fn check_counts(&self, entries: usize) -> Result<(), Error> {
        let limits = self.context.limits;
        let check = |what, count: u64, limit: u64| {
            if count <= limit {
                Ok(())
            } else {
                Err(Error::new(ErrorKind::Limit { what, limit }, Section::BlobTable, 0))
            }
        };
        check("entries of the blob table", entries as u64, limits.blobs)?;
        check("images", self.context.header.image_count.into(), limits.images.into())
    }

    fn entry(&self, position: usize, bytes: &[u8; BlobTable::ENTRY_SIZE]) -> Entry {
        let raw: raw::BlobEntry = bytemuck::pod_read_unaligned(bytes);
        let mut resource = ResourceHeader::from(raw.resource);
        if self.context.header.version == Version::Default {
            resource.flags = resource.flags.without(ResourceFlags::SOLID);
        }
        Entry {
            offset: (position * BlobTable::ENTRY_SIZE) as u64,
            resource,
            part: raw.part.get(),
            reference_count: raw.reference_count.get(),
            hash: Sha1Hash(raw.hash),
        }
    }

    fn warn(&mut self, kind: WarningKind, offset: u64) {
        self.table.warnings.push(Warning { kind, section: Section::BlobTable, offset });
    }

    /// Whether an entry counts at all; `size` is that of the data it stands for.
    fn counts(&mut self, entry: &Entry, size: u64) -> bool {
        if entry.hash.is_zero() {
            return false;
        }
        if size == 0 {
            self.warn(WarningKind::EmptyBlob, entry.offset);
            return false;
        }
        if entry.part != self.context.header.part {
            self.warn(WarningKind::ForeignPart, entry.offset);
            return false;
        }
        true
    }

    /// An entry outside of solid runs.
    fn single(&mut self, entry: &Entry) -> Result<(), Error> {
        // A solid resource in an archive whose version has none: without it, no member would be found.
        if entry.is_solid_resource() && entry.hash.is_zero() {
            return entry.invalid("stored size of an uncompressed resource", entry.resource.size_in_wim);
        }
        if !self.counts(entry, entry.resource.uncompressed_size) {
            return Ok(());
        }
        if entry.is_metadata() {
            return self.metadata(entry);
        }
        self.check_resource(entry)?;
        self.check_blob_size(entry, entry.resource.uncompressed_size)?;
        let Entry { resource, part, reference_count, hash, .. } = *entry;
        let (size, location) = (resource.uncompressed_size, BlobLocation::Resource(resource));
        match self.table.insert(Blob { hash, size, reference_count, part, location }) {
            Ok(_) => self.stretches.push(&resource, entry.offset),
            Err(_) => self.warn(WarningKind::DuplicateBlob, entry.offset),
        }
        Ok(())
    }

    fn metadata(&mut self, entry: &Entry) -> Result<(), Error> {
        let header = self.context.header;
        let surplus = self.table.metadata.len() as u64 >= u64::from(header.image_count);
        if header.part != 1 || surplus || entry.reference_count == 0 {
            self.warn(WarningKind::StaleMetadata, entry.offset);
            return Ok(());
        }
        if entry.reference_count != 1 {
            return entry.invalid("reference count of metadata", entry.reference_count.into());
        }
        self.check_resource(entry)?;
        let Entry { resource, part, reference_count, hash, .. } = *entry;
        self.stretches.push(&resource, entry.offset);
        self.table.metadata.push(MetadataResource { resource, hash, reference_count, part });
        Ok(())
    }

    /// Checks that a resource lies in the file and that its sizes fit each other.
    fn check_resource(&self, entry: &Entry) -> Result<(), Error> {
        self.check_bounds(entry)?;
        let (header, resource) = (self.context.header, &entry.resource);
        if !resource.is_compressed() {
            return match resource.size_in_wim == resource.uncompressed_size {
                true => Ok(()),
                false => entry.invalid("stored size of an uncompressed resource", resource.size_in_wim),
            };
        }
        let layout = if header.pipable { ChunkLayout::Pipable } else { ChunkLayout::Plain };
        let in_table = |error: Error| entry.error(error.kind());
        let chunk_table = ChunkTable::location(resource, header.chunk_size, layout).map_err(in_table)?;
        // Each chunk takes at most the size of its data, behind four bytes in the pipable layout.
        let chunks = resource.uncompressed_size.div_ceil(header.chunk_size.into());
        let headers = if header.pipable { chunks.saturating_mul(4) } else { 0 };
        let overhead = (chunk_table.end - chunk_table.start).saturating_add(headers);
        if resource.size_in_wim > resource.uncompressed_size.saturating_add(overhead) {
            return entry.invalid("stored size of a compressed resource", resource.size_in_wim);
        }
        self.check_chunk_size(entry, header.chunk_size, resource.uncompressed_size)
    }

    fn check_bounds(&self, entry: &Entry) -> Result<(), Error> {
        let end = entry.resource.end_within(self.context.file_len, "resource", Section::BlobTable);
        end.map(|_| ()).map_err(|error| entry.error(error.kind()))
    }

    /// Checks that a decoder may take the memory for a chunk; no chunk is larger than its resource.
    fn check_chunk_size(&self, entry: &Entry, chunk_size: u32, uncompressed_size: u64) -> Result<(), Error> {
        let limit = u64::from(self.context.limits.chunk_bytes);
        match u64::from(chunk_size).min(uncompressed_size) <= limit {
            true => Ok(()),
            false => Err(entry.error(ErrorKind::Limit { what: "bytes in a chunk", limit })),
        }
    }

    fn check_blob_size(&self, entry: &Entry, size: u64) -> Result<(), Error> {
        let limit = self.context.limits.blob_bytes;
        if size <= limit { Ok(()) } else { Err(entry.error(ErrorKind::Limit { what: "bytes in a file", limit })) }
    }

    /// Consecutive entries with the solid flag: resources, and blobs in the data of all of them one after another. They
    /// may come in any order.
    fn solid_run<E: From<Error>>(
        &mut self,
        run: &[Entry],
        solid_header: &mut impl FnMut(&ResourceHeader) -> Result<[u8; SolidHeader::SIZE], E>,
    ) -> Result<(), E> {
        let first = self.table.solid.len();
        // Where the data of each resource ends, counted from the start of the first one's.
        let mut ends = Vec::new();
        for entry in run.iter().filter(|entry| entry.is_solid_resource()) {
            self.check_bounds(entry)?;
            if entry.resource.size_in_wim < SolidHeader::SIZE as u64 {
                entry.invalid("stored size of a solid resource", entry.resource.size_in_wim)?;
            }
            let front = solid_header(&entry.resource)?;
            let header = SolidHeader::parse(&front)?;
            ChunkTable::solid_location(&entry.resource, &header).map_err(|error| entry.error(error.kind()))?;
            self.check_chunk_size(entry, header.chunk_size, header.uncompressed_size)?;
            let end = ends.last().copied().unwrap_or(0u64).checked_add(header.uncompressed_size);
            let Some(end) = end else {
                return Ok(entry.invalid("size of all solid resources", header.uncompressed_size)?);
            };
            ends.push(end);
            self.stretches.push(&entry.resource, entry.offset);
            self.table.push_solid(SolidResource { resource: entry.resource, header, part: entry.part });
        }
        for entry in run.iter().filter(|entry| !entry.is_solid_resource()) {
            self.solid_member(entry, first, &ends)?;
        }
        Ok(())
    }

    fn solid_member(&mut self, entry: &Entry, first: usize, ends: &[u64]) -> Result<(), Error> {
        // In a member's entry the offset is in the run's data, and the size is that of its data.
        let (offset, size) = (entry.resource.offset, entry.resource.size_in_wim);
        if !self.counts(entry, size) {
            return Ok(());
        }
        if entry.is_metadata() {
            return entry.invalid("flags of metadata", entry.resource.flags.0.into());
        }
        self.check_blob_size(entry, size)?;
        let out_of_bounds = || entry.error(ErrorKind::OutOfBounds { what: "blob of a solid resource", offset, size });
        let end = offset.checked_add(size).ok_or_else(out_of_bounds)?;
        let position = ends.partition_point(|&resource_end| resource_end < end);
        let start = position.checked_sub(1).map_or(0, |previous| ends[previous]);
        if position == ends.len() || offset < start {
            return Err(out_of_bounds());
        }
        // `push_solid` numbered the resource with a u32.
        let location = BlobLocation::Solid { resource: (first + position) as u32, offset: offset - start };
        let Entry { part, reference_count, hash, .. } = *entry;
        match self.table.insert(Blob { hash, size, reference_count, part, location }) {
            Ok(id) => self.solid_origins.push((id, entry.offset)),
            Err(_) => self.warn(WarningKind::DuplicateBlob, entry.offset),
        }
        Ok(())
    }

    fn finish(mut self, table_len: u64) -> Result<BlobTable, Error> {
        self.check_solid_overlaps()?;
        for entry in core::mem::take(&mut self.stretches).check(self.context.header)? {
            self.warn(WarningKind::Overlap, entry);
        }
        let header = self.context.header;
        if header.part == 1 && (self.table.metadata.len() as u64) < u64::from(header.image_count) {
            self.warn(WarningKind::MissingMetadata, table_len);
        }
        Ok(self.table)
    }

    /// No two blobs may share bytes of a solid resource.
    fn check_solid_overlaps(&self) -> Result<(), Error> {
        let place = |&(id, origin): &(BlobId, u64)| -> Option<(u32, Range<u64>, u64)> {
            let blob = self.table.blob(id);
            match blob.location {
                // `solid_member` found the end inside of the resource.
                BlobLocation::Solid { resource, offset } => Some((resource, offset..offset + blob.size, origin)),
                BlobLocation::Resource(_) => None,
            }
        };
        let mut places: Vec<_> = self.solid_origins.iter().filter_map(place).collect();
        places.sort_unstable_by_key(|(resource, range, _)| (*resource, range.start));
        for pair in places.windows(2) {
            let ((resource, range, _), (next_resource, next, origin)) = (&pair[0], &pair[1]);
            if resource == next_resource && next.start < range.end {
                let kind =
                    ErrorKind::InvalidField { field: "offset of a blob that overlaps another", value: next.start };
                return Err(Error::new(kind, Section::BlobTable, *origin));
            }
        }
        Ok(())
    }
}
