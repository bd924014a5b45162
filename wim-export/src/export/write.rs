//! Doing what the plan says: blobs, metadata, blob table, XML, integrity table, and the header last.

use std::ops::Range;

use wim_format::{
    Blob, BlobTable, Header, HeaderFlags, IntegrityTable, MetadataResource, ResourceFlags, ResourceHeader, Sha1Hash,
};

use super::items::{ItemWork, Placed};
use super::output::Output;
use super::plan::{ExportPlan, path_of};
use super::target::Target;
use crate::budget::Need;
use crate::hash::Hasher;
use crate::progress::Meter;
use crate::workers::{Workers, ordered};
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
        let need = Need::exporting(&self.source, &self.items, &self.actions, &self.coding);
        let workers = need.workers(self.options.threads, self.options.memory)?;
        let mut output = Output::new(target, Some(self.least_size()));
        let in_progress =
            Header { flags: self.header.flags.with(HeaderFlags::WRITE_IN_PROGRESS), ..self.header.clone() };
        output.write(&in_progress.to_bytes())?;
        let mut meter = Meter::new(progress, Phase::Write, self.items.iter().map(|item| item.blob.size).sum());
        let work = self.work();
        let placed = work.write(&workers, &mut output, &mut meter)?;
        let header = self.write_tables(&placed, &workers, &mut output, progress)?;
        let size = output.position();
        output.patch(&header.to_bytes(), 0)?;
        output.finish()?;
        let blobs = &self.items[..self.blob_count];
        let bytes = blobs.iter().map(|item| item.blob.size).sum();
        Ok(ExportSummary { header, size, blobs: blobs.len() as u64, bytes, verified: !work.is_unchecked() })
    }

    /// What is to be written, and how.
    fn work(&self) -> ItemWork<'_> {
        ItemWork { archive: &self.source, items: &self.items, actions: &self.actions, coding: &self.coding }
    }

    /// What the output takes at least, for messages about full disks.
    fn least_size(&self) -> u64 {
        let copied = self.summary().copied_size;
        copied + self.xml.to_bytes().len() as u64 + (Header::SIZE + self.items.len() * BlobTable::ENTRY_SIZE) as u64
    }

    /// Writes everything after the resources, and returns the final header.
    fn write_tables(
        &self,
        placed: &Placed,
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
        let boot = header.boot_index.map(|index| placed.resource(self.blob_count + index.position()));
        header.boot_metadata = boot.unwrap_or(ResourceHeader::NONE);
        Ok(header)
    }

    fn blob_table(&self, placed: &Placed) -> BlobTable {
        let mut table = BlobTable::new();
        for (position, item) in self.items.iter().enumerate().skip(self.blob_count) {
            let (resource, hash) = (placed.resource(position), item.blob.hash);
            table.push_metadata(MetadataResource { resource, hash, reference_count: 1, part: 1 });
        }
        for solid in &placed.solid {
            table.push_solid(*solid);
        }
        for (position, item) in self.items[..self.blob_count].iter().enumerate() {
            table.push_blob(Blob { location: placed.locations[position], ..item.blob });
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
