use alloc::vec;

use super::*;
use crate::header::Compression;
use crate::resource::ResourceFlags;

const CHUNK: u32 = 1 << 15;
const FOUR_GIB: u64 = 1 << 32;

fn compressed(offset: u64, size_in_wim: u64, uncompressed_size: u64) -> ResourceHeader {
    ResourceHeader { offset, size_in_wim, uncompressed_size, flags: ResourceFlags::COMPRESSED }
}

fn kind<T: core::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn entries_are_wide_from_exactly_four_gibibytes() {
    let size = u64::from(CHUNK);
    let expected = [
        (0, 0),
        (1, 0),
        (size - 1, 0),
        (size, 0),
        (size + 1, 4),
        (FOUR_GIB - 1, 4 * (FOUR_GIB / size - 1)),
        (FOUR_GIB, 8 * (FOUR_GIB / size - 1)),
        (FOUR_GIB + 1, 8 * (FOUR_GIB / size)),
    ];
    for (uncompressed_size, table) in expected {
        assert_eq!(ChunkTable::encoded_len(uncompressed_size, CHUNK), table, "{uncompressed_size}");
        if uncompressed_size != 0 {
            let resource = compressed(100, 1 << 40, uncompressed_size);
            assert_eq!(ChunkTable::location(&resource, CHUNK, ChunkLayout::Plain), Ok(100..100 + table));
            let end = 100 + (1 << 40);
            assert_eq!(ChunkTable::location(&resource, CHUNK, ChunkLayout::Pipable), Ok(end - table..end));
        }
    }
}

#[test]
fn chunks_of_a_plain_resource_follow_the_table() {
    let resource = compressed(1000, 8 + 10 + 20 + 5, 2 * u64::from(CHUNK) + 5);
    let table = ChunkTable::parse(&resource, CHUNK, ChunkLayout::Plain, &[10, 0, 0, 0, 30, 0, 0, 0]).unwrap();
    let chunk = |offset, size, index: u64, uncompressed_size| Chunk {
        offset,
        size,
        uncompressed_offset: index * u64::from(CHUNK),
        uncompressed_size,
    };
    let chunks = [chunk(1008, 10, 0, CHUNK), chunk(1018, 20, 1, CHUNK), chunk(1038, 5, 2, 5)];
    assert_eq!(table.covering(0..u64::MAX).collect::<Vec<_>>(), chunks);
    assert_eq!(chunks.map(|chunk| chunk.is_stored()), [false, false, true]);
    assert_eq!((table.len(), table.chunk(3)), (3, None));
}

#[test]
fn chunks_of_a_pipable_resource_each_follow_their_size() {
    let resource = compressed(1000, 3 * 4 + 10 + 20 + 5 + 8, 2 * u64::from(CHUNK) + 5);
    let table = ChunkTable::parse(&resource, CHUNK, ChunkLayout::Pipable, &[10, 0, 0, 0, 30, 0, 0, 0]).unwrap();
    let places: Vec<_> = table.covering(0..u64::MAX).map(|chunk| (chunk.offset, chunk.size)).collect();
    assert_eq!(places, [(1004, 10), (1018, 20), (1042, 5)]);
}

#[test]
fn chunks_of_a_solid_resource_follow_the_sizes() {
    let header =
        SolidHeader { uncompressed_size: u64::from(CHUNK) + 5, chunk_size: CHUNK, compression: Compression::Lzx };
    let resource = compressed(1000, 16 + 8 + 300 + 5, raw_mark());
    assert_eq!(ChunkTable::solid_location(&resource, &header), Ok(1016..1024));
    let table = ChunkTable::parse_solid(&resource, &header, &[44, 1, 0, 0, 5, 0, 0, 0]).unwrap();
    let places: Vec<_> = table.covering(0..u64::MAX).map(|chunk| (chunk.offset, chunk.size)).collect();
    assert_eq!(places, [(1024, 300), (1324, 5)]);
}

fn raw_mark() -> u64 {
    crate::raw::SOLID_RESOURCE_MARK
}

#[test]
fn covering_is_exact_at_the_edges() {
    let size = u64::from(CHUNK);
    let resource = compressed(0, 8 + 3, 2 * size + 1);
    let table = ChunkTable::parse(&resource, CHUNK, ChunkLayout::Plain, &[1, 0, 0, 0, 2, 0, 0, 0]).unwrap();
    let count = |range: Range<u64>| table.covering(range).len();
    assert_eq!([count(0..0), count(0..1), count(0..size), count(0..size + 1)], [0, 1, 1, 2]);
    assert_eq!([count(size - 1..size + 1), count(size..2 * size), count(size..2 * size + 1)], [2, 1, 2]);
    assert_eq!([count(2 * size..u64::MAX), count(2 * size + 1..u64::MAX)], [1, 0]);
}

#[test]
fn a_resource_above_four_gibibytes_keeps_its_chunks() {
    const BIG: u32 = 1 << 30;
    // Five chunks of a gigabyte, all stored: the ends do not fit 32 bits.
    let (count, chunk) = (5u64, u64::from(BIG));
    let mut builder = ChunkTableBuilder::new(count * chunk, BIG);
    (0..count).for_each(|_| builder.push(BIG));
    let bytes = builder.to_bytes();
    assert_eq!(bytes.len() as u64, builder.encoded_len());
    let resource = compressed(7, builder.encoded_len() + builder.stored_size(), count * chunk);
    let table = ChunkTable::parse(&resource, BIG, ChunkLayout::Plain, &bytes).unwrap();
    assert!(matches!(table.ends, Ends::Wide(_)));
    assert_eq!(table.chunk(4).unwrap().offset, 7 + 32 + 4 * chunk);
    // Compressed well, they do, although the entries are wide.
    let mut builder = ChunkTableBuilder::new(count * chunk, BIG);
    (0..count).for_each(|_| builder.push(9));
    let resource = compressed(7, builder.encoded_len() + builder.stored_size(), count * chunk);
    let table = ChunkTable::parse(&resource, BIG, ChunkLayout::Plain, &builder.to_bytes()).unwrap();
    assert!(matches!(table.ends, Ends::Narrow(_)));
    assert_eq!(table.chunk(4).unwrap().offset, 7 + 32 + 4 * 9);
}

#[test]
fn a_table_longer_than_its_resource_is_refused_before_it_is_read() {
    // 17 GB in 4 KB: half a million chunks have no room.
    let claimed = compressed(208, 4096, 17 << 30);
    for layout in [ChunkLayout::Plain, ChunkLayout::Pipable] {
        assert!(matches!(kind(ChunkTable::location(&claimed, CHUNK, layout)), ErrorKind::OutOfBounds { .. }));
    }
    // Room for the table, but not for one byte a chunk.
    let tight = compressed(208, 4 + 1, u64::from(CHUNK) + 1);
    assert!(ChunkTable::location(&tight, CHUNK, ChunkLayout::Plain).is_err());
    let header = SolidHeader { uncompressed_size: u64::MAX, chunk_size: 1 << 12, compression: Compression::Xpress };
    let solid = compressed(208, ResourceHeader::MAX_SIZE_IN_WIM, raw_mark());
    assert!(ChunkTable::solid_location(&solid, &header).is_ok());
    assert!(ChunkTable::solid_location(&compressed(208, 1 << 50, raw_mark()), &header).is_err());
    let wraps = compressed(u64::MAX - 2, 100, 1);
    assert!(ChunkTable::location(&wraps, CHUNK, ChunkLayout::Plain).is_err());
}

#[test]
fn nothing_to_cut_and_no_size_to_cut_to_are_errors() {
    let resource = compressed(0, 10, 10);
    assert_eq!(kind(ChunkTable::location(&resource, 0, ChunkLayout::Plain)), ErrorKind::InvalidChunkSize(0));
    let empty = compressed(0, 10, 0);
    assert!(matches!(
        kind(ChunkTable::location(&empty, CHUNK, ChunkLayout::Plain)),
        ErrorKind::InvalidField { field: "uncompressed size", .. }
    ));
}

#[test]
fn chunks_are_neither_empty_nor_larger_than_their_data() {
    let resource = compressed(0, 8 + 100, 2 * u64::from(CHUNK) + 50);
    let parse = |first: u32, second: u32| {
        let bytes = [first.to_le_bytes(), second.to_le_bytes()].concat();
        ChunkTable::parse(&resource, CHUNK, ChunkLayout::Plain, &bytes).map_err(|error| error.offset())
    };
    assert!(parse(10, 50).is_ok());
    assert_eq!(parse(0, 50), Err(0), "an empty chunk");
    assert_eq!(parse(10, 10), Err(4), "an empty chunk");
    assert_eq!(parse(10, 9), Err(4), "going back");
    assert_eq!(parse(10, 49), Err(8), "a last chunk larger than its data");
    assert_eq!(parse(10, 100), Err(8), "an empty last chunk");
    assert_eq!(parse(101, 102), Err(0), "past the resource");
    assert_eq!(parse(10, u32::MAX), Err(4), "past the resource");
}

#[test]
fn the_sizes_of_a_solid_resource_fill_it() {
    let header =
        SolidHeader { uncompressed_size: u64::from(CHUNK) + 5, chunk_size: CHUNK, compression: Compression::Lzx };
    let parse = |size_in_wim, first: u32, second: u32| {
        let bytes = [first.to_le_bytes(), second.to_le_bytes()].concat();
        ChunkTable::parse_solid(&compressed(0, size_in_wim, raw_mark()), &header, &bytes)
    };
    assert!(parse(24 + 15, 10, 5).is_ok());
    assert!(matches!(kind(parse(24 + 16, 10, 5)), ErrorKind::InvalidField { .. }), "the last chunk would be 6 of 5");
    assert!(matches!(
        kind(parse(24 + 15, 10, 4)),
        ErrorKind::CountMismatch { what: "bytes of chunks", stated: 15, found: 14 }
    ));
    assert!(parse(24 + 15, 0, 5).is_err());
    assert!(parse(24 + 15, CHUNK + 1, 5).is_err());
}

#[test]
fn a_table_of_another_length_is_refused() {
    let resource = compressed(0, 8 + 100, 2 * u64::from(CHUNK) + 50);
    for len in [0, 4, 7, 9, 12] {
        let result = ChunkTable::parse(&resource, CHUNK, ChunkLayout::Plain, &vec![1; len]);
        assert_eq!(kind(result), ErrorKind::Truncated, "{len}");
    }
}
