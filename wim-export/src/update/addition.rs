//! What appending and replacing images share: new data and metadata behind what is there, and tables of all of it.

use wim_format::{Blob, BlobTable, Header, XmlInfo};

use super::UpdateSummary;
use super::in_place::InPlace;
use super::tail::{Tail, boot_metadata};
use crate::export::Placed;
use crate::{Archive, ExportPlan, Progress, Result};

/// What is added to an archive.
#[derive(Debug)]
pub(super) struct Addition {
    pub(super) base: Archive,
    /// What is written.
    pub(super) plan: ExportPlan,
    /// The header that the archive will have, but for the places of its tables.
    pub(super) header: Header,
    pub(super) xml: XmlInfo,
}

impl Addition {
    /// Writes it by a `change` of the base, from `position` on; `table` makes the blob table when it is known where everything is.
    ///
    /// # Errors
    /// If new data is damaged or changed, reading or writing fails, or the run is cancelled. The base is then as it was.
    pub(super) fn write(
        &self,
        (change, position): (InPlace<'_>, u64),
        progress: &mut dyn Progress,
        table: impl FnOnce(&Placed) -> BlobTable,
    ) -> Result<UpdateSummary> {
        let written = self.write_all((change, position), progress, table);
        written.map_err(|error| error.with_path(|hash| self.plan.find_path(hash)))
    }

    fn write_all(
        &self,
        (mut change, position): (InPlace<'_>, u64),
        progress: &mut dyn Progress,
        table: impl FnOnce(&Placed) -> BlobTable,
    ) -> Result<UpdateSummary> {
        let workers = self.plan.workers()?;
        let mut output = change.append(position, Some(self.plan.least_size()))?;
        let placed = self.plan.write_items(&workers, &mut output, progress)?;
        let table = table(&placed);
        let mut header = self.header.clone();
        let tail = Tail { table: Some(&table), xml: &self.xml, integrity: self.plan.options.integrity };
        tail.write(&self.base, &mut header, &workers, &mut output, progress)?;
        header.boot_metadata = boot_metadata(&header, &table);
        output.finish()?;
        change.switch(header)
    }

    /// The base's table, with the reference counts of its blobs as they are to be.
    pub(super) fn base_table(&self, references: impl Fn(&Blob) -> u32) -> BlobTable {
        let mut table = self.base.blob_table().clone();
        table.recount(references);
        table
    }

    /// How many names of the new images refer to a blob that the base has.
    pub(super) fn more_references(&self, blob: &Blob) -> u32 {
        self.plan.present.get(&blob.hash).copied().unwrap_or(0)
    }
}
