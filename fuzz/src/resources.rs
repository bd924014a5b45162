//! Reading an archive's resources without the library's archive: for repairs, and to cut chunks out of fixtures.

use wim_compress::Codec;
use wim_format::{Chunk, ChunkLayout, ChunkTable, Compression, Header, ResourceFlags, ResourceHeader};

/// The most uncompressed bytes of a resource that is read here.
const MAX_SIZE: u64 = 1 << 20;

/// The resource header at the front of `bytes`.
pub fn resource_header(bytes: &[u8; 24]) -> ResourceHeader {
    let number = |from: usize, to: usize| {
        let mut le = [0; 8];
        le[..to - from].copy_from_slice(&bytes[from..to]);
        u64::from_le_bytes(le)
    };
    ResourceHeader {
        size_in_wim: number(0, 7),
        flags: ResourceFlags(bytes[7]),
        offset: number(8, 16),
        uncompressed_size: number(16, 24),
    }
}

/// The bytes of `range` of a file, as far as they are there.
pub fn slice(file: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    file.get(start..start.checked_add(usize::try_from(size).ok()?)?)
}

/// The codec of a compression.
pub fn codec(compression: Compression) -> Option<Codec> {
    match compression {
        Compression::None => None,
        Compression::Xpress => Some(Codec::Xpress),
        Compression::Lzx => Some(Codec::Lzx),
        Compression::Lzms => Some(Codec::Lzms),
    }
}

/// The chunks of a compressed resource that is not solid, each with its stored bytes.
pub fn chunks<'a>(file: &'a [u8], header: &Header, resource: &ResourceHeader) -> Option<Vec<(Chunk, &'a [u8])>> {
    let layout = if header.pipable { ChunkLayout::Pipable } else { ChunkLayout::Plain };
    let location = ChunkTable::location(resource, header.chunk_size, layout).ok()?;
    let table = slice(file, location.start, location.end - location.start)?;
    let table = ChunkTable::parse(resource, header.chunk_size, layout, table).ok()?;
    let all = table.covering(0..resource.uncompressed_size);
    all.map(|chunk| Some((chunk, slice(file, chunk.offset, u64::from(chunk.size))?))).collect()
}

/// All data of a resource that is not solid, if it is small and can be read.
pub fn data(file: &[u8], header: &Header, resource: &ResourceHeader) -> Option<Vec<u8>> {
    if resource.uncompressed_size > MAX_SIZE {
        return None;
    }
    if !resource.is_compressed() {
        return slice(file, resource.offset, resource.size_in_wim).map(<[u8]>::to_vec);
    }
    let mut decompressor = codec(header.compression())?.decompressor(header.chunk_size);
    let mut data = Vec::new();
    for (chunk, stored) in chunks(file, header, resource)? {
        let at = data.len();
        data.resize(at + chunk.uncompressed_size as usize, 0);
        if chunk.is_stored() {
            data[at..].copy_from_slice(stored);
        } else {
            decompressor.decompress(stored, &mut data[at..]).ok()?;
        }
    }
    Some(data)
}
