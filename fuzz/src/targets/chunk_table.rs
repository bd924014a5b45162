//! Chunk tables.

use wim_format::{ChunkLayout, ChunkTable, ChunkTableBuilder, ResourceHeader, SolidHeader};

use crate::input::Input;

/// The longest table that is made up; a longer one has to be in the input.
const MAX_TABLE: usize = 64 << 10;

/// A chunk table, of any of the three layouts, that is accepted tiles the data and lies in the resource, finds the chunks
/// of a range, and is what the builder makes of the same sizes.
pub fn chunk_table(data: &[u8]) {
    let mut input = Input::new(data);
    let (layout, compression) = (input.u8() % 3, input.compression());
    let chunk_size = input.chunk_size(compression, 1 << 30);
    let mut resource =
        ResourceHeader { offset: input.u64(), uncompressed_size: input.u64(), ..ResourceHeader::default() };
    resource.size_in_wim = input.u64() & ResourceHeader::MAX_SIZE_IN_WIM;
    let range = input.u64()..input.u64();
    let mut builder = ChunkTableBuilder::new(resource.uncompressed_size, chunk_size);
    let (table, bytes, written) = if layout == 2 {
        let header = SolidHeader { uncompressed_size: resource.uncompressed_size, chunk_size, compression };
        let Some((table, bytes)) = solid(&resource, header, input.rest()) else { return };
        push_all(&table, &mut builder);
        (table, bytes, builder.to_solid_bytes())
    } else {
        let layout = if layout == 0 { ChunkLayout::Plain } else { ChunkLayout::Pipable };
        let Some((table, bytes)) = ordinary(&resource, chunk_size, layout, input.rest()) else { return };
        push_all(&table, &mut builder);
        (table, bytes, builder.to_bytes())
    };
    assert_eq!(written, bytes);
    check_tiles(&table, &resource);
    check_range(&table, range.start..range.end);
}

fn ordinary(
    resource: &ResourceHeader,
    chunk_size: u32,
    layout: ChunkLayout,
    rest: &[u8],
) -> Option<(ChunkTable, Vec<u8>)> {
    let location = ChunkTable::location(resource, chunk_size, layout).ok()?;
    assert!(resource.offset <= location.start && location.end <= resource.offset + resource.size_in_wim);
    let bytes = fit(rest, location.end - location.start)?;
    let table = ChunkTable::parse(resource, chunk_size, layout, &bytes).ok()?;
    Some((table, bytes))
}

fn solid(resource: &ResourceHeader, header: SolidHeader, rest: &[u8]) -> Option<(ChunkTable, Vec<u8>)> {
    let header = SolidHeader::parse(&header.to_bytes()).ok()?;
    let location = ChunkTable::solid_location(resource, &header).ok()?;
    assert!(resource.offset <= location.start && location.end <= resource.offset + resource.size_in_wim);
    let bytes = fit(rest, location.end - location.start)?;
    let table = ChunkTable::parse_solid(resource, &header, &bytes).ok()?;
    Some((table, bytes))
}

/// `rest` with the length that a table must have, filled up by repeating its last entry.
fn fit(rest: &[u8], len: u64) -> Option<Vec<u8>> {
    const ENTRY: usize = 4;
    let len = usize::try_from(len).ok().filter(|&len| len <= MAX_TABLE.max(rest.len()))?;
    let mut bytes = rest[..len.min(rest.len())].to_vec();
    while bytes.len() < len {
        let repeated = bytes.len().checked_sub(ENTRY).map_or(0, |at| bytes[at]);
        bytes.push(repeated);
    }
    Some(bytes)
}

fn push_all(table: &ChunkTable, builder: &mut ChunkTableBuilder) {
    (0..table.len()).filter_map(|index| table.chunk(index)).for_each(|chunk| builder.push(chunk.size));
}

fn check_tiles(table: &ChunkTable, resource: &ResourceHeader) {
    let (mut data, mut stored) = (0, resource.offset);
    for index in 0..table.len() {
        let chunk = table.chunk(index).expect("an index below the length");
        assert_eq!(chunk.uncompressed_offset, data);
        assert!(chunk.offset >= stored, "chunks do not overlap");
        assert!(chunk.size > 0 && chunk.size <= chunk.uncompressed_size);
        assert!(chunk.uncompressed_size <= table.chunk_size());
        data += u64::from(chunk.uncompressed_size);
        stored = chunk.offset + u64::from(chunk.size);
    }
    assert_eq!(table.chunk(table.len()), None);
    assert_eq!((data, table.uncompressed_size()), (resource.uncompressed_size, resource.uncompressed_size));
    assert!(stored <= resource.offset + resource.size_in_wim);
}

fn check_range(table: &ChunkTable, range: std::ops::Range<u64>) {
    let end = range.end.min(table.uncompressed_size());
    let mut covering = table.covering(range.clone());
    let Some(first) = covering.next() else {
        assert!(range.start >= end, "a range with data is covered");
        return;
    };
    let last = covering.last().unwrap_or(first);
    let end_of = |chunk: &wim_format::Chunk| chunk.uncompressed_offset + u64::from(chunk.uncompressed_size);
    assert!(first.uncompressed_offset <= range.start && range.start < end_of(&first));
    assert!(last.uncompressed_offset < end && end <= end_of(&last));
}
