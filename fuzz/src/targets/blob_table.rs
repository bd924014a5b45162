//! The blob table.

use std::collections::BTreeMap;

use wim_format::{
    Blob, BlobLocation, BlobTable, BlobTableContext, Compression, Error, Guid, Header, HeaderFlags, ResourceHeader,
    Sha1Hash, Version, WarningKind,
};

use crate::input::Input;
use crate::limits::limits;

/// A blob table that is accepted names only bytes that are in the file, finds each of its blobs, and survives being
/// written: the same metadata, solid resources and blobs, and nothing to warn of any more but what no table can mend.
pub fn blob_table(data: &[u8]) {
    let mut input = Input::new(data);
    let header = header(&mut input);
    let file_len = u64::from(input.u32());
    let solid_header = input.array::<16>();
    let limits = limits();
    let context = BlobTableContext { header: &header, file_len, limits: &limits };
    let read_solid_header = |resource: &ResourceHeader| {
        assert!(resource.offset + 16 <= file_len, "the front of a solid resource is in the file");
        Ok::<_, Error>(solid_header)
    };
    let Ok(table) = BlobTable::parse(input.rest(), &context, read_solid_header) else { return };
    check_bounds(&table, &header, file_len);

    let bytes = table.to_bytes();
    let again = BlobTable::parse(&bytes, &context, read_solid_header).expect("what is written can be read");
    assert_eq!(again.all_metadata(), table.all_metadata());
    assert_eq!(again.solid_resources(), table.solid_resources());
    assert_eq!(by_hash(&again), by_hash(&table));
    assert_eq!(again.to_bytes(), bytes);
    let is_of_the_archive = |kind| matches!(kind, WarningKind::MissingMetadata | WarningKind::Overlap);
    assert!(again.warnings().iter().all(|warning| is_of_the_archive(warning.kind)));
}

fn header(input: &mut Input<'_>) -> Header {
    const PIPABLE: u8 = 1;
    const SOLID: u8 = 2;
    const SECOND_PART: u8 = 4;
    let (bits, compression) = (input.u8(), input.compression());
    let chunk_size = if compression == Compression::None { 0 } else { input.chunk_size(compression, 1 << 30) };
    let is_second = bits & SECOND_PART != 0;
    Header {
        pipable: bits & PIPABLE != 0,
        version: if bits & SOLID != 0 { Version::Solid } else { Version::Default },
        flags: HeaderFlags::of(compression),
        chunk_size,
        guid: Guid([0; 16]),
        part: if is_second { 2 } else { 1 },
        total_parts: if is_second { 2 } else { 1 },
        image_count: u32::from(input.u8()),
        blob_table: ResourceHeader::NONE,
        xml_data: ResourceHeader::NONE,
        boot_metadata: ResourceHeader::NONE,
        boot_index: None,
        integrity: ResourceHeader::NONE,
        reserved: [0; 60],
    }
}

fn check_bounds(table: &BlobTable, header: &Header, file_len: u64) {
    let check = |resource: &ResourceHeader| {
        let end = resource.offset.checked_add(resource.size_in_wim).expect("an end in the file");
        assert!(end <= file_len);
        assert!(resource.is_compressed() || resource.size_in_wim == resource.uncompressed_size);
    };
    assert!(table.all_metadata().len() as u64 <= u64::from(header.image_count));
    table.all_metadata().iter().for_each(|metadata| check(&metadata.resource));
    for blob in table.blobs() {
        assert!(blob.size > 0 && !blob.hash.is_zero());
        assert_eq!(table.find(&blob.hash).map(|(_, found)| found), Some(blob));
        match blob.location {
            BlobLocation::Resource(resource) => check(&resource),
            BlobLocation::Solid { resource, offset } => {
                let solid = &table.solid_resources()[resource as usize];
                assert!(offset + blob.size <= solid.header.uncompressed_size);
            }
        }
    }
}

/// The blobs, for a comparison that does not look at their order.
fn by_hash(table: &BlobTable) -> BTreeMap<Sha1Hash, Blob> {
    table.blobs().iter().map(|blob| (blob.hash, *blob)).collect()
}
