//! Puts an archive together: resources, blob table, XML, integrity table, header.

use std::collections::HashMap;
use std::ops::Range;

use super::wim::{SolidOrder, SolidPlan};
use super::{
    Chunked, Hash, Header, Image, Integrity, NO_HASH, Resource, ResourceHeader, Solid, TableEntry, Wim, flags,
    header_flags, len64, offsets, patch, sha1, split_chunks, xml,
};

/// The magic of the 40 bytes before each resource of a pipable archive.
const PIPABLE_BLOB_MAGIC: u64 = 0x2B9B_9BA2_443D_B9D8;

/// An archive, and where everything lies in it.
#[derive(Clone, Debug)]
pub struct Built {
    /// The file.
    pub bytes: Vec<u8>,
    /// The header as written.
    pub header: Header,
    /// The blob table as written.
    pub table: Vec<TableEntry>,
    /// Where the blob table lies in the file.
    pub table_range: Range<usize>,
    /// Where the XML lies in the file.
    pub xml_range: Range<usize>,
    /// Where the integrity table lies in the file; empty for none.
    pub integrity_range: Range<usize>,
}

impl Built {
    /// Overwrites bytes of the file, which may grow.
    pub fn patch(mut self, offset: usize, bytes: impl AsRef<[u8]>) -> Built {
        patch(&mut self.bytes, offset, bytes.as_ref());
        self
    }

    /// Flips every bit of one byte.
    pub fn flip(mut self, offset: usize) -> Built {
        self.bytes[offset] ^= 0xFF;
        self
    }

    /// The entry of the blob with these bytes. Panics when there is none.
    pub fn entry(&self, data: impl AsRef<[u8]>) -> &TableEntry {
        let hash = sha1(data.as_ref());
        self.table.iter().find(|entry| entry.hash == hash).expect("no such blob")
    }

    /// Where entry `index` of the blob table lies in the file.
    pub fn entry_offset(&self, index: usize) -> usize {
        self.table_range.start + index * offsets::entry::LENGTH
    }
}

/// A blob to be stored.
struct Blob {
    hash: Hash,
    data: Vec<u8>,
    reference_count: u32,
}

/// Builds one part of a set, or the whole archive as part 1 of 1.
pub(super) fn build(wim: &Wim, part: u16, parts: u16) -> Built {
    let mut assembler = Assembler { wim, part, out: vec![0; offsets::header::LENGTH + wim.hole], table: Vec::new() };
    let mut header = first_header(wim, part, parts);
    let blobs = collect_blobs(wim);
    let turn = |index: usize| index % usize::from(parts) == usize::from(part - 1);
    let blobs: Vec<&Blob> = blobs.iter().enumerate().filter(|(i, _)| turn(*i)).map(|(_, blob)| blob).collect();

    if wim.pipable {
        assembler.put_xml(None);
        assembler.put_metadata();
        assembler.put_blobs(&blobs);
    } else {
        assembler.put_blobs(&blobs);
        assembler.put_metadata();
    }
    // Metadata comes first in the table wherever it lies in the file.
    assembler.table.sort_by_key(|entry| !entry.is_metadata());
    for edit in &wim.table_edits {
        edit(&mut assembler.table);
    }
    if part == 1 && parts == 1 {
        header.boot_metadata = assembler.boot_metadata();
    }
    assembler.finish(header)
}

/// Everything of the header that does not depend on where things lie.
fn first_header(wim: &Wim, part: u16, parts: u16) -> Header {
    let mut header = wim.header.clone();
    header.flags |= wim.codec.header_flags();
    header.chunk_size = wim.chunk_size;
    header.image_count = wim.images.iter().filter(|image| !image.stale).count() as u32;
    (header.part_number, header.total_parts) = (part, parts);
    if wim.solid.is_some() || wim.codec == super::Codec::Lzms {
        header.version = Header::SOLID_VERSION;
    }
    if wim.pipable {
        header.magic = Header::PIPABLE_MAGIC;
    }
    if parts == 1 {
        header.boot_index = wim.boot_index;
    } else {
        header.flags |= header_flags::SPANNED;
    }
    header
}

/// The blobs of all images in the order of their first use, then those that nobody refers to.
fn collect_blobs(wim: &Wim) -> Vec<Blob> {
    let mut blobs: Vec<Blob> = Vec::new();
    let mut places: HashMap<Hash, usize> = HashMap::new();
    let contents = wim.images.iter().filter(|image| !image.stale).flat_map(|image| image.metadata.contents());
    let contents: Vec<_> = contents.collect();
    for content in contents.iter().filter(|content| content.data.is_some()) {
        places.entry(content.hash).or_insert_with(|| {
            let data = content.data.clone().unwrap_or_default();
            blobs.push(Blob { hash: content.hash, data, reference_count: 0 });
            blobs.len() - 1
        });
    }
    for content in contents {
        if let Some(&place) = places.get(&content.hash) {
            blobs[place].reference_count += 1;
        }
    }
    blobs.retain(|blob| !wim.omitted.contains(&blob.hash));
    let unreferenced = |data: &Vec<u8>| Blob { hash: sha1(data), data: data.clone(), reference_count: 1 };
    blobs.extend(wim.unreferenced.iter().map(unreferenced));
    blobs
}

/// The file so far.
struct Assembler<'a> {
    wim: &'a Wim,
    part: u16,
    out: Vec<u8>,
    table: Vec<TableEntry>,
}

impl Assembler<'_> {
    /// Writes the files' blobs.
    fn put_blobs(&mut self, blobs: &[&Blob]) {
        if let Some(plan) = self.wim.solid {
            return self.put_solid(plan, blobs);
        }
        for blob in blobs {
            let resource = self.store(&blob.data, blob.hash);
            let resource = self.put_resource(&resource, blob.hash);
            self.push_entry(resource, blob.reference_count, blob.hash);
        }
    }

    /// Writes the images' metadata, in the first part of a set only.
    fn put_metadata(&mut self) {
        if self.part != 1 {
            return;
        }
        for (index, image) in self.wim.images.iter().enumerate() {
            let mut bytes = image.metadata_bytes();
            for (_, edit) in self.wim.metadata_edits.iter().filter(|(of, _)| *of == index) {
                edit(&mut bytes);
            }
            let hash = sha1(&bytes);
            let mut resource = self.store(&bytes, hash);
            resource.flags |= flags::METADATA;
            let resource = self.put_resource(&resource, hash);
            self.push_entry(resource, u32::from(!image.stale), hash);
        }
    }

    fn push_entry(&mut self, resource: ResourceHeader, reference_count: u32, hash: Hash) {
        self.table.push(TableEntry { resource, part: self.part, reference_count, hash });
    }

    /// How the bytes are stored in this archive.
    fn store(&self, data: &[u8], hash: Hash) -> Resource {
        if let Some((_, resource)) = self.wim.replaced.iter().find(|(of, _)| *of == hash) {
            return resource.clone();
        }
        if self.wim.chunk_size == 0 {
            return Resource::raw(data);
        }
        let chunks = self.encode_chunks(data, self.wim.chunk_size);
        // One raw chunk, or a size that did not shrink, would look like an uncompressed resource.
        let one_raw_chunk = chunks.len() == 1 && chunks[0].len() == data.len();
        if one_raw_chunk && !self.wim.pipable {
            return Resource::raw(data);
        }
        let chunked = Chunked { pipable: self.wim.pipable, ..Chunked::stored(chunks) };
        Resource::chunked(&chunked, len64(data))
    }

    /// The chunks as stored: encoded where an encoder shrinks them.
    fn encode_chunks(&self, data: &[u8], chunk_size: u32) -> Vec<Vec<u8>> {
        let encode = |chunk: Vec<u8>| {
            let encoded = self.wim.encoder.as_ref().and_then(|encoder| encoder(&chunk));
            encoded.filter(|encoded| encoded.len() < chunk.len()).unwrap_or(chunk)
        };
        split_chunks(data, chunk_size).into_iter().map(encode).collect()
    }

    /// Writes a resource, with the blob header that a pipable archive has before it.
    fn put_resource(&mut self, resource: &Resource, hash: Hash) -> ResourceHeader {
        if self.wim.pipable {
            self.out.extend(PIPABLE_BLOB_MAGIC.to_le_bytes());
            self.out.extend(resource.uncompressed_size.to_le_bytes());
            self.out.extend(hash);
            self.out.extend(u32::from(resource.flags).to_le_bytes());
        }
        let offset = len64(&self.out);
        self.out.extend(&resource.bytes);
        ResourceHeader {
            size_in_wim: len64(&resource.bytes),
            flags: resource.flags,
            offset,
            uncompressed_size: resource.uncompressed_size,
        }
    }

    /// Writes the blobs in solid resources.
    fn put_solid(&mut self, plan: SolidPlan, blobs: &[&Blob]) {
        let groups: Vec<&[&Blob]> = blobs.chunks(blobs.len().div_ceil(plan.resources).max(1)).collect();
        let make = |group: &&[&Blob]| {
            let data: Vec<u8> = group.iter().flat_map(|blob| blob.data.iter().copied()).collect();
            let chunks = self.encode_chunks(&data, plan.chunk_size);
            Solid::stored(chunks, len64(&data), plan.chunk_size, plan.codec.solid_id())
        };
        let mut solids: Vec<Solid> = groups.iter().map(make).collect();
        for edit in &self.wim.solid_edits {
            edit(&mut solids);
        }
        let resources: Vec<TableEntry> = solids.iter().map(|solid| self.put_solid_resource(solid)).collect();
        let mut offset = 0;
        let members: Vec<Vec<TableEntry>> = groups
            .iter()
            .map(|group| group.iter().map(|blob| solid_member(self.part, blob, &mut offset)).collect())
            .collect();
        self.table.extend(solid_entries(plan.order, resources, members));
    }

    /// Writes a solid resource, and gives its entry.
    fn put_solid_resource(&mut self, solid: &Solid) -> TableEntry {
        let bytes = solid.encode();
        let resource = Resource { bytes, flags: flags::SOLID, uncompressed_size: TableEntry::SOLID_MARK };
        let resource = self.put_resource(&resource, NO_HASH);
        TableEntry { resource, part: self.part, reference_count: 1, hash: NO_HASH }
    }

    /// The metadata of the image to boot.
    fn boot_metadata(&self) -> ResourceHeader {
        let live = self.table.iter().filter(|entry| entry.is_metadata() && entry.reference_count != 0);
        let boot = (self.wim.boot_index as usize).checked_sub(1).and_then(|index| live.clone().nth(index));
        boot.map_or_else(ResourceHeader::default, |entry| entry.resource)
    }

    /// Writes the XML; `total_bytes` is not in the first copy of a pipable archive.
    fn put_xml(&mut self, total_bytes: Option<u64>) -> ResourceHeader {
        let images: Vec<&Image> = self.wim.images.iter().filter(|image| !image.stale).collect();
        let mut text = xml::document(&images, total_bytes.unwrap_or_default());
        if total_bytes.is_none() {
            text = text.replacen("<TOTALBYTES>0</TOTALBYTES>", "", 1);
        }
        let bytes = self.wim.xml.as_ref().map_or_else(|| xml::utf16le(&text), |edit| edit(text.clone()));
        if bytes.is_empty() {
            return ResourceHeader::default();
        }
        self.put_table(bytes)
    }

    /// Writes something uncompressed that the header points to.
    fn put_table(&mut self, bytes: Vec<u8>) -> ResourceHeader {
        let hash = sha1(&bytes);
        self.put_resource(&Resource { flags: flags::METADATA, ..Resource::raw(bytes) }, hash)
    }

    /// Writes the tables and the header.
    fn finish(mut self, mut header: Header) -> Built {
        let table_bytes = self.table.iter().flat_map(TableEntry::encode).collect();
        header.blob_table = self.put_table(table_bytes);
        let covered_end = self.out.len();
        header.xml = self.put_xml(Some(self.out.len() as u64));
        if let Some(chunk_size) = self.wim.integrity_chunk {
            header.integrity = self.put_integrity(chunk_size, covered_end);
        }
        self.out.extend(&self.wim.tail);
        for edit in &self.wim.header_edits {
            edit(&mut header);
        }
        self.put_header(&header);
        let range = |resource: &ResourceHeader| {
            let start = resource.offset as usize;
            start..start.saturating_add(resource.size_in_wim as usize)
        };
        Built {
            table_range: covered_end - self.table.len() * offsets::entry::LENGTH..covered_end,
            xml_range: range(&header.xml),
            integrity_range: range(&header.integrity),
            bytes: self.out,
            table: self.table,
            header,
        }
    }

    /// Writes the integrity table, which has no blob header even in a pipable archive.
    fn put_integrity(&mut self, chunk_size: u32, covered_end: usize) -> ResourceHeader {
        let mut integrity = Integrity::of(&self.out[offsets::header::LENGTH..covered_end], chunk_size);
        for edit in &self.wim.integrity_edits {
            edit(&mut integrity);
        }
        let bytes = integrity.encode();
        let size = len64(&bytes);
        let offset = len64(&self.out);
        self.out.extend(bytes);
        ResourceHeader { size_in_wim: size, flags: 0, offset, uncompressed_size: size }
    }

    /// Writes the header at the start; in a pipable archive it is without tables there, and whole at the end.
    fn put_header(&mut self, header: &Header) {
        let mut first = header.clone();
        if self.wim.pipable {
            for resource in [&mut first.blob_table, &mut first.xml, &mut first.boot_metadata, &mut first.integrity] {
                *resource = ResourceHeader::default();
            }
            self.out.extend(header.encode());
        }
        patch(&mut self.out, 0, &first.encode());
    }
}

/// The entry of a member; offsets grow over all the solid resources of a run.
fn solid_member(part: u16, blob: &Blob, offset: &mut u64) -> TableEntry {
    let size = len64(&blob.data);
    let resource = ResourceHeader { size_in_wim: size, flags: flags::SOLID, offset: *offset, uncompressed_size: 0 };
    *offset += size;
    TableEntry { resource, part, reference_count: blob.reference_count, hash: blob.hash }
}

/// The entries of solid resources and of their members, in some order.
fn solid_entries(order: SolidOrder, resources: Vec<TableEntry>, members: Vec<Vec<TableEntry>>) -> Vec<TableEntry> {
    let pairs = || resources.iter().cloned().zip(members.iter().cloned());
    match order {
        SolidOrder::ResourceThenMembers => pairs().flat_map(|(r, m)| std::iter::once(r).chain(m)).collect(),
        SolidOrder::MembersThenResource => pairs().flat_map(|(r, m)| m.into_iter().chain([r])).collect(),
        SolidOrder::ReversedMembers => {
            pairs().flat_map(|(r, m)| std::iter::once(r).chain(m.into_iter().rev())).collect()
        }
        SolidOrder::ResourcesFirst => resources.into_iter().chain(members.into_iter().flatten()).collect(),
        SolidOrder::MembersFirst => members.into_iter().flatten().chain(resources).collect(),
    }
}
