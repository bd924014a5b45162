//! Putting resources together: chunk table and chunks, or raw bytes if that is not larger.

use wim_format::{ChunkTable, ChunkTableBuilder, ResourceFlags, ResourceHeader, Sha1Hash, SolidHeader, SolidResource};

use super::coding::ChunkCoding;
use super::encode::Batch;
use super::items::base_flags;
use super::output::Output;
use crate::pipeline::Item;
use crate::{Archive, Result};

/// A compressed resource up to this size is put together in memory; a larger one is written as it comes.
const IN_MEMORY: u64 = 4 << 20;

/// What an assembler has to know of the resources that it makes, by their numbers.
pub(crate) trait Resources {
    /// Uncompressed bytes.
    fn size(&self, item: usize) -> u64;

    /// The flags that the resource has however it is stored.
    fn flags(&self, item: usize) -> ResourceFlags;

    /// The SHA-1 of the data, which the layout for pipes has before it.
    fn hash(&self, item: usize) -> Sha1Hash;

    /// Reads the data once more, from front to back; what is not as it was is an error.
    fn read(&self, item: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>;
}

/// The items of an archive.
#[derive(Clone, Copy)]
pub(super) struct ItemResources<'a> {
    pub(super) source: &'a Archive,
    pub(super) items: &'a [Item],
}

impl Resources for ItemResources<'_> {
    fn size(&self, item: usize) -> u64 {
        self.items[item].blob.size
    }

    fn flags(&self, item: usize) -> ResourceFlags {
        base_flags(&self.items[item])
    }

    fn hash(&self, item: usize) -> Sha1Hash {
        self.items[item].blob.hash
    }

    fn read(&self, item: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.source.read_item(&self.items[item], sink)
    }
}

/// Makes resources out of compressed chunks.
pub(crate) struct Assembler {
    chunk_size: u32,
    pipable: bool,
    open: Option<Open>,
}

/// The resource that is being put together.
struct Open {
    item: usize,
    /// Where it begins.
    start: u64,
    table: ChunkTableBuilder,
    /// Uncompressed bytes so far.
    size: u64,
    /// The stored chunks, unless they are written as they come.
    chunks: Option<Vec<u8>>,
}

impl Assembler {
    pub(crate) fn new(chunk_size: u32, pipable: bool) -> Self {
        Self { chunk_size, pipable, open: None }
    }

    /// Writes the chunks of `batch`, which are of `resources`; `done` is told of each resource that is complete.
    pub(crate) fn add(
        &mut self,
        batch: &Batch,
        resources: &dyn Resources,
        output: &mut Output<'_>,
        mut done: impl FnMut(usize, ResourceHeader),
    ) -> Result<()> {
        let mut bytes = batch.bytes.as_slice();
        for note in &batch.chunks {
            let (chunk, rest) = bytes.split_at(note.stored);
            bytes = rest;
            let mut open = match self.open.take() {
                Some(open) => open,
                None => self.begin(note.item, resources, output)?,
            };
            open.table.push(note.stored as u32);
            open.size += note.size as u64;
            if self.pipable {
                output.write(&(note.stored as u32).to_le_bytes())?;
            }
            match &mut open.chunks {
                Some(chunks) => chunks.extend_from_slice(chunk),
                None => output.write(chunk)?,
            }
            if open.size == resources.size(note.item) {
                done(note.item, self.finish(open, resources, output)?);
            } else {
                self.open = Some(open);
            }
        }
        Ok(())
    }

    fn begin(&self, item: usize, resources: &dyn Resources, output: &mut Output<'_>) -> Result<Open> {
        let size = resources.size(item);
        if self.pipable {
            write_blob_header(resources, item, ResourceFlags::COMPRESSED, output)?;
            let (start, table) = (output.position(), ChunkTableBuilder::new(size, self.chunk_size));
            return Ok(Open { item, start, table, size: 0, chunks: None });
        }
        let start = output.position();
        let chunks = (size <= IN_MEMORY).then(Vec::new);
        if chunks.is_none() {
            // The table comes first, but is known last.
            output.seek(start + ChunkTable::encoded_len(size, self.chunk_size))?;
        }
        Ok(Open { item, start, table: ChunkTableBuilder::new(size, self.chunk_size), size: 0, chunks })
    }

    /// Completes a resource. One that did not shrink is stored raw: readers, Windows' among them, take a resource whose two
    /// sizes are equal for a raw one.
    fn finish(&self, open: Open, resources: &dyn Resources, output: &mut Output<'_>) -> Result<ResourceHeader> {
        let Open { item, start, table, size, chunks } = open;
        let flags = resources.flags(item);
        if self.pipable {
            // What went into the pipe cannot be taken back: such a resource counts as compressed even if nothing shrank.
            output.write(&table.to_bytes())?;
            let (size_in_wim, flags) = (output.position() - start, flags.with(ResourceFlags::COMPRESSED));
            return Ok(ResourceHeader { offset: start, size_in_wim, uncompressed_size: size, flags });
        }
        let size_in_wim = table.encoded_len() + table.stored_size();
        if size_in_wim >= size {
            match chunks {
                // Every chunk was stored raw, so together they are the data.
                Some(chunks) if table.stored_size() == size => output.write(&chunks)?,
                _ => {
                    // Nobody kept the data, as hardly any needs this.
                    output.seek(start)?;
                    resources.read(item, &mut |bytes| output.write(bytes))?;
                }
            }
            return Ok(ResourceHeader::stored(start, size, flags));
        }
        match chunks {
            Some(chunks) => {
                output.write(&table.to_bytes())?;
                output.write(&chunks)?;
            }
            None => output.patch(&table.to_bytes(), start)?,
        }
        let flags = flags.with(ResourceFlags::COMPRESSED);
        Ok(ResourceHeader { offset: start, size_in_wim, uncompressed_size: size, flags })
    }
}

/// Writes what precedes an item's resource in an archive for pipes.
pub(super) fn write_blob_header(
    resources: &dyn Resources,
    item: usize,
    flags: ResourceFlags,
    output: &mut Output<'_>,
) -> Result<()> {
    let (flags, uncompressed_size) = (resources.flags(item).with(flags), resources.size(item));
    let header = ResourceHeader { flags, uncompressed_size, ..ResourceHeader::NONE };
    output.write(&header.to_blob_header(&resources.hash(item)))
}

/// Makes a solid resource: all its members' data, one after another, cut into chunks without regard to where one ends.
pub(super) struct SolidAssembler {
    header: SolidHeader,
    /// Where the resource begins.
    start: u64,
    table: ChunkTableBuilder,
    /// Uncompressed bytes of the members so far.
    placed: u64,
}

impl SolidAssembler {
    /// Begins a solid resource of `size` uncompressed bytes at the output's position.
    pub(super) fn begin(coding: &ChunkCoding, size: u64, output: &mut Output<'_>) -> Result<Self> {
        let start = output.position();
        let ChunkCoding { compression, chunk_size, .. } = *coding;
        let header = SolidHeader { uncompressed_size: size, chunk_size, compression };
        // The header and the sizes of the chunks come first, but are known last.
        output.seek(start + ChunkTable::solid_encoded_len(size, chunk_size))?;
        Ok(Self { header, start, table: ChunkTableBuilder::new(size, chunk_size), placed: 0 })
    }

    /// A member of `size` bytes is complete; returns where it begins in the uncompressed data.
    pub(super) fn place(&mut self, size: u64) -> u64 {
        let offset = self.placed;
        self.placed += size;
        offset
    }

    /// Writes the chunks of `batch`.
    pub(super) fn add(&mut self, batch: &Batch, output: &mut Output<'_>) -> Result<()> {
        for note in &batch.chunks {
            self.table.push(note.stored as u32);
        }
        output.write(&batch.bytes)
    }

    /// Writes header and sizes.
    pub(super) fn finish(self, output: &mut Output<'_>) -> Result<SolidResource> {
        let mut front = self.header.to_bytes().to_vec();
        front.extend_from_slice(&self.table.to_solid_bytes());
        output.patch(&front, self.start)?;
        let size_in_wim = output.position() - self.start;
        let resource =
            ResourceHeader { offset: self.start, size_in_wim, uncompressed_size: 0, flags: ResourceFlags::SOLID };
        Ok(SolidResource { resource, header: self.header, part: 1 })
    }
}
