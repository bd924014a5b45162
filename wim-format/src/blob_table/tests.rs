use alloc::vec;
use core::cell::Cell;

use super::*;
use crate::error::{Error, ErrorKind, Section};
use crate::header::{Compression, Header, HeaderFlags, Version};
use crate::limits::Limits;
use crate::time::Guid;
use crate::warning::WarningKind;

const FILE_LEN: u64 = 1 << 20;
const CHUNK: u32 = 1 << 15;
const METADATA: ResourceFlags = ResourceFlags::METADATA;
const COMPRESSED: ResourceFlags = ResourceFlags::COMPRESSED;
const SOLID: ResourceFlags = ResourceFlags::SOLID;

fn header() -> Header {
    Header {
        pipable: false,
        version: Version::Solid,
        flags: HeaderFlags::of(Compression::Lzx),
        chunk_size: CHUNK,
        guid: Guid::default(),
        part: 1,
        total_parts: 1,
        image_count: 0,
        blob_table: ResourceHeader::NONE,
        xml_data: ResourceHeader::NONE,
        boot_metadata: ResourceHeader::NONE,
        boot_index: None,
        integrity: ResourceHeader::NONE,
        reserved: [0; 60],
    }
}

/// An entry, which lists one blob of one byte unless told otherwise.
#[derive(Clone, Copy)]
struct Row(raw::BlobEntry);

fn hash(n: u8) -> Sha1Hash {
    Sha1Hash([n; 20])
}

fn row(n: u8, resource: ResourceHeader) -> Row {
    let (part, reference_count) = (U16::new(1), U32::new(1));
    Row(raw::BlobEntry { resource: resource.into(), part, reference_count, hash: hash(n).0 })
}

/// Each blob has 1000 bytes of the file to itself.
fn own(n: u8) -> u64 {
    10_000 + 1000 * u64::from(n)
}

fn stored(n: u8, size: u64) -> Row {
    row(n, ResourceHeader::stored(own(n), size, ResourceFlags::NONE))
}

fn compressed(n: u8, size_in_wim: u64, uncompressed_size: u64) -> Row {
    row(n, ResourceHeader { offset: own(n), size_in_wim, uncompressed_size, flags: COMPRESSED })
}

fn metadata(n: u8) -> Row {
    row(n, ResourceHeader::stored(1000 + 64 * u64::from(n), 64, METADATA))
}

/// Where solid resources begin.
const SOLID_BASE: u64 = FILE_LEN / 2;

/// A solid resource whose front says that it has `size` bytes: see [`parse_with`].
fn solid(size: u64) -> Row {
    let (offset, uncompressed_size) = (SOLID_BASE + size, raw::SOLID_RESOURCE_MARK);
    row(0, ResourceHeader { offset, size_in_wim: 16 + 4 + 10, uncompressed_size, flags: SOLID })
}

fn member(n: u8, offset: u64, size: u64) -> Row {
    row(n, ResourceHeader { offset, size_in_wim: size, uncompressed_size: 0, flags: SOLID })
}

impl Row {
    fn part(mut self, part: u16) -> Self {
        self.0.part = U16::new(part);
        self
    }

    fn reference_count(mut self, count: u32) -> Self {
        self.0.reference_count = U32::new(count);
        self
    }

    fn flags(mut self, flags: ResourceFlags) -> Self {
        self.0.resource.flags = flags.0;
        self
    }
}

fn bytes(rows: &[Row]) -> Vec<u8> {
    rows.iter().flat_map(|row| bytemuck::bytes_of(&row.0)).copied().collect()
}

/// Parses with fronts of solid resources that say that there are as many bytes as the resource is behind [`SOLID_BASE`].
fn parse_with(header: &Header, limits: &Limits, bytes: &[u8]) -> Result<BlobTable, Error> {
    let context = BlobTableContext { header, file_len: FILE_LEN, limits };
    BlobTable::parse(bytes, &context, |resource| {
        let (chunk_size, compression) = (CHUNK, Compression::Lzx);
        Ok(SolidHeader { uncompressed_size: resource.offset - SOLID_BASE, chunk_size, compression }.to_bytes())
    })
}

fn parse(rows: &[Row]) -> Result<BlobTable, Error> {
    parse_with(&header(), &Limits::default(), &bytes(rows))
}

fn warnings(table: &BlobTable) -> Vec<(WarningKind, u64)> {
    table.warnings().iter().map(|warning| (warning.kind, warning.offset / 50)).collect()
}

/// Where a blob of a solid resource is.
fn place(table: &BlobTable, n: u8) -> (u32, u64) {
    match table.find(&hash(n)).unwrap().1.location {
        BlobLocation::Solid { resource, offset } => (resource, offset),
        BlobLocation::Resource(_) => panic!("not in a solid resource"),
    }
}

#[track_caller]
fn assert_refused(rows: &[Row], entry: u64) -> ErrorKind {
    let error = parse(rows).unwrap_err();
    assert_eq!((error.section(), error.offset()), (Section::BlobTable, entry * 50));
    error.kind()
}

#[test]
fn blobs_are_found_by_hash() {
    let table = parse(&[stored(9, 1), stored(3, 2), compressed(5, 10, 20)]).unwrap();
    assert_eq!(table.find(&hash(3)).unwrap(), (BlobId(1), &table.blobs()[1]));
    assert_eq!(table.find(&hash(5)).unwrap().1.size, 20);
    assert_eq!(table.find(&hash(4)), None);
    assert_eq!(table.warnings(), []);
}

#[test]
fn entries_that_count_for_nothing_are_ignored() {
    let rows = [stored(0, 10), stored(1, 0), stored(2, 10).part(2), stored(3, 10), stored(3, 20)];
    let mut bytes = bytes(&rows);
    bytes.extend([1; 7]);
    let table = parse_with(&header(), &Limits::default(), &bytes).unwrap();
    assert_eq!(table.blobs().len(), 1);
    assert_eq!(table.find(&hash(3)).unwrap().1.size, 10);
    let expected = [
        (WarningKind::EmptyBlob, 1),
        (WarningKind::ForeignPart, 2),
        (WarningKind::DuplicateBlob, 4),
        (WarningKind::BlobTableTail, 5),
    ];
    assert_eq!(warnings(&table), expected);
}

#[test]
fn metadata_belongs_to_images_in_the_order_of_the_table() {
    let header = Header { image_count: 2, ..header() };
    let rows = [metadata(1).reference_count(0), stored(9, 1), metadata(7), metadata(8), metadata(4)];
    let table = parse_with(&header, &Limits::default(), &bytes(&rows)).unwrap();
    assert_eq!(table.all_metadata().len(), 2);
    assert_eq!(table.metadata(ImageIndex::FIRST).unwrap().hash, hash(7));
    assert_eq!(table.metadata(ImageIndex::from_position(2)), None);
    assert_eq!(table.find(&hash(7)), None, "metadata is no blob");
    assert_eq!(warnings(&table), [(WarningKind::StaleMetadata, 0), (WarningKind::StaleMetadata, 4)]);
}

#[test]
fn missing_metadata_is_a_warning_except_in_other_parts() {
    let first = Header { image_count: 1, total_parts: 2, ..header() };
    let table = parse_with(&first, &Limits::default(), &[]).unwrap();
    assert_eq!(warnings(&table), [(WarningKind::MissingMetadata, 0)]);
    let second = Header { part: 2, ..first };
    let table = parse_with(&second, &Limits::default(), &bytes(&[metadata(1).part(2)])).unwrap();
    assert_eq!(table.all_metadata(), []);
    assert_eq!(warnings(&table), [(WarningKind::StaleMetadata, 0)]);
}

#[test]
fn metadata_is_not_shared() {
    let header = Header { image_count: 1, ..header() };
    let error = parse_with(&header, &Limits::default(), &bytes(&[metadata(1).reference_count(2)])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidField { field: "reference count of metadata", value: 2 });
}

#[test]
fn resources_lie_in_the_file() {
    assert!(parse(&[stored(1, FILE_LEN - own(1))]).is_ok());
    let kind = assert_refused(&[stored(1, 1), stored(2, FILE_LEN - own(2) + 1)], 1);
    assert_eq!(kind, ErrorKind::OutOfBounds { what: "resource", offset: own(2), size: FILE_LEN - own(2) + 1 });
    let wraps = ResourceHeader::stored(u64::MAX, 2, ResourceFlags::NONE);
    assert!(matches!(assert_refused(&[row(1, wraps)], 0), ErrorKind::OutOfBounds { .. }));
}

#[test]
fn resources_that_share_bytes_are_a_warning_with_each_other_and_an_error_with_a_table() {
    let at = |n, offset, size| row(n, ResourceHeader::stored(offset, size, ResourceFlags::NONE));
    let table = parse(&[at(1, 900, 10), at(2, 300, 10), at(3, 309, 5), at(4, 314, 1), at(5, 905, 1)]).unwrap();
    assert_eq!(table.blobs().len(), 5);
    assert_eq!(warnings(&table), [(WarningKind::Overlap, 2), (WarningKind::Overlap, 4)]);
    let header = Header { xml_data: ResourceHeader::stored(500, 100, METADATA), ..header() };
    let parse = |row| parse_with(&header, &Limits::default(), &bytes(&[at(1, 400, 1), row]));
    assert!(parse(at(2, 208, 292)).is_ok() && parse(at(2, 600, 1)).is_ok());
    for (offset, size) in [(207, 1), (208, 293), (599, 1), (450, 500)] {
        let error = parse(at(2, offset, size)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidField { value, .. } if value == offset), "{error}");
        assert_eq!(error.offset(), 50);
    }
}

#[test]
fn an_uncompressed_resource_has_the_size_of_its_data() {
    let rows = [compressed(1, 10, 20).flags(ResourceFlags::NONE)];
    let expected = ErrorKind::InvalidField { field: "stored size of an uncompressed resource", value: 10 };
    assert_eq!(assert_refused(&rows, 0), expected);
}

#[test]
fn a_compressed_resource_has_room_for_its_chunks_and_no_more() {
    assert!(parse(&[compressed(1, 1, 20)]).is_ok());
    assert!(parse(&[compressed(1, 20, 20)]).is_ok());
    assert!(matches!(assert_refused(&[compressed(1, 0, 20)], 0), ErrorKind::OutOfBounds { what: "chunk table", .. }));
    let expected = ErrorKind::InvalidField { field: "stored size of a compressed resource", value: 21 };
    assert_eq!(assert_refused(&[compressed(1, 21, 20)], 0), expected);
    // Two chunks: one entry of four bytes; in the pipable layout four more for each chunk.
    let two_chunks = u64::from(CHUNK) + 1;
    assert!(parse(&[compressed(1, two_chunks + 4, two_chunks)]).is_ok());
    assert!(parse(&[compressed(1, two_chunks + 5, two_chunks)]).is_err());
    let pipable = Header { pipable: true, ..header() };
    let parse = |rows: &[Row]| parse_with(&pipable, &Limits::default(), &bytes(rows));
    assert!(parse(&[compressed(1, two_chunks + 12, two_chunks)]).is_ok());
    assert!(parse(&[compressed(1, two_chunks + 13, two_chunks)]).is_err());
}

#[test]
fn a_compressed_resource_needs_a_codec() {
    let none = Header { flags: HeaderFlags::default(), chunk_size: 0, ..header() };
    let error = parse_with(&none, &Limits::default(), &bytes(&[compressed(1, 10, 20)])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidChunkSize(0));
}

#[test]
fn solid_entries_come_in_any_order() {
    let members = [member(1, 0, 60), member(2, 60, 40), member(3, 100, 50), member(4, 150, 150)];
    let [a, b, c, d] = members;
    let (first, second) = (solid(100), solid(200));
    let orders = [
        vec![first, a, b, second, c, d],
        vec![first, second, a, b, c, d],
        vec![a, b, c, d, first, second],
        vec![d, first, c, b, second, a],
    ];
    for rows in orders {
        let table = parse(&rows).unwrap();
        assert_eq!([1, 2, 3, 4].map(|n| place(&table, n)), [(0, 0), (0, 60), (1, 0), (1, 50)]);
        assert_eq!(table.warnings(), []);
    }
}

#[test]
fn a_run_ends_where_another_entry_comes_between() {
    let rows = [solid(100), member(1, 0, 100), stored(9, 1), solid(200), member(2, 0, 200)];
    let table = parse(&rows).unwrap();
    assert_eq!([1, 2].map(|n| place(&table, n)), [(0, 0), (1, 0)]);
    // Written, both are in one run.
    let written = parse_with(&header(), &Limits::default(), &table.to_bytes()).unwrap();
    assert_eq!([1, 2].map(|n| place(&written, n)), [(0, 0), (1, 0)]);
    assert_eq!(written.solid_resources(), table.solid_resources());
}

#[test]
fn members_that_count_for_nothing_are_ignored() {
    let rows =
        [solid(100), member(0, 0, 9), member(1, 0, 0), member(2, 0, 9).part(3), member(3, 5, 9), member(3, 5, 9)];
    let table = parse(&rows).unwrap();
    assert_eq!(table.blobs().len(), 1);
    let expected = [(WarningKind::EmptyBlob, 2), (WarningKind::ForeignPart, 3), (WarningKind::DuplicateBlob, 5)];
    assert_eq!(warnings(&table), expected);
}

#[test]
fn members_lie_in_one_resource() {
    let refused = |rows: &[Row]| match assert_refused(rows, rows.len() as u64 - 1) {
        ErrorKind::OutOfBounds { what: "blob of a solid resource", .. } => {}
        other => panic!("{other:?}"),
    };
    refused(&[solid(100), member(1, 90, 11)]);
    refused(&[solid(100), solid(200), member(1, 90, 20)]);
    refused(&[solid(100), solid(200), member(1, 300, 1)]);
    refused(&[solid(100), member(1, u64::MAX, 1)]);
    refused(&[member(1, 0, 1)]);
}

#[test]
fn members_do_not_overlap() {
    let rows = [solid(100), member(1, 50, 20), member(2, 20, 30), member(3, 69, 1)];
    let expected = ErrorKind::InvalidField { field: "offset of a blob that overlaps another", value: 69 };
    assert_eq!(assert_refused(&rows, 3), expected);
}

#[test]
fn metadata_is_not_solid() {
    let rows = [solid(100), member(1, 0, 20).flags(SOLID.with(METADATA))];
    assert_eq!(assert_refused(&rows, 1), ErrorKind::InvalidField { field: "flags of metadata", value: 0x12 });
}

#[test]
fn without_solid_resources_in_its_version_the_flag_means_nothing() {
    let default = Header { version: Version::Default, ..header() };
    let parse = |rows: &[Row]| parse_with(&default, &Limits::default(), &bytes(rows));
    let table = parse(&[stored(1, 5).flags(SOLID)]).unwrap();
    assert_eq!(
        table.blobs()[0].location,
        BlobLocation::Resource(ResourceHeader::stored(own(1), 5, ResourceFlags::NONE))
    );
    let expected = ErrorKind::InvalidField { field: "stored size of an uncompressed resource", value: 30 };
    let row = row(
        1,
        ResourceHeader { uncompressed_size: raw::SOLID_RESOURCE_MARK, size_in_wim: 30, ..solid(1).0.resource.into() },
    );
    assert_eq!(parse(&[row]).unwrap_err().kind(), expected);
}

#[test]
fn solid_resources_are_checked() {
    let with_size = |size_in_wim| {
        let resource = ResourceHeader { size_in_wim, ..solid(100).0.resource.into() };
        row(0, resource)
    };
    assert!(parse(&[with_size(21)]).is_ok());
    let too_small = ErrorKind::InvalidField { field: "stored size of a solid resource", value: 15 };
    assert_eq!(assert_refused(&[with_size(15)], 0), too_small);
    assert!(matches!(assert_refused(&[with_size(20)], 0), ErrorKind::OutOfBounds { what: "chunk table", .. }));
    assert!(matches!(assert_refused(&[with_size(FILE_LEN)], 0), ErrorKind::OutOfBounds { what: "resource", .. }));
    let error = parse(&[solid(0)]).unwrap_err();
    assert_eq!(error.section(), Section::SolidResource);
}

#[test]
fn the_error_of_the_reader_comes_back() {
    #[derive(Debug, PartialEq)]
    enum Failure {
        Io,
        Format,
    }
    impl From<Error> for Failure {
        fn from(_: Error) -> Self {
            Self::Format
        }
    }
    let (header, limits, reads) = (header(), Limits::default(), Cell::new(0));
    let context = BlobTableContext { header: &header, file_len: FILE_LEN, limits: &limits };
    let parse = |rows: &[Row]| {
        let read = |_: &ResourceHeader| {
            reads.set(reads.get() + 1);
            Err(Failure::Io)
        };
        BlobTable::parse(&bytes(rows), &context, read).unwrap_err()
    };
    assert_eq!((parse(&[solid(100)]), reads.get()), (Failure::Io, 1));
    assert_eq!((parse(&[solid(FILE_LEN)]), reads.get()), (Failure::Format, 1), "what lies outside is not read");
}

#[test]
fn limits_hold() {
    let kind =
        |limits: &Limits, header: &Header, rows: &[Row]| parse_with(header, limits, &bytes(rows)).unwrap_err().kind();
    let limits = Limits { blobs: 1, ..Limits::default() };
    let expected = ErrorKind::Limit { what: "entries of the blob table", limit: 1 };
    assert_eq!(kind(&limits, &header(), &[stored(1, 1), stored(2, 1)]), expected);
    let many = Header { image_count: 65_536, ..header() };
    assert_eq!(kind(&limits, &many, &[]), ErrorKind::Limit { what: "images", limit: 65_535 });
    let limits = Limits { chunk_bytes: CHUNK - 1, ..limits };
    let expected = ErrorKind::Limit { what: "bytes in a chunk", limit: u64::from(CHUNK) - 1 };
    assert_eq!(kind(&limits, &header(), &[compressed(1, 10, u64::from(CHUNK))]), expected);
    assert_eq!(kind(&limits, &header(), &[solid(u64::from(CHUNK))]), expected);
    assert!(parse_with(&header(), &limits, &bytes(&[compressed(1, 10, u64::from(CHUNK) - 1)])).is_ok());
    let limits = Limits { blob_bytes: 99, ..Limits::default() };
    let expected = ErrorKind::Limit { what: "bytes in a file", limit: 99 };
    assert_eq!(kind(&limits, &header(), &[stored(1, 100)]), expected);
    assert_eq!(kind(&limits, &header(), &[solid(200), member(1, 0, 100)]), expected);
    assert!(parse_with(&header(), &limits, &bytes(&[stored(1, 99), solid(200), member(2, 0, 99)])).is_ok());
}

#[test]
fn a_hash_is_listed_once() {
    let mut table = BlobTable::new();
    let resource = ResourceHeader::stored(1000, 5, ResourceFlags::NONE);
    let location = BlobLocation::Resource(resource);
    let blob = Blob { hash: hash(1), size: 5, reference_count: 1, part: 1, location };
    assert_eq!(table.push_blob(blob), BlobId(0));
    assert_eq!(table.push_blob(Blob { reference_count: 7, ..blob }), BlobId(0));
    assert_eq!(table.blobs(), [blob]);
}
