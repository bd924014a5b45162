//! A GUID made from what an archive holds.

use sha2::{Digest, Sha256};
use wim_format::{Blob, BlobTable, Guid, Header, XmlInfo};

/// The GUID of an archive with this content: equal for equal content, different for any other.
///
/// Microsoft's software tells archives apart by their GUID, so the form of the content counts, too: codec and chunk size.
pub(super) fn derived_guid<'a>(header: &Header, blobs: impl Iterator<Item = &'a Blob>, xml: &XmlInfo) -> Guid {
    let mut hash = Sha256::new();
    hash.update(b"wim-guid-v1");
    hash.update(header.flags.0.to_le_bytes());
    hash.update(header.chunk_size.to_le_bytes());
    hash.update(header.boot_index.map_or(0, |index| index.get()).to_le_bytes());
    for blob in blobs {
        hash.update(blob.hash.0);
        hash.update(blob.size.to_le_bytes());
    }
    hash.update(xml.to_bytes());
    of_hash(hash)
}

/// The GUID of a split set: the archive's, and how it is cut into parts, each with its table.
pub(crate) fn guid_of_parts<'a>(archive: &Guid, tables: impl Iterator<Item = &'a BlobTable>) -> Guid {
    let mut hash = Sha256::new();
    hash.update(b"wim-guid-v1 parts");
    hash.update(archive.0);
    for table in tables {
        let bytes = table.to_bytes();
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    of_hash(hash)
}

fn of_hash(hash: Sha256) -> Guid {
    let mut guid = [0; 16];
    guid.copy_from_slice(&hash.finalize()[..16]);
    // Version 8 (made by a rule of one's own), variant 1: RFC 9562. The version is in the high byte of a little-endian u16.
    guid[7] = guid[7] & 0x0F | 0x80;
    guid[8] = guid[8] & 0x3F | 0x80;
    Guid(guid)
}
