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

/// Writes a header that says that a write is in progress: it stands until all else is written.
pub(crate) fn write_front(header: &Header, output: &mut Output<'_>) -> Result<()> {
    let in_progress = Header { flags: header.flags.with(HeaderFlags::WRITE_IN_PROGRESS), ..header.clone() };
    output.write(&in_progress.to_bytes())
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
        write_front(&self.header, &mut output)?;
        self.write_behind(BlobTable::new(), &workers, output, progress)
    }

    /// Writes everything from the output's position on, with the blobs of `there` written already, and the header last.
    pub(crate) fn write_behind(
        &self,
        there: BlobTable,
        workers: &Workers,
        mut output: Output<'_>,
        progress: &mut dyn Progress,
    ) -> Result<ExportSummary> {
        let placed = self.write_items(workers, &mut output, progress)?;
        let mut table = there;
        self.add_to(&mut table, &placed);
        let header = self.write_tables(&table, &placed, workers, &mut output, progress)?;
        let size = output.position();
        output.patch(&header.to_bytes(), 0)?;
        output.finish()?;
        Ok(self.written(header, &table, size))
    }

    /// What an archive of `size` bytes with these blobs came to.
    pub(super) fn written(&self, header: Header, table: &BlobTable, size: u64) -> ExportSummary {
        let bytes = table.blobs().iter().map(|blob| blob.size).sum();
        ExportSummary { header, size, blobs: table.blobs().len() as u64, bytes, verified: self.work().is_checked() }
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
    pub(crate) fn work(&self) -> ItemWork<'_> {
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
        table: &BlobTable,
        placed: &Placed,
        workers: &Workers,
        output: &mut Output<'_>,
        progress: &mut dyn Progress,
    ) -> Result<Header> {
        let mut header = self.header.clone();
        header.blob_table = write_blob_table(table, output)?;
        header.xml_data = write_xml(&self.xml, output)?;
        if self.options.integrity {
            header.integrity = write_integrity(&header, None, workers, output, progress)?;
        }
        let boot = header.boot_index.map(|index| placed.resource(self.blob_count + index.position()));
        header.boot_metadata = boot.unwrap_or(ResourceHeader::NONE);
        Ok(header)
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
