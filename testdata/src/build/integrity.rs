//! The integrity table.

use super::{Hash, offsets, sha1};

/// An integrity table, field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integrity {
    /// The table's size as it claims it, in bytes.
    pub table_size: u32,
    /// The number of hashes as it claims it.
    pub count: u32,
    /// How many bytes a hash covers.
    pub chunk_size: u32,
    /// The hashes.
    pub hashes: Vec<Hash>,
}

impl Integrity {
    /// The right table of the covered bytes: everything from the end of the header to the end of the blob table.
    pub fn of(covered: &[u8], chunk_size: u32) -> Integrity {
        let hashes: Vec<Hash> = covered.chunks(chunk_size as usize).map(sha1).collect();
        let table_size = (offsets::integrity::HASHES + hashes.len() * size_of::<Hash>()) as u32;
        Integrity { table_size, count: hashes.len() as u32, chunk_size, hashes }
    }

    /// The bytes of the table.
    pub fn encode(&self) -> Vec<u8> {
        let numbers = [self.table_size, self.count, self.chunk_size];
        numbers.iter().flat_map(|n| n.to_le_bytes()).chain(self.hashes.iter().flatten().copied()).collect()
    }
}
