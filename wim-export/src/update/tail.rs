//! The tables that follow the data of an archive that was changed in place.

use wim_format::{BlobTable, Header, IntegrityTable, ResourceHeader, XmlInfo};

use crate::export::{KnownHashes, Output, covered, write_blob_table, write_integrity, write_xml};
use crate::verify::read_integrity_table;
use crate::workers::Workers;
use crate::{Archive, Progress, Result};

/// Sizes of the pieces of an integrity table that are kept: those that other software that appends keeps, too.
const PIECE_SIZES: std::ops::RangeInclusive<u32> = 4 << 10..=128 << 20;
/// The most pieces that a table has room for.
const MAX_PIECES: u64 = (u32::MAX as u64 - 12) / 20;

/// What comes at the end of an archive.
pub(super) struct Tail<'a> {
    /// The blob table; `None`: it stays where it is.
    pub(super) table: Option<&'a BlobTable>,
    pub(super) xml: &'a XmlInfo,
    pub(super) integrity: bool,
}

impl Tail<'_> {
    /// Bytes that it takes, but for the integrity table.
    pub(super) fn size(&self) -> u64 {
        let table = self.table.map_or(0, |table| table.to_bytes().len());
        (table + self.xml.to_bytes().len()) as u64
    }

    /// Writes it to the end of what was `old`, and sets its places in `header`.
    pub(super) fn write(
        &self,
        old: &Archive,
        header: &mut Header,
        workers: &Workers,
        output: &mut Output<'_>,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        if let Some(table) = self.table {
            header.blob_table = write_blob_table(table, output)?;
        }
        header.xml_data = write_xml(self.xml, output)?;
        header.integrity = ResourceHeader::NONE;
        if self.integrity {
            let known = known_hashes(old, covered(header));
            header.integrity = write_integrity(header, known.as_ref(), workers, output, progress)?;
        }
        Ok(())
    }
}

/// The integrity table that `archive` has, unless it is damaged or its pieces are of an odd size. What it says may be wrong;
/// it goes on saying so then.
fn known_hashes(archive: &Archive, new_covered: u64) -> Option<KnownHashes> {
    if archive.header().integrity.is_none() {
        return None;
    }
    let table: IntegrityTable = read_integrity_table(archive).ok()?;
    let size = table.chunk_size;
    let fits = PIECE_SIZES.contains(&size) && new_covered.div_ceil(size.into()) <= MAX_PIECES;
    fits.then(|| KnownHashes { table, covered: covered(archive.header()) })
}

/// The metadata resource of the boot image that `header` names.
pub(super) fn boot_metadata(header: &Header, table: &BlobTable) -> ResourceHeader {
    let boot = header.boot_index.and_then(|image| table.metadata(image));
    boot.map_or(ResourceHeader::NONE, |metadata| metadata.resource)
}
