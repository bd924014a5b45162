//! `parse(to_bytes(x)) == x` for the header and every table; and no bytes at all make a parser panic.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wim_format::{
    Blob, BlobLocation, BlobTable, BlobTableContext, ChunkLayout, ChunkTable, ChunkTableBuilder, Compression, Error,
    Guid, Header, HeaderFlags, ImageIndex, IntegrityTable, Limits, MetadataResource, ResourceFlags, ResourceHeader,
    Sha1Hash, SolidHeader, SolidResource, Version, XmlImage, XmlInfo,
};

const CHUNK: u32 = 1 << 15;

fn compression() -> impl Strategy<Value = (Compression, u32)> {
    select(vec![
        (Compression::None, 0),
        (Compression::Xpress, 1 << 12),
        (Compression::Xpress, 1 << 16),
        (Compression::Lzx, CHUNK),
        (Compression::Lzx, 1 << 21),
        (Compression::Lzms, 1 << 17),
        (Compression::Lzms, 1 << 30),
    ])
}

fn resource() -> impl Strategy<Value = ResourceHeader> {
    (any::<u64>(), 0..=ResourceHeader::MAX_SIZE_IN_WIM, any::<u64>(), any::<u8>()).prop_map(
        |(offset, size_in_wim, uncompressed_size, flags)| ResourceHeader {
            offset,
            size_in_wim,
            uncompressed_size,
            flags: ResourceFlags(flags),
        },
    )
}

prop_compose! {
    fn header()(
        pipable: bool,
        version in select(vec![Version::Default, Version::Solid]),
        (compression, chunk_size) in compression(),
        guid: [u8; 16],
        (part, total_parts) in (1..=u16::MAX).prop_flat_map(|total| (1..=total, Just(total))),
        image_count: u32,
        resources in [resource(), resource(), resource(), resource()],
        boot_index in any::<u32>().prop_map(ImageIndex::new),
        reserved: [u8; 32],
        flags in select(vec![0, HeaderFlags::RP_FIX.0, HeaderFlags::READONLY.0 | 0x8000_0001]),
    ) -> Header {
        let [blob_table, xml_data, boot_metadata, integrity] = resources;
        let flags = HeaderFlags::of(compression).with(HeaderFlags(flags));
        let mut all_reserved = [0; 60];
        all_reserved[28..].copy_from_slice(&reserved);
        Header {
            pipable, version, flags, chunk_size, guid: Guid(guid), part, total_parts, image_count, blob_table, xml_data,
            boot_metadata, boot_index, integrity, reserved: all_reserved,
        }
    }
}

/// Chunks as a writer may make them: bytes of data, and the stored size of each chunk.
fn chunks() -> impl Strategy<Value = (u64, Vec<u32>)> {
    let size = || prop_oneof![Just(1), Just(CHUNK), 1..=CHUNK];
    (vec(size(), 0..20), size()).prop_flat_map(|(sizes, last_data)| {
        let data = sizes.len() as u64 * u64::from(CHUNK) + u64::from(last_data);
        let all = move |last| sizes.iter().copied().chain([last]).collect();
        (Just(data), (1..=last_data).prop_map(all))
    })
}

/// A compressed resource at `offset` with a size that its chunks may have.
fn compressed(offset: u64) -> impl Strategy<Value = ResourceHeader> {
    chunks().prop_map(move |(uncompressed_size, sizes)| {
        let stored: u64 = sizes.iter().copied().map(u64::from).sum();
        let size_in_wim = stored + ChunkTable::encoded_len(uncompressed_size, CHUNK);
        ResourceHeader { offset, size_in_wim, uncompressed_size, flags: ResourceFlags::COMPRESSED }
    })
}

fn stored(offset: u64) -> impl Strategy<Value = ResourceHeader> {
    (1..1u64 << 40).prop_map(move |size| ResourceHeader::stored(offset, size, ResourceFlags::NONE))
}

/// A solid resource, and in it for each blob the unused bytes before it and its size.
fn solid(offset: u64) -> impl Strategy<Value = (SolidResource, Vec<(u64, u64)>)> {
    let codecs = select(vec![Compression::None, Compression::Xpress, Compression::Lzx, Compression::Lzms]);
    (codecs, vec((0..3u64, 1..100_000u64), 1..6), 0..9u64).prop_map(move |(compression, members, tail)| {
        let uncompressed_size = tail + members.iter().map(|(gap, size)| gap + size).sum::<u64>();
        let header = SolidHeader { uncompressed_size, chunk_size: CHUNK, compression };
        let size_in_wim = ChunkTable::solid_encoded_len(uncompressed_size, CHUNK) + uncompressed_size;
        let (uncompressed_size, flags) = (1 << 32, ResourceFlags::SOLID);
        let resource = ResourceHeader { offset, size_in_wim, uncompressed_size, flags };
        (SolidResource { resource, header, part: 1 }, members)
    })
}

/// A hash that no other number has.
fn hash(number: usize) -> Sha1Hash {
    let mut bytes = [0; 20];
    // The index is sorted, so numbers shall not come in order.
    bytes[..8].copy_from_slice(&(number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    Sha1Hash(bytes)
}

prop_compose! {
    fn blob_table()(
        metadata in vec(compressed(1 << 30), 0..4),
        resources in vec((prop_oneof![compressed(1 << 20), stored(1 << 20)], any::<u32>()), 0..8),
        solids in vec(solid(1 << 25), 0..4),
    ) -> BlobTable {
        let mut table = BlobTable::new();
        for (image, mut resource) in metadata.into_iter().enumerate() {
            resource.flags = resource.flags.with(ResourceFlags::METADATA);
            // Images exported twice have the same metadata.
            table.push_metadata(MetadataResource { resource, hash: hash(image / 2), reference_count: 1, part: 1 });
        }
        for (resource, reference_count) in resources {
            let (size, location) = (resource.uncompressed_size, BlobLocation::Resource(resource));
            let hash = hash(100 + table.blobs().len());
            table.push_blob(Blob { hash, size, reference_count, part: 1, location });
        }
        for (number, (mut solid, members)) in solids.into_iter().enumerate() {
            solid.resource.offset += number as u64;
            let resource = table.push_solid(solid);
            let mut offset = 0;
            for (gap, size) in members {
                let location = BlobLocation::Solid { resource, offset: offset + gap };
                let hash = hash(100 + table.blobs().len());
                table.push_blob(Blob { hash, size, reference_count: 1, part: 1, location });
                offset += gap + size;
            }
        }
        table
    }
}

/// A header that fits tables with so many images.
fn header_of(image_count: usize) -> Header {
    let mut bytes = [0; Header::SIZE];
    bytes[..8].copy_from_slice(b"MSWIM\0\0\0");
    bytes[8] = Header::SIZE as u8;
    bytes[12..16].copy_from_slice(&Version::Solid.number().to_le_bytes());
    (bytes[0x28], bytes[0x2A]) = (1, 1);
    let header = Header::parse(&bytes).unwrap();
    let flags = HeaderFlags::of(Compression::Lzx);
    Header { flags, chunk_size: CHUNK, image_count: image_count as u32, ..header }
}

fn xml_text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,12}", "[<>&\"'\r\n\t]{0,6}", "[\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10D7FF}]{0,8}"]
}

fn property() -> impl Strategy<Value = String> {
    let known = select(vec!["NAME", "WINDOWS/ARCH", "WINDOWS/LANGUAGES/LANGUAGE", "WINDOWS/LANGUAGES/LANGUAGE[2]"]);
    prop_oneof![known.prop_map(String::from), "[A-Za-z_][A-Za-z0-9_.-]{0,3}(/[A-Z]{1,3}(\\[[1-3]\\])?){0,2}"]
}

proptest! {
    #[test]
    fn header_survives(header in header()) {
        prop_assert_eq!(Header::parse(&header.to_bytes()), Ok(header));
    }

    #[test]
    fn solid_header_survives(size in 1u64.., (compression, chunk_size) in compression()) {
        let header = SolidHeader { uncompressed_size: size, chunk_size: chunk_size.max(1 << 12), compression };
        prop_assert_eq!(SolidHeader::parse(&header.to_bytes()), Ok(header));
    }

    #[test]
    fn chunk_tables_survive((data, sizes) in chunks(), offset in 0..1u64 << 60) {
        let mut builder = ChunkTableBuilder::new(data, CHUNK);
        sizes.iter().for_each(|&size| builder.push(size));
        let of_chunks = |table: &ChunkTable| -> Vec<_> { table.covering(0..data).map(|chunk| chunk.size).collect() };
        for (layout, each) in [(ChunkLayout::Plain, 0), (ChunkLayout::Pipable, 4)] {
            let size_in_wim = builder.stored_size() + builder.encoded_len() + each * sizes.len() as u64;
            let flags = ResourceFlags::COMPRESSED;
            let resource = ResourceHeader { offset, size_in_wim, uncompressed_size: data, flags };
            let location = ChunkTable::location(&resource, CHUNK, layout).unwrap();
            prop_assert_eq!(location.end - location.start, builder.encoded_len());
            let table = ChunkTable::parse(&resource, CHUNK, layout, &builder.to_bytes()).unwrap();
            prop_assert_eq!(&of_chunks(&table), &sizes);
            // The chunks lie one after another, each in the resource.
            let mut at = offset + if layout == ChunkLayout::Plain { builder.encoded_len() } else { 0 };
            for chunk in table.covering(0..data) {
                prop_assert_eq!(chunk.offset, at + each);
                at = chunk.offset + u64::from(chunk.size);
            }
            prop_assert!(at <= offset + size_in_wim);
        }
        let header = SolidHeader { uncompressed_size: data, chunk_size: CHUNK, compression: Compression::Lzx };
        let size_in_wim = builder.stored_size() + ChunkTable::solid_encoded_len(data, CHUNK);
        let resource = ResourceHeader { offset, size_in_wim, ..ResourceHeader::NONE };
        let table = ChunkTable::parse_solid(&resource, &header, &builder.to_solid_bytes()).unwrap();
        prop_assert_eq!(&of_chunks(&table), &sizes);
    }

    #[test]
    fn chunks_cover_what_is_asked_for((data, sizes) in chunks(), start: u64, len: u64) {
        let mut builder = ChunkTableBuilder::new(data, CHUNK);
        sizes.iter().for_each(|&size| builder.push(size));
        let size_in_wim = builder.stored_size() + builder.encoded_len();
        let resource = ResourceHeader { size_in_wim, uncompressed_size: data, ..ResourceHeader::NONE };
        let table = ChunkTable::parse(&resource, CHUNK, ChunkLayout::Plain, &builder.to_bytes()).unwrap();
        let start = start % (data + 2);
        let end = start + len % (data + 2);
        let needed = (0..table.len()).filter_map(|index| table.chunk(index)).filter(|chunk| {
            let begin = chunk.uncompressed_offset;
            start < end && begin < end && start < begin + u64::from(chunk.uncompressed_size)
        });
        prop_assert!(table.covering(start..end).eq(needed));
    }

    #[test]
    fn blob_table_survives(table in blob_table()) {
        let header = header_of(table.all_metadata().len());
        let context = BlobTableContext { header: &header, file_len: 1 << 60, limits: &Limits::default() };
        let fronts: HashMap<_, _> =
            table.solid_resources().iter().map(|solid| (solid.resource.offset, solid.header.to_bytes())).collect();
        let read = |resource: &ResourceHeader| Ok::<_, Error>(fronts[&resource.offset]);
        let parsed = BlobTable::parse(&table.to_bytes(), &context, read).unwrap();
        // The places are made up, and some of them share bytes, which is a warning.
        prop_assert_eq!(parsed.all_metadata(), table.all_metadata());
        prop_assert_eq!(parsed.solid_resources(), table.solid_resources());
        prop_assert_eq!(parsed.blobs(), table.blobs());
        prop_assert_eq!(parsed.to_bytes(), table.to_bytes());
    }

    #[test]
    fn integrity_table_survives(hashes in vec(any::<[u8; 20]>(), 0..9), chunk_size in 1u32.., last: u32) {
        let table = IntegrityTable { chunk_size, hashes: hashes.into_iter().map(Sha1Hash).collect() };
        let full = (table.hashes.len() as u64).saturating_sub(1) * u64::from(chunk_size);
        let covered = if table.hashes.is_empty() { 0 } else { full + u64::from(last % chunk_size) + 1 };
        prop_assert_eq!(IntegrityTable::parse(&table.to_bytes(), covered).unwrap(), table);
    }

    #[test]
    fn xml_survives(images in vec(vec((property(), xml_text()), 0..6), 0..4), total: Option<u64>) {
        let mut xml = XmlInfo::new();
        xml.set_total_bytes(total);
        for properties in images {
            let mut image = XmlImage::new();
            for (path, text) in &properties {
                if image.set_property(path, Some(text)).is_ok() && !text.is_empty() {
                    let found = image.property(path);
                    prop_assert_eq!(found.as_ref(), Some(text), "{}", path);
                }
            }
            xml.push_image(image);
        }
        prop_assert_eq!(XmlInfo::parse(&xml.to_bytes(), &Limits::default()).unwrap(), xml);
    }

    #[test]
    fn no_bytes_panic(
        bytes in vec(prop_oneof![any::<u8>(), Just(0)], 0..400),
        entries in vec(any::<[u8; 10]>(), 0..9),
        covered: u64,
    ) {
        let limits = Limits::untrusted();
        let header = header_of(3);
        let context = BlobTableContext { header: &header, file_len: 1 << 20, limits: &limits };
        let read = |_: &ResourceHeader| Ok::<_, Error>(bytes.first_chunk().copied().unwrap_or([1; 16]));
        // Small numbers and few flags, so that some entries lie in the file, and some in solid resources.
        let plausible: Vec<u8> = entries.iter().flat_map(|e| {
            let size_and_flags = [e[0], e[1], 0, 0, 0, 0, 0, e[2] & 0x16];
            let offset = [e[3], e[4], 0, 0, 0, 0, 0, 0];
            let uncompressed_size = [e[5], e[6], 0, 0, e[7] & 1, 0, 0, 0];
            let part_and_count = [1, 0, e[8] & 1, 0, 0, 0];
            let resource = [size_and_flags, offset, uncompressed_size].concat();
            resource.into_iter().chain(part_and_count).chain([e[9]; 20])
        }).collect();
        let _ = BlobTable::parse(&bytes, &context, read);
        let _ = BlobTable::parse(&plausible, &context, read);
        let _ = IntegrityTable::parse(&bytes, covered);
        let _ = XmlInfo::parse(&bytes, &limits);
        if let Some(header) = bytes.first_chunk() {
            let _ = Header::parse(header);
        }
    }

    #[test]
    fn no_chunk_table_panics(
        resource in resource(),
        size_in_wim in 0..400u64,
        table in vec(any::<u8>(), 0..64),
        chunk_size: u32,
    ) {
        let uncompressed_size = resource.uncompressed_size % 100_000;
        let resource = ResourceHeader { size_in_wim, uncompressed_size, ..resource };
        for layout in [ChunkLayout::Plain, ChunkLayout::Pipable] {
            for chunk_size in [chunk_size, CHUNK, 4096] {
                let location = ChunkTable::location(&resource, chunk_size, layout).unwrap_or(0..0);
                let table = &table[..table.len().min((location.end - location.start) as usize)];
                if let Ok(table) = ChunkTable::parse(&resource, chunk_size, layout, table) {
                    let in_it = |chunk: wim_format::Chunk| chunk.offset >= resource.offset
                        && chunk.offset + u64::from(chunk.size) <= resource.offset + resource.size_in_wim;
                    prop_assert!(table.covering(0..u64::MAX).all(in_it));
                }
            }
        }
    }

    #[test]
    fn no_xml_panics(text in "(<?/?(WIM|IMAGE|A)( INDEX=\"[12]\"| x:y='')?/?>|&lt;|[a<>&;\"'/=!\\-\\[\\]? ]){0,40}") {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for text in [format!("<WIM>{text}</WIM>"), text.clone()] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            if let Ok(xml) = XmlInfo::parse(&bytes, &Limits::default()) {
                let written = xml.to_bytes();
                let again = XmlInfo::parse(&written, &Limits::default()).unwrap();
                prop_assert_eq!(again.to_bytes(), written);
            }
        }
        let _ = XmlInfo::parse(&bytes, &Limits::default());
    }
}
