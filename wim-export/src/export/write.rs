//! Doing what the plan says: blobs, metadata, blob table, XML, integrity table, and the header last.

use wim_format::{Blob, BlobLocation, BlobTable, Header, HeaderFlags, MetadataResource, ResourceHeader, Sha1Hash};

use super::images::path_of;
use super::items::{ItemWork, Placed};
use super::output::Output;
use super::plan::ExportPlan;
use super::tables::{write_blob_table, write_integrity, write_xml};
use super::target::Target;
use crate::budget::Need;
use crate::progress::Meter;
use crate::workers::Workers;
use crate::{Phase, Progress, Result};

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
        let workers = self.workers()?;
        let mut output = Output::new(target, Some(self.least_size()));
        if self.header.pipable {
            return self.write_pipable(&workers, output, progress);
        }
        let in_progress =
            Header { flags: self.header.flags.with(HeaderFlags::WRITE_IN_PROGRESS), ..self.header.clone() };
        output.write(&in_progress.to_bytes())?;
        let placed = self.write_items(&workers, &mut output, progress)?;
        let header = self.write_tables(&placed, &workers, &mut output, progress)?;
        let size = output.position();
        output.patch(&header.to_bytes(), 0)?;
        output.finish()?;
        Ok(self.written(header, size))
    }

    pub(super) fn written(&self, header: Header, size: u64) -> ExportSummary {
        let blobs = &self.items[..self.blob_count];
        let bytes = blobs.iter().map(|item| item.blob.size).sum();
        ExportSummary { header, size, blobs: blobs.len() as u64, bytes, verified: self.work().is_checked() }
    }

    /// The threads that the plan needs and the memory allows.
    pub(crate) fn workers(&self) -> Result<Workers> {
        let need = Need::exporting(&self.source, &self.items, &self.actions, &self.coding);
        need.workers(self.options.threads, self.options.memory)
    }

    /// Writes blobs and metadata from the output's position on.
    pub(crate) fn write_items(
        &self,
        workers: &Workers,
        output: &mut Output<'_>,
        progress: &mut dyn Progress,
    ) -> Result<Placed> {
        let work = self.work();
        let mut meter = Meter::new(progress, Phase::Write, work.bytes());
        work.write(workers, output, &mut meter)
    }

    /// What is to be written, and how.
    pub(super) fn work(&self) -> ItemWork<'_> {
        ItemWork { archive: &self.source, items: &self.items, actions: &self.actions, coding: &self.coding }
    }

    /// What the output takes at least, for messages about full disks.
    pub(crate) fn least_size(&self) -> u64 {
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
        header.blob_table = write_blob_table(&self.blob_table(placed), output)?;
        header.xml_data = write_xml(&self.xml, output)?;
        if self.options.integrity {
            header.integrity = write_integrity(&header, None, workers, output, progress)?;
        }
        let boot = header.boot_index.map(|index| placed.resource(self.blob_count + index.position()));
        header.boot_metadata = boot.unwrap_or(ResourceHeader::NONE);
        Ok(header)
    }

    pub(super) fn blob_table(&self, placed: &Placed) -> BlobTable {
        let mut table = BlobTable::new();
        self.add_to(&mut table, placed);
        table
    }

    /// Adds what was written to a table.
    pub(crate) fn add_to(&self, table: &mut BlobTable, placed: &Placed) {
        for (position, item) in self.items.iter().enumerate().skip(self.blob_count) {
            let (resource, hash) = (placed.resource(position), item.blob.hash);
            table.push_metadata(MetadataResource { resource, hash, reference_count: 1, part: 1 });
        }
        self.add_blobs_to(table, placed);
    }

    /// Adds the blobs that were written to a table.
    pub(crate) fn add_blobs_to(&self, table: &mut BlobTable, placed: &Placed) {
        let mut numbers = Vec::new();
        for solid in &placed.solid {
            numbers.push(table.push_solid(*solid));
        }
        for (position, item) in self.items[..self.blob_count].iter().enumerate() {
            let location = match placed.locations[position] {
                BlobLocation::Solid { resource, offset } => {
                    BlobLocation::Solid { resource: numbers[resource as usize], offset }
                }
                own => own,
            };
            table.push_blob(Blob { location, ..item.blob });
        }
    }

    /// A file of the exported images that has the blob.
    pub(crate) fn find_path(&self, hash: &Sha1Hash) -> Option<String> {
        let images = self.items[self.blob_count..].iter().filter_map(|item| item.metadata_of);
        images.filter_map(|image| self.source.tree(image).ok()).find_map(|metadata| path_of(&metadata, hash))
    }
}
