//! Putting resources together: chunk table and chunks, or raw bytes if that is not larger.

use wim_format::{ChunkTable, ChunkTableBuilder, ResourceFlags, ResourceHeader};

use super::encode::Batch;
use super::output::Output;
use crate::pipeline::Item;
use crate::{Archive, Result};

/// A compressed resource up to this size is put together in memory; a larger one is written as it comes.
const IN_MEMORY: u64 = 4 << 20;

/// Makes resources out of compressed chunks.
pub(super) struct Assembler<'a> {
    source: &'a Archive,
    items: &'a [Item],
    chunk_size: u32,
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

impl<'a> Assembler<'a> {
    pub(super) fn new(source: &'a Archive, items: &'a [Item], chunk_size: u32) -> Self {
        Self { source, items, chunk_size, open: None }
    }

    /// Writes the chunks of `batch`; `done` is told of each resource that is complete.
    pub(super) fn add(
        &mut self,
        batch: &Batch,
        output: &mut Output<'_>,
        mut done: impl FnMut(usize, ResourceHeader),
    ) -> Result<()> {
        let mut bytes = batch.bytes.as_slice();
        for note in &batch.chunks {
            let (chunk, rest) = bytes.split_at(note.stored);
            bytes = rest;
            let mut open = match self.open.take() {
                Some(open) => open,
                None => self.begin(note.item, output)?,
            };
            open.table.push(note.stored as u32);
            open.size += note.size as u64;
            match &mut open.chunks {
                Some(chunks) => chunks.extend_from_slice(chunk),
                None => output.write(chunk)?,
            }
            if open.size == self.items[note.item].blob.size {
                done(note.item, self.finish(open, output)?);
            } else {
                self.open = Some(open);
            }
        }
        Ok(())
    }

    fn begin(&self, item: usize, output: &mut Output<'_>) -> Result<Open> {
        let size = self.items[item].blob.size;
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
    fn finish(&self, open: Open, output: &mut Output<'_>) -> Result<ResourceHeader> {
        let Open { item, start, table, size, chunks } = open;
        let flags = super::write::base_flags(&self.items[item]);
        let size_in_wim = table.encoded_len() + table.stored_size();
        if size_in_wim >= size {
            match chunks {
                // Every chunk was stored raw, so together they are the data.
                Some(chunks) if table.stored_size() == size => output.write(&chunks)?,
                _ => self.store_raw(item, start, output)?,
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

    /// Writes an item's data raw at `start`, reading it once more: nobody kept it, as hardly any data needs this.
    fn store_raw(&self, item: usize, start: u64, output: &mut Output<'_>) -> Result<()> {
        output.seek(start)?;
        let item = &self.items[item];
        self.source.read_item(item, |bytes| output.write(bytes))
    }
}
