//! What comes after the resources: blob table, XML, integrity table.

use std::ops::Range;

use wim_format::{BlobTable, Header, IntegrityTable, ResourceFlags, ResourceHeader, Sha1Hash, XmlInfo};

use super::output::Output;
use crate::hash::Hasher;
use crate::progress::Meter;
use crate::workers::{Workers, ordered};
use crate::{Error, Phase, Progress, Result};

/// Writes the blob table, and says where it is.
pub(crate) fn write_blob_table(table: &BlobTable, output: &mut Output<'_>) -> Result<ResourceHeader> {
    let bytes = table.to_bytes();
    let header = ResourceHeader::stored(output.position(), bytes.len() as u64, ResourceFlags::METADATA);
    output.write(&bytes)?;
    Ok(header)
}

/// Writes the XML, which states its own place, and says where it is.
pub(crate) fn write_xml(xml: &XmlInfo, output: &mut Output<'_>) -> Result<ResourceHeader> {
    let mut xml = xml.clone();
    xml.set_total_bytes(Some(output.position()));
    let bytes = xml.to_well_formed_bytes();
    let header = ResourceHeader::stored(output.position(), bytes.len() as u64, ResourceFlags::METADATA);
    output.write(&bytes)?;
    Ok(header)
}

/// Bytes between the header and the end of the blob table, which are what an integrity table covers.
pub(crate) fn covered(header: &Header) -> u64 {
    let table = header.blob_table;
    (table.offset + table.size_in_wim).saturating_sub(Header::SIZE as u64)
}

/// Hashes that are known already: the integrity table of the same bytes, when so many of them were `covered`.
#[derive(Clone, Debug)]
pub(crate) struct KnownHashes {
    pub(crate) table: IntegrityTable,
    pub(crate) covered: u64,
}

/// Writes an integrity table of what lies before the end of the blob table, and says where it is. Pieces that are `known`
/// are not read again, and the table keeps their size.
pub(crate) fn write_integrity(
    header: &Header,
    known: Option<&KnownHashes>,
    workers: &Workers,
    output: &mut Output<'_>,
    progress: &mut dyn Progress,
) -> Result<ResourceHeader> {
    let covered = covered(header);
    let mut table = match known {
        Some(known) => known.table.clone(),
        None => IntegrityTable { chunk_size: IntegrityTable::DEFAULT_CHUNK_SIZE, hashes: Vec::new() },
    };
    let ranges = IntegrityTable::ranges(table.chunk_size, covered);
    let before = IntegrityTable::ranges(table.chunk_size, known.map_or(0, |known| known.covered));
    let same = ranges.clone().zip(before).take_while(|(now, before)| now == before).count();
    table.hashes.truncate(same);
    let missing = ranges.skip(table.hashes.len());
    table.hashes.extend(hash_ranges(missing, workers, output, progress)?);
    let bytes = table.to_bytes();
    let resource = ResourceHeader::stored(output.position(), bytes.len() as u64, ResourceFlags::NONE);
    output.write(&bytes)?;
    Ok(resource)
}

/// The SHA-1 of each of `ranges` of what was written.
fn hash_ranges(
    ranges: impl Iterator<Item = Range<u64>> + Clone,
    workers: &Workers,
    output: &mut Output<'_>,
    progress: &mut dyn Progress,
) -> Result<Vec<Sha1Hash>> {
    const PIECE: u64 = 256 << 10;
    output.flush()?;
    let total = ranges.clone().map(|range| range.end - range.start).sum();
    let mut meter = Meter::new(progress, Phase::Integrity, total);
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
    ordered(workers, 2 * workers.threads(), ranges.map(Ok), hash_range, |result: Result<(u64, Sha1Hash)>| {
        let (size, hash) = result?;
        hashes.push(hash);
        meter.advance(size)
    })?;
    Ok(hashes)
}
