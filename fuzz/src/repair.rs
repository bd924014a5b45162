//! Making an archive's hashes right again, so that a mutation is not stopped by the first SHA-1 that it broke.

use testdata::build::{Hash, offsets, sha1};
use wim_format::{Header, IntegrityTable, ResourceFlags, ResourceHeader};

use crate::resources::{data, resource_header, slice};

/// An archive's file with every hash that can be made right: of blobs, where images refer to them, of metadata, and of the
/// integrity table. `None` if nothing was wrong, or the bytes are too broken to tell.
///
/// Solid resources stay as they are, and so do references in metadata that is compressed.
pub(crate) fn repaired(file: &[u8]) -> Option<Vec<u8>> {
    let header = header(file)?;
    let mut repair = Repair { file: file.to_vec(), header };
    repair.blobs_and_metadata();
    repair.integrity();
    (repair.file != file).then_some(repair.file)
}

/// The header that counts: a pipable archive's is at its end.
fn header(file: &[u8]) -> Option<Header> {
    let first = Header::parse(file.first_chunk()?).ok()?;
    if first.pipable { Header::parse(file.last_chunk()?).ok() } else { Some(first) }
}

struct Repair {
    file: Vec<u8>,
    header: Header,
}

/// An entry of the blob table.
struct Entry {
    resource: ResourceHeader,
    /// Where its hash lies in the file.
    hash_at: usize,
}

impl Repair {
    fn blobs_and_metadata(&mut self) {
        let entries = self.entries();
        let is_metadata = |entry: &&Entry| entry.resource.flags.contains(ResourceFlags::METADATA);
        let mut changed = Vec::new();
        for entry in entries.iter().filter(|entry| !is_metadata(entry)) {
            changed.extend(self.hash_again(entry));
        }
        for entry in entries.iter().filter(is_metadata) {
            if !entry.resource.is_compressed() {
                self.replace_references(&entry.resource, &changed);
            }
            self.hash_again(entry);
        }
    }

    /// The entries of an uncompressed blob table that are not solid.
    fn entries(&self) -> Vec<Entry> {
        let table = &self.header.blob_table;
        let bytes = slice(&self.file, table.offset, table.size_in_wim).filter(|_| !table.is_compressed());
        let (entries, _) = bytes.unwrap_or_default().as_chunks::<{ offsets::entry::LENGTH }>();
        let entry = |(i, bytes): (usize, &[u8; offsets::entry::LENGTH])| {
            let resource = resource_header(bytes.first_chunk()?);
            let hash_at = table.offset as usize + i * offsets::entry::LENGTH + offsets::entry::HASH;
            (!resource.flags.contains(ResourceFlags::SOLID)).then_some(Entry { resource, hash_at })
        };
        entries.iter().enumerate().filter_map(entry).collect()
    }

    /// Writes the true hash of an entry's data; gives the one that was there and the true one, if they differ.
    fn hash_again(&mut self, entry: &Entry) -> Option<(Hash, Hash)> {
        let actual = sha1(&data(&self.file, &self.header, &entry.resource)?);
        let stated = self.file[entry.hash_at..].first_chunk_mut()?;
        let before = std::mem::replace(stated, actual);
        (before != actual).then_some((before, actual))
    }

    /// Writes the new hashes wherever the uncompressed metadata has the old ones.
    fn replace_references(&mut self, metadata: &ResourceHeader, changed: &[(Hash, Hash)]) {
        let range = metadata.offset as usize..metadata.offset.saturating_add(metadata.size_in_wim) as usize;
        let Some(bytes) = self.file.get_mut(range) else { return };
        for (before, after) in changed {
            let mut at = 0;
            while let Some(found) = bytes[at..].windows(before.len()).position(|window| window == before) {
                at += found;
                bytes[at..at + after.len()].copy_from_slice(after);
                at += after.len();
            }
        }
    }

    fn integrity(&mut self) {
        let (table, covered) = (self.header.integrity, self.header.blob_table);
        let covered = covered.offset.saturating_add(covered.size_in_wim).saturating_sub(Header::SIZE as u64);
        let Some(bytes) = slice(&self.file, table.offset, table.size_in_wim) else { return };
        let Ok(mut parsed) = IntegrityTable::parse(bytes, covered) else { return };
        for (hash, range) in parsed.hashes.iter_mut().zip(IntegrityTable::ranges(parsed.chunk_size, covered)) {
            let Some(bytes) = slice(&self.file, range.start, range.end - range.start) else { return };
            hash.0 = sha1(bytes);
        }
        let at = table.offset as usize;
        let bytes = parsed.to_bytes();
        self.file[at..at + bytes.len()].copy_from_slice(&bytes);
    }
}
