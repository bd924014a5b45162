//! Doing what the plan says: blobs, metadata, blob table, XML, integrity table, and the header last.

use std::ops::Range;

use wim_format::{
    Blob, BlobLocation, BlobTable, Header, HeaderFlags, IntegrityTable, MetadataResource, ResourceFlags,
    ResourceHeader, Sha1Hash,
};

use super::assemble::Assembler;
use super::copy::copy_all;
use super::encode::{Encoder, Encoders};
use super::output::Output;
use super::plan::{Action, ExportPlan, path_of};
use super::target::Target;
use crate::hash::Hasher;
use crate::pipeline::{Flow, Item, Sink, run};
use crate::progress::Meter;
use crate::workers::{Crew, Workers, ordered};
use crate::{Error, Phase, Progress, Result};

/// What an export came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportSummary {
    /// The new archive's header.
    pub header: Header,
    /// Bytes of the new archive.
    pub size: u64,
    /// Different blobs in it.
    pub blobs: u64,
    /// Uncompressed bytes of these.
    pub bytes: u64,
    /// Whether every byte was decoded and its SHA-1 checked.
    pub verified: bool,
}

/// The flags that an item's resource has however it is stored.
pub(super) fn base_flags(item: &Item) -> ResourceFlags {
    if item.metadata_of.is_some() { ResourceFlags::METADATA } else { ResourceFlags::NONE }
}

impl ExportPlan {
    /// Writes the new archive to `target`, from its first byte on.
    ///
    /// Every byte that is delivered was decoded and its SHA-1 checked, unless the options say otherwise. The header states
    /// that a write is in progress until all else is written, so that a file which was cut off is recognised.
    ///
    /// # Errors
    /// If the source is damaged, reading or writing fails, or the run is cancelled. What `target` then holds is no archive.
    pub fn write(&self, target: &mut dyn Target, progress: &mut dyn Progress) -> Result<ExportSummary> {
        self.write_all(target, progress).map_err(|error| error.with_path(|hash| self.find_path(hash)))
    }

    fn write_all(&self, target: &mut dyn Target, progress: &mut dyn Progress) -> Result<ExportSummary> {
        let workers = Workers::new(self.options.threads)?;
        let mut output = Output::new(target, Some(self.least_size()));
        let in_progress =
            Header { flags: self.header.flags.with(HeaderFlags::WRITE_IN_PROGRESS), ..self.header.clone() };
        output.write(&in_progress.to_bytes())?;
        let mut meter = Meter::new(progress, Phase::Write, self.items.iter().map(|item| item.blob.size).sum());
        let fast_copy = !self.options.verify && self.actions.iter().all(|&action| action == Action::Copy);
        let placed = if fast_copy {
            copy_all(self, &mut output, &mut meter)?
        } else {
            self.write_items(&workers, &mut output, &mut meter)?
        };
        let header = self.write_tables(&placed, &workers, &mut output, progress)?;
        let size = output.position();
        output.patch(&header.to_bytes(), 0)?;
        output.finish()?;
        let blobs = &self.items[..self.blob_count];
        let bytes = blobs.iter().map(|item| item.blob.size).sum();
        Ok(ExportSummary { header, size, blobs: blobs.len() as u64, bytes, verified: !fast_copy })
    }

    /// What the output takes at least, for messages about full disks.
    fn least_size(&self) -> u64 {
        let copied = self.summary().copied_size;
        copied + self.xml.to_bytes().len() as u64 + (Header::SIZE + self.items.len() * BlobTable::ENTRY_SIZE) as u64
    }

    /// Sends all items through the pipeline, and returns where each is.
    fn write_items(
        &self,
        workers: &Workers,
        output: &mut Output<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<Vec<ResourceHeader>> {
        let flow = Flow::new(&self.source, &self.items);
        let encoders = crate::decode::codec(self.compression()).map(|codec| {
            Encoders::new(codec, self.options.level, self.chunk_size(), self.options.check_encoded(self.compression()))
        });
        workers.crew(|crew| {
            let encoder = encoders.as_ref().map(|encoders| self.encoder(encoders, crew, workers));
            let mut writer = Writer {
                plan: self,
                output,
                meter,
                encoder,
                assembler: Assembler::new(&self.source, &self.items, self.chunk_size()),
                placed: vec![ResourceHeader::NONE; self.items.len()],
                start: None,
            };
            run(&flow, crew, flow.window(workers), &mut writer)?;
            writer.settle()?;
            Ok(writer.placed)
        })
    }

    fn encoder<'a, 'scope>(
        &self,
        encoders: &'scope Encoders,
        crew: &Crew<'a, 'scope>,
        workers: &Workers,
    ) -> Encoder<'a, 'scope> {
        /// Chunks from this size on are jobs of their own, and no more of them are kept than the threads need.
        const LARGE_CHUNK: u32 = 8 << 20;
        let large = self.chunk_size() >= LARGE_CHUNK;
        Encoder::new(encoders, crew, if large { workers.threads() + 1 } else { 4 * workers.threads() })
    }

    /// Writes everything after the resources, and returns the final header.
    fn write_tables(
        &self,
        placed: &[ResourceHeader],
        workers: &Workers,
        output: &mut Output<'_>,
        progress: &mut dyn Progress,
    ) -> Result<Header> {
        let mut header = self.header.clone();
        let table = self.blob_table(placed).to_bytes();
        header.blob_table = ResourceHeader::stored(output.position(), table.len() as u64, ResourceFlags::METADATA);
        output.write(&table)?;
        let mut xml = self.xml.clone();
        xml.set_total_bytes(Some(output.position()));
        let xml = xml.to_bytes();
        header.xml_data = ResourceHeader::stored(output.position(), xml.len() as u64, ResourceFlags::METADATA);
        output.write(&xml)?;
        if self.options.integrity {
            let covered = header.blob_table.offset + header.blob_table.size_in_wim - Header::SIZE as u64;
            let table = integrity_table(output, covered, workers, progress)?.to_bytes();
            header.integrity = ResourceHeader::stored(output.position(), table.len() as u64, ResourceFlags::NONE);
            output.write(&table)?;
        }
        let boot = header.boot_index.map(|index| placed[self.blob_count + index.position()]);
        header.boot_metadata = boot.unwrap_or(ResourceHeader::NONE);
        Ok(header)
    }

    fn blob_table(&self, placed: &[ResourceHeader]) -> BlobTable {
        let mut table = BlobTable::new();
        let (blobs, metadata) = self.items.split_at(self.blob_count);
        for (item, &resource) in metadata.iter().zip(&placed[self.blob_count..]) {
            table.push_metadata(MetadataResource { resource, hash: item.blob.hash, reference_count: 1, part: 1 });
        }
        for (item, &resource) in blobs.iter().zip(placed) {
            table.push_blob(Blob { location: BlobLocation::Resource(resource), ..item.blob });
        }
        table
    }

    /// A file of the exported images that has the blob.
    fn find_path(&self, hash: &Sha1Hash) -> Option<String> {
        let images = self.items[self.blob_count..].iter().filter_map(|item| item.metadata_of);
        images.filter_map(|image| self.source.image(image).ok()).find_map(|metadata| path_of(&metadata, hash))
    }
}

/// Hashes the `covered` bytes after the header.
fn integrity_table(
    output: &mut Output<'_>,
    covered: u64,
    workers: &Workers,
    progress: &mut dyn Progress,
) -> Result<IntegrityTable> {
    const PIECE: u64 = 256 << 10;
    output.flush()?;
    let chunk_size = IntegrityTable::DEFAULT_CHUNK_SIZE;
    let mut meter = Meter::new(progress, Phase::Integrity, covered);
    let target = &*output.target();
    let hash_range = |range: Range<u64>| {
        let (mut hasher, mut buffer) = (Hasher::default(), vec![0; PIECE as usize]);
        for at in range.clone().step_by(PIECE as usize) {
            let piece = &mut buffer[..PIECE.min(range.end - at) as usize];
            let size = piece.len() as u64;
            let read = target.read_exact_at(piece, at);
            read.map_err(|source| Error::Read { archive: "the new archive".to_owned(), offset: at, size, source })?;
            hasher.update(piece);
        }
        Ok((range.end - range.start, hasher.finish()))
    };
    let mut hashes = Vec::new();
    let jobs = IntegrityTable::ranges(chunk_size, covered).map(Ok);
    ordered(workers, 2 * workers.threads(), jobs, hash_range, |result: Result<(u64, Sha1Hash)>| {
        let (size, hash) = result?;
        hashes.push(hash);
        meter.advance(size)
    })?;
    Ok(IntegrityTable { chunk_size, hashes })
}

/// Writes what comes out of the pipeline.
struct Writer<'a, 'o, 'p, 'w, 'scope> {
    plan: &'a ExportPlan,
    output: &'a mut Output<'o>,
    meter: &'a mut Meter<'p>,
    encoder: Option<Encoder<'w, 'scope>>,
    assembler: Assembler<'a>,
    /// Where each item is, once it is there.
    placed: Vec<ResourceHeader>,
    /// Where the item begins that is being copied or stored.
    start: Option<u64>,
}

impl Writer<'_, '_, '_, '_, '_> {
    /// Gives `job` the encoder, and a way to write what comes out of it.
    fn encode(
        &mut self,
        job: impl FnOnce(&mut Encoder<'_, '_>, &mut dyn FnMut(super::encode::Batch) -> Result<()>) -> Result<()>,
    ) -> Result<()> {
        let Self { encoder: Some(encoder), assembler, output, placed, .. } = self else { return Ok(()) };
        let mut write = |batch| assembler.add(&batch, output, |item, resource| placed[item] = resource);
        job(encoder, &mut write)
    }

    /// Waits until all that was given to the encoder is written.
    fn settle(&mut self) -> Result<()> {
        self.encode(|encoder, write| encoder.drain(write))
    }
}

impl Sink for Writer<'_, '_, '_, '_, '_> {
    fn bytes(&mut self, item: usize, bytes: &[u8]) -> Result<()> {
        if self.plan.actions[item] == Action::Encode {
            return self.encode(|encoder, write| encoder.push(item, bytes, write));
        }
        if self.start.is_none() {
            self.settle()?;
            self.start = Some(self.output.position());
        }
        self.output.write(bytes)
    }

    fn end(&mut self, item: usize, outcome: Result<()>) -> Result<()> {
        outcome?;
        let (planned, action) = (&self.plan.items[item], self.plan.actions[item]);
        if action == Action::Encode {
            self.encode(|encoder, write| encoder.end(item, write))?;
        } else if let Some(start) = self.start.take() {
            let compressed = match (action, planned.resource()) {
                (Action::Copy, Some(resource)) => ResourceFlags(resource.flags.0 & ResourceFlags::COMPRESSED.0),
                _ => ResourceFlags::NONE,
            };
            self.placed[item] = ResourceHeader {
                offset: start,
                size_in_wim: self.output.position() - start,
                uncompressed_size: planned.blob.size,
                flags: base_flags(planned).with(compressed),
            };
        }
        self.meter.advance(planned.blob.size)
    }
}
