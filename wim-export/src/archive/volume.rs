//! One file of an archive: its header, its blob table, and reads of its resources.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use wim_compress::DecodeError;
use wim_format::{
    Blob, BlobLocation, BlobTable, BlobTableContext, Chunk, ChunkLayout, ChunkTable, ErrorKind, Header, ImageIndex,
    ImageMetadata, Limits, ResourceHeader, Section, Sha1Hash,
};

use super::extent::Extent;
use crate::decode::Decoders;
use crate::draft::NewData;
use crate::{Error, ReadAt, Result, Subject};

/// One file of an archive.
pub(crate) struct Volume {
    pub(crate) name: String,
    pub(crate) source: Arc<dyn ReadAt>,
    pub(crate) len: u64,
    pub(crate) header: Header,
    pub(crate) table: BlobTable,
    /// The chunk table of each solid resource, read when first needed.
    solid_tables: Vec<OnceLock<Arc<ChunkTable>>>,
    /// The same as `source`, if this is no file but what is to go into one.
    new_data: Option<Arc<NewData>>,
}

impl Volume {
    /// Opens a file of an archive: header and blob table.
    pub(crate) fn open(name: String, source: Arc<dyn ReadAt>, limits: &Limits) -> Result<Self> {
        let len = source.len().map_err(|source| Error::Read { archive: name.clone(), offset: 0, size: 0, source })?;
        let header = read_header(&name, &*source, len)?;
        let (table, solid_tables, new_data) = (BlobTable::default(), Vec::new(), None);
        let mut volume = Self { name, source, len, header, table, solid_tables, new_data };
        volume.check_tables().map_err(volume.format_error())?;
        volume.table = volume.read_blob_table(limits)?;
        volume.solid_tables = volume.table.solid_resources().iter().map(|_| OnceLock::new()).collect();
        Ok(volume)
    }

    /// What is to go into a file: all raw, and never copied without a look into it.
    pub(crate) fn of_new_data(name: String, header: Header, data: Arc<NewData>, table: BlobTable) -> Self {
        let (source, len, new_data): (Arc<dyn ReadAt>, _, _) = (data.clone(), data.size(), Some(data));
        Self { name, source, len, header, table, solid_tables: Vec::new(), new_data }
    }

    /// What a file has whose tables are not written yet. Nothing is read from it.
    pub(crate) fn of_unfinished(name: String, header: Header, table: BlobTable) -> Self {
        Self { name, source: Arc::new(Vec::new()), len: 0, header, table, solid_tables: Vec::new(), new_data: None }
    }

    /// Whether this is no file but what is to go into one.
    pub(crate) fn is_new(&self) -> bool {
        self.new_data.is_some()
    }

    /// The tree of an image that is in no file yet.
    pub(super) fn new_tree(&self, image: ImageIndex) -> Option<&ImageMetadata> {
        self.new_data.as_ref()?.tree(image)
    }

    /// The error that the data at `location`, which is `subject`'s, has another hash.
    pub(crate) fn hash_mismatch(&self, location: &BlobLocation, subject: Subject, actual: Sha1Hash) -> Error {
        match (&self.new_data, location) {
            (Some(data), BlobLocation::Resource(resource)) => data.changed(resource.offset),
            _ => Error::HashMismatch { archive: self.name.clone(), subject, actual },
        }
    }

    /// Checks that the tables which the header names lie within the file.
    fn check_tables(&self) -> wim_format::Result<()> {
        let header = &self.header;
        if header.blob_table.is_none() && header.xml_data.is_none() {
            return Err(wim_format::Error::new(ErrorKind::Incomplete, Section::Header, 0));
        }
        let tables = [
            (&header.blob_table, "the blob table"),
            (&header.xml_data, "the XML data"),
            (&header.integrity, "the integrity table"),
        ];
        for (resource, what) in tables {
            resource.end_within(self.len, what, Section::Header)?;
            if !resource.is_none() && resource.offset < Header::SIZE as u64 {
                let kind = ErrorKind::OutOfBounds { what, offset: resource.offset, size: resource.size_in_wim };
                return Err(wim_format::Error::new(kind, Section::Header, 0));
            }
        }
        // What is cut off behind a table that claims less than it has would cut the table.
        for resource in [&header.blob_table, &header.xml_data] {
            if !resource.is_compressed() && resource.size_in_wim != resource.uncompressed_size {
                let field = "stored size of an uncompressed table";
                let kind = ErrorKind::InvalidField { field, value: resource.size_in_wim };
                return Err(wim_format::Error::new(kind, Section::Header, 0));
            }
        }
        Ok(())
    }

    fn read_blob_table(&self, limits: &Limits) -> Result<BlobTable> {
        let limit = limits.blobs.saturating_mul(wim_format::BlobTable::ENTRY_SIZE as u64);
        let bytes = self.read_resource(&self.header.blob_table, limit, Subject::Table(Section::BlobTable))?;
        let context = BlobTableContext { header: &self.header, file_len: self.len, limits };
        BlobTable::parse(&bytes, &context, |resource| {
            let mut header = [0; 16];
            self.read_into(&mut header, resource.offset).map(|()| header)
        })
        .map_err(|error| match error {
            // An error of the table itself does not know the archive's name.
            Error::Format { source, subject, .. } => Error::Format { archive: self.name.clone(), subject, source },
            other => other,
        })
    }

    pub(crate) fn format_error(&self) -> impl FnOnce(wim_format::Error) -> Error {
        let archive = self.name.clone();
        move |source| Error::Format { archive, subject: None, source }
    }

    /// Fills `buf` from `offset` on.
    pub(crate) fn read_into(&self, buf: &mut [u8], offset: u64) -> Result<()> {
        if let Some(data) = &self.new_data {
            return data.read(buf, offset);
        }
        self.source.read_exact_at(buf, offset).map_err(|source| Error::Read {
            archive: self.name.clone(),
            offset,
            size: buf.len() as u64,
            source,
        })
    }

    /// The bytes `range` of the file, if they are in memory anyway.
    pub(crate) fn in_memory(&self, range: &Range<u64>) -> Option<&[u8]> {
        let all = self.source.as_slice()?;
        all.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
    }

    /// How long a buffer [`Self::bytes`] needs.
    pub(crate) fn buffer_len(&self, range: &Range<u64>) -> usize {
        if self.in_memory(range).is_some() { 0 } else { (range.end - range.start) as usize }
    }

    /// The bytes `range` of the file: where they are in memory, or read into the front of `buffer`.
    pub(crate) fn bytes<'a>(&'a self, range: &Range<u64>, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
        if let Some(bytes) = self.in_memory(range) {
            return Ok(bytes);
        }
        let buffer = &mut buffer[..(range.end - range.start) as usize];
        self.read_into(buffer, range.start)?;
        Ok(buffer)
    }

    const fn layout(&self) -> ChunkLayout {
        if self.header.pipable { ChunkLayout::Pipable } else { ChunkLayout::Plain }
    }

    /// How a resource that is not solid lies in the file.
    pub(crate) fn resource_extent(&self, resource: &ResourceHeader) -> Result<Extent> {
        if !resource.is_compressed() {
            return Ok(Extent::raw(*resource));
        }
        let table = self.read_range(&self.chunk_table_location(resource)?)?;
        self.extent_with_table(resource, &table)
    }

    /// The same for a compressed resource whose chunk table has been read already.
    pub(crate) fn extent_with_table(&self, resource: &ResourceHeader, table: &[u8]) -> Result<Extent> {
        let table =
            ChunkTable::parse(resource, self.header.chunk_size, self.layout(), table).map_err(self.format_error())?;
        let (compression, size) = (self.header.compression(), resource.uncompressed_size);
        Ok(Extent::chunked(*resource, Arc::new(table), compression, 0, size))
    }

    /// Where the chunk table of a compressed resource that is not solid lies.
    pub(crate) fn chunk_table_location(&self, resource: &ResourceHeader) -> Result<Range<u64>> {
        ChunkTable::location(resource, self.header.chunk_size, self.layout()).map_err(self.format_error())
    }

    /// How a blob lies in the file.
    pub(crate) fn blob_extent(&self, blob: &Blob) -> Result<Extent> {
        match blob.location {
            BlobLocation::Resource(resource) => self.resource_extent(&resource),
            BlobLocation::Solid { resource, offset } => self.solid_extent(resource, offset, blob.size),
        }
    }

    /// How `size` bytes from `offset` on of solid resource `number` lie in the file.
    pub(crate) fn solid_extent(&self, number: u32, offset: u64, size: u64) -> Result<Extent> {
        let solid = &self.table.solid_resources()[number as usize];
        let slot = &self.solid_tables[number as usize];
        let table = match slot.get() {
            Some(table) => table,
            None => {
                let location = ChunkTable::solid_location(&solid.resource, &solid.header);
                let bytes = self.read_range(&location.map_err(self.format_error())?)?;
                let table = ChunkTable::parse_solid(&solid.resource, &solid.header, &bytes);
                let table = Arc::new(table.map_err(self.format_error())?);
                slot.get_or_init(|| table)
            }
        };
        Ok(Extent::chunked(solid.resource, table.clone(), solid.header.compression, offset, size))
    }

    /// The bytes `range` of the file, which is known to lie within it.
    fn read_range(&self, range: &Range<u64>) -> Result<Vec<u8>> {
        debug_assert!(range.end <= self.len, "ranges are checked against the file's length first");
        let mut bytes = vec![0; (range.end - range.start) as usize];
        self.read_into(&mut bytes, range.start)?;
        Ok(bytes)
    }

    /// All data of a resource that is not solid, at most `limit` bytes of it: a table, the XML, an image's metadata.
    pub(crate) fn read_resource(&self, resource: &ResourceHeader, limit: u64, subject: Subject) -> Result<Vec<u8>> {
        if resource.uncompressed_size > limit {
            let section = if let Subject::Table(section) = subject { section } else { Section::Metadata };
            let kind = ErrorKind::Limit { what: "bytes", limit };
            return Err(self.format_error()(wim_format::Error::new(kind, section, 0)));
        }
        resource.end_within(self.len, "a resource", Section::BlobTable).map_err(self.format_error())?;
        let extent = self.resource_extent(resource)?;
        let (decoders, mut stored, mut data) = (Decoders::default(), Vec::new(), Vec::new());
        for number in extent.chunks_of(&(0..extent.size)) {
            let chunk = extent.chunk(number);
            stored.resize(chunk.size as usize, 0);
            self.read_into(&mut stored, chunk.offset)?;
            // It grows as data arrives: a size that lies costs no more memory than there is data.
            let at = data.len();
            data.resize(at + chunk.uncompressed_size as usize, 0);
            self.decode(&extent, &chunk, &stored, &mut data[at..], &decoders, || subject.clone())?;
        }
        Ok(data)
    }

    /// Decodes `chunk` of `extent` from its `stored` bytes.
    pub(crate) fn decode(
        &self,
        extent: &Extent,
        chunk: &Chunk,
        stored: &[u8],
        decoded: &mut [u8],
        decoders: &Decoders,
        subject: impl FnOnce() -> Subject,
    ) -> Result<()> {
        let result = decoders.decode_chunk(extent, stored, decoded);
        result.map_err(|source| self.chunk_error(extent, chunk, subject(), source))
    }

    /// The error that a chunk which does not decode comes to.
    pub(crate) fn chunk_error(&self, extent: &Extent, chunk: &Chunk, subject: Subject, source: DecodeError) -> Error {
        let number = chunk.uncompressed_offset / u64::from(extent.piece_size());
        Error::Decompress { archive: self.name.clone(), subject, chunk: number, offset: chunk.offset, source }
    }
}

fn read_header(name: &str, source: &dyn ReadAt, len: u64) -> Result<Header> {
    let fail = |source| Error::Format { archive: name.to_owned(), subject: None, source };
    let not_a_wim = || fail(wim_format::Error::new(ErrorKind::NotAWim, Section::Header, 0));
    let read = |offset: u64| {
        let mut bytes = [0; Header::SIZE];
        let size = Header::SIZE as u64;
        let read = source.read_exact_at(&mut bytes, offset);
        read.map_err(|source| Error::Read { archive: name.to_owned(), offset, size, source })?;
        Header::parse(&bytes).map_err(fail)
    };
    let last = len.checked_sub(Header::SIZE as u64).ok_or_else(not_a_wim)?;
    let header = read(0)?;
    if !header.pipable {
        return Ok(header);
    }
    // The layout for pipes has its complete header at the end.
    let header = read(last)?;
    if header.pipable { Ok(header) } else { Err(not_a_wim()) }
}
