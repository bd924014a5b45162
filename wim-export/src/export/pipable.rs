//! The layout for pipes: from front to back, never a step back.
//!
//! ```text
//!  header   XML   metadata of every image   blobs   blob table   XML   integrity table   header
//! ```
//!
//! Before each of them, but for headers and the integrity table, stand 40 bytes that say what it is. The header at the end is
//! the one that counts where the file can be read backwards; whoever reads from a pipe goes by the first.

use wim_format::{BlobTable, ResourceFlags, ResourceHeader, Sha1Hash};

use super::items::{ItemWork, Placed};
use super::output::Output;
use super::plan::ExportPlan;
use super::tables::write_integrity;
use super::write::ExportSummary;
use crate::hash::sha1;
use crate::pipeline::total_bytes;
use crate::progress::Meter;
use crate::workers::Workers;
use crate::{Phase, Progress, Result};

impl ExportPlan {
    pub(super) fn write_pipable(
        &self,
        workers: &Workers,
        mut output: Output<'_>,
        progress: &mut dyn Progress,
    ) -> Result<ExportSummary> {
        output.write(&self.header.to_bytes())?;
        write_table(&self.xml.to_well_formed_bytes(), &mut output)?;
        let placed = self.write_pipable_items(workers, &mut output, progress)?;
        let mut table = BlobTable::new();
        self.add_to(&mut table, &placed);
        let mut header = self.header.clone();
        header.blob_table = write_table(&table.to_bytes(), &mut output)?;
        let mut xml = self.xml.clone();
        xml.set_total_bytes(Some(output.position()));
        header.xml_data = write_table(&xml.to_well_formed_bytes(), &mut output)?;
        if self.options.integrity {
            header.integrity = write_integrity(&header, None, workers, &mut output, progress)?;
        }
        let boot = header.boot_index.map(|index| placed.resource(self.blob_count + index.position()));
        header.boot_metadata = boot.unwrap_or(ResourceHeader::NONE);
        output.write(&header.to_bytes())?;
        let size = output.position();
        output.finish()?;
        Ok(self.written(header, &table, size))
    }

    /// Writes the metadata, then the blobs: whoever reads from a pipe must know the tree before the data comes.
    fn write_pipable_items(
        &self,
        workers: &Workers,
        output: &mut Output<'_>,
        progress: &mut dyn Progress,
    ) -> Result<Placed> {
        let mut meter = Meter::new(progress, Phase::Write, total_bytes(&self.items));
        let (blobs, metadata) = self.items.split_at(self.blob_count);
        let (blob_actions, metadata_actions) = self.actions.split_at(self.blob_count);
        let work = ItemWork { items: metadata, actions: metadata_actions, ..self.work() };
        let metadata = work.write(workers, output, &mut meter)?;
        let work = ItemWork { items: blobs, actions: blob_actions, ..self.work() };
        let mut placed = work.write(workers, output, &mut meter)?;
        placed.locations.extend(metadata.locations);
        Ok(placed)
    }
}

/// Writes a table with what precedes it, and says where it is.
fn write_table(bytes: &[u8], output: &mut Output<'_>) -> Result<ResourceHeader> {
    let hash: Sha1Hash = sha1(bytes);
    let header = ResourceHeader::stored(0, bytes.len() as u64, ResourceFlags::METADATA);
    output.write(&header.to_blob_header(&hash))?;
    let header = ResourceHeader { offset: output.position(), ..header };
    output.write(bytes)?;
    Ok(header)
}
